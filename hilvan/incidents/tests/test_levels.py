"""What is promised of an incident, how its clock runs and stands, and what is its first answer."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import translation

from hilvan.activities.models import FAR_FUTURE, ActivityResult, Priority
from hilvan.activities.services import create_activity, transition
from hilvan.incidents import levels
from hilvan.incidents.board import LATE
from hilvan.incidents.models import Incident, ServiceLevel, State
from hilvan.incidents.services import (
    change_incident,
    close_incident,
    create_incident,
    hold_incident,
    reopen_incident,
    resume_incident,
)
from hilvan.incidents.words import clock, due
from hilvan.records.history import Actor, Channel, writing_at
from hilvan.records.models import Record, new_uuid
from hilvan.working_time.services import add_day_off, set_calendar
from tests.world import World

# A week without holidays of Spain: Monday 16 to Friday 20 November 2026.
MONDAY, TUESDAY, WEDNESDAY = "2026-11-16", "2026-11-17", "2026-11-18"


class Played:
    """What happens to one incident, each step at an instant of the company's clock."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.record = Record()

    def instant(self, when: str) -> dt.datetime:
        return dt.datetime.fromisoformat(when).replace(tzinfo=self.world.company.zone)

    def at(self, when: str, do: Any, *args: Any, **fields: Any) -> Any:
        instant = self.instant(when)
        with writing_at(instant, new_uuid()):
            return do(*args, actor=Actor(self.world.company, Channel.IMPORT, self.world.ana, at=instant), **fields)

    def born(self, when: str, **fields: Any) -> Record:
        self.record = self.at(when, create_incident, title="El horno gotea", **fields)
        return self.record

    @property
    def now(self) -> Incident:
        return Incident.objects.select_related("record", "company").get(pk=self.record.pk)

    @property
    def due(self) -> tuple[str, str]:
        """The two due instants on the company's clock."""
        zone, one = self.world.company.zone, self.now
        assert one.answer_due_at
        assert one.resolution_due_at
        return (f"{one.answer_due_at.astimezone(zone):%F %R}", f"{one.resolution_due_at.astimezone(zone):%F %R}")


@pytest.fixture
def played(world: World) -> Played:
    return Played(world)


@pytest.mark.parametrize(
    ("priority", "answer", "resolution"),
    [
        (Priority.URGENT, f"{MONDAY} 11:00", f"{MONDAY} 14:00"),
        (Priority.HIGH, f"{MONDAY} 12:00", f"{TUESDAY} 10:00"),
        (Priority.NORMAL, f"{MONDAY} 14:00", f"{WEDNESDAY} 10:00"),
        (Priority.LOW, f"{TUESDAY} 10:00", "2026-11-23 10:00"),
    ],
)
def test_each_priority_has_its_own_promise_in_working_hours(
    played: Played, priority: Priority, answer: str, resolution: str
) -> None:
    played.born(f"{MONDAY} 10:00", priority=priority)
    assert played.due == (answer, resolution)


def test_on_hold_the_clock_stands_and_as_much_working_time_is_left_afterwards(played: Played) -> None:
    record = played.born(f"{MONDAY} 10:00")  # normal: 4 h and 16 h
    played.at(f"{MONDAY} 12:00", hold_incident, record, waiting_for="customer", reason="Mandan fotos")
    assert (played.now.state, played.now.waiting_for) == ("on_hold", "customer")
    assert played.now.due_sort == FAR_FUTURE

    played.at(f"{TUESDAY} 16:00", resume_incident, record)
    # 2 h and 14 h were left; 2 + 3 of Monday and 5 + 1 of Tuesday did not count.
    assert played.due == (f"{TUESDAY} 18:00", "2026-11-19 13:00")
    one = played.now
    assert (one.state, one.held_at, one.waiting_for, one.held_seconds) == ("in_progress", None, "", 11 * 3600)
    assert one.due_sort == one.answer_due_at


def test_another_priority_counts_anew_from_the_birth_without_what_was_on_hold(played: Played) -> None:
    record = played.born(f"{MONDAY} 09:00", priority=Priority.NORMAL)
    played.at(f"{MONDAY} 10:00", hold_incident, record, waiting_for="part")
    played.at(f"{MONDAY} 12:00", resume_incident, record)
    played.at(f"{MONDAY} 12:30", change_incident, record, priority=Priority.HIGH)
    assert played.due == (f"{MONDAY} 13:00", f"{TUESDAY} 11:00")


