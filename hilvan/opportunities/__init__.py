"""Opportunities: what might be sold to a customer, how likely, for how much and until when.

Qualification → Proposal → Negotiation, in any order while it is open; each stage has its usual probability. *Won* and
*Lost* (with the reason) end it; reopened it stands in an open stage again, and forgets how it ended.

It is always some customer's, which must not be blocked when it is born. Who may change it may win, lose and reopen it.
"""
