"""The limit: what psycopg alone does on the same database with the same durability, as the application's role."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection
from django.test import Client
from django.utils import timezone
from psycopg.types.json import Jsonb

from hilvan.activities.models import Activity
from hilvan.notifications.models import Notice
from hilvan.records.models import Record, new_uuid
from hilvan.records.planned import PlannedOnce

from .clients import Work


@dataclass(frozen=True)
class Selects:
    """The very statements by which Hilván answers an address, and their rows fetched."""

    url: str
    statements: list[tuple[str, Any]]

    def __call__(self, number: int) -> Work:
        database = psycopg.connect(self.url, autocommit=True, prepare_threshold=1, context=connection.connection)

        def select() -> None:
            for statement, parameters in self.statements:
                database.execute(statement, parameters, prepare=isinstance(statement, PlannedOnce)).fetchall()

        return select


def statements_of(client: Client, path: str) -> list[tuple[str, Any]]:
    """What an address asks of the database, found by asking it here."""
    found: list[tuple[str, Any]] = []

    def note(execute: Callable[..., Any], sql: str, parameters: Any, many: bool, context: Any) -> Any:
        found.append((sql, parameters))
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(note):
        response = client.get(path)
    if response.status_code != 200:
        raise AssertionError(f"{path}: {response.status_code}")
    return found


@dataclass(frozen=True)
class Inserts:
    """The same rows as creating an activity by the API writes: copies of those of one that was created so."""

    url: str
    activity: int
    """Its record's key."""

    def __call__(self, number: int) -> Work:
        database = psycopg.connect(self.url, autocommit=True, context=connection.connection)
        record = Row(database, Record, f"id = {self.activity}", without={"id", "uuid", "number"})
        activity = Row(database, Activity, f"record_id = {self.activity}", without={"record_id"})
        notice = Row(database, Notice, f"record_id = {self.activity}", without={"id", "uuid", "record_id"})
        company, actor = record.values["company_id"], str(record.values["created_by_id"])
        year = timezone.now().year

        def create() -> None:
            with database.transaction():
                database.execute(
                    "SELECT set_config('hilvan.actor', %s, true), set_config('hilvan.channel', 'api', true),"
                    " set_config('hilvan.verb', 'activity.create', true)",
                    [actor],
                )
                (number,) = database.execute(
                    "SELECT hilvan_next_numbers(%s, 'ACT', %s)", [company, year]
                ).fetchone() or (0,)
                key = record.insert(uuid=new_uuid(), number=f"ACT-{year}-{number:06}")
                activity.insert(record_id=key)
                notice.insert(uuid=new_uuid(), record_id=key)

        return create


class Row:
    """A row that is inserted again and again, but for what must differ."""

    def __init__(self, database: psycopg.Connection[Any], model: Any, where: str, without: set[str]) -> None:
        names = [field.column for field in model._meta.concrete_fields if not field.generated]
        self._database, self._table, self._key = database, model._meta.db_table, model._meta.pk.column
        columns = [name for name in names if name not in without]
        found = database.execute(f"SELECT {', '.join(columns)} FROM {self._table} WHERE {where}").fetchone()
        if found is None:
            raise LookupError(f"{self._table}: no row where {where}")
        self.values = {
            name: Jsonb(value) if isinstance(value, dict | list) else value
            for name, value in zip(columns, found, strict=True)
        }

    def insert(self, **others: Any) -> Any:
        values = self.values | others
        statement = (
            f"INSERT INTO {self._table} ({', '.join(values)}) VALUES ({', '.join(['%s'] * len(values))})"
            f" RETURNING {self._key}"
        )
        found = self._database.execute(statement, list(values.values())).fetchone()
        return found and found[0]
