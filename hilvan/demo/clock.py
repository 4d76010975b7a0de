"""Working hours of the demo company: from Monday to Friday, 8:30 to 14:00 and 15:30 to 18:30."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from random import Random

HOURS = ((dt.time(8, 30), dt.time(14)), (dt.time(15, 30), dt.time(18, 30)))
SATURDAY = 5
QUARTER = dt.timedelta(minutes=15)


@dataclass(frozen=True)
class Clock:
    """Draws instants in working hours; ``chance`` decides which."""

    zone: dt.tzinfo
    chance: Random

    def day(self, start: dt.date, working_days: int) -> dt.date:
        """The day so many working days after ``start`` (before, where negative); with 0 the same or the next one."""
        step = dt.timedelta(days=1 if working_days >= 0 else -1)
        day = start
        while day.weekday() >= SATURDAY:
            day += step
        for _n in range(abs(working_days)):
            day += step
            while day.weekday() >= SATURDAY:
                day += step
        return day

    def on(self, day: dt.date) -> dt.datetime:
        """Some instant of that day's hours, to the microsecond, so that no two are equal."""
        begin, end = self.chance.choices(HOURS, weights=[5.5, 3])[0]
        opened = dt.datetime.combine(day, begin, self.zone)
        return opened + self.chance.random() * (dt.datetime.combine(day, end, self.zone) - opened)

    def after(self, instant: dt.datetime, least: int, most: int) -> dt.datetime:
        """An instant from ``least`` to ``most`` working days after another, and after it in any case."""
        start = instant.astimezone(self.zone).date()
        days = self.chance.randint(least, most)
        found = self.on(self.day(start, days))
        while found <= instant:
            days += 1 if self.chance.random() < 0.2 else 0
            found = self.on(self.day(start, days))
        return found

    def appointment(self, after: dt.datetime, least: int, most: int, minutes: int) -> dt.datetime:
        """When something of so many minutes can be planned: on a quarter of an hour, and over before the day is."""
        start = rounded(self.after(after, least, most)) + QUARTER
        opened, closed = (dt.datetime.combine(start.date(), time, self.zone) for time in (HOURS[0][0], HOURS[-1][1]))
        return max(min(start, closed - dt.timedelta(minutes=minutes)), opened, rounded(after) + QUARTER)

    def within(self, instant: dt.datetime, least: float, most: float) -> dt.datetime:
        """An instant from ``least`` to ``most`` minutes after another, whatever the hours."""
        return instant + dt.timedelta(minutes=self.chance.uniform(least, most))


def rounded(instant: dt.datetime) -> dt.datetime:
    """Down to a quarter of an hour, as appointments are."""
    return instant.replace(minute=instant.minute // 15 * 15, second=0, microsecond=0)
