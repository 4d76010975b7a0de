"""Every change of a customer or a contact. Pages, API, imports and tests call these."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from typing import TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from hilvan.people.identifiers import check_country, check_postal_code, check_tax_id
from hilvan.people.models import Team, User
from hilvan.records.history import Actor, acting
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from hilvan.records.services import bear, check_all, check_head, clean, put, refuse, required_text, save, take

from .duplicates import refuse_duplicates
from .models import Consent, Contact, Customer

OWN_OF_CONTACT = (
    "position", "department", "phone", "mobile", "email", "language", "consent", "consent_since", "notes"
)  # fmt: skip
OWN = ("tax_id", "phone", "email", "website", "address", "postal_code", "city", "province", "notes")


class Fields(TypedDict, total=False):
    """What a person can set on a customer, at birth and later. ``title`` is its name, ``owner`` its salesperson."""

    title: str
    owner: User | None
    team: Team | None
    tax_id: str
    phone: str
    email: str
    website: str
    address: str
    postal_code: str
    city: str
    province: str
    country: str
    notes: str


@transaction.atomic
def create_customer(
    *,
    actor: Actor,
    origin: Record | None = None,
    ref: str = "",
    allow_duplicate: bool = True,
    **fields: Unpack[Fields],
) -> Record:
    """A new customer. Without ``allow_duplicate`` one that may be there already is refused: pages ask so.

    Raises ``ValidationError`` (by field), ``PermissionDenied``, and ``MayExist`` where only this stands in the way.
    """
    customer = Customer(company=actor.company, record=Record())
    _check(customer, actor, put(customer, fields))
    bear(kinds["customer"], customer, actor, origin=origin, ref=ref)
    if not allow_duplicate:  # the last question: all else is right
        refuse_duplicates(actor, name=customer.record.title, tax_id=customer.tax_id, but=customer.record)
    return customer.record


@transaction.atomic
def change_customer(
    record: Record, *, actor: Actor, allow_duplicate: bool = True, **fields: Unpack[Fields]
) -> Customer:
    """Set some fields.

    Raises ``ValidationError`` (by field), ``PermissionDenied``, and ``MayExist`` for a new name or tax identifier.
    """
    customer = take(record, Customer, actor)
    changed = put(customer, fields)
    _check(customer, actor, changed)
    if not allow_duplicate:
        refuse_duplicates(
            actor,
            name=customer.record.title if "title" in changed else "",
            tax_id=customer.tax_id if "tax_id" in changed else "",
            but=record,
        )
    if "country" in changed:
        changed |= {"tax_id", "postal_code"}
    acting(actor, "customer.change")
    save(customer, changed)
    return customer


@transaction.atomic
def block_customer(record: Record, *, actor: Actor, reason: str) -> Customer:
    """Nothing new is to be sold to this customer. Raises ``ValidationError`` (by field) and ``PermissionDenied``."""
    customer = take(record, Customer, actor)
    if customer.blocked:
        raise ValidationError(_("The customer is blocked already."), code="not_now")
    customer.blocked = True
    customer.blocked_reason = required_text(reason, missing=_("Say why it is blocked."), at_most=300)
    acting(actor, "customer.block", note=customer.blocked_reason)
    save(customer, {"blocked", "blocked_reason"})
    return customer


@transaction.atomic
def unblock_customer(record: Record, *, actor: Actor) -> Customer:
    """One may sell to this customer again. Raises ``ValidationError`` and ``PermissionDenied``."""
    customer = take(record, Customer, actor)
    if not customer.blocked:
        raise ValidationError(_("The customer is not blocked."), code="not_now")
    customer.blocked, customer.blocked_reason = False, ""
    acting(actor, "customer.unblock")
    save(customer, {"blocked", "blocked_reason"})
    return customer


class ContactFields(TypedDict, total=False):
    """What a person can set on a contact, at birth and later. ``title`` is its name, ``party`` its customer.

    ``consent`` counts from ``consent_since``, without it from today.
    """

    title: str
    party: Record | None
    owner: User | None
    team: Team | None
    position: str
    department: str
    phone: str
    mobile: str
    email: str
    language: str
    consent: str
    consent_since: dt.date | None
    notes: str


@transaction.atomic
def create_contact(
    *, actor: Actor, origin: Record | None = None, ref: str = "", **fields: Unpack[ContactFields]
) -> Record:
    """A new contact. Raises ``ValidationError`` (by field) and ``PermissionDenied``."""
    contact = Contact(company=actor.company, record=Record())
    _check_contact(contact, actor, put(contact, fields))
    return bear(kinds["contact"], contact, actor, origin=origin, ref=ref)


@transaction.atomic
def change_contact(record: Record, *, actor: Actor, **fields: Unpack[ContactFields]) -> Contact:
    """Set some fields. Raises ``ValidationError`` (by field) and ``PermissionDenied``."""
    contact = take(record, Contact, actor)
    changed = put(contact, fields)
    if "consent" in changed and "consent_since" not in changed:
        contact.consent_since = None
    changed |= _check_contact(contact, actor, changed)
    acting(actor, "contact.change")
    save(contact, changed)
    return contact


def why_blocked(party: Record | None) -> str:
    """Why nothing can be sold to this party now, in words; "" where nothing stands against it. One query."""
    customer = Customer.objects.filter(pk=party.pk, blocked=True).first() if party is not None else None
    return _("The customer is blocked: %(reason)s") % {"reason": customer.blocked_reason} if customer else ""


def _check(customer: Customer, actor: Actor, changed: Collection[str]) -> None:
    """Bring the identifiers to their shortest form; raise ``ValidationError`` (by field) where something is wrong."""
    if customer.website and "://" not in customer.website:
        customer.website = f"https://{customer.website}"
    check_all(
        lambda: check_head(customer.record, actor, changed),
        lambda: _shorten(customer, "country", check_country),
        lambda: _shorten(customer, "tax_id", check_tax_id, customer.country),
        lambda: _shorten(customer, "postal_code", check_postal_code, customer.country),
        lambda: clean(customer, *OWN),
    )


def _check_contact(contact: Contact, actor: Actor, changed: Collection[str]) -> set[str]:
    """Settle since when the consent counts and raise ``ValidationError`` (by field) where something is wrong.

    Answers the fields that it has settled.
    """
    today = actor.now.astimezone(actor.company.zone).date()
    errors = {}
    settled = set()
    if contact.consent == Consent.UNKNOWN:
        settled = {"consent_since"} if contact.consent_since is not None or "consent" in changed else set()
        contact.consent_since = None
    elif contact.consent_since is None:
        settled, contact.consent_since = {"consent_since"}, today
    elif contact.consent_since > today:
        errors["consent_since"] = _("It may not lie in the future.")
    check_all(
        lambda: check_head(contact.record, actor, changed),
        lambda: clean(contact, *OWN_OF_CONTACT),
        lambda: refuse(errors),
    )
    return settled


def _shorten(customer: Customer, name: str, check: Callable[..., str], *more: str) -> None:
    try:
        setattr(customer, name, check(getattr(customer, name), *more))
    except ValidationError as error:
        raise ValidationError({name: error}) from error
