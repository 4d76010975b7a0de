"""What stands around a record and is asked for or changed by itself: its timeline, its files, its links.

Each address answers htmx with its panel alone; to everybody else it is a page with that panel on it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hilvan.people.models import User
from hilvan.records.attachments import attach, content, detach, find_attachment
from hilvan.records.files import SHOWN, too_big
from hilvan.records.history import Actor, Channel
from hilvan.records.kinds import Kind
from hilvan.records.links import link, related, unlink
from hilvan.records.models import Attachment, Record

from . import timeline
from .attached import LinkForm, files_panel, links_panel
from .links import record_url
from .uploads import oversized
from .views_changes import put_errors
from .views_lists import signed_in, visible_record
from .views_records import asked_instant

CONTENT_POLICY = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox"
"""For what somebody sent: it may be looked at, and nothing in it runs, loads or leads anywhere."""


@require_GET
def record_timeline(request: HttpRequest, kind: Kind, number: str) -> HttpResponse:
    """The timeline by itself, filtered; htmx is given the whole panel, or what comes after a place in it."""
    user, record, as_of = _asked(request, kind, number)
    try:
        variables = timeline.panel(record, user, as_of, request.GET, request.GET.get("cursor", ""))
    except ValidationError:
        raise Http404 from None
    if request.headers.get("HX-Target") == "timeline-more":
        return render(request, "web/panels/timeline_lines.html", {**variables, "as_of": as_of})
    return panel_page(request, record, as_of, "web/panels/timeline.html", variables)


@require_http_methods(["GET", "POST"])
def record_files(request: HttpRequest, kind: Kind, number: str) -> HttpResponse:
    """The files on a record; takes more (``files``), or one away (``remove``)."""
    user, record, as_of = _asked(request, kind, number)
    errors: list[str] = []
    if request.method == "POST":
        actor = Actor.of(user, Channel.SCREEN)
        try:
            if key := request.POST.get("remove"):
                detach(_file_of(record, user, key), actor=actor)
            elif large := oversized(request):
                errors = [too_big(name) for name in large]
            else:
                attach(record, request.FILES.getlist("files"), actor=actor)
        except ValidationError as error:
            errors = error.messages
        if not errors:
            return changed(request, record, "files", "web/panels/files.html", lambda: files_panel(record, user, None))
    variables = files_panel(record, user, as_of, errors)
    return panel_page(request, record, as_of, "web/panels/files.html", variables, status=422 if errors else 200)


@require_http_methods(["GET", "POST"])
def record_links(request: HttpRequest, kind: Kind, number: str) -> HttpResponse:
    """What is linked with a record; links it with another one (``other``), or no longer (``remove``)."""
    user, record, as_of = _asked(request, kind, number)
    form = None
    if request.method == "POST":
        actor = Actor.of(user, Channel.SCREEN)
        if key := request.POST.get("remove"):
            found = next((one for one, _other in related(record, user) if str(one.pk) == key), None)
            if found is None:
                raise Http404
            unlink(found, record, actor=actor)
            return changed(request, record, "links", "web/panels/links.html", lambda: links_panel(record, user, None))
        form = LinkForm(request.POST, user=user)
        if form.is_valid():
            try:
                link(record, form.cleaned_data["other"], actor=actor)
            except ValidationError as error:
                put_errors(form, error)
            else:
                return changed(
                    request, record, "links", "web/panels/links.html", lambda: links_panel(record, user, None)
                )
    variables = links_panel(record, user, as_of, form)
    status = 422 if form is not None and form.errors else 200
    return panel_page(request, record, as_of, "web/panels/links.html", variables, status=status)


@require_GET
def attachment(request: HttpRequest, key: uuid.UUID) -> HttpResponseBase:
    """The content of a file, to who may see its record: pictures and PDF to look at, everything else to save.

    ``?save`` saves those as well.
    """
    found = find_attachment(signed_in(request), key)
    if found is None:
        raise Http404
    etag = f'"{found.sha256}"'
    headers = {
        "Content-Security-Policy": CONTENT_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-cache",
        "ETag": etag,
    }
    if unchanged := get_conditional_response(request, etag=etag):
        return unchanged
    try:
        bytes_of = content(found)
    except FileNotFoundError:
        raise Http404 from None
    is_shown = found.media_type in SHOWN and "save" not in request.GET
    return FileResponse(
        bytes_of,
        as_attachment=not is_shown,
        filename=found.name,
        content_type=found.media_type,
        headers=headers,
    )


def panel_page(
    request: HttpRequest,
    record: Record,
    as_of: dt.datetime | None,
    template: str,
    variables: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    """A panel of a record's: by itself for htmx, else on a page that leads back to the record."""
    context = {"kind": record.declaration, "record": record, "as_of": as_of, **variables}
    if request.headers.get("HX-Request"):
        return render(request, template, context, status=status)
    context |= {"panel_template": template, "record_url": record_url(record.kind, record.number)}
    return render(request, "web/around.html", context, status=status)


def _asked(request: HttpRequest, kind: Kind, number: str) -> tuple[User, Record, dt.datetime | None]:
    """Who asks about which record, as of when; 404 for what he may not see, and for an instant that is none."""
    user = signed_in(request)
    record = visible_record(kind, number, user)
    try:
        return user, record, asked_instant(request, user)
    except ValidationError:
        raise Http404 from None


def _file_of(record: Record, user: User, key: str) -> Attachment:
    try:
        found = find_attachment(user, uuid.UUID(key))
    except ValueError:
        found = None
    if found is None or found.record != record:
        raise Http404
    return found


def changed(request: HttpRequest, record: Record, panel: str, template: str, variables: Any) -> HttpResponse:
    """After a change: htmx is given the panel as it now stands, everybody else goes back to the record."""
    if request.headers.get("HX-Request"):
        return panel_page(request, record, None, template, variables())
    messages.success(request, _("Saved."))
    return redirect(f"{record_url(record.kind, record.number)}#{panel}")
