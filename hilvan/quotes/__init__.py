"""Quotes: what is offered to a customer, at which prices, and until when.

draft → sent → accepted | rejected; a sent one that nobody answered in time has expired. Only a draft is changed: what
was sent gets a new version, which replaces it. Members see and change all of them. An accepted quote starts orders,
invoices and work orders.
"""
