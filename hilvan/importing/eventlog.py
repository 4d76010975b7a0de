"""The import of an event log: its events, in the order in which they happened, become activities with their history.

The first event of a reference makes the activity, later ones set what they give. Any state and any change of state is
accepted, since life really runs so. Each batch of events is a transaction of its own: an import can be interrupted and
started again, and what was imported already is known again by its reference, instant and sequence.
"""

from __future__ import annotations

import datetime as dt
import json
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from hilvan.activities.models import Activity, ActivityType
from hilvan.notifications.models import Notice, Reason, State
from hilvan.notifications.services import plan, suppression, wake
from hilvan.people.models import Company, Team, User
from hilvan.people.services import ensure_inactive_users, ensure_teams
from hilvan.records.history import Actor, Channel, writing_at
from hilvan.records.kinds import kinds
from hilvan.records.models import Record, new_uuid

from .events import Event, Origin, Reader, Unreadable
from .origins import ensure_origins, find

BATCH = 500
"""Events in one transaction: some tenths of a second. From 200 to 1,000 the size made no difference."""
SHOWN = 20
"""How many refusals a result tells in words."""

Outcome = tuple[Event, str, int | None, int | None]
"""What became of an event, as ``sql/events.sql`` answers: the outcome, the activity, who was newly assigned."""

Progress = Callable[[int, int], None]
"""Told after each batch: how many events of how many are done."""


@dataclass(frozen=True)
class Refusal:
    row: int
    """The line of the file, from 1."""
    reason: str


@dataclass
class Result:
    """What an import did. ``refusals`` are in the order of the lines."""

    batch: uuid.UUID
    events: int = 0
    applied: int = 0
    known: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def refused(self) -> int:
        return len(self.refusals)

    def __str__(self) -> str:
        """For people: the counts, and the first refusals with row and reason."""
        told = _("%(events)d events in %(seconds).1f s: %(applied)d applied, %(known)d known, %(refused)d refused.")
        lines = [told % (asdict(self) | {"refused": self.refused})]
        lines += [_("Row %(row)d: %(reason)s") % asdict(refusal) for refusal in self.refusals[:SHOWN]]
        if self.refused > SHOWN:
            lines.append(_("… and %(n)d more.") % {"n": self.refused - SHOWN})
        return "\n".join(lines)


def import_file(path: Path, *, company: Company, notify: bool = False, progress: Progress | None = None) -> Result:
    """Import an event log into a company. A line that is refused does not stop the others; the result says it and why.

    Nobody is told of the assignments, unless ``notify``: then as if they were made now.
    """
    begun = time.monotonic()
    result = Result(batch=new_uuid())
    types = dict(ActivityType.objects.filter(company=company).values_list("code", "pk"))
    events = _read(path, company, types, result)
    importer = _Importer(company, result, notify, types)
    for start in range(0, len(events), BATCH):
        importer.apply(events[start : start + BATCH])
        if progress:
            progress(min(start + BATCH, len(events)), len(events))
    result.refusals.sort(key=lambda refusal: refusal.row)
    result.seconds = time.monotonic() - begun
    return result


