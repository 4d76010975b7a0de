"""Purchase documents: what was ordered from a supplier, what arrived, and what the supplier invoiced.

order: draft → sent → (partly, wholly received and invoiced), or cancelled. goods receipt: draft → received, or
cancelled. supplier invoice: draft → posted, or cancelled; it has the number of the supplier besides ours. Members see
and change all of them.
"""
