"""The mail to somebody who is mentioned in a note."""

from __future__ import annotations

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from hilvan.notifications.mail import Content, one_line
from hilvan.notifications.models import Notice
from hilvan.web.links import record_url

from .markdown import as_html
from .models import Mention
from .presentation import names_in

BEGINNING = 2000
"""Characters of the note that the mail shows."""


def to_mentioned(notice: Notice) -> Content:
    """What the mentioned person reads, in the language and zone in force: the note as it stands now."""
    record = notice.record
    assert record is not None  # a mention is always on a record, and of a user
    assert notice.recipient is not None
    note = (
        Mention.objects.filter(note__record=record, user=notice.recipient, at__lte=notice.created_at)
        .select_related("note__author")
        .latest("at", "id")
        .note
    )
    author = note.author.name if note.author else "Hilván"
    text = Truncator(note.text).chars(BEGINNING)
    context = {
        "headline": _("%(name)s mentions you in a note") % {"name": author},
        "record": record,
        "kind": record.declaration,
        "text": text,
        "html": as_html(text, names_in([text], notice.company)),
        "link": f"{settings.BASE_URL}{record_url(record.kind, record.number)}#notes",
        "company": notice.company,
        "language": notice.speaks,
    }
    return Content(
        subject=one_line(f"{author}: {Truncator(record.title).chars(120)} [{record.number}]"),
        text=render_to_string("conversation/mail/mention.txt", context).strip() + "\n",
        html=render_to_string("conversation/mail/mention.html", context),
    )
