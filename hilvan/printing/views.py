"""A record as a PDF, and the letterhead for who administers the company."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hilvan.administration.access import administrator
from hilvan.records.kinds import Kind
from hilvan.records.models import Record
from hilvan.web.uploads import oversized
from hilvan.web.views_around import CONTENT_POLICY
from hilvan.web.views_changes import put_errors, sent
from hilvan.web.views_lists import signed_in, visible_record

from . import documents, logos
from .forms import LetterheadForm
from .models import letterhead_of
from .services import TEXTS, put_letterhead

PRIVATE = {"Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}


@require_GET
def record_pdf(request: HttpRequest, kind: Kind, number: str) -> HttpResponse:
    """The record as it is printed; 404 where nothing is printed of its kind."""
    return pdf_answer(visible_record(kind, number, signed_in(request)))


def pdf_answer(record: Record) -> HttpResponse:
    printed = documents.printed(record)
    if printed is None:
        raise Http404
    disposition = content_disposition_header(as_attachment=False, filename=printed.name)
    return HttpResponse(
        printed.content, content_type="application/pdf", headers={**PRIVATE, "Content-Disposition": disposition or ""}
    )


def letterhead(request: HttpRequest) -> HttpResponse:
    by = administrator(request)
    now = letterhead_of(by.company)
    initial = {name: getattr(now, name) for name in TEXTS}
    form = LetterheadForm(sent(request), request.FILES or None, initial=initial, has_logo=bool(now.logo))
    if oversized(request):
        form.add_error("logo", logos.too_big())
    elif form.is_valid():
        try:
            put_letterhead(by=by, **form.service_fields())
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("letterhead")
    context = {"form": form, "has_logo": bool(now.logo), "company": by.company}
    return render(request, "printing/letterhead.html", context, status=422 if form.errors else 200)


@require_GET
def letterhead_logo(request: HttpRequest) -> HttpResponse:
    """The company's logo; 404 where it has none."""
    logo = bytes(letterhead_of(signed_in(request).company).logo)
    if not logo:
        raise Http404
    headers = {**PRIVATE, "Content-Security-Policy": CONTENT_POLICY}
    return HttpResponse(logo, content_type=logos.media_type(logo), headers=headers)
