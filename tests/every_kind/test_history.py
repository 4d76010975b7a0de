"""The history of each kind is complete, and a past instant is replayed from it. Every step here is a transaction."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from hilvan.records.history import as_of, entries
from hilvan.records.kinds import Kind, Verb, kinds
from hilvan.records.models import Record
from hilvan.records.services import archive
from tests.world import World

from .making import asked_by, born, every_kind, heading, ready_for


def rows(record: Record) -> dict[str, dict[int, dict[str, Any]]]:
    """The record's rows as the database has them now, in the form of ``as_of``."""
    kind = record.declaration
    generated = {str(field.column) for field in kind.model._meta.concrete_fields if field.generated}
    left_out = sorted(generated | {"title_key"} | kind.bookkeeping)
    tables = [(Record._meta.db_table, "id"), (kind.model._meta.db_table, "record_id")]
    tables += [(child.model._meta.db_table, child.parent_column) for child in kind.child_tables]
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for table, key in tables:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT to_jsonb(t) - %s::text[] FROM {table} t WHERE {key} = %s", [left_out, record.pk])
            for (row,) in cursor.fetchall():
                columns = row if isinstance(row, dict) else json.loads(row)
                found.setdefault(table, {})[columns.get("id", record.pk)] = columns
    return found


def replayed(record: Record, instant: dt.datetime) -> dict[str, dict[int, dict[str, Any]]]:
    """The same at an instant, from the history alone; a column that the history never names was null."""
    past = as_of(record, instant)
    now = rows(record)
    return {
        table: {key: {column: row.get(column) for column in now[table][key]} for key, row in found.items()}
        for table, found in past.items()
        if table in now  # without links, which are of two records
    }


@every_kind
def test_birth_change_and_archiving_are_an_entry_each_and_replay_to_what_is(committed_world: World, kind: Kind) -> None:
    world = committed_world
    record = born(kind, world)
    at_birth = entries(record)[0].at
    before = rows(record)
    kind.change(record, actor=world.actor(world.jefa), **{heading(kind): "Algo mejor"})
    (kind.archive or archive)(record, actor=world.actor())

    told = entries(record)
    assert [(entry.verb, entry.actor, entry.channel) for entry in told] == [
        (f"{kind.name}.archive", world.ana, "screen"),
        (f"{kind.name}.change", world.jefa, "screen"),
        (f"{kind.name}.create", world.ana, "screen"),
    ]
    assert told[1].fields[heading(kind)] == ("Algo nuevo", "Algo mejor")
    assert told[2].fields["company_id"] == (None, world.company.pk)
    assert [entry.at for entry in told] == sorted((entry.at for entry in told), reverse=True)

    assert as_of(record, at_birth - dt.timedelta(microseconds=1)) == {}
    own = kind.model._meta.db_table
    assert replayed(record, at_birth)[own] == before[own]
    assert replayed(record, timezone.now())[own] == rows(record)[own]
    if not kind.copied_to_record:
        assert replayed(record, at_birth) == before
        assert replayed(record, timezone.now()) == rows(record)


@every_kind
def test_a_change_that_changes_nothing_makes_no_entry(committed_world: World, kind: Kind) -> None:
    record = born(kind, committed_world)
    kind.change(record, actor=committed_world.actor(), **{heading(kind): "Algo nuevo"})
    assert [entry.verb for entry in entries(record)] == [f"{kind.name}.create"]


@every_kind
def test_an_update_by_sql_stands_in_the_history(committed_world: World, kind: Kind) -> None:
    record = born(kind, committed_world)
    table, column = (
        (kind.model._meta.db_table, "subject") if heading(kind) == "subject" else (Record._meta.db_table, "title")
    )
    key = "id" if table == Record._meta.db_table else "record_id"
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = 'Por SQL' WHERE {key} = %s", [record.pk])
    last = entries(record)[0]
    assert (last.channel, last.actor, last.fields) == ("sql", None, {column: ("Algo nuevo", "Por SQL")})


@pytest.mark.parametrize(
    ("kind", "verb"),
    [pytest.param(kind, verb, id=f"{kind.name} {verb.name}") for kind in kinds for verb in kind.verbs],
)
def test_each_verb_is_an_entry_with_its_reason(committed_world: World, kind: Kind, verb: Verb) -> None:
    record = ready_for(verb, kind, committed_world)
    fields = asked_by(verb, committed_world)
    done = verb.run(record, actor=committed_world.actor(committed_world.jefa), **fields)
    if isinstance(done, Record):  # another one that it makes
        assert [entry.actor for entry in entries(done)] == [committed_world.jefa]
        return

    entry = entries(record)[0]
    assert (entry.verb, entry.actor) == (f"{kind.name}.{verb.name}", committed_world.jefa)
    assert entry.note == fields.get("reason", "")
    assert entry.fields
    assert replayed(record, entry.at) == rows(record)
