"""The declarations of the sales documents, and how they are told."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hilvan.people.models import User
from hilvan.records.kinds import Column, Fact, Kind, Prefilled, Start, State, Verb, kinds
from hilvan.records.models import Record
from hilvan.records.presentation import reference, value
from hilvan.trade import kind as trade
from hilvan.trade.chains import lines_from
from hilvan.trade.models import CommercialDocument, Done

from . import printing, services
from .forms import CancelForm, CreditNoteForm, DeliverForm, InvoiceForm, NoteForm, OrderForm
from .models import (
    NOT_VALID_FROM,
    CreditNote,
    DeliveryNote,
    Invoice,
    InvoiceState,
    Issued,
    NoteState,
    OrderState,
    SalesOrder,
)
from .schemas import CreditNoteFields, InvoiceFields, NoteFields, OrderFields, Reason, Reception

ORDER_STATES = {
    OrderState.DRAFT: State("draft", OrderState.DRAFT.label, "new"),
    OrderState.CONFIRMED: State("confirmed", OrderState.CONFIRMED.label, "progress"),
    "done": State("done", _("Delivered and invoiced"), "good"),
    OrderState.CANCELLED: State("cancelled", OrderState.CANCELLED.label, "bad"),
}
NOTE_STATES = {
    NoteState.DRAFT: State("draft", NoteState.DRAFT.label, "new"),
    NoteState.DELIVERED: State("delivered", NoteState.DELIVERED.label, "progress"),
    "invoiced": State("invoiced", _("Invoiced"), "good"),
    NoteState.CANCELLED: State("cancelled", NoteState.CANCELLED.label, "bad"),
}
INVOICE_STATES = {
    "draft": State("draft", InvoiceState.DRAFT.label, "new"),
    "issued": State("issued", InvoiceState.ISSUED.label, "progress"),
    "paid": State("paid", _("Paid"), "good"),
    "overdue": State("overdue", _("Overdue"), "bad"),
}
CREDIT_STATES = {name: INVOICE_STATES[name] for name in ("draft", "issued")}


def state_of_order(order: SalesOrder) -> State:
    confirmed = order.state == OrderState.CONFIRMED
    return ORDER_STATES["done" if confirmed and order.delivered == order.invoiced == Done.ALL else order.state]


def order_in_state(code: str) -> Q:
    done = Q(state=OrderState.CONFIRMED, delivered=Done.ALL, invoiced=Done.ALL)
    return done if code == "done" else Q(state=code) & ~done


def state_of_note(note: DeliveryNote) -> State:
    delivered = note.state == NoteState.DELIVERED
    return NOTE_STATES["invoiced" if delivered and note.invoiced == Done.ALL else note.state]


def note_in_state(code: str) -> Q:
    invoiced = Q(state=NoteState.DELIVERED, invoiced=Done.ALL)
    return invoiced if code == "invoiced" else Q(state=code) & ~invoiced


def state_of_invoice(invoice: Invoice) -> State:
    if not invoice.is_issued:
        return INVOICE_STATES["draft"]
    if invoice.outstanding <= 0:
        return INVOICE_STATES["paid"]
    overdue = invoice.due_on is not None and invoice.due_on < trade.today(invoice.record)
    return INVOICE_STATES["overdue" if overdue else "issued"]


def invoice_in_state(code: str) -> Q:
    paid = Q(paid__gte=F("total") + F("rectified"))
    overdue = Q(due_on__lt=timezone.localdate())
    return {
        "draft": Q(state="draft"),
        "paid": Q(state="issued") & paid,
        "overdue": Q(state="issued") & ~paid & overdue,
        "issued": Q(state="issued") & ~paid & ~overdue,
    }[code]


def describe_order(order: SalesOrder) -> dict[str, Any]:
    return {
        **trade.describe(order),
        "deliver_on": value(order.deliver_on),
        "delivered": order.delivered,
        "invoiced": order.invoiced,
    }


def describe_note(note: DeliveryNote) -> dict[str, Any]:
    return {**trade.describe(note), "received_by": note.received_by, "invoiced": note.invoiced}


def describe_issued(document: Issued) -> dict[str, Any]:
    return {**trade.describe(document), "issued_at": value(document.issued_at)}


def describe_invoice(invoice: Invoice) -> dict[str, Any]:
    return {
        **describe_issued(invoice),
        "due_on": value(invoice.due_on),
        "paid": str(invoice.paid),
        "rectified": str(invoice.rectified),
        "outstanding": str(invoice.outstanding),
    }


def describe_credit_note(note: CreditNote) -> dict[str, Any]:
    return {
        **describe_issued(note),
        "rectifies": reference(note.rectifies),
        "rectification": note.rectification,
        "reason": note.reason,
    }


def facts_of_order(order: SalesOrder) -> list[Fact]:
    told = [*trade.facts(order), Fact(_("To be delivered on"), order.deliver_on)]
    if order.state == OrderState.CONFIRMED:
        told.append(Fact(_("Delivered"), order.get_delivered_display()))
        told.append(Fact(_("Invoiced"), order.get_invoiced_display()))
    return [fact for fact in told if fact.value]


def facts_of_note(note: DeliveryNote) -> list[Fact]:
    told = [*trade.facts(note), Fact(_("Received by"), note.received_by)]
    if note.state == NoteState.DELIVERED:
        told.append(Fact(_("Invoiced"), note.get_invoiced_display()))
    return [fact for fact in told if fact.value]


def facts_of_invoice(invoice: Invoice) -> list[Fact]:
    told = [*trade.facts(invoice), *not_valid(invoice)]
    if invoice.is_issued:
        told.insert(1, Fact(_("Outstanding"), trade.euros(invoice.outstanding)))
        told.insert(2, Fact(_("Due on"), invoice.due_on))
        if invoice.rectified:
            told.insert(2, Fact(_("Rectified"), trade.euros(invoice.rectified)))
    return [fact for fact in told if fact.value]


def facts_of_credit_note(note: CreditNote) -> list[Fact]:
    told = [*trade.facts(note), Fact(_("Reason"), note.reason), *not_valid(note)]
    return [fact for fact in told if fact.value]


def not_valid(document: Issued) -> list[Fact]:
    """What a company in Spain must know of an invoice from the law's date on."""
    if document.dated < NOT_VALID_FROM:
        return []
    return [Fact(_("Not valid as an invoice"), _("it leaves no record with the tax agency (RD 1007/2023)"))]


