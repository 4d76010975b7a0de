"""The panel "Notes" on every record's page."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from hilvan.people.models import User
from hilvan.records.models import Record
from hilvan.web.links import record_url

from .presentation import notes_of, shown
from .services import LONGEST, may_write

SHOWN = 10


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("Note"),
        max_length=LONGEST,
        widget=forms.Textarea({"rows": 2, "placeholder": _("Write a note… @ mentions a colleague"), "class": "short"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "note_%s", **kwargs})
        self.fields["text"].widget.attrs["data-mentions"] = reverse("mentionable")


def panel(
    record: Record, user: User, as_of: dt.datetime | None, form: NoteForm | None = None, before: int | None = None
) -> dict[str, Any] | None:
    """The newest notes, and a form for another one. None where there is none and one may not write any.

    Two queries, one more as of an instant.
    """
    may_add = as_of is None and may_write(user, record)
    notes = notes_of(record, as_of, before=before, limit=SHOWN + 1)
    if not (notes or may_add):
        return None
    return {
        "notes": shown(notes[:SHOWN], user),
        "note_form": (form or NoteForm()) if may_add else None,
        "notes_url": record_url(record.kind, record.number, "record_notes"),
        "earlier_notes": notes[SHOWN - 1].pk if len(notes) > SHOWN else None,
    }
