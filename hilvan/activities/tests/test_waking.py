"""Holds that end and deferrals that begin by themselves."""

from __future__ import annotations

import datetime as dt
import threading
import uuid

import pytest
from django.db import connection
from django.utils import timezone, translation

from hilvan.activities.models import Activity, Situation
from hilvan.activities.services import create_activity, transition
from hilvan.activities.waking import end_deferrals, end_holds
from hilvan.activities.words import told as in_words
from hilvan.notifications.models import Notice, Reason
from hilvan.people.models import User
from hilvan.records.history import Actor, Channel, entries, writing_at
from hilvan.records.models import Record
from tests.world import World, standing

HOUR = dt.timedelta(hours=1)


def on_hold(world: World, *, until: dt.datetime | None, begun: bool = True) -> Record:
    record = world.activity("Esperar la pieza", assignee=world.luis)
    if begun:
        transition(record, actor=world.actor(), to="in_progress")
    transition(record, actor=world.actor(), to="on_hold", reason="part")
    Activity.objects.filter(pk=record.pk).update(hold_until=until)
    return record


def told(record: Record) -> list[tuple[str, str]]:
    return list(Notice.objects.filter(record=record).order_by("id").values_list("reason", "state"))


@pytest.mark.parametrize(("begun", "state"), [(True, "in_progress"), (False, "new")])
def test_a_hold_ends_at_its_instant_in_the_state_before_and_the_assignee_is_told(
    world: World, begun: bool, state: str
) -> None:
    record = on_hold(world, until=timezone.now() - HOUR, begun=begun)
    later = on_hold(world, until=timezone.now() + HOUR)
    without_end = on_hold(world, until=None)

    assert end_holds() == 1
    assert end_holds() == 0
    assert (standing(record).state, standing(record).hold_until) == (state, None)
    assert told(record) == [("assigned", "queued"), ("hold_over", "queued")]
    assert {standing(later).state, standing(without_end).state} == {"on_hold"}
    assert (entries(record)[0].channel, entries(record)[0].actor) == ("automation", None)


def test_a_deferral_ends_at_its_start_and_the_assignee_is_told(world: World) -> None:
    tomorrow = timezone.now() + 24 * HOUR
    record = world.activity("Visitar", assignee=world.luis, deferred=True, start_at=tomorrow, end_at=tomorrow)
    assert end_deferrals() == 0

    Activity.objects.filter(pk=record.pk).update(start_at=timezone.now() - HOUR)
    assert end_deferrals() == 1
    assert end_deferrals() == 0
    assert not standing(record).deferred
    assert told(record) == [("assigned", "queued"), ("deferral_begun", "queued")]
    with translation.override("es"):
        assert "ya no está diferida" in str(in_words(entries(record, limit=1), world.ana))


def test_what_is_closed_archived_or_nobodys_tells_nobody(world: World) -> None:
    past = timezone.now() - HOUR
    closed = world.activity("Cerrada", assignee=world.luis, deferred=True, start_at=past, end_at=past, state="closed")
    nobodys = world.activity("De nadie", deferred=True, start_at=past, end_at=past)
    archived = world.activity("Archivada", assignee=world.luis, deferred=True, start_at=past, end_at=past)
    Activity.objects.filter(pk=archived.pk).update(archived_at=past)

    assert end_deferrals() == 1
    assert not Notice.objects.filter(reason=Reason.DEFERRAL_BEGUN).exists()
    assert [standing(record).deferred for record in (closed, nobodys, archived)] == [True, False, True]


def test_what_nobody_touched_since_it_was_imported_wakes_and_tells_nobody(committed_world: World) -> None:
    world = committed_world
    born = timezone.now() - 48 * HOUR
    with writing_at(born, uuid.uuid4()):
        actor = Actor(world.company, Channel.IMPORT, world.ana, at=born)
        record = create_activity(
            actor=actor, type=world.type(), subject="De antes", assignee=world.luis,
            deferred=True, start_at=born + HOUR, end_at=born + HOUR,
        )  # fmt: skip
    assert end_deferrals() == 1
    assert told(record) == [("assigned", "suppressed"), ("deferral_begun", "suppressed")]


def test_many_workers_wake_each_exactly_once(committed_world: World) -> None:
    world = committed_world
    records = [on_hold(world, until=timezone.now() - HOUR) for _n in range(12)]
    woken: list[int] = []

    def work() -> None:
        woken.append(end_holds())
        connection.close()

    threads = [threading.Thread(target=work) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(woken) == len(records)
    assert Notice.objects.filter(reason=Reason.HOLD_OVER).count() == len(records)
    assert Situation.objects.filter(activity__in=records, state="in_progress", valid__upper_inf=True).count() == 12
    assert User.objects.get(pk=world.luis.pk).notices.filter(reason=Reason.HOLD_OVER).count() == 12
