"""What the database keeps of an activity's life, and what is answered as of any instant."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hilvan.activities import counts, invariants
from hilvan.activities.models import Activity, Situation, State
from hilvan.activities.selection import Filters, page, select
from hilvan.activities.services import archive_activity, change_activity, create_activity, transition
from hilvan.records import invariants as record_invariants
from hilvan.records.history import Actor, Channel, as_of, entries, writing_at
from hilvan.records.models import Change, Record
from tests.world import World, at


def intervals(record: Record) -> list[tuple[str, str]]:
    return list(Situation.objects.filter(activity=record).order_by("valid").values_list("subject", "state"))


def assert_whole() -> None:
    assert record_invariants.violations() == []
    assert invariants.violations() == []


def test_one_transaction_has_one_instant_and_leaves_one_situation(committed_world: World) -> None:
    one, other = committed_world.activity("Una"), committed_world.activity("Otra")
    with transaction.atomic():
        for n in range(3):
            change_activity(one, actor=committed_world.actor(), subject=f"Una {n}")
            change_activity(other, actor=committed_world.actor(), subject=f"Otra {n}")

    assert intervals(one) == [("Una", "new"), ("Una 2", "new")]
    changes = Change.objects.filter(record__in=[one, other], operation="U")
    assert changes.count() == 6
    assert changes.values("at", "recorded_at", "transaction").distinct().count() == 1
    assert entries(one)[0].fields == {"subject": ("Una", "Una 2")}
    assert_whole()


def test_what_one_transaction_undoes_leaves_no_situation(committed_world: World) -> None:
    record = committed_world.activity("Una")
    with transaction.atomic():
        change_activity(record, actor=committed_world.actor(), subject="Otra")
        change_activity(record, actor=committed_world.actor(), subject="Una")
    assert intervals(record) == [("Una", "new")]
    assert_whole()


def test_what_changes_nothing_leaves_no_trace(committed_world: World) -> None:
    record = committed_world.activity("Una")
    before = Change.objects.count()
    change_activity(record, actor=committed_world.actor(), subject="Una")
    Activity.objects.update(subject="Una")
    assert Change.objects.count() == before
    assert len(intervals(record)) == 1


def test_an_open_transaction_never_writes_before_what_others_committed_meanwhile(committed_world: World) -> None:
    """The instant of a transaction is moved on where an activity's open interval began later."""
    early, late = committed_world.activity("Temprana"), committed_world.activity("Tardía")
    with transaction.atomic():
        change_activity(early, actor=committed_world.actor(), subject="Temprana 2")
        first = Change.objects.filter(record=early).latest("id").at
        with transaction.atomic(using="owner"):
            Activity.objects.using("owner").filter(pk=late.pk).update(subject="De otro")
        change_activity(late, actor=committed_world.actor(), subject="Tardía 2")
    second = Change.objects.filter(record=late).latest("id").at
    assert second > first
    assert [subject for subject, _state in intervals(late)] == ["Tardía", "De otro", "Tardía 2"]
    assert_whole()


def test_as_of_answers_what_stood_then(committed_world: World) -> None:
    world = committed_world
    record = world.activity("Llamar", assignee=world.luis)
    born = timezone.now()
    transition(record, actor=world.actor(), to="in_progress")
    begun = timezone.now()
    change_activity(record, actor=world.actor(), assignee=world.ana, subject="Llamar otra vez")

    def then(instant: dt.datetime) -> list[tuple[str, str, str]]:
        rows = page(world.ana, Filters(), as_of=instant).items
        return [(row["subject"], row["state"], row["assignee__name"]) for row in rows]

    assert then(record.created_at - dt.timedelta(microseconds=1)) == []
    assert then(record.created_at) == [("Llamar", "new", "Luis Peña")]
    assert then(born) == [("Llamar", "new", "Luis Peña")]
    assert then(begun) == [("Llamar", "in_progress", "Luis Peña")]
    assert then(timezone.now()) == [("Llamar otra vez", "in_progress", "Ana Gil")]
    assert as_of(record, begun)["activities_activity"][record.pk]["subject"] == "Llamar"
    exactly = Change.objects.filter(record=record, verb="activity.start").get().at
    assert then(exactly) == then(begun)
    assert then(exactly - dt.timedelta(microseconds=1)) == then(born)


def test_archived_ones_leave_lists_and_counts_and_come_back(committed_world: World) -> None:
    world = committed_world
    record = world.activity()
    archive_activity(record, actor=world.actor())
    assert select(world.ana, Filters()).count() == 0
    assert counts.summary(world.ana, Filters(), group_by=["state"]) == []
    archive_activity(record, actor=world.actor(), archived=False)
    assert counts.summary(world.ana, Filters(), group_by=["state"]) == [{"state": "new", "count": 1}]
    assert_whole()


