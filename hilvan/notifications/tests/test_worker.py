"""The worker process: it hears, it sends, it dies and is replaced."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, connections
from django.utils import timezone
from pytest_django import Settings

from hilvan.notifications import delivery, worker
from hilvan.notifications.models import Notice, State
from hilvan.records import jobs
from tests.world import World

from .mailserver import PATIENCE, MailServer


@contextmanager
def working(how_many: int = 1) -> Iterator[None]:
    """Workers run in threads of this process."""
    stop = threading.Event()

    def work() -> None:
        worker.run(stop)
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(how_many)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()


@contextmanager
def process(mail_server: MailServer) -> Iterator[subprocess.Popen[bytes]]:
    """A worker in a process of its own, on this test's database and mail server."""
    environment = {**os.environ, "HILVAN_EMAIL_URL": mail_server.url, "HILVAN_EMAIL_FROM": "hilvan@ebro.example"}
    child = subprocess.Popen([sys.executable, "-m", "hilvan.cli", "worker"], env=environment)
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def eventually(true: Callable[[], bool]) -> None:
    """Wait for what another thread or process does."""
    last = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < last
        threading.Event().wait(0.02)


def test_an_assignment_is_accepted_by_the_mail_server_within_two_seconds(
    committed_world: World, mail_server: MailServer
) -> None:
    world = committed_world
    with working():
        world.activity("Primera", by=world.luis, assignee=world.ana)
        mail_server.next()
        begun = time.monotonic()
        world.activity("Segunda", by=world.luis, assignee=world.ana)
        mail = mail_server.next()
        assert time.monotonic() - begun < 2
    assert "Segunda" in mail["Subject"]
    assert set(Notice.objects.values_list("state", flat=True)) == {State.SENT}


def test_a_hanging_recipient_holds_up_nobody_however_many_messages_wait_for_him(
    committed_world: World, mail_server: MailServer
) -> None:
    world = committed_world
    mail_server.hanging.add("ana@ebro.example")
    for n in range(20):
        world.activity(f"Número {n}", by=world.luis, assignee=world.ana)
    for n in range(20):
        world.activity(f"Número {n}", by=world.ana, assignee=world.luis)
    with working():
        assert {str(mail_server.next()["To"]) for _ in range(20)} == {"luis@ebro.example"}
        states = Notice.objects.filter(recipient=world.ana).values_list("state", flat=True)
        assert Counter(states) == {State.SENDING: 1, State.QUEUED: 19}
        mail_server.stop_hanging()
        assert {str(mail_server.next()["To"]) for _ in range(20)} == {"ana@ebro.example"}
    assert set(Notice.objects.values_list("state", "attempts")) == {(State.SENT, 1)}


