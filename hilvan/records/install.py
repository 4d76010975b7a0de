"""``hilvan migrate``: Django's migrations, then what guards the data, renewed each time and for every registered kind.

1. the SQL files of each installed app's ``sql`` folder, in the order of the apps (a plugin's too);
2. the history's trigger on Record, on every kind's table and on its child tables;
3. the triggers that keep the documents which searches read;
4. for each reference between two tables that belong to a company, a composite foreign key, so that none crosses
   from one company into another;
5. the rights of the application's role: it changes business rows, and only reads the history.

All of it runs as the owner of the database (``HILVAN_DATABASE_OWNER_URL``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.apps import apps
from django.core.management import call_command
from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import ForeignKey, Model

from .kinds import Kind, kinds
from .models import Record

OWNER = "owner"
# Columns of Record fixed at birth.
FIXED = ("company_id", "kind", "number", "draft_number", "uuid", "origin_id", "root_id", "created_by_id", "created_at")
# Functions that only other functions call.
INTERNAL = {
    "hilvan_write_change",
    "hilvan_log_change",
    "hilvan_keep_situation",
    "hilvan_refuse_change",
    "hilvan_keep_limit",
    "hilvan_keep_document",
    "hilvan_keep_heading",
}


def migrate(verbosity: int = 0) -> None:
    """Bring the database to the program's form. May be run at any time and as often as one likes."""
    with _one_at_a_time():
        call_command("migrate", database=OWNER, interactive=False, verbosity=verbosity)
        _install()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two that start at once on a database which is not up to date: the second waits and finds it done."""
    with connections[OWNER].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('hilvan migrate'))")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('hilvan migrate'))")


def _install() -> None:
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        for config in apps.get_app_configs():
            for path in sorted((Path(config.path) / "sql").glob("*.sql")):
                cursor.execute(path.read_text(), None)
        _install_history(cursor)
        for kind in kinds:
            _install_documents(cursor, kind)
        _install_company_keys(cursor)
        _grant(cursor)
        cursor.execute(f"COMMENT ON SCHEMA public IS '{_form()}'")


def is_current() -> bool:
    """Whether the database was brought to just this form already, by this role for this application's role.

    ``hilvan run`` then starts at once; ``hilvan migrate`` renews everything all the same.
    """
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT obj_description('public'::regnamespace, 'pg_namespace')")
        return bool(cursor.fetchone()[0] == _form())


def _form() -> str:
    """A digest of all that ``migrate`` makes: migrations, SQL files, what the models and kinds declare, the roles."""
    digest = hashlib.sha256()
    for config in apps.get_app_configs():
        folder = Path(config.path)
        for path in sorted([*folder.glob("migrations/*.py"), *folder.glob("sql/*.sql")]):
            digest.update(path.name.encode() + path.read_bytes())
    digest.update(Path(__file__).read_bytes() + repr([(*row[:3], sorted(row[3])) for row in logged_tables()]).encode())
    digest.update(repr([connections[alias].settings_dict["USER"] for alias in ("default", OWNER)]).encode())
    return f"hilvan {digest.hexdigest()}"


def may_migrate() -> bool:
    """Whether the role at hand may make tables: the owner of a database does, the application's role does not."""
    with connections[OWNER].cursor() as cursor:
        cursor.execute("SELECT has_schema_privilege('public', 'CREATE')")
        return bool(cursor.fetchone()[0])


