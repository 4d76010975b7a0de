"""A technician's day: his orders of a day in their order, the one on which his time runs, and what has no day yet."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from hilvan.people.models import User
from hilvan.records.models import Record

from .kind import is_late, state_of
from .models import OPEN, State, Time, WorkOrder
from .panels import reach

MOST = 100


@dataclass(frozen=True)
class Day:
    """``late`` are those of earlier days that are not done; ``undated`` those without a planned start."""

    date: dt.date
    running: list[dict[str, Any]]
    orders: list[dict[str, Any]]
    late: list[dict[str, Any]]
    undated: list[dict[str, Any]]


def day_of(user: User, date: dt.date) -> Day:
    """The orders of which the user is the technician, on a day of his own zone. Two queries, whatever there is."""
    begin = dt.datetime.combine(date, dt.time(), user.zone)
    end = begin + dt.timedelta(days=1)
    is_today = date == timezone.localdate(timezone=user.zone)
    mine = Time.objects.filter(record=OuterRef("pk"), person=user, ended_at=None)
    on_day = Q(start_at__gte=begin, start_at__lt=end) | Q(finished_at__gte=begin, finished_at__lt=end)
    before = Q(state__in=OPEN) & (Q(start_at__lt=begin) | Q(start_at=None))
    orders = (
        WorkOrder.objects.filter(record__in=Record.objects.visible_to(user).filter(kind="work_order").unarchived())
        .annotate(runs=Exists(mine))
        .filter(Q(record__owner=user) | Q(runs=True), on_day | before | Q(runs=True) if is_today else on_day)
        .exclude(state=State.CANCELLED)
        .select_related("record__party__as_customer", "contact__as_contact")
        .order_by(F("start_at").asc(nulls_last=True), "pk")[:MOST]
    )
    day = Day(date, [], [], [], [])
    for order in orders:
        card = {**reach(order), "state": state_of(order), "late": is_late(order), "runs": order.runs}
        if order.runs:
            day.running.append(card)
        elif order.start_at is None and order.is_open:
            day.undated.append(card)
        elif order.start_at is not None and order.start_at < begin and order.is_open:
            day.late.append(card)
        else:
            day.orders.append(card)
    return day
