"""What a technician does on a work order: the time starts and stops, tasks are ticked, times put right afterwards.

The instants of the clock are the server's. Each of these raises ``ValidationError`` (by field) and
``PermissionDenied``; an order that is done takes none of it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from hilvan.people.models import User
from hilvan.records.history import Actor, acting
from hilvan.records.models import Record
from hilvan.records.services import as_validation_error, check_all, check_company, clean, lock, refuse, take
from hilvan.trade.services import require_state, turn

from .models import OPEN, State, Task, Time, WorkOrder


@transaction.atomic
def start_work(record: Record, *, actor: Actor) -> WorkOrder:
    """The actor's time runs from now on; where it ran on another order, it stops there.

    An order without a technician is his from then on.
    """
    if actor.user is None:
        raise ValidationError(_("Only a person’s time can run."), code="not_now")
    running = running_of(actor.user)
    before = running.record if running else record
    for one in sorted({record, before}, key=lambda one: one.pk):  # always in this order: none waits for the other
        lock(one)
    order = _take_open(record, actor)
    if running and before == record:
        raise ValidationError(_("Your time is running here already."), code="not_now")
    if running:
        stop_work(before, actor=actor)
    if order.record.owner is None:
        acting(actor, "work_order.start")
        order.record.owner = actor.user
        order.record.save(update_fields=["owner"])
    now = actor.now
    turn(order, actor, "start", state=State.IN_PROGRESS, begun_at=order.begun_at or now)
    _save(Time(company_id=record.company_id, record=record, person=actor.user, started_at=now))
    return order


@transaction.atomic
def stop_work(record: Record, *, actor: Actor) -> WorkOrder:
    """The actor's time on this order stops now; who has none here stops those of others, which they forgot."""
    order = _take_open(record, actor)
    running = record.work_times.filter(ended_at=None)
    if not running.exists():
        raise ValidationError(_("Nobody’s time is running here."), code="not_now")
    acting(actor, "work_order.stop")
    own = running.filter(person=actor.user)
    (own if own.exists() else running).update(ended_at=Greatest("started_at", Value(actor.now)))
    return order


@transaction.atomic
def add_time(
    record: Record,
    *,
    actor: Actor,
    started_at: dt.datetime,
    ended_at: dt.datetime,
    person: User | None = None,
    note: str = "",
) -> Time:
    """A time that nobody clocked; without ``person`` the actor's own."""
    order = _take_open(record, actor)
    time = Time(company_id=record.company_id, record=record, person=person or actor.user)
    _put_right(time, actor, started_at=started_at, ended_at=ended_at, note=note, person=person or actor.user)
    turn(order, actor, "add_time", state=State.IN_PROGRESS, begun_at=min(order.begun_at or started_at, started_at))
    _save(time)
    return time


@transaction.atomic
def change_time(time: Time, *, actor: Actor, **fields: Any) -> Time:
    """Put a time right: ``started_at``, ``ended_at``, ``person``, ``note``."""
    _take_open(time.record, actor)
    time = Time.objects.get(pk=time.pk)
    _put_right(time, actor, **fields)
    acting(actor, "work_order.change_time")
    _save(time)
    return time


@transaction.atomic
def remove_time(time: Time, *, actor: Actor) -> None:
    """A time that was not worked; the history keeps it."""
    _take_open(time.record, actor)
    acting(actor, "work_order.remove_time")
    time.delete()


@transaction.atomic
def tick_task(task: Task, *, actor: Actor, done: bool = True) -> Task:
    """The task is done, or not after all."""
    _take_open(task.record, actor)
    task = Task.objects.get(pk=task.pk)
    if (task.done_at is not None) != done:
        acting(actor, "work_order.tick")
        task.done_at, task.done_by = (actor.now, actor.user) if done else (None, None)
        task.save(update_fields=["done_at", "done_by"])
    return task


def running_of(user: User) -> Time | None:
    """The time of this person's that runs now, with its order."""
    return Time.objects.filter(company=user.company_id, person=user, ended_at=None).select_related("record").first()


def _take_open(record: Record, actor: Actor) -> WorkOrder:
    order = take(record, WorkOrder, actor)
    require_state(order, *OPEN)
    return order


def _put_right(time: Time, actor: Actor, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(time, name, value.strip() if isinstance(value, str) else value)
    errors: dict[str, Any] = {}
    if time.person_id is None:
        errors["person"] = _("Say whose time it is.")
    if time.started_at is None:
        errors["started_at"] = _("Say when it began.")
    elif time.started_at > actor.now:
        errors["started_at"] = _("It lies in the future.")
    elif time.ended_at is not None and time.ended_at < time.started_at:
        errors["ended_at"] = _("It ends before it starts.")
    elif time.ended_at is not None and time.ended_at > actor.now:
        errors["ended_at"] = _("It lies in the future.")
    check_all(
        lambda: refuse(errors),
        lambda: check_company(actor, person=time.person),
        lambda: clean(time, "started_at", "ended_at", "note"),
    )


def _save(time: Time) -> None:
    """Two who start at the same instant: the database lets one of them."""
    try:
        with transaction.atomic():
            time.save()
    except IntegrityError as error:
        taken = {"one_running_time_of_a_person": ("ended_at", _("Another time of this person’s is running."))}
        raise as_validation_error(error, taken) from error
