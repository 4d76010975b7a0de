"""``/records``: any record, its history, and what is created from it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hilvan.parties.services import block
from hilvan.records.models import Record
from hilvan.records.services import archive
from tests.world import World

from .client import Program, user_json, wrong


def reference(record: Record) -> dict[str, str]:
    return {"id": str(record.uuid), "kind": record.kind, "number": record.number, "title": record.title}


def test_records_of_all_kinds_stand_in_one_list_newest_first(world: World) -> None:
    customer = world.customer("Panadería Núñez", owner=world.luis)
    opportunity = world.opportunity("Horno", party=customer)
    program = Program(world.ana)

    def found(**asked: Any) -> list[str]:
        return [item["number"] for item in program.get("/records", **asked)["items"]]

    assert found() == [opportunity.number, customer.number]
    assert found(kind="customer,activity") == [customer.number]
    assert found(q=customer.number) == found(owner="luis") == [customer.number]
    assert found(q="nunez pana") == [opportunity.number, customer.number]  # also what is the customer's
    assert found(q="horno nunez") == [opportunity.number]
    assert found(party=customer.uuid, kind="opportunity") == [opportunity.number]
    archive(opportunity, actor=world.actor())
    assert found() == [customer.number]
    assert found(archived="true", limit=1) == [opportunity.number]
    following = program.get("/records", archived="true", limit=1)["next"]
    assert found(archived="true", cursor=following) == [customer.number]
    assert program.get("/records", kind="customer")["items"] == [
        {
            **reference(customer),
            "ref": "",
            "party": reference(customer),
            "origin": None,
            "owner": user_json(world.luis),
            "team": None,
            "created_at": customer.created_at.isoformat(),
            "archived_at": None,
        }
    ]


@pytest.mark.parametrize(
    "asked", [{"kind": "dragon"}, {"party": "CLI-1"}, {"owner": "zoe"}, {"cursor": "x"}, {"state": "won"}], ids=str
)
def test_a_parameter_that_is_not_understood_is_named(world: World, asked: dict[str, str]) -> None:
    assert wrong(Program(world.ana).get("/records", 422, **asked)) == list(asked)


@pytest.mark.parametrize(
    "cursor", ["W10=", "WyJ4Il0=", "WzFlOTk5XQ==", "Wy0xXQ==", "W251bGxd", "ñ", "[", "WzEsMl0=", "e30="]
)
def test_a_cursor_that_was_not_given_out_is_refused(world: World, cursor: str) -> None:
    for path in ("/records", "/users", f"/records/{world.customer().number}/changes", "/activities"):
        assert wrong(Program(world.ana).get(path, 422, cursor=cursor)) == ["cursor"]


def test_a_record_as_of_an_instant_is_rebuilt_from_its_changes(committed_world: World) -> None:
    world = committed_world
    program = Program(world.ana)
    opportunity, activity = world.opportunity("Horno", expected_amount="12400.50"), world.activity("Una")
    instant = timezone.now().isoformat()
    before = {record: program.get(f"/records/{record.number}") for record in (opportunity, activity)}
    program.patch(f"/opportunities/{opportunity.number}", {"title": "Dos hornos", "owner": "luis", "stage": "proposal"})
    program.post(f"/opportunities/{opportunity.number}/lose", {"reason": "Precio"}, 200)
    program.patch(f"/activities/{activity.number}", {"subject": "Otra", "assignee": "luis"})

    assert program.get(f"/opportunities/{opportunity.number}")["lost_reason"] == "Precio"
    assert before[opportunity]["expected_amount"] == "12400.50"
    for record, then in before.items():
        assert program.get(f"/records/{record.number}", as_of=instant) == then
        assert program.get(f"/records/{record.number}") != then


def test_the_timeline_follows_what_came_of_a_record(world: World) -> None:
    customer = world.customer()
    opportunity = world.opportunity(party=customer, origin=customer)
    activity = world.activity(origin=opportunity)
    world.activity("Aparte")
    program = Program(world.ana)
    program.post(f"/opportunities/{opportunity.number}/win", {}, 200)

    told = program.get(f"/records/{opportunity.number}/timeline")["items"]
    assert [(entry["record"]["number"], entry["verb"]) for entry in told] == [
        (opportunity.number, "opportunity.win"),
        (activity.number, "activity.create"),
        (opportunity.number, "opportunity.create"),
    ]
    assert {"field": "stage", "before": "qualification", "after": "won"} in told[0]["changes"]
    changes = program.get(f"/records/{opportunity.number}/changes")["items"]
    assert changes == [{name: entry[name] for name in changes[0]} for entry in (told[0], told[2])]
    assert [entry["what"] for entry in told] == ["documents", "activities", "documents"]
    paged: list[Any] = []
    cursor = ""
    while cursor is not None:
        page = program.get(f"/records/{opportunity.number}/timeline", limit=1, cursor=cursor)
        paged += page["items"]
        cursor = page["next"]
    assert paged == told


def test_a_timeline_hides_what_one_may_not_see(world: World) -> None:
    customer = world.customer()
    mine = world.activity("Mía", assignee=world.eva, origin=customer)
    world.incident(party=customer, origin=customer)
    told = Program(world.eva).get(f"/records/{customer.number}/timeline")["items"]
    assert {entry["record"]["number"] for entry in told} == {customer.number, mine.number}


def test_the_history_does_not_name_a_record_that_one_may_not_see(world: World) -> None:
    incident = world.incident()
    record = world.activity(assignee=world.eva)
    waits = {"to": "on_hold", "reason": "other", "for": incident.number}
    Program(world.ana).post(f"/activities/{record.number}/transitions", waits, 200)
    entry = Program(world.eva).get(f"/records/{record.number}/changes")["items"][0]
    assert {"field": "hold_for_record", "before": None, "after": {"hidden": True}} in entry["changes"]
    entry = Program(world.ana).get(f"/records/{record.number}/changes")["items"][0]
    assert {"field": "hold_for_record", "before": None, "after": reference(incident)} in entry["changes"]


def test_the_create_menu_tells_what_is_prefilled_from_where_and_why_not(world: World) -> None:
    world.needs("opportunity", "incident")
    customer = world.customer(owner=world.luis)
    program = Program(world.ana, language="es")
    items = program.get(f"/records/{customer.number}/creatable")["items"]
    assert [item["kind"] for item in items][:4] == ["activity", "opportunity", "incident", "contact"]
    assert items[0].keys() == {"kind", "label", "allowed", "why_not", "prefill"}
    assert (items[0]["allowed"], items[0]["why_not"]) == (True, None)
    assert items[0]["prefill"]["party"]["value"] == reference(customer)
    assert items[1]["prefill"]["owner"]["value"] == user_json(world.luis)
    assert all(one["source"] for item in items for one in item["prefill"].values())

    block(customer, actor=world.actor(), reason="No paga")
    blocked = program.get(f"/records/{customer.number}/creatable")["items"][1]
    assert (blocked["kind"], blocked["allowed"], blocked["prefill"]) == ("opportunity", False, {})
    assert "No paga" in blocked["why_not"]
    problem = program.post(f"/records/{customer.number}/create/opportunity", {"title": "Horno"}, 409)
    assert problem["detail"] == blocked["why_not"]
    assert problem["allowed"][:3] == ["activity", "incident", "contact"]
    assert not Record.objects.filter(kind="opportunity").exists()


def test_what_is_created_from_a_record_is_prefilled_and_linked(world: World) -> None:
    world.needs("opportunity")
    customer = world.customer(owner=world.luis)
    program = Program(world.ana)
    made = program.post(f"/records/{customer.number}/create/opportunity", {"title": "Horno", "probability": 35})
    assert (made["origin"], made["party"]) == (reference(customer), reference(customer))
    assert (made["owner"]["username"], made["probability"], made["title"]) == ("luis", 35, "Horno")

    activity = program.post(f"/records/{made['number']}/create/activity", {"type": "call", "assignee": "eva"})
    assert (activity["subject"], activity["assignee"]["username"]) == ("Horno", "eva")
    assert (activity["origin"]["number"], activity["party"]) == (made["number"], reference(customer))
    program.post(f"/records/{made['number']}/create/opportunity", {}, 404)
    program.post(f"/records/{made['number']}/create/dragon", {}, 404)
    assert wrong(program.post(f"/records/{made['number']}/create/activity", {"origin": "X"}, 422)) == ["origin"]


@pytest.mark.parametrize("page", ["changes", "timeline", "creatable"])
def test_a_history_costs_the_same_number_of_queries_for_few_and_many_entries(world: World, page: str) -> None:
    customer = world.customer()
    program = Program(world.ana)

    def grow(n: int) -> None:
        for one in range(n):
            program.patch(f"/customers/{customer.number}", {"owner": "luis" if one % 2 else "ana", "phone": str(one)})
            world.activity(origin=customer, assignee=world.luis)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            program.get(f"/records/{customer.number}/{page}")
        return len(queries)

    grow(2)
    few = cost()
    grow(20)
    assert cost() == few
