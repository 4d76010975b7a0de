"""One record of any kind, made through its service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hilvan.people.models import User
from hilvan.records.kinds import Kind, kinds
from hilvan.records.models import Record
from tests.world import World

every_kind = pytest.mark.parametrize("kind", list(kinds), ids=lambda kind: kind.name)


def least(kind: Kind, world: World, *, by: User | None = None) -> dict[str, Any]:
    """What a record of the kind can't do without: what its form asks for and has no default."""
    known: dict[str, Callable[[], Any]] = {
        "title": lambda: "Algo nuevo",
        "subject": lambda: "Algo nuevo",
        "party": lambda: world.customer(by=by),
        "type": world.type,
    }
    return {name: known[name]() for name, field in kind.form.base_fields.items() if field.required and name in known}


def born(kind: Kind, world: World, *, by: User | None = None, **fields: Any) -> Record:
    return kind.create(actor=world.actor(by), **{**least(kind, world), **fields})


def heading(kind: Kind) -> str:
    """The field that holds what the record is called."""
    return "subject" if "subject" in kind.form.base_fields else "title"
