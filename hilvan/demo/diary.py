"""What an activity goes through in the demo: noted, passed on, put off, begun, held, closed, tried again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from hilvan.activities.models import ActivityResult, ActivityType, State
from hilvan.activities.services import change_activity, create_activity, defer, transition
from hilvan.people.models import Team, User
from hilvan.records.history import Actor
from hilvan.records.models import Record
from hilvan.trade.models import PaymentTerms

from . import texts
from .clock import Clock, rounded

DAYS = 91
"""How long before now the stories begin."""


@dataclass
class Cast:
    """Who and what the steps refer to: by user name, name of the team, code, and reference."""

    users: dict[str, User]
    teams: dict[str, Team]
    types: dict[str, ActivityType]
    results: dict[tuple[str, str], ActivityResult]
    """By the codes of type and result."""
    terms: dict[tuple[int, ...], PaymentTerms]
    """By their days."""
    records: dict[str, Record]

    def fresh(self, ref: str) -> Record:
        """The record of this reference, as it stands now."""
        return Record.objects.select_related("company", "party").get(pk=self.records[ref].pk)

    def whom(self, origin: str) -> Record | None:
        """The first contact of the party of this origin."""
        record = self.records.get(origin)
        return self.records.get(contact_ref(record.party.ref)) if record and record.party else None


def contact_ref(customer: str, n: int = 0) -> str:
    """The reference of a customer's n-th contact: C-0001-P1."""
    return f"{customer}-P{n + 1}"


@dataclass(frozen=True)
class Step:
    at: dt.datetime
    who: str
    do: Callable[[Cast, Actor], object]