def missing_triggers() -> list[str]:
    """The tables that should write history and have no (or a disabled) trigger; for ``hilvan check``."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE t.tgname IN ('log_change', 'keep_situation') AND t.tgenabled = 'O'"
        )
        present = {name for (name,) in cursor.fetchall()}
    expected = {table for table, *_ in logged_tables()} | {kind.model._meta.db_table for kind in kinds}
    return sorted(expected - present)


def logged_tables() -> list[tuple[str, str, str, frozenset[str]]]:
    """(table, the column with the record's id, the row's key, columns that are no business change), for each one.

    A kind whose table has a trigger of its own that also writes the history (activities) is left out.
    """
    tables = [(Record._meta.db_table, "id", "id", frozenset({"title_key"}))]
    for kind in kinds:
        if not kind.logs_itself:
            tables.append((kind.model._meta.db_table, "record_id", "record_id", not_business(kind)))
        for child in kind.child_tables:
            of_child = (child.model._meta.db_table, child.parent_column, "id", frozenset[str]())
            if of_child not in tables:  # documents of several kinds have lines
                tables.append(of_child)
    for child in kinds.child_tables:
        tables.append((child.model._meta.db_table, child.parent_column, "id", frozenset()))
    return tables


def not_business(kind: Kind) -> frozenset[str]:
    """The columns of the kind's own table whose changes are none of the record's."""
    generated = {str(field.column) for field in kind.model._meta.concrete_fields if field.generated}
    return kind.bookkeeping | generated


def _install_history(cursor: CursorWrapper) -> None:
    for table, record_column, key, ignored in logged_tables():
        cursor.execute(f'DROP TRIGGER IF EXISTS log_change ON "{table}"')
        cursor.execute(
            f'CREATE TRIGGER log_change AFTER INSERT OR UPDATE OR DELETE ON "{table}" FOR EACH ROW'
            " EXECUTE FUNCTION public.hilvan_log_change(%s, %s, %s)",
            [record_column, key, ",".join(sorted(ignored))],
        )
        fixed = FIXED if table == Record._meta.db_table else ("company_id", record_column)
        cursor.execute(f'DROP TRIGGER IF EXISTS keep_fixed ON "{table}"')
        cursor.execute(
            f'CREATE TRIGGER keep_fixed AFTER UPDATE ON "{table}" FOR EACH ROW'
            f" EXECUTE FUNCTION public.hilvan_refuse_change({', '.join(['%s'] * len(fixed))})",
            list(fixed),
        )
    for kind in kinds:
        if copies := sorted(kind.copied_to_record):
            # Only the kind's own trigger keeps these: whoever changes them here would leave the kind's row behind.
            cursor.execute(f'DROP TRIGGER IF EXISTS "keep_copies_{kind.name}" ON records_record')
            cursor.execute(
                f'CREATE TRIGGER "keep_copies_{kind.name}" AFTER UPDATE ON records_record FOR EACH ROW'
                " WHEN (new.kind = %s AND pg_trigger_depth() = 0)"
                f" EXECUTE FUNCTION public.hilvan_refuse_change({', '.join(['%s'] * len(copies))})",
                [kind.name, *copies],
            )


def _install_documents(cursor: CursorWrapper, kind: Kind) -> None:
    """The triggers that keep the documents of a kind; where its declaration is new, the documents that are due."""
    table = kind.model._meta.db_table
    columns = kind.known_by + kind.prose
    changed = " OR ".join(f'old."{column}" IS DISTINCT FROM new."{column}"' for column in columns)
    keep = "FOR EACH ROW {} EXECUTE FUNCTION public.hilvan_keep_document(%s, %s)"
    sources = [",".join(kind.known_by), ",".join(kind.prose)]
    before = _definition(cursor, table)
    cursor.execute(f'DROP TRIGGER IF EXISTS keep_document ON "{table}"')
    cursor.execute(f'CREATE TRIGGER keep_document AFTER INSERT ON "{table}" {keep.format("")}', sources)
    cursor.execute(f'DROP TRIGGER IF EXISTS renew_document ON "{table}"')
    if columns:
        when = keep.format(f"WHEN ({changed})")
        cursor.execute(f'CREATE TRIGGER renew_document AFTER UPDATE ON "{table}" {when}', sources)
    if _definition(cursor, table) != before:
        cursor.execute(
            "INSERT INTO records_document (record_id, company_id, party_id, number, title, known_by, prose)"
            " SELECT r.id, r.company_id, r.party_id, concat_ws(' ', r.number, nullif(r.ref, '')), r.title,"
            " hilvan_known_by(to_jsonb(t), string_to_array(%s, ',')),"
            " hilvan_prose(to_jsonb(t), string_to_array(%s, ','))"
            f' FROM records_record r JOIN "{table}" t ON t.record_id = r.id'
            " ON CONFLICT (record_id) DO UPDATE SET known_by = excluded.known_by, prose = excluded.prose",
            sources,
        )


def _definition(cursor: CursorWrapper, table: str) -> str:
    """How the documents of a kind's table are kept; empty where they are not yet."""
    cursor.execute(
        "SELECT coalesce(string_agg(pg_get_triggerdef(oid), ' '), '') FROM pg_trigger"
        " WHERE tgrelid = %s::regclass AND tgname = 'keep_document'",
        [table],
    )
    (definition,) = cursor.fetchone()
    return str(definition)


