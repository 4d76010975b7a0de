"""The declaration of the opportunity, and how it is told."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from hilvan.parties.kind import card_of_people
from hilvan.parties.services import why_blocked
from hilvan.people.models import User
from hilvan.records.kinds import Column, Fact, Kind, Prefilled, Start, State, Verb, kinds
from hilvan.records.models import Record
from hilvan.records.presentation import reference
from hilvan.records.services import contact_of

from . import services
from .forms import LoseForm, OpportunityForm, ReopenForm
from .models import Opportunity, Stage
from .schemas import Loss, OpportunityFields, Reopening

TONES = {
    Stage.QUALIFICATION: "new",
    Stage.PROPOSAL: "progress",
    Stage.NEGOTIATION: "progress",
    Stage.WON: "good",
    Stage.LOST: "bad",
}
STATES = {stage.value: State(stage.value, stage.label, TONES[stage]) for stage in Stage}


def state_of(opportunity: Opportunity) -> State:
    return STATES[opportunity.stage]


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
    return why_blocked(origin.party)


def describe(opportunity: Opportunity) -> dict[str, Any]:
    amount, day, closed_at = opportunity.expected_amount, opportunity.expected_close_on, opportunity.closed_at
    return {
        "contact": reference(opportunity.contact),
        "stage": opportunity.stage,
        "probability": opportunity.probability,
        "expected_amount": str(amount) if amount is not None else None,
        "expected_close_on": day.isoformat() if day else None,
        "source": opportunity.source,
        "description": opportunity.description,
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
        label = _("Won on") if opportunity.stage == Stage.WON else _("Lost on")
        told.append(Fact(label, timezone.localdate(opportunity.closed_at)))
        told.append(Fact(_("Why it was lost"), opportunity.lost_reason))
    return [fact for fact in told if fact.value]


def money(amount: Decimal | None) -> str:
    """Euros for people: "12.400,00 €"; nothing for None."""
    if amount is None:
        return ""
    return gettext("€%(amount)s") % {"amount": number_format(amount, 2, use_l10n=True, force_grouping=True)}


def percent(value: int) -> str:
    return gettext("%(n)d%%") % {"n": value}


def day(date: dt.date | None) -> str:
    """ "15 dic", with the year where it is not this one."""
    if date is None:
        return ""
    # Translators: date formats of Django's; "b" is the short month in small letters, "M" with a capital.
    this_year, other_year = pgettext("date", "j M"), pgettext("date", "j M Y")
    return date_format(date, this_year if date.year == timezone.localdate().year else other_year)


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
    in_state=lambda code: Q(stage=code),
    facts=facts,
    columns=(
        Column(_("Probability"), lambda opportunity: percent(opportunity.probability), numeric=True),
        Column(_("Amount"), lambda opportunity: money(opportunity.expected_amount), numeric=True),
        Column(_("Expected close"), lambda opportunity: day(opportunity.expected_close_on), numeric=True),
    ),
    related=("contact",),
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
    starts_from={kind: Start(prefill, why_not) for kind in ("customer", "contact", "incident", "activity")},
    prose=("description",),
    contact_card=card_of_people,
)
