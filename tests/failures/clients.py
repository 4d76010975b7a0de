"""Clients that write through the API for as long as a test lets them, and remember what they were promised."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any

import psycopg

from .running import PATIENCE, Hilvan, eventually

CLIENTS = 20
GONE = "gone"
"""What stands for the status of a request whose connection broke."""


@dataclass
class Promise:
    """An activity that was acknowledged: subject and state at the last acknowledgement, and what was tried after it."""

    subject: str
    state: str = "new"
    acknowledged: int = 1
    asked: int = 1
    tried: set[tuple[str, str]] = field(default_factory=set)


class Clients:
    """``statuses`` counts the answers, ``odd`` keeps those that neither acknowledge nor say "not now"."""

    def __init__(self, hilvan: Hilvan, token: str) -> None:
        self._hilvan, self._token = hilvan, token
        self._name = secrets.token_hex(4)  # others have written into the same database
        self._done = threading.Event()
        self._lock = threading.Lock()
        self._promised: dict[str, Promise] = {}
        self._tried_births: set[str] = set()
        self._latest = 0.0
        self._acknowledged = 0
        self.statuses: Counter[int | str] = Counter()
        self.odd: list[tuple[int, str, str]] = []

    def write_on(self, how_many: int = 50) -> None:
        """Wait until so many more writes that were begun from now on have been acknowledged."""
        begun = time.monotonic()
        eventually(lambda: self._latest > begun)
        before = self._acknowledged
        eventually(lambda: self._acknowledged >= before + how_many)

    @contextmanager
    def writing(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._work, args=[n]) for n in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._done.set()
            for thread in threads:
                thread.join()

    def assert_all_is_there(self) -> None:
        """Each promise was kept, nothing stands half-written, and Hilván's own check finds nothing."""
        with psycopg.connect(self._hilvan.database) as connection:
            rows = connection.execute(
                "SELECT r.uuid::text, a.subject, a.state, (SELECT count(DISTINCT c.transaction)"
                " FROM records_change c WHERE c.record_id = r.id)"
                " FROM records_record r JOIN activities_activity a ON a.record_id = r.id"
                " WHERE starts_with(a.subject, %s)",
                [self._name],
            ).fetchall()
        found = {uuid: (subject, state) for uuid, subject, state, _ in rows}
        changes = {uuid: count for uuid, _, _, count in rows}
        for uuid, promise in self._promised.items():
            assert found[uuid] in {(promise.subject, promise.state), *promise.tried}
            assert promise.acknowledged <= changes[uuid] <= promise.asked
        assert {subject for uuid, (subject, _) in found.items() if uuid not in self._promised} <= self._tried_births
        checked = self._hilvan.command("check")
        assert checked.returncode == 0, checked.stdout + checked.stderr

    def _work(self, number: int) -> None:
        connection = HTTPConnection("127.0.0.1", self._hilvan.port, timeout=PATIENCE)
        turn = 0
        while not self._done.is_set():
            turn += 1
            subject = f"{self._name}: cliente {number}, tarea {turn}"
            with self._lock:
                self._tried_births.add(subject)
            born = self._send(connection, "POST", "/activities", {"type": "task", "subject": subject})
            if born is None:
                continue
            promise = Promise(subject)
            with self._lock:
                self._promised[born["id"]] = promise
            self._change(connection, "PATCH", born["id"], {"subject": f"{subject}, cambiada"}, promise)
            self._change(connection, "POST", f"{born['id']}/transitions", {"to": "in_progress"}, promise)
        connection.close()

    def _change(
        self, connection: HTTPConnection, method: str, path: str, data: dict[str, Any], promise: Promise
    ) -> None:
        stands = [(promise.subject, promise.state), *promise.tried]
        promise.tried |= {(data.get("subject", subject), data.get("to", state)) for subject, state in stands}
        promise.asked += 1
        if answer := self._send(connection, method, f"/activities/{path}", data):
            promise.subject, promise.state = answer["subject"], answer["state"]
            promise.acknowledged += 1
            promise.tried.clear()

    def _send(self, connection: HTTPConnection, method: str, path: str, data: dict[str, Any]) -> dict[str, Any] | None:
        """The answer where the write was acknowledged; else None, after a moment."""
        begun = time.monotonic()
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        status: int | str
        try:
            connection.request(method, f"/api/v1{path}", json.dumps(data), headers)
            response = connection.getresponse()
            status, body = response.status, response.read().decode()
        except (OSError, HTTPException):
            connection.close()
            status, body = GONE, ""
        with self._lock:
            self.statuses[status] += 1
            if status in (200, 201):
                self._acknowledged += 1
                self._latest = max(self._latest, begun)
            elif status not in (503, GONE) or (status == 503 and response.getheader("Retry-After") != "5"):
                self.odd.append((int(status), path, body))
        if status in (200, 201):
            answer: dict[str, Any] = json.loads(body)
            return answer
        self._done.wait(0.1)
        return None
