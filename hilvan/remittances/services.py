"""Every change of a remittance. Pages, API, imports and tests call these."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from hilvan.people.models import Company, Team, User
from hilvan.receipts.models import Receipt
from hilvan.receipts.services import note_payments, payment, today
from hilvan.records.history import Actor, acting
from hilvan.records.kinds import kinds
from hilvan.records.links import made_of
from hilvan.records.models import Link, LinkKind, Record
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
from hilvan.trade.models import PaymentMethod

from .eligible import Candidate, examined, used_mandates, why_not_of_scheme
from .models import BankAccount, Item, Remittance, RemittanceState
from .models import Sequence as Order
from .sepa import Debit, direct_debits
from .target import days_after, following, is_target_day

OWN = ("scheme", "collect_on", "notes")
MOST = 2000


class Fields(TypedDict, total=False):
    """What a person can set on a remittance; ``receipts`` are all of them, and stay once it is sent."""

    title: str
    owner: User | None
    team: Team | None
    account: BankAccount | None
    collect_on: dt.date | None
    scheme: str
    receipts: Sequence[Record]
    notes: str


# Each of these raises ``ValidationError`` (by field) and ``PermissionDenied``.


@transaction.atomic
def create_remittance(*, actor: Actor, origin: Record | None = None, ref: str = "", **fields: Unpack[Fields]) -> Record:
    """A new remittance, a draft. Without an account it is to the first one, without a day on the first possible one."""
    receipts = fields.pop("receipts", [origin] if origin is not None and origin.kind == "receipt" else [])
    remittance = Remittance(company=actor.company, record=Record(company=actor.company))
    account = fields.get("account") or usual_account(actor.company)
    usual: dict[str, Any] = {"account": account, "collect_on": first_day(account, today(actor))}
    put(remittance, usual | {name: value for name, value in fields.items() if value is not None})
    _check(remittance, actor, {"title", "party", "owner", "team", "account", *OWN})
    record = bear(kinds["remittance"], remittance, actor, origin=origin, ref=ref)
    remittance.record = record
    save(remittance, _fill(remittance, receipts, actor))
    return record


@transaction.atomic
def change_remittance(record: Record, *, actor: Actor, **fields: Unpack[Fields]) -> Remittance:
    """Set some fields, and all receipts if they are given; of what has been sent only what the bank does not know."""
    remittance = take(record, Remittance, actor)
    receipts = fields.pop("receipts", None)
    changed = put(remittance, fields)
    if remittance.state != RemittanceState.DRAFT:
        refuse({name: _("It has been sent: this stays.") for name in {"account", "collect_on", "scheme"} & changed})
        if receipts is not None and {one.pk for one in receipts} != {item.receipt_id for item in items_of(record)}:
            raise ValidationError({"receipts": _("It has been sent: this stays.")})
        receipts = None
    _check(remittance, actor, changed)
    acting(actor, "remittance.change")
    if receipts is not None:
        changed |= _fill(remittance, receipts, actor)
    save(remittance, changed)
    return remittance


@transaction.atomic
def send_remittance(record: Record, *, actor: Actor) -> Remittance:
    """Make the file for the bank, and keep it: from now on its receipts wait for their collection."""
    remittance = take(record, Remittance, actor)
    _require(remittance, RemittanceState.DRAFT)
    account = remittance.account
    items = {item.receipt_id: item for item in items_of(record)}
    receipts = _locked(items)
    found = examined(receipts, actor.company, own=set(items))
    errors: dict[str, Any] = {}
    if account is None or not account.is_active:
        errors["account"] = _("Say to which of our accounts it is collected.")
    if not items:
        errors["receipts"] = _("It has no receipts.")
    first = first_day(account, today(actor))
    if remittance.collect_on is None or remittance.collect_on < first:
        errors["collect_on"] = _("The bank can collect on %(day)s at the earliest.") % {"day": _day(first)}
    check_all(lambda: refuse(errors), lambda: _check_receipts(found, remittance.scheme))
    assert account is not None
    assert remittance.collect_on is not None
    _tell(items, found, used_mandates(actor.company, [one.customer.mandate_reference for one in found if one.customer]))
    acting(actor, "remittance.send")
    Item.objects.bulk_update(items.values(), ["amount", "iban", "mandate", "sequence"])
    debits = [_debit(items[one.receipt.pk], one) for one in found]
    remittance.file = direct_debits(account, actor.company.name, remittance.scheme, remittance.collect_on, debits)
    remittance.state, remittance.sent_at = RemittanceState.SENT, actor.now
    save(remittance, {"file", "state", "sent_at", *_sum_up(remittance)})
    return remittance


@transaction.atomic
def collect_remittance(record: Record, *, actor: Actor, paid_on: dt.date | None = None) -> Remittance:
    """The bank has collected it, without what it returned; without ``paid_on`` on its day."""
    remittance = take(record, Remittance, actor)
    _require(remittance, RemittanceState.SENT)
    assert remittance.collect_on is not None
    paid_on = paid_on or min(remittance.collect_on, today(actor))
    if paid_on > today(actor):
        raise ValidationError({"paid_on": _("It may not lie in the future.")})
    receipts = [one for one in _locked(item.receipt_id for item in items_of(record)) if one.is_open]
    acting(actor, "remittance.collect")
    debit = PaymentMethod.DIRECT_DEBIT
    note_payments([payment(one, one.outstanding, paid_on, debit, record.number) for one in receipts])
    remittance.state = RemittanceState.COLLECTED
    save(remittance, {"state"})
    return remittance


@transaction.atomic
def cancel_remittance(record: Record, *, actor: Actor, reason: str) -> Remittance:
    """Nothing is collected by it, for this reason; its receipts are due as before."""
    remittance = take(record, Remittance, actor)
    _require(remittance, RemittanceState.DRAFT, RemittanceState.SENT)
    said = required_text(reason, missing=_("Say why it is cancelled."))
    items = items_of(record)
    _locked(item.receipt_id for item in items)
    acting(actor, "remittance.cancel", note=said)
    Item.objects.filter(pk__in=[item.pk for item in items]).update(void=True)
    Receipt.objects.filter(pk__in=[item.receipt_id for item in items]).update(remittance=None)
    remittance.state = RemittanceState.CANCELLED
    save(remittance, {"state"})
    return remittance


def note_return(receipt: Receipt) -> None:
    """The item of a receipt that the bank has returned keeps when and why; the receipt's service claims who acts."""
    Item.objects.filter(receipt=receipt.pk, returned_on=None, void=False).update(
        returned_on=receipt.returned_on, returned_reason=receipt.returned_reason
    )


