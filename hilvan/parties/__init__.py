"""Parties: whom the company does business with. So far its customers; suppliers and contacts follow.

A customer is active or blocked. Nothing new is sold to a blocked one (why stands in ``blocked_reason``), though what
goes on with it goes on: its incidents, its activities. A party's record has itself as its party, so that "all about
this customer" is one condition.

Who may change a customer may block and unblock it. Its responsible (``Record.owner``) is its salesperson. The tax
identifier is checked and kept in its shortest form (``identifiers``); two customers may share one, as branches do.
"""
