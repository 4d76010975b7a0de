"""The columns of a kind's exported list: those of the list, and every plain field of the kind's form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.forms import Field
from django.utils.translation import gettext as _

from hilvan.records.forms import RecordField
from hilvan.records.kinds import Kind
from hilvan.records.models import Record

from .export import Column
from .words import label_of

OF_EVERY_RECORD = ("title", "party", "owner", "team")
"""Fields of forms that stand on the Record: every export has them, in the places where lists do."""


def columns_of(kind: Kind) -> list[Column]:
    """Each takes a Record with its model along, as ``views_lists.of_kind`` gives it."""

    def own(say: Callable[[Any], Any]) -> Callable[[Record], Any]:
        return lambda record: say(getattr(record, kind.accessor))

    columns = [
        Column(_("Number"), lambda record: record.number),
        Column(label_of(kind, "title"), lambda record: record.title),
    ]
    if not kind.is_party:
        columns += referring(label_of(kind, "party_id"), lambda record: record.party)
    fields = {name: field for name, field in kind.form.base_fields.items() if name not in OF_EVERY_RECORD}
    columns += [Column(str(one.label), own(one.value)) for one in kind.columns if one.of not in fields]
    for name, field in fields.items():
        columns += _of_field(kind, name, field, own)
    if kind.state_of:
        columns.append(Column(_("State"), own(kind.state)))
    return [
        *columns,
        Column(label_of(kind, "owner_id"), lambda record: record.owner and record.owner.name),
        Column(_("Team"), lambda record: record.team and record.team.name),
        Column(_("Created"), lambda record: record.created_at),
        Column(_("Created by"), lambda record: record.created_by and record.created_by.name),
        Column(_("Archived"), lambda record: record.archived_at),
        Column(_("Foreign reference"), lambda record: record.ref),
    ]


def referring(label: str, to: Callable[[Any], Record | None]) -> list[Column]:
    """A record that a row refers to: what it is called, and its number, by which another program finds it."""
    return [
        Column(label, lambda row: (record := to(row)) and record.title),
        Column(_("%(label)s, number") % {"label": label}, lambda row: (record := to(row)) and record.number),
    ]


def _of_field(kind: Kind, name: str, field: Field, own: Callable[[Any], Any]) -> Iterator[Column]:
    stored = {one.name: one for one in kind.model._meta.concrete_fields}
    if name not in stored:
        return  # a question of the form's alone, or rows of a table of their own
    label = str(field.label or name)
    choices = {value: str(said) for value, said in stored[name].flatchoices}  # said once, not for each row
    if isinstance(field, RecordField):
        yield from referring(label, own(lambda model: getattr(model, name)))
    elif choices:
        yield Column(label, own(lambda model: choices.get(value := getattr(model, name), value)))
    else:
        yield Column(label, own(lambda model: getattr(model, name)))