def items_of(record: Record) -> list[Item]:
    """What a remittance holds: without what was returned out of it."""
    return list(record.remittance_items.filter(void=False, returned_on=None).order_by("pk"))


def usual_account(company: Company) -> BankAccount | None:
    return BankAccount.objects.filter(company=company, is_active=True).order_by("pk").first()


def first_day(account: BankAccount | None, from_day: dt.date) -> dt.date:
    """The first day on which the bank can collect what it gets on ``from_day``."""
    return days_after(from_day, account.ahead if account is not None else 1)


def _fill(remittance: Remittance, receipts: Sequence[Record], actor: Actor) -> set[str]:
    """Put these receipts into a draft, and take the others out. Answers the fields that follow from it."""
    record = remittance.record
    check_company(actor, **{f"receipts.{at}": one for at, one in enumerate(receipts)})
    wanted = list(dict.fromkeys(one.pk for one in receipts))
    if len(wanted) > MOST:
        raise ValidationError({"receipts": _("At most %(n)d receipts.") % {"n": MOST}})
    held = {item.receipt_id: item for item in items_of(record)}
    locked = {one.pk: one for one in _locked({*wanted, *held})}
    if any(key not in locked for key in wanted):
        raise ValidationError({"receipts": _("This is no receipt.")})
    found = examined([locked[key] for key in wanted], actor.company, own=set(held))
    _check_receipts(found, remittance.scheme)
    gone = held.keys() - set(wanted)
    new = [one for one in found if one.receipt.pk not in held]
    Item.objects.filter(pk__in=[held[key].pk for key in gone]).delete()
    Item.objects.bulk_create(_item(record, one) for one in new)
    Receipt.objects.filter(pk__in=gone).update(remittance=None)
    Receipt.objects.filter(pk__in=[one.receipt.pk for one in new]).update(remittance=record)
    Link.objects.filter(record=record, other__in=gone, kind=LinkKind.SOURCE).delete()
    made_of(record, [one.receipt.record for one in new], at=actor.now)
    return _sum_up(remittance)


