"""Planned times: each a date, or a date with a time.

They are kept as instants. A whole day begins at midnight in the company's zone and ends at the next midnight, whatever
the clocks do in between; people and the API see plain dates, the end included.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """Start and end as they are kept."""

    start_at: dt.datetime | None
    end_at: dt.datetime | None
    all_day: bool


def span(start: dt.date | dt.datetime | None, end: dt.date | dt.datetime | None, company_zone: dt.tzinfo) -> Span:
    """From what a person or a program gave: dates, or aware instants; of one each, the date counts as its midnight.

    It is of whole days where there is a date and no time at all.
    """
    given = [one for one in (start, end) if one is not None]
    all_day = bool(given) and not any(isinstance(one, dt.datetime) for one in given)
    return Span(
        start if start is None or isinstance(start, dt.datetime) else _midnight(start, company_zone),
        end if end is None or isinstance(end, dt.datetime) else _midnight(_next(end), company_zone),
        all_day,
    )


def ends_before_start(start_at: dt.datetime | None, end_at: dt.datetime | None, *, all_day: bool) -> bool:
    """Whole days that end at the very midnight at which they begin have their last day before their first."""
    if start_at is None or end_at is None:
        return False
    return end_at < start_at or (all_day and end_at == start_at)


def days(
    start_at: dt.datetime | None, end_at: dt.datetime | None, company_zone: dt.tzinfo
) -> tuple[dt.date | None, dt.date | None]:
    """The dates of whole days kept as instants, the end included."""
    return (
        start_at.astimezone(company_zone).date() if start_at else None,
        (end_at.astimezone(company_zone) - dt.timedelta(microseconds=1)).date() if end_at else None,
    )


def _midnight(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    """The first instant of a day (where the clocks leave midnight out, the next that there is: PEP 495, fold=0)."""
    try:
        return dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)
    except OverflowError as error:
        raise out_of_range() from error


def _next(day: dt.date) -> dt.date:
    try:
        return day + DAY
    except OverflowError as error:
        raise out_of_range() from error


def out_of_range() -> ValidationError:
    return ValidationError(_("Check the year."), code="year")
