"""The declaration of the customer, and how it is told."""

from __future__ import annotations

import re
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hilvan.records.kinds import Column, ContactCard, Fact, Kind, State, Verb, kinds
from hilvan.records.models import Record

from . import services
from .forms import BlockForm, CustomerForm
from .identifiers import SPAIN
from .models import Customer
from .schemas import Blocking, CustomerFields

STATES = {
    "active": State("active", _("Active"), "plain"),
    "blocked": State("blocked", _("Blocked"), "bad"),
}


def state_of(customer: Customer) -> State:
    return STATES["blocked" if customer.blocked else "active"]


def in_state(code: str) -> Q:
    return Q(blocked=code == "blocked")


def describe(customer: Customer) -> dict[str, Any]:
    return {name: getattr(customer, name) for name in (*services.OWN, "country", "blocked", "blocked_reason")}


def facts(customer: Customer) -> list[Fact]:
    """What it is blocked for, and how to reach it."""
    phone = re.sub(r"[^\d+]", "", customer.phone)
    told = [
        Fact(_("Blocked"), customer.blocked_reason),
        Fact(_("Telephone"), customer.phone, f"tel:{phone}" if phone else ""),
        Fact(_("E-mail"), customer.email, f"mailto:{customer.email}"),
    ]
    return [fact for fact in told if fact.value]


def address_of(customer: Customer) -> str:
    """The postal address in one line: "Calle Mayor 1, 50001 Zaragoza"; outside Spain with the country's code."""
    place = f"{customer.postal_code} {customer.city}".strip()
    province = customer.province if customer.province.casefold() != customer.city.casefold() else ""
    country = customer.country if customer.country != SPAIN else ""
    lines = [customer.address, place, province]
    return ", ".join(line for line in [*lines, country if any(lines) else ""] if line)


def contact_card(record: Record) -> ContactCard:
    customer: Customer = record.as_customer
    return ContactCard(record.title, customer.phone, customer.email, address_of(customer))


def card_of_party(record: Record) -> ContactCard | None:
    """How to reach the party of a record."""
    return kinds[record.party.kind].contact_card(record.party) if record.party else None


CUSTOMER = Kind(
    name="customer",
    model=Customer,
    label=_("Customer"),
    label_plural=_("Customers"),
    new_label=_("New customer"),
    from_label=_("from the customer"),
    icon="building",
    prefix="CLI",
    path="customers",
    section=_("CRM"),
    position=40,
    create=services.create_customer,
    change=services.change_customer,
    form=CustomerForm,
    schema=CustomerFields,
    describe=describe,
    state_of=state_of,
    states=STATES,
    in_state=in_state,
    facts=facts,
    columns=(
        Column(_("Tax identifier"), lambda customer: customer.tax_id),
        Column(_("City"), lambda customer: customer.city),
        Column(_("Telephone"), lambda customer: customer.phone),
        Column(_("E-mail"), lambda customer: customer.email),
    ),
    verbs=(
        Verb(
            name="block",
            label=_("Block…"),
            icon="lock",
            run=services.block_customer,
            offered=lambda customer: not customer.blocked,
            form=BlockForm,
            schema=Blocking,
        ),
        Verb(
            name="unblock",
            label=_("Unblock"),
            icon="arrow-back-up",
            run=services.unblock_customer,
            offered=lambda customer: customer.blocked,
        ),
    ),
    contact_card=contact_card,
    is_party=True,
)
