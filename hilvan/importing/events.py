"""One line of an event log, read and checked: an ``Event``, or the reason in words why it is none."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from hilvan.activities.models import State
from hilvan.activities.moments import ends_before_start, span

LONGEST = {"ref": 200, "assignee": 200, "team": 200, "actor": 200, "subject": 255, "type": 40, "title": 255, "kind": 32}
LONGEST_TEXT = 100_000
FIELDS = frozenset(
    {
        *("ref", "at", "seq", "actor", "note", "raw", "origin"),
        *("state", "assignee", "team", "subject", "type", "start_at", "end_at"),
    }
)
STATES = frozenset(State.values)
YEARS = range(1900, 2999)
"""Of instants; numbers have no series for others."""


class Unreadable(Exception):
    """Why a line is no event, in words."""


@dataclass(frozen=True, slots=True)
class Origin:
    kind: str
    ref: str
    title: str


@dataclass(frozen=True, slots=True)
class Event:
    """What became of an activity at an instant; events happen in the order of ``at``, then ``seq``.

    ``given`` are the activity's fields that the event sets: ``state``, ``subject``, ``type`` (a code), ``assignee`` and
    ``team`` (foreign names, None for nobody), ``start_at``, ``end_at`` (instants or None), ``all_day``.
    """

    row: int
    ref: str
    at: dt.datetime
    seq: int
    given: Mapping[str, Any]
    origin: Origin | None
    actor: str
    note: str
    raw: str


@dataclass(frozen=True)
class Reader:
    """Reads the lines for one company, as it is when the import begins."""

    zone: dt.tzinfo
    types: Collection[str]
    kinds: Collection[str]
    now: dt.datetime

    def read(self, row: int, line: bytes) -> Event:
        """The event in a line; raises ``Unreadable``."""
        try:
            data = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise Unreadable(_("This is not JSON.")) from error
        if not isinstance(data, dict):
            raise Unreadable(_("This is no JSON object."))
        if unknown := data.keys() - FIELDS:
            raise Unreadable(_("“%(field)s” is no field of an event.") % {"field": min(unknown)})
        at = _instant(data, "at")
        if at is None:
            raise Unreadable(_missing("at"))
        if at > self.now:
            raise Unreadable(_("The instant lies in the future."))
        return Event(
            row=row,
            ref=_text(data, "ref") or _refuse(_missing("ref")),
            at=at,
            seq=_sequence(data),
            given=self._given(data),
            origin=self._origin(data.get("origin")),
            actor=_text(data, "actor"),
            note=_text(data, "note"),
            raw=_text(data, "raw"),
        )

    def _given(self, data: dict[str, Any]) -> dict[str, Any]:
        """The fields of the activity that are there. Null empties one that can be empty, and says nothing of others."""
        given: dict[str, Any] = {}
        for name in ("assignee", "team"):
            if name in data:
                given[name] = _text(data, name) or None
        for name, known in (("state", STATES), ("type", self.types)):
            if code := _text(data, name):
                given[name] = _one_of(name, code, known)
        if data.get("subject") is not None:
            given["subject"] = _text(data, "subject").strip() or _refuse(_missing("subject"))
        if "start_at" in data or "end_at" in data:
            start, end = _moment(data, "start_at"), _moment(data, "end_at")
            planned = span(start, end, self.zone)
            if ends_before_start(planned.start_at, planned.end_at, all_day=planned.all_day):
                raise Unreadable(_("The end lies before the start."))
            given |= {name: getattr(planned, name) for name in ("start_at", "end_at") if name in data}
            if start or end:
                given["all_day"] = planned.all_day
        return given

    def _origin(self, data: object) -> Origin | None:
        if data is None:
            return None
        if not isinstance(data, dict) or not data.keys() <= {"kind", "ref", "title"}:
            raise Unreadable(_("“origin” must be an object with kind, ref and title."))
        ref = _text(data, "ref") or _refuse(_missing("origin.ref"))
        kind = _one_of("origin.kind", _text(data, "kind"), self.kinds)
        return Origin(kind, ref, _text(data, "title").strip() or ref)


def _text(data: dict[str, Any], name: str) -> str:
    """The text of a field; empty where it is absent or null."""
    value = data.get(name)
    if value is None:
        return ""
    longest = LONGEST.get(name, LONGEST_TEXT)
    if not isinstance(value, str) or len(value) > longest:
        raise Unreadable(_("“%(field)s” must be a text of at most %(n)d characters.") % {"field": name, "n": longest})
    if "\x00" in value:
        raise Unreadable(_("NUL characters are not allowed."))
    try:
        value.encode()
    except UnicodeEncodeError as error:  # half of a surrogate pair
        raise Unreadable(_("This is not JSON.")) from error
    return value


def _one_of(name: str, code: str, known: Collection[str]) -> str:
    if code not in known:
        raise Unreadable(
            _("“%(field)s” must be one of: %(names)s.") % {"field": name, "names": ", ".join(sorted(known))}
        )
    return code


def _sequence(data: dict[str, Any]) -> int:
    value = data.get("seq")
    if value is None:
        raise Unreadable(_missing("seq"))
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 2**63:
        raise Unreadable(_("“%(field)s” must be a whole number.") % {"field": "seq"})
    return value


def _moment(data: dict[str, Any], name: str) -> dt.date | dt.datetime | None:
    """A planned time: a plain date for whole days, or an instant."""
    value = data.get(name)
    if isinstance(value, str) and len(value) == len("2026-01-31"):
        try:
            day = dt.date.fromisoformat(value)
        except ValueError as error:
            raise Unreadable(_no_instant(name)) from error
        return day if day.year in YEARS else _refuse(_no_instant(name))
    return _instant(data, name)


def _instant(data: dict[str, Any], name: str) -> dt.datetime | None:
    value = data.get(name)
    if value is None:
        return None
    try:
        instant = dt.datetime.fromisoformat(value)
        if instant.tzinfo is not None and instant.year in YEARS:
            return instant.astimezone(dt.UTC)
    except (TypeError, ValueError):
        pass
    raise Unreadable(_no_instant(name))


def _missing(name: str) -> str:
    return _("“%(field)s” is missing.") % {"field": name}


def _no_instant(name: str) -> str:
    return _("“%(field)s” must be an instant with its offset, as 2026-01-31T12:00:00+01:00.") % {"field": name}


def _refuse(reason: str) -> Any:
    raise Unreadable(reason)
