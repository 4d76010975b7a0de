"""The boards of kinds: lanes, sums, filters, and what takes a card from one lane to another."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hilvan.people.models import User
from hilvan.records.kinds import Kind, kinds
from hilvan.records.models import Record
from tests.every_kind.making import born
from tests.pages import Page, faults, signed_in
from tests.world import World

with_board = pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.name) for kind in kinds if kind.board])


def lanes(client: Client, address: str) -> dict[str, dict[str, Any]]:
    response = client.get(address)
    assert response.status_code == 200
    assert faults(response) == []
    return {lane["lane"].state.code: lane for lane in response.context["lanes"]}


def test_the_stages_stand_side_by_side_with_counts_and_sums(world: World) -> None:
    world.needs("opportunity")
    world.opportunity("Uno", stage="proposal", expected_amount=Decimal(1000), owner=world.ana)
    world.opportunity("Dos", stage="proposal", expected_amount=Decimal(500), probability=10, owner=world.luis)
    world.do(world.opportunity("Tres", expected_amount=Decimal(7)), "win")
    world.opportunity("Ajena", by=world.zoe)
    shown = lanes(signed_in(world.ana), "/opportunities/board")
    assert {code: lane["count"] for code, lane in shown.items()} == {
        "qualification": 0, "proposal": 2, "negotiation": 0, "won": 1, "lost": 0
    }  # fmt: skip
    assert [fact.value for fact in shown["proposal"]["sums"]] == ["€1,500.00", "€450.00"]
    assert [fact.value for fact in shown["won"]["sums"]] == ["€7.00"]
    assert [card["record"].title for card in shown["proposal"]["cards"]] == ["Dos", "Uno"]
    mine = lanes(signed_in(world.ana), "/opportunities/board?owner=me&team=nonsense")
    assert [card["record"].title for card in mine["proposal"]["cards"]] == ["Uno"]
    assert lanes(signed_in(world.ana), f"/opportunities/board?owner={world.luis.pk}")["proposal"]["count"] == 1
    assert lanes(signed_in(world.ana), "/opportunities/board?owner=nobody&team=mine")["proposal"]["count"] == 0


def test_a_card_goes_to_a_stage_by_its_menu_and_returns_to_the_board(world: World) -> None:
    world.needs("opportunity")
    record = world.opportunity("Uno")
    client = signed_in(world.ana)
    moves = {move["to"]: move for move in lanes(client, "/opportunities/board")["qualification"]["cards"][0]["moves"]}
    assert {to: move["asks"] for to, move in moves.items()} == {
        "proposal": False, "negotiation": False, "won": False, "lost": True
    }  # fmt: skip
    response = client.post(moves["proposal"]["url"], {"next": "/opportunities/board?owner=me"})
    assert (response.status_code, response.headers["Location"]) == (302, "/opportunities/board?owner=me")
    assert Record.objects.get(pk=record.pk).as_opportunity.stage == "proposal"
    assert Record.objects.get(pk=record.pk).as_opportunity.probability == 40

    form = client.get(moves["lost"]["url"], headers={"HX-Request": "true"})
    assert "<html" not in form.content.decode()
    assert 'name="next" value="/opportunities/board"' in form.content.decode()
    refused = client.post(moves["lost"]["url"], {"next": "/opportunities/board"}, headers={"HX-Request": "true"})
    assert refused.status_code == 422
    lost = client.post(
        moves["lost"]["url"], {"cause": "price", "next": "/opportunities/board"}, headers={"HX-Request": "true"}
    )
    assert lost.headers["HX-Redirect"] == "/opportunities/board"
    moves = {move["to"]: move for move in lanes(client, "/opportunities/board")["lost"]["cards"][0]["moves"]}
    assert set(moves) == {"qualification", "proposal", "negotiation"}
    assert Page.of(client.get(moves["negotiation"]["url"])).data["stage"] == "negotiation"


def test_an_incident_goes_from_lane_to_lane_by_its_verbs(world: World) -> None:
    world.needs("incident")
    record = world.incident("Gotea")
    client = signed_in(world.ana)

    def cards(state: str) -> list[dict[str, Any]]:
        return lanes(client, "/incidents/board")[state]["cards"]  # type: ignore[no-any-return]

    def do(state: str, to: str, **data: str) -> None:
        move = next(move for move in cards(state)[0]["moves"] if move["to"] == to)
        client.post(move["url"], {**data, "next": "/incidents/board"})

    do("open", "in_progress")
    do("in_progress", "on_hold", waiting_for="part")
    do("on_hold", "in_progress")
    do("in_progress", "closed", resolution="Junta nueva")
    do("closed", "open", reason="Sigue goteando")
    assert cards("open")[0]["record"] == record
    assert lanes(client, "/incidents/board?priority=high")["open"]["count"] == 0
    assert lanes(client, "/incidents/board?late=1")["open"]["count"] == 0


def test_a_move_that_can_not_be_says_why_and_changes_nothing(world: World) -> None:
    world.needs("opportunity")
    record = world.opportunity("Uno")
    client = signed_in(world.ana)
    response = client.post(f"/opportunities/{record.number}/to/magic", {"next": "//evil.example/"}, follow=True)
    assert response.redirect_chain == [(f"/opportunities/{record.number}", 302)]
    assert "It can stand in" in Page.of(response).text
    assert Record.objects.get(pk=record.pk).as_opportunity.stage == "qualification"
    assert signed_in(world.zoe).post(f"/opportunities/{record.number}/to/proposal").status_code == 404
    assert signed_in(world.ana).get(f"/opportunities/{record.number}/to/proposal").status_code == 405
    User.objects.filter(pk=world.ana.pk).update(role=world.company.roles.get(code="reader"))
    reader = signed_in(world.ana)
    assert reader.post(f"/opportunities/{record.number}/to/proposal").status_code == 403
    assert "draggable" not in reader.get("/opportunities/board").content.decode()


@with_board
def test_a_board_shows_no_more_than_one_may_see_and_no_archived_ones(kind: Kind, world: World) -> None:
    mine = born(kind, world, title="La de Eva", owner=world.eva)
    born(kind, world, title="De otros")
    assert sum(lane["count"] for lane in lanes(signed_in(world.eva), f"/{kind.path}/board").values()) == 1
    assert sum(lane["count"] for lane in lanes(signed_in(world.zoe), f"/{kind.path}/board").values()) == 0
    signed_in(world.ana).post(f"/{kind.path}/{mine.number}/archive", {"archived": "1"})
    assert sum(lane["count"] for lane in lanes(signed_in(world.eva), f"/{kind.path}/board").values()) == 0


@with_board
def test_a_board_costs_the_same_for_one_and_for_forty_cards(kind: Kind, world: World) -> None:
    client = signed_in(world.ana)

    def cost() -> int:
        client.get(f"/{kind.path}/board")
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/{kind.path}/board")
        return len(captured)

    born(kind, world, owner=world.luis)
    one = cost()
    for _n in range(39):
        born(kind, world, owner=world.luis, party=world.customer())
    assert cost() == one
    first = next(lane for lane in lanes(client, f"/{kind.path}/board").values() if lane["count"])
    assert (first["count"], len(first["cards"]), first["left"]) == (40, 30, 10)


def test_a_kind_without_a_board_has_none(world: World) -> None:
    assert signed_in(world.ana).get("/customers/board").status_code == 404
