"""Documents on paper: what is printed of a record, as a PDF with the company's letterhead.

A kind declares what is printed of it (``Kind.sheet``): a ``Sheet``, all of whose words, dates and amounts are text
already, in the language of whoever gets it. How it looks is a matter of ``typst/sheet.typ`` alone. A sheet is data to
it, never markup.
"""