def test_a_recipient_who_begins_to_hang_has_half_of_the_senders_at_most(
    committed_world: World, mail_server: MailServer
) -> None:
    world = committed_world
    with working():
        world.activity(by=world.luis, assignee=world.ana)
        mail_server.next()
        eventually(lambda: not Notice.objects.waiting().exists())
        mail_server.hanging.add("ana@ebro.example")
        for n in range(20):
            world.activity(f"Número {n}", by=world.luis, assignee=world.ana)
        eventually(lambda: Notice.objects.filter(state=State.SENDING).count() == worker.SENDERS // 2)
        world.activity(by=world.ana, assignee=world.luis)
        assert str(mail_server.next()["To"]) == "luis@ebro.example"
        assert Notice.objects.filter(recipient=world.ana, state=State.SENDING).count() == worker.SENDERS // 2
        mail_server.stop_hanging()
        assert {str(mail_server.next()["To"]) for _ in range(20)} == {"ana@ebro.example"}


def test_a_hang_is_cut_by_a_timeout_and_tried_again_later(
    committed_world: World, mail_server: MailServer, settings: Settings
) -> None:
    world = committed_world
    settings.EMAIL_TIMEOUT = 0.5
    mail_server.hanging.add("ana@ebro.example")
    world.activity(by=world.luis, assignee=world.ana)
    with working():
        eventually(lambda: Notice.objects.filter(state=State.QUEUED, attempts=1).exists())
    notice = Notice.objects.get()
    assert notice.answer == "SMTPServerDisconnected: Connection unexpectedly closed: timed out"
    assert notice.due_at > timezone.now() + delivery.PAUSES[0] / 2


def test_what_breaks_one_message_breaks_no_sender(
    committed_world: World, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = committed_world
    deliver = delivery.deliver

    def break_on_ana(notice: Notice, mailbox: BaseEmailBackend) -> bool:
        if notice.recipient == world.ana:
            raise ZeroDivisionError
        return deliver(notice, mailbox)

    monkeypatch.setattr(delivery, "deliver", break_on_ana)
    for n in range(worker.SENDERS + 1):
        world.activity(f"Número {n}", by=world.luis, assignee=world.ana)
    world.activity(by=world.ana, assignee=world.luis)
    with working():
        assert str(mail_server.next()["To"]) == "luis@ebro.example"
    assert set(Notice.objects.filter(recipient=world.ana).values_list("state", flat=True)) == {State.SENDING}


def test_two_workers_never_send_one_notice_twice(committed_world: World, mail_server: MailServer) -> None:
    world = committed_world
    for n in range(60):
        world.activity(f"Número {n}", by=world.luis, assignee=world.ana)
    with working(2):
        ids = [mail_server.next()["Message-ID"] for _ in range(60)]
        eventually(lambda: not Notice.objects.waiting().exists())
    assert len(set(ids)) == 60
    assert mail_server.all() == []
    assert set(Notice.objects.values_list("state", "attempts")) == {(State.SENT, 1)}


def test_killed_between_the_servers_yes_and_the_commit_it_is_sent_again_under_the_same_id(
    committed_world: World, mail_server: MailServer
) -> None:
    world = committed_world
    with process(mail_server) as child:
        mail_server.on_message = lambda: os.kill(child.pid, signal.SIGKILL)
        world.activity("Llamar a Marta", by=world.luis, assignee=world.ana)
        first = mail_server.next()
        assert child.wait(PATIENCE) == -signal.SIGKILL
    mail_server.on_message = lambda: None
    notice = Notice.objects.get()
    assert (notice.state, notice.attempts) == (State.SENDING, 1)

    within = timezone.now() + dt.timedelta(seconds=30)
    [again] = delivery.claim(100, now=within)
    delivery.deliver(again, get_connection())
    second = mail_server.next()

    assert second["Message-ID"] == first["Message-ID"]
    assert second["Subject"] == first["Subject"]
    notice.refresh_from_db()
    assert (notice.state, notice.attempts) == (State.SENT, 2)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_after_the_message_in_flight(
    committed_world: World, mail_server: MailServer, ending: signal.Signals
) -> None:
    world = committed_world
    with process(mail_server) as child:
        mail_server.on_message = lambda: child.send_signal(ending)
        world.activity(by=world.luis, assignee=world.ana)
        mail_server.next()
        assert child.wait(PATIENCE) == 0
    assert Notice.objects.get().state == State.SENT


def test_it_outlives_its_database_connections(committed_world: World, mail_server: MailServer) -> None:
    world = committed_world
    with working():
        world.activity("Primera", by=world.luis, assignee=world.ana)
        mail_server.next()
        eventually(lambda: not Notice.objects.waiting().exists())
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
            )
            assert len(cursor.fetchall()) >= 2
        world.activity("Segunda", by=world.luis, assignee=world.ana)
        assert "Segunda" in mail_server.next()["Subject"]


def test_without_a_mail_server_notices_wait_and_the_jobs_run(
    committed_world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = committed_world
    settings.EMAIL_URL = None
    world.activity(by=world.luis, assignee=world.ana)
    runs: list[int] = []

    def count_and_fail_once() -> None:
        runs.append(len(runs))
        if len(runs) == 1:
            raise ZeroDivisionError

    monkeypatch.setattr(jobs, "jobs", [])
    monkeypatch.setattr(worker, "jobs", jobs.jobs)
    jobs.every(0.01)(count_and_fail_once)
    with working():
        eventually(lambda: len(runs) >= 3)
    assert set(Notice.objects.values_list("state", "attempts")) == {(State.QUEUED, 0)}


def test_assigning_wakes_who_listens_only_after_the_commit(committed_world: World) -> None:
    world = committed_world
    listener = connection.copy()
    with listener.cursor() as cursor:
        cursor.execute("LISTEN hilvan_notices")
    raw: psycopg.Connection[object] = listener.connection
    world.activity(by=world.luis, assignee=world.ana)
    assert len(list(raw.notifies(timeout=PATIENCE, stop_after=1))) == 1
    world.activity(by=world.luis, assignee=world.luis)
    assert list(raw.notifies(timeout=0)) == []
    listener.close()
