"""A record as it is printed, for other programs."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from ninja import Router

from hilvan.people.api import Call
from hilvan.records.api import find

from .views import pdf_answer

router = Router(tags=["records"])
PDF: dict[str, Any] = {
    "responses": {200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}}
}


@router.get("/records/{id}/pdf", summary="The record as it is printed; 404 for kinds without one", openapi_extra=PDF)
def record_pdf(request: Call, id: str) -> HttpResponse:
    return pdf_answer(find(request.auth, id))
