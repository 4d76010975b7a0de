"""The pages of an import: the file; what its columns are and what will happen to each row; what came of it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from hilvan.people.models import User
from hilvan.records.kinds import kinds
from hilvan.records.services import Refused
from hilvan.web.links import record_url
from hilvan.web.views_changes import put_errors, sent
from hilvan.web.views_lists import signed_in

from ..models import Stage, TableImport
from . import services
from .fields import fields_of, importable
from .forms import ChoicesForm, UploadForm
from .plans import CHANGED, NEW, REFUSED, SAME
from .reading import MAX_BYTES, too_big
from .values import text_of

PAGE = 50
OUTCOMES = {
    NEW: (pgettext_lazy("import", "New"), "good", "plus"),
    CHANGED: (pgettext_lazy("import", "Changed"), "new", "pencil"),
    SAME: (pgettext_lazy("import", "There already"), "closed", "copy"),
    REFUSED: (pgettext_lazy("import", "Refused"), "bad", "alert-circle"),
}


class Bounded(FileUploadHandler):
    """Lets no more of an upload through than a table may have; the rest is read and thrown away."""

    exceeded = False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if start + len(raw_data) > MAX_BYTES:
            self.exceeded = True
            raise StopUpload(connection_reset=False)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


@csrf_exempt  # the bound must be there before the token is looked for in what is sent
def import_list(request: HttpRequest) -> HttpResponse:
    """The form for a file, and the imports of these days."""
    bound = Bounded(request)
    request.upload_handlers.insert(0, bound)
    return _import_list(request, bound)


@csrf_protect
def _import_list(request: HttpRequest, bound: Bounded) -> HttpResponse:
    user = _importer(request)
    form = UploadForm(sent(request), request.FILES or None, user=user, initial={"kind": request.GET.get("kind", "")})
    if bound.exceeded:
        form.full_clean()
        form.errors.pop("file", None)
        form.add_error("file", too_big())
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            table = services.upload(file, name=file.name, kind=kinds[form.cleaned_data["kind"]], user=user)
        except ValidationError as error:
            put_errors(form, error)
        else:
            return redirect("import_page", table.uuid)
    tables = TableImport.objects.visible_to(user).select_related("user").order_by("-pk")[:PAGE]
    context = {"form": form, "tables": [(table, kinds.get(table.kind)) for table in tables]}
    return render(request, "importing/list.html", context, status=422 if form.errors else 200)


def import_page(request: HttpRequest, key: str) -> HttpResponse:
    """What the columns are, to be changed, and row by row what will happen, or what has happened."""
    user, table = _find(request, key)
    kind = kinds.get(table.kind)
    if kind is None or kind not in importable(user):
        raise Http404
    form = ChoicesForm(sent(request), table=table, fields=fields_of(kind, user), user=user)
    if form.is_valid():
        try:
            services.choose(table, form.choices(), user=user)
        except Refused as refused:
            messages.error(request, str(refused))
        return redirect("import_page", table.uuid)
    context = {"table": table, "kind": kind, "form": form, **_progress(table), **_rows(request, table)}
    return render(request, "importing/page.html", context, status=422 if form.errors else 200)


def import_progress(request: HttpRequest, key: str) -> HttpResponse:
    """How far it is: what the page asks for each second. At its end the whole page is fetched anew."""
    _user, table = _find(request, key)
    response = render(request, "importing/page.html#progress", {"table": table, **_progress(table)})
    if not table.is_under_way:
        response.headers["HX-Refresh"] = "true"
    return response


@require_POST
def import_start(request: HttpRequest, key: str) -> HttpResponse:
    _user, table = _find(request, key)
    try:
        services.start(table)
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("import_page", table.uuid)


@require_POST
def import_forget(request: HttpRequest, key: str) -> HttpResponse:
    _user, table = _find(request, key)
    services.forget(table)
    messages.success(request, _("The table has been deleted. What it brought in stays."))
    return redirect("import_list")


def import_refused(request: HttpRequest, key: str) -> StreamingHttpResponse:
    """The refused rows as CSV, as Spanish and English spreadsheets open it: UTF-8 with its mark, semicolons."""
    _user, table = _find(request, key)
    name = table.name.rsplit(".", 1)[0] or "import"
    response = StreamingHttpResponse(_csv(services.refused_rows(table)), content_type="text/csv; charset=utf-8")
    file = _("refused of %(name)s") % {"name": name}
    response.headers["Content-Disposition"] = content_disposition_header(True, f"{file}.csv") or "attachment"
    return response


class _Echo:
    def write(self, value: str) -> str:
        return value


def _csv(rows: Iterator[list[str]]) -> Iterator[str]:
    writer = csv.writer(_Echo(), delimiter=";")
    yield "\ufeff"
    for row in rows:
        yield writer.writerow(row)


def _importer(request: HttpRequest) -> User:
    """Who asks; raises ``PermissionDenied`` (403) for who may import nothing."""
    user = signed_in(request)
    if not importable(user):
        raise PermissionDenied
    return user


def _find(request: HttpRequest, key: str) -> tuple[User, TableImport]:
    user = _importer(request)
    return user, get_object_or_404(TableImport.objects.visible_to(user).select_related("user"), uuid=key)


def _progress(table: TableImport) -> dict[str, Any]:
    return {
        "percent": round(100 * table.done / table.total) if table.total else 100,
        "outcomes": [
            {"code": code, "label": label, "tone": tone, "icon": icon, "count": table.counts.get(code, 0)}
            for code, (label, tone, icon) in OUTCOMES.items()
        ],
    }


def _rows(request: HttpRequest, table: TableImport) -> dict[str, Any]:
    """One page of rows, of one outcome or of all; ``after`` is the line of the last one before."""
    outcome, after = request.GET.get("outcome", ""), request.GET.get("after", "")
    rows = table.rows.order_by("line")
    if outcome in OUTCOMES:
        rows = rows.filter(outcome=outcome)
    if after.isdecimal() and len(after) < 10:
        rows = rows.filter(line__gt=int(after))
    page = list(rows[: PAGE + 1])
    following = request.GET.copy()
    following["after"] = str(page[PAGE - 1].line) if len(page) > PAGE else ""
    shown = []
    for row in page[:PAGE]:
        wrong = {place for place, _reason in row.reasons}
        label, tone, icon = OUTCOMES.get(row.outcome, ("", "", ""))
        cells = [text_of(cell) for cell in row.cells] + [""] * (len(table.columns) - len(row.cells))
        shown.append(
            {
                "line": row.line,
                "outcome": row.outcome,
                "label": label,
                "tone": tone,
                "icon": icon,
                "reasons": services.in_words(table.columns, row.reasons),
                "number": row.number,
                "url": record_url(table.kind, row.number) if row.number else "",
                "cells": [(text, row.outcome == REFUSED and place in wrong) for place, text in enumerate(cells)],
            }
        )
    return {
        "rows": shown,
        "outcome": outcome,
        "first_url": f"?outcome={outcome}" if after else "",
        "next_url": f"?{following.urlencode()}" if following["after"] else "",
        "importing_count": table.counts.get(NEW, 0) + table.counts.get(CHANGED, 0),
        "is_done": table.stage == Stage.DONE,
        "is_checked": table.stage == Stage.CHECKED,
    }
