"""``/activities`` as lists and counts, now and as of an instant."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hilvan.activities.services import transition
from tests.api.client import Program, wrong
from tests.world import World


def numbers(page: dict[str, Any]) -> list[str]:
    return [item["number"] for item in page["items"]]


def test_the_list_is_narrowed_by_each_filter(world: World) -> None:
    customer = world.customer()
    opportunity = world.opportunity(party=customer)
    at_nine = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
    hers = world.activity("Presupuesto de Ávila", assignee=world.ana, origin=opportunity, priority=3)
    his = world.activity("Llamar", type="call", assignee=world.luis, ref="EXT 7")
    teams = world.activity("Medir", team=world.ventas, start_at=at_nine, end_at=at_nine + dt.timedelta(hours=1))
    transition(his, actor=world.actor(), to="in_progress")
    program = Program(world.ana)

    def found(**asked: Any) -> list[str]:
        return sorted(numbers(program.get("/activities", **asked)))

    everything = sorted([hers.number, his.number, teams.number])
    assert found() == found(state="") == found(state="new,in_progress") == everything
    assert found(state=["new", "in_progress"]) == everything
    assert found(state="in_progress") == [his.number]
    assert found(assignee="me") == found(assignee="ana") == found(assignee=world.ana.pk) == [hers.number]
    assert found(assignee="none") == [teams.number]
    assert found(assignee="luis,none") == [his.number, teams.number]
    assert found(team="ventas") == found(team=world.ventas.pk) == [teams.number]
    assert found(team="none") == [hers.number, his.number]
    assert found(type="call,meeting") == [his.number]
    assert found(priority="urgent") == [hers.number]
    assert found(origin=opportunity.uuid) == found(origin=opportunity.number) == [hers.number]
    assert found(party=customer.number) == [hers.number]
    assert found(ref="EXT 7") == [his.number]
    assert found(q="avila PRESUPUESTO") == found(q=hers.number) == [hers.number]
    assert found(start_before="2026-03-02T09:00:01Z") == found(start_before="2026-03-03") == [teams.number]
    assert found(start_before="2026-03-02T09:00:00+00:00") == []
    assert found(end_before="2026-03-02") == []
    assert found(end_after="2026-03-02T10:00:00Z") == [teams.number]


@pytest.mark.parametrize(
    "asked",
    [
        {"state": "asleep"},
        {"state": "new,asleep"},
        {"assignee": "zoe"},
        {"assignee": "99999999999999999999999999"},
        {"team": "Compras"},
        {"type": "nap"},
        {"origin": "OPO-2026-999999"},
        {"party": "00000000-0000-0000-0000-000000000000"},
        {"start_before": "soon"},
        {"as_of": "yesterday"},
        {"as_of": "2999-01-01T00:00:00Z"},
        {"as_of": "0001-01-01T00:00:00+14:00"},
        {"order": "colour"},
        {"cursor": "AAAA"},
        {"limit": "201"},
        {"limit": "0"},
        {"asignee": "luis"},
        {"q": "\x00"},
    ],
    ids=str,
)
def test_a_parameter_that_is_not_understood_is_named(world: World, asked: dict[str, str]) -> None:
    assert wrong(Program(world.ana).get("/activities", 422, **asked)) == list(asked)


@pytest.mark.parametrize("order", ["end", "-end", "number", "-number", "priority", "-priority", "subject", "-subject"])
def test_pages_follow_each_other_without_gap_or_repetition(world: World, order: str) -> None:
    for n in range(7):
        world.activity(f"Número {n % 3}", priority=n % 2)
    program = Program(world.ana)
    whole = numbers(program.get("/activities", order=order))
    paged: list[str] = []
    cursor = ""
    while cursor is not None:
        page = program.get("/activities", order=order, limit=3, cursor=cursor)
        paged += numbers(page)
        cursor = page["next"]
    assert paged == whole
    assert len(set(paged)) == 7


def test_the_summary_counts_by_groups_and_filters(world: World) -> None:
    world.activity(assignee=world.luis)
    world.activity(assignee=world.luis)
    transition(world.activity(type="call", team=world.ventas), actor=world.actor(), to="in_progress")
    program = Program(world.ana)
    luis = {"id": world.luis.pk, "name": "Luis Peña"}

    def counted(**asked: Any) -> list[Any]:
        answer = program.get("/activities/summary", **asked)
        assert answer["settled"] is False
        return sorted(answer["items"], key=str)

    assert counted(group_by="state,assignee") == [
        {"state": "in_progress", "assignee": None, "count": 1},
        {"state": "new", "assignee": luis, "count": 2},
    ]
    assert counted(group_by="state") == [{"state": "in_progress", "count": 1}, {"state": "new", "count": 2}]
    assert counted(group_by="team", type="call") == [{"team": {"id": world.ventas.pk, "name": "Ventas"}, "count": 1}]
    assert counted(group_by="type,priority", assignee="luis") == [{"type": "task", "priority": "normal", "count": 2}]
    assert wrong(program.get("/activities/summary", 422, group_by="colour")) == ["group_by"]


def test_the_flow_counts_each_day_and_only_what_one_may_see(world: World) -> None:
    world.activity()
    hers = world.activity(by=world.eva)
    transition(hers, actor=world.actor(world.eva), to="closed")
    for user, new in ((world.ana, 1), (world.eva, 0), (world.zoe, 0)):
        before, today = Program(user).get("/activities/flow")["items"][-2:]
        assert [before[state] for state in ("new", "on_hold", "in_progress", "closed")] == [0, 0, 0, 0]
        closed = 0 if user is world.zoe else 1
        assert [today[state] for state in ("new", "on_hold", "in_progress", "closed")] == [new, 0, 0, closed]
        assert today["day"] == timezone.now().astimezone(user.zone).date().isoformat()
        midnight = dt.datetime.combine(dt.date.fromisoformat(today["day"]), dt.time(), user.zone)
        assert before["at"] == midnight.isoformat()


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"to": "2999-01-01"}, "to"),
        ({"from": "2026-02-01", "to": "2026-01-01"}, "from"),
        ({"from": "1900-01-01", "to": "2026-01-01"}, "from"),
        ({"to": "0001-01-01"}, "to"),
        ({"by": "hour"}, "by"),
        ({"tz": "Mars/Olympus"}, "tz"),
    ],
)
def test_a_flow_that_can_not_be_drawn_is_refused(world: World, asked: dict[str, str], field: str) -> None:
    assert wrong(Program(world.ana).get("/activities/flow", 422, **asked)) == [field]


def test_lists_and_summary_as_of_an_instant_are_what_was_answered_then(committed_world: World) -> None:
    world = committed_world
    program = Program(world.ana)
    answers = []
    record = world.activity("Una", assignee=world.luis)
    steps: list[tuple[str, dict[str, Any]]] = [
        ("", {"subject": "Otra", "priority": "urgent"}),
        ("/transitions", {"to": "on_hold", "reason": "part"}),
        ("", {"assignee": "eva", "start_at": "2026-05-01", "end_at": "2026-05-02"}),
        ("/transitions", {"to": "closed"}),
        ("/archive", {}),
    ]
    for address, data in [("", {"description": "Larga"}), *steps]:
        (program.post if address else program.patch)(f"/activities/{record.number}{address}", data, 200)
        answers.append(
            (
                timezone.now(),
                program.get("/activities"),
                program.get(f"/activities/{record.number}"),
                program.get("/activities/summary", group_by="state,assignee"),
            )
        )
    for instant, listed, one, summary in answers:
        as_of = instant.isoformat()
        assert program.get("/activities", as_of=as_of) == {**listed, "settled": False}
        assert program.get(f"/activities/{record.number}", as_of=as_of) == one
        assert program.get("/activities/summary", group_by="state,assignee", as_of=as_of) == summary
        assert program.client.get(f"/api/v1/activities?as_of={as_of}").status_code == 200  # its "+" not escaped

    situations = program.get(f"/activities/{record.number}/situations")["items"]
    told = [(item["state"], item["subject"], item["assignee"]["username"]) for item in situations]
    assert told == [
        ("new", "Una", "luis"),
        ("new", "Otra", "luis"),
        ("on_hold", "Otra", "luis"),
        ("on_hold", "Otra", "eva"),
        ("closed", "Otra", "eva"),
        ("closed", "Otra", "eva"),
    ]
    assert [item["to"] for item in situations] == [*(item["from"] for item in situations[1:]), None]
    assert situations[2]["hold"] == {"reason": "part", "for": None, "until": None}
    assert not situations[0].keys() & {"id", "number", "ref", "kind", "created_at"}


def test_before_its_birth_an_activity_does_not_exist(committed_world: World) -> None:
    before = timezone.now() - dt.timedelta(minutes=1)
    record = committed_world.activity()
    program = Program(committed_world.ana)
    program.get(f"/activities/{record.number}", 404, as_of=before.isoformat())
    program.get(f"/records/{record.number}", 404, as_of=before.isoformat())
    assert program.get("/activities", as_of=before.isoformat()) == {"items": [], "next": None, "settled": True}
    assert program.get("/activities/summary", as_of=before.isoformat()) == {"settled": True, "items": []}


@pytest.mark.parametrize("as_of", [False, True])
def test_a_list_costs_the_same_number_of_queries_for_1_and_50_rows(world: World, as_of: bool) -> None:
    program = Program(world.eva)
    customer = world.customer()

    def cost(rows: int) -> int:
        asked = {"as_of": timezone.now().isoformat()} if as_of else {}
        with CaptureQueriesContext(connection) as queries:
            assert len(program.get("/activities", **asked)["items"]) == rows
        return len(queries)

    world.activity(assignee=world.eva, origin=customer)
    one = cost(1)
    for n in range(49):
        world.activity(f"Una {n}", assignee=world.eva, team=world.ventas, origin=world.incident(party=customer))
    assert cost(50) == one