def test_what_was_broken_before_the_hold_stays_so_and_what_was_answered_keeps_its_instant(played: Played) -> None:
    record = played.born(f"{MONDAY} 09:00", priority=Priority.URGENT)  # answer until 10, resolution until 13
    played.at(f"{MONDAY} 11:00", hold_incident, record, waiting_for="part")
    assert played.now.due_sort == played.instant(f"{MONDAY} 10:00")
    played.at(f"{MONDAY} 16:00", resume_incident, record)
    assert played.due == (f"{MONDAY} 10:00", f"{MONDAY} 18:00")

    later = played.born(f"{TUESDAY} 09:00", priority=Priority.NORMAL)
    call(played, f"{TUESDAY} 09:30", later)
    played.at(f"{TUESDAY} 10:00", hold_incident, later, waiting_for="part")
    played.at(f"{TUESDAY} 12:00", resume_incident, later)
    assert played.due == (f"{TUESDAY} 13:00", "2026-11-19 11:00")


def test_the_time_between_closing_and_reopening_does_not_count(played: Played) -> None:
    record = played.born(f"{MONDAY} 09:00", priority=Priority.URGENT)
    played.at(f"{MONDAY} 11:00", close_incident, record, resolution="Junta nueva")
    assert played.now.answered_at == played.now.closed_at == played.instant(f"{MONDAY} 11:00")
    assert played.now.due_sort == FAR_FUTURE
    played.at(f"{TUESDAY} 09:00", reopen_incident, record, reason="Vuelve a gotear")
    assert played.due[1] == f"{TUESDAY} 11:00"


def test_closing_while_on_hold_counts_the_hold_as_such(played: Played) -> None:
    record = played.born(f"{MONDAY} 09:00", priority=Priority.URGENT)
    played.at(f"{MONDAY} 09:30", hold_incident, record, waiting_for="customer")
    played.at(f"{TUESDAY} 12:00", close_incident, record, resolution="Ya no gotea")
    one = played.now
    assert (one.state, one.held_at, one.waiting_for) == ("closed", None, "")
    assert one.closed_at is not None
    assert one.resolution_due_at is not None
    assert one.closed_at < one.resolution_due_at  # 3 h 30 min were left


def call(played: Played, when: str, record: Record, *, type: str = "call", result: str = "answered") -> None:
    world = played.world
    chosen = ActivityResult.objects.filter(company=world.company, code=result).first()
    played.at(
        when, create_activity, origin=record, type=world.type(type), subject="Llamar", state="closed", result=chosen
    )


@pytest.mark.parametrize(
    ("type", "result", "answers"),
    [
        ("call", "answered", True),
        ("call", "left_message", True),
        ("call", "no_answer", False),
        ("visit", "done", True),
        ("visit", "cancelled", False),
        ("task", "done", False),
    ],
)
def test_the_first_answer_is_an_activity_that_reached_somebody(
    played: Played, type: str, result: str, answers: bool
) -> None:
    record = played.born(f"{MONDAY} 09:00")
    call(played, f"{MONDAY} 09:40", record, type=type, result=result)
    assert played.now.answered_at == (played.instant(f"{MONDAY} 09:40") if answers else None)
    call(played, f"{MONDAY} 10:40", record)
    assert played.now.answered_at == played.instant(f"{MONDAY} {'09' if answers else '10'}:40")


def test_an_activity_of_its_own_that_is_closed_answers_too_and_a_follow_up(world: World) -> None:
    record = world.incident()
    first = world.activity("Llamar", origin=record, type="task")
    follow_up = world.activity("Insistir", origin=first, type="email")
    transition(first, actor=world.actor(), to="closed")
    assert Incident.objects.get(pk=record.pk).answered_at is None
    transition(follow_up, actor=world.actor(), to="closed")
    assert Incident.objects.get(pk=record.pk).answered_at is not None


