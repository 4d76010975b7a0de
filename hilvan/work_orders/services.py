"""Every change of a work order as a whole; what is done on it, piece by piece, is in ``work``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Unpack

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from hilvan.records.attachments import attach
from hilvan.records.history import Actor, acting
from hilvan.records.kinds import kinds
from hilvan.records.models import Attachment, Record
from hilvan.records.services import as_validation_error, check_text, clean, put, refuse, required_text, take
from hilvan.trade.chains import Chain
from hilvan.trade.models import Line
from hilvan.trade.services import DocumentFields, LineFields, change_document, require_state, turn

from .models import OPEN, State, Task, WorkOrder, hours_of

CHAIN = Chain(("customer",))
OWN = ("start_at", "end_at", "hourly_rate", "report")
MOST_TASKS = 200


class Fields(DocumentFields, total=False):
    """``start_at`` to ``end_at``: when it is planned. ``hourly_rate``: euros an hour without VAT. ``report``: what was
    done. The technician is the ``owner``, the place the ``delivery_address``."""

    start_at: dt.datetime | None
    end_at: dt.datetime | None
    hourly_rate: Decimal | None
    report: str


# Each of these raises ``ValidationError`` (by field; a line's as "lines.0.price") and ``PermissionDenied``.


@transaction.atomic
def create_work_order(
    *,
    actor: Actor,
    origin: Record | None = None,
    ref: str = "",
    lines: Sequence[LineFields] = (),
    tasks: Sequence[str] = (),
    **fields: Unpack[Fields],
) -> Record:
    """A new work order, planned; its lines take from those of a sales order, never more than is left."""
    check_own(WorkOrder(), fields, tasks)
    record = CHAIN.bear(kinds["work_order"], actor, origin=origin, ref=ref, fields=fields, lines=lines)
    _write_tasks(record, tasks)
    return record


@transaction.atomic
def change_work_order(
    record: Record,
    *,
    actor: Actor,
    lines: Sequence[LineFields] | None = None,
    tasks: Sequence[str] | None = None,
    **fields: Unpack[Fields],
) -> WorkOrder:
    """Set some fields, and all lines and all tasks if they are given, of what is not done yet.

    A task that is still among them stays as it is, ticked or not.
    """
    check_own(WorkOrder.objects.get(pk=record.pk), fields, tasks or ())
    order = CHAIN.change(record, WorkOrder, actor, states=OPEN, fields=fields, lines=lines)
    if tasks is not None:
        _write_tasks(record, tasks)
    return order


@transaction.atomic
def finish_work(record: Record, *, actor: Actor, report: str = "") -> WorkOrder:
    """The work is done: whoever's time still runs is stopped, and the hours become a line of the order."""
    order = take(record, WorkOrder, actor)
    require_state(order, *OPEN)
    return _finish(order, actor, report)


@transaction.atomic
def sign_work(
    record: Record, *, actor: Actor, signed_by: str, drawn: bytes | None = None, report: str = ""
) -> WorkOrder:
    """The customer's ``signed_by`` says that it was done, and finishes it where it was not; ``drawn`` is a PNG."""
    order = take(record, WorkOrder, actor)
    require_state(order, *OPEN, State.DONE)
    if order.signed_at is not None:
        raise ValidationError(_("It has been signed already."), code="not_now")
    signed_by = required_text(signed_by, missing=_("Say who signs."), field="signed_by", at_most=100)
    if order.is_open:
        order = _finish(order, actor, report)
    signature = _keep(record, actor, drawn, signed_by) if drawn else None
    return turn(order, actor, "sign", signed_by=signed_by, signed_at=actor.now, signature=signature)


@transaction.atomic
def cancel_work(record: Record, *, actor: Actor, reason: str) -> WorkOrder:
    """It will not be done, for this reason; what it took from an order is left again."""
    order = take(record, WorkOrder, actor)
    require_state(order, *OPEN)
    if record.work_times.filter(ended_at=None).exists():
        raise ValidationError(_("Somebody’s time is running: stop it first."), code="not_now")
    said = required_text(reason, missing=_("Say why it is cancelled."))
    turn(order, actor, "cancel", note=said, state=State.CANCELLED)
    CHAIN.void(record)
    return order


