"""How activities come in from tables. Nobody is told: the ledger says why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hilvan.notifications.models import Notice, Reason
from hilvan.notifications.services import plan, suppression
from hilvan.people.models import User
from hilvan.records.forms import RecordField
from hilvan.records.history import Actor
from hilvan.records.kinds import Importing, Life, Step
from hilvan.records.services import check_text

from . import moments, services
from .models import Activity, ActivityResult, ActivityType, State


def fields(user: User) -> Mapping[str, forms.Field]:
    types = ActivityType.objects.filter(company=user.company_id, is_active=True)
    results = {one.code: str(one) for one in ActivityResult.objects.filter(company=user.company_id, is_active=True)}
    return {
        "type": forms.ModelChoiceField(types, label=_("Type"), initial=types.filter(code="task").first()),
        "state": forms.ChoiceField(label=_("State"), choices=State.choices),
        "result": forms.ChoiceField(label=_("Result"), choices=list(results.items())),
        "note": forms.CharField(label=_("Closing note"), widget=forms.Textarea),
        "closed_on": forms.DateTimeField(label=_("Closed")),
        "spent_minutes": forms.IntegerField(label=_("Spent time, minutes")),
        "origin": RecordField(label=_("Origin"), kinds=lambda kind: True),
    }


def life(values: dict[str, Any], actor: Actor) -> Life:
    """Born new or begun; what is closed became so when it says, without a date at its import."""
    if given := values.keys() & {"start_at", "end_at"}:
        span = moments.span(values.get("start_at"), values.get("end_at"), actor.company.zone)
        values |= {name: getattr(span, name) for name in (*given, "all_day")}
    closed, code, note = values.pop("closed_on", None), values.pop("result", None), values.pop("note", "")
    if values.get("state") != State.CLOSED:
        return values, ()
    del values["state"]
    possible = _results_of(values["type"])
    result = next((one for one in possible if one.code == code), None)
    if code is not None and result is None:
        names = ", ".join(map(str, possible))
        raise ValidationError({"result": gettext("The possible results are: %(names)s.") % {"names": names}})

    def put(activity: Activity, actor: Actor) -> set[str]:
        services.put_closed(activity, actor, result, possible)
        check_text(note, field="note", at_most=services.MAX_DESCRIPTION)
        activity.state = State.CLOSED
        return {"state", "closed_at", "result"}

    return values, [Step(closed or actor.now, "closed_on", "activity.close", put, State.CLOSED, note=note)]


def _results_of(type: ActivityType) -> list[ActivityResult]:
    """Kept on the instance, which is that of all rows of a batch: asked once and not for each row."""
    known: dict[str, list[ActivityResult]] = vars(type)
    if "possible_results" not in known:
        known["possible_results"] = services.results_of(type)
    return known["possible_results"]


def note_notices(activities: Sequence[Activity], actor: Actor) -> None:
    """What the assignees are not told of stands in the ledger, with the reason."""
    Notice.objects.bulk_create(
        plan(one.record, one.assignee, Reason.ASSIGNED, actor=actor, why_not=suppression(one.assignee, actor))
        for one in activities
        if one.assignee is not None
    )


IMPORTING = Importing(
    draft=services.draft_activity,
    fields=fields,
    life=life,
    born=note_notices,
    synonyms={
        "subject": ("title", "name", "task", "summary", "título", "tarea", "nombre"),
        "type": ("activity type", "tipo de actividad"),
        "assignee": ("assigned to", "owner", "responsable", "asignado", "asignada a"),
        "start_at": ("start date", "fecha", "date", "fecha de inicio", "comienzo"),
        "end_at": ("due", "due date", "end date", "deadline", "vencimiento", "fecha de fin", "fecha límite"),
        "state": ("status",),
        "closed_on": ("closed", "closed at", "completed", "completed date", "fecha de cierre", "finalizada"),
        "party": ("account", "customer", "company", "cliente", "empresa", "tercero"),
        "place": ("location", "lugar"),
        "description": ("notes", "details", "notas", "observaciones", "comentarios"),
        "result": ("outcome",),
        "origin": ("related to", "relacionado con"),
    },
    words={
        "state": lambda: {
            "open": "new",
            "abierta": "new",
            "pendiente": "new",
            "done": "closed",
            "hecha": "closed",
            "completed": "closed",
            "completada": "closed",
            "en curso": "in_progress",
        }
    },
)