def prefill(made: str) -> Any:
    """What a sales document of this kind takes over from where it starts."""

    def values(origin: Record, user: User) -> dict[str, Prefilled]:
        return trade.start(kinds[made], origin, user)

    return values


models: dict[str, type[CommercialDocument]] = {
    "sales_order": SalesOrder,
    "delivery_note": DeliveryNote,
    "invoice": Invoice,
    "credit_note": CreditNote,
}


def why_not(made: str) -> Any:
    """Why none can start from a record now: its party, its state, or nothing left of it."""

    def reason(origin: Record, user: User) -> str:
        if why := trade.why_no_party(origin, user):
            return why
        model = getattr(origin, origin.declaration.accessor)
        if origin.kind == "quote" and model.state != "accepted":
            return gettext("The quote has to be accepted first.")
        if origin.kind == "sales_order" and model.state != OrderState.CONFIRMED:
            return gettext("The order has to be confirmed first.")
        if origin.kind == "delivery_note" and model.state != NoteState.DELIVERED:
            return gettext("The delivery note has to be delivered first.")
        if origin.kind == "work_order" and model.state != "done":
            return gettext("The work has to be finished first.")
        if made == "credit_note" and origin.kind == "invoice" and not model.is_issued:
            return gettext("The invoice has to be issued first.")
        if origin.kind in models[made].takes_from and not lines_from(origin, kinds[made]):
            return gettext("Nothing is left of it.")
        return ""

    return reason


def prefill_credit_note(origin: Record, user: User) -> dict[str, Prefilled]:
    values: dict[str, Prefilled] = prefill("credit_note")(origin, user)
    invoice = origin if origin.kind == "invoice" else invoice_of(origin)
    if invoice is not None:
        source = kinds["invoice"].from_label
        values["rectifies"] = Prefilled(invoice, source)
        values["lines"] = Prefilled(lines_from(invoice, kinds["credit_note"]), source)
    return values


def invoice_of(note: Record) -> Record | None:
    """The first issued invoice of a delivery note."""
    invoices = Record.objects.filter(kind="invoice", lines__source__record=note, as_invoice__state="issued")
    return invoices.order_by("pk").first()


def why_no_credit_note(origin: Record, user: User) -> str:
    if origin.kind == "delivery_note":
        invoice = invoice_of(origin)
        if invoice is None:
            return gettext("An invoice of it has to be issued first.")
        return str(why_not("credit_note")(invoice, user))
    return str(why_not("credit_note")(origin, user))


def starts(made: str, *origins: str) -> dict[str, Start]:
    return {origin: Start(prefill(made), why_not(made)) for origin in origins}


def cancel(run: Any, *states: str) -> Verb:
    return Verb(
        name="cancel",
        label=_("Cancel…"),
        icon="circle-x",
        run=run,
        offered=lambda document: document.state in states,
        form=CancelForm,
        schema=Reason,
    )


def issue(run: Any) -> Verb:
    return Verb(name="issue", label=_("Issue"), icon="check", run=run, offered=lambda document: not document.is_issued)


COMMON: dict[str, Any] = {
    "family": "sales-documents",
    "icon": "file-invoice",
    "section": _("Sales"),
    "collected": trade.COLLECTED,
    "child_tables": (trade.LINES,),
    "in_panels": trade.IN_PANELS,
    "bookkeeping": trade.BOOKKEEPING,
    "known_by": ("reference", "billing_tax_id"),
    "prose": ("notes",),
}
ANYBODY = ("customer", "contact")