@transaction.atomic
def reopen_work(record: Record, *, actor: Actor, reason: str) -> WorkOrder:
    """What was done or cancelled is to be done again, for this reason; a signature no longer counts.

    Refused where something of it has been invoiced. What was drawn stays among the files.
    """
    order = take(record, WorkOrder, actor)
    require_state(order, State.DONE, State.CANCELLED)
    if Line.objects.filter(source__record=record, void=False).exists():
        raise ValidationError(_("Something of it has been invoiced."), code="not_now")
    said = required_text(reason, missing=_("Say why it is reopened."))
    labour = order.labour_id
    state = State.IN_PROGRESS if order.begun_at else State.PLANNED
    unsigned: dict[str, Any] = {"signed_by": "", "signed_at": None, "signature": None}
    turn(order, actor, "reopen", note=said, state=state, finished_at=None, labour=None, **unsigned)
    try:
        with transaction.atomic():
            record.lines.filter(void=True).update(void=False)
    except IntegrityError as error:
        taken = _("What it took from an order, another has taken since.")
        raise as_validation_error(error, {"line_takes_no_more_than_is_left": ("reason", taken)}) from error
    _put_lines(order, actor, [line for line in order.lines if line["id"] != labour])
    return order


def _finish(order: WorkOrder, actor: Actor, report: str) -> WorkOrder:
    record = order.record
    check_text(report, field="report", at_most=10_000)
    acting(actor, "work_order.finish")
    record.work_times.filter(ended_at=None).update(ended_at=Greatest("started_at", Value(actor.now)))
    hours = hours_of(record.work_times.all())
    labour = None
    if hours and order.hourly_rate:
        worked = LineFields(description=_("Labour"), quantity=hours, unit=_("h"), price=order.hourly_rate)
        _put_lines(order, actor, [*order.lines, worked])
        labour = record.lines.order_by("position").last()
    done: dict[str, Any] = {
        "finished_at": actor.now,
        "begun_at": order.begun_at or actor.now,
        "report": report.strip() or order.report,
    }
    return turn(order, actor, "finish", state=State.DONE, labour=labour, **done)


def _put_lines(order: WorkOrder, actor: Actor, lines: Sequence[Any]) -> None:
    change_document(order, actor, parties=CHAIN.parties, fields={}, lines=lines)


def _keep(record: Record, actor: Actor, drawn: bytes, signed_by: str) -> Attachment:
    name = _("Signature of %(name)s") % {"name": signed_by.replace("/", " ")}
    return attach(record, [ContentFile(drawn, f"{name}.png")], actor=actor)[0]


def check_own(order: WorkOrder, fields: Mapping[str, Any], tasks: Sequence[str] = ()) -> None:
    """Raise ``ValidationError`` where these fields of a work order's own, or these tasks, are not as they should be."""
    put(order, {name: value for name, value in fields.items() if name in OWN})
    clean(order, *OWN)
    errors = {}
    if order.start_at and order.end_at and order.end_at < order.start_at:
        errors["end_at"] = _("It ends before it starts.")
    if len(tasks) > MOST_TASKS:
        errors["tasks"] = _("At most %(n)d tasks.") % {"n": MOST_TASKS}
    refuse(errors)
    for text in tasks:
        check_text(text, field="tasks", at_most=500)


def _write_tasks(record: Record, texts: Sequence[str]) -> None:
    """The tasks of an order are these, in this order; of several of the same words each stands for one."""
    gone = list(record.work_tasks.order_by("position", "id"))
    for position, text in enumerate(filter(None, (text.strip() for text in texts)), start=1):
        task = next((one for one in gone if one.text == text), None)
        if task is None:
            Task.objects.create(company_id=record.company_id, record=record, position=position, text=text)
            continue
        gone.remove(task)
        if task.position != position:
            task.position = position
            task.save(update_fields=["position"])
    record.work_tasks.filter(pk__in=[task.pk for task in gone]).delete()


def add_material(record: Record, *, actor: Actor, **line: Unpack[LineFields]) -> WorkOrder:
    """One more line on an order that is not done yet; what is left out is the product's. Errors are its "lines.N.…"."""
    lines: list[Any] = WorkOrder.objects.select_related("record").get(pk=record.pk).lines
    return change_work_order(record, actor=actor, lines=[*lines, line])
