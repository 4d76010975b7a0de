"""Every change of a receipt. Pages, API, imports and tests call these."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from hilvan.people.models import Team, User
from hilvan.records.history import Actor, acting
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from hilvan.records.services import (
    as_validation_error,
    bear,
    check_all,
    check_company,
    check_contact,
    check_head,
    clean,
    put,
    refuse,
    required_text,
    save,
    take,
)
from hilvan.sales.models import Invoice
from hilvan.trade.models import parts
from hilvan.trade.services import title_for

from .models import Payment, Receipt

PARTIES = ("customer",)
OWN = ("amount", "due_on", "method", "notes")
Part = tuple[int, dt.date, Decimal]
"""A part of an invoice by its terms: which one, when it is due, and what of it no receipt covers yet."""


on_return: list[Callable[[Receipt], None]] = []
"""What other parts note of a receipt that was just returned, in its transaction; they add to it when they are ready."""


class Fields(TypedDict, total=False):
    """What a person can set on a receipt; ``amount`` in euros. What is left out at birth is the invoice's."""

    title: str
    party: Record | None
    contact: Record | None
    owner: User | None
    team: Team | None
    invoice: Record | None
    amount: Decimal | None
    due_on: dt.date | None
    method: str
    notes: str


# Each of these raises ``ValidationError`` (by field) and ``PermissionDenied``.


@transaction.atomic
def create_receipt(
    *, actor: Actor, origin: Record | None = None, ref: str = "", by_terms: bool = False, **fields: Unpack[Fields]
) -> Record:
    """A new receipt; of an invoice, where one is given or it starts from one.

    With ``by_terms`` there is one for each part of the invoice's terms that no receipt covers yet, together exactly
    what is left of its total; the first of them is answered.
    """
    if fields.get("invoice") is None and origin is not None and origin.kind == "invoice":
        fields["invoice"] = origin
    invoice = fields.get("invoice")
    if invoice is None:
        if by_terms:
            raise ValidationError({"by_terms": _("Say of which invoice.")})
        return _bear(actor, origin, ref, fields)
    check_company(actor, invoice=invoice)
    if invoice.kind != "invoice":
        raise ValidationError({"invoice": _("This is no invoice.")})
    lock_invoices([invoice.pk])
    left = uncovered(invoice)
    given = {name: value for name, value in fields.items() if value not in (None, "")}
    usual = of_invoice(invoice, left)
    if not by_terms:
        return _bear(actor, origin, ref, {**usual, **given})
    _check_by_terms(given, left)
    of_all = len(parts_of(invoice))
    made = [
        _bear(
            actor,
            origin,
            ref if (number, due_on, amount) == left[0] else "",
            {**usual, **given, "amount": amount, "due_on": due_on, "title": _numbered(usual | given, number, of_all)},
        )
        for number, due_on, amount in left
    ]
    return made[0]


@transaction.atomic
def change_receipt(record: Record, *, actor: Actor, **fields: Unpack[Fields]) -> Receipt:
    """Set some fields. What is in a remittance, or collected in part, keeps whose it is; nothing of a cancelled one."""
    receipt = take(record, Receipt, actor)
    if receipt.cancelled:
        raise ValidationError(_("It is cancelled."), code="not_now")
    before = receipt.invoice_id
    changed = put(receipt, fields)
    fixed = {"party", "amount", "method"} if receipt.in_remittance else {"party"} if receipt.collected else set()
    refuse({name: _("It is in a remittance, or collected: this stays.") for name in fixed & changed})
    _check(receipt, actor, changed)
    acting(actor, "receipt.change")
    with _said():
        save(receipt, changed)
    if "invoice" in changed:
        settle([before, receipt.invoice_id])
    return receipt


@transaction.atomic
def collect_receipt(
    record: Record, *, actor: Actor, amount: Decimal | None = None, paid_on: dt.date | None = None, method: str = ""
) -> Receipt:
    """So many euros of it came in: without ``amount`` all that is left, without ``paid_on`` today."""
    receipt = take(record, Receipt, actor)
    if receipt.in_remittance:
        message = _("It is in the remittance %(number)s, by which it is collected.")
        raise ValidationError(message % {"number": receipt.remittance.number}, code="not_now")  # type: ignore[union-attr]
    _require_open(receipt)
    amount = receipt.outstanding if amount is None else amount
    paid_on = paid_on or today(actor)
    errors: dict[str, Any] = {}
    if amount <= 0:
        errors["amount"] = _("It must be more than nothing.")
    if paid_on > today(actor):
        errors["paid_on"] = _("It may not lie in the future.")
    refuse(errors)
    acting(actor, "receipt.collect")
    note_payments([payment(receipt, amount, paid_on, method or receipt.method)])
    receipt.refresh_from_db()
    return receipt


