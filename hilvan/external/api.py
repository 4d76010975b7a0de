"""Records of other applications by the names that they have there; all else of them is what every kind has."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from ninja import Router, Status

from hilvan.people.api import Call
from hilvan.records.api import RecordJSON, find, representation
from hilvan.records.kind_api import actor, location
from hilvan.records.models import Record

from .schemas import ToldExternal
from .services import held, put_external

router = Router(tags=["external-records"])
ADDRESS = "/external/{system}/{path:external_id}"


@router.get(ADDRESS, response=RecordJSON, operation_id="external_known_as", summary="That of another application")
def known_as(request: Call, system: str, external_id: str) -> Any:
    record = _known(request, system, external_id)
    if record is None:
        raise Http404
    return representation(record)


@router.put(
    ADDRESS,
    response={200: RecordJSON, 201: RecordJSON},
    operation_id="external_put",
    summary="Write it down, or bring it up to date; again is as good as once",
)
def put(request: Call, system: str, external_id: str, data: ToldExternal, response: HttpResponse) -> Any:
    _known(request, system, external_id)
    told = data.service_fields(request.auth)
    record, is_new = put_external(actor=actor(request), system=system, external_id=external_id, **told)
    if is_new:
        response["Location"] = location(record)
    return Status(201 if is_new else 200, representation(record))


def _known(request: Call, system: str, external_id: str) -> Record | None:
    """The record of this identity; 404 where there is one that the caller may not see."""
    record = held(request.auth.company, system, external_id)
    return find(request.auth, record.number) if record else None
