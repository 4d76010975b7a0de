"""``/records/{id}/links`` and ``/records/{id}/attachments``: what hangs on a record of any kind."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404
from django.http.response import HttpResponseBase
from ninja import File, Query, Router, UploadedFile
from pydantic import BaseModel

from hilvan.people.api import Call, UserJSON, user_json
from hilvan.people.models import User

from .api import AskedAsOf, ReferenceJSON, find
from .attachments import attach, attachments_of, content, detach, find_attachment
from .files import too_big
from .kind_api import actor
from .links import link, related, unlink
from .models import Attachment, Link, Record
from .presentation import reference, value
from .references import RecordRef, RecordSchema

router = Router(tags=["records"])
BINARY = {
    "responses": {
        200: {
            "description": "OK",
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    }
}


class LinkJSON(BaseModel):
    """``record`` is the other one."""

    id: int
    kind: str
    record: ReferenceJSON
    created_at: str


class LinkList(BaseModel):
    items: list[LinkJSON]


class NewLink(RecordSchema):
    other: RecordRef


class AttachmentJSON(BaseModel):
    id: str
    name: str
    media_type: str
    size: int
    sha256: str
    created_by: UserJSON | None
    created_at: str
    archived_at: str | None


class AttachmentList(BaseModel):
    items: list[AttachmentJSON]


@router.get("/records/{id}/links", response=LinkList, summary="What people have linked with a record, newest first")
def links(request: Call, id: str, asked: Query[AskedAsOf]) -> Any:
    record = find(request.auth, id)
    return {"items": [link_json(*one) for one in related(record, request.auth, asked.instant(request.auth))]}


@router.post("/records/{id}/links", response={201: LinkJSON}, summary="Link it with another record")
def add_link(request: Call, id: str, data: NewLink) -> Any:
    record = find(request.auth, id)
    other = data.service_fields(request.auth)["other"]
    return link_json(link(record, other, actor=actor(request)), other)


@router.delete("/records/{id}/links/{link}", response=LinkList, summary="Take a link away; answers what is left")
def remove_link(request: Call, id: str, link: int) -> Any:
    record = find(request.auth, id)
    found = next((one for one, _other in related(record, request.auth) if one.pk == link), None)
    if found is None:
        raise Http404
    unlink(found, record, actor=actor(request))
    return {"items": [link_json(*one) for one in related(record, request.auth)]}


@router.get("/records/{id}/attachments", response=AttachmentList, summary="The files on a record, newest first")
def attachments(request: Call, id: str, asked: Query[AskedAsOf]) -> Any:
    found = attachments_of(find(request.auth, id), asked.instant(request.auth))
    return {"items": [attachment_json(one) for one in found]}


@router.post("/records/{id}/attachments", response={201: AttachmentList}, summary="Attach files (multipart)")
def add_attachments(request: Call, id: str, files: File[list[UploadedFile]] = []) -> Any:  # noqa: B006
    record = find(request.auth, id)
    if large := request.__dict__.get("oversized"):
        raise ValidationError({"files": [ValidationError(too_big(name), code="too_big") for name in large]})
    return {"items": [attachment_json(one) for one in attach(record, files, actor=actor(request))]}


@router.delete(
    "/records/{id}/attachments/{attachment}", response=AttachmentJSON, summary="Take a file off; its bytes stay"
)
def remove_attachment(request: Call, id: str, attachment: uuid.UUID) -> Any:
    _record, found = attached(request.auth, id, attachment)
    return attachment_json(detach(found, actor=actor(request)))


@router.get("/records/{id}/attachments/{attachment}/content", summary="The bytes of a file", openapi_extra=BINARY)
def attachment_content(request: Call, id: str, attachment: uuid.UUID) -> HttpResponseBase:
    _record, found = attached(request.auth, id, attachment)
    try:
        return FileResponse(
            content(found), as_attachment=True, filename=found.name, content_type="application/octet-stream"
        )
    except FileNotFoundError:
        raise Http404 from None


def attached(user: User, reference: str, key: uuid.UUID) -> tuple[Record, Attachment]:
    """A file and its record, both of which the user may see, else 404."""
    record, found = find(user, reference), find_attachment(user, key)
    if found is None or found.record_id != record.pk:
        raise Http404
    return record, found


def link_json(link: Link, other: Record) -> dict[str, Any]:
    return {"id": link.pk, "kind": link.kind, "record": reference(other), "created_at": value(link.created_at)}


def attachment_json(attachment: Attachment) -> dict[str, Any]:
    return {
        "id": str(attachment.uuid),
        "name": attachment.name,
        "media_type": attachment.media_type,
        "size": attachment.size,
        "sha256": attachment.sha256,
        "created_by": user_json(attachment.created_by),
        "created_at": value(attachment.created_at),
        "archived_at": value(attachment.archived_at),
    }
