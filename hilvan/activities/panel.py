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


def activities_of(record: Record, user: User, as_of: dt.datetime | None) -> dict[str, Any] | None:
    """What stands on the record, open first; on a party's page all that concerns the party."""
    if not user.may(Action.VIEW, "activity"):
        return None
    rows = Shown(user, as_of).rows(selection.rows_of(record, user, as_of=as_of, limit=SHOWN + 1))
    asked = {"party" if record.declaration.is_party else "origin": record.number, "state": "all"}
    if as_of is not None:
        asked["as_of"] = as_of.isoformat()
    return {
        "rows": rows[:SHOWN],
        "open_count": sum(row["state"] != State.CLOSED for row in rows[:SHOWN]),
        "has_more": len(rows) > SHOWN,
        "all_url": reverse("activity_list", query=asked),
        "is_follow_up": record.kind == "activity",
        "create_url": ""
        if as_of is not None or record.archived_at is not None or not user.may(Action.CREATE, "activity")
        else reverse("record_new", kwargs={"kind": "activities"}, query={"origin": record.number}),
    }