def test_counts_of_now_do_not_depend_on_the_applications_clock(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its clock may be behind the database's, by which the situations count."""
    committed_world.activity()
    behind = timezone.now() - dt.timedelta(minutes=1)
    monkeypatch.setattr(timezone, "now", lambda: behind)
    assert counts.summary(committed_world.ana, Filters(), group_by=["state"]) == [{"state": "new", "count": 1}]


def test_an_import_writes_at_past_instants_and_says_when_it_was_written(committed_world: World) -> None:
    world = committed_world
    batch = uuid.uuid4()
    born, begun = at("2020-03-29T01:59:59+01:00"), at("2020-03-29T03:00:00+02:00")
    with writing_at(born, batch):
        actor = Actor(world.company, Channel.IMPORT, world.ana, at=born)
        record = create_activity(actor=actor, type=world.type(), subject="De antes", assignee=world.luis)
    with writing_at(begun, batch):
        transition(record, actor=Actor(world.company, Channel.IMPORT, world.luis, at=begun), to="in_progress")

    assert record.number == "ACT-2020-000001"
    assert [(s.state, s.valid.lower) for s in Situation.objects.filter(activity=record).order_by("valid")] == [
        ("new", born),
        ("in_progress", begun),
    ]
    assert all(change.batch == batch and change.channel == "import" for change in Change.objects.filter(record=record))
    assert all(change.recorded_at > begun for change in Change.objects.filter(record=record))
    assert record.notices.get().suppressed_by == "import"
    assert_whole()


@pytest.mark.parametrize(("instant", "sqlstate"), [("2020-01-01T00:00Z", "HV002"), ("2999-01-01T00:00Z", "HV003")])
def test_an_import_writes_neither_before_the_last_change_nor_in_the_future(
    committed_world: World, instant: str, sqlstate: str
) -> None:
    world = committed_world
    born = at("2020-06-01T10:00Z")
    with writing_at(born, uuid.uuid4()):
        actor = Actor(world.company, Channel.IMPORT, world.ana, at=born)
        record = create_activity(actor=actor, type=world.type(), subject="De antes")
    with pytest.raises(DatabaseError) as refused, writing_at(at(instant), uuid.uuid4()):
        Activity.objects.update(subject="Falso")
    assert getattr(refused.value.__cause__, "sqlstate", None) == sqlstate
    assert intervals(record) == [("De antes", "new")]


moments = st.integers(0, 40)
steps = st.lists(
    st.tuples(moments, st.integers(0, 3), st.sampled_from(list(State)), st.sampled_from(["ana", "luis", None])),
    min_size=1,
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_situations_and_counts_equal_a_plain_model(
    committed_world: World, steps: list[tuple[int, int, State, str | None]]
) -> None:
    """Random lives of four activities at instants that often coincide, against dictionaries; folded and not."""
    world = committed_world
    epoch = at("2021-10-31T00:30:00Z")
    people = {"ana": world.ana, "luis": world.luis, None: None}
    ids = {name: user.pk if user else None for name, user in people.items()}
    alive: dict[int, Record] = {}
    model: list[tuple[dt.datetime, int, str, str | None]] = []
    batch = uuid.uuid4()
    earlier = set(Activity.objects.values_list("pk", flat=True))
    last = epoch + dt.timedelta(minutes=7 * max(moment for moment, *_rest in steps), microseconds=1)
    base = counts.at(world.company, last)
    for moment, n, state, name in sorted(steps, key=lambda step: step[0]):
        instant = epoch + dt.timedelta(minutes=7 * moment)
        with writing_at(instant, batch):
            if n not in alive:
                actor = Actor(world.company, Channel.IMPORT, None, at=instant)
                alive[n] = create_activity(actor=actor, type=world.type(), subject=f"Tarea {n}")
            Activity.objects.filter(pk=alive[n].pk).update(state=state, assignee=people[name])
        model.append((instant, n, state, name))

    def expected(instant: dt.datetime) -> dict[int, tuple[str, str | None]]:
        return {n: (state, name) for at_, n, state, name in model if at_ <= instant}

    instants = {instant + dt.timedelta(microseconds=shift) for instant, *_rest in model for shift in (-1, 0, 1)}
    for _round in ("before folding", "after folding"):
        for instant in instants:
            rows = select(world.jefa, Filters(), as_of=instant).exclude(key__in=earlier)
            found = {
                next(n for n, record in alive.items() if record.pk == key): (state, username)
                for key, state, username in rows.values_list("key", "state", "assignee__username")
            }
            assert found == expected(instant)
        totals = counts.at(world.company, last)
        difference = {key: totals.get(key, 0) - base.get(key, 0) for key in totals.keys() | base.keys()}
        by_model: dict[tuple[str, int | None], int] = {}
        for standing, name in expected(last).values():
            key = (str(standing), ids[name])
            by_model[key] = by_model.get(key, 0) + 1
        assert {key: n for key, n in difference.items() if n} == by_model
        counts.fold()
    assert_whole()
