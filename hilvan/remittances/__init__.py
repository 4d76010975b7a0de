"""Remittances: receipts that a bank collects together by SEPA direct debit.

draft → sent (the file pain.008 is made, and kept) → collected; or cancelled, which sets its receipts free. A receipt is
in one at most; one that the bank returns leaves it, and its item keeps what happened. Members see and change all of
them; the company's own accounts are an administrator's.
"""
