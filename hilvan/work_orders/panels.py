"""The panels of a work order: how to get there and what to note there, its tasks, its times."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hilvan.people.models import User
from hilvan.people.permissions import Action
from hilvan.records.history import stood
from hilvan.records.models import Record
from hilvan.records.services import may
from hilvan.web.links import call_url, map_url, record_url

from .kind import tasks_of, times_of
from .models import WorkOrder, hours_of


def _standing(record: Record, as_of: dt.datetime | None) -> WorkOrder | None:
    """The order of a record, now or as it stood; None for what is none."""
    if record.kind != "work_order":
        return None
    order: WorkOrder | None = record.as_work_order if as_of is None else stood(record, as_of)
    return order


def _changeable(order: WorkOrder, user: User, as_of: dt.datetime | None) -> bool:
    return as_of is None and order.is_open and order.record.archived_at is None and may(
        user, Action.CHANGE, order.record
    )  # fmt: skip


def site_panel(record: Record, user: User, as_of: dt.datetime | None) -> dict[str, Any] | None:
    """Whom to call, where to go, what is to be done and what was, who signed; and to note a material or a photo."""
    order = _standing(record, as_of)
    if order is None:
        return None
    may_attach = as_of is None and may(user, Action.CHANGE, record)
    return {"order": order, "may_change": _changeable(order, user, as_of), "may_attach": may_attach, **reach(order)}


def reach(order: WorkOrder) -> dict[str, Any]:
    """The person to call and the place to go to. No query where party and contact were fetched with their models."""
    card = order.record.declaration.contact_card(order.record)
    return {
        "order": order,
        "card": card,
        "call": call_url(card.phone) if card else "",
        "map": map_url(" ".join((order.place or (card.address if card else "")).split())),
        "place": order.place or (card.address if card else ""),
        "url": record_url("work_order", order.record.number),
    }


def tasks_panel(record: Record, user: User, as_of: dt.datetime | None) -> dict[str, Any] | None:
    """What is to be done, and what of it is. Two queries."""
    order = _standing(record, as_of)
    if order is None:
        return None
    tasks = tasks_of(order) if as_of else list(
        record.work_tasks.select_related("done_by").order_by("position", "id")
    )  # fmt: skip
    done = sum(task.done_at is not None for task in tasks)
    return (
        {"order": order, "tasks": tasks, "done": done, "may_change": _changeable(order, user, as_of)} if tasks else None
    )


def times_panel(record: Record, user: User, as_of: dt.datetime | None) -> dict[str, Any] | None:
    """The time that was worked, by whom; what runs counts up to now. Two queries."""
    order = _standing(record, as_of)
    if order is None:
        return None
    times = times_of(order) if as_of else list(
        record.work_times.select_related("person").order_by("started_at", "id")
    )  # fmt: skip
    may_change = _changeable(order, user, as_of)
    if not times and not may_change:
        return None
    rows = [{"time": time, "hours": hours_of([time])} for time in times]
    return {"order": order, "rows": rows, "hours": hours_of(times), "may_change": may_change}
