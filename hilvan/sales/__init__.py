"""Sales documents: what was ordered, what was delivered, what was invoiced, and what was taken back.

order: draft → confirmed → (partly, wholly delivered and invoiced), or cancelled. delivery note: draft → delivered, or
cancelled. invoice and credit note: draft → issued; an issued one gets its number from a series without gaps and is
never changed again, by nobody: the database refuses it. Members see and change all of them.
"""
