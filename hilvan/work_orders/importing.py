"""How work orders come in from tables: those that were done or cancelled with the day on which they were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hilvan.activities.moments import span
from hilvan.people.models import User
from hilvan.records.history import Actor
from hilvan.records.kinds import Importing, Life, Step, kinds
from hilvan.records.models import Record
from hilvan.records.services import put
from hilvan.trade.services import draft_document

from .models import State, WorkOrder
from .services import CHAIN, check_own


def fields(user: User) -> Mapping[str, forms.Field]:
    return {
        "state": forms.ChoiceField(label=_("State"), choices=State.choices),
        "finished_at": forms.DateTimeField(label=_("Finished")),
        "report": forms.CharField(label=_("What was done"), max_length=10_000, widget=forms.Textarea()),
    }


def life(values: dict[str, Any], actor: Actor) -> Life:
    """Born planned; what was begun, done or cancelled became so when it was finished, without that at its import."""
    finished = values.pop("finished_at", None)
    state = values.pop("state", "") or (State.DONE if finished is not None else State.PLANNED)
    if state == State.PLANNED:
        return values, ()

    def turned(order: WorkOrder, actor: Actor) -> set[str]:
        told: dict[str, Any] = {"state": state}
        if state != State.CANCELLED:
            told["begun_at"] = min(order.start_at or actor.now, actor.now)
        if state == State.DONE:
            told["finished_at"] = actor.now
        return put(order, told)

    verb = {State.DONE: "finish", State.CANCELLED: "cancel"}.get(State(state), "start")
    note = gettext("Not told by the imported data.") if state == State.CANCELLED else ""
    return values, [Step(finished or actor.now, "finished_at", f"work_order.{verb}", turned, state, note=note)]


def draft(*, actor: Actor, **values: Any) -> WorkOrder:
    """A planned start or end that is a day is its midnight at the company's place, or the one after it."""
    order = WorkOrder(company=actor.company, record=Record())
    planned = span(values.get("start_at"), values.get("end_at"), actor.company.zone)
    values |= {name: one for name, one in vars(planned).items() if name in values}
    check_own(order, values)
    draft_document(kinds["work_order"], order, actor, parties=CHAIN.parties, fields=values)
    return order


IMPORTING = Importing(
    draft=draft,
    fields=fields,
    life=life,
    synonyms={
        "title": (
            *("subject", "description", "short text", "original short text", "originalshorttext", "asunto"),
            *("descripción", "trabajo", "avería", "texto breve"),
        ),
        "party": ("account", "account name", "company", "empresa", "cliente", "tercero"),
        "owner": ("technician", "assigned to", "operario", "asignado a"),
        "start_at": ("start", "start date", "planned date", "scheduled date", "fecha", "fecha de inicio", "inicio"),
        "end_at": ("end", "end date", "due date", "fecha de fin", "fin"),
        "finished_at": ("finish date", "completed", "completed on", "actual finish", "fecha de cierre", "terminada"),
        "state": ("status", "estado", "situación"),
        "notes": ("comments", "observaciones", "comentarios", "notas"),
        "report": ("work done", "resolution", "trabajo realizado", "solución"),
        "delivery_address": ("address", "location", "dirección", "ubicación"),
        "hourly_rate": ("rate", "hourly rate", "precio hora"),
    },
    words={
        "state": lambda: {
            "open": "planned",
            "scheduled": "planned",
            "abierta": "planned",
            "pendiente": "planned",
            "started": "in_progress",
            "completed": "done",
            "closed": "done",
            "cerrada": "done",
            "terminada": "done",
            "canceled": "cancelled",
            "cancelada": "cancelled",
        }
    },
)
