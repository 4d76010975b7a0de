"""Every change of a purchase document. Pages, API, imports and tests call these."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from hilvan.records.history import Actor
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from hilvan.records.services import required_text, take
from hilvan.trade.chains import Chain
from hilvan.trade.models import CommercialDocument, Line, parts
from hilvan.trade.services import DocumentFields, LineFields, require_lines, require_state, turn

from .models import GoodsReceipt, OrderState, PostingState, PurchaseOrder, ReceptionState, SupplierInvoice

CHAIN = Chain(("supplier",))


class OrderFields(DocumentFields, total=False):
    expected_on: dt.date | None


# Each of these raises ``ValidationError`` (by field; a line's as "lines.0.price") and ``PermissionDenied``.


@transaction.atomic
def create_order(
    *, actor: Actor, origin: Record | None = None, ref: str = "", lines: Sequence[LineFields] = (),
    **fields: Unpack[OrderFields],
) -> Record:  # fmt: skip
    """A new purchase order, a draft."""
    return CHAIN.bear(kinds["purchase_order"], actor, origin=origin, ref=ref, fields=fields, lines=lines)


@transaction.atomic
def create_goods_receipt(
    *, actor: Actor, origin: Record | None = None, ref: str = "", lines: Sequence[LineFields] = (),
    **fields: Unpack[DocumentFields],
) -> Record:  # fmt: skip
    """A new goods receipt, a draft; its lines take from those of an order, never more than is left."""
    return CHAIN.bear(kinds["goods_receipt"], actor, origin=origin, ref=ref, fields=fields, lines=lines)


@transaction.atomic
def create_invoice(
    *, actor: Actor, origin: Record | None = None, ref: str = "", lines: Sequence[LineFields] = (),
    **fields: Unpack[DocumentFields],
) -> Record:  # fmt: skip
    """A new supplier invoice, a draft; its lines take from an order's or a goods receipt's."""
    return CHAIN.bear(kinds["supplier_invoice"], actor, origin=origin, ref=ref, fields=fields, lines=lines)


@transaction.atomic
def change_order(
    record: Record, *, actor: Actor, lines: Sequence[LineFields] | None = None, **fields: Unpack[OrderFields]
) -> PurchaseOrder:
    """Set some fields, and all lines if they are given; of a sent one nothing below what arrived."""
    return CHAIN.change(
        record, PurchaseOrder, actor, states=(OrderState.DRAFT, OrderState.SENT), fields=fields, lines=lines
    )


@transaction.atomic
def change_goods_receipt(
    record: Record, *, actor: Actor, lines: Sequence[LineFields] | None = None, **fields: Unpack[DocumentFields]
) -> GoodsReceipt:
    """Set some fields, and all lines if they are given, of a draft."""
    return CHAIN.change(record, GoodsReceipt, actor, states=(ReceptionState.DRAFT,), fields=fields, lines=lines)


@transaction.atomic
def change_invoice(
    record: Record, *, actor: Actor, lines: Sequence[LineFields] | None = None, **fields: Unpack[DocumentFields]
) -> SupplierInvoice:
    """Set some fields, and all lines if they are given, of a draft."""
    return CHAIN.change(record, SupplierInvoice, actor, states=(PostingState.DRAFT,), fields=fields, lines=lines)


@transaction.atomic
def send_order(record: Record, *, actor: Actor) -> PurchaseOrder:
    """The supplier has it."""
    order = take(record, PurchaseOrder, actor)
    require_state(order, OrderState.DRAFT)
    require_lines(record)
    return turn(order, actor, "send", state=OrderState.SENT)


@transaction.atomic
def receive_goods(record: Record, *, actor: Actor) -> GoodsReceipt:
    """What it lists has arrived."""
    goods = take(record, GoodsReceipt, actor)
    require_state(goods, ReceptionState.DRAFT)
    require_lines(record)
    return turn(goods, actor, "receive", state=ReceptionState.RECEIVED)


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
    return turn(invoice, actor, "post", state=PostingState.POSTED, posted_on=day, due_on=due)


@transaction.atomic
def cancel(record: Record, *, actor: Actor, reason: str) -> CommercialDocument:
    """It is of no account, for this reason; refused where another document has taken something of it."""
    model = kinds[record.kind].model
    document: Any = take(record, model, actor)
    require_state(document, *(state for state in CANCELLABLE[record.kind]))
    if Line.objects.filter(source__record=record, void=False).exists():
        raise ValidationError(_("Something of it has been received or invoiced."), code="not_now")
    said = required_text(reason, missing=_("Say why it is cancelled."))
    turn(document, actor, "cancel", note=said, state="cancelled")
    CHAIN.void(record)
    return document  # type: ignore[no-any-return]


CANCELLABLE = {
    "purchase_order": (OrderState.DRAFT, OrderState.SENT),
    "goods_receipt": (ReceptionState.DRAFT, ReceptionState.RECEIVED),
    "supplier_invoice": (PostingState.DRAFT, PostingState.POSTED),
}
