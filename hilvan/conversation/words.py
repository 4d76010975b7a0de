"""Notes in the history and the timeline of their record: what was written, as it stood then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from hilvan.people.models import User
from hilvan.records.history import Entry
from hilvan.web.history import row_ids

from .markdown import as_html
from .models import Note
from .presentation import names_in


def told(entries: Sequence[Entry], user: User) -> list[dict[str, Any]]:
    """Lines of ``web/components/timeline.html``. One query."""
    texts = [_text(entry) for entry in entries]
    names = names_in(texts, user.company_id)
    return [
        {
            "text": _("corrected a note") if entry.verb == "note.change" else _("wrote a note"),
            "icon": "message",
            "html": as_html(text, names),
        }
        for entry, text in zip(entries, texts, strict=True)
    ]


def _text(entry: Entry) -> str:
    table = Note._meta.db_table
    pairs = (entry.fields.get(f"{table}.{key}.text", ("", "")) for key in sorted(row_ids(entry, Note)))
    return "\n\n".join(after or "" for _before, after in pairs)
