"""Sending what is due: claim, send, write what happened; each message by itself.

A worker *claims* a notice for a while, the lease: in ``due_at`` stands when it may be claimed again, so what a killed
worker had is taken up by itself. Renewing a lease moves ``due_at`` on. A message that the server accepted, but whose
worker died before it could write so, is sent again under the same Message-ID: at least once, never lost. Nothing is
claimed before it can be sent at once: a death makes at most one message a connection wait for its lease to end.
"""

from __future__ import annotations

import datetime as dt
import logging
import random
import smtplib
import time
from collections.abc import Callable, Collection
from typing import Any

from django import db
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F
from django.utils import timezone

from .mail import complete, message, preview
from .models import Notice, Reason, State, Suppression

LEASE = dt.timedelta(seconds=20)
"""What a dead worker had is to be taken up within 30 s, by a busy machine too."""
PAUSES = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 4 * 60, 12 * 60, 24 * 60))
"""Before the second attempt, the third, and so on; after the last one it has failed."""

AWAY = (db.OperationalError, db.InterfaceError)
"""How it shows that the database has gone away."""

logger = logging.getLogger(__name__)


@db.transaction.atomic
def claim(how_many: int, *, now: dt.datetime, besides: Collection[str] = ()) -> list[Notice]:
    """Take up to so many notices that are due; nobody else gets them during the lease.

    First those whose lease is over, however many others wait, then the longest due. None for the addresses ``besides``.
    """
    due: list[Notice] = []
    for state in (State.SENDING, State.QUEUED):
        due += (
            Notice.objects.filter(state=state, due_at__lte=now, carrier=None)
            .exclude(address__in=besides)
            .order_by("due_at")
            .select_for_update(skip_locked=True, no_key=True, of=("self",))
            .select_related("record", "recipient__company", "recipient__role", "caused_by")[: how_many - len(due)]
        )
    if due:
        Notice.objects.of_messages([notice.pk for notice in due]).update(
            state=State.SENDING, due_at=now + LEASE, attempts=F("attempts") + 1
        )
    for notice in due:
        notice.state, notice.due_at, notice.attempts = State.SENDING, now + LEASE, notice.attempts + 1
    return due


def renew(keys: Collection[int], *, now: dt.datetime) -> None:
    """Hold claimed notices for another lease."""
    Notice.objects.of_messages(keys).filter(state=State.SENDING).update(due_at=now + LEASE)


def deliver(notice: Notice, mailbox: BaseEmailBackend, *, clock: Callable[[], dt.datetime] = timezone.now) -> bool:
    """Send one claimed notice through ``mailbox`` (opened as needed, left open) and write what became of it.

    Returns whether the server accepted the message.

    Raises ``django.db.Error`` where the database failed before anything was sent: the lease runs out then.
    """
    if notice.recipient is not None and not notice.recipient.is_active:
        _conclude(notice, state=State.SUPPRESSED, suppressed_by=Suppression.INACTIVE)
        return False
    if notice.attempts > len(PAUSES) + 1:  # each worker that took it died of it
        _conclude(notice, state=State.FAILED)
        return False
    try:
        _write(notice)
        mailbox.open()
        mailbox.send_messages([message(notice, complete(notice, preview(notice)))])
    except AWAY:
        raise
    except Exception as error:
        mailbox.close()
        answer, final = _verdict(error)
        if not isinstance(error, (smtplib.SMTPException, OSError)):
            logger.exception("Notice %s can't be sent", notice.uuid)
        if final or notice.attempts > len(PAUSES) or notice.reason == Reason.MAIL_TEST:  # a test is over at once
            _conclude(notice, state=State.FAILED, answer=answer)
        else:
            _conclude(notice, state=State.QUEUED, answer=answer, due_at=clock() + _pause(notice.attempts))
        return False
    _conclude(notice, state=State.SENT, answer="", sent_at=clock())
    return True


def _write(notice: Notice) -> None:
    """Keep the content, at the first attempt."""
    if not notice.subject:
        content = preview(notice)
        notice.subject, notice.text, notice.html = content.subject, content.text, content.html
        notice.calendar = content.calendar
        notice.save(update_fields=["subject", "text", "html", "calendar"])


def _conclude(notice: Notice, **columns: Any) -> None:
    """Write what happened; while the database is away, wait for it: forgetting would send the message twice.

    That it was sent is written in any case, anything else only while the claim is still ours.
    """
    ours = Notice.objects.of_messages([notice.pk])
    if columns["state"] != State.SENT:
        ours = ours.filter(state=State.SENDING, attempts=notice.attempts)
    pause = 0.5
    while True:
        try:
            ours.update(**columns)
        except AWAY:
            db.close_old_connections()
            time.sleep(pause)
            pause = min(2 * pause, 10)
        else:
            return


def _verdict(error: Exception) -> tuple[str, bool]:
    """The server's words, and whether they are final: a 5xx for this recipient or this message (RFC 5321, 4.2.1).

    What refuses every message alike (no connection, sign-in, sender) is tried again: it is not this one's fault.
    """
    words: bytes | str
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, words = next(iter(error.recipients.values()))
        case smtplib.SMTPResponseException():
            code, words = error.smtp_code, error.smtp_error
        case _:
            return f"{type(error).__name__}: {error}".replace("\x00", ""), False
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    of_this_message = isinstance(error, (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError))
    return f"{code} {text}".replace("\x00", ""), of_this_message and code >= 500


def _pause(attempts: int) -> dt.timedelta:
    """How long to wait after so many attempts: growing, and a tenth more or less, so that not all come back at once."""
    return PAUSES[attempts - 1] * random.uniform(0.9, 1.1)  # noqa: S311 (no secret)
