"""Every change of a sales document. Pages, API, imports and tests call these."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TypeVar, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from hilvan.records.history import Actor, acting
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from hilvan.records.services import check_company, refuse, required_text, take
from hilvan.trade.chains import Chain
from hilvan.trade.models import Line, parts
from hilvan.trade.services import DocumentFields, LineFields, next_in_series, require_lines, require_state, turn

from .models import CreditNote, DeliveryNote, Invoice, InvoiceState, Issued, NoteState, OrderState, SalesOrder

CHAIN = Chain(("customer",))
SIMPLIFIED_UP_TO = Decimal(400)
"""Euros with VAT up to which an invoice may leave out whom it is for (RD 1619/2012, art. 4.1.a)."""


class OrderFields(DocumentFields, total=False):
    deliver_on: dt.date | None


class NoteFields(DocumentFields, total=False):
    """``received_by`` is the person who took the delivery."""

    received_by: str


class CreditNoteFields(DocumentFields, total=False):
    """``rectifies`` is the issued invoice, ``rectification`` the tax agency's code (R1 to R5), ``reason`` in words."""

    rectifies: Record | None
    rectification: str
    reason: str


# Each of these raises ``ValidationError`` (by field; a line's as "lines.0.price") and ``PermissionDenied``.


@transaction.atomic
def create_order(
    *, actor: Actor, origin: Record | None = None, ref: str = "", lines: Sequence[LineFields] = (),
    **fields: Unpack[OrderFields],
) -> Record:  # fmt: skip
    """A new sales order, a draft."""
    return CHAIN.bear(kinds["sales_order"], actor, origin=origin, ref=ref, fields=fields, lines=lines)


@transaction.atomic
def create_delivery_note(
    *, actor: Actor, origin: Record | None = None, ref: str = "", lines: Sequence[LineFields] = (),
    **fields: Unpack[NoteFields],
) -> Record:  # fmt: skip
    """A new delivery note, a draft; its lines take from those of an order, never more than is left."""
    return CHAIN.bear(kinds["delivery_note"], actor, origin=origin, ref=ref, fields=fields, lines=lines)


@transaction.atomic
def create_invoice(
    *, actor: Actor, origin: Record | None = None, ref: str = "", lines: Sequence[LineFields] = (),
    **fields: Unpack[DocumentFields],
) -> Record:  # fmt: skip
    """A new invoice, a draft without a number of its own; its lines take from an order's or a delivery note's."""
    return CHAIN.bear(kinds["invoice"], actor, origin=origin, ref=ref, fields=fields, lines=lines)


@transaction.atomic
def create_credit_note(
    *, actor: Actor, origin: Record | None = None, ref: str = "", lines: Sequence[LineFields] = (),
    **fields: Unpack[CreditNoteFields],
) -> Record:  # fmt: skip
    """A new credit note, a draft, of an issued invoice: the one given, else the one from which it starts."""
    if fields.get("rectifies") is None and origin is not None and origin.kind == "invoice":
        fields["rectifies"] = origin
    _check_rectified(actor, fields.get("rectifies"), fields.get("party"))
    return CHAIN.bear(kinds["credit_note"], actor, origin=origin, ref=ref, fields=fields, lines=lines)


@transaction.atomic
def change_order(
    record: Record, *, actor: Actor, lines: Sequence[LineFields] | None = None, **fields: Unpack[OrderFields]
) -> SalesOrder:
    """Set some fields, and all lines if they are given; of a confirmed one nothing below what was delivered."""
    return CHAIN.change(
        record, SalesOrder, actor, states=(OrderState.DRAFT, OrderState.CONFIRMED), fields=fields, lines=lines
    )


@transaction.atomic
def change_delivery_note(
    record: Record, *, actor: Actor, lines: Sequence[LineFields] | None = None, **fields: Unpack[NoteFields]
) -> DeliveryNote:
    """Set some fields, and all lines if they are given, of a draft."""
    return CHAIN.change(record, DeliveryNote, actor, states=(NoteState.DRAFT,), fields=fields, lines=lines)


@transaction.atomic
def change_invoice(
    record: Record, *, actor: Actor, lines: Sequence[LineFields] | None = None, **fields: Unpack[DocumentFields]
) -> Invoice:
    """Set some fields, and all lines if they are given, of a draft."""
    return CHAIN.change(record, Invoice, actor, states=(InvoiceState.DRAFT,), fields=fields, lines=lines)


@transaction.atomic
def change_credit_note(
    record: Record, *, actor: Actor, lines: Sequence[LineFields] | None = None, **fields: Unpack[CreditNoteFields]
) -> CreditNote:
    """Set some fields, and all lines if they are given, of a draft."""
    if "rectifies" in fields:
        _check_rectified(actor, fields["rectifies"], fields.get("party", record.party))
    return CHAIN.change(record, CreditNote, actor, states=(InvoiceState.DRAFT,), fields=fields, lines=lines)


