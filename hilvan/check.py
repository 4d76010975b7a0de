"""``hilvan check``: whether configuration, database, mail and history are as they should be, in plain sentences."""

from __future__ import annotations

import smtplib
import sys
from collections.abc import Iterator

from django.conf import settings
from django.core.checks import run_checks
from django.core.mail import get_connection
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from hilvan.activities import invariants as activities
from hilvan.notifications.models import Notice
from hilvan.records import invariants as records
from hilvan.records.install import OWNER


def run() -> int:
    """Print what is found, one line each; 1 where something is wrong, 0 where there are at most remarks."""
    wrong = 0
    sections = [("configuration", _configuration), ("database", _database)]
    if not pending():
        sections += [("mail", _mail), ("history", _history)]
    for title, found in sections:
        lines = list(found())
        wrong += sum(line.startswith("! ") for line in lines)
        print(f"{title}: {'ok' if not any(line.startswith('! ') for line in lines) else 'WRONG'}")
        for line in lines:
            print(f"  {line.removeprefix('! ')}")
    sys.stdout.flush()
    return 1 if wrong else 0


def _configuration() -> Iterator[str]:
    for message in run_checks():
        yield f"{'! ' if message.is_serious() else ''}{message}"
    yield f"data in {settings.DATA}; address {settings.BASE_URL}"


def _database() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), current_user,"
            " pg_size_pretty(pg_database_size(current_database()))"
        )
        version, role, size = cursor.fetchone()
        yield f"PostgreSQL {version}, role {role}, {size}"
        if not 15 <= int(version.split(".")[0]) <= 18:
            yield "! Hilván needs PostgreSQL 15 to 18."
        if pending():
            yield "! The tables are not as this version needs them: run `hilvan migrate`."
            return
        cursor.execute("SELECT has_table_privilege('records_change', 'UPDATE, DELETE, TRUNCATE')")
        if cursor.fetchone()[0]:
            yield (
                "! The application's role may change the history. Give it a role of its own in HILVAN_DATABASE_URL"
                f" and let the owner migrate by HILVAN_DATABASE_OWNER_URL (now both are {role})."
            )
    try:
        connections[OWNER].ensure_connection()
    except Exception as error:  # whatever the driver says is what the reader needs
        yield f"! The owner's connection fails: {str(error).splitlines()[0]}"
    finally:
        connections[OWNER].close()


def pending() -> bool:
    """Whether migrations are not applied yet."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _history() -> Iterator[str]:
    for sentence in (*records.violations(), *activities.violations()):
        yield f"! {sentence}"


def _mail() -> Iterator[str]:
    if settings.DEFAULT_FROM_EMAIL.rstrip(">").endswith(("@127.0.0.1", "@localhost")):
        yield f"the sender is {settings.DEFAULT_FROM_EMAIL}, which servers refuse: set HILVAN_EMAIL_FROM"
    waiting = Notice.objects.waiting().count()
    if not settings.EMAIL_URL:
        yield f"no HILVAN_EMAIL_URL: messages wait in the ledger ({waiting} now)"
        return
    try:
        with get_connection():
            yield f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT} answers; {waiting} messages wait"
    except (OSError, smtplib.SMTPException) as error:
        yield f"! {settings.EMAIL_HOST}:{settings.EMAIL_PORT}: {error}"
