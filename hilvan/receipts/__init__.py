"""Receipts: an amount due from a customer on a day, and how it was collected.

pending → collected, at once or in parts; → in remittance (``hilvan.remittances``) → collected, or returned by the
bank, and then due again; or cancelled. Where it is of an invoice, all receipts of that one come to its total at most,
and what is collected of them is noted on it: the database sees to both. Members see and change all of them.
"""
