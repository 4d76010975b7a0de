"""The declarations of the customer, the supplier and the contact, and how they are told."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hilvan.people.identifiers import SPAIN
from hilvan.people.models import User
from hilvan.records.kinds import Column, ContactCard, Fact, Kind, Prefilled, Start, State, Verb, kinds
from hilvan.records.models import Record
from hilvan.records.presentation import reference, value
from hilvan.records.services import contact_of
from hilvan.trade.services import set_up_terms
from hilvan.web.links import call_url, map_url, record_url, write_url

from . import services
from .countries import countries
from .forms import BlockForm, ContactForm, CustomerForm, SupplierForm
from .importing import CONTACTS, CUSTOMERS, SUPPLIERS
from .models import Consent, Contact, Customer, Party, Supplier
from .schemas import Blocking, ContactFields, CustomerFields, SupplierFields

STATES = {
    "active": State("active", _("Active"), "plain"),
    "blocked": State("blocked", _("Blocked"), "bad"),
}


def state_of(party: Party) -> State:
    return STATES["blocked" if party.blocked else "active"]


def in_state(code: str) -> Q:
    return Q(blocked=code == "blocked")


def describe(party: Party) -> dict[str, Any]:
    told = {name: value(getattr(party, name)) for name in (*services.OWN, "country", "blocked", "blocked_reason")}
    return {**told, "terms": party.terms.name if party.terms else None}


def describe_customer(customer: Customer) -> dict[str, Any]:
    return {**describe(customer), **{name: value(getattr(customer, name)) for name in services.DEBIT}}


def describe_supplier(supplier: Supplier) -> dict[str, Any]:
    return {**describe(supplier), "same_as": reference(supplier.same_as)}


def facts(party: Party) -> list[Fact]:
    """What it is blocked for, and how to reach it."""
    told = [
        Fact(_("Blocked"), party.blocked_reason),
        Fact(_("Telephone"), party.phone, call_url(party.phone)),
        Fact(_("E-mail"), party.email, write_url(party.email)),
    ]
    return [fact for fact in told if fact.value]


def facts_of_customer(customer: Customer) -> list[Fact]:
    supplier = Supplier.objects.filter(same_as=customer.pk).select_related("record").first()
    return [*facts(customer), *also(_("Also a supplier"), supplier.record if supplier else None)]


def facts_of_supplier(supplier: Supplier) -> list[Fact]:
    return [*facts(supplier), *also(_("Also a customer"), supplier.same_as)]


def also(label: Any, record: Record | None) -> list[Fact]:
    return [Fact(label, record.number, record_url(record.kind, record.number))] if record is not None else []


def ways(party: Party) -> dict[str, str]:
    return {
        "phone": call_url(party.phone),
        "email": write_url(party.email),
        "website": party.website,
        "address": map_url(address_of(party)),
    }


def address_of(party: Party) -> str:
    """The postal address in one line: "Calle Mayor 1, 50001 Zaragoza"; outside Spain with the country's code."""
    place = f"{party.postal_code} {party.city}".strip()
    province = party.province if party.province.casefold() != party.city.casefold() else ""
    country = party.country if party.country != SPAIN else ""
    lines = [party.address, place, province]
    return ", ".join(line for line in [*lines, country if any(lines) else ""] if line)


def contact_card(record: Record) -> ContactCard:
    party: Party = getattr(record, record.declaration.accessor)
    return ContactCard(record.title, party.phone, party.email, address_of(party))


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
        return ContactCard(record.title, phone, email, language=contact.language)
    return ContactCard(
        record.title, phone or party.phone, email or party.email, party.address, language=contact.language
    )


def prefill_contact(origin: Record, user: User) -> dict[str, Prefilled]:
    """The party and who looks after it."""
    source = kinds[origin.kind].from_label
    values = {"party": Prefilled(origin, source), "owner": Prefilled(user, _("because you create it"))}
    if origin.owner is not None and origin.owner.is_active:
        values["owner"] = Prefilled(origin.owner, source)
    return values


COMMON: dict[str, Any] = {
    "state_of": state_of,
    "states": STATES,
    "in_state": in_state,
    "ways": ways,
    "columns": (
        Column(_("Tax identifier"), lambda party: party.tax_id, of="tax_id"),
        Column(_("City"), lambda party: party.city, of="city"),
        Column(_("Telephone"), lambda party: party.phone, of="phone"),
        Column(_("E-mail"), lambda party: party.email, of="email"),
    ),
    "named": {"country": lambda company: dict(countries())},
    "known_by": ("tax_id", "phone", "email", "website"),
    "prose": ("address", "city", "notes"),
    "contact_card": contact_card,
    "is_party": True,
}
BLOCKING = (
    Verb(
        name="block",
        label=_("Block…"),
        icon="lock",
        run=services.block,
        offered=lambda party: not party.blocked,
        form=BlockForm,
        schema=Blocking,
    ),
    Verb(
        name="unblock",
        label=_("Unblock"),
        icon="arrow-back-up",
        run=services.unblock,
        offered=lambda party: party.blocked,
    ),
)

CUSTOMER = Kind(
    **COMMON,
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
    describe=describe_customer,
    facts=facts_of_customer,
    related=("terms",),
    verbs=(
        *BLOCKING,
        Verb(
            name="make_supplier",
            label=_("Make it a supplier, too"),
            icon="truck",
            run=services.make_supplier,
            offered=lambda customer: not Supplier.objects.filter(same_as=customer.pk).exists(),
        ),
    ),
    set_up_company=set_up_terms,
    importing=CUSTOMERS,
)

SUPPLIER = Kind(
    **COMMON,
    name="supplier",
    model=Supplier,
    label=_("Supplier"),
    label_plural=_("Suppliers"),
    new_label=_("New supplier"),
    from_label=_("from the supplier"),
    icon="truck",
    prefix="PRO",
    path="suppliers",
    section=_("Purchases"),
    position=200,
    create=services.create_supplier,
    change=services.change_supplier,
    form=SupplierForm,
    schema=SupplierFields,
    describe=describe_supplier,
    facts=facts_of_supplier,
    related=("terms", "same_as"),
    verbs=(
        *BLOCKING,
        Verb(
            name="make_customer",
            label=_("Make it a customer, too"),
            icon="building",
            run=services.make_customer,
            offered=lambda supplier: supplier.same_as_id is None,
        ),
    ),
    importing=SUPPLIERS,
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
        Column(_("Job title"), lambda contact: contact.position, of="position"),
        Column(_("Telephone"), lambda contact: contact.mobile or contact.phone, of="phone"),
        Column(_("E-mail"), lambda contact: contact.email, of="email"),
    ),
    starts_from={"customer": Start(prefill_contact), "supplier": Start(prefill_contact)},
    known_by=("phone", "mobile", "email"),
    prose=("position", "department", "notes"),
    contact_card=card_of_contact,
    is_contact=True,
    importing=CONTACTS,
)
