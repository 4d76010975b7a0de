"""Notes as pages, mails and programs tell them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models.functions import Lower

from hilvan.people.api import user_json
from hilvan.people.models import Company, User
from hilvan.records.history import children_stood
from hilvan.records.models import Record

from .markdown import as_html, mentioned_in
from .models import Note


def notes_of(record: Record, as_of: dt.datetime | None = None, *, before: int | None = None, limit: int) -> list[Note]:
    """The notes on a record, newest first, as they stand or stood; those older than the one of the key ``before``."""
    if as_of is None:
        query = record.notes.select_related("author").order_by("-id")
        return list((query.filter(pk__lt=before) if before else query)[:limit])
    stood = {one.pk: one for one in children_stood(record, Note, as_of) if before is None or one.pk < before}
    kept = sorted(stood, reverse=True)[:limit]
    people = User.objects.in_bulk({stood[key].author_id for key in kept})
    for key in kept:
        stood[key].author = people.get(stood[key].author_id)
    return [stood[key] for key in kept]


def names_in(texts: Iterable[str], company: Company | int) -> dict[str, str]:
    """How the users are called that these texts mention, by their user names in small letters. One query."""
    wanted = {name for text in texts for name in mentioned_in(text)}
    users = User.objects.filter(company=company).annotate(key=Lower("username")).filter(key__in=wanted)
    return dict(users.values_list("key", "name"))


def shown(notes: list[Note], user: User) -> list[dict[str, Any]]:
    """Rows of the panel."""
    names = names_in([note.text for note in notes], user.company_id)
    return [
        {
            "note": note,
            "key": str(note.uuid),
            "author": note.author.name if note.author else "Hilván",
            "html": as_html(note.text, names),
            "is_mine": note.author_id == user.pk,
        }
        for note in notes
    ]


def as_json(note: Note, names: dict[str, str]) -> dict[str, Any]:
    return {
        "id": str(note.uuid),
        "author": user_json(note.author),
        "text": note.text,
        "html": str(as_html(note.text, names)),
        "created_at": note.created_at.isoformat(),
        "edited_at": note.edited_at.isoformat() if note.edited_at else None,
    }