SALES_ORDER = Kind(
    **COMMON,
    name="sales_order",
    model=SalesOrder,
    label=_("Sales order"),
    label_plural=_("Sales orders"),
    new_label=_("New sales order"),
    from_label=_("from the order"),
    prefix="PED",
    path="sales-orders",
    position=110,
    create=services.create_order,
    change=services.change_order,
    form=OrderForm,
    schema=OrderFields,
    describe=describe_order,
    state_of=state_of_order,
    states={state.code: state for state in ORDER_STATES.values()},
    in_state=order_in_state,
    facts=facts_of_order,
    sheet=printing.sheet_of_order,
    columns=(
        trade.DATED,
        Column(_("To be delivered on"), lambda order: order.deliver_on, numeric=True),
        Column(_("Delivered"), lambda order: order.get_delivered_display()),
        trade.TOTAL,
    ),
    related=trade.RELATED,
    verbs=(
        Verb(
            name="confirm",
            label=_("Confirm"),
            icon="check",
            run=services.confirm_order,
            offered=lambda order: order.state == OrderState.DRAFT,
        ),
        cancel(services.cancel_order, OrderState.DRAFT, OrderState.CONFIRMED),
    ),
    starts_from=starts("sales_order", *ANYBODY, "opportunity", "quote"),
)

DELIVERY_NOTE = Kind(
    **COMMON,
    name="delivery_note",
    model=DeliveryNote,
    label=_("Delivery note"),
    label_plural=_("Delivery notes"),
    new_label=_("New delivery note"),
    from_label=_("from the delivery note"),
    prefix="ALB",
    path="delivery-notes",
    position=120,
    create=services.create_delivery_note,
    change=services.change_delivery_note,
    form=NoteForm,
    schema=NoteFields,
    describe=describe_note,
    state_of=state_of_note,
    states={state.code: state for state in NOTE_STATES.values()},
    in_state=note_in_state,
    facts=facts_of_note,
    sheet=printing.sheet_of_note,
    columns=(trade.DATED, Column(_("Invoiced"), lambda note: note.get_invoiced_display()), trade.TOTAL),
    related=trade.RELATED,
    verbs=(
        Verb(
            name="deliver",
            label=_("Delivered…"),
            icon="check",
            run=services.deliver_note,
            offered=lambda note: note.state == NoteState.DRAFT,
            form=DeliverForm,
            schema=Reception,
        ),
        cancel(services.cancel_note, NoteState.DRAFT, NoteState.DELIVERED),
    ),
    starts_from=starts("delivery_note", *ANYBODY, "sales_order"),
)

INVOICE = Kind(
    **COMMON,
    name="invoice",
    model=Invoice,
    label=_("Invoice"),
    label_plural=_("Invoices"),
    new_label=_("New invoice"),
    from_label=_("from the invoice"),
    prefix="FAC",
    draft_prefix="BFAC",
    path="invoices",
    position=130,
    create=services.create_invoice,
    change=services.change_invoice,
    form=InvoiceForm,
    schema=InvoiceFields,
    describe=describe_invoice,
    state_of=state_of_invoice,
    states=INVOICE_STATES,
    in_state=invoice_in_state,
    facts=facts_of_invoice,
    sheet=printing.sheet_of_invoice,
    columns=(
        trade.DATED,
        Column(_("Due on"), lambda invoice: invoice.due_on, numeric=True),
        Column(_("Outstanding"), lambda invoice: trade.euros(invoice.outstanding), numeric=True),
        trade.TOTAL,
    ),
    related=trade.RELATED,
    verbs=(issue(services.issue_invoice),),
    starts_from=starts("invoice", *ANYBODY, "quote", "sales_order", "delivery_note", "invoice", "work_order"),
)

CREDIT_NOTE = Kind(
    **COMMON,
    name="credit_note",
    model=CreditNote,
    label=_("Credit note"),
    label_plural=_("Credit notes"),
    new_label=_("New credit note"),
    from_label=_("from the credit note"),
    prefix="REC",
    draft_prefix="BREC",
    path="credit-notes",
    position=140,
    create=services.create_credit_note,
    change=services.change_credit_note,
    form=CreditNoteForm,
    schema=CreditNoteFields,
    describe=describe_credit_note,
    state_of=lambda note: CREDIT_STATES[note.state],
    states=CREDIT_STATES,
    in_state=lambda code: Q(state=code),
    facts=facts_of_credit_note,
    sheet=printing.sheet_of_credit_note,
    columns=(trade.DATED, Column(_("Kind of rectification"), lambda note: note.rectification), trade.TOTAL),
    related=(*trade.RELATED, "rectifies"),
    verbs=(issue(services.issue_credit_note),),
    starts_from={
        "invoice": Start(prefill_credit_note, why_no_credit_note),
        "delivery_note": Start(prefill_credit_note, why_no_credit_note),
    },
)
