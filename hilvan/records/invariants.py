"""What must always be true of the history, asked of the database itself. ``hilvan check`` and the tests run it.

Each function answers sentences, one for each violation found (at most ``MOST`` a rule); none where all is well.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from django.apps import apps
from django.db import connection

from .history import defaults
from .install import logged_tables, missing_triggers, not_business
from .kinds import kinds
from .models import Record

MOST = 20


def violations() -> list[str]:
    """All the rules of the kernel's."""
    found = [f"The table {table} has no trigger that writes its history." for table in missing_triggers()]
    found += _wrong_digests() + _histories_that_run_backwards() + _stale_documents()
    for table, _record, key, ignored in logged_tables():
        found += _replay_differs(table, key, ignored)
    for kind in kinds:
        if kind.logs_itself:
            found += _replay_differs(kind.model._meta.db_table, "record_id", not_business(kind))
    return found


def ask(sql: str, sentence: str, **parameters: str) -> list[str]:
    """``sentence`` formatted with each row that the query finds."""
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} LIMIT {MOST}", parameters or None)
        return [sentence.format(*row) for row in cursor.fetchall()]


def _wrong_digests() -> list[str]:
    return ask(
        "SELECT c.id FROM records_change c JOIN records_changepayload p ON p.change_id = c.id"
        " WHERE sha256(convert_to(p.data::text, 'UTF8')) <> c.digest",
        "The payload of change {0} is not the one that was written.",
    )


def _histories_that_run_backwards() -> list[str]:
    return ask(
        "SELECT record_id, id FROM (SELECT record_id, id, at,"
        " max(at) OVER (PARTITION BY record_id, table_name, row_id ORDER BY id"
        " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) m"
        " FROM records_change) c WHERE at < m",
        "Record {0}: change {1} counts from before the one ahead of it.",
    )


def _stale_documents() -> list[str]:
    return ask(
        "SELECT r.id FROM records_record r LEFT JOIN records_document d ON d.record_id = r.id"
        " WHERE (d.company_id, d.party_id, d.title) IS DISTINCT FROM (r.company_id, r.party_id, r.title)",
        "Searches read something else of record {0} than what stands on it.",
    )


def _array(names: Iterable[str]) -> str:
    """An SQL array of these column names, which come from the models."""
    return "ARRAY[" + ", ".join(f"'{name}'" for name in sorted(names)) + "]::text[]"


def _replay_differs(table: str, key: str, ignored: Iterable[str]) -> list[str]:
    """The last value of each column, from the changes alone, against the row as it is."""
    copies = " ".join(
        f"- CASE WHEN t.kind = '{kind.name}' THEN {_array(kind.copied_to_record)} ELSE '{{}}' END"
        for kind in kinds
        if kind.copied_to_record and table == Record._meta.db_table
    )
    without = f"- {_array(ignored)}"
    model = next(model for model in apps.get_models() if model._meta.db_table == table)
    return ask(
        f"""
        WITH last AS (
          SELECT DISTINCT ON (c.row_id, d.key) c.row_id, d.key, d.value -> 1 AS value
            FROM records_change c
            JOIN records_changepayload p ON p.change_id = c.id
           CROSS JOIN LATERAL jsonb_each(p.data -> 'diff') d
           WHERE c.table_name = %(table)s
           ORDER BY c.row_id, d.key, c.at DESC, c.id DESC
        ), replayed AS (SELECT row_id, jsonb_object_agg(key, value) AS row FROM last GROUP BY row_id)
        SELECT t."{key}" FROM "{table}" t LEFT JOIN replayed r ON r.row_id = t."{key}"
         WHERE r.row IS NULL
            OR jsonb_strip_nulls(to_jsonb(t) {without} {copies})
               <> jsonb_strip_nulls((%(before)s::jsonb || r.row) {without} {copies})
        """,
        f"{table}: the changes of row {{0}}, replayed, do not give the row.",
        table=table,
        before=json.dumps(defaults(model)),
    )
