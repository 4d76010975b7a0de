"""The arithmetic of working time, held against a plain model which looks at each minute's wall clock."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hilvan.working_time.calendar import (
    Calendar,
    add_working_days,
    add_working_time,
    public_holidays,
    working_days_between,
    working_time_between,
)

MADRID = ZoneInfo("Europe/Madrid")
OFFICE = ((540, 840), (900, 1080))
WEEK = (*[OFFICE] * 5, (), ())
OFFICE_HOURS = Calendar(MADRID, WEEK, "AR")
HOUR, MINUTE, DAY = dt.timedelta(hours=1), dt.timedelta(minutes=1), dt.timedelta(days=1)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=MADRID)


# -- The plain model --


def is_worked(instant: dt.datetime, calendar: Calendar) -> bool:
    wall = instant.astimezone(calendar.zone)
    day, minute = wall.date(), wall.hour * 60 + wall.minute
    free = day in public_holidays(calendar.region, day.year) or any(a <= day <= b for a, b in calendar.days_off)
    return not free and any(begins <= minute < ends for begins, ends in calendar.week[day.weekday()])


def counted(start: dt.datetime, end: dt.datetime, calendar: Calendar) -> int:
    """The minutes worked from one whole minute to another."""
    minutes = int((end - start) / MINUTE)
    return sum(is_worked(start + n * MINUTE, calendar) for n in range(minutes))


def reached(start: dt.datetime, minutes: int, calendar: Calendar) -> dt.datetime:
    """When so many minutes have been worked."""
    while minutes:
        minutes -= is_worked(start, calendar)
        start += MINUTE
    return start


@st.composite
def hours(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    """Up to three spans of a day, by quarters of an hour, the night and its changes of the clocks among them."""
    edges = sorted(draw(st.sets(st.integers(0, 96), max_size=6)))
    return tuple((begins * 15, ends * 15) for begins, ends in zip(edges[::2], edges[1::2], strict=len(edges) % 2 == 0))


# Around both changes of the clocks, Christmas, and Easter with the regional holidays.
DAYS = [dt.date(2026, 3, 27), dt.date(2026, 10, 23), dt.date(2026, 12, 22), dt.date(2027, 3, 23)]
zones = st.sampled_from([MADRID, ZoneInfo("Atlantic/Canary"), ZoneInfo("Atlantic/Azores"), ZoneInfo("America/Havana")])
instants = st.builds(
    lambda day, minutes: dt.datetime.combine(day, dt.time(), dt.UTC) + minutes * MINUTE,
    st.sampled_from(DAYS),
    st.integers(0, 2 * 24 * 60),
)
days_off = st.lists(
    st.builds(lambda day, n, more: (day + n * DAY, day + (n + more) * DAY), st.sampled_from(DAYS),
              st.integers(0, 5), st.integers(0, 2)),
    max_size=2,
).map(tuple)  # fmt: skip
calendars = st.builds(
    Calendar, zones, st.lists(hours(), min_size=7, max_size=7).map(tuple), st.sampled_from(["", "AR", "CT"]), days_off
)


@settings(max_examples=40, deadline=None)
@given(instants, instants, calendars)
def test_the_time_between_two_instants_is_that_of_the_plain_model(
    one: dt.datetime, other: dt.datetime, calendar: Calendar
) -> None:
    start, end = sorted((one, other))
    assert working_time_between(start, end, calendar) == counted(start, end, calendar) * MINUTE
    assert working_time_between(end, start, calendar) == -working_time_between(start, end, calendar)


@settings(max_examples=40, deadline=None)
@given(instants, st.integers(0, 1000), calendars)
def test_the_instant_after_so_much_work_is_that_of_the_plain_model(
    start: dt.datetime, minutes: int, calendar: Calendar
) -> None:
    minutes = min(minutes, counted(start, start + 2 * DAY, calendar))  # no further than the plain model walks
    end = add_working_time(start, minutes * MINUTE, calendar)
    assert end == reached(start, minutes, calendar)
    assert working_time_between(start, end, calendar) == minutes * MINUTE


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(DAYS), st.integers(-30, 30), calendars)
def test_working_days_go_and_come_back(day: dt.date, n: int, calendar: Calendar) -> None:
    if not any(calendar.week):
        return
    reached_day = add_working_days(day, n, calendar)
    assert calendar.is_working_day(reached_day)
    if n > 0:
        assert working_days_between(day, reached_day, calendar) == n
    elif n < 0:
        passed = sum(calendar.is_working_day(reached_day + i * DAY) for i in range((day - reached_day).days))
        assert passed == -n
    else:
        assert reached_day >= day
        assert not any(calendar.is_working_day(day + i * DAY) for i in range((reached_day - day).days))


# -- What people would say --


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-24 10:00", 4, "2026-11-24 14:00"),  # the first instant, not the next morning's
        ("2026-11-24 12:00", 4, "2026-11-24 17:00"),  # over lunch
        ("2026-11-27 17:00", 4, "2026-11-30 12:00"),  # Friday to Monday
        ("2026-11-28 11:00", 1, "2026-11-30 10:00"),  # noted on a Saturday
        ("2026-12-04 17:00", 2, "2026-12-09 10:00"),  # the bridge of the Constitution, moved to Monday in Aragon
        ("2026-12-24 17:30", 1, "2026-12-28 09:30"),  # Christmas is a Friday
        ("2026-04-22 16:00", 16, "2026-04-27 16:00"),  # San Jorge
        ("2026-11-24 10:00", 0, "2026-11-24 10:00"),
    ],
)
def test_hours_of_an_office_in_aragon(start: str, hours: float, end: str) -> None:
    assert add_working_time(at(start), hours * HOUR, OFFICE_HOURS) == at(end)


def test_a_night_shift_is_shorter_in_spring_and_longer_in_autumn() -> None:
    night = Calendar(MADRID, (((0, 480),),) * 7)
    for day, worked in (("2026-03-28", 8), ("2026-03-29", 7), ("2026-10-24", 8), ("2026-10-25", 9)):
        start = at(f"{day} 00:00")
        assert working_time_between(start, at(f"{day} 23:59"), night) == worked * HOUR


def test_days_off_and_other_regions() -> None:
    august = Calendar(MADRID, WEEK, "CT", ((dt.date(2027, 8, 2), dt.date(2027, 8, 31)),))
    assert add_working_days(dt.date(2027, 7, 30), 1, august) == dt.date(2027, 9, 1)
    assert not august.is_working_day(dt.date(2026, 12, 26))  # Sant Esteve, a Saturday anyway
    assert public_holidays("CT", 2028)[dt.date(2028, 12, 26)] == "San Esteban"
    assert dt.date(2028, 12, 26) not in public_holidays("AR", 2028)


def test_a_calendar_without_work_says_so() -> None:
    for nothing in (Calendar(MADRID, ((),) * 7), Calendar(MADRID, WEEK, "", ((dt.date(2020, 1, 1), dt.date.max),))):
        with pytest.raises(OverflowError):
            add_working_time(at("2026-11-24 10:00"), HOUR, nothing)
        with pytest.raises(OverflowError):
            add_working_days(dt.date(2026, 11, 24), 1, nothing)
        assert working_time_between(at("2026-11-24 10:00"), at("2026-12-24 10:00"), nothing) == dt.timedelta()
