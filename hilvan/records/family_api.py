"""Addresses that several kinds share, besides those that each has: all sales documents at ``/sales-documents``.

A new record says of which ``kind`` it is; what can be given and done then is that kind's, as at its own address.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pydantic
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from ninja import Body, Query, Router
from ninja.errors import ValidationError as Malformed

from hilvan.people.api import Call
from hilvan.people.models import User

from .api import AskedAsOf, AskedRecords, RecordJSON, find, representation
from .kind_api import (
    CONFLICT,
    AskedByState,
    KindPage,
    camel,
    changed,
    changed_schema,
    done,
    listed,
    made,
    new_schema,
    put_into_archive,
    verb_schema,
)
from .kinds import Kind
from .models import Record
from .references import RecordSchema


class AskedFamily(AskedRecords, AskedByState):
    """What a list of records of several kinds can be asked for."""


def shared_routes(path: str, kinds: Sequence[Kind]) -> Router:
    """List, create, read, change, archive and the verbs of these kinds."""
    router = Router(tags=[path])
    named = {kind.name: kind for kind in kinds}
    new = {kind.name: new_schema(kind) for kind in kinds}
    change = {kind.name: changed_schema(kind) for kind in kinds}
    word = path.replace("-", "_")

    def one_of(user: User, id: str) -> Record:
        record = find(user, id)
        if record.kind not in named:
            raise Http404
        return record

    @router.get(f"/{path}", response=KindPage, operation_id=f"{word}_list", summary="List, newest first")
    def several(request: Call, asked: Query[AskedFamily]) -> Any:
        chosen = [_of(name, named) for name in asked.kind] or kinds
        return listed(chosen, asked, request.auth)

    @router.post(
        f"/{path}",
        response={201: RecordJSON},
        operation_id=f"{word}_create",
        summary="Create one of a kind",
        openapi_extra={**CONFLICT, **body(with_kind(named))},
    )
    def create(request: Call, data: Body[dict[str, Any]], response: HttpResponse) -> Any:
        kind = _of(data.pop("kind", None), named)
        return made(kind, understood(new[kind.name], data), request, response)

    @router.get(f"/{path}/{{id}}", response=RecordJSON, operation_id=f"{word}_get", summary="One, now or at an instant")
    def one(request: Call, id: str, asked: Query[AskedAsOf]) -> Any:
        return representation(one_of(request.auth, id), asked.instant(request.auth))

    @router.patch(
        f"/{path}/{{id}}",
        response=RecordJSON,
        operation_id=f"{word}_change",
        summary="Change what is given",
        openapi_extra=body(one_of_schemas(f"Changed{camel(name)}" for name in named)),
    )
    def put(request: Call, id: str, data: Body[dict[str, Any]]) -> Any:
        record = one_of(request.auth, id)
        return changed(record, understood(change[record.kind], data), request)

    def archiving(verb: str, archived: bool) -> None:
        @router.post(
            f"/{path}/{{id}}/{verb}", response=RecordJSON, operation_id=f"{word}_{verb}", summary=verb.capitalize()
        )
        def put_away(request: Call, id: str) -> Any:
            return put_into_archive(one_of(request.auth, id), request, archived=archived)

    def doing(verb: str, taken: dict[str, type[RecordSchema]]) -> None:
        @router.post(
            f"/{path}/{{id}}/{verb}",
            response=RecordJSON,
            operation_id=f"{word}_{verb}",
            summary=verb.capitalize(),
            openapi_extra={**CONFLICT, **body(one_of_schemas(f"{camel(name)}{camel(verb)}" for name in taken))},
        )
        def do(request: Call, id: str, data: Body[dict[str, Any] | None] = None) -> Any:
            record = one_of(request.auth, id)
            given = understood(taken[record.kind], data or {}) if record.kind in taken else RecordSchema()
            return done(record, verb, given, request)

    archiving("archive", True)
    archiving("unarchive", False)
    for verb in sorted({one.name for kind in kinds for one in kind.verbs}):
        doing(verb, {kind.name: verb_schema(kind, one) for kind in kinds for one in kind.verbs if one.name == verb})
    return router


def _of(name: Any, named: dict[str, Kind]) -> Kind:
    """The kind of this name; raises ``ValidationError`` (``kind``)."""
    if not isinstance(name, str) or name not in named:
        raise ValidationError({"kind": _("Possible values: %(names)s.") % {"names": ", ".join(named)}})
    return named[name]


def understood(schema: type[RecordSchema], data: dict[str, Any]) -> RecordSchema:
    """The body as the schema takes it, refused as at the kind's own address."""
    try:
        return schema.model_validate(data)
    except pydantic.ValidationError as error:
        wrong: list[dict[str, Any]] = [{**one, "loc": ("body", "data", *one["loc"])} for one in error.errors()]
        raise Malformed(wrong) from error


def with_kind(names: Iterable[str]) -> dict[str, Any]:
    """The fields of one of these kinds, and which it is."""
    kind = {"type": "string", "enum": [*names]}
    return {"properties": {"kind": kind}, "required": ["kind"], "description": "The kind, and the fields that it has."}


def one_of_schemas(names: Iterable[str]) -> dict[str, Any]:
    return {"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in names]}


def body(schema: dict[str, Any]) -> dict[str, Any]:
    """Declares in OpenAPI what a body is like, which is read as the kind's own schema has it."""
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}
