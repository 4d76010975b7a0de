"""How opportunities come in from tables: the won and the lost ones with the day on which they were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hilvan.people.models import User
from hilvan.records.history import Actor
from hilvan.records.kinds import Importing, Life, Step
from hilvan.records.services import clean

from . import services
from .models import ENDS, LOST, WON, Opportunity, Stage


def fields(user: User) -> Mapping[str, forms.Field]:
    return {
        "stage": forms.ChoiceField(label=_("Stage"), choices=stages(user)),
        "closed_on": forms.DateTimeField(label=_("Won or lost on")),
        "lost_reason": forms.CharField(label=_("Why it was lost"), max_length=300),
    }


def stages(user: User) -> list[tuple[str, str]]:
    """All in which an opportunity can stand, those that end it too, with their names."""
    return [
        (stage.code, str(stage)) for stage in Stage.objects.filter(company=user.company_id).order_by("position", "id")
    ]


def life(values: dict[str, Any], actor: Actor) -> Life:
    """Born open; what was won or lost became so on its day, without one at its import.

    Other programs have one column for when it was closed and when it is to be: of an open one it is what is expected.
    """
    closed, reason = values.pop("closed_on", None), values.pop("lost_reason", "")
    stage = values.get("stage", "")
    if stage not in ENDS:
        if closed is not None and values.get("expected_close_on") is None:
            values["expected_close_on"] = getattr(closed, "date", lambda: closed)()
        return values, ()
    del values["stage"]
    values.pop("probability", None)
    lost_reason = (reason or gettext("Not told by the imported data.")) if stage == LOST else ""

    def put(opportunity: Opportunity, actor: Actor) -> set[str]:
        changed = services.put_end(opportunity, stage, closed_at=actor.now, lost_reason=lost_reason)
        clean(opportunity, "lost_reason")
        return changed

    verb = "opportunity.win" if stage == WON else "opportunity.lose"
    return values, [Step(closed or actor.now, "closed_on", verb, put, stage, note=lost_reason)]


def draft(*, actor: Actor, **fields: Any) -> Opportunity:
    """The stages are kept on the company's instance, which is that of all rows of a batch: asked once."""
    known: dict[str, Any] = vars(actor.company)
    if "open_stages" not in known:
        known["open_stages"] = services.open_stages(actor.company)
    return services.draft_opportunity(actor=actor, stages=known["open_stages"], **fields)


IMPORTING = Importing(
    draft=draft,
    fields=fields,
    life=life,
    synonyms={
        "title": (
            *("opportunity", "opportunity name", "deal", "deal name", "name", "subject", "oportunidad", "nombre"),
            *("título", "asunto", "concepto", "product", "producto", "artículo"),
        ),
        "party": ("account", "account name", "company", "company name", "empresa", "tercero"),
        "stage": ("deal stage", "status", "state", "estado", "fase"),
        "closed_on": ("close date", "closed date", "closing date", "fecha de cierre", "cierre", "cerrada"),
        "expected_close_on": ("expected close date", "expected closing", "cierre previsto", "fecha prevista de cierre"),
        "expected_amount": ("amount", "close value", "value", "deal value", "importe", "valor", "revenue"),
        "probability": ("probability", "probabilidad"),
        "owner": (
            *("opportunity owner", "deal owner", "sales agent", "salesperson", "agente", "vendedor", "comercial"),
        ),
        "lost_reason": ("loss reason", "motivo de pérdida", "motivo"),
        "created_at": ("engage date",),
        "source": ("lead source", "origen"),
        "description": ("notes", "notas", "observaciones", "comentarios"),
    },
    words={
        "stage": lambda: {
            "prospecting": "qualification",
            "new": "qualification",
            "qualified": "qualification",
            "engaging": "proposal",
            "proposition": "proposal",
            "proposal/price quote": "proposal",
            "negotiation/review": "negotiation",
            "closed won": "won",
            "closed lost": "lost",
        }
    },
)
