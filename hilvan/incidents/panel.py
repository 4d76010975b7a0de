"""The panel "Duplicates" on the page of an incident into which others were merged: these, with their activities."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hilvan.activities.models import Activity
from hilvan.people.models import User
from hilvan.records.models import Record

SHOWN = 50


def duplicates_of(record: Record, user: User, as_of: dt.datetime | None) -> dict[str, Any] | None:
    """Two queries, and only on the page of an incident as it is now."""
    if record.kind != "incident" or as_of is not None:
        return None
    duplicates = list(
        Record.objects.visible_to(user)
        .filter(as_incident__duplicate_of=record.pk)
        .select_related("party")
        .order_by("-pk")
    )
    if not duplicates:
        return None
    activities = (
        Activity.objects.visible_to(user)
        .filter(origin__in=duplicates, archived_at=None)
        .select_related("record", "type", "assignee")
        .order_by("end_sort", "record")
    )
    by_origin: dict[int | None, list[Activity]] = {}
    for activity in activities[:SHOWN]:
        by_origin.setdefault(activity.origin_id, []).append(activity)
    return {"duplicates": [(one, by_origin.get(one.pk, [])) for one in duplicates]}
