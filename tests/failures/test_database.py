"""The database dies under 20 clients that write, in three ways."""

from __future__ import annotations

import os
import signal
from http.client import HTTPConnection, HTTPResponse

import psycopg
import pytest

from .clients import Clients
from .running import PATIENCE, Hilvan, eventually

pytestmark = pytest.mark.slow


def get(hilvan: Hilvan, path: str) -> tuple[HTTPResponse, str]:
    connection = HTTPConnection("127.0.0.1", hilvan.port, timeout=PATIENCE)
    connection.request("GET", path, headers={"Authorization": "Bearer x", "Accept-Language": "en"})
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response, body


def test_a_database_that_is_killed_takes_no_acknowledged_write_with_it(hilvan: Hilvan, clients: Clients) -> None:
    before = [hilvan.of(part) for part in ("web", "serving", "worker")]
    with clients.writing():
        clients.write_on()
        for how in (signal.SIGKILL, signal.SIGQUIT):
            dead = hilvan.of("postmaster")
            hilvan.kill(dead, how)
            clients.write_on()
            assert hilvan.of("postmaster") != dead
        with psycopg.connect(hilvan.database, autocommit=True) as connection:
            os.kill(connection.info.backend_pid, signal.SIGKILL)  # PostgreSQL ends all others, and recovers by itself
        clients.write_on()

    assert [hilvan.of(part) for part in ("web", "serving", "worker")] == before
    assert clients.odd == []
    assert set(clients.statuses) <= {200, 201, 503}
    clients.assert_all_is_there()


def test_while_the_database_is_away_pages_and_programs_are_told_so(hilvan: Hilvan) -> None:
    hilvan.kill(hilvan.of("supervisor"), signal.SIGSTOP)  # so that it is not back at once
    try:
        hilvan.kill(hilvan.of("postmaster"))
        said = len(hilvan.log())
        program, problem = get(hilvan, "/api/v1/me")
        page, text = get(hilvan, "/sign-in/")
    finally:
        hilvan.kill(hilvan.of("supervisor"), signal.SIGCONT)

    assert (program.status, page.status) == (503, 503)
    assert program.getheader("Content-Type") == "application/problem+json"
    assert "The database does not answer just now. Try again in a moment." in problem
    assert "La base de datos no responde en este momento" in text
    assert (program.getheader("Retry-After"), page.getheader("Retry-After")) == ("5", "5")
    eventually(lambda: get(hilvan, "/sign-in/")[0].status == 200)
    assert get(hilvan, "/api/v1/me")[0].status == 401
    assert "Traceback" not in hilvan.log()[said:]