def _install_company_keys(cursor: CursorWrapper) -> None:
    """(company_id, id) unique on what is referred to; (company_id, x_id) a foreign key on what refers."""
    cursor.execute("SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace")
    present = {name for (name,) in cursor.fetchall()}
    for model in apps.get_models():
        for reference in _references_within_company(model):
            target = reference.related_model._meta
            key = f"company_key_{target.db_table}"
            if key not in present:
                present.add(key)
                cursor.execute(
                    f'ALTER TABLE "{target.db_table}" ADD CONSTRAINT "{key}" UNIQUE (company_id, "{target.pk.column}")'
                )
            table = model._meta.db_table
            name = f"same_company_{table}_{reference.column}"[:63]
            if name not in present:
                present.add(name)
                cursor.execute(
                    f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" FOREIGN KEY (company_id, "{reference.column}")'
                    f' REFERENCES "{target.db_table}" (company_id, "{target.pk.column}")'
                )


def _references_within_company(model: type[Model]) -> list[ForeignKey[Model, Model]]:
    meta = model._meta
    if not meta.managed or meta.proxy or _written_by_database(model) or not _of_company(model):
        return []
    return [
        field
        for field in meta.concrete_fields
        if isinstance(field, ForeignKey) and field.name != "company" and _of_company(field.related_model)
    ]


def _of_company(model: type[Model]) -> bool:
    return any(field.name == "company" for field in model._meta.concrete_fields)


def _grant(cursor: CursorWrapper) -> None:
    """The application's role may change business rows and only read the history; nobody else may do anything."""
    role = connections["default"].settings_dict["USER"]
    cursor.execute("SELECT current_user")
    (owner,) = cursor.fetchone()
    if not role or role == owner:
        return  # one role alone: `hilvan check` says what that costs
    app = connections[OWNER].ops.quote_name(role)
    database = connections[OWNER].ops.quote_name(connections[OWNER].settings_dict["NAME"])
    cursor.execute(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC, {app}")
    cursor.execute(f"GRANT CONNECT ON DATABASE {database} TO {app}")
    cursor.execute(f"REVOKE ALL ON SCHEMA public FROM PUBLIC, {app}")
    cursor.execute(f"GRANT USAGE ON SCHEMA public TO {app}")
    cursor.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {app}")
    cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {app}")
    cursor.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {app}")
    cursor.execute(f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {app}")
    for model in apps.get_models():
        if _written_by_database(model):
            cursor.execute(f'REVOKE INSERT, UPDATE, DELETE ON "{model._meta.db_table}" FROM {app}')
    cursor.execute(
        "SELECT oid::regprocedure::text, proname FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'hilvan_%%'"
    )
    for signature, name in cursor.fetchall():
        cursor.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC, {app}")
        if name not in INTERNAL:
            cursor.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO {app}")


def _written_by_database(model: type[Model]) -> bool:
    """History and what goes with it: the application may read it, and only the owner's functions write it."""
    return getattr(model, "written_by_database", False)
