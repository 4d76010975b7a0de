"""``/records/{id}/comments``: the notes on a record of any kind."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404
from ninja import Query, Router
from pydantic import BaseModel, Field

from hilvan.people.api import Call, Paged, UserJSON, read_cursor, row_id, write_cursor
from hilvan.records.api import find
from hilvan.records.kind_api import actor
from hilvan.records.references import RecordSchema

from .models import Note
from .presentation import as_json, names_in, notes_of
from .services import correct_note, write_note

router = Router(tags=["records"])


class NoteJSON(BaseModel):
    """``text`` is Markdown, as it was written; ``html`` is made of it and safe."""

    id: str
    author: UserJSON | None
    text: str
    html: str
    created_at: str = Field(json_schema_extra={"format": "date-time"})
    edited_at: str | None


class NotePage(BaseModel):
    items: list[NoteJSON]
    next: str | None


class NoteFields(RecordSchema):
    text: str


@router.get("/records/{id}/comments", response=NotePage, summary="The notes on a record, newest first")
def comments(request: Call, id: str, asked: Query[Paged]) -> Any:
    record = find(request.auth, id)
    before = read_cursor(asked.cursor, row_id)[0] if asked.cursor else None
    notes = notes_of(record, before=before, limit=asked.limit + 1)
    page = notes[: asked.limit]
    names = names_in([note.text for note in page], record.company_id)
    return {
        "items": [as_json(note, names) for note in page],
        "next": write_cursor(page[-1].pk) if len(notes) > asked.limit else None,
    }


@router.post("/records/{id}/comments", response={201: NoteJSON}, summary="Write a note; @username tells a colleague")
def write_comment(request: Call, id: str, data: NoteFields) -> Any:
    return told(write_note(find(request.auth, id), actor=actor(request), text=data.text))


@router.patch("/records/{id}/comments/{comment}", response=NoteJSON, summary="Correct a note of one's own")
def correct_comment(request: Call, id: str, comment: uuid.UUID, data: NoteFields) -> Any:
    note = find(request.auth, id).notes.filter(uuid=comment).select_related("record", "author").first()
    if note is None:
        raise Http404
    return told(correct_note(note, actor=actor(request), text=data.text))


def told(note: Note) -> dict[str, Any]:
    return as_json(note, names_in([note.text], note.company_id))
