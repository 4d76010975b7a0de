"""The declaration of the receipt, and how it is told."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from hilvan.parties.kind import card_of_people
from hilvan.people.models import User
from hilvan.records.kinds import ChildTable, Column, Fact, Filter, Kind, Prefilled, Start, State, Verb, kinds
from hilvan.records.models import Record
from hilvan.records.presentation import reference, value
from hilvan.records.services import contact_of
from hilvan.sales.kind import invoice_of
from hilvan.trade.kind import euros
from hilvan.trade.models import PaymentMethod
from hilvan.trade.services import title_for
from hilvan.web.links import record_url

from . import printing, services
from .forms import CancelForm, CollectForm, ReceiptForm, ReturnForm
from .models import OPEN, Payment, Receipt
from .schemas import Collection, Reason, ReceiptFields

STATES = {
    "pending": State("pending", pgettext_lazy("receipt", "Pending"), "new"),
    "overdue": State("overdue", pgettext_lazy("receipt", "Overdue"), "bad"),
    "in_remittance": State("in_remittance", _("In remittance"), "progress"),
    "collected": State("collected", pgettext_lazy("receipt", "Collected"), "good"),
    "returned": State("returned", pgettext_lazy("receipt", "Returned"), "bad"),
    "cancelled": State("cancelled", pgettext_lazy("receipt", "Cancelled"), "plain"),
}


def state_of(receipt: Receipt) -> State:
    if receipt.cancelled:
        return STATES["cancelled"]
    if not receipt.is_open:
        return STATES["collected"]
    if receipt.in_remittance:
        return STATES["in_remittance"]
    if receipt.returned_on is not None:
        return STATES["returned"]
    return STATES["overdue" if receipt.due_on < timezone.localdate() else "pending"]


def in_state(code: str) -> Q:
    free = OPEN & Q(remittance=None)
    overdue = Q(due_on__lt=timezone.localdate())
    return {
        "cancelled": Q(cancelled=True),
        "collected": Q(cancelled=False) & ~OPEN,
        "in_remittance": OPEN & Q(remittance__isnull=False),
        "returned": free & Q(returned_on__isnull=False),
        "overdue": free & Q(returned_on=None) & overdue,
        "pending": free & Q(returned_on=None) & ~overdue,
    }[code]


def days_overdue(receipt: Receipt) -> int:
    """How many days it has been due and not collected; 0 for none."""
    return max((timezone.localdate() - receipt.due_on).days, 0) if receipt.is_open else 0


def describe(receipt: Receipt) -> dict[str, Any]:
    return {
        "contact": reference(receipt.contact),
        "invoice": reference(receipt.invoice),
        **{name: value(getattr(receipt, name)) for name in (*services.OWN, "collected", "outstanding")},
        "remittance": reference(receipt.remittance),
        "returned_on": value(receipt.returned_on),
        "returned_reason": receipt.returned_reason,
        "payments": [
            {name: value(getattr(payment, name)) for name in ("amount", "paid_on", "method", "note")}
            for payment in sorted(receipt.record.payments.all(), key=lambda payment: payment.pk)
        ],
    }


def facts(receipt: Receipt) -> list[Fact]:
    days = days_overdue(receipt)
    late = ngettext("%(n)d day", "%(n)d days", days) % {"n": days} if days else ""
    told = [
        Fact(_("Amount"), euros(receipt.amount)),
        Fact(_("Outstanding"), euros(receipt.outstanding) if receipt.is_open and receipt.collected else ""),
        Fact(_("Due on"), receipt.due_on),
        Fact(_("Overdue since"), late, tone="late"),
        *linked(_("Invoice"), receipt.invoice),
        *linked(_("Remittance"), receipt.remittance),
        Fact(_("Why it was returned"), receipt.returned_reason if receipt.is_open else ""),
    ]
    return [fact for fact in told if fact.value]


def linked(label: Any, record: Record | None) -> list[Fact]:
    return [Fact(label, record.number, record_url(record.kind, record.number))] if record is not None else []


def about(receipt: Receipt) -> str:
    """What is done about one that was not collected on its day is to claim it."""
    if state_of(receipt).code not in ("overdue", "returned"):
        return ""
    return gettext("Claim %(number)s, %(amount)s") % {
        "number": receipt.record.number,
        "amount": euros(receipt.outstanding),
    }


def of_customer(origin: Record, user: User) -> dict[str, Prefilled]:
    source = kinds[origin.kind].from_label
    party = origin.party if origin.party is not None and origin.party.kind in services.PARTIES else None
    values = {
        "title": Prefilled(title_for(kinds["receipt"], party), source),
        "owner": Prefilled(user, _("because you create it")),
    }
    if contact := contact_of(origin):
        values["contact"] = Prefilled(contact, source)
    if party is not None:
        of = kinds[party.kind].from_label
        values["party"] = Prefilled(party, source)
        if method := getattr(party, party.declaration.accessor).payment_method:
            values["method"] = Prefilled(method, of)
        if party.owner is not None and party.owner.is_active:
            values["owner"] = Prefilled(party.owner, of)
    return values


def invoice_from(origin: Record) -> Record | None:
    return origin if origin.kind == "invoice" else invoice_of(origin)


def of_invoice(origin: Record, user: User) -> dict[str, Prefilled]:
    """Whose it is from the invoice; what is due and when, the first part of its terms that is not covered."""
    invoice = invoice_from(origin)
    assert invoice is not None
    source, of_terms = kinds["invoice"].from_label, _("from the invoice’s payment terms")
    left = services.uncovered(invoice)
    values = {
        name: Prefilled(one, of_terms if name in ReceiptForm.of_parts else source)
        for name, one in services.of_invoice(invoice, left).items()
        if one not in (None, "")
    }
    owner = invoice.owner if invoice.owner is not None and invoice.owner.is_active else None
    values["owner"] = Prefilled(owner or user, source if owner else _("because you create it"))
    return {**values, "by_terms": Prefilled(True, of_terms)}


def why_not_of_invoice(origin: Record, user: User) -> str:
    invoice = invoice_from(origin)
    if invoice is None:
        return gettext("An invoice of it has to be issued first.")
    if not invoice.as_invoice.is_issued:
        return gettext("The invoice has to be issued first.")
    return "" if services.uncovered(invoice) else gettext("Receipts cover all of it already.")


RECEIPT = Kind(
    name="receipt",
    model=Receipt,
    label=pgettext_lazy("amount due", "Receipt"),
    label_plural=pgettext_lazy("amounts due", "Receipts"),
    new_label=pgettext_lazy("amount due", "New receipt"),
    from_label=pgettext_lazy("amount due", "from the receipt"),
    icon="coins",
    prefix="COB",
    path="receipts",
    section=_("Treasury"),
    position=300,
    create=services.create_receipt,
    change=services.change_receipt,
    form=ReceiptForm,
    schema=ReceiptFields,
    describe=describe,
    state_of=state_of,
    states=STATES,
    in_state=in_state,
    facts=facts,
    sheet=printing.sheet,
    about=about,
    columns=(
        Column(_("Due on"), lambda receipt: receipt.due_on, numeric=True, of="due_on"),
        Column(_("Amount"), lambda receipt: euros(receipt.amount), numeric=True, of="amount"),
        Column(_("Outstanding"), lambda receipt: euros(receipt.outstanding or None), numeric=True),
        Column(_("Payment method"), lambda receipt: receipt.get_method_display(), of="method"),
    ),
    filters=(
        Filter("method", _("Payment method"), lambda company: PaymentMethod.choices, lambda code: Q(method=code)),
    ),
    related=("contact", "invoice", "remittance"),
    collected=("payments",),
    verbs=(
        Verb(
            name="collect",
            label=_("Collect…"),
            icon="coins",
            run=services.collect_receipt,
            offered=lambda receipt: receipt.is_open and not receipt.in_remittance,
            form=CollectForm,
            schema=Collection,
        ),
        Verb(
            name="return",
            label=_("Returned…"),
            icon="arrow-back-up",
            run=services.return_receipt,
            offered=services.was_sent,
            form=ReturnForm,
            schema=Reason,
        ),
        Verb(
            name="cancel",
            label=_("Cancel…"),
            icon="circle-x",
            run=services.cancel_receipt,
            offered=lambda receipt: receipt.is_open and not (receipt.collected or receipt.in_remittance),
            form=CancelForm,
            schema=Reason,
        ),
    ),
    starts_from={
        "customer": Start(of_customer),
        "contact": Start(of_customer),
        "invoice": Start(of_invoice, why_not_of_invoice),
        "delivery_note": Start(of_invoice, why_not_of_invoice),
    },
    child_tables=(ChildTable(Payment, "record_id"),),
    prose=("notes",),
    contact_card=card_of_people,
)
