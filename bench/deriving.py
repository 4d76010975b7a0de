"""What follows from a company's records and its activities' situations, made set-wise: activities, changes, counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.utils import CursorWrapper
from django.db.models import Model
from django.utils import timezone

from hilvan.activities.models import Activity, Situation
from hilvan.people.models import Company
from hilvan.records import install
from hilvan.records.kinds import kinds
from hilvan.records.models import Change, Record

FAR = 1 << 40
"""Transactions of the past get numbers from here on: the server's own will not reach it."""

# Of an activity's Record, by its columns: all others have the model's default.
_RECORD = {
    "id": "a.record_id",
    "uuid": "uuidv7(b.at - now())",
    "company_id": "a.company_id",
    "kind": "'activity'",
    "number": "concat('{prefix}-', extract(year from b.at), '-', lpad(b.n::text, greatest(6, length(b.n::text)), '0'))",
    "title": "a.subject",
    "party_id": "a.party_id",
    "origin_id": "a.origin_id",
    "root_id": "a.origin_id",
    "owner_id": "a.assignee_id",
    "team_id": "a.team_id",
    "created_by_id": "b.author",
    "created_at": "b.at",
}
_RECORDS = """
      FROM activities_activity a
      JOIN (SELECT activity_id, min(lower(valid)) AS at, activity_id - {before} AS n, min(assignee_id) AS author
              FROM activities_situation GROUP BY activity_id) b ON b.activity_id = a.record_id
     ORDER BY a.record_id
"""
_COUNTS = """
    INSERT INTO activities_countdelta (company_id, bucket, state, assignee_id, n)
    SELECT company_id, date_bin('15 minutes', at, '2000-01-01+00'), state, assignee_id, sum(n)
      FROM activities_situation, LATERAL (VALUES (lower(valid), 1), (upper(valid), -1)) borders (at, n)
     WHERE at IS NOT NULL GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0
"""
# As hilvan_write_change does: one for the birth of each row, one for each later situation of an activity.
_WRITTEN = """
    CREATE TEMP TABLE written ON COMMIT DROP AS
    WITH stood AS MATERIALIZED (
      SELECT s.activity_id, lower(s.valid) AS at, s.state,
             (to_jsonb(a) || (to_jsonb(s) - ARRAY['id', 'activity_id', 'valid'])) - {ignored} AS columns
        FROM activities_situation s JOIN activities_activity a ON a.record_id = s.activity_id
    )
    SELECT row_number() OVER (ORDER BY at, record_id, table_name <> 'records_record') AS id,
           {far} + dense_rank() OVER (ORDER BY at, record_id) AS transaction,
           table_name, record_id, at, verb, before IS NULL AS is_birth,
           jsonb_build_object('diff', (
             SELECT coalesce(jsonb_object_agg(a.key, jsonb_build_array(before->a.key, a.value)), '{{}}')
               FROM jsonb_each(after) a WHERE a.value IS DISTINCT FROM coalesce(before->a.key, 'null'))) AS data
      FROM ({births} UNION ALL
            SELECT 'activities_activity', s.activity_id, s.at, 'activity.' || CASE
                     WHEN lag(s.state) OVER w IS NULL THEN 'create'
                     WHEN s.state = lag(s.state) OVER w THEN 'change'
                     WHEN s.state = 'closed' THEN 'close' WHEN s.state = 'on_hold' THEN 'hold' ELSE 'start' END,
                   lag(s.columns) OVER w, s.columns
              FROM stood s WINDOW w AS (PARTITION BY s.activity_id ORDER BY s.at)) rows
"""
_BIRTH = """
    SELECT '{table}' AS table_name, r.id AS record_id, r.created_at AS at, r.kind || '.create' AS verb,
           NULL::jsonb AS before, to_jsonb(t) - {ignored} AS after
      FROM "{table}" t JOIN records_record r ON r.id = t."{key}"
"""
_CHANGES = """
    INSERT INTO records_change (id, company_id, record_id, table_name, row_id, operation, at, recorded_at, transaction,
                                actor_id, channel, verb, db_session, digest)
    SELECT w.id, r.company_id, w.record_id, w.table_name, w.record_id, CASE WHEN w.is_birth THEN 'I' ELSE 'U' END,
           w.at, w.at, w.transaction::text::xid8, coalesce(r.owner_id, r.created_by_id), 'screen', w.verb, 'hilvan',
           sha256(convert_to(w.data::text, 'UTF8'))
      FROM written w JOIN records_record r ON r.id = w.record_id ORDER BY w.id
"""


