"""The API as other programs meet it: its errors, its walls, its description; and what every kind's addresses do."""
