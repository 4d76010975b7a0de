"""The panel "Activities" on every record's page."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.urls import reverse

from hilvan.people.models import User
from hilvan.people.permissions import Action
from hilvan.records.models import Record

from . import selection
from .models import State
from .rows import Shown

SHOWN = 100
CLOSED = 10
"""So many of the closed ones: the list has them all."""


def activities_of(record: Record, user: User, as_of: dt.datetime | None) -> dict[str, Any] | None:
    """What stands on the record, open first; on the page of a party or a contact all that concerns it."""
    if not user.may(Action.VIEW, "activity"):
        return None
    found = selection.rows_of(record, user, as_of=as_of, limit=SHOWN + 1)
    open_count = sum(row["state"] != State.CLOSED for row in found[:SHOWN])
    rows = Shown(user, as_of).rows(found[: min(SHOWN, open_count + CLOSED)])
    kind = record.declaration
    asked = {"party" if kind.is_party else "contact" if kind.is_contact else "origin": record.number, "state": "all"}
    if as_of is not None:
        asked["as_of"] = as_of.isoformat()
    may_create = as_of is None and record.archived_at is None and user.may(Action.CREATE, "activity")
    return {
        "rows": rows,
        "open_count": open_count,
        "has_more": len(found) > len(rows),
        "all_url": reverse("activity_list", query=asked),
        "is_follow_up": record.kind == "activity",
        "create_url": reverse("record_new", kwargs={"kind": "activities"}, query={"origin": record.number})
        if may_create
        else "",
        "call_url": reverse("activity_call", query={"origin": record.number}) if may_create else "",
    }
