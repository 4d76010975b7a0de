"""The database of a test run: an embedded PostgreSQL of its own, not durable, one database a worker.

Loaded before Django's settings (``-p tests.embedded``), since these read the address from the environment. The first
worker migrates a template; each worker clones it. With HILVAN_TEST_DATABASE_OWNER_URL (a role which may create
databases) and HILVAN_TEST_DATABASE_URL the tests run on that server instead; HILVAN_TEST_BINARIES names the folder with
the programs of another PostgreSQL for the embedded one.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from hilvan.postgres import Cluster

FOLDER = "HILVAN_TEST_FOLDER"
TEMPLATE = "hilvan_template"
_open = ExitStack()


def _prepare() -> None:
    """Start the cluster (once: workers inherit its folder) and point the settings to this worker's database."""
    if FOLDER not in os.environ:
        folder = _open.enter_context(tempfile.TemporaryDirectory(prefix="hilvan-test-", ignore_cleanup_errors=True))
        os.chmod(folder, 0o755)  # made here: the server's user must reach its data below
        os.environ[FOLDER] = folder
        os.environ["HILVAN_DATA"] = f"{folder}/data"
        if "HILVAN_TEST_DATABASE_OWNER_URL" not in os.environ:
            binaries = os.environ.get("HILVAN_TEST_BINARIES")
            cluster = Cluster(Path(folder) / "data", durable=False, binaries=Path(binaries) if binaries else None)
            _open.enter_context(cluster.running())
            os.environ["HILVAN_TEST_DATABASE_URL"] = cluster.url("hilvan")
            os.environ["HILVAN_TEST_DATABASE_OWNER_URL"] = cluster.url("hilvan_owner")
    for name in [name for name in os.environ if name.startswith("HILVAN_") and "TEST" not in name]:
        if name != "HILVAN_DATA":
            del os.environ[name]
    os.environ["HILVAN_DATABASE_URL"] = address("HILVAN_TEST_DATABASE_URL", database())
    os.environ["HILVAN_DATABASE_OWNER_URL"] = address("HILVAN_TEST_DATABASE_OWNER_URL", database())


def database() -> str:
    return f"hilvan_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"


def address(variable: str, name: str) -> str:
    """The URL in the variable, leading to the database ``name``."""
    return (
        urlunsplit(urlsplit(os.environ[variable])._replace(path=f"/{name}"))
        if "@/" not in os.environ[variable]
        else (os.environ[variable].replace("@/hilvan?", f"@/{name}?"))
    )


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with open(Path(os.environ[FOLDER]) / "template.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def make_database(name: str | None = None) -> None:
    """This worker's database, cloned from the template, which is migrated first where there is none yet."""
    maintenance = address("HILVAN_TEST_DATABASE_OWNER_URL", "hilvan")
    with _one_at_a_time(), psycopg.connect(maintenance, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
            connection.execute(f"CREATE DATABASE {TEMPLATE}")
            try:
                _migrate(TEMPLATE)
            except BaseException:  # half of a template would hide the reason from every test that follows
                connection.execute(f"DROP DATABASE {TEMPLATE}")
                raise
        connection.execute(f'DROP DATABASE IF EXISTS "{name or database()}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name or database()}" TEMPLATE {TEMPLATE}')
        # A clone has all of its template but the rights on the database itself.
        connection.execute(f'REVOKE ALL ON DATABASE "{name or database()}" FROM PUBLIC')
        connection.execute(f'GRANT CONNECT ON DATABASE "{name or database()}" TO hilvan')


def _migrate(name: str) -> None:
    from django.db import connections

    from hilvan.records import install

    for alias in ("default", "owner"):
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name
    try:
        install.migrate()
    finally:
        for alias in ("default", "owner"):
            connections[alias].close()
            connections[alias].settings_dict["NAME"] = database()


def pytest_unconfigure(config: pytest.Config) -> None:
    _open.close()


_prepare()
