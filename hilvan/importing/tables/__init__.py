"""What comes in tables: CSV and XLSX with a row for each record.

``reading`` turns a file into rows, kept in the database since web and worker may be on different machines. ``fields``
says what a column can be and guesses it; ``values`` reads dates, numbers and words; ``lookups`` finds what rows refer
to, some queries for a whole batch; ``planning`` says of each row what will happen, or why not; ``running`` has the
worker do so for all rows in batches, first on paper and, once told, in earnest. A row's outcome is written in the very
transaction that writes its record: what is killed goes on where it stood, and nothing comes in twice.
"""
