"""``PUT /external/{system}/{external_id}``."""

from __future__ import annotations

from typing import Any

import pytest

from hilvan.external.services import create_external
from hilvan.records.models import Change, Record
from tests.api.client import Program, wrong
from tests.world import World

PLACE = "/external/jira/WEB-17"
TOLD = {"title": "La web va lenta", "url": "https://jira.example/browse/WEB-17"}


def test_it_is_written_down_and_brought_up_to_date(world: World) -> None:
    program = Program(world.ana)
    customer = world.customer()
    program.get(PLACE, 404)
    answer = program.send("PUT", PLACE, {**TOLD, "party": customer.number})
    assert answer.status_code == 201
    made = answer.json()
    record = Record.objects.get(kind="external")
    assert answer["Location"] == f"/api/v1/external-records/{record.uuid}"
    assert (made["system"], made["external_id"], made["url"]) == ("jira", "WEB-17", TOLD["url"])
    assert (made["title"], made["party"]["number"]) == (TOLD["title"], customer.number)

    changes = Change.objects.count()
    assert program.put(PLACE, {**TOLD, "party": customer.number}) == made
    assert program.put("/external/JIRA/WEB-17", {}) == made
    assert Change.objects.count() == changes
    assert program.put(PLACE, {"title": "La web no va"}) == {**made, "title": "La web no va"}
    assert program.get(PLACE)["title"] == "La web no va"
    assert [item["id"] for item in program.get("/records", kind="external")["items"]] == [made["id"]]
    assert [item["id"] for item in program.get("/external-records", system="jira")["items"]] == [made["id"]]
    assert wrong(program.get("/external-records", 422, system="erp")) == ["system"]
    assert [item["id"] for item in program.get("/records", q="WEB-17")["items"]] == [made["id"]]


def test_an_identifier_may_have_slashes_and_other_signs(world: World) -> None:
    program = Program(world.ana)
    for place, known in (("dms/2026/11/contrato.pdf", "2026/11/contrato.pdf"), ("erp/S%C3%AD%20%25", "Sí %")):
        assert program.put(f"/external/{place}", TOLD, 201)["external_id"] == known
        assert program.get(f"/external/{place}")["external_id"] == known
    assert program.put("/external/erp/archive", TOLD, 201)["external_id"] == "archive"


def test_activities_hang_on_it(world: World) -> None:
    program = Program(world.ana)
    made = program.put(PLACE, TOLD, 201)
    activity = program.post("/activities", {"type": "task", "subject": "Mirarlo", "origin": made["number"]})
    assert activity["origin"]["id"] == made["id"]
    other = program.post(f"/records/{made['id']}/create/activity", {"type": "task"})
    assert (other["subject"], other["origin"]["id"]) == (TOLD["title"], made["id"])


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        (PLACE, {}, ["title"]),
        (PLACE, {**TOLD, "url": "javascript:alert(1)"}, ["url"]),
        (PLACE, {**TOLD, "url": "data:text/html,x"}, ["url"]),
        (PLACE, {**TOLD, "title": "x" * 256}, ["title"]),
        (PLACE, {**TOLD, "party": "CLI-2026-999999"}, ["party"]),
        (PLACE, {**TOLD, "owner": "ana"}, ["owner"]),
        ("/external/dos%20palabras/1", TOLD, ["system"]),
        (f"/external/jira/{'x' * 201}", TOLD, ["external_id"]),
        ("/external/jira/a%00b", TOLD, ["external_id"]),
    ],
)
def test_what_is_not_right_is_said_by_field_and_nothing_written(
    world: World, path: str, body: dict[str, Any], fields: list[str]
) -> None:
    assert list(dict.fromkeys(wrong(Program(world.ana).put(path, body, 422)))) == fields
    assert not Record.objects.exists()


def test_companies_are_walls_and_what_one_may_not_see_is_not_there(world: World) -> None:
    theirs = create_external(actor=world.actor(world.zoe), system="jira", external_id="WEB-17", title="Suya")
    Program(world.ana).get(PLACE, 404)
    Program(world.ana).put(PLACE, TOLD, 201)
    theirs.refresh_from_db()
    assert theirs.title == "Suya"

    Program(world.eva).put(PLACE, {"title": "De Eva"}, 404)
    Program(world.eva).get(PLACE, 404)
    assert Record.objects.get(kind="external", company=world.company).title == TOLD["title"]
