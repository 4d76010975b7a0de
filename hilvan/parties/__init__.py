"""Parties: whom the company does business with, and the people there. So far customers and contacts; suppliers follow.

A customer is active or blocked. Nothing new is sold to a blocked one (why stands in ``blocked_reason``), though what
goes on with it goes on: its incidents, its activities. A party's record has itself as its party, so that "all about
this customer" is one condition.

Who may change a customer may block and unblock it. Its responsible (``Record.owner``) is its salesperson. The tax
identifier is checked and kept in its shortest form (``people.identifiers``); two customers may share one, as branches
do.

A contact is a person: usually of a customer (its party), or of none. Whether one may write to it for more than the
business at hand is its consent, with since when.

Before a customer is written down, or called otherwise, those that it may already be are looked for (``duplicates``):
pages ask, programs are refused, unless they say that it is meant so.
"""
