"""What is printed of a document of trade: whom it is for, its lines, its totals by rate, what the law has it say.

Sources: RD 1619/2012 (invoicing), arts. 6, 7 and 15; Ley 37/1992 (LIVA); Directive 2006/112/EC.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from hilvan.people.identifiers import say_iban
from hilvan.printing.models import letterhead_of
from hilvan.printing.sheet import (
    Addressee,
    Block,
    Column,
    Facts,
    Pair,
    Prose,
    Sheet,
    Table,
    Totals,
    filled,
    lines_of,
    said,
)
from hilvan.records.models import Record

from .kind import euros, number, ordered
from .models import CommercialDocument, Line, PaymentMethod, parts
from .taxes import Treatment, treated

MARKED = {"draft", "cancelled", "replaced"}
"""States in which a document is not to be taken for one."""
MENTIONS: dict[str, Any] = {
    Treatment.REVERSE_CHARGE: gettext_lazy("Reverse charge: the recipient pays the VAT (art. 84.One.2 LIVA)."),
    Treatment.EXEMPT_20: gettext_lazy("Exempt from VAT (art. 20 LIVA)."),
    Treatment.EXEMPT_21: gettext_lazy("Exempt from VAT: export (art. 21 LIVA, art. 146 Directive 2006/112/EC)."),
    Treatment.EXEMPT_22: gettext_lazy("Exempt from VAT (art. 22 LIVA)."),
    Treatment.EXEMPT_23_24: gettext_lazy("Exempt from VAT (arts. 23 and 24 LIVA)."),
    Treatment.EXEMPT_25: gettext_lazy(
        "Exempt from VAT: intra-Community supply (art. 25 LIVA, art. 138 Directive 2006/112/EC)."
    ),
    Treatment.EXEMPT_OTHER: gettext_lazy("Exempt from VAT."),
    Treatment.NOT_SUBJECT: gettext_lazy("Not subject to VAT (arts. 7 and 14 LIVA)."),
    Treatment.NOT_SUBJECT_PLACE: gettext_lazy("Not subject to VAT by its place (arts. 68 to 70 LIVA)."),
}
"""What a document says of the lines that bear no VAT (RD 1619/2012, art. 6.1.j and m)."""


def sheet(
    document: Any,
    *,
    title: Any = "",
    facts: Sequence[tuple[Any, Any]] = (),
    priced: bool = True,
    payment: Sequence[Pair] | None = None,
    mentions: Sequence[str] = (),
    notes: Any = "",
    after: Sequence[Block] = (),
    drawing: bytes = b"",
) -> Sheet:
    """What is printed of any document of trade, a ``CommercialDocument`` with a ``state``.

    ``facts`` stand at its head besides the usual ones; ``payment`` in place of its terms; ``mentions`` with those
    of the taxes; ``notes`` is what the notes are called; ``after`` follows them. Without ``priced`` nothing is told of
    money.
    """
    record = document.record
    lines = ordered(record)
    sums: list[Block | None] = []
    if priced and lines:
        told = [*mentions, *(str(MENTIONS[code]) for code in _treatments(document) if code in MENTIONS)]
        sums = [
            totals(document),
            Facts(terms(document) if payment is None else payment, _("Payment")),
            Prose("\n".join(told)),
        ]
    return Sheet(
        title=title or record.declaration.label,
        number=record.number,
        mark=document.get_state_display() if document.state in MARKED else "",
        facts=said(
            (_("Number"), record.number),
            (_("Date"), day(document.dated)),
            *facts,
            (_("Your reference"), document.reference),
            (_("Contact"), document.contact.title if document.contact else ""),
        ),
        addressees=addressees(document),
        body=filled(
            [
                table(document, lines, priced=priced) if lines else None,
                *sums,
                Prose(document.notes.strip(), notes or _("Notes")),
                *after,
            ]
        ),
        drawing=drawing,
    )


def day(date: dt.date | None) -> str:
    return date_format(date, "SHORT_DATE_FORMAT") if date else ""


def addressees(document: CommercialDocument) -> list[Addressee]:
    """The party as the document names it, and where it goes where that is elsewhere."""
    party = document.record.party
    named = Addressee(
        party.declaration.label if party is not None else _("Customer"),
        document.billing_name or (party.title if party is not None else ""),
        lines_of(document.billing_tax_id, document.billing_address),
    )
    elsewhere = lines_of(document.delivery_address)
    if not elsewhere or elsewhere == lines_of(document.billing_address):
        return [named]
    return [named, Addressee(_("Delivery address"), "", elsewhere)]


def table(document: CommercialDocument, lines: Sequence[Line], *, priced: bool) -> Table:
    """The lines; what reduces what is owed has negative quantities, so that each line's amount is their product."""
    discounted = any(line.discount for line in lines)
    columns = [Column(_("Description")), Column(_("Quantity"), numeric=True)]
    if priced:
        columns.append(Column(_("Price"), numeric=True))
        columns += [Column(_("Disc."), numeric=True)] if discounted else []
        columns += [Column(_("VAT"), numeric=True), Column(_("Amount"), numeric=True)]
    rows = []
    for line in lines:
        row = [line.description]
        if line.quantity:
            row.append(f"{number(document.sign * line.quantity)} {line.unit}".strip())
            if priced:
                row.append(number(line.price, 2))
                row += [per_cent(line.discount) if line.discount else ""] if discounted else []
                row += [_taxed(line, document.regime), money(document.sign * line.amount)]
        rows.append(row)
    return Table(columns, rows)