def test_who_answered_otherwise_says_so_once(world: World) -> None:
    record = world.incident()
    world.do(record, "answer")
    assert Incident.objects.get(pk=record.pk).answered_at is not None
    with pytest.raises(ValidationError) as refused:
        world.do(record, "answer")
    assert refused.value.code == "not_now"


def test_the_list_of_what_is_out_of_time(played: Played) -> None:
    late = played.born(f"{MONDAY} 09:00")
    held = played.born(f"{MONDAY} 09:00")
    played.at(f"{MONDAY} 09:30", hold_incident, held, waiting_for="part")
    closed = played.born(f"{MONDAY} 09:00")
    played.at(f"{TUESDAY} 09:30", close_incident, closed, resolution="Hecho")
    fresh = played.world.incident(priority=Priority.LOW)
    found = set(Incident.objects.filter(LATE.condition("1")).values_list("pk", flat=True))
    assert found == {late.pk}
    assert fresh.pk not in found


def test_it_is_said_in_words_what_is_due_left_or_missed(played: Played) -> None:
    record = played.born(f"{MONDAY} 09:00", priority=Priority.URGENT)
    with translation.override("en"):
        told = clock(played.now)
        assert [(str(one.label), one.tone) for one in told] == [("First answer", "late"), ("Resolution", "late")]
        assert told[0].value.startswith("out of time since 16 Nov 10:00 (")
        assert (due(played.now).value, due(played.now).tone) == ("out of time: 16 Nov 10:00", "late")

        played.at(f"{MONDAY} 09:30", hold_incident, record, waiting_for="customer")
        told = clock(played.now)
        assert [one.value for one in told] == [
            "30 min left", "3 h 30 min left", "since 16 Nov 09:30, waiting for: customer"
        ]  # fmt: skip
        assert due(played.now).value == "clock stopped"

        played.at(f"{MONDAY} 12:00", resume_incident, record)
        played.at(f"{MONDAY} 13:30", close_incident, record, resolution="Junta")
        assert [(one.value, one.tone) for one in clock(played.now)] == [("1 h late", "late"), ("in time", "")]
        assert due(played.now).value == ""


def test_levels_calendar_and_days_off_are_the_companys_own(played: Played) -> None:
    world = played.world
    chosen = levels.levels_of(world.company) | {Priority.NORMAL: levels.Level(None, dt.timedelta(hours=2))}
    levels.set_levels(chosen, by=world.jefa)
    assert levels.levels_of(world.company)[Priority.NORMAL] == levels.Level(None, dt.timedelta(hours=2))
    assert levels.levels_of(world.other_company)[Priority.NORMAL] == levels.FIRST_LEVELS[Priority.NORMAL]
    set_calendar(by=world.jefa, region="AR", week=[((480, 540),)] * 5 + [(), ()])  # 8 to 9
    add_day_off(by=world.jefa, first=dt.date(2026, 11, 17), last=None, name="Puente")
    one = Incident.objects.get(pk=played.born(f"{MONDAY} 07:00").pk)
    assert one.answer_due_at is None
    assert one.resolution_due_at == played.instant(f"{WEDNESDAY} 09:00")


def test_what_no_level_can_be_is_refused_and_nothing_is_kept(world: World) -> None:
    hour = dt.timedelta(hours=1)
    for level in (levels.Level(2 * hour, hour), levels.Level(dt.timedelta(), None), levels.Level(None, 1001 * hour)):
        with pytest.raises(ValidationError):
            levels.set_levels({Priority.HIGH: level}, by=world.jefa)
    with pytest.raises(PermissionDenied):
        levels.set_levels({Priority.HIGH: levels.Level(hour, hour)}, by=world.ana)
    assert not ServiceLevel.objects.exists()


def test_holding_says_what_is_missing_and_when_it_makes_no_sense(world: World) -> None:
    record = world.incident()
    with pytest.raises(ValidationError) as refused:
        hold_incident(record, actor=world.actor(), waiting_for="magic")
    assert list(refused.value.message_dict) == ["waiting_for"]
    with pytest.raises(ValidationError) as refused:
        resume_incident(record, actor=world.actor())
    assert refused.value.code == "not_now"
    assert Incident.objects.get(pk=record.pk).state == State.OPEN
