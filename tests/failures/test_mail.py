"""500 assignments go out through a slow mail server while their worker is killed again and again."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from pytest_django import Settings

from hilvan.notifications import delivery
from hilvan.notifications.models import Notice, State
from hilvan.notifications.tests import mailserver
from hilvan.notifications.worker import SENDERS
from hilvan.people.models import User
from hilvan.people.services import create_user
from tests.world import World

from .running import eventually

pytestmark = pytest.mark.slow

ASSIGNMENTS = 500
KILLS = 8
RECIPIENTS = 25
UNKNOWN, BUSY, HANGING = (f"{name}@ebro.example" for name in ("unknown", "busy", "hanging"))


@dataclass
class SlowMailServer(mailserver.MailServer):
    """Takes 100 to 200 ms for a message. ``arrivals`` are (Message-ID, connection), in their order."""

    arrivals: list[tuple[str, int]] = field(default_factory=list)
    connections: int = 0

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, name: str, answers: list[str]) -> list[str]:
        self.connections += 1
        session.number, session.host_name = self.connections, name
        return answers

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        await asyncio.sleep(random.uniform(0.1, 0.2))
        self.arrivals.append((str(message_from_bytes(envelope.content)["Message-ID"]), session.number))
        return "250 accepted"


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[SlowMailServer]:
    with mailserver.running(settings, SlowMailServer) as server:
        yield server


class Worker:
    """A worker that is killed and started again."""

    def __init__(self, server: SlowMailServer) -> None:
        self._server = server
        self._environment = {
            **os.environ,
            "HILVAN_EMAIL_URL": server.url,
            "HILVAN_EMAIL_FROM": settings.DEFAULT_FROM_EMAIL,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self.kills = 0

    def start(self) -> None:
        command = [sys.executable, "-P", "-m", "hilvan.cli", "worker"]
        self._process = subprocess.Popen(command, env=self._environment)

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self.kills += 1

    @contextmanager
    def killed_each_second(self) -> Iterator[None]:
        """At some moment of each second that it has been sending for; another one starts at once."""
        over = threading.Event()

        def go_on() -> None:
            while not over.is_set():
                self.start()
                before = self._server.connections
                while self._server.connections == before and not over.wait(0.01):
                    pass
                over.wait(random.uniform(0, 1))
                self.kill()

        killer = threading.Thread(target=go_on)
        killer.start()
        try:
            yield
        finally:
            over.set()
            killer.join()


@pytest.fixture
def worker(mail_server: SlowMailServer) -> Iterator[Worker]:
    worker = Worker(mail_server)
    yield worker
    worker.kill()


def test_each_of_500_assignments_arrives_though_the_worker_is_killed_each_second(
    committed_world: World, mail_server: SlowMailServer, worker: Worker
) -> None:
    world = committed_world

    def user(address: str) -> User:
        return create_user(company=world.company, username=address.partition("@")[0], email=address, role="member")

    mail_server.refusals[UNKNOWN], mail_server.refusals[BUSY] = "550 5.1.1 no such user", "451 4.7.1 come back later"
    mail_server.hanging.add(HANGING)
    for address in (UNKNOWN, BUSY, HANGING):
        world.activity(by=world.luis, assignee=user(address))
    people = [user(f"persona{n}@ebro.example") for n in range(RECIPIENTS)]
    to_people = Notice.objects.filter(recipient__in=people)

    with worker.killed_each_second():
        for n in range(ASSIGNMENTS):
            world.activity(f"Tarea {n}", by=world.luis, assignee=people[n % RECIPIENTS])
        eventually(lambda: worker.kills >= KILLS)
    killed_at = timezone.now()
    left_behind = list(to_people.filter(state=State.SENDING).values_list("pk", flat=True))
    worker.start()
    eventually(lambda: to_people.filter(state=State.SENT).count() == ASSIGNMENTS)

    # Each arrived. What arrived again did so since the worker died before it could write that the server had it: it was
    # the last on its connection.
    assert {name for name, _ in mail_server.arrivals} == {f"<{notice.uuid}@ebro.example>" for notice in to_people}
    last_on = {connection: name for name, connection in mail_server.arrivals}
    last_of = dict(mail_server.arrivals)
    repeated = [(name, connection) for name, connection in mail_server.arrivals if last_of[name] != connection]
    assert all(last_on[connection] == name for name, connection in repeated)
    assert len(repeated) == len(mail_server.arrivals) - ASSIGNMENTS <= worker.kills * SENDERS

    # What the dead left behind was taken up within 30 s.
    assert left_behind
    for notice in to_people.filter(pk__in=left_behind):
        assert notice.due_at - delivery.LEASE - killed_at < dt.timedelta(seconds=30)

    # Nobody waited for those who refuse or hang. The ledger has the server's words.
    assert HANGING in mail_server.tried.queue
    assert Notice.objects.get(address=HANGING).state != State.SENT
    eventually(lambda: Notice.objects.get(address=UNKNOWN).answer == "550 5.1.1 no such user")
    eventually(lambda: Notice.objects.get(address=BUSY).answer == "451 4.7.1 come back later")
