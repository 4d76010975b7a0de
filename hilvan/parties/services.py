"""Every change of a customer or a contact. Pages, API, imports and tests call these."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any, TypedDict, TypeVar, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from hilvan.people.identifiers import check_bic, check_country, check_iban, check_postal_code, check_tax_id
from hilvan.people.models import Team, User
from hilvan.records.history import Actor, acting
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from hilvan.records.services import (
    bear,
    check_all,
    check_company,
    check_head,
    clean,
    put,
    refuse,
    required_text,
    save,
    take,
)
from hilvan.trade.models import PaymentTerms

from .duplicates import refuse_duplicates
from .models import Consent, Contact, Customer, Party, Scheme, Supplier

OWN_OF_CONTACT = (
    "position", "department", "phone", "mobile", "email", "language", "consent", "consent_since", "notes"
)  # fmt: skip
MODELS: dict[str, type[Party]] = {"customer": Customer, "supplier": Supplier}
TRADING = ("payment_method", "regime", "withholding_rate", "language")
DEBIT = ("iban", "bic", "mandate_reference", "mandate_signed_on", "mandate_scheme", "mandate_once")
OWN = ("tax_id", "phone", "email", "website", "address", "postal_code", "city", "province", *TRADING, "notes")


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
    terms: PaymentTerms | None
    payment_method: str
    regime: str
    withholding_rate: Decimal | None
    language: str
    notes: str


class CustomerFields(Fields, total=False):
    """Of the mandate: its reference, the day on which it was signed, CORE or B2B, whether it is good only once."""

    iban: str
    bic: str
    mandate_reference: str
    mandate_signed_on: dt.date | None
    mandate_scheme: str
    mandate_once: bool


class SupplierFields(Fields, total=False):
    """``same_as`` is the customer that it is, too."""

    same_as: Record | None


def draft_customer(*, actor: Actor, **fields: Unpack[CustomerFields]) -> Customer:
    """A new customer, checked and not saved. Raises ``ValidationError`` (by field)."""
    return _draft(Customer, actor, fields)


def draft_supplier(*, actor: Actor, **fields: Unpack[SupplierFields]) -> Supplier:
    """A new supplier, checked and not saved. Raises ``ValidationError`` (by field)."""
    return _draft(Supplier, actor, fields)


@transaction.atomic
def create_customer(
    *,
    actor: Actor,
    origin: Record | None = None,
    ref: str = "",
    allow_duplicate: bool = True,
    **fields: Unpack[CustomerFields],
) -> Record:
    """A new customer. Without ``allow_duplicate`` one that may be there already is refused: pages ask so.

    Raises ``ValidationError`` (by field), ``PermissionDenied``, and ``MayExist`` where only this stands in the way.
    """
    return _bear(draft_customer(actor=actor, **fields), actor, "customer", origin, ref, allow_duplicate)


@transaction.atomic
def create_supplier(
    *,
    actor: Actor,
    origin: Record | None = None,
    ref: str = "",
    allow_duplicate: bool = True,
    **fields: Unpack[SupplierFields],
) -> Record:
    """A new supplier, as ``create_customer`` makes a customer."""
    return _bear(draft_supplier(actor=actor, **fields), actor, "supplier", origin, ref, allow_duplicate)


@transaction.atomic
def change_customer(
    record: Record, *, actor: Actor, allow_duplicate: bool = True, **fields: Unpack[CustomerFields]
) -> Customer:
    """Set some fields.

    Raises ``ValidationError`` (by field), ``PermissionDenied``, and ``MayExist`` for a new name or tax identifier.
    """
    return _change(record, Customer, actor, allow_duplicate, fields)


@transaction.atomic
def change_supplier(
    record: Record, *, actor: Actor, allow_duplicate: bool = True, **fields: Unpack[SupplierFields]
) -> Supplier:
    """Set some fields, as ``change_customer`` does."""
    return _change(record, Supplier, actor, allow_duplicate, fields)


@transaction.atomic
def block(record: Record, *, actor: Actor, reason: str) -> Party:
    """Nothing new is to be sold to this customer, or bought from this supplier.

    Raises ``ValidationError`` (by field) and ``PermissionDenied``.
    """
    party = take(record, MODELS[record.kind], actor)
    if party.blocked:
        raise ValidationError(_("It is blocked already."), code="not_now")
    party.blocked = True
    party.blocked_reason = required_text(reason, missing=_("Say why it is blocked."), at_most=300)
    acting(actor, f"{record.kind}.block", note=party.blocked_reason)
    save(party, {"blocked", "blocked_reason"})
    return party


@transaction.atomic
def unblock(record: Record, *, actor: Actor) -> Party:
    """One may trade with it again. Raises ``ValidationError`` and ``PermissionDenied``."""
    party = take(record, MODELS[record.kind], actor)
    if not party.blocked:
        raise ValidationError(_("It is not blocked."), code="not_now")
    party.blocked, party.blocked_reason = False, ""
    acting(actor, f"{record.kind}.unblock")
    save(party, {"blocked", "blocked_reason"})
    return party


@transaction.atomic
def make_supplier(record: Record, *, actor: Actor) -> Record:
    """A supplier that is the same as this customer, with its name, address and identifier.

    Raises ``ValidationError`` where there is one already, and ``PermissionDenied``.
    """
    customer = take(record, Customer, actor)
    if Supplier.objects.filter(same_as=record).exists():
        raise ValidationError(_("It is a supplier already."), code="not_now")
    taken: Any = {name: getattr(customer, name) for name in (*OWN, "country")}
    return create_supplier(
        actor=actor, title=customer.record.title, owner=customer.record.owner, same_as=record, **taken
    )


@transaction.atomic
def make_customer(record: Record, *, actor: Actor) -> Record:
    """A customer that is the same as this supplier; raises as ``make_supplier``."""
    supplier = take(record, Supplier, actor)
    if supplier.same_as is not None:
        raise ValidationError(_("It is a customer already."), code="not_now")
    taken: Any = {name: getattr(supplier, name) for name in (*OWN, "country")}
    made = create_customer(actor=actor, title=supplier.record.title, owner=supplier.record.owner, **taken)
    supplier.same_as = made
    acting(actor, "supplier.make_customer")
    save(supplier, {"same_as"})
    return made


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


def draft_contact(*, actor: Actor, **fields: Unpack[ContactFields]) -> Contact:
    """A new contact, checked and not saved. Raises ``ValidationError`` (by field)."""
    contact = Contact(company=actor.company, record=Record())
    _check_contact(contact, actor, put(contact, fields))
    return contact


@transaction.atomic
def create_contact(
    *, actor: Actor, origin: Record | None = None, ref: str = "", **fields: Unpack[ContactFields]
) -> Record:
    """A new contact. Raises ``ValidationError`` (by field) and ``PermissionDenied``."""
    return bear(kinds["contact"], draft_contact(actor=actor, **fields), actor, origin=origin, ref=ref)


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


AnyParty = TypeVar("AnyParty", bound=Party)


def _draft(model: type[AnyParty], actor: Actor, fields: Mapping[str, Any]) -> AnyParty:
    party = model(company=actor.company, record=Record())
    _check(party, actor, put(party, fields))
    return party


def _bear(party: Party, actor: Actor, kind: str, origin: Record | None, ref: str, allow_duplicate: bool) -> Record:
    record = bear(kinds[kind], party, actor, origin=origin, ref=ref)
    if not allow_duplicate:  # the last question: all else is right
        refuse_duplicates(actor, type(party), name=record.title, tax_id=party.tax_id, but=record)
    return record


def _change(
    record: Record, model: type[AnyParty], actor: Actor, allow_duplicate: bool, fields: Mapping[str, Any]
) -> AnyParty:
    party = take(record, model, actor)
    changed = put(party, fields)
    _check(party, actor, changed)
    if not allow_duplicate:
        refuse_duplicates(
            actor,
            model,
            name=party.record.title if "title" in changed else "",
            tax_id=party.tax_id if "tax_id" in changed else "",
            but=record,
        )
    if "country" in changed:
        changed |= {"tax_id", "postal_code"}
    if "mandate_reference" in changed:
        changed |= {"mandate_scheme"}
    acting(actor, f"{record.kind}.change")
    save(party, changed)
    return party


def _check(party: Party, actor: Actor, changed: Collection[str]) -> None:
    """Bring the identifiers to their shortest form; raise ``ValidationError`` (by field) where something is wrong."""
    if party.website and "://" not in party.website:
        party.website = f"https://{party.website}"
    same = getattr(party, "same_as", None)
    wrong = {} if same is None or same.kind == "customer" else {"same_as": _("This is no customer.")}
    check_all(
        lambda: check_head(party.record, actor, changed),
        lambda: check_company(actor, terms=party.terms, same_as=same),
        lambda: refuse(wrong),
        lambda: _shorten(party, "country", check_country),
        lambda: _shorten(party, "tax_id", check_tax_id, party.country),
        lambda: _shorten(party, "postal_code", check_postal_code, party.country),
        lambda: clean(party, *OWN),
        lambda: _check_debit(party, actor) if isinstance(party, Customer) else None,
    )


def _check_debit(customer: Customer, actor: Actor) -> None:
    errors: dict[str, Any] = {}
    signed = customer.mandate_signed_on
    if signed is not None and signed > actor.now.astimezone(actor.company.zone).date():
        errors["mandate_signed_on"] = _("It may not lie in the future.")
    if customer.mandate_reference:
        customer.mandate_scheme = customer.mandate_scheme or Scheme.CORE
        if signed is None:
            errors["mandate_signed_on"] = _("Say when it was signed.")
    if signed is not None and not customer.mandate_reference:
        errors["mandate_reference"] = _("Say its reference.")
    check_all(
        lambda: _shorten(customer, "iban", check_iban),
        lambda: _shorten(customer, "bic", check_bic),
        lambda: clean(customer, *DEBIT),
        lambda: refuse(errors),
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


def _shorten(party: Party, name: str, check: Callable[..., str], *more: str) -> None:
    try:
        setattr(party, name, check(getattr(party, name), *more))
    except ValidationError as error:
        raise ValidationError({name: error}) from error