def derive(cursor: CursorWrapper, company: Company, series: dict[str, tuple[str, range]]) -> None:
    """All that follows; ``series`` are the prefix and the keys of each kind's records."""
    standing = [f.column for f in columns_of(Situation) if f.attname not in {"activity_id", "valid"}]
    activity = {"record_id": "activity_id", "description": "'Según lo hablado por teléfono.'"}
    activity |= {column: f'"{column}"' for column in standing}
    _insert(cursor, Activity, activity, "FROM activities_situation WHERE upper_inf(valid) ORDER BY activity_id")
    prefix, keys = series["activity"]
    record = {column: value.format(prefix=prefix) for column, value in _RECORD.items()}
    _insert(cursor, Record, record, _RECORDS.format(before=keys.start - 1))
    _write_changes(cursor, {kinds[kind].model._meta.db_table for kind in series} | {Record._meta.db_table})
    cursor.execute(_COUNTS)
    cursor.execute("SELECT hilvan_fold_counts(2147483647)")
    year = timezone.now().year
    for prefix, keys in series.values():
        cursor.execute("SELECT hilvan_next_numbers(%s, %s, %s)", [company.pk, prefix, year])
        cursor.execute("SELECT setval(%s, %s)", [f"series_{company.pk}_{prefix.lower()}_{year}", len(keys) + 1])
    for model in (Record, Change):
        table = model._meta.db_table
        cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")


def _insert(cursor: CursorWrapper, model: type[Model], given: dict[str, str], source: str) -> None:
    """Rows from a source: what is not given, as an SQL expression by column, has the model's default."""
    others = {f.column: f.get_default() for f in columns_of(model) if f.column not in given}
    columns = ", ".join(f'"{column}"' for column in [*given, *others])
    values = ", ".join([*given.values(), *["%s"] * len(others)])
    table = model._meta.db_table
    cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {values} {source}", list(others.values()))


def _write_changes(cursor: CursorWrapper, tables: set[str]) -> None:
    births = [
        _BIRTH.format(table=table, key=key, ignored=_array(ignored))
        for table, _record, key, ignored in install.logged_tables()
        if table in tables
    ]
    ignored = _array(install.not_business(kinds["activity"]))
    cursor.execute(_WRITTEN.format(far=FAR, births=" UNION ALL ".join(births), ignored=ignored))
    cursor.execute(_CHANGES)
    cursor.execute("INSERT INTO records_changepayload (change_id, data) SELECT id, data FROM written ORDER BY id")


def _array(names: Iterable[str]) -> str:
    return f"ARRAY[{', '.join(repr(name) for name in sorted(names))}]::text[]"


def columns_of(model: type[Model]) -> list[Any]:
    """The columns of a model's table that are given when a row is copied in."""
    return [f for f in model._meta.concrete_fields if not f.generated and (f.name != "id" or model is Record)]


@contextmanager
def bare(cursor: CursorWrapper, models: Iterable[type[Model]]) -> Iterator[None]:
    """Without triggers, which ``migrate`` puts back, and until the end of the block without indexes and constraints."""
    tables = [model._meta.db_table for model in models]
    cursor.execute(
        "SELECT format('DROP TRIGGER %%I ON %%s', tgname, tgrelid::regclass) FROM pg_trigger"
        " WHERE NOT tgisinternal AND tgrelid = ANY (%s::regclass[])",
        [tables],
    )
    _run(cursor, [drop for (drop,) in cursor.fetchall()])
    cursor.execute(
        "SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),"
        " format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))"
        " FROM pg_constraint WHERE contype IN ('f', 'p', 'u', 'x')"
        " AND (conrelid = ANY (%s::regclass[]) OR confrelid = ANY (%s::regclass[])) ORDER BY contype = 'f' DESC",
        [tables, tables],
    )
    constraints = cursor.fetchall()
    _run(cursor, [drop for drop, _add in constraints])
    cursor.execute(
        "SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = ANY (%s::regclass[])",
        [tables],
    )
    indexes = cursor.fetchall()
    _run(cursor, [drop for drop, _create in indexes])
    yield
    _run(cursor, [add for _drop, add in (*indexes, *reversed(constraints))])


def _run(cursor: CursorWrapper, statements: Iterable[str]) -> None:
    for statement in statements:
        cursor.execute(statement)
