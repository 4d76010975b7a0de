"""The file of a remittance, for other programs; all else of it is what every kind has."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from ninja import Router

from hilvan.people.api import Call
from hilvan.records.api import find

from .views import file_answer

router = Router(tags=["remittances"])
XML: dict[str, Any] = {"responses": {200: {"content": {"application/xml": {"schema": {"type": "string"}}}}}}


@router.get("/remittances/{id}/file", summary="The file for the bank (pain.008.001.08)", openapi_extra=XML)
def remittance_file(request: Call, id: str) -> HttpResponse:
    return file_answer(find(request.auth, id, "remittance").as_remittance)
