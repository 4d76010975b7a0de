"""The declaration of the remittance, and how it is told."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hilvan.parties.models import Customer, Scheme
from hilvan.people.models import User
from hilvan.records.kinds import ChildTable, Column, Fact, Kind, Prefilled, Start, State, Verb, kinds
from hilvan.records.models import Record
from hilvan.records.presentation import value
from hilvan.trade.kind import euros

from . import eligible, services
from .forms import CancelForm, CollectForm, RemittanceForm, title_of
from .models import Item, Remittance, RemittanceState
from .schemas import Collection, Reason, RemittanceFields

STATES = {
    state.value: State(state.value, state.label, tone)
    for state, tone in (
        (RemittanceState.DRAFT, "new"),
        (RemittanceState.SENT, "progress"),
        (RemittanceState.COLLECTED, "good"),
        (RemittanceState.CANCELLED, "plain"),
    )
}


def describe(remittance: Remittance) -> dict[str, Any]:
    account = remittance.account
    return {
        "account": account.iban if account else None,
        **{name: value(getattr(remittance, name)) for name in (*services.OWN, "sent_at", "total", "count")},
        "items": [describe_item(item) for item in sorted(remittance.record.remittance_items.all(), key=lambda i: i.pk)],
    }


def describe_item(item: Item) -> dict[str, Any]:
    told = ("receipt", "amount", "iban", "mandate", "sequence", "returned_on", "returned_reason", "void")
    return {name: value(getattr(item, name)) for name in told}


def facts(remittance: Remittance) -> list[Fact]:
    file = reverse("remittance_file", args=[remittance.record.number]) if remittance.file else ""
    told = [
        Fact(_("Total"), euros(remittance.total)),
        Fact(_("Receipts"), remittance.count),
        Fact(_("To be collected on"), remittance.collect_on),
        Fact(_("Bank account"), remittance.account),
        Fact(_("File for the bank"), file_name(remittance) if file else "", file),
    ]
    return [fact for fact in told if fact.value]


def file_name(remittance: Remittance) -> str:
    return f"{remittance.record.number}.xml"


def prefill(origin: Record, user: User) -> dict[str, Prefilled]:
    """The receipt; the scheme of its customer's mandate, since all of a file have the same."""
    source = kinds[origin.kind].from_label
    account = services.usual_account(user.company)
    customer: Customer | None = getattr(origin.party, "as_customer", None)
    values = {
        "receipts": Prefilled([origin], source),
        "scheme": Prefilled((customer.mandate_scheme if customer else "") or Scheme.CORE, _("from its mandate")),
        "owner": Prefilled(user, _("because you create it")),
    }
    day = services.first_day(account, timezone.localdate())
    values["collect_on"] = Prefilled(day, _("the first day on which the bank can collect"))
    values["title"] = Prefilled(title_of(day), _("by its day"))
    if account is not None:
        values["account"] = Prefilled(account, _("because it is the first one of ours"))
    return values


def why_not(origin: Record, user: User) -> str:
    """Why a receipt can't be collected by a remittance now."""
    customer: Customer | None = getattr(origin.party, "as_customer", None)
    once = [customer.mandate_reference] if customer is not None and customer.mandate_once else []
    return eligible.why_not(origin.as_receipt, customer, eligible.used_mandates(user.company, once) if once else ())


REMITTANCE = Kind(
    name="remittance",
    model=Remittance,
    label=_("Remittance"),
    label_plural=_("Remittances"),
    new_label=_("New remittance"),
    from_label=_("from the remittance"),
    icon="building-bank",
    prefix="REM",
    path="remittances",
    section=_("Treasury"),
    position=310,
    create=services.create_remittance,
    change=services.change_remittance,
    form=RemittanceForm,
    schema=RemittanceFields,
    describe=describe,
    state_of=lambda remittance: STATES[remittance.state],
    states=STATES,
    in_state=lambda code: Q(state=code),
    facts=facts,
    columns=(
        Column(_("To be collected on"), lambda remittance: remittance.collect_on, numeric=True, of="collect_on"),
        Column(_("Bank account"), lambda remittance: remittance.account, of="account"),
        Column(_("Receipts"), lambda remittance: remittance.count, numeric=True),
        Column(_("Total"), lambda remittance: euros(remittance.total), numeric=True),
    ),
    related=("account",),
    collected=("remittance_items__receipt",),
    verbs=(
        Verb(
            name="send",
            label=_("Make the file and send it"),
            icon="send",
            run=services.send_remittance,
            offered=lambda remittance: remittance.state == RemittanceState.DRAFT,
        ),
        Verb(
            name="collect",
            label=_("Collected…"),
            icon="coins",
            run=services.collect_remittance,
            offered=lambda remittance: remittance.state == RemittanceState.SENT,
            form=CollectForm,
            schema=Collection,
        ),
        Verb(
            name="cancel",
            label=_("Cancel…"),
            icon="circle-x",
            run=services.cancel_remittance,
            offered=lambda remittance: remittance.state in (RemittanceState.DRAFT, RemittanceState.SENT),
            form=CancelForm,
            schema=Reason,
        ),
    ),
    starts_from={"receipt": Start(prefill, why_not, gathers="receipts")},
    child_tables=(ChildTable(Item, "record_id"),),
    bookkeeping=frozenset({"file"}),
    prose=("notes",),
)
