"""What services do to an activity."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from hilvan.activities.lifecycle import TRANSITIONS, TransitionRefused
from hilvan.activities.models import Activity, Situation, State
from hilvan.activities.services import change_activity, create_activity, defer, results_of, transition
from hilvan.notifications.models import Notice
from hilvan.records.history import entries
from tests.world import World, standing


def test_a_new_activity_has_a_number_a_party_and_a_first_situation(world: World) -> None:
    record = world.activity("Llamar a Marta", assignee=world.luis)

    assert record.number.startswith(f"ACT-{timezone.now().astimezone(world.company.zone).year}-")
    situation = Situation.objects.get(activity=record)
    assert (situation.state, situation.assignee, situation.subject) == ("new", world.luis, "Llamar a Marta")
    assert situation.valid.upper is None


@pytest.mark.parametrize("start", list(State))
@pytest.mark.parametrize("to", list(State))
def test_only_the_changes_of_state_in_the_table_are_allowed(world: World, start: State, to: State) -> None:
    record = world.activity()
    Activity.objects.filter(pk=record.pk).update(state=start)
    words: dict[str, Any] = {
        "reason": "customer",
        "result": results_of(world.type())[0] if to is State.CLOSED else None,
    }

    if to in TRANSITIONS[start]:
        assert transition(record, actor=world.actor(), to=to, **words).state == to
    else:
        with pytest.raises(TransitionRefused) as refused:
            transition(record, actor=world.actor(), to=to, **words)
        assert refused.value.allowed == TRANSITIONS[start]
        assert standing(record).state == start


@pytest.mark.parametrize("missing", ["start_at", "end_at"])
def test_deferred_at_birth_needs_both_dates(world: World, missing: str) -> None:
    tomorrow = timezone.now() + dt.timedelta(days=1)
    dates: dict[str, Any] = {"start_at": tomorrow, "end_at": tomorrow, missing: None}

    with pytest.raises(ValidationError) as refused:
        world.activity(deferred=True, **dates)

    assert list(refused.value.message_dict) == [missing]
    assert not Activity.objects.exists()


def test_an_end_before_the_start_is_refused_beside_the_end(world: World) -> None:
    now = timezone.now()
    with pytest.raises(ValidationError) as refused:
        world.activity(start_at=now, end_at=now - dt.timedelta(seconds=1))
    assert list(refused.value.message_dict) == ["end_at"]


def test_deferring_keeps_the_first_promise_and_counts(world: World) -> None:
    monday = timezone.now() + dt.timedelta(days=3)
    record = world.activity(start_at=monday, end_at=monday)
    for weeks in (1, 2):
        later = monday + dt.timedelta(weeks=weeks)
        defer(record, actor=world.actor(), start_at=later, end_at=later, reason="Pide más tiempo")

    activity = standing(record)
    assert (activity.promised_start_at, activity.deferrals, activity.deferred) == (monday, 2, True)
    assert activity.start_at == monday + dt.timedelta(weeks=2)
    assert entries(record)[0].note == "Pide más tiempo"


def test_deferring_says_all_that_is_wrong_at_once(world: World) -> None:
    record = world.activity()
    with pytest.raises(ValidationError) as refused:
        defer(record, actor=world.actor(), start_at=None, end_at=None, reason=" ")
    assert set(refused.value.message_dict) == {"reason", "start_at", "end_at"}
    assert standing(record).deferrals == 0


def test_the_hold_knows_why_for_whom_until_and_the_state_before(world: World) -> None:
    record = world.activity()
    transition(record, actor=world.actor(), to="in_progress")
    until = timezone.now() + dt.timedelta(days=2)
    activity = transition(record, actor=world.actor(), to="on_hold", reason="part", hold_for=world.luis, until=until)

    assert (activity.hold_reason, activity.hold_for_user, activity.hold_until) == ("part", world.luis, until)
    assert activity.hold_returns_to == "in_progress"
    assert transition(record, actor=world.actor(), to="new").hold_reason == ""


def test_a_call_is_closed_with_one_of_its_results(world: World) -> None:
    record = world.activity(type="call")
    with pytest.raises(ValidationError) as refused:
        transition(record, actor=world.actor(), to="closed")
    assert list(refused.value.message_dict) == ["result"]

    results = results_of(world.type("call"))
    assert [result.code for result in results] == ["answered", "no_answer", "left_message", "done", "cancelled"]
    activity = transition(record, actor=world.actor(), to="closed", result=results[1], note="Sale el buzón")
    assert activity.closed_at is not None
    assert str(activity.result) in {"Sin respuesta", "No answer"}


def test_reopening_needs_a_reason_and_takes_the_result_away(world: World) -> None:
    record = world.activity()
    transition(record, actor=world.actor(), to="closed")
    with pytest.raises(ValidationError):
        transition(record, actor=world.actor(), to="new")
    activity = transition(record, actor=world.actor(), to="in_progress", reason="Volvió a fallar")
    assert (activity.closed_at, activity.result) == (None, None)


def test_the_assignee_is_told_once_for_each_new_assignment(world: World) -> None:
    record = world.activity(assignee=world.luis)
    change_activity(record, actor=world.actor(), subject="Otra cosa")
    change_activity(record, actor=world.actor(), assignee=world.eva)

    told = [(notice.recipient, notice.state) for notice in Notice.objects.filter(record=record).order_by("id")]
    assert told == [(world.luis, "queued"), (world.eva, "queued")]


def test_what_is_not_sent_says_why(world: World) -> None:
    world.activity(assignee=world.ana)
    world.activity(assignee=world.luis, state="closed")
    reasons = Notice.objects.order_by("id").values_list("state", "suppressed_by")
    assert list(reasons) == [("suppressed", "oneself"), ("suppressed", "born_closed")]


def test_nobody_of_another_company_can_be_assigned_or_be_the_actor(world: World) -> None:
    with pytest.raises(ValidationError) as refused:
        world.activity(assignee=world.zoe)
    assert list(refused.value.message_dict) == ["assignee"]
    record = world.activity()
    with pytest.raises(PermissionDenied):
        transition(record, actor=world.actor(world.zoe), to="closed")


def test_all_that_is_wrong_is_said_at_once_and_nothing_is_written(world: World) -> None:
    with pytest.raises(ValidationError) as refused:
        create_activity(
            actor=world.actor(), type=world.type(), subject="\x00", place="x" * 501, priority=9, assignee=world.zoe
        )
    assert set(refused.value.message_dict) == {"subject", "place", "priority", "assignee"}
    assert not Activity.objects.exists()
