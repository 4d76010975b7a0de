"""What is printed of a work order: what was to be done and what was, the hours, the material, who signed."""

from __future__ import annotations

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hilvan.printing import printer
from hilvan.printing.sheet import Block, Column, Facts, Prose, Sheet, Signatures, Table, filled, said
from hilvan.records.attachments import content
from hilvan.trade import printing
from hilvan.trade.kind import number

from .models import WorkOrder, hours_of


def sheet_of_work_order(order: WorkOrder) -> Sheet:
    """Prices stand on it where its lines have any. Where nobody has signed there is room to."""
    owner = order.record.owner
    return printing.sheet(
        order,
        facts=(
            (_("Technician"), owner.name if owner else ""),
            (_("Planned"), moment(order.start_at)),
            (_("Begun"), moment(order.begun_at)),
            (pgettext("work order", "Finished"), moment(order.finished_at)),
        ),
        priced=any(line.price for line in order.record.lines.all()),
        payment=[],
        notes=_("To be done"),
        after=filled([tasks(order), Prose(order.report.strip(), _("What was done")), times(order), *signature(order)]),
        drawing=drawing(order),
    )


def tasks(order: WorkOrder) -> Block | None:
    rows = [(task.text, moment(task.done_at)) for task in order.record.work_tasks.order_by("position", "id")]
    return Table([Column(_("Task")), Column(_("Done"), numeric=True)], rows) if rows else None


def times(order: WorkOrder) -> Block | None:
    """What was worked, by whom; what still runs is left out."""
    worked = list(
        order.record.work_times.filter(ended_at__isnull=False).select_related("person").order_by("started_at", "id")
    )
    if not worked:
        return None
    rows = [
        (time.person.name, moment(time.started_at), moment(time.ended_at), number(hours_of([time]), 2))
        for time in worked
    ]
    rows.append((_("Hours in all"), "", "", number(hours_of(worked), 2)))
    columns = [
        Column(_("Technician")),
        Column(_("From")),
        Column(pgettext("end of a time", "To")),
        Column(_("Hours"), numeric=True),
    ]
    return Table(columns, rows, _("Working times"))


def signature(order: WorkOrder) -> list[Block]:
    if order.signed_at is None:
        return [Signatures([_("Customer: name, date and signature")])]
    who = _("%(name)s, %(when)s") % {"name": order.signed_by, "when": moment(order.signed_at)}
    if order.signature is None:
        return [Facts(said((_("Signed by"), who)))]
    return [Signatures([who])]


def drawing(order: WorkOrder) -> bytes:
    """What the customer drew; nothing where it can't be printed or is lost: the rest is printed all the same."""
    if order.signature is None:
        return b""
    try:
        with content(order.signature) as file:
            drawn: bytes = file.read()
        printer.try_image(drawn)
    except (OSError, printer.Failed):
        return b""
    return drawn


def moment(instant: object) -> str:
    return date_format(timezone.localtime(instant), "SHORT_DATETIME_FORMAT") if instant else ""  # type: ignore[arg-type]
