"""The ledger as people see it: rows of the table of notices, for a record's page and for the company's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from hilvan.people.models import User
from hilvan.people.permissions import Action
from hilvan.records.models import Record
from hilvan.records.services import may

from .mail import renderers
from .models import Notice, State

SHOWN = 50
"""Notices that a record's page shows; the company's ledger has them all."""


def notices_of(record: Record, user: User) -> list[dict[str, Any]]:
    """The newest notices of a record that the user sees, as ``web/components/notices.html`` shows them."""
    notices = Notice.objects.filter(record=record).in_short().order_by("-id")[:SHOWN]
    return rows(notices, user, may_repeat=may(user, Action.CHANGE, record))


def panel(record: Record, user: User, as_of: dt.datetime | None = None) -> dict[str, Any] | None:
    """The panel of a record's page. It tells of now: as of an instant, and for kinds of which nobody is told, none."""
    if as_of is not None:
        return None
    notices = notices_of(record, user)
    told = any(kind == record.kind for kind, _reason in renderers)
    return {"notices": notices} if notices or told else None


def rows(notices: Iterable[Notice], user: User, *, may_repeat: bool = False) -> list[dict[str, Any]]:
    return [
        {
            "at": notice.sent_at or notice.created_at,
            "recipient": notice.to.name,
            "address": notice.address,
            "reason": notice.get_reason_display(),
            "state": notice.state,
            "state_label": notice.get_state_display(),
            "detail": detail(notice),
            "attempts": notice.attempts,
            "url": reverse("notice", args=[notice.uuid]) if notice.readable_by(user) else "",
            "send_again_url": reverse("notice_again", args=[notice.uuid])
            if may_repeat and notice.state != State.SENDING
            else "",
            "record": notice.record,
        }
        for notice in notices
    ]


def detail(notice: Notice) -> str:
    """Why it was not sent, what it waits for, or what the server said last."""
    if notice.state == State.SUPPRESSED:
        return str(notice.get_suppressed_by_display())
    if notice.state == State.QUEUED and not settings.EMAIL_URL:
        return gettext("no mail server is set up yet")
    return notice.answer
