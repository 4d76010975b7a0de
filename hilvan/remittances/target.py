"""The days on which banks settle payments in euros: those of TARGET, the settlement system of the euro area."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import holidays

DAY = dt.timedelta(days=1)
SATURDAY = 5


def is_target_day(day: dt.date) -> bool:
    return day.weekday() < SATURDAY and day not in _closed(day.year)


def following(day: dt.date) -> dt.date:
    """The day itself where banks settle on it, else the next one on which they do."""
    while not is_target_day(day):
        day += DAY
    return day


def days_after(day: dt.date, n: int) -> dt.date:
    """The n-th day after ``day`` on which banks settle; for 0 the day itself, or the next such one."""
    day = following(day)
    for _n in range(n):
        day = following(day + DAY)
    return day


@lru_cache(maxsize=100)
def _closed(year: int) -> frozenset[dt.date]:
    return frozenset(holidays.financial_holidays("ECB", years=year))
