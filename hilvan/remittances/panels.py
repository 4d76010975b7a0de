"""The panel of a remittance: its receipts, with what the bank was told of each, and what came back."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hilvan.people.identifiers import say_iban
from hilvan.people.models import User
from hilvan.records.history import children_stood
from hilvan.records.models import Record

from .models import Item


def items_panel(record: Record, user: User, as_of: dt.datetime | None) -> dict[str, Any] | None:
    """Now, or as it stood at an instant. Two queries; a receipt that the user may not see has no name."""
    if record.kind != "remittance":
        return None
    items = list(record.remittance_items.all()) if as_of is None else children_stood(record, Item, as_of)
    seen = Record.objects.visible_to(user).select_related("party").in_bulk([item.receipt_id for item in items])
    rows = [
        {"item": item, "receipt": seen.get(item.receipt_id), "iban": say_iban(item.iban)}
        for item in sorted(items, key=lambda item: item.pk)
    ]
    held = [item for item in items if not item.void and item.returned_on is None]
    return {"rows": rows, "total": sum((item.amount for item in held), 0), "count": len(held)}