@dataclass
class Diary:
    """The steps until ``now``. Chance is seeded: the same instant gives the same steps."""

    now: dt.datetime
    zone: dt.tzinfo
    chance: Random = field(default_factory=lambda: Random(1492))  # noqa: S311 (stories, no secrets)
    steps: list[Step] = field(default_factory=list)
    count: dict[str, int] = field(default_factory=dict)

    @property
    def clock(self) -> Clock:
        return Clock(self.zone, self.chance)

    @property
    def today(self) -> dt.date:
        return self.now.astimezone(self.zone).date()

    @property
    def first(self) -> dt.date:
        """The first day on which something happens."""
        return self.clock.day(self.today - dt.timedelta(days=DAYS), 0)

    def add(self, at: dt.datetime, who: str, do: Callable[[Cast, Actor], object]) -> None:
        if at < self.now:
            self.steps.append(Step(at, who, do))

    def ref(self, letter: str) -> str:
        """The next reference of the program that the company had before: C-0001."""
        self.count[letter] = self.count.get(letter, 0) + 1
        return f"{letter}-{self.count[letter]:04}"

    def later(self, instant: dt.datetime) -> dt.datetime:
        return self.clock.within(instant, 2, 25)

    def activity(
        self,
        kind: str,
        subject: str,
        *,
        at: dt.datetime,
        to: str,
        minutes: int,
        by: str = "",
        origin: str = "",
        team: str = "",
        plan: tuple[int, int] = (0, 3),
        priority: int | None = None,
    ) -> dt.datetime:
        """The life of an activity, noted ``at`` an instant ``by`` somebody (or by ``to``); answers when it is over."""
        ref = self.ref("A")
        chance = self.chance
        by = by or to
        start = self.clock.appointment(at, *plan, minutes)
        dates: dict[str, Any] = {"start_at": start, "end_at": start + dt.timedelta(minutes=minutes)}
        if kind in {"task", "email"} and chance.random() < 0.15:
            dates = {}
        deferred = bool(dates) and chance.random() < 0.06
        if priority is None:
            priority = chance.choices([0, 1, 2, 3], weights=[8, 74, 14, 4])[0]
        claimed = team != "" and chance.random() < 0.3
        first = None if claimed else to

        def create(cast: Cast, actor: Actor) -> None:
            cast.records[ref] = create_activity(
                actor=actor,
                origin=cast.records.get(origin),
                contact=cast.whom(origin) if kind != "task" else None,
                ref=ref,
                type=cast.types[kind],
                subject=subject,
                assignee=cast.users[first] if first else None,
                team=cast.teams[team] if team else None,
                priority=priority,
                deferred=deferred,
                estimated_minutes=minutes,
                **dates,
            )

        self.add(at, by, create)
        then = self.clock.within(at, 5, 60)
        if claimed or chance.random() < 0.07:
            whom = to if claimed else self.chance.choice([one for one in ("ventas", "soporte", "admin") if one != to])
            who, to = (to, to) if claimed else (by, whom)
            self.add(
                then,
                who,
                lambda cast, actor: change_activity(cast.records[ref], actor=actor, assignee=cast.users[whom]),
            )
        if chance.random() < (0.08 if at > self.now - dt.timedelta(days=20) else 0.005):
            return self.now  # forgotten: it will be overdue, and what was to follow does not
        if dates and start > then and chance.random() < 0.12:
            put_off = self.clock.within(then, 5, 60)
            start = self.clock.appointment(start, 2, 8, minutes)
            reason, end = chance.choice(texts.DEFERRED), start + dt.timedelta(minutes=minutes)
            later_start = start
            self.add(put_off, to, lambda cast, actor: defer(
                cast.records[ref], actor=actor, start_at=later_start, end_at=end, reason=reason))  # fmt: skip
            then = put_off
        begun = max(self.clock.within(start, -10, 40), self.clock.within(then, 5, 30))
        over = self.clock.within(begun, minutes * 0.6, minutes * 1.5)
        if kind != "call":
            self.add(begun, to, lambda cast, actor: transition(cast.records[ref], actor=actor, to=State.IN_PROGRESS))
            if origin and chance.random() < 0.16:
                is_stuck = begun > self.now - dt.timedelta(days=25) and chance.random() < 0.6
                until = self.clock.after(self.now, 1, 8) if is_stuck else None
                over = self.hold(ref, kind, to, self.clock.within(begun, 3, 20), until=until)
            elif kind == "task" and chance.random() < 0.3:
                over = self.clock.after(begun, 1, 2)
        return self.close(ref, kind, subject, to, over, minutes)

    def hold(self, ref: str, kind: str, who: str, at: dt.datetime, *, until: dt.datetime | None = None) -> dt.datetime:
        """It waits for something, and goes on; answers when it is over."""
        weights = [28, 10, 36, 8, 6, 12] if kind == "visit" else [50, 16, 0, 24, 10, 0]
        reason = self.chance.choices(list(texts.HOLDS), weights)[0]
        goes_on = until or self.clock.after(at, 1, 6)
        note = self.chance.choice(texts.HOLDS[reason])
        says_until = rounded(goes_on) if self.chance.random() < 0.6 and rounded(goes_on) > at else None
        self.add(at, who, lambda cast, actor: transition(
            cast.records[ref], actor=actor, to=State.ON_HOLD, reason=reason, until=says_until, note=note))  # fmt: skip
        self.add(goes_on, who, lambda cast, actor: transition(cast.records[ref], actor=actor, to=State.IN_PROGRESS))
        return self.clock.within(goes_on, 20, 90)

    def close(self, ref: str, kind: str, subject: str, who: str, at: dt.datetime, minutes: int) -> dt.datetime:
        """It is closed with a result and a note; an unanswered call is tried again, a few are reopened."""
        if kind == "call":
            result = self.chance.choices(["answered", "no_answer", "left_message"], weights=[72, 16, 12])[0]
        else:
            result = "cancelled" if self.chance.random() < 0.04 else "done"
        note = self.chance.choice(texts.NOTES["visit" if (kind, result) == ("visit", "done") else result])

        def done(cast: Cast, actor: Actor) -> object:
            return transition(
                cast.records[ref], actor=actor, to=State.CLOSED, result=cast.results[kind, result], note=note
            )

        self.add(at, who, done)
        if result in {"no_answer", "left_message"} and not subject.startswith("Volver"):
            return self.activity(
                "call",
                "Volver a llamar",
                at=self.clock.within(at, 1, 5),
                to=who,
                minutes=minutes,
                origin=ref,
                plan=(1, 2),
            )
        if self.chance.random() < 0.03:
            again, reason = self.clock.after(at, 1, 3), self.chance.choice(texts.REOPENED)
            self.add(again, who, lambda cast, actor: transition(
                cast.records[ref], actor=actor, to=State.IN_PROGRESS, reason=reason))  # fmt: skip
            at = self.clock.within(again, 30, 200)
            self.add(at, who, done)
        return at


def does(ref: str, verb: str, *, if_offered: bool = False, **fields: Any) -> Callable[[Cast, Actor], object]:
    """The step in which the record of this reference is closed, won …; ``if_offered``: unless that has been done, or
    there is no such record."""

    def do(cast: Cast, actor: Actor) -> object:
        if if_offered and ref not in cast.records:
            return None
        record = cast.records[ref]
        kind = record.declaration
        one = next(one for one in kind.verbs if one.name == verb)
        if if_offered and not one.offered(kind.model._default_manager.get(pk=record.pk)):
            return None
        return one.run(record, actor=actor, **fields)

    return do
