"""The declaration of the opportunity, and how it is told."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hilvan.parties.kind import card_of_people
from hilvan.people.models import Company, User
from hilvan.records.kinds import Column, Fact, Kind, Prefilled, Start, State, Verb, kinds
from hilvan.records.models import Record
from hilvan.records.presentation import reference
from hilvan.records.services import contact_of
from hilvan.trade.services import why_blocked

from . import services
from .board import BOARD, PIPELINE, as_state
from .forms import LoseForm, OpportunityForm, ReopenForm
from .importing import IMPORTING
from .models import STAGE_NAMES, WON, Opportunity, Stage
from .pipelines import FIRST_ENDS, FIRST_STAGES, set_up_company
from .schemas import Loss, OpportunityFields, Reopening
from .words import day, money, percent

STATES = {code: State(code, STAGE_NAMES[code], tone) for code, _probability, tone in (*FIRST_STAGES, *FIRST_ENDS)}


def state_of(opportunity: Opportunity) -> State:
    return as_state(opportunity.standing)


def states_of(company: Company) -> dict[str, State]:
    """The open stages in the order of their pipelines, then the two ends."""
    ends = Stage.objects.filter(company=company.pk, pipeline=None).order_by("position")
    return {stage.code: as_state(stage) for stage in (*services.open_stages(company).values(), *ends)}


def stage_names(company: Company) -> dict[str, str]:
    return {stage.code: str(stage) for stage in Stage.objects.filter(company=company.pk)}


def prefill(origin: Record, user: User) -> dict[str, Prefilled]:
    """The customer and its salesperson, the contact, and what an incident or an activity is about."""
    source = kinds[origin.kind].from_label
    values = {"owner": Prefilled(user, _("because you create it"))}
    customer = origin.party
    if customer is not None and customer.kind == "customer":
        values["party"] = Prefilled(customer, source)
        if customer.owner is not None and customer.owner.is_active:
            values["owner"] = Prefilled(customer.owner, kinds["customer"].from_label)
    if contact := contact_of(origin):
        values["contact"] = Prefilled(contact, source)
    if not (origin.declaration.is_party or origin.declaration.is_contact):
        values["title"] = Prefilled(origin.title, source)
    return values


def why_not(origin: Record, user: User) -> str:
    return why_blocked(origin.party, as_read=True)


def describe(opportunity: Opportunity) -> dict[str, Any]:
    amount, closes_on, closed_at = opportunity.expected_amount, opportunity.expected_close_on, opportunity.closed_at
    return {
        "contact": reference(opportunity.contact),
        "stage": opportunity.stage,
        "pipeline": opportunity.pipeline.code if opportunity.pipeline else None,
        "probability": opportunity.probability,
        "expected_amount": str(amount) if amount is not None else None,
        "expected_close_on": closes_on.isoformat() if closes_on else None,
        "source": opportunity.source,
        "description": opportunity.description,
        "lost_cause": opportunity.lost_cause.code if opportunity.lost_cause else "",
        "lost_reason": opportunity.lost_reason,
        "closed_at": closed_at.isoformat() if closed_at else None,
    }


def facts(opportunity: Opportunity) -> list[Fact]:
    """How likely, how much and until when; once it has ended, when and why."""
    told = [Fact(_("Amount"), money(opportunity.expected_amount))]
    if opportunity.closed_at is None:
        told.insert(0, Fact(_("Probability"), percent(opportunity.probability)))
        told.append(Fact(_("Expected close"), day(opportunity.expected_close_on)))
    else:
        label = _("Won on") if opportunity.stage == WON else _("Lost on")
        told.append(Fact(label, timezone.localdate(opportunity.closed_at)))
        told.append(Fact(_("Why it was lost"), why_lost(opportunity)))
    return [fact for fact in told if fact.value]


def why_lost(opportunity: Opportunity) -> str:
    """The reason chosen and that in words."""
    return ": ".join(str(part) for part in (opportunity.lost_cause, opportunity.lost_reason) if part)


OPPORTUNITY = Kind(
    name="opportunity",
    model=Opportunity,
    label=_("Opportunity"),
    label_plural=_("Opportunities"),
    new_label=_("New opportunity"),
    from_label=_("from the opportunity"),
    icon="trending-up",
    prefix="OPO",
    path="opportunities",
    section=_("CRM"),
    position=20,
    shortcut="o",
    create=services.create_opportunity,
    change=services.change_opportunity,
    form=OpportunityForm,
    schema=OpportunityFields,
    describe=describe,
    state_of=state_of,
    states=STATES,
    own_states=states_of,
    named={"stage": stage_names, "ended_from": stage_names},
    in_state=lambda code: Q(stage=code),
    facts=facts,
    columns=(
        Column(_("Probability"), lambda opportunity: percent(opportunity.probability), numeric=True, of="probability"),
        Column(_("Amount"), lambda opportunity: money(opportunity.expected_amount), numeric=True, of="expected_amount"),
        Column(
            _("Expected close"),
            lambda opportunity: day(opportunity.expected_close_on),
            numeric=True,
            of="expected_close_on",
        ),
    ),
    filters=(PIPELINE,),
    board=BOARD,
    related=("contact", "standing__pipeline", "left__pipeline", "lost_cause"),
    verbs=(
        Verb(
            name="win",
            label=_("Won"),
            icon="trophy",
            run=services.win_opportunity,
            offered=lambda opportunity: opportunity.is_open,
        ),
        Verb(
            name="lose",
            label=_("Lost…"),
            icon="circle-x",
            run=services.lose_opportunity,
            offered=lambda opportunity: opportunity.is_open,
            form=LoseForm,
            schema=Loss,
        ),
        Verb(
            name="reopen",
            label=_("Reopen…"),
            icon="arrow-back-up",
            run=services.reopen_opportunity,
            offered=lambda opportunity: not opportunity.is_open,
            form=ReopenForm,
            schema=Reopening,
        ),
    ),
    starts_from={
        kind: Start(prefill, why_not) for kind in ("customer", "contact", "incident", "activity", "product", "external")
    },
    prose=("description",),
    contact_card=card_of_people,
    set_up_company=set_up_company,
    importing=IMPORTING,
)
