"""What is printed of the sales documents; invoices as RD 1619/2012 has them (arts. 6, 7 and 15)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from hilvan.printing.sheet import Sheet, Signatures
from hilvan.records.models import Record
from hilvan.trade import printing
from hilvan.trade.models import CommercialDocument

from .models import NOT_VALID_FROM, CreditNote, DeliveryNote, Invoice, Issued, SalesOrder


def sheet_of_order(order: SalesOrder) -> Sheet:
    return printing.sheet(order, facts=((_("To be delivered on"), printing.day(order.deliver_on)),))


def sheet_of_note(note: DeliveryNote) -> Sheet:
    """Prices stand on it where its lines have any."""
    priced = any(line.price for line in note.record.lines.all())
    return printing.sheet(
        note,
        facts=((_("Order"), taken_from(note, "sales_order")),),
        priced=priced,
        payment=[],
        after=[Signatures([_("Delivered by"), received(note)])],
    )


def received(note: DeliveryNote) -> str:
    if note.received_by:
        return _("Received by %(name)s: date and signature") % {"name": note.received_by}
    return _("Received by: name, date and signature")


def sheet_of_invoice(invoice: Invoice) -> Sheet:
    return printing.sheet(
        invoice,
        title=_("Simplified invoice") if is_simplified(invoice) else "",
        facts=(
            (_("Order"), taken_from(invoice, "sales_order")),
            (_("Delivery note"), taken_from(invoice, "delivery_note")),
        ),
        payment=printing.payment(invoice),
        mentions=why_not_valid(invoice),
    )


def sheet_of_credit_note(note: CreditNote) -> Sheet:
    """Names what it rectifies and why (RD 1619/2012, art. 15.4)."""
    rectified = note.rectifies.as_invoice if note.rectifies else None
    return printing.sheet(
        note,
        facts=(
            (_("Rectifies the invoice"), note.rectifies.number if note.rectifies else ""),
            (_("Of the day"), printing.day(rectified.dated if rectified else None)),
            (_("Cause"), note.get_rectification_display()),
            (_("Reason"), note.reason),
        ),
        payment=[],
        mentions=why_not_valid(note),
    )


def is_simplified(invoice: Invoice) -> bool:
    """Whether it leaves out whom it is for, as one of up to 400 € may (arts. 4.1.a and 7)."""
    return not (invoice.billing_tax_id and invoice.billing_address)


def why_not_valid(document: Issued) -> list[str]:
    """What a company in Spain must know of an invoice from the law's date on."""
    if document.dated < NOT_VALID_FROM:
        return []
    return [_("Not valid as an invoice: it leaves no record with the tax agency (RD 1007/2023).")]


def taken_from(document: CommercialDocument, kind: str) -> str:
    """The documents of a kind from whose lines its own take, by number and day: what was done, and when. One query."""
    givers = Record.objects.filter(kind=kind, lines__taken_by__record=document.record).distinct().order_by("pk")
    return ", ".join(givers.values_list("number", flat=True))
