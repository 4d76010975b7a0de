"""The declaration of the quote, and how it is told."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hilvan.people.models import User
from hilvan.records.kinds import Column, Fact, Kind, Prefilled, Start, Verb, kinds
from hilvan.records.kinds import State as Standing
from hilvan.records.models import Record
from hilvan.records.presentation import reference, value
from hilvan.trade import kind as trade

from . import printing, services
from .forms import QuoteForm, RejectForm, ReopenForm
from .models import Quote, State
from .schemas import QuoteFields, Reason

TONES = {
    State.DRAFT: "new",
    State.SENT: "progress",
    State.ACCEPTED: "good",
    State.REJECTED: "bad",
    State.REPLACED: "plain",
}
STATES = {state.value: Standing(state.value, state.label, TONES[state]) for state in State}
EXPIRED = Standing("expired", _("Expired"), "warn")
"""How a sent one stands when its last day has passed: no service need have noticed."""


def has_expired(quote: Quote) -> bool:
    return quote.state == State.SENT and quote.valid_until is not None and quote.valid_until < trade.today(quote.record)


def state_of(quote: Quote) -> Standing:
    return EXPIRED if has_expired(quote) else STATES[quote.state]


def describe(quote: Quote) -> dict[str, Any]:
    return {
        **trade.describe(quote),
        "valid_until": value(quote.valid_until),
        "version": quote.version,
        "replaces": reference(quote.replaces),
        "sent_on": value(quote.sent_on),
        "answered_on": value(quote.answered_on),
        "rejected_reason": quote.rejected_reason,
    }


def facts(quote: Quote) -> list[Fact]:
    told = [
        *trade.facts(quote),
        Fact(_("Valid until"), quote.valid_until),
        Fact(_("Version"), quote.version if quote.version > 1 else ""),
        Fact(_("Why it was rejected"), quote.rejected_reason),
    ]
    return [fact for fact in told if fact.value]


def prefill(origin: Record, user: User) -> dict[str, Prefilled]:
    return trade.start(kinds["quote"], origin, user)


def why_no_version(origin: Record, user: User) -> str:
    """Only what the customer has seen, and has not accepted, gets a new version."""
    state = origin.as_quote.state
    if state == State.DRAFT:
        return gettext("It is a draft: change it instead.")
    if state == State.ACCEPTED:
        return gettext("It has been accepted.")
    if state == State.REPLACED:
        return gettext("It has been replaced by a new version.")
    return trade.why_no_party(origin, user)


QUOTE = Kind(
    name="quote",
    model=Quote,
    label=_("Quote"),
    label_plural=_("Quotes"),
    new_label=_("New quote"),
    from_label=_("from the quote"),
    icon="file-text",
    prefix="PRE",
    path="quotes",
    section=_("Sales"),
    position=100,
    shortcut="p",
    create=services.create_quote,
    change=services.change_quote,
    form=QuoteForm,
    schema=QuoteFields,
    describe=describe,
    state_of=state_of,
    states={**STATES, EXPIRED.code: EXPIRED},
    in_state=lambda code: Q(state=code) if code != EXPIRED.code else Q(state=State.SENT),
    facts=facts,
    sheet=printing.sheet,
    columns=(trade.DATED, Column(_("Valid until"), lambda quote: quote.valid_until, numeric=True), trade.TOTAL),
    related=(*trade.RELATED, "replaces"),
    collected=trade.COLLECTED,
    verbs=(
        Verb(
            name="send",
            label=_("Mark as sent"),
            icon="mail",
            run=services.send_quote,
            offered=lambda quote: quote.state == State.DRAFT,
        ),
        Verb(
            name="accept",
            label=_("Accepted"),
            icon="check",
            run=services.accept_quote,
            offered=lambda quote: quote.state in (State.DRAFT, State.SENT),
        ),
        Verb(
            name="reject",
            label=_("Rejected…"),
            icon="circle-x",
            run=services.reject_quote,
            offered=lambda quote: quote.state in (State.DRAFT, State.SENT),
            form=RejectForm,
            schema=Reason,
        ),
        Verb(
            name="reopen",
            label=_("Reopen…"),
            icon="arrow-back-up",
            run=services.reopen_quote,
            offered=lambda quote: quote.state in (State.SENT, State.ACCEPTED, State.REJECTED),
            form=ReopenForm,
            schema=Reason,
        ),
    ),
    starts_from={
        **{
            kind: Start(prefill, trade.why_no_party)
            for kind in (
                "customer",
                "contact",
                "opportunity",
                "incident",
                "activity",
                "product",
                "work_order",
                "external",
            )
        },
        "quote": Start(prefill, why_no_version, label=_("New version")),
    },
    child_tables=(trade.LINES,),
    in_panels=trade.IN_PANELS,
    bookkeeping=trade.BOOKKEEPING,
    known_by=("reference", "billing_tax_id"),
    prose=("notes",),
)
