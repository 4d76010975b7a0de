"""One command for several records: a new one from each of them, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from hilvan.people.models import User

from .history import Actor
from .kinds import Kind, Prefilled
from .models import Record, new_uuid
from .services import creatable

AT_MOST = 500
"""Records of one command: their writing takes some seconds of the 30 that a transaction has."""


class RefusedFor(Exception):
    """Why no record could be made from ``origin``, and so none at all; ``error`` is its service's."""

    def __init__(self, origin: Record, error: ValidationError) -> None:
        self.origin, self.error = origin, error
        super().__init__(str(origin))


@dataclass(frozen=True)
class Candidate:
    """A record from which one of a kind is to be made: what that would take over, or why it can't be."""

    origin: Record
    values: dict[str, Prefilled]
    why_not: str


def candidates(kind: Kind, origins: Sequence[Record], user: User) -> list[Candidate]:
    """What each of these records, all of a kind from which ``kind`` starts, has to say."""
    found = []
    for origin in origins:
        entry = next(entry for entry in creatable(origin, user) if entry.kind is kind)
        values = entry.start.prefill(origin, user) if entry.allowed else {}
        found.append(Candidate(origin, values, entry.why_not))
    return found


def shared(found: Sequence[Candidate]) -> tuple[dict[str, Prefilled], list[str]]:
    """What all take over alike; and the names of the fields of which each has a value of its own, or none."""
    alike: dict[str, Prefilled] = {}
    own = []
    for name in dict.fromkeys(name for one in found for name in one.values):
        first = found[0].values.get(name)
        if first is not None and all(name in one.values and one.values[name].value == first.value for one in found):
            alike[name] = first
        else:
            own.append(name)
    return alike, own


@transaction.atomic
def create_from_each(kind: Kind, found: Sequence[Candidate], *, actor: Actor, **fields: Any) -> list[Record]:
    """A new record of ``kind`` from each: what it takes over, ``fields`` taking precedence. All of them, or none.

    To the people who are told of them it is one command, and so one message each (``Actor.batch``). Raises
    ``RefusedFor``, and whatever else ``kind.create`` raises.
    """
    actor = replace(actor, batch=new_uuid())
    made = []
    for one in found:
        values = {name: prefilled.value for name, prefilled in one.values.items()}
        try:
            made.append(kind.create(actor=actor, origin=one.origin, **{**values, **fields}))
        except ValidationError as error:
            raise RefusedFor(one.origin, error) from error
    return made
