"""The worker process: it sends notices and runs the jobs of all parts (``records.jobs``).

The main thread hears by LISTEN of what is new (and looks every second in any case), wakes the senders and renews the
leases. Some threads send, each with a connection of its own to the mail server, so that a slow recipient holds up
nobody else; one more runs the jobs.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections import Counter
from contextlib import suppress
from queue import Empty, SimpleQueue
from smtplib import SMTPException

import psycopg
from django import db
from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from hilvan.records.jobs import jobs

from . import delivery
from .models import Notice
from .services import WAKE

SENDERS = 8
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
            outbox.fill()
            _listen(listener)
            pause = 0.5
        except (db.Error, psycopg.Error) as error:
            logger.warning("The database does not answer: %s", str(error).partition("\n")[0])
            listener.close()
            stop.wait(pause)
            pause = min(2 * pause, 5)
    listener.close()
    outbox.close()


class Outbox:
    """The threads that send, and the notices that they have claimed: never more than there are senders.

    An address has one sender until it has accepted a message, and then at most half of them: a recipient who hangs
    holds up nobody else, however many messages wait for him.
    """

    def __init__(self) -> None:
        self._given: SimpleQueue[Notice | None] = SimpleQueue()
        self._held: dict[int, str] = {}  # notice → address
        self._accepting: set[str] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._renewed = time.monotonic()
        self._senders = [threading.Thread(target=self._send, daemon=True) for _ in range(SENDERS)]
        for sender in self._senders:
            sender.start()

    def fill(self) -> None:
        """Renew the leases and give the idle senders what is due; from then on they go on by themselves."""
        if time.monotonic() - self._renewed > delivery.LEASE.total_seconds() / 3:
            delivery.renew(list(self._held), now=timezone.now())
            self._renewed = time.monotonic()
        while notice := self._claim():
            self._given.put(notice)

    def close(self) -> None:
        """Finish the messages in flight, within ``PATIENCE``."""
        self._closed = True
        for _ in self._senders:
            self._given.put(None)
        last = time.monotonic() + PATIENCE
        for sender in self._senders:
            sender.join(max(0, last - time.monotonic()))

    def _claim(self) -> Notice | None:
        """The next notice that is due and may have a sender now."""
        with self._lock:
            if self._closed or len(self._held) == SENDERS:
                return None
            busy = Counter(self._held.values())
            full = [one for one, senders in busy.items() if senders >= (SENDERS // 2 if one in self._accepting else 1)]
            for notice in delivery.claim(1, now=timezone.now(), besides=full):
                self._held[notice.pk] = notice.address
                return notice
            return None

    def _send(self) -> None:
        """What each sender does."""
        mailbox = get_connection()
        notice = self._given.get()
        while notice:
            accepted = False
            try:
                db.close_old_connections()
                accepted = delivery.deliver(notice, mailbox)
            except db.Error as error:
                logger.warning("Notice %s waits for the database: %s", notice.uuid, str(error).partition("\n")[0])
            except Exception:
                logger.exception("Notice %s waits until its lease is over", notice.uuid)
            with self._lock:
                del self._held[notice.pk]
                (self._accepting.add if accepted else self._accepting.discard)(notice.address)
            notice = self._next(mailbox)
        _hang_up(mailbox)

    def _next(self, mailbox: BaseEmailBackend) -> Notice | None:
        """What a sender sends next; its connections stay open from one message to the next, and close when idle."""
        with suppress(db.Error):  # the main thread meets it too, and says so
            if notice := self._claim():
                return notice
        try:
            return self._given.get(timeout=2)
        except Empty:
            _hang_up(mailbox)
            return self._given.get()


def _hang_up(mailbox: BaseEmailBackend) -> None:
    with suppress(OSError, SMTPException):
        mailbox.close()
    db.connection.close()


def _listen(listener: BaseDatabaseWrapper) -> None:
    """Wait until somebody wakes the worker, or it is time to look."""
    if listener.connection is None:
        with listener.cursor() as cursor:
            cursor.execute(f"LISTEN {WAKE}")
    for _ in listener.connection.notifies(timeout=LOOK_EVERY, stop_after=1):
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
            except delivery.AWAY as error:
                logger.warning("A job waits for the database: %s", str(error).partition("\n")[0])
            except Exception:
                logger.exception("The job %s failed", job.run)
            due[job] = time.monotonic() + job.seconds
