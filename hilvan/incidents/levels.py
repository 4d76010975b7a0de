"""Service levels: what is promised of each priority, when it falls due, and how its clock is stopped.

All in working time, by the company's calendar (``working_time``). A promise stays as it was made: other levels or
another calendar count for what is born, gets another priority or goes on after a hold later. The time on hold does not
count, nor that between a closing and the reopening.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from hilvan.activities.models import Priority
from hilvan.people.models import Company, User
from hilvan.working_time.calendar import Calendar, add_working_time, working_time_between
from hilvan.working_time.services import calendar_of, require_administrator

from .models import Incident, ServiceLevel

LONGEST = 1000 * 60
"""No level promises more, in minutes."""
DUE = ("answer_due_at", "resolution_due_at")


@dataclass(frozen=True)
class Level:
    """Working time until the first answer and until the resolution; None: nothing is promised."""

    answer: dt.timedelta | None
    resolution: dt.timedelta | None


# With which each company starts.
FIRST_LEVELS = {
    priority: Level(dt.timedelta(hours=answer), dt.timedelta(hours=resolution))
    for priority, answer, resolution in (
        (Priority.URGENT, 1, 4),
        (Priority.HIGH, 2, 8),
        (Priority.NORMAL, 4, 16),
        (Priority.LOW, 8, 40),
    )
}


def levels_of(company: Company) -> dict[Priority, Level]:
    """A company's levels by priority, the most urgent first: one query."""
    kept = {
        level.priority: Level(_minutes(level.answer_minutes), _minutes(level.resolution_minutes))
        for level in ServiceLevel.objects.filter(company=company.pk)
    }
    return {priority: kept.get(priority, level) for priority, level in FIRST_LEVELS.items()}


@transaction.atomic
def set_levels(levels: Mapping[Priority, Level], *, by: User) -> None:
    """What is promised from now on. Raises ``PermissionDenied`` and ``ValidationError``."""
    require_administrator(by)
    for priority, level in levels.items():
        for time in (level.answer, level.resolution):
            if time is not None and not dt.timedelta() < time <= dt.timedelta(minutes=LONGEST):
                raise ValidationError(_("Between one minute and %(n)d hours.") % {"n": LONGEST // 60})
        if level.answer and level.resolution and level.answer > level.resolution:
            raise ValidationError(
                _("%(priority)s: the first answer comes before the resolution.") % {"priority": priority.label}
            )
        ServiceLevel.objects.update_or_create(
            company=by.company,
            priority=priority,
            defaults={"answer_minutes": _in_minutes(level.answer), "resolution_minutes": _in_minutes(level.resolution)},
        )


def promise(incident: Incident, since: dt.datetime) -> None:
    """Set the due instants of its priority, counted from its birth; what did not count so far still does not."""
    level = levels_of(incident.company)[Priority(incident.priority)]
    calendar = calendar_of(incident.company)
    held = dt.timedelta(seconds=incident.held_seconds or 0)
    for name, time in zip(DUE, (level.answer, level.resolution), strict=True):
        setattr(incident, name, None if time is None else _due(since, time + held, calendar))


def go_on(incident: Incident, stopped_at: dt.datetime, now: dt.datetime) -> None:
    """The clock, which stood since then, goes on: as much working time is left as there was."""
    calendar = calendar_of(incident.company)
    for name in DUE:
        due = getattr(incident, name)
        answered = name == "answer_due_at" and incident.answered_at is not None
        if due is not None and due > stopped_at and not answered:
            setattr(incident, name, _due(now, working_time_between(stopped_at, due, calendar), calendar))
    passed = working_time_between(stopped_at, now, calendar)
    incident.held_seconds = (incident.held_seconds or 0) + round(passed.total_seconds())


def _due(since: dt.datetime, time: dt.timedelta, calendar: Calendar) -> dt.datetime | None:
    try:
        return add_working_time(since, time, calendar)
    except OverflowError:  # a company that does not work at all promises nothing
        return None


def _minutes(minutes: int | None) -> dt.timedelta | None:
    return None if minutes is None else dt.timedelta(minutes=minutes)


def _in_minutes(time: dt.timedelta | None) -> int | None:
    return None if time is None else round(time.total_seconds() / 60)