@transaction.atomic
def return_receipt(record: Record, *, actor: Actor, reason: str) -> Receipt:
    """The bank took back what it had collected, or did not collect it, for this reason: it is due again.

    It leaves its remittance, which keeps what happened; of what was collected the last payment is taken back.
    """
    receipt = take(record, Receipt, actor)
    if not was_sent(receipt):
        raise ValidationError(_("Nothing of it was collected, nor sent to the bank."), code="not_now")
    said = required_text(reason, missing=_("Say why it was returned."), at_most=300)
    acting(actor, "receipt.return", note=said)
    if not receipt.in_remittance:
        last = record.payments.order_by("pk").last()
        if last is None or last.amount < 0:
            raise ValidationError(_("Nothing of it was collected, nor sent to the bank."), code="not_now")
        note_payments([payment(receipt, -last.amount, today(actor), last.method, said)])
    receipt.refresh_from_db()
    receipt.remittance, receipt.returned_on, receipt.returned_reason = None, today(actor), said
    save(receipt, {"remittance", "returned_on", "returned_reason"})
    for note in on_return:
        note(receipt)
    return receipt


@transaction.atomic
def cancel_receipt(record: Record, *, actor: Actor, reason: str) -> Receipt:
    """It is not due, for this reason; refused for what is in a remittance, or collected in part."""
    receipt = take(record, Receipt, actor)
    _require_open(receipt)
    if receipt.collected or receipt.in_remittance:
        raise ValidationError(_("It is in a remittance, or collected: this stays."), code="not_now")
    said = required_text(reason, missing=_("Say why it is cancelled."))
    acting(actor, "receipt.cancel", note=said)
    receipt.cancelled = True
    save(receipt, {"cancelled"})
    return receipt


def payment(receipt: Receipt, amount: Decimal, paid_on: dt.date, method: str, note: str = "") -> Payment:
    """A payment of a receipt, checked and not saved."""
    made = Payment(
        company_id=receipt.company_id, record=receipt.record, amount=amount, paid_on=paid_on, method=method, note=note
    )
    clean(made, "amount", "paid_on", "method")
    return made


def note_payments(payments: Sequence[Payment]) -> None:
    """Write payments, and what they make of their receipts and invoices. As many queries for one as for many.

    The caller has locked the receipts, and claims who acts.
    """
    Payment.objects.bulk_create(payments)
    receipts = list(
        Receipt.objects.filter(pk__in={one.record_id for one in payments}).annotate(sum=Sum("record__payments__amount"))
    )
    for receipt in receipts:
        receipt.collected = receipt.sum
    with _said():
        Receipt.objects.bulk_update(receipts, ["collected"])
    settle(receipt.invoice_id for receipt in receipts)


def settle(invoices: Iterable[int | None]) -> None:
    """Note on invoices what is collected of them."""
    locked = lock_invoices(key for key in invoices if key is not None)
    sums = dict(
        Receipt.objects.filter(invoice__in=locked, cancelled=False)
        .order_by()
        .values_list("invoice")
        .annotate(Sum("collected"))
    )
    changed = [invoice for key, invoice in locked.items() if invoice.paid != sums.get(key, 0)]
    for invoice in changed:
        invoice.paid = sums.get(invoice.pk, Decimal(0))
    Invoice.objects.bulk_update(changed, ["paid"])


def lock_invoices(keys: Iterable[int]) -> dict[int, Invoice]:
    """These invoices, ours until the transaction ends: nobody else adds to their receipts meanwhile."""
    wanted = Invoice.objects.filter(pk__in=list(keys)).order_by("pk")
    return {invoice.pk: invoice for invoice in wanted.select_for_update(no_key=True)}


def was_sent(receipt: Receipt) -> bool:
    """Whether there is something of it that a bank can take back."""
    if not receipt.in_remittance:
        return receipt.collected > 0
    assert receipt.remittance is not None
    kind = receipt.remittance.declaration
    state = kind.state(getattr(receipt.remittance, kind.accessor))
    return state is not None and state.code != "draft"


