"""What belongs to no single part."""