def money(amount: Decimal) -> str:
    """Euros, the sign in front of all else: "-€73.53", "-73,53 €"."""
    return euros(amount) if amount >= 0 else f"-{euros(-amount)}"


def per_cent(rate: Decimal | str) -> str:
    return f"{number(rate)} %"


def _taxed(line: Line, regime: str) -> str:
    treatment = treated(line.treatment, regime)
    if treatment == Treatment.TAXED:
        return per_cent(line.vat_rate)
    if treatment == Treatment.REVERSE_CHARGE:
        return pgettext("VAT of a line", "Reverse")
    if treatment.startswith("E"):
        return pgettext("VAT of a line", "Exempt")
    return pgettext("VAT of a line", "Not subject")


def _treatments(document: CommercialDocument) -> list[str]:
    return list(dict.fromkeys(group["treatment"] for group in document.breakdown))


def totals(document: CommercialDocument) -> Totals:
    """Base, rate and tax of each rate apart (RD 1619/2012, art. 6.1.f to h), and what it all comes to."""
    surcharged = any(group["surcharge_rate"] != "0" for group in document.breakdown)
    columns = [Column(_("VAT")), Column(_("Tax base"), numeric=True), Column(_("VAT amount"), numeric=True)]
    if surcharged:
        columns += [Column(_("Surcharge rate"), numeric=True), Column(_("Surcharge"), numeric=True)]
    rows = []
    for group in document.breakdown:
        taxed = group["treatment"] == Treatment.TAXED
        row = [per_cent(group["rate"]) if taxed else str(Treatment(group["treatment"]).label)]
        row += [money(Decimal(group["base"])), money(Decimal(group["vat"]))]
        if surcharged:
            row += [per_cent(group["surcharge_rate"]), money(Decimal(group["surcharge"]))]
        rows.append(row)
    sums = [(_("Net amount"), money(document.net)), (_("VAT"), money(document.vat))]
    if surcharged:
        sums.append((_("Equivalence surcharge"), money(document.surcharge)))
    if document.withholding:
        label = _("Withholding (IRPF) %(rate)s") % {"rate": per_cent(document.withholding_rate)}
        sums.append((label, money(-document.withholding)))
    return Totals((_("Total"), money(document.total)), sums, Table(columns, rows))


def terms(document: CommercialDocument) -> list[Pair]:
    """On which terms and how it is to be paid."""
    return said(
        (_("Payment terms"), document.terms.name if document.terms else ""),
        (_("Payment method"), document.get_payment_method_display()),
    )


def payment(document: CommercialDocument) -> list[Pair]:
    """How what the customer owes is to be paid: the way, our account for transfers, theirs for debits, each part."""
    account: tuple[str, str] = ("", "")
    if document.payment_method == PaymentMethod.TRANSFER:
        account = (_("To our account"), letterhead_of(document.record.company).get_iban_display())
    elif document.payment_method == PaymentMethod.DIRECT_DEBIT:
        account = (_("From your account"), covered(iban_of(document.record.party)))
    dues = [
        (_("Due on %(day)s") % {"day": day(on)}, money(amount))
        for on, amount in parts(document.total, document.terms, document.dated)
    ]
    return said((_("Payment method"), document.get_payment_method_display()), account, *dues)


def iban_of(party: Record | None) -> str:
    return getattr(getattr(party, party.declaration.accessor), "iban", "") if party is not None else ""


def covered(iban: str) -> str:
    """An account of somebody else's, by what is enough to know it again: "ES91 •••• 1332"."""
    return f"{iban[:4]} •••• {say_iban(iban[-4:])}" if iban else ""
