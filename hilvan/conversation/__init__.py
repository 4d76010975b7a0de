"""Notes on records: what people tell each other about any record, kept for ever.

A note is written by whoever sees the record and may change some of its kind; its author may correct it, and its history
keeps what it said before. It is Markdown, made safe. ``@username`` mentions a colleague, who is told by mail, in the
same transaction; one who may not see the record is not told, and the ledger says so.
"""
