"""What one may not see does not exist: another company's, and a collaborator's share of one's own."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from hilvan.people.models import User
from hilvan.people.permissions import Action, Scope
from hilvan.records.kinds import Kind, kinds
from hilvan.records.models import Change, Record
from tests.every_kind.making import born, every_kind, least
from tests.world import World

from .client import Program, wrong
from .test_every_kind import as_given


def calls(kind: Kind, record: Record) -> list[tuple[str, str, Any]]:
    """Every address of one record, with a body that would do."""
    found: list[tuple[str, str, Any]] = []
    for reference in (str(record.uuid), record.number, record.number.lower()):
        own, any_kind = f"/{kind.path}/{reference}", f"/records/{reference}"
        found += [("GET", own, None), ("PATCH", own, {"team": None}), ("GET", any_kind, None)]
        found += [("GET", f"{any_kind}/{page}", None) for page in ("changes", "timeline", "creatable")]
        found += [("GET", f"{any_kind}/{page}", None) for page in ("links", "attachments", "comments")]
        found += [("POST", f"{any_kind}/links", {"other": reference}), ("POST", f"{any_kind}/comments", {"text": "x"})]
        found += [("POST", f"{own}/{word}", None) for word in ("archive", "unarchive")]
        found += [("POST", f"{own}/{verb.name}", {}) for verb in kind.verbs]
        found += [("POST", f"{any_kind}/create/{other.name}", {}) for other in kinds if other.start_from(kind.name)]
        if kind.name == "activity":
            found += [("GET", f"{own}/{page}", None) for page in ("history", "situations", "notices")]
            found.append(("POST", f"{own}/transitions", {"to": "closed"}))
            found.append(("POST", f"{own}/defer", {"reason": "x", "start_at": "2030-01-01", "end_at": "2030-01-01"}))
    return found


def may_not_reach(user: User, kind: Kind, record: Record) -> None:
    program = Program(user)
    rows, changes = Record.objects.count(), Change.objects.count()
    unknown = program.send("GET", f"/{kind.path}/ZZZ-2026-000001")
    for method, address, data in calls(kind, record):
        response = program.send(method, address, data)
        assert response.status_code == 404, (method, address, response.content)
        assert response.content == unknown.content, "the answer must not tell that there is something"
        if method == "GET" and not address.endswith(
            ("changes", "timeline", "links", "attachments", "comments", "creatable", "history", "notices", "situations")
        ):
            assert program.send("GET", f"{address}?as_of={timezone.now():%Y-%m-%dT%H:%M:%SZ}").status_code == 404
    for path in (f"/{kind.path}", "/records"):
        assert program.get(path, archived="true")["items"] == []
        assert program.get(path, q=record.number)["items"] == []
        assert program.get(path, q=record.title)["items"] == []
        assert wrong(program.get(path, 422, party=record.number)) == ["party"]
    assert (Record.objects.count(), Change.objects.count()) == (rows, changes)


@every_kind
def test_another_company_reaches_no_record(kind: Kind, world: World) -> None:
    may_not_reach(world.zoe, kind, born(kind, world))


@every_kind
def test_a_collaborator_reaches_only_what_is_hers(kind: Kind, world: World) -> None:
    if world.eva.scope(kind.name, Action.VIEW) is Scope.ALL:
        pytest.skip("Collaborators see all of this kind.")
    responsible = "assignee" if kind.name == "activity" else "owner"
    record = world.activity(origin=world.activity()) if kind.name == "activity" else born(kind, world)
    program = Program(world.eva)
    for method, address, data in calls(kind, record):
        assert program.send(method, address, data).status_code == 404, (method, address)
    assert program.get(f"/{kind.path}")["items"] == []

    mine: dict[str, Any] = {responsible: world.eva}
    hers = born(kind, world, **mine)
    assert [item["number"] for item in program.get(f"/{kind.path}")["items"]] == [hers.number]
    assert program.get(f"/{kind.path}/{hers.uuid}")["number"] == hers.number


def test_who_may_see_but_not_change_is_told_so(world: World) -> None:
    customer = world.customer("Panadería Sol")
    program = Program(world.eva)
    assert program.get(f"/customers/{customer.number}")["title"] == "Panadería Sol"
    program.patch(f"/customers/{customer.number}", {"title": "Otra"}, 403)
    program.post(f"/customers/{customer.number}/archive", None, 403)
    program.post("/customers", {"title": "Otra"}, 403)
    assert Record.objects.get().title == "Panadería Sol"


@every_kind
def test_nothing_of_another_company_can_be_referred_to(kind: Kind, world: World) -> None:
    theirs = {
        "origin": world.activity().number,
        "party": str(world.customer().uuid),
        "contact": world.customer().number,
        "owner": "ana",
        "assignee": world.ana.pk,
        "team": world.ventas.pk,
    }
    known = {*kind.schema.model_fields, "origin"}
    given = {name: value for name, value in theirs.items() if name in known}
    fields = {name: value for name, value in as_given(least(kind, world)).items() if name != "party"}
    count = Record.objects.count()
    problem = Program(world.zoe).post(f"/{kind.path}", {**fields, **given}, 422)
    assert set(wrong(problem)) == given.keys()
    assert Record.objects.count() == count


def test_counts_as_of_and_filters_tell_another_company_nothing(committed_world: World) -> None:
    world = committed_world
    activity = world.activity("Secreta", assignee=world.ana, team=world.ventas, ref="S1")
    program = Program(world.zoe)
    now = timezone.now().isoformat()
    for asked in ({}, {"as_of": now}):
        assert program.get("/activities", **asked)["items"] == []
        assert program.get("/activities", q="Secreta", **asked)["items"] == []
        assert program.get("/activities", ref="S1", **asked)["items"] == []
        for groups in ("state,assignee", "team", "type,priority"):
            assert program.get("/activities/summary", group_by=groups, **asked)["items"] == []
        assert wrong(program.get("/activities", 422, assignee="ana", **asked)) == ["assignee"]
        assert wrong(program.get("/activities", 422, team="Ventas", **asked)) == ["team"]
        assert wrong(program.get("/activities", 422, origin=activity.number, **asked)) == ["origin"]
    day = program.get("/activities/flow")["items"][-1]
    assert (day["new"], day["on_hold"], day["in_progress"], day["closed"]) == (0, 0, 0, 0)


def test_a_collaborators_counts_are_of_what_she_sees(committed_world: World) -> None:
    world = committed_world
    incident = world.incident()
    world.activity(origin=incident, assignee=world.luis)
    world.activity(origin=incident, assignee=world.eva)
    program = Program(world.eva)
    for asked in ({}, {"as_of": timezone.now().isoformat()}):
        assert program.get("/activities/summary", group_by="state", **asked)["items"] == [{"state": "new", "count": 1}]
    assert program.get("/activities/flow")["items"][-1]["new"] == 1
    assert Program(world.ana).get("/activities/flow")["items"][-1]["new"] == 2
