"""How the API tells a record, its history, and whatever value stands in one."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from django.db.models import Field, ForeignKey, Model
from django.utils.functional import Promise

from hilvan.people.api import team_json, user_json
from hilvan.people.models import Team, User

from .history import Entry, restored
from .install import FIXED
from .kinds import Kind, kinds
from .models import Record
from .timeline import NAME as CHANGES
from .timeline import Item, sources

UNTOLD = {*FIXED, "id", "record_id", "title_key"}
"""Columns that are no change of a record's: its keys, and what is fixed at its birth."""
FIXED_IN_CHILD = {"id", "uuid", "company_id", "created_at", "created_by_id"}
"""The same of a child row's columns."""
HIDDEN = {"hidden": True}
"""Stands for a record that the reader may not see."""


def reference(record: Record | None) -> dict[str, Any] | None:
    """A record that another one refers to."""
    if record is None:
        return None
    return {"id": str(record.uuid), "kind": record.kind, "number": record.number, "title": record.title}


def head(record: Record) -> dict[str, Any]:
    """What every record has in common. The caller has selected ``party``, ``origin``, ``owner`` and ``team``."""
    return {
        "id": str(record.uuid),
        "kind": record.kind,
        "number": record.number,
        "ref": record.ref,
        "title": record.title,
        "party": reference(record.party),
        "origin": reference(record.origin),
        "owner": user_json(record.owner),
        "team": team_json(record.team),
        "created_at": value(record.created_at),
        "archived_at": value(record.archived_at),
    }


def whole(model: Any) -> dict[str, Any]:
    """A record with the fields of its kind, from the kind's model instance."""
    kind = kinds[model.record.kind]
    state = kind.state(model)
    described = {"state": state.code, **kind.describe(model)} if state else kind.describe(model)
    return {**head(model.record), **{name: value(one) for name, one in described.items()}}


def value(one: Any) -> Any:
    """A value as JSON has it: amounts as text, instants in RFC 3339, people and records by their references."""
    match one:
        case User():
            return user_json(one)
        case Team():
            return team_json(one)
        case Record():
            return reference(one)
        case Model():
            return getattr(one, "code", None) or str(one)
        case dt.datetime() | dt.date() | dt.time():
            return one.isoformat()
        case Decimal() | Promise():
            return str(one)
        case dict():
            return {str(name): value(each) for name, each in one.items()}
        case list() | tuple() | set() | frozenset():
            return [value(each) for each in one]
        case _:
            return one


def coded(kind: Kind, name: str, stored: Any) -> Any:
    """The value of a kind's field as the API says it."""
    codes = kind.codes.get(name)
    return codes[stored] if codes and stored in codes else value(stored)


def entries_json(entries: list[Entry], user: User) -> list[dict[str, Any]]:
    """Entries of histories, with names instead of keys: one query for each table that they refer to."""
    told = [(entry, changes_of(entry)) for entry in entries]
    names = _names((field, pair) for _entry, changes in told for field, pair in changes.values())
    # A record that the user may not see stays unnamed.
    records = names.get(Record, {})
    seen = (
        set(Record.objects.visible_to(user).filter(pk__in=records).values_list("pk", flat=True)) if records else set()
    )
    names[Record] = {key: one if key in seen else HIDDEN for key, one in records.items()}
    return [
        {
            "record": reference(entry.record),
            "at": value(entry.at),
            "recorded_at": value(entry.recorded_at),
            "actor": user_json(entry.actor),
            "channel": entry.channel,
            "verb": entry.verb,
            "note": entry.note,
            "raw": entry.raw,
            "changes": [
                {"field": name, **dict(zip(("before", "after"), _told(entry, field, pair, names), strict=True))}
                for name, (field, pair) in changes.items()
            ],
        }
        for entry, changes in told
    ]


def timeline_json(items: Sequence[Item], user: User) -> list[dict[str, Any]]:
    """A page of a timeline: entries, and what other sources tell in the same form."""
    told: dict[int, dict[str, Any]] = {}
    for name in {item.place[1] for item in items}:
        mine = [item for item in items if item.place[1] == name]
        if name == CHANGES:
            answers = entries_json([item.body for item in mine], user)
        else:
            answers = sources[name].as_json(mine, user)
        told |= {id(item): {**answer, "what": item.what} for item, answer in zip(mine, answers, strict=True)}
    return [told[id(item)] for item in items]


Changes = dict[str, tuple["Field[Any, Any]", tuple[Any, Any]]]


def changes_of(entry: Entry) -> Changes:
    """The changes of an entry that are told, by the name of the field; those of child rows as "table.row.field"."""
    fields = _fields(entry.record.kind)
    changes: Changes = {}
    for column, pair in entry.fields.items():
        table, _dot, rest = column.partition(".")
        row, _dot, name = rest.partition(".")
        field = fields.get(f"{table}.{name}" if rest else column)
        if field is None or field.column in (FIXED_IN_CHILD if rest else UNTOLD) or field.generated:
            continue
        if rest and isinstance(field, ForeignKey) and field.related_model is Record and entry.record.pk in pair:
            continue  # a part's reference to the very record
        if pair[0] not in (None, "") or pair[1] not in (None, ""):
            changes[f"{table}.{row}.{field.name}" if rest else field.name] = (field, pair)
    return changes


@cache
def _fields(name: str) -> dict[str, Field[Any, Any]]:
    """By column, of a kind; what its own SQL copies to the Record is told once."""
    kind = kinds[name]
    head_fields = [field for field in Record._meta.concrete_fields if field.column not in kind.copied_to_record]
    fields = {field.column: field for field in (*head_fields, *kind.model._meta.concrete_fields)}
    for child in (*kind.child_tables, *kinds.child_tables):
        meta = child.model._meta
        fields |= {f"{meta.db_table}.{field.column}": field for field in meta.concrete_fields}
    return {str(column): field for column, field in fields.items() if column not in kind.bookkeeping}


def _names(changes: Iterable[tuple[Field[Any, Any], tuple[Any, Any]]]) -> dict[Any, dict[int, Any]]:
    wanted: dict[Any, set[int]] = defaultdict(set)
    for field, pair in changes:
        if isinstance(field, ForeignKey):
            wanted[field.related_model].update(key for key in pair if key is not None)
    return {
        model: {row.pk: value(row) for row in model._base_manager.filter(pk__in=keys)} for model, keys in wanted.items()
    }


def _told(entry: Entry, field: Field[Any, Any], pair: tuple[Any, Any], names: dict[Any, dict[int, Any]]) -> list[Any]:
    if isinstance(field, ForeignKey):
        return [names[field.related_model].get(key) for key in pair]
    kind = entry.record.declaration
    return [coded(kind, field.name, restored(field, one)) for one in pair]