@transaction.atomic
def confirm_order(record: Record, *, actor: Actor) -> SalesOrder:
    """The customer's order is taken on: it can be delivered and invoiced."""
    order = take(record, SalesOrder, actor)
    require_state(order, OrderState.DRAFT)
    require_lines(record)
    return turn(order, actor, "confirm", state=OrderState.CONFIRMED)


@transaction.atomic
def cancel_order(record: Record, *, actor: Actor, reason: str) -> SalesOrder:
    """Nothing of it will be delivered, for this reason; refused where something has been delivered or invoiced."""
    order = take(record, SalesOrder, actor)
    require_state(order, OrderState.DRAFT, OrderState.CONFIRMED)
    if Line.objects.filter(source__record=record, void=False).exists():
        raise ValidationError(_("Something of it has been delivered or invoiced."), code="not_now")
    said = required_text(reason, missing=_("Say why it is cancelled."))
    CHAIN.void(record)
    return turn(order, actor, "cancel", note=said, state=OrderState.CANCELLED)


@transaction.atomic
def deliver_note(record: Record, *, actor: Actor, received_by: str = "") -> DeliveryNote:
    """The customer has got what it lists; ``received_by`` says who took it."""
    note = take(record, DeliveryNote, actor)
    require_state(note, NoteState.DRAFT)
    require_lines(record)
    received_by = received_by.strip()[:100] or note.received_by
    return turn(note, actor, "deliver", state=NoteState.DELIVERED, received_by=received_by)


@transaction.atomic
def cancel_note(record: Record, *, actor: Actor, reason: str) -> DeliveryNote:
    """Nothing was delivered by it, for this reason; refused where something of it has been invoiced."""
    note = take(record, DeliveryNote, actor)
    require_state(note, NoteState.DRAFT, NoteState.DELIVERED)
    if Line.objects.filter(source__record=record, void=False).exists():
        raise ValidationError(_("Something of it has been invoiced."), code="not_now")
    said = required_text(reason, missing=_("Say why it is cancelled."))
    turn(note, actor, "cancel", note=said, state=NoteState.CANCELLED)
    CHAIN.void(record)
    return note


@transaction.atomic
def issue_invoice(record: Record, *, actor: Actor) -> Invoice:
    """Give the invoice its number, the next of its series, and make it final: the database keeps it as it is.

    The series is locked last, so that nobody waits for more than this. Raises ``ValidationError`` where it lacks
    what an invoice must say (RD 1619/2012, art. 6).
    """
    invoice = take(record, Invoice, actor)
    _check_issuable(invoice, actor)
    due = parts(invoice.total, invoice.terms, invoice.dated)[-1][0]
    return _issue(invoice, actor, due_on=due)


@transaction.atomic
def issue_credit_note(record: Record, *, actor: Actor) -> CreditNote:
    """Give the credit note its number, the next of its own series (RD 1619/2012, art. 6.1.a), and make it final.

    Its invoice notes what it took back.
    """
    note = take(record, CreditNote, actor)
    _check_issuable(note, actor)
    if note.rectifies is None:
        raise ValidationError({"rectifies": _("Say which invoice it rectifies.")})
    invoice = Invoice.objects.select_for_update(no_key=True).get(pk=note.rectifies.pk)
    acting(actor, "credit_note.issue")
    invoice.rectified += note.total
    invoice.save(update_fields=["rectified"])
    return _issue(note, actor)


IssuedDocument = TypeVar("IssuedDocument", bound=Issued)


def _issue(document: IssuedDocument, actor: Actor, **columns: Any) -> IssuedDocument:
    record = document.record
    acting(actor, f"{record.kind}.issue")
    record.draft_number = record.number
    record.number = next_in_series(record.company, kinds[record.kind].prefix, document.dated)
    record.save(update_fields=["number", "draft_number"])
    return turn(document, actor, "issue", state=InvoiceState.ISSUED, issued_at=actor.now, **columns)


def _check_issuable(document: Issued, actor: Actor) -> None:
    require_state(document, InvoiceState.DRAFT)
    require_lines(document.record)
    errors: dict[str, Any] = {}
    if document.dated > actor.now.astimezone(actor.company.zone).date():
        errors["dated"] = _("It can't be issued before its day.")
    if abs(document.total) > SIMPLIFIED_UP_TO:
        if not document.billing_tax_id:
            errors["billing_tax_id"] = _("An invoice of more than 400 € needs the customer's tax identifier.")
        if not document.billing_address:
            errors["billing_address"] = _("An invoice of more than 400 € needs the customer's address.")
    refuse(errors)


def _check_rectified(actor: Actor, invoice: Record | None, party: Record | None) -> None:
    if invoice is None:
        return
    check_company(actor, rectifies=invoice)
    if invoice.kind != "invoice" or not Invoice.objects.get(pk=invoice.pk).is_issued:
        raise ValidationError({"rectifies": _("Only an issued invoice can be rectified.")})
    if party is not None and invoice.party_id != party.pk:
        raise ValidationError({"rectifies": _("It is an invoice of another customer.")})
