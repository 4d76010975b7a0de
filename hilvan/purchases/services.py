"""Every change of a purchase document. Pages, API, imports and tests call these."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, TypeVar, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from hilvan.records.history import Actor, acting
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from hilvan.records.services import required_text, save, take
from hilvan.trade.models import CommercialDocument, Line, parts
from hilvan.trade.services import (
    DocumentFields,
    LineFields,
    Settled,
    bear_document,
    change_document,
    givers,
    lock_givers,
    require_lines,
    require_state,
    settle,
    void_lines,
)

from .models import GoodsReceipt, OrderState, PostingState, PurchaseOrder, ReceptionState, SupplierInvoice

PARTIES = ("supplier",)
SETTLED: Settled = (
    (PurchaseOrder, {"received": "goods_receipt", "invoiced": "supplier_invoice"}),
    (GoodsReceipt, {"invoiced": "supplier_invoice"}),
)
"""How much of what is noted on which document."""

Document = TypeVar("Document", bound=CommercialDocument)


class OrderFields(DocumentFields, total=False):
    expected_on: dt.date | None


# Each of these raises ``ValidationError`` (by field; a line's as "lines.0.price") and ``PermissionDenied``.


@transaction.atomic
def create_order(
    *, actor: Actor, origin: Record | None = None, ref: str = "", lines: Sequence[LineFields] = (),
    **fields: Unpack[OrderFields],
) -> Record:  # fmt: skip
    """A new purchase order, a draft."""
    return _bear("purchase_order", PurchaseOrder, actor, origin, ref, fields, lines)


@transaction.atomic
def create_goods_receipt(
    *, actor: Actor, origin: Record | None = None, ref: str = "", lines: Sequence[LineFields] = (),
    **fields: Unpack[DocumentFields],
) -> Record:  # fmt: skip
    """A new goods receipt, a draft; its lines take from those of an order, never more than is left."""
    return _bear("goods_receipt", GoodsReceipt, actor, origin, ref, fields, lines)


@transaction.atomic
def create_invoice(
    *, actor: Actor, origin: Record | None = None, ref: str = "", lines: Sequence[LineFields] = (),
    **fields: Unpack[DocumentFields],
) -> Record:  # fmt: skip
    """A new supplier invoice, a draft; its lines take from an order's or a goods receipt's."""
    return _bear("supplier_invoice", SupplierInvoice, actor, origin, ref, fields, lines)


@transaction.atomic
def change_order(
    record: Record, *, actor: Actor, lines: Sequence[LineFields] | None = None, **fields: Unpack[OrderFields]
) -> PurchaseOrder:
    """Set some fields, and all lines if they are given; of a sent one nothing below what arrived."""
    return _change(record, PurchaseOrder, actor, (OrderState.DRAFT, OrderState.SENT), fields, lines)


@transaction.atomic
def change_goods_receipt(
    record: Record, *, actor: Actor, lines: Sequence[LineFields] | None = None, **fields: Unpack[DocumentFields]
) -> GoodsReceipt:
    """Set some fields, and all lines if they are given, of a draft."""
    return _change(record, GoodsReceipt, actor, (ReceptionState.DRAFT,), fields, lines)


@transaction.atomic
def change_invoice(
    record: Record, *, actor: Actor, lines: Sequence[LineFields] | None = None, **fields: Unpack[DocumentFields]
) -> SupplierInvoice:
    """Set some fields, and all lines if they are given, of a draft."""
    return _change(record, SupplierInvoice, actor, (PostingState.DRAFT,), fields, lines)


@transaction.atomic
def send_order(record: Record, *, actor: Actor) -> PurchaseOrder:
    """The supplier has it."""
    order = take(record, PurchaseOrder, actor)
    require_state(order, OrderState.DRAFT)
    require_lines(record)
    return _turn(order, actor, "send", state=OrderState.SENT)


@transaction.atomic
def receive_goods(record: Record, *, actor: Actor) -> GoodsReceipt:
    """What it lists has arrived."""
    goods = take(record, GoodsReceipt, actor)
    require_state(goods, ReceptionState.DRAFT)
    require_lines(record)
    return _turn(goods, actor, "receive", state=ReceptionState.RECEIVED)


@transaction.atomic
def post_invoice(record: Record, *, actor: Actor) -> SupplierInvoice:
    """It is right and will be paid. The supplier's number must be known, once for each supplier and year."""
    invoice = take(record, SupplierInvoice, actor)
    require_state(invoice, PostingState.DRAFT)
    require_lines(record)
    if not invoice.reference:
        raise ValidationError({"reference": _("Give the number that the supplier has given it.")})
    others = SupplierInvoice.objects.filter(
        company=invoice.company_id, record__party=record.party_id, reference__iexact=invoice.reference,
        dated__year=invoice.dated.year, state=PostingState.POSTED,
    )  # fmt: skip
    if others.exists():
        raise ValidationError({"reference": _("An invoice with this number has been posted already.")})
    due = parts(invoice.total, invoice.terms, invoice.dated)[-1][0]
    day = actor.now.astimezone(actor.company.zone).date()
    return _turn(invoice, actor, "post", state=PostingState.POSTED, posted_on=day, due_on=due)


@transaction.atomic
def cancel(record: Record, *, actor: Actor, reason: str) -> CommercialDocument:
    """It is of no account, for this reason; refused where another document has taken something of it."""
    model = kinds[record.kind].model
    document: Any = take(record, model, actor)
    require_state(document, *(state for state in CANCELLABLE[record.kind]))
    if Line.objects.filter(source__record=record, void=False).exists():
        raise ValidationError(_("Something of it has been received or invoiced."), code="not_now")
    said = required_text(reason, missing=_("Say why it is cancelled."))
    above = givers(record)
    _turn(document, actor, "cancel", note=said, state="cancelled")
    void_lines(record)
    settle(above, SETTLED)
    return document  # type: ignore[no-any-return]


CANCELLABLE = {
    "purchase_order": (OrderState.DRAFT, OrderState.SENT),
    "goods_receipt": (ReceptionState.DRAFT, ReceptionState.RECEIVED),
    "supplier_invoice": (PostingState.DRAFT, PostingState.POSTED),
}


def _bear(
    name: str, model: type[Any], actor: Actor, origin: Record | None, ref: str,
    fields: Any, lines: Sequence[LineFields],
) -> Record:  # fmt: skip
    document = model(company=actor.company, record=Record())
    lock_givers(lines)
    record = bear_document(
        kinds[name], document, actor, parties=PARTIES, origin=origin, ref=ref, fields=fields, lines=lines
    )
    settle(givers(record), SETTLED)
    return record


def _change(
    record: Record, model: type[Document], actor: Actor, states: tuple[str, ...], fields: Any,
    lines: Sequence[LineFields] | None,
) -> Document:  # fmt: skip
    lock_givers(lines or ())
    document = take(record, model, actor)
    require_state(document, *states)
    before = givers(record)
    acting(actor, f"{record.kind}.change")
    change_document(document, actor, parties=PARTIES, fields=fields, lines=lines)
    if lines is not None:
        settle(before | givers(record) | {record.pk}, SETTLED)
    return document


def _turn(document: Document, actor: Actor, verb: str, *, note: str = "", **columns: Any) -> Document:
    acting(actor, f"{document.record.kind}.{verb}", note=note)
    for name, value in columns.items():
        setattr(document, name, value)
    save(document, columns)
    return document
