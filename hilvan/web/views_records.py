"""The page of a record, of whatever kind, now or as of a past instant."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from hilvan.people.models import User
from hilvan.people.permissions import Action
from hilvan.records import history
from hilvan.records.kinds import Fact, Kind
from hilvan.records.models import Record
from hilvan.records.services import creatable, may

from . import panels, timeline
from .links import as_of_query, record_url
from .views_changes import offered_verbs
from .views_lists import signed_in, visible_record
from .words import said_of


def record_page(request: HttpRequest, kind: Kind, number: str) -> HttpResponse:
    """A record: what it is, how it stands, what can be done, and what has been."""
    user = signed_in(request)
    record = visible_record(kind, number, user)
    try:
        as_of = asked_instant(request, user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(record_url(kind.name, number))
    unsettled = as_of is not None and not history.is_settled(as_of)
    model = getattr(record, kind.accessor) if as_of is None else history.stood(record, as_of)
    return render(
        request,
        [f"{kind.path}/record.html", "web/record.html"],
        {
            "kind": kind,
            "record": record if model is None else model.record,
            "model": model,
            "state": kind.state(model) if model else None,
            "facts": kind.facts(model) if model else [],
            "details": details(kind, model) if model else [],
            "as_of": as_of,
            "as_of_query": as_of_query(as_of),
            "as_of_unsettled": unsettled,
            **(toolbar(record, model, user) if as_of is None else {}),
            **(around(record, user, as_of) if model else {}),
        },
    )


def asked_instant(request: HttpRequest, user: User) -> dt.datetime | None:
    """The past instant of the page, from ``as_of`` in its address. Raises ``ValidationError``."""
    text = request.GET.get("as_of", "")
    return history.parse_instant(text, user.zone) if text else None


def toolbar(record: Record, model: Any, user: User) -> dict[str, Any]:
    """What can be done with a record now."""
    changeable = may(user, Action.CHANGE, record)
    return {
        "creatable": create_menu(record, user),
        "verbs": offered_verbs(record, model, user) if changeable and record.archived_at is None else [],
        "pdf_url": record_url(record.kind, record.number, "record_pdf") if record.declaration.sheet else "",
        "edit_url": record_url(record.kind, record.number, "record_edit") if changeable else "",
        "archive_url": record_url(record.kind, record.number, "record_archive") if changeable else "",
    }


def create_menu(record: Record, user: User) -> list[dict[str, Any]]:
    """The Create menu of a record, for ``components/create_menu.html``."""
    return [
        {
            "label": entry.label,
            "icon": entry.kind.icon,
            "url": reverse("record_new", kwargs={"kind": entry.kind}, query={"origin": record.number}),
            "shortcut": entry.kind.shortcut,
            "allowed": entry.allowed,
            "why_not": entry.why_not,
        }
        for entry in creatable(record, user)
    ]


def around(record: Record, user: User, as_of: dt.datetime | None) -> dict[str, Any]:
    """What stands around a record on its page: the panels of all parts, and its timeline."""
    return {"panels": panels.of(record, user, as_of), "timeline": timeline.panel(record, user, as_of)}


def details(kind: Kind, model: Any) -> list[Fact]:
    """The fields of the kind's form with what they hold, but the title, what is empty, and what has a panel."""
    shown, ways = [], kind.ways(model)
    for name, field in kind.form.base_fields.items():
        value = said_of(model, name) if name not in {"title", *kind.in_panels} else None
        if value not in (None, "", False):
            shown.append(Fact(field.label or name, value, ways.get(name, "")))
    return shown
