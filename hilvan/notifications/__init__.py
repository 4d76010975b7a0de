"""Notices: who is told what, kept in a ledger that is its own queue.

The transaction that assigns also writes the notice; a worker claims what is due, sends it and writes what happened.
Nothing is dropped in silence: what is not sent stands in the ledger too, with its reason.
"""