def _read(path: Path, company: Company, types: Collection[str], result: Result) -> list[Event]:
    """The file's events in the order in which they happened, which need not be that of its lines."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    reader = Reader(zone=company.zone, types=types, kinds=[kind.name for kind in kinds], now=now)
    events = []
    with path.open("rb") as lines:
        for row, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            result.events += 1
            try:
                events.append(reader.read(row, line))
            except Unreadable as error:
                result.refusals.append(Refusal(row, str(error)))
    events.sort(key=lambda event: (event.at, event.seq, event.row))
    return events


@dataclass
class _Importer:
    """Applies batches of events to one company; the people and teams that it met are known by their names."""

    company: Company
    result: Result
    notify: bool
    types: dict[str, int]
    people: dict[str, User] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)

    def apply(self, events: Sequence[Event]) -> None:
        with writing_at(None, self.result.batch), connection.cursor() as cursor:
            # One import of a company at a time: two of the same file would make each activity twice.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('hilvan import', %s))", [self.company.pk])
            self._meet(events)
            activities = find(self.company, "activity", {event.ref for event in events})
            self._make_origins(event for event in events if event.ref not in activities)
            for event in events:
                activities.setdefault(event.ref, new_uuid())
            origins = self._find_origins(events) | {("activity", ref): key for ref, key in activities.items()}
            rows = [self._row(event, activities, origins) for event in events]
            cursor.execute(
                "SELECT place, outcome, activity, told FROM hilvan_import_events(%s, %s, %s, %s)",
                [self.company.pk, self.result.batch, json.dumps(rows, default=str), json.dumps(self._blank())],
            )
            outcomes = [
                (events[place - 1], outcome, activity, told) for place, outcome, activity, told in cursor.fetchall()
            ]
            self._tell(outcomes)
        for event, outcome, _activity, _told in outcomes:
            if outcome in {"born", "applied"}:
                self.result.applied += 1
            elif outcome == "known":
                self.result.known += 1
            else:
                self.result.refusals.append(Refusal(event.row, _why_refused(outcome, event)))

    def _meet(self, events: Sequence[Event]) -> None:
        """Who is unknown becomes an inactive user or team."""
        names = {name for event in events for name in (event.given.get("assignee"), event.actor) if name}
        teams = {event.given["team"] for event in events if event.given.get("team")}
        if new := names - self.people.keys():
            self.people |= ensure_inactive_users(self.company, new)
        if new := teams - self.teams.keys():
            self.teams |= ensure_teams(self.company, new)

    def _make_origins(self, newcomers: Iterable[Event]) -> None:
        """The origins of the activities that are born in this batch: an activity's first event names it."""
        first: dict[str, Event] = {}
        for event in newcomers:
            first.setdefault(event.ref, event)
        born: dict[Origin, dt.datetime] = {}
        for event in first.values():
            if event.origin:
                born.setdefault(event.origin, event.at)
        ensure_origins(self.company, born)

    def _find_origins(self, events: Sequence[Event]) -> dict[tuple[str, str], uuid.UUID]:
        by_kind = defaultdict(set)
        for event in events:
            if event.origin:
                by_kind[event.origin.kind].add(event.origin.ref)
        return {
            (kind, ref): key for kind, refs in by_kind.items() for ref, key in find(self.company, kind, refs).items()
        }

    def _row(
        self, event: Event, activities: Mapping[str, uuid.UUID], origins: Mapping[tuple[str, str], uuid.UUID]
    ) -> dict[str, Any]:
        """An event as ``sql/events.sql`` takes it: names replaced by keys, given fields by the activity's columns."""
        given = dict(event.given)
        for name, known in (("assignee", self.people), ("team", self.teams)):
            if name in given:
                named = given.pop(name)
                given[f"{name}_id"] = known[named].pk if named else None
        if "type" in given:
            given["type_id"] = self.types[given.pop("type")]
        origin = None
        if event.origin:
            origin = {
                "uuid": origins.get((event.origin.kind, event.origin.ref)),
                "title": event.origin.title,
                "follows": kinds[event.origin.kind].follows_origin,
            }
        return {
            "uuid": activities[event.ref],
            "ref": event.ref,
            "at": event.at,
            "seq": event.seq,
            "year": event.at.astimezone(self.company.zone).year,
            "prefix": kinds["activity"].prefix,
            "actor": self.people[event.actor].pk if event.actor else None,
            "note": event.note,
            "raw": event.raw,
            "origin": origin,
            "given": given,
        }

    def _blank(self) -> dict[str, Any]:
        """The columns of an activity of which nothing is known: a task."""
        columns = {
            field.attname: field.get_default() for field in Activity._meta.concrete_fields if not field.generated
        }
        return columns | {"company_id": self.company.pk, "type_id": self.types["task"]}

    def _tell(self, outcomes: Sequence[Outcome]) -> None:
        """A notice for each new assignee. Of an import they are not sent, and stand there with the reason."""
        notices = []
        for event, outcome, activity, told in outcomes:
            if not told:
                continue
            actor = Actor(
                self.company,
                Channel.COMMAND if self.notify else Channel.IMPORT,
                self.people.get(event.actor),
                at=None if self.notify else event.at,
            )
            recipient = self.people[event.given["assignee"]]
            born_closed = outcome == "born" and event.given.get("state") == "closed"
            why_not = suppression(recipient, actor, born_closed=born_closed)
            notices.append(plan(Record(pk=activity), recipient, Reason.ASSIGNED, actor=actor, why_not=why_not))
        Notice.objects.bulk_create(notices)
        if any(notice.state == State.QUEUED for notice in notices):
            transaction.on_commit(wake)


def _why_refused(outcome: str, event: Event) -> str:
    return {
        "changed": _("The activity has been changed in Hilván since it was imported."),
        "earlier": _("The activity already has a later event."),
        "other_origin": _("The origin of an activity is fixed at birth."),
        "no_origin": _("There is no origin with the reference “%(ref)s”.")
        % {"ref": event.origin.ref if event.origin else ""},
        "ends_before_start": _("The end lies before the start."),
    }[outcome]
