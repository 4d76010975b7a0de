"""The arithmetic of working time: pure functions over a calendar, right across changes of the clocks too.

An instant is working time where the clock on the wall shows working hours of a working day. So the hour which the
clocks repeat in autumn counts twice within them, and that which they leave out in spring not at all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from zoneinfo import ZoneInfo

import holidays

DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)
FURTHEST = 3660
"""So many days are looked through; a calendar without working time for that long has none."""

Hours = tuple[tuple[int, int], ...]
"""The working hours of a weekday: from and until, in minutes since midnight, in order and apart."""
Span = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True)
class Calendar:
    """When a company works. ``week`` has the hours of Monday to Sunday; ``days_off`` are ranges, both ends included.

    ``region`` is a subdivision of Spain as ``holidays`` knows it ("AR"), "" for none: the national holidays alone.
    """

    zone: ZoneInfo
    week: tuple[Hours, ...]
    region: str = ""
    days_off: tuple[tuple[dt.date, dt.date], ...] = ()

    def is_working_day(self, day: dt.date) -> bool:
        return (
            bool(self.week[day.weekday()])
            and day not in public_holidays(self.region, day.year)
            and not any(first <= day <= last for first, last in self.days_off)
        )

    def spans(self, day: dt.date) -> list[Span]:
        """The working time of a day, as instants in UTC."""
        return _spans(self.zone, day, self.week[day.weekday()]) if self.is_working_day(day) else []

    def days_from(self, day: dt.date) -> Iterator[dt.date]:
        """This day and those after it; raises ``OverflowError`` after ``FURTHEST`` of them."""
        for n in count():
            if n == FURTHEST:
                raise OverflowError("no working time within ten years")
            yield day + n * DAY


def add_working_time(start: dt.datetime, duration: dt.timedelta, calendar: Calendar) -> dt.datetime:
    """The first instant at which so much working time has passed since ``start``; ``start`` itself for none of it.

    Raises ``OverflowError`` where the calendar has too little of it within ten years.
    """
    left = duration
    if left <= dt.timedelta():
        return start
    for day in calendar.days_from(start.astimezone(calendar.zone).date()):
        for begins, ends in calendar.spans(day):
            begins = max(begins, start)
            if ends > begins and (left := left - (ends - begins)) <= dt.timedelta():
                return ends + left
    raise AssertionError  # days_from ends only by raising


def working_time_between(start: dt.datetime, end: dt.datetime, calendar: Calendar) -> dt.timedelta:
    """How much working time passes from one instant to another; negative where the second comes first."""
    if end < start:
        return -working_time_between(end, start, calendar)
    passed = dt.timedelta()
    day, last = start.astimezone(calendar.zone).date(), end.astimezone(calendar.zone).date()
    while day <= last:
        for begins, ends in calendar.spans(day):
            passed += max(min(ends, end) - max(begins, start), dt.timedelta())
        day += DAY
    return passed


def add_working_days(day: dt.date, n: int, calendar: Calendar) -> dt.date:
    """The n-th working day after ``day``, or before it for a negative n; for 0 the day itself or the next working one.

    Raises ``OverflowError`` where there is none within ten years.
    """
    step, left = (-DAY, -n) if n < 0 else (DAY, n)
    if n == 0:
        day, left = day - DAY, 1
    for _n in range(FURTHEST):
        if left == 0:
            return day
        day += step
        left -= calendar.is_working_day(day)
    raise OverflowError("no working day within ten years")


def working_days_between(first: dt.date, last: dt.date, calendar: Calendar) -> int:
    """How many working days come after ``first``, up to and with ``last``; negative where ``last`` comes before it."""
    if last < first:
        return -working_days_between(last, first, calendar)
    return sum(calendar.is_working_day(first + n * DAY) for n in range(1, (last - first).days + 1))


@lru_cache(maxsize=1000)
def public_holidays(region: str, year: int) -> Mapping[dt.date, str]:
    """The national holidays of Spain and those of the region, by name, with the days to which Sundays are moved."""
    return dict(holidays.country_holidays("ES", subdiv=region or None, years=year, language="es"))


@lru_cache(maxsize=4000)
def _spans(zone: ZoneInfo, day: dt.date, hours: Hours) -> list[Span]:
    midnight, following = (dt.datetime.combine(one, dt.time(), zone) for one in (day, day + DAY))
    if midnight.utcoffset() == following.utcoffset():
        return [
            ((midnight + begins * MINUTE).astimezone(dt.UTC), (midnight + ends * MINUTE).astimezone(dt.UTC))
            for begins, ends in hours
        ]
    # The clocks change: the wall clock is read minute by minute.
    spans: list[Span] = []
    instant = midnight.astimezone(dt.UTC)
    while instant < following.astimezone(dt.UTC):
        wall = instant.astimezone(zone)
        minute = wall.hour * 60 + wall.minute
        if wall.date() == day and any(begins <= minute < ends for begins, ends in hours):
            if spans and spans[-1][1] == instant:
                spans[-1] = (spans[-1][0], instant + MINUTE)
            else:
                spans.append((instant, instant + MINUTE))
        instant += MINUTE
    return spans
