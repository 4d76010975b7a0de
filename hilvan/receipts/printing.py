"""What is printed of a receipt: what is due, and what has come in of it."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hilvan.printing.models import letterhead_of
from hilvan.printing.sheet import Addressee, Block, Column, Facts, Sheet, Table, Totals, filled, lines_of, said
from hilvan.trade.models import PaymentMethod
from hilvan.trade.printing import covered, day, iban_of, money
from hilvan.trade.services import of_party

from .models import Payment, Receipt


def sheet(receipt: Receipt) -> Sheet:
    record = receipt.record
    payments = sorted(record.payments.all(), key=lambda payment: (payment.paid_on, payment.pk))
    party = of_party(record.party)
    named = party.get("billing_name", "")
    return Sheet(
        title=pgettext("printed", "Receipt"),
        number=record.number,
        mark=pgettext("receipt", "Cancelled") if receipt.cancelled else "",
        facts=said(
            (_("Number"), record.number),
            (_("Due on"), day(receipt.due_on)),
            (_("Invoice"), receipt.invoice.number if receipt.invoice else ""),
            (_("Payment method"), receipt.get_method_display()),
        ),
        addressees=[
            Addressee(
                record.party.declaration.label if record.party else "",
                named,
                lines_of(party.get("billing_tax_id", ""), party.get("billing_address", "")),
            )
        ],
        body=filled(
            [
                Table(
                    [Column(_("Concept")), Column(_("Due on"), numeric=True), Column(_("Amount"), numeric=True)],
                    [[record.title, day(receipt.due_on), money(receipt.amount)]],
                ),
                paid(payments) if payments else None,
                totals(receipt),
                Facts(account(receipt), _("Payment")),
            ]
        ),
    )


def paid(payments: list[Payment]) -> Block:
    columns = [Column(_("Payment method")), Column(_("Paid on"), numeric=True), Column(_("Amount"), numeric=True)]
    rows = [[one.get_method_display() or "—", day(one.paid_on), money(one.amount)] for one in payments]
    return Table(columns, rows, _("Payments"))


def totals(receipt: Receipt) -> Totals:
    if receipt.cancelled or not receipt.collected:
        return Totals((_("Amount due"), money(receipt.outstanding)))
    sums = said((_("Amount"), money(receipt.amount)), (_("Paid so far"), money(receipt.collected)))
    if receipt.is_open:
        return Totals((_("Still due"), money(receipt.outstanding)), sums)
    return Totals((_("Paid in full"), money(receipt.collected)), sums[:1])


def account(receipt: Receipt) -> list[tuple[str, str]]:
    """To which it is to be paid by transfer, or from which it is collected."""
    if not receipt.is_open:
        return []
    if receipt.method == PaymentMethod.TRANSFER:
        return said((_("To our account"), letterhead_of(receipt.record.company).get_iban_display()))  # type: ignore[return-value]
    if receipt.method == PaymentMethod.DIRECT_DEBIT:
        return said((_("From your account"), covered(iban_of(receipt.record.party))))  # type: ignore[return-value]
    return []