def uncovered(invoice: Record) -> list[Part]:
    """The parts of an issued invoice by its terms that receipts don't cover yet, nor credit notes took back."""
    of_receipts = Receipt.objects.filter(invoice=invoice.pk, cancelled=False).aggregate(sum=Sum("amount"))["sum"]
    covered = (of_receipts or Decimal(0)) - Invoice.objects.get(pk=invoice.pk).rectified
    left = []
    for number, (due_on, amount) in enumerate(parts_of(invoice), start=1):
        taken = min(covered, amount)
        covered -= taken
        if amount > taken:
            left.append((number, due_on, amount - taken))
    return left


def parts_of(invoice: Record) -> list[tuple[dt.date, Decimal]]:
    document: Invoice = invoice.as_invoice
    return parts(document.total, document.terms, document.dated) if document.is_issued else []


def of_invoice(invoice: Record, left: list[Part]) -> dict[str, Any]:
    """What a receipt takes over from its invoice: whose it is, and the first part that is left of it."""
    document: Invoice = invoice.as_invoice
    values: dict[str, Any] = {
        "invoice": invoice,
        "title": _("Invoice %(number)s") % {"number": invoice.number},
        "party": invoice.party,
        "contact": document.contact,
        "method": document.payment_method,
    }
    if left:
        values |= {"due_on": left[0][1], "amount": left[0][2]}
    return values


def today(actor: Actor) -> dt.date:
    """The day at the company's place."""
    return actor.now.astimezone(actor.company.zone).date()


def _bear(actor: Actor, origin: Record | None, ref: str, fields: Mapping[str, Any]) -> Record:
    receipt = Receipt(company=actor.company, record=Record(company=actor.company))
    put(receipt, {"title": title_for(kinds["receipt"], fields.get("party")), **fields})
    _check(receipt, actor, {"title", "party", "contact", "owner", "team", "invoice", *OWN})
    with _said():
        return bear(kinds["receipt"], receipt, actor, origin=origin, ref=ref)


def _check(receipt: Receipt, actor: Actor, changed: Collection[str]) -> None:
    party, invoice = receipt.record.party, receipt.invoice
    errors: dict[str, Any] = {}
    if party is None and "party" in changed:
        errors["party"] = _("Say who owes it.")
    if invoice is not None and {"party", "invoice"} & set(changed):
        if invoice.kind != "invoice":
            errors["invoice"] = _("This is no invoice.")
        elif invoice.party_id != (party.pk if party else None):
            errors["invoice"] = _("It is an invoice of another customer.")
    if receipt.amount is not None and receipt.amount <= 0:
        errors["amount"] = _("It must be more than nothing.")
    elif receipt.amount is not None and receipt.amount < receipt.collected:
        errors["amount"] = _("More than that has been collected already.")
    named = {"party", "contact"} & set(changed)
    check_all(
        lambda: check_head(receipt.record, actor, changed, parties=PARTIES),
        lambda: check_contact(actor, receipt.contact, party) if named else None,
        lambda: check_company(actor, invoice=invoice),
        lambda: refuse(errors),
        lambda: clean(receipt, *OWN),
    )


def _check_by_terms(given: Mapping[str, Any], left: list[Part]) -> None:
    if not left:
        raise ValidationError({"by_terms": _("Receipts cover all of it already.")})
    _number, due_on, amount = left[0]
    own = _("By the terms of payment it is %(value)s; for another one take the tick away.")
    errors = {}
    if given.get("amount", amount) != amount:
        errors["amount"] = own % {"value": number_format(amount, 2, force_grouping=True)}
    if given.get("due_on", due_on) != due_on:
        errors["due_on"] = own % {"value": date_format(due_on, "SHORT_DATE_FORMAT")}
    refuse(errors)


def _numbered(values: Mapping[str, Any], number: int, of_all: int) -> str:
    return f"{str(values['title'])[:240]} ({number}/{of_all})" if of_all > 1 else str(values["title"])


def _require_open(receipt: Receipt) -> None:
    if receipt.cancelled:
        raise ValidationError(_("It is cancelled."), code="not_now")
    if not receipt.is_open:
        raise ValidationError(_("It has been collected already."), code="not_now")


@contextmanager
def _said() -> Iterator[None]:
    """The database's refusals, beside the fields."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        said = {
            "receipts_within_invoice": ("amount", _("It is more than what is left of the invoice.")),
            "receipt_of_an_issued_invoice": ("invoice", _("The invoice has to be issued first.")),
            "receipt_collected_within_amount": ("amount", _("It is more than what is left to collect.")),
        }
        raise as_validation_error(error, said) from error