def _sum_up(remittance: Remittance) -> set[str]:
    items = items_of(remittance.record)
    return put(remittance, {"total": sum(item.amount for item in items), "count": len(items)})


def _item(record: Record, one: Candidate) -> Item:
    assert one.customer is not None
    return Item(
        company_id=record.company_id,
        record=record,
        receipt=one.receipt.record,
        amount=one.receipt.outstanding,
        iban=one.customer.iban,
        mandate=one.customer.mandate_reference,
    )


def _tell(items: dict[int, Item], found: Sequence[Candidate], used: Collection[str]) -> None:
    """What the bank is told of each item, as its customer and mandate stand now."""
    seen = set(used)
    for one in found:
        assert one.customer is not None
        item, customer = items[one.receipt.pk], one.customer
        first = Order.ONE_OFF if customer.mandate_once else Order.FIRST
        item.amount, item.iban, item.mandate = one.receipt.outstanding, customer.iban, customer.mandate_reference
        item.sequence = Order.RECURRENT if item.mandate in seen else first
        seen.add(item.mandate)


def _debit(item: Item, one: Candidate) -> Debit:
    assert one.customer is not None
    assert one.customer.mandate_signed_on is not None
    record = one.receipt.record
    return Debit(
        reference=record.number,
        name=one.customer.record.title,
        iban=item.iban,
        bic=one.customer.bic,
        amount=item.amount,
        mandate=item.mandate,
        signed_on=one.customer.mandate_signed_on,
        sequence=item.sequence,
        text=f"{record.title} {record.number}",
    )


def _locked(keys: Any) -> list[Receipt]:
    """These receipts, ours until the transaction ends, the first first."""
    wanted = Record.objects.filter(pk__in=list(keys), kind="receipt").order_by("pk")
    records = {one.pk: one for one in wanted.select_for_update(no_key=True, of=("self",)).select_related("party")}
    receipts = list(Receipt.objects.filter(pk__in=records).order_by("pk"))
    for receipt in receipts:
        receipt.record = records[receipt.pk]
    return receipts


def _check(remittance: Remittance, actor: Actor, changed: Collection[str]) -> None:
    errors: dict[str, Any] = {}
    day = remittance.collect_on
    if day is not None and "collect_on" in changed and not is_target_day(day):
        errors["collect_on"] = _("Banks don’t settle on that day; on %(day)s they do.") % {"day": _day(following(day))}
    check_all(
        lambda: check_head(remittance.record, actor, changed),
        lambda: check_company(actor, account=remittance.account),
        lambda: refuse(errors),
        lambda: clean(remittance, *OWN),
    )


def _check_receipts(found: Sequence[Candidate], scheme: str) -> None:
    why = [(one, one.why_not or why_not_of_scheme(one, scheme)) for one in found]
    once: set[str] = set()
    for one in found:
        if one.customer is not None and one.customer.mandate_once:
            if one.customer.mandate_reference in once:
                why.append((one, _("The customer’s mandate is good for a single direct debit.")))
            once.add(one.customer.mandate_reference)
    if wrong := [f"{one.receipt.record}: {reason}" for one, reason in why if reason]:
        raise ValidationError({"receipts": wrong})


def _require(remittance: Remittance, *states: str) -> None:
    if remittance.state not in states:
        raise ValidationError(
            _("It is “%(state)s”: this can't be done.") % {"state": remittance.get_state_display()}, code="not_now"
        )


def _day(day: dt.date) -> str:
    return date_format(day, "SHORT_DATE_FORMAT")
