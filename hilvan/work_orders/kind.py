"""The declaration of the work order, and how it is told."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from hilvan.parties.kind import card_of_people
from hilvan.people.api import user_json
from hilvan.people.models import User
from hilvan.records.history import children_stood
from hilvan.records.kinds import ChildTable, Column, Fact, Kind, Prefilled, Start, Verb, kinds
from hilvan.records.kinds import State as Standing
from hilvan.records.models import Record
from hilvan.records.presentation import value
from hilvan.trade import kind as trade
from hilvan.trade.models import Done
from hilvan.web.links import map_url

from . import services, work
from .forms import FinishForm, ReasonForm, SignForm, WorkOrderForm
from .importing import IMPORTING
from .models import State, Task, Time, WorkOrder, hours_of
from .printing import sheet_of_work_order
from .schemas import Reason, Report, Signing, WorkOrderFields

STATES = {
    State.PLANNED: Standing("planned", State.PLANNED.label, "new"),
    State.IN_PROGRESS: Standing("in_progress", State.IN_PROGRESS.label, "progress"),
    State.DONE: Standing("done", State.DONE.label, "good"),
    "invoiced": Standing("invoiced", pgettext_lazy("work order", "Invoiced"), "plain"),
    State.CANCELLED: Standing("cancelled", State.CANCELLED.label, "bad"),
}


def state_of(order: WorkOrder) -> Standing:
    return STATES["invoiced" if order.state == State.DONE and order.invoiced == Done.ALL else order.state]


def in_state(code: str) -> Q:
    invoiced = Q(state=State.DONE, invoiced=Done.ALL)
    return invoiced if code == "invoiced" else Q(state=code) & ~invoiced


def times_of(order: WorkOrder) -> list[Time]:
    """The working times of an order, now or as it stood, the first one first."""
    instant: dt.datetime | None = getattr(order, "stood_at", None)
    times = order.record.work_times.all() if instant is None else children_stood(order.record, Time, instant)
    return sorted(times, key=lambda time: (time.started_at, time.pk))


def tasks_of(order: WorkOrder) -> list[Task]:
    instant: dt.datetime | None = getattr(order, "stood_at", None)
    tasks = order.record.work_tasks.all() if instant is None else children_stood(order.record, Task, instant)
    return sorted(tasks, key=lambda task: (task.position, task.pk))


def describe(order: WorkOrder) -> dict[str, Any]:
    times = times_of(order)
    told = ("start_at", "end_at", "begun_at", "finished_at", "hourly_rate", "report", "signed_by", "signed_at")
    return {
        **trade.describe(order),
        **{name: value(getattr(order, name)) for name in told},
        "signature": str(order.signature.uuid) if order.signature else None,
        "invoiced": order.invoiced,
        "hours": str(hours_of(times)),
        "tasks": [describe_task(task) for task in tasks_of(order)],
        "times": [describe_time(time) for time in times],
    }


def describe_task(task: Task) -> dict[str, Any]:
    return {"id": task.pk, "text": task.text, "done_at": value(task.done_at), "done_by": user_json(task.done_by)}


def describe_time(time: Time) -> dict[str, Any]:
    told = {name: value(getattr(time, name)) for name in ("started_at", "ended_at", "note")}
    return {"id": time.pk, "person": user_json(time.person), **told}


def planned(order: WorkOrder) -> str:
    """When it is planned, in words: "24/11/2026 10:00–12:00"."""
    if order.start_at is None:
        return ""
    start = timezone.localtime(order.start_at)
    said = date_format(start, "SHORT_DATETIME_FORMAT")
    if order.end_at is None:
        return said
    end = timezone.localtime(order.end_at)
    return f"{said}–{date_format(end, 'TIME_FORMAT' if end.date() == start.date() else 'SHORT_DATETIME_FORMAT')}"


def is_late(order: WorkOrder) -> bool:
    """Whether it should have been done by now."""
    due = order.end_at or order.start_at
    return order.is_open and due is not None and due < timezone.now()


def facts(order: WorkOrder) -> list[Fact]:
    told = [
        Fact(_("Planned"), planned(order), tone="late" if is_late(order) else ""),
        Fact(_("Finished"), order.finished_at),
        Fact(_("Total"), trade.euros(order.total) if order.total else ""),
        Fact(_("Invoiced"), order.get_invoiced_display() if order.invoiced == Done.PART else ""),
    ]
    return [fact for fact in told if fact.value]


def ways(order: WorkOrder) -> dict[str, str]:
    return {"billing_address": map_url(order.billing_address)}


def prefill(origin: Record, user: User) -> dict[str, Prefilled]:
    """As every document; also where it is to be done, what, and, from an activity, when and by whom."""
    values = trade.start(kinds["work_order"], origin, user)
    del values["owner"]
    source = kinds[origin.kind].from_label
    model = getattr(origin, origin.declaration.accessor)
    if "delivery_address" not in values and (card := card_of_people(origin)) and card.address:
        of = kinds[origin.party.kind].from_label if origin.party is not None else source
        values["delivery_address"] = Prefilled(card.address, of)
    if what := getattr(model, "description", ""):
        values["notes"] = Prefilled(what, source)
    if origin.kind == "activity":
        if origin.owner is not None and origin.owner.is_active:
            values["owner"] = Prefilled(origin.owner, source)
        if not model.all_day:
            values |= {name: Prefilled(one, source) for name in ("start_at", "end_at") if (one := getattr(model, name))}
    return values


def why_not(origin: Record, user: User) -> str:
    if why := trade.why_no_party(origin, user):
        return why
    model = getattr(origin, origin.declaration.accessor)
    if origin.kind == "quote" and model.state != "accepted":
        return gettext("The quote has to be accepted first.")
    if origin.kind == "sales_order" and model.state != "confirmed":
        return gettext("The order has to be confirmed first.")
    return ""


WORK_ORDER = Kind(
    name="work_order",
    model=WorkOrder,
    label=_("Work order"),
    label_plural=_("Work orders"),
    new_label=_("New work order"),
    from_label=_("from the work order"),
    icon="tools",
    prefix="OT",
    path="work-orders",
    section=_("Service"),
    position=340,
    create=services.create_work_order,
    change=services.change_work_order,
    form=WorkOrderForm,
    schema=WorkOrderFields,
    describe=describe,
    state_of=state_of,
    states={state.code: state for state in STATES.values()},
    in_state=in_state,
    facts=facts,
    columns=(
        Column(_("Planned"), planned, numeric=True),
        Column(_("Place"), lambda order: order.place.replace("\n", ", ")),
        trade.TOTAL,
    ),
    related=(*trade.RELATED, "signature"),
    collected=(*trade.COLLECTED, "work_tasks__done_by", "work_times__person"),
    in_panels=trade.IN_PANELS | {"tasks", "notes", "report", "delivery_address"},
    ways=ways,
    verbs=(
        Verb(
            name="start",
            label=pgettext_lazy("working time", "Start"),
            icon="player-play",
            run=work.start_work,
            offered=lambda order: order.is_open,
            shown_to=lambda order, user: not order.record.work_times.filter(person=user, ended_at=None).exists(),
        ),
        Verb(
            name="stop",
            label=pgettext_lazy("working time", "Stop"),
            icon="player-pause",
            run=work.stop_work,
            offered=lambda order: order.is_open and order.record.work_times.filter(ended_at=None).exists(),
            shown_to=lambda order, user: order.record.work_times.filter(person=user, ended_at=None).exists(),
        ),
        Verb(
            name="sign",
            label=_("Sign…"),
            icon="pencil",
            run=services.sign_work,
            offered=lambda order: order.signed_at is None and order.state != State.CANCELLED,
            form=SignForm,
            schema=Signing,
        ),
        Verb(
            name="finish",
            label=_("Finish…"),
            icon="check",
            run=services.finish_work,
            offered=lambda order: order.is_open,
            form=FinishForm,
            schema=Report,
        ),
        Verb(
            name="cancel",
            label=_("Cancel…"),
            icon="circle-x",
            run=services.cancel_work,
            offered=lambda order: order.is_open,
            form=ReasonForm,
            schema=Reason,
        ),
        Verb(
            name="reopen",
            label=_("Reopen…"),
            icon="arrow-back-up",
            run=services.reopen_work,
            offered=lambda order: not order.is_open,
            form=ReasonForm,
            schema=Reason,
        ),
    ),
    importing=IMPORTING,
    starts_from={
        kind: Start(prefill, why_not)
        for kind in ("customer", "contact", "opportunity", "incident", "quote", "sales_order", "activity")
    },
    child_tables=(trade.LINES, ChildTable(Task, "record_id"), ChildTable(Time, "record_id")),
    bookkeeping=trade.BOOKKEEPING | {"labour_id"},
    known_by=("reference", "billing_tax_id"),
    prose=("notes", "report"),
    sheet=sheet_of_work_order,
    contact_card=card_of_people,
)
