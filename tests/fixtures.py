"""Fixtures of every test: the database, the world, clients."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from tests import embedded
from tests.world import World, make_world

KEPT = {"django_migrations", "django_content_type", "auth_permission"}


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hashing a password is slow on purpose; here it would be most of the time."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session", autouse=True)
def static_files_as_they_are() -> Iterator[None]:
    """Pages name the static files without hashes, which only `hilvan run` gives them."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # whitenoise looks for it
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": plain}):
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        embedded.make_database()


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A database in which the test really commits; emptied afterwards by its owner (the application may not)."""
    with django_db_blocker.unblock():
        yield
        connections["default"].close()
        with connections["owner"].cursor() as cursor:
            tables = set(connections["owner"].introspection.table_names(cursor)) - KEPT
            cursor.execute("TRUNCATE " + ", ".join(f'"{table}"' for table in sorted(tables)))
        connections["owner"].close()


@pytest.fixture
def world(db: None) -> World:
    """A small company, in a transaction that is rolled back."""
    return make_world()


@pytest.fixture
def committed_world(committed: None) -> World:
    """The same, committed: for what depends on several transactions (history, as of, notices, threads)."""
    return make_world()
