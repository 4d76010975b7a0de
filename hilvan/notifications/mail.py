"""What a notice says, and the message that carries it.

When its app is ready a part gives what writes the content of its notices: ``renderers["activity", Reason.ASSIGNED]``.
It is called with the recipient's language and time zone in force. What is about no record has the kind "".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from email.utils import formataddr, parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone, translation

from hilvan.records.kinds import ANY

from .models import Notice


@dataclass(frozen=True)
class Content:
    """A message as text and as HTML; ``calendar`` is an iCalendar object with its METHOD (RFC 5546), or ""."""

    subject: str
    text: str
    html: str
    calendar: str = ""


Renderer = Callable[[Notice], Content]

renderers: dict[tuple[str, str], Renderer] = {}
"""(kind of the record, or ANY; reason of the notice) → what writes its content."""

SeveralRenderer = Callable[[Sequence[Notice]], Content]

renderers_of_several: dict[tuple[str, str], SeveralRenderer] = {}
"""The same for one message about several records; where there is none, each has a message of its own."""

SECRET = "••••••••"  # noqa: S105 (it stands for one)
"""Stands in a content where the message has what only its recipient may know: the ledger never has it."""

secrets: dict[str, Callable[[Notice], str]] = {}
"""Reason of the notice → what is put there, anew at each attempt."""


def preview(notice: Notice) -> Content:
    """What the notice says, or the one that carries it: as it was sent, or as it would be sent now."""
    notice = notice.carrier or notice
    if notice.subject:
        return Content(notice.subject, notice.text, notice.html, notice.calendar)
    with translation.override(notice.speaks), timezone.override(notice.zone):
        several = notice.together()
        if len(several) > 1:
            return renderers_of_several[kind_of(notice), notice.reason](several)
        return renderer_of(notice)(notice)


def renderer_of(notice: Notice) -> Renderer:
    return renderers.get((kind_of(notice), notice.reason)) or renderers[ANY, notice.reason]


def kind_of(notice: Notice) -> str:
    return notice.record.kind if notice.record else ""


def complete(notice: Notice, content: Content) -> Content:
    """The content with its secret, for the message that is sent and nothing else."""
    if notice.reason not in secrets:
        return content
    secret = secrets[notice.reason](notice)
    return replace(content, text=content.text.replace(SECRET, secret), html=content.html.replace(SECRET, secret))


def message(notice: Notice, content: Content) -> EmailMultiAlternatives:
    """The message of a notice, the same at each attempt.

    All of a record's mails form one thread (RFC 5322, 3.6.4); what tells of several records belongs to none of theirs.
    """
    notice = notice.carrier or notice
    is_alone = notice.batch is None or not notice.carried.exists()
    thread = f"<{notice.record.uuid}@{domain()}>" if notice.record and is_alone else ""
    mail = EmailMultiAlternatives(
        subject=one_line(content.subject),
        body=content.text,
        from_email=formataddr(sender(notice)),
        to=[notice.address],
        reply_to=[formataddr(person) for person in answered_by(notice)],
        headers={
            "Message-ID": f"<{notice.uuid}@{domain()}>",
            **({"In-Reply-To": thread, "References": thread} if thread else {}),
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )
    mail.attach_alternative(content.html, "text/html")
    if content.calendar:
        method = re.search(r"^METHOD:(\w+)", content.calendar, re.MULTILINE)
        mail.attach_alternative(content.calendar, f"text/calendar; method={method[1] if method else 'PUBLISH'}")
    return mail


def sender(notice: Notice) -> tuple[str, str]:
    """Name and address of From: Hilván's address under the name of who caused the notice ("Luis Peña (Hilván)")."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    if notice.caused_by is not None:
        name = f"{one_line(notice.caused_by.name)[:60]} ({name or 'Hilván'})"
    return name, address


def answered_by(notice: Notice) -> list[tuple[str, str]]:
    """Whom an outsider's answer reaches, by name and address: who caused the notice. A user answers in Hilván."""
    cause = notice.caused_by
    if notice.recipient is not None or cause is None or not cause.email:
        return []
    return [(one_line(cause.name), cause.email)]


def domain() -> str:
    """The right side of message ids: that of the sender's address."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or urlsplit(settings.BASE_URL).netloc


def one_line(text: str) -> str:
    """A text as a header can carry it: control characters and line ends of every sort become blanks."""
    return re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", text).strip()
