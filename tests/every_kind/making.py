"""One record of any kind, made through its service from what its form asks for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from django import forms

from hilvan.people.models import User
from hilvan.records.forms import RecordField, TeamField, UserField
from hilvan.records.kinds import Kind, kinds
from hilvan.records.models import Record
from tests.world import World

every_kind = pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.name) for kind in kinds])

HEADING = "Algo nuevo"
FITTING: dict[str, Callable[[World], Any]] = {
    "title": lambda world: HEADING,
    "subject": lambda world: HEADING,
    "type": lambda world: world.type(),
}
"""Values by the names of fields, where the type of the form's field does not tell what fits. A plugin may add some."""

_numbers = count(1)


def least(kind: Kind, world: World) -> dict[str, Any]:
    """What a record of the kind can't do without: what its form asks for, each time another text or number."""
    return {
        name: FITTING[name](world) if name in FITTING else fitting(field, world)
        for name, field in kind.form.base_fields.items()
        if field.required and (name in FITTING or field.initial is None)
    }


def fitting(field: forms.Field, world: World) -> Any:
    """A value that such a field takes, as the service gets it."""
    number = next(_numbers)
    match field:
        case RecordField():
            fitting_kinds = [kind for kind in kinds if (field.fits(kind) if field.fits else kind.name in field.kinds)]
            return born(fitting_kinds[0], world)
        case UserField():
            return world.ana
        case TeamField():
            return world.ventas
        case forms.ChoiceField():
            choices: Any = field.choices
            return field.clean(next(value for value, _label in choices if value not in (None, "")))
        case forms.BooleanField():
            return True
        case forms.DateTimeField():
            return dt.datetime(2030, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=number)
        case forms.DateField():
            return dt.date(2030, 1, 1) + dt.timedelta(days=number)
        case forms.TimeField():
            return dt.time(9)
        case forms.EmailField():
            return f"n{number}@ebro.example"
        case forms.URLField():
            return f"https://ebro.example/{number}"
        case _:
            return field.clean(str(number))


def born(kind: Kind, world: World, *, by: User | None = None, **fields: Any) -> Record:
    return kind.create(actor=world.actor(by), **{**least(kind, world), **fields})


def heading(kind: Kind) -> str:
    """The field that holds what the record is called."""
    return "subject" if "subject" in kind.form.base_fields else "title"


def prose(kind: Kind) -> str:
    """A field in which one may write at length."""
    fields = kind.form.base_fields.items()
    name = next((name for name, field in fields if isinstance(field.widget, forms.Textarea) and not field.required), "")
    return name or pytest.skip("has no such field")
