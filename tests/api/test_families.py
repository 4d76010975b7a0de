"""The addresses which several kinds share, as those of sales documents and of purchase documents."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hilvan.records.kinds import kinds
from hilvan.records.models import Change, Record
from tests.every_kind.making import COMPLETED, born, least, model_of
from tests.world import World

from .client import Program, wrong
from .test_every_kind import as_given

FAMILIES = sorted({kind.family for kind in kinds if kind.family})
MEMBERS = [pytest.param(kind, id=kind.name) for kind in kinds if kind.family]
every_family = pytest.mark.parametrize("family", FAMILIES)
every_member = pytest.mark.parametrize("kind", MEMBERS)


def members(family: str) -> list[Any]:
    return [kind for kind in kinds if kind.family == family]


def test_those_of_the_contract() -> None:
    wanted = {
        "sales-documents": ["sales_order", "delivery_note", "invoice", "credit_note"],
        "purchase-documents": ["purchase_order", "goods_receipt", "supplier_invoice"],
    }
    assert {family: [kind.name for kind in members(family)] for family in FAMILIES} == {
        family: names for family, names in wanted.items() if set(names) & {kind.name for kind in kinds}
    }


@every_member
def test_one_is_made_read_changed_and_archived_as_at_its_own_address(kind: Any, world: World) -> None:
    program = Program(world.ana)
    needed = least(kind, world)
    fields = as_given({**(COMPLETED[kind.name](world, needed) if kind.name in COMPLETED else {}), **needed})
    made = program.post(f"/{kind.family}", {"kind": kind.name, **fields, "title": "Algo", "ref": "R1"})
    record = Record.objects.get(kind=kind.name, ref="R1")
    assert (made["id"], made["kind"], made["title"]) == (str(record.uuid), kind.name, "Algo")
    for reference in (record.uuid, record.number):
        assert program.get(f"/{kind.family}/{reference}") == program.get(f"/{kind.path}/{reference}") == made
    assert program.patch(f"/{kind.family}/{record.number}", {"title": "Otra"})["title"] == "Otra"
    assert program.post(f"/{kind.family}/{record.number}/archive", None, 200)["archived_at"] is not None
    assert program.get(f"/{kind.family}", kind=kind.name)["items"] == []
    assert program.post(f"/{kind.family}/{record.number}/unarchive", None, 200)["archived_at"] is None


@every_member
def test_what_is_not_right_is_refused_as_at_its_own_address(kind: Any, world: World) -> None:
    program = Program(world.ana)
    record = born(kind, world)
    changes = Change.objects.count()
    for body in ({"nonsense": 1}, {"lines": [{"quantity": "x"}]}, {"title": "x" * 256}, {"party": "CLI-2026-999999"}):
        theirs = program.patch(f"/{kind.path}/{record.number}", body, 422)
        assert program.patch(f"/{kind.family}/{record.number}", body, 422) == theirs
        named = {"kind": kind.name, **body}
        assert program.post(f"/{kind.family}", named, 422) == program.post(f"/{kind.path}", body, 422)
    assert program.send("POST", f"/{kind.family}", b"{").status_code == 400
    assert Change.objects.count() == changes


@every_member
def test_each_verb_is_done_or_refused_as_at_its_own_address(kind: Any, world: World) -> None:
    program = Program(world.ana)
    verbs = {verb.name for one in members(kind.family) for verb in one.verbs}
    for verb in sorted(verbs):
        record = born(kind, world)
        model = model_of(record)
        offered = [one.name for one in kind.verbs if one.offered(model)]
        path = f"/{kind.family}/{record.number}/{verb}"
        if verb in offered:
            assert wrong(program.post(path, {"nonsense": 1}, 422)) == ["nonsense"]
            answer = program.send("POST", path, None)
            is_done = Change.objects.filter(record=record, verb=f"{kind.name}.{verb}").exists()
            assert (answer.status_code, is_done) in {(200, True), (422, False)}
        else:
            assert program.post(path, {}, 409)["allowed"] == offered


@every_family
def test_a_list_has_all_of_them_or_those_of_a_kind(family: str, world: World) -> None:
    program = Program(world.ana)
    records = {kind.name: born(kind, world) for kind in members(family)}
    others = born(kinds["customer"], world)
    newest = sorted(records.values(), key=lambda record: -record.pk)
    listed = program.get(f"/{family}")["items"]
    numbers = [Record.objects.get(pk=record.pk).number for record in newest]
    assert [item["number"] for item in listed if item["number"] in numbers] == numbers
    assert {item["kind"] for item in listed} == records.keys()
    for kind in members(family):
        assert program.get(f"/{family}", kind=kind.name) == program.get(f"/{kind.path}")
    several = program.get(f"/{family}", kind=",".join(records), limit=2)
    assert several["items"] == listed[:2]
    assert program.get(f"/{family}", cursor=several["next"])["items"] == listed[2:]
    drafts = program.get(f"/{family}", state="draft")["items"]
    assert drafts == [item for item in listed if item["state"] == "draft"]
    assert wrong(program.get(f"/{family}", 422, state="asleep")) == ["state"]
    assert wrong(program.get(f"/{family}", 422, kind="customer")) == ["kind"]
    program.get(f"/{family}/{others.number}", 404)
    program.patch(f"/{family}/{others.number}", {}, 404)


@every_family
@pytest.mark.parametrize("kind", [None, "customer", "nonsense", 7])
def test_a_new_one_says_of_which_kind_it_is(family: str, kind: Any, world: World) -> None:
    body = {"title": "Algo"} | ({} if kind is None else {"kind": kind})
    assert wrong(Program(world.ana).post(f"/{family}", body, 422)) == ["kind"]
    assert not Record.objects.exists()


@every_family
def test_what_one_may_not_see_is_not_there(family: str, world: World) -> None:
    for kind in members(family):
        record = born(kind, world)
        for user in (world.eva, world.zoe):
            program = Program(user)
            assert program.get(f"/{family}")["items"] == []
            program.get(f"/{family}/{record.number}", 404)
            program.patch(f"/{family}/{record.number}", {"title": "Mío"}, 404)


@every_family
def test_a_list_costs_the_same_number_of_queries_for_few_and_many_rows(family: str, world: World) -> None:
    program = Program(world.ana)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            program.get(f"/{family}")
        return len(queries)

    for kind in members(family):
        born(kind, world)
    few = cost()
    for kind in members(family) * 6:
        born(kind, world)
    assert cost() == few
