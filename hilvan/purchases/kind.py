"""The declarations of the purchase documents, and how they are told."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hilvan.people.models import User
from hilvan.records.kinds import Column, Fact, Kind, Prefilled, Start, State, Verb, kinds
from hilvan.records.models import Record
from hilvan.records.presentation import value
from hilvan.trade import kind as trade
from hilvan.trade.chains import lines_from
from hilvan.trade.models import CommercialDocument, Done, Priced
from hilvan.trade.services import LineFields

from . import printing, services
from .forms import CancelForm, GoodsReceiptForm, OrderForm, SupplierInvoiceForm
from .models import GoodsReceipt, OrderState, PostingState, PurchaseOrder, ReceptionState, SupplierInvoice
from .schemas import GoodsReceiptFields, OrderFields, Reason, SupplierInvoiceFields

ORDER_STATES = {
    OrderState.DRAFT: State("draft", OrderState.DRAFT.label, "new"),
    OrderState.SENT: State("sent", OrderState.SENT.label, "progress"),
    "done": State("done", _("Received and invoiced"), "good"),
    OrderState.CANCELLED: State("cancelled", OrderState.CANCELLED.label, "bad"),
}
RECEPTION_STATES = {
    ReceptionState.DRAFT: State("draft", ReceptionState.DRAFT.label, "new"),
    ReceptionState.RECEIVED: State("received", ReceptionState.RECEIVED.label, "progress"),
    "invoiced": State("invoiced", _("Invoiced"), "good"),
    ReceptionState.CANCELLED: State("cancelled", ReceptionState.CANCELLED.label, "bad"),
}
POSTING_STATES = {
    state.value: State(state.value, state.label, tone)
    for state, tone in ((PostingState.DRAFT, "new"), (PostingState.POSTED, "good"), (PostingState.CANCELLED, "bad"))
}


def state_of_order(order: PurchaseOrder) -> State:
    done = order.state == OrderState.SENT and order.received == order.invoiced == Done.ALL
    return ORDER_STATES["done" if done else order.state]


def order_in_state(code: str) -> Q:
    done = Q(state=OrderState.SENT, received=Done.ALL, invoiced=Done.ALL)
    return done if code == "done" else Q(state=code) & ~done


def state_of_reception(goods: GoodsReceipt) -> State:
    invoiced = goods.state == ReceptionState.RECEIVED and goods.invoiced == Done.ALL
    return RECEPTION_STATES["invoiced" if invoiced else goods.state]


def reception_in_state(code: str) -> Q:
    invoiced = Q(state=ReceptionState.RECEIVED, invoiced=Done.ALL)
    return invoiced if code == "invoiced" else Q(state=code) & ~invoiced


def describe_order(order: PurchaseOrder) -> dict[str, Any]:
    more = {"expected_on": value(order.expected_on), "received": order.received, "invoiced": order.invoiced}
    return {**trade.describe(order), **more}


def describe_goods(goods: GoodsReceipt) -> dict[str, Any]:
    return {**trade.describe(goods), "invoiced": goods.invoiced}


def describe_invoice(invoice: SupplierInvoice) -> dict[str, Any]:
    return {**trade.describe(invoice), "due_on": value(invoice.due_on), "posted_on": value(invoice.posted_on)}


def facts_of_order(order: PurchaseOrder) -> list[Fact]:
    told = [*trade.facts(order), Fact(_("Expected on"), order.expected_on)]
    if order.state == OrderState.SENT:
        told.append(Fact(_("Received"), order.get_received_display()))
        told.append(Fact(_("Invoiced"), order.get_invoiced_display()))
    return [fact for fact in told if fact.value]


def facts_of_invoice(invoice: SupplierInvoice) -> list[Fact]:
    return [fact for fact in (*trade.facts(invoice), Fact(_("Due on"), invoice.due_on)) if fact.value]


MODELS: dict[str, type[CommercialDocument]] = {
    "purchase_order": PurchaseOrder,
    "goods_receipt": GoodsReceipt,
    "supplier_invoice": SupplierInvoice,
}


def starts(made: str, *origins: str) -> dict[str, Start]:
    def prefill(origin: Record, user: User) -> dict[str, Prefilled]:
        values = trade.start(kinds[made], origin, user, parties=services.CHAIN.parties)
        if "lines" in values and origin.kind not in MODELS:  # a sale's prices are none of the supplier's business
            source = values["lines"].source
            values["lines"] = Prefilled([at_cost(line) for line in values["lines"].value], source)
        return values

    def why_not(origin: Record, user: User) -> str:
        """Only a supplier's own state stands against it: a sale's customer plays no part in the purchase."""
        of_supplier = origin.party is not None and origin.party.kind in services.CHAIN.parties
        if of_supplier and (why := trade.why_no_party(origin, user)):
            return why
        return _not_ready(origin) or _nothing_left(made, origin)

    return {origin: Start(prefill, why_not) for origin in origins}


def at_cost(line: LineFields) -> LineFields:
    """A line at what its product costs, without the discount that a customer was given."""
    product = line.get("product")
    priced = getattr(product, product.declaration.accessor) if product is not None else None
    return {**line, "price": priced.cost if isinstance(priced, Priced) else Decimal(0), "discount": Decimal(0)}


def _not_ready(origin: Record) -> str:
    model = getattr(origin, origin.declaration.accessor)
    waits: dict[str, tuple[str, Callable[[], str]]] = {
        "quote": ("accepted", lambda: gettext("The quote has to be accepted first.")),
        "sales_order": ("confirmed", lambda: gettext("The order has to be confirmed first.")),
        "purchase_order": (OrderState.SENT, lambda: gettext("The order has to be sent first.")),
        "goods_receipt": (ReceptionState.RECEIVED, lambda: gettext("The goods have to be received first.")),
    }
    state, reason = waits.get(origin.kind, ("", str))
    return reason() if state and model.state != state else ""


def _nothing_left(made: str, origin: Record) -> str:
    takes = origin.kind in MODELS[made].takes_from
    return gettext("Nothing is left of it.") if takes and not lines_from(origin, kinds[made]) else ""


def cancelling(kind: str) -> Verb:
    return Verb(
        name="cancel",
        label=_("Cancel…"),
        icon="circle-x",
        run=services.cancel,
        offered=lambda document: document.state in services.CANCELLABLE[kind],
        form=CancelForm,
        schema=Reason,
    )


COMMON: dict[str, Any] = {
    "family": "purchase-documents",
    "icon": "shopping-cart",
    "section": _("Purchases"),
    "collected": trade.COLLECTED,
    "related": trade.RELATED,
    "child_tables": (trade.LINES,),
    "in_panels": trade.IN_PANELS,
    "bookkeeping": trade.BOOKKEEPING,
    "known_by": ("reference",),
    "prose": ("notes",),
}

PURCHASE_ORDER = Kind(
    **COMMON,
    name="purchase_order",
    model=PurchaseOrder,
    label=_("Purchase order"),
    label_plural=_("Purchase orders"),
    new_label=_("New purchase order"),
    from_label=_("from the purchase order"),
    prefix="PDC",
    path="purchase-orders",
    position=210,
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
        Column(_("Expected on"), lambda order: order.expected_on, numeric=True),
        Column(_("Received"), lambda order: order.get_received_display()),
        trade.TOTAL,
    ),
    verbs=(
        Verb(
            name="send",
            label=_("Mark as sent"),
            icon="mail",
            run=services.send_order,
            offered=lambda order: order.state == OrderState.DRAFT,
        ),
        cancelling("purchase_order"),
    ),
    starts_from=starts("purchase_order", "supplier", "incident", "quote", "sales_order", "work_order"),
)

GOODS_RECEIPT = Kind(
    **COMMON,
    name="goods_receipt",
    model=GoodsReceipt,
    label=_("Goods receipt"),
    label_plural=_("Goods receipts"),
    new_label=_("New goods receipt"),
    from_label=_("from the goods receipt"),
    prefix="ALC",
    path="goods-receipts",
    position=220,
    create=services.create_goods_receipt,
    change=services.change_goods_receipt,
    form=GoodsReceiptForm,
    schema=GoodsReceiptFields,
    describe=describe_goods,
    state_of=state_of_reception,
    states={state.code: state for state in RECEPTION_STATES.values()},
    in_state=reception_in_state,
    facts=trade.facts,
    columns=(trade.DATED, Column(_("Invoiced"), lambda goods: goods.get_invoiced_display()), trade.TOTAL),
    verbs=(
        Verb(
            name="receive",
            label=_("Received"),
            icon="check",
            run=services.receive_goods,
            offered=lambda goods: goods.state == ReceptionState.DRAFT,
        ),
        cancelling("goods_receipt"),
    ),
    starts_from=starts("goods_receipt", "supplier", "purchase_order"),
)

SUPPLIER_INVOICE = Kind(
    **COMMON,
    name="supplier_invoice",
    model=SupplierInvoice,
    label=_("Supplier invoice"),
    label_plural=_("Supplier invoices"),
    new_label=_("New supplier invoice"),
    from_label=_("from the supplier invoice"),
    prefix="FAP",
    path="supplier-invoices",
    position=230,
    create=services.create_invoice,
    change=services.change_invoice,
    form=SupplierInvoiceForm,
    schema=SupplierInvoiceFields,
    describe=describe_invoice,
    state_of=lambda invoice: POSTING_STATES[invoice.state],
    states=POSTING_STATES,
    in_state=lambda code: Q(state=code),
    facts=facts_of_invoice,
    columns=(
        trade.DATED,
        Column(_("Their number"), lambda invoice: invoice.reference),
        Column(_("Due on"), lambda invoice: invoice.due_on, numeric=True),
        trade.TOTAL,
    ),
    verbs=(
        Verb(
            name="post",
            label=_("Post"),
            icon="check",
            run=services.post_invoice,
            offered=lambda invoice: invoice.state == PostingState.DRAFT,
        ),
        cancelling("supplier_invoice"),
    ),
    starts_from=starts("supplier_invoice", "supplier", "purchase_order", "goods_receipt"),
)
