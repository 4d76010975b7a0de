"""The declarations of the customer and the contact, and how they are told."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hilvan.people.identifiers import SPAIN
from hilvan.people.models import User
from hilvan.records.kinds import Column, ContactCard, Fact, Kind, Prefilled, Start, State, Verb, kinds
from hilvan.records.models import Record
from hilvan.records.services import contact_of
from hilvan.web.links import call_url, map_url, write_url

from . import services
from .forms import BlockForm, ContactForm, CustomerForm
from .models import Consent, Contact, Customer
from .schemas import Blocking, ContactFields, CustomerFields

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
    told = [
        Fact(_("Blocked"), customer.blocked_reason),
        Fact(_("Telephone"), customer.phone, call_url(customer.phone)),
        Fact(_("E-mail"), customer.email, write_url(customer.email)),
    ]
    return [fact for fact in told if fact.value]


def ways(customer: Customer) -> dict[str, str]:
    return {
        "phone": call_url(customer.phone),
        "email": write_url(customer.email),
        "website": customer.website,
        "address": map_url(address_of(customer)),
    }


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


def card_of_people(record: Record) -> ContactCard | None:
    """How to reach the people of a record: its contact, else its party."""
    for one in (contact_of(record), record.party):
        if one is not None:
            return one.declaration.contact_card(one)
    return None


def describe_contact(contact: Contact) -> dict[str, Any]:
    since = contact.consent_since
    own = {name: getattr(contact, name) for name in services.OWN_OF_CONTACT}
    return {**own, "consent_since": since.isoformat() if since else None}


def facts_of_contact(contact: Contact) -> list[Fact]:
    """What it is there, how to reach it, and that it is not to be written to."""
    refused = contact.get_consent_display() if contact.consent == Consent.NO else ""
    told = [
        Fact(_("Job title"), contact.position),
        Fact(_("Mobile"), contact.mobile, call_url(contact.mobile)),
        Fact(_("Telephone"), contact.phone, call_url(contact.phone)),
        Fact(_("E-mail"), contact.email, write_url(contact.email)),
        Fact(_("May be written to"), refused),
    ]
    return [fact for fact in told if fact.value]


def ways_to_contact(contact: Contact) -> dict[str, str]:
    return {
        "phone": call_url(contact.phone),
        "mobile": call_url(contact.mobile),
        "email": write_url(contact.email),
    }


def card_of_contact(record: Record) -> ContactCard:
    """The person's own telephone and e-mail; where it has none, those of its party, as its address is."""
    contact: Contact = record.as_contact
    party = kinds[record.party.kind].contact_card(record.party) if record.party else None
    phone, email = contact.mobile or contact.phone, contact.email
    if party is None:
        return ContactCard(record.title, phone, email)
    return ContactCard(record.title, phone or party.phone, email or party.email, party.address)


def prefill_contact(origin: Record, user: User) -> dict[str, Prefilled]:
    """The party and who looks after it."""
    source = kinds[origin.kind].from_label
    values = {"party": Prefilled(origin, source), "owner": Prefilled(user, _("because you create it"))}
    if origin.owner is not None and origin.owner.is_active:
        values["owner"] = Prefilled(origin.owner, source)
    return values


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
    ways=ways,
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
    known_by=("tax_id", "phone", "email", "website"),
    prose=("address", "city", "notes"),
    contact_card=contact_card,
    is_party=True,
)

CONTACT = Kind(
    name="contact",
    model=Contact,
    label=_("Contact"),
    label_plural=_("Contacts"),
    new_label=_("New contact"),
    from_label=_("from the contact"),
    icon="id",
    prefix="CON",
    path="contacts",
    section=_("CRM"),
    position=45,
    shortcut="t",
    create=services.create_contact,
    change=services.change_contact,
    form=ContactForm,
    schema=ContactFields,
    describe=describe_contact,
    facts=facts_of_contact,
    ways=ways_to_contact,
    columns=(
        Column(_("Job title"), lambda contact: contact.position),
        Column(_("Telephone"), lambda contact: contact.mobile or contact.phone),
        Column(_("E-mail"), lambda contact: contact.email),
    ),
    starts_from={"customer": Start(prefill_contact)},
    known_by=("phone", "mobile", "email"),
    prose=("position", "department", "notes"),
    contact_card=card_of_contact,
    is_contact=True,
)
