"""The history can't be edited, nor bypassed, with the application's database role."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from hilvan.activities.models import Situation
from hilvan.records import invariants
from hilvan.records.history import entries
from hilvan.records.models import Change
from tests.world import World, standing

pytestmark = pytest.mark.usefixtures("committed")
HISTORY = [
    "records_change",
    "records_changepayload",
    "activities_situation",
    "activities_count",
    "activities_countdelta",
]


@pytest.fixture
def sql(committed_world: World) -> Iterator[psycopg.Connection[Any]]:
    """A psql of somebody who has the application's password."""
    with psycopg.connect(os.environ["HILVAN_DATABASE_URL"], autocommit=True) as connection:
        yield connection


def test_a_bulk_update_by_sql_stands_in_the_history_of_each(
    committed_world: World, sql: psycopg.Connection[Any]
) -> None:
    records = [committed_world.activity(f"Tarea {n}") for n in range(5)]

    sql.execute("UPDATE activities_activity SET subject = subject || '!', priority = 3")

    for n, record in enumerate(records):
        entry = entries(record)[0]
        assert (entry.channel, entry.actor) == ("sql", None)
        assert entry.fields == {"subject": (f"Tarea {n}", f"Tarea {n}!"), "priority": (1, 3)}
        assert Change.objects.filter(record=record).latest("id").db_session == "hilvan"
        record.refresh_from_db()
        assert record.title == f"Tarea {n}!"
        assert Situation.objects.filter(activity=record).count() == 2


def test_instants_stand_in_the_history_in_utc_whatever_the_zone_of_the_session(
    committed_world: World, sql: psycopg.Connection[Any]
) -> None:
    record = committed_world.activity()
    sql.execute("SET timezone = 'America/Caracas'")
    sql.execute("UPDATE activities_activity SET end_at = '2026-03-01T09:00:00-04:00'")
    assert entries(record)[0].fields == {"end_at": (None, "2026-03-01T13:00:00+00:00")}
    assert invariants.violations() == []


@pytest.mark.parametrize("table", HISTORY)
@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET {column} = {column}", "DELETE FROM {}", "TRUNCATE {}", "INSERT INTO {} DEFAULT VALUES"]
)
def test_the_history_cannot_be_written(
    committed_world: World, sql: psycopg.Connection[Any], table: str, statement: str
) -> None:
    committed_world.activity()
    column = "data" if table == "records_changepayload" else "company_id"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        sql.execute(statement.format(table, column=column))


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE activities_activity CASCADE",
        "ALTER TABLE activities_activity DISABLE TRIGGER keep_situation",
        "ALTER TABLE activities_activity DISABLE TRIGGER ALL",
        "DROP TRIGGER keep_situation ON activities_activity",
        "SET session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION hilvan_instant() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
        "CREATE TABLE anything (id int)",
        "CREATE TEMPORARY TABLE records_change (LIKE records_change)",
        "CREATE SCHEMA mine",
        "SELECT hilvan_write_change(1, 1, 't', 1, 'U', '{}', '{\"a\": 1}', null, '{}')",
        "INSERT INTO records_pastinstant SELECT pg_current_xact_id(), '2000-01-01', gen_random_uuid()",
        "SET ROLE hilvan_owner",
    ],
)
def test_what_would_bypass_the_history_is_refused(
    committed_world: World, sql: psycopg.Connection[Any], statement: str
) -> None:
    record = committed_world.activity("Antes")
    with pytest.raises(psycopg.Error) as refused:
        sql.execute(statement)
    assert isinstance(refused.value, psycopg.errors.InsufficientPrivilege | psycopg.errors.DuplicateObject)
    sql.execute("UPDATE activities_activity SET subject = 'Después'")
    assert entries(record)[0].fields == {"subject": ("Antes", "Después")}


def test_a_search_path_of_ones_own_changes_nothing(committed_world: World, sql: psycopg.Connection[Any]) -> None:
    record = committed_world.activity("Antes")
    sql.execute("SET search_path = pg_temp, public")
    sql.execute("UPDATE public.activities_activity SET subject = 'Después'")
    assert entries(record)[0].fields == {"subject": ("Antes", "Después")}


@pytest.mark.parametrize("change", ["company_id = company_id + 1", "origin_id = record_id"])
def test_company_and_origin_are_fixed(committed_world: World, sql: psycopg.Connection[Any], change: str) -> None:
    record = committed_world.activity()
    with pytest.raises(psycopg.Error):
        sql.execute(f"UPDATE activities_activity SET {change}")
    assert len(entries(record)) == 1


@pytest.mark.parametrize(
    "change", ["title = 'Falso'", "owner_id = created_by_id", "party_id = id", "archived_at = now()"]
)
def test_the_copies_on_an_activitys_record_can_only_be_changed_by_its_own_row(
    committed_world: World, sql: psycopg.Connection[Any], change: str
) -> None:
    """What one may see depends on them, and only a change of the activity stands in its history."""
    record = committed_world.activity("Antes", assignee=committed_world.luis)
    with pytest.raises(psycopg.Error) as refused:
        sql.execute(f"UPDATE records_record SET {change} WHERE kind = 'activity'")
    assert refused.value.sqlstate == "HV004"
    record.refresh_from_db()
    assert (record.title, record.owner, record.archived_at) == ("Antes", committed_world.luis, None)
    assert len(entries(record)) == 1


def test_no_reference_crosses_from_one_company_into_another(
    committed_world: World, sql: psycopg.Connection[Any]
) -> None:
    record = committed_world.activity(assignee=committed_world.luis)
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        sql.execute("UPDATE activities_activity SET assignee_id = %s", [committed_world.zoe.pk])
    assert standing(record).assignee == committed_world.luis


def test_a_past_instant_cannot_be_put_before_what_was_written_now(
    committed_world: World, sql: psycopg.Connection[Any]
) -> None:
    record = committed_world.activity("Antes")
    with pytest.raises(psycopg.Error) as refused:
        sql.execute(
            "DO $$ BEGIN PERFORM hilvan_write_at('2020-01-01', gen_random_uuid());"
            " UPDATE activities_activity SET subject = 'Falso'; END $$"
        )
    assert refused.value.sqlstate == "HV001"
    assert standing(record).subject == "Antes"


def test_a_deleted_activity_keeps_its_history(committed_world: World, sql: psycopg.Connection[Any]) -> None:
    record = committed_world.activity("Antes")
    sql.execute("DELETE FROM activities_activity")
    situation = Situation.objects.get(activity=record)
    assert situation.valid.upper is not None
    assert Change.objects.filter(record=record, operation="D").count() == 1
