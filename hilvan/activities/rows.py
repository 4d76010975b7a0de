"""How pages show a row of ``selection``: words, addresses, dates as a colleague would say them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from hilvan.people.models import Company, User
from hilvan.records.models import Record
from hilvan.web.links import as_of_query, record_url
from hilvan.working_time.calendar import working_days_between
from hilvan.working_time.services import calendar_of

from . import moments
from .lifecycle import TRANSITIONS
from .models import RESULT_NAMES, TYPE_NAMES, HoldReason, Priority, State


@dataclass(frozen=True)
class Move:
    """A change of state as a button offers it. ``asks``: it has a form to fill in; otherwise one press does it."""

    to: State
    label: Any
    icon: str
    asks: bool
    shortcut: str = ""
    aside: bool = False
    """Whether it stands in the menu of rare things."""


@cache
def moves(state: str) -> tuple[Move, ...]:
    """The changes of state that are allowed now, in the order of their buttons."""
    closed = state == State.CLOSED
    on_hold = state == State.ON_HOLD
    possible = {
        State.IN_PROGRESS: Move(
            State.IN_PROGRESS,
            gettext_lazy("Reopen…") if closed else gettext_lazy("Resume") if on_hold else gettext_lazy("Begin"),
            "arrow-back-up" if closed else "player-play",
            asks=closed,
            shortcut="e",
        ),
        State.ON_HOLD: Move(State.ON_HOLD, gettext_lazy("Put on hold…"), "hourglass", asks=True, shortcut="w"),
        State.CLOSED: Move(State.CLOSED, gettext_lazy("Close…"), "circle-check", asks=True, shortcut="c"),
        State.NEW: Move(
            State.NEW,
            gettext_lazy("Reopen as new…") if closed else gettext_lazy("Give back to the queue"),
            "arrow-back-up",
            asks=closed,
            aside=True,
        ),
    }
    return tuple(move for to, move in possible.items() if to in TRANSITIONS[State(state)])


class Shown:
    """Shows rows to one user, as of one instant or now: what depends on these is worked out once."""

    def __init__(self, user: User, as_of: dt.datetime | None = None) -> None:
        self.company = user.company
        self.zone, self.company_zone = user.zone, user.company.zone
        self.at = as_of or now()
        self.today = self.at.astimezone(self.zone).date()
        self.query = as_of_query(as_of)
        self._days: dict[dt.date, str] = {}

    def rows(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [self.row(row) for row in rows]

    def row(self, row: dict[str, Any]) -> dict[str, Any]:
        """The row with what pages need besides; ``late`` and ``waits`` (deferred, not begun) at the page's instant."""
        start, end = self.moments(row["start_at"], row["end_at"], row["all_day"])
        is_open = row["state"] != State.CLOSED
        return {
            **row,
            "url": record_url("activity", row["number"]) + self.query,
            "type_name": row["type__name"] or str(TYPE_NAMES.get(row["type__code"], row["type__code"])),
            "result_name": row["result__name"] or str(RESULT_NAMES.get(row["result__code"], row["result__code"] or "")),
            "hold_name": str(HoldReason(row["hold_reason"]).label).lower() if row["hold_reason"] else "",
            "priority_code": Priority(row["priority"]).name.lower(),
            "pressing": row["priority"] > Priority.NORMAL,
            "origin": self.record(row["origin"]),
            "party": self.record(row["party"]),
            "contact": self.record(row["contact"]),
            "hold_for_record": self.record(row["hold_for_record"]),
            "start": self.say(start),
            "end": self.say(end),
            "closed": self.say(row["closed_at"] and row["closed_at"].astimezone(self.zone)),
            "late": is_open and row["end_at"] is not None and row["end_at"] <= self.at,
            "waits": is_open and row["deferred"] and row["start_at"] > self.at,
            "moves": moves(row["state"]),
        }

    def record(self, record: Record | None) -> dict[str, Any] | None:
        """A record that a row refers to: its words, icon and address."""
        if record is None:
            return None
        kind = record.declaration
        return {
            "number": record.number,
            "title": record.title,
            "icon": kind.icon,
            "label": kind.label,
            "url": record_url(kind.name, record.number) + self.query,
        }

    def moments(
        self, start: dt.datetime | None, end: dt.datetime | None, all_day: bool
    ) -> tuple[dt.date | None, dt.date | None]:
        """Dates of whole days, the end included; otherwise times on the user's clock."""
        if all_day:
            return moments.days(start, end, self.company_zone)
        return (start and start.astimezone(self.zone), end and end.astimezone(self.zone))

    def say(self, moment: dt.date | None) -> str:
        """A moment as seen from the day of the page: "today 10:00", "24 Nov", "24 Nov 2025 10:00"."""
        if moment is None:
            return ""
        if isinstance(moment, dt.datetime):
            return f"{self._day(moment.date())} {moment:%H:%M}"
        return self._day(moment)

    def _day(self, day: dt.date) -> str:
        """Kept: the same days come again and again."""
        if day not in self._days:
            near = {-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}.get((day - self.today).days)
            if near is None:
                this_year = day.year == self.today.year
                near = date_format(day, pgettext("date", "j M") if this_year else pgettext("date", "j M Y"))
            self._days[day] = near
        return self._days[day]


def days_late(row: dict[str, Any], company: Company) -> int:
    """By how many of the company's working days its dates stand after what was first promised; 0 where they don't."""
    for now_at, promised_at in (("end_at", "promised_end_at"), ("start_at", "promised_start_at")):
        if row[now_at] and row[promised_at]:
            # Whole days end with the midnight after them.
            back = dt.timedelta(microseconds=row["all_day"] and now_at == "end_at")
            promised, planned = ((row[at] - back).astimezone(company.zone).date() for at in (promised_at, now_at))
            return working_days_between(promised, planned, calendar_of(company)) if planned > promised else 0
    return 0
