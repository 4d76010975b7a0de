"""What the API does for every registered kind, a plugin's too."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from hilvan.people.models import Team, User
from hilvan.records.kinds import Kind
from hilvan.records.models import Change, Record
from tests.every_kind.making import born, every_kind, heading, least
from tests.world import World

from .client import Program, wrong


def as_given(fields: dict[str, Any]) -> dict[str, Any]:
    """Service fields as a program gives them."""

    def given(value: Any) -> Any:
        match value:
            case Record():
                return str(value.uuid)
            case User():
                return value.username
            case Team():
                return value.pk
            case dt.date() | dt.time():
                return value.isoformat()
            case Decimal():
                return str(value)
            case dict():
                return {name: given(one) for name, one in value.items()}
            case list():
                return [given(one) for one in value]
            case _:
                return getattr(value, "code", value)

    return {name: given(value) for name, value in fields.items()}


@every_kind
def test_a_record_goes_out_as_it_came_in(kind: Kind, world: World) -> None:
    program = Program(world.ana)
    fields = as_given(least(kind, world))
    made = program.post(f"/{kind.path}", {**fields, heading(kind): "Ñu  ✓ «á»", "ref": "R1"})
    record = Record.objects.get(kind=kind.name, ref="R1")
    assert (made["id"], made["number"], made["kind"]) == (str(record.uuid), record.number, kind.name)
    assert made[heading(kind)] == "Ñu  ✓ «á»"
    for reference in (record.uuid, record.number):
        assert program.get(f"/{kind.path}/{reference}") == made
    (listed,) = program.get(f"/{kind.path}", q="nu «a»", ref="R1" if kind.name == "activity" else [])["items"]
    assert listed.items() <= made.items()
    whole = program.get(f"/records/{record.number}")
    assert made.items() <= whole.items()
    assert whole["title"] == "Ñu  ✓ «á»"


@every_kind
def test_a_change_sets_only_what_is_given_and_stands_in_the_history(kind: Kind, world: World) -> None:
    record = born(kind, world)
    program = Program(world.ana)
    before = program.get(f"/{kind.path}/{record.number}")
    after = program.patch(f"/{kind.path}/{record.number}", {heading(kind): "Cambiado"})
    assert {name for name in before if before[name] != after[name]} <= {heading(kind), "party"}
    entry = program.get(f"/records/{record.number}/changes")["items"][0]
    assert (entry["channel"], entry["verb"]) == ("api", f"{kind.name}.change")
    assert [change["field"] for change in entry["changes"]] == [heading(kind)]


@every_kind
def test_a_foreign_reference_is_taken_once_and_an_unknown_field_refused(kind: Kind, world: World) -> None:
    program = Program(world.ana)
    fields = as_given(least(kind, world))
    program.post(f"/{kind.path}", {**fields, "ref": "R1"})
    again = {**as_given(least(kind, world)), "ref": "R1"}
    count = Record.objects.count()
    assert wrong(program.post(f"/{kind.path}", again, 422)) == ["ref"]
    assert wrong(program.post(f"/{kind.path}", {**fields, "nonsense": 1}, 422)) == ["nonsense"]
    assert wrong(program.post(f"/{kind.path}", {**fields, "origin": "ZZZ-2026-000001"}, 422)) == ["origin"]
    assert Record.objects.count() == count


@every_kind
def test_what_is_archived_leaves_the_lists_and_comes_back(kind: Kind, world: World) -> None:
    record = born(kind, world)
    program = Program(world.ana)
    assert program.post(f"/{kind.path}/{record.number}/archive", None, 200)["archived_at"] is not None
    assert record.number not in str(program.get(f"/{kind.path}"))
    assert record.number in str(program.get(f"/{kind.path}", archived="true"))
    assert program.post(f"/{kind.path}/{record.number}/unarchive", None, 200)["archived_at"] is None
    assert record.number in str(program.get(f"/{kind.path}"))


@every_kind
def test_each_verb_is_an_address_which_refuses_what_makes_no_sense_now(kind: Kind, world: World) -> None:
    record = born(kind, world)
    program = Program(world.ana)
    model = getattr(Record.objects.get(pk=record.pk), kind.accessor)
    offered = [verb.name for verb in kind.verbs if verb.offered(model)]
    changes = Change.objects.count()
    for verb in kind.verbs:
        if verb.name not in offered:
            problem = program.post(f"/{kind.path}/{record.number}/{verb.name}", {}, 409)
            assert problem["allowed"] == offered
    assert Change.objects.count() == changes


@every_kind
def test_a_verb_without_a_body_is_done_or_says_what_it_needs(kind: Kind, world: World) -> None:
    program = Program(world.ana)
    for verb in kind.verbs:
        record = born(kind, world)
        if verb.offered(getattr(Record.objects.get(pk=record.pk), kind.accessor)):
            path = f"/{kind.path}/{record.number}/{verb.name}"
            answer = program.send("POST", path, None)
            assert answer.status_code in ({200, 422} if verb.schema else {200})
            assert wrong(program.post(path, {"nonsense": 1}, 422)) == ["nonsense"]


@every_kind
def test_a_list_costs_the_same_number_of_queries_for_1_and_50_rows(kind: Kind, world: World) -> None:
    program = Program(world.ana)

    def cost(rows: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert len(program.get(f"/{kind.path}")["items"]) == rows
            assert len(program.get("/records", kind=kind.name)["items"]) == rows
        return len(queries)

    born(kind, world)
    one = cost(1)
    for owner in [world.luis, world.eva, None] * 16 + [world.ana]:
        responsible = {"assignee" if "assignee" in kind.form.base_fields else "owner": owner}
        born(kind, world, **responsible, team=world.ventas)
    assert cost(50) == one


@every_kind
def test_each_filter_of_the_state_finds_its_own(kind: Kind, world: World) -> None:
    record = born(kind, world)
    program = Program(world.ana)
    if not kind.states:
        return
    state = program.get(f"/{kind.path}/{record.number}")["state"]
    for code in kind.states:
        found = [item["number"] for item in program.get(f"/{kind.path}", state=code)["items"]]
        assert (record.number in found) == (code == state)
    assert wrong(program.get(f"/{kind.path}", 422, state="asleep")) == ["state"]
