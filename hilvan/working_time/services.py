"""A company's calendar, and what an administrator changes of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from hilvan.people.models import Company, User
from hilvan.records.services import clean

from .calendar import Calendar, Hours
from .models import FIRST_WEEK, DayOff, WorkingCalendar

LONGEST = 366
"""So many days at most lie between the ends of one entry of days off."""


def calendar_of(company: Company) -> Calendar:
    """When a company works: two queries."""
    kept = WorkingCalendar.objects.filter(company=company.pk).first()
    days_off = DayOff.objects.filter(company=company.pk).values_list("first", "last")
    return Calendar(
        zone=company.zone,
        week=as_week(kept.week if kept else FIRST_WEEK),
        region=kept.region if kept else "",
        days_off=tuple(days_off),
    )


def as_week(kept: Iterable[Iterable[Sequence[int]]]) -> tuple[Hours, ...]:
    """The hours of a week as they are kept, in the form that calendars take."""
    return tuple(tuple((begins, ends) for begins, ends in day) for day in kept)


@transaction.atomic
def set_calendar(*, by: User, region: str, week: Sequence[Hours]) -> WorkingCalendar:
    """Hours and region from now on. Raises ``PermissionDenied`` and ``ValidationError`` (by field)."""
    require_administrator(by)
    calendar = WorkingCalendar(company=by.company, region=region, week=[[list(span) for span in day] for day in week])
    clean(calendar, "region")
    if len(week) != 7 or not any(week):
        raise ValidationError({"week": _("There have to be working hours on one day at least.")})
    for day in week:
        edges = [edge for span in day for edge in span]
        if edges != sorted(set(edges)) or any(not 0 <= edge <= 1440 for edge in edges):
            raise ValidationError({"week": _("Each time comes after the one before it, within the day.")})
    WorkingCalendar.objects.update_or_create(
        company=by.company, defaults={"region": calendar.region, "week": calendar.week}
    )
    return calendar


@transaction.atomic
def add_day_off(*, by: User, first: dt.date, last: dt.date | None, name: str) -> DayOff:
    """A day, or those up to ``last``, on which nobody works. Raises ``PermissionDenied`` and ``ValidationError``."""
    require_administrator(by)
    day = DayOff(company=by.company, first=first, last=last or first, name=name.strip())
    if day.last < day.first:
        raise ValidationError({"last": _("The end lies before the start.")})
    if (day.last - day.first).days >= LONGEST:
        raise ValidationError({"last": _("At most %(n)d days at once.") % {"n": LONGEST}})
    clean(day, "name")
    day.save(force_insert=True)
    return day


@transaction.atomic
def remove_day_off(day: DayOff, *, by: User) -> None:
    """It is worked on that day after all. Raises ``PermissionDenied``."""
    require_administrator(by)
    if day.company_id != by.company_id:
        raise PermissionDenied(_("This does not exist."))
    day.delete()


def require_administrator(user: User) -> None:
    """Raise ``PermissionDenied`` for who does not administer the company."""
    if not (user.is_active and user.role.administers):
        raise PermissionDenied(_("Only who administers the company may do this."))
