"""Writing and correcting notes, the earlier ones, and who can be mentioned."""

from __future__ import annotations

import datetime as dt
import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hilvan.notifications.models import Notice, Reason, Suppression
from hilvan.people.models import User
from hilvan.records.history import Actor, Channel
from hilvan.records.kinds import Kind
from hilvan.web.views_around import changed, panel_page
from hilvan.web.views_changes import put_errors
from hilvan.web.views_lists import signed_in, visible_record
from hilvan.web.views_records import asked_instant

from .models import Note
from .panel import NoteForm, panel
from .services import correct_note, write_note

TEMPLATE = "conversation/panel.html"
SUGGESTED = 8


@require_http_methods(["GET", "POST"])
def record_notes(request: HttpRequest, kind: Kind, number: str) -> HttpResponse:
    """The notes on a record, from ``before`` on; takes a new one (``text``)."""
    user = signed_in(request)
    record = visible_record(kind, number, user)
    form = None
    if request.method == "POST":
        form = NoteForm(request.POST)
        if form.is_valid():
            try:
                note = write_note(record, actor=Actor.of(user, Channel.SCREEN), text=form.cleaned_data["text"])
            except ValidationError as error:
                put_errors(form, error)
            else:
                return _written(request, note, user)
    variables = panel(record, user, _instant(request, user), form, _before(request)) or {"notes": []}
    if request.headers.get("HX-Target") == "notes-more":
        return render(request, "conversation/notes.html", {"record": record, **variables})
    status = 422 if form is not None and form.errors else 200
    return panel_page(request, record, None, TEMPLATE, variables, status=status)


@require_http_methods(["GET", "POST"])
def record_note(request: HttpRequest, kind: Kind, number: str, key: uuid.UUID) -> HttpResponse:
    """A note of one's own, to correct it."""
    user = signed_in(request)
    record = visible_record(kind, number, user)
    note = record.notes.filter(uuid=key, author=user).select_related("record").first()
    if note is None:
        raise Http404
    form = NoteForm(request.POST if request.method == "POST" else None, initial={"text": note.text}, auto_id="own_%s")
    if form.is_valid():
        try:
            note = correct_note(note, actor=Actor.of(user, Channel.SCREEN), text=form.cleaned_data["text"])
        except ValidationError as error:
            put_errors(form, error)
        else:
            return _written(request, note, user)
    variables = {"form": form, "note": note}
    return panel_page(request, record, None, "conversation/correct.html", variables, status=422 if form.errors else 200)


@require_GET
def mentionable(request: HttpRequest) -> JsonResponse:
    """The colleagues whose name or user name holds what was typed behind an "@"."""
    user = signed_in(request)
    typed = request.GET.get("q", "").replace("\x00", "").strip()[:60]
    people = User.objects.filter(company=user.company_id, is_active=True).exclude(pk=user.pk)
    people = people.filter(Q(name__icontains=typed) | Q(username__istartswith=typed)).order_by("name")[:SUGGESTED]
    return JsonResponse({"items": [{"username": one.username, "name": one.name} for one in people]})


def _written(request: HttpRequest, note: Note, user: User) -> HttpResponse:
    """The panel as it now stands; it says who, of those mentioned, is not told."""
    unseen = Notice.objects.filter(
        record=note.record, reason=Reason.MENTION, suppressed_by=Suppression.UNSEEN, caused_by=user
    )
    mentioned = note.mentions.values("user")
    names = list(unseen.filter(recipient__in=mentioned).values_list("recipient__name", flat=True).distinct())
    warning = _("Not told, for not being allowed to see this record: %(names)s.") % {"names": ", ".join(names)}
    if names and not request.headers.get("HX-Request"):
        messages.warning(request, warning)

    def variables() -> dict[str, object]:
        return {**(panel(note.record, user, None) or {}), "warning": warning if names else ""}

    return changed(request, note.record, "notes", TEMPLATE, variables)


def _instant(request: HttpRequest, user: User) -> dt.datetime | None:
    try:
        return asked_instant(request, user)
    except ValidationError:
        raise Http404 from None


def _before(request: HttpRequest) -> int | None:
    text = request.GET.get("before", "")
    return int(text) if text.isdecimal() and len(text) < 19 else None
