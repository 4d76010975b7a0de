"""The worker process: it sends notices and runs the jobs of all parts (``records.jobs``).

The main thread claims what is due, hears by LISTEN of what is new (and looks every second in any case) and renews the
leases. Some threads send, each with a connection of its own to the mail server, so that a slow recipient holds up
nobody else; one more runs the jobs.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from contextlib import suppress
from queue import Empty, SimpleQueue

import psycopg
from django import db
from django.conf import settings
from django.core.mail import get_connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from hilvan.records.jobs import jobs

from . import delivery
from .models import Notice
from .services import WAKE

SENDERS = 8
BATCH = 100
LOOK_EVERY = 1.0
"""Seconds after which the worker looks for due notices though nobody woke it."""
PATIENCE = 5.0
"""Seconds that messages in flight have to be finished when the worker ends."""

logger = logging.getLogger(__name__)


def main() -> int:
    """Work until SIGTERM or SIGINT."""
    stop = threading.Event()
    endings = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(ending, lambda *_: stop.set()) for ending in endings]
    try:
        run(stop)
    finally:
        for ending, handler in zip(endings, before, strict=True):
            signal.signal(ending, handler)
    return 0


def run(stop: threading.Event) -> None:
    """Work until ``stop`` is set. The database may go away meanwhile and come back."""
    threading.Thread(target=_run_jobs, args=[stop], daemon=True).start()
    if not settings.EMAIL_URL:
        stop.wait()
        return
    outbox = Outbox()
    listener = db.connection.copy()
    pause = 0.5
    while not stop.is_set():
        try:
            db.close_old_connections()
            more = outbox.fill()
            _listen(listener, 0.05 if more else LOOK_EVERY)
            pause = 0.5
        except (db.Error, psycopg.Error) as error:
            logger.warning("The database does not answer: %s", str(error).partition("\n")[0])
            listener.close()
            stop.wait(pause)
            pause = min(2 * pause, 10)
    listener.close()
    outbox.close()


class Outbox:
    """The notices that this process has claimed, and the threads that send them."""

    def __init__(self) -> None:
        self._waiting: SimpleQueue[Notice | None] = SimpleQueue()
        self._held: set[int] = set()
        self._renewed = time.monotonic()
        self._senders = [threading.Thread(target=self._send, daemon=True) for _ in range(SENDERS)]
        for sender in self._senders:
            sender.start()

    def fill(self) -> bool:
        """Renew the leases and claim what is due; whether there may be more than was claimed."""
        if time.monotonic() - self._renewed > delivery.LEASE.total_seconds() / 3:
            delivery.renew(list(self._held), now=timezone.now())
            self._renewed = time.monotonic()
        room = BATCH - len(self._held)
        if room < BATCH // 2:
            return True
        claimed = delivery.claim(room, now=timezone.now())
        self._held.update(notice.pk for notice in claimed)
        for notice in claimed:
            self._waiting.put(notice)
        return len(claimed) == room

    def close(self) -> None:
        """Finish the messages in flight, within ``PATIENCE``; give back those that nobody has begun to send."""
        not_begun = []
        with suppress(Empty):
            while notice := self._waiting.get_nowait():
                not_begun.append(notice.pk)
        for _ in self._senders:
            self._waiting.put(None)
        with suppress(db.Error):  # otherwise their leases run out
            delivery.release(not_begun, now=timezone.now())
        last = time.monotonic() + PATIENCE
        for sender in self._senders:
            sender.join(max(0, last - time.monotonic()))

    def _send(self) -> None:
        """What each sender does: the connections stay open from one message to the next, and close when idle."""
        mailbox = get_connection()
        while True:
            try:
                notice = self._waiting.get(timeout=2)
            except Empty:
                mailbox.close()
                db.connection.close()
                notice = self._waiting.get()
            if notice is None:
                mailbox.close()
                db.connection.close()
                return
            try:
                db.close_old_connections()
                delivery.deliver(notice, mailbox)
            except db.Error as error:
                logger.warning("Notice %s waits for the database: %s", notice.uuid, str(error).partition("\n")[0])
            finally:
                self._held.discard(notice.pk)


def _listen(listener: BaseDatabaseWrapper, seconds: float) -> None:
    """Wait until somebody wakes the worker, or so long."""
    if listener.connection is None:
        with listener.cursor() as cursor:
            cursor.execute(f"LISTEN {WAKE}")
    for _ in listener.connection.notifies(timeout=seconds, stop_after=1):
        pass


def _run_jobs(stop: threading.Event) -> None:
    due = dict.fromkeys(jobs, 0.0)
    while not stop.wait(0.2):
        for job in jobs:
            if time.monotonic() < due[job]:
                continue
            try:
                db.close_old_connections()
                job.run()
            except db.OperationalError as error:
                logger.warning("A job waits for the database: %s", str(error).partition("\n")[0])
            except Exception:
                logger.exception("The job %s failed", job.run)
            due[job] = time.monotonic() + job.seconds
