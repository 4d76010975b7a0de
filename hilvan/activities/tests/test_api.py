"""``/activities`` as the contract has it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from hilvan.activities.models import Activity
from hilvan.notifications.models import Notice
from hilvan.records.models import Change, Record
from tests.api.client import Program, user_json, wrong
from tests.world import World, standing


def test_an_activity_is_created_read_and_found_by_id_and_number(world: World) -> None:
    customer = world.customer()
    program = Program(world.ana)
    made = program.post(
        "/activities",
        {
            "type": "visit",
            "subject": "Ver el horno",
            "description": "Con la llave",
            "origin": customer.number,
            "assignee": "LUIS",
            "team": world.ventas.pk,
            "priority": "high",
            "place": "Nave 3",
            "start_at": "2026-03-02T09:00:00+01:00",
            "end_at": "2026-03-02T10:30:00+01:00",
            "estimated_minutes": 90,
            "ref": "X-1",
        },
    )
    record = Record.objects.get(ref="X-1")
    party = {"id": str(customer.uuid), "kind": "customer", "number": customer.number, "title": "Panadería Sol"}
    assert made == {
        "id": str(record.uuid),
        "kind": "activity",
        "number": record.number,
        "ref": "X-1",
        "type": "visit",
        "subject": "Ver el horno",
        "description": "Con la llave",
        "state": "new",
        "priority": "high",
        "assignee": user_json(world.luis),
        "team": {"id": world.ventas.pk, "name": "Ventas"},
        "origin": party,
        "party": party,
        "contact": None,
        "place": "Nave 3",
        "start_at": "2026-03-02T08:00:00+00:00",
        "end_at": "2026-03-02T09:30:00+00:00",
        "all_day": False,
        "deferred": False,
        "deferrals": 0,
        "promised_start_at": "2026-03-02T08:00:00+00:00",
        "promised_end_at": "2026-03-02T09:30:00+00:00",
        "remind_at": None,
        "estimated_minutes": 90,
        "spent_minutes": None,
        "begun_at": None,
        "closed_at": None,
        "result": None,
        "hold": None,
        "created_at": record.created_at.isoformat(),
        "archived_at": None,
        "participants": [],
    }
    assert program.get(f"/activities/{record.uuid}") == made
    assert program.get(f"/activities/{record.number.lower()}") == made
    listed = program.get("/activities")
    apart = ("description", "participants")
    assert listed == {"items": [{k: v for k, v in made.items() if k not in apart}], "next": None}
    change = Change.objects.filter(record=record).first()
    assert change is not None
    assert (change.channel, change.actor) == ("api", world.ana)


def test_creating_answers_where_the_new_one_is(world: World) -> None:
    response = Program(world.ana).send("POST", "/activities", {"type": "task", "subject": "Una"})
    assert response.status_code == 201
    assert response.headers["Location"] == f"/api/v1/activities/{response.json()['id']}"


def test_plain_dates_make_whole_days_with_the_end_included(world: World) -> None:
    program = Program(world.ana)
    made = program.post(
        "/activities", {"type": "task", "subject": "Feria", "start_at": "2026-03-28", "end_at": "2026-03-29"}
    )
    assert (made["start_at"], made["end_at"], made["all_day"]) == ("2026-03-28", "2026-03-29", True)
    activity = standing(Record.objects.get(number=made["number"]))
    assert activity.end_at == dt.datetime(2026, 3, 29, 22, tzinfo=dt.UTC)  # the clocks go forward that day

    changed = program.patch(f"/activities/{made['id']}", {"end_at": "2026-04-02"})
    assert (changed["start_at"], changed["end_at"], changed["all_day"]) == ("2026-03-28", "2026-04-02", True)
    changed = program.patch(f"/activities/{made['id']}", {"all_day": False})
    assert (changed["start_at"], changed["all_day"]) == ("2026-03-27T23:00:00+00:00", False)
    changed = program.patch(f"/activities/{made['id']}", {"all_day": True})
    assert (changed["start_at"], changed["end_at"], changed["all_day"]) == ("2026-03-28", "2026-04-02", True)


@pytest.mark.parametrize(
    "dates",
    [
        {"all_day": True, "start_at": "2026-03-02T09:00:00Z", "end_at": "2026-03-02T10:00:00Z"},
        {"all_day": False, "start_at": "2026-03-02", "end_at": "2026-03-03"},
    ],
)
def test_whole_days_and_times_that_contradict_each_other_are_refused(world: World, dates: dict[str, Any]) -> None:
    problem = Program(world.ana).post("/activities", {"type": "task", "subject": "Una", **dates}, 422)
    assert wrong(problem) == ["all_day"]
    assert not Activity.objects.exists()


def test_deferred_at_birth_and_by_command(world: World) -> None:
    program = Program(world.ana)
    assert wrong(program.post("/activities", {"type": "task", "subject": "Una", "deferred": True}, 422)) == [
        "start_at",
        "end_at",
    ]
    dates = {"start_at": "2030-01-07", "end_at": "2030-01-08"}
    made = program.post("/activities", {"type": "task", "subject": "Una", "deferred": True, **dates})
    assert (made["deferred"], made["deferrals"]) == (True, 0)

    later = {"start_at": "2030-02-07T09:00:00+01:00", "end_at": "2030-02-07T10:00:00+01:00"}
    assert wrong(program.post(f"/activities/{made['id']}/defer", later, 422)) == ["reason"]
    put_off = program.post(f"/activities/{made['id']}/defer", {**later, "reason": "De viaje"}, 200)
    assert (put_off["deferrals"], put_off["promised_start_at"]) == (1, "2030-01-06T23:00:00+00:00")
    assert put_off["start_at"] == "2030-02-07T08:00:00+00:00"
    assert program.get(f"/activities/{made['id']}/history")["items"][0]["note"] == "De viaje"


def test_a_call_already_made_is_noted_born_closed(world: World) -> None:
    program = Program(world.ana)
    call = {"type": "call", "subject": "Llamada", "state": "closed", "note": "Quedamos el lunes"}
    assert wrong(program.post("/activities", call, 422)) == ["result"]
    assert wrong(program.post("/activities", {**call, "result": "sold"}, 422)) == ["result"]
    made = program.post("/activities", {**call, "result": "left_message", "assignee": "luis"})
    assert (made["state"], made["result"], made["closed_at"] is not None) == ("closed", "left_message", True)
    (notice,) = program.get(f"/activities/{made['id']}/notices")["items"]
    assert (notice["state"], notice["suppressed_by"], notice["recipient"]["username"]) == (
        "suppressed",
        "born_closed",
        "luis",
    )


def test_a_change_sets_only_what_is_given(world: World) -> None:
    record = world.activity("Antes", assignee=world.luis, place="Allí", priority=2)
    changed = Program(world.ana).patch(f"/activities/{record.number}", {"subject": "Después", "assignee": None})
    assert (changed["subject"], changed["assignee"], changed["place"], changed["priority"]) == (
        "Después",
        None,
        "Allí",
        "high",
    )


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ({"subject": None}, ["subject"]),
        ({"subject": ""}, ["subject"]),
        ({"subject": "x" * 256}, ["subject"]),
        ({"subject": "a\x00b"}, ["subject"]),
        ({"subject": 7}, ["subject"]),
        ({"type": "nap"}, ["type"]),
        ({"type": None}, ["type"]),
        ({"priority": "huge"}, ["priority"]),
        ({"assignee": "zoe"}, ["assignee"]),
        ({"assignee": 10**30}, ["assignee"]),
        ({"assignee": {"id": 1}}, ["assignee"]),
        ({"team": "Compras"}, ["team"]),
        ({"party": "CLI-2026-999999"}, ["party"]),
        ({"estimated_minutes": -1}, ["estimated_minutes"]),
        ({"estimated_minutes": 10**12}, ["estimated_minutes"]),
        ({"start_at": "mañana"}, ["start_at"]),
        ({"start_at": "2026-03-02T09:00:00"}, ["start_at"]),
        ({"start_at": "9999-12-31T23:59:59-14:00"}, ["start_at"]),
        ({"start_at": "2026-03-05", "end_at": "2026-03-04"}, ["end_at"]),
        ({"state": "closed"}, ["state"]),
        ({"nonsense": 1, "more": 2}, ["nonsense", "more"]),
        ([], [""]),
    ],
)
def test_what_is_wrong_is_said_by_field_and_nothing_changes(world: World, data: Any, fields: list[str]) -> None:
    record = world.activity("Antes")
    changes = Change.objects.count()
    assert wrong(Program(world.ana).patch(f"/activities/{record.number}", data, 422)) == fields
    assert Change.objects.count() == changes


def test_without_a_type_none_is_created_and_a_taken_reference_is_refused(world: World) -> None:
    program = Program(world.ana)
    assert wrong(program.post("/activities", {"subject": "Una"}, 422)) == ["type"]
    program.post("/activities", {"subject": "Una", "type": "task", "ref": "A"})
    assert wrong(program.post("/activities", {"subject": "Dos", "type": "task", "ref": "A"}, 422)) == ["ref"]


def test_a_change_of_state_that_is_not_allowed_answers_409_with_those_that_are(world: World) -> None:
    record = world.activity()
    program = Program(world.ana)
    problem = program.post(f"/activities/{record.number}/transitions", {"to": "new"}, 409)
    assert problem["allowed"] == ["in_progress", "on_hold", "closed"]
    assert problem["title"] == "Conflict"
    assert standing(record).state == "new"
    assert wrong(program.post(f"/activities/{record.number}/transitions", {"to": "asleep"}, 422)) == ["to"]


def test_a_hold_tells_why_for_whom_and_until_when(world: World) -> None:
    record, other = world.activity(), world.activity("La otra")
    program = Program(world.ana)
    address = f"/activities/{record.number}/transitions"
    assert wrong(program.post(address, {"to": "on_hold", "reason": "rain", "until": "2001-01-01"}, 422)) == [
        "reason",
        "until",
    ]
    hold = {"to": "on_hold", "reason": "colleague", "for": "luis", "until": "2100-01-01T00:00:00Z"}
    assert program.post(address, hold, 200)["hold"] == {
        "reason": "colleague",
        "for": user_json(world.luis),
        "until": "2100-01-01T00:00:00+00:00",
    }
    program.post(address, {"to": "in_progress"}, 200)
    held = program.post(address, {"to": "on_hold", "reason": "other", "for": other.number}, 200)["hold"]
    assert held["for"] == {"id": str(other.uuid), "kind": "activity", "number": other.number, "title": "La otra"}
    program.post(address, {"to": "in_progress"}, 200)
    assert wrong(program.post(address, {"to": "on_hold", "reason": "other", "for": "zoe"}, 422)) == ["for"]


def test_closing_takes_a_result_and_reopening_a_reason(world: World) -> None:
    record = world.activity(type="call")
    program = Program(world.ana)
    address = f"/activities/{record.number}/transitions"
    assert wrong(program.post(address, {"to": "closed"}, 422)) == ["result"]
    closed = program.post(address, {"to": "closed", "result": "no_answer", "note": "Buzón"}, 200)
    assert (closed["state"], closed["result"]) == ("closed", "no_answer")
    assert wrong(program.post(address, {"to": "new"}, 422)) == ["reason"]
    assert program.post(address, {"to": "new", "reason": "Llamó él"}, 200)["result"] is None


def test_history_names_people_and_codes_newest_first(world: World) -> None:
    record = world.activity("Una", assignee=world.luis)
    program = Program(world.ana)
    program.patch(f"/activities/{record.number}", {"assignee": "eva", "priority": "high"})
    entry, birth = program.get(f"/activities/{record.number}/history")["items"]
    assert entry.keys() == {"record", "at", "recorded_at", "actor", "channel", "verb", "note", "raw", "changes"}
    assert (entry["actor"], entry["channel"], entry["verb"]) == (user_json(world.ana), "api", "activity.change")
    assert sorted(entry["changes"], key=lambda change: str(change["field"])) == [
        {"field": "assignee", "before": user_json(world.luis), "after": user_json(world.eva)},
        {"field": "priority", "before": "normal", "after": "high"},
    ]
    assert birth["verb"] == "activity.create"
    assert {"field": "subject", "before": None, "after": "Una"} in birth["changes"]
    assert {"field": "type", "before": None, "after": "task"} in birth["changes"]

    first = program.get(f"/activities/{record.number}/history", limit=1)
    second = program.get(f"/activities/{record.number}/history", limit=1, cursor=first["next"])
    assert [*first["items"], *second["items"]] == [entry, birth]
    assert second["next"] is None


def test_notices_tell_who_was_told(world: World) -> None:
    record = world.activity(assignee=world.luis)
    (notice,) = Program(world.ana).get(f"/activities/{record.number}/notices")["items"]
    row = Notice.objects.get()
    assert notice == {
        "id": str(row.uuid),
        "recipient": user_json(world.luis),
        "name": "Luis Peña",
        "address": "luis@ebro.example",
        "reason": "assigned",
        "caused_by": user_json(world.ana),
        "state": "queued",
        "suppressed_by": None,
        "attempts": 0,
        "answer": "",
        "created_at": row.created_at.isoformat(),
        "due_at": row.due_at.isoformat(),
        "sent_at": None,
    }


def test_who_gives_an_activity_away_still_gets_the_answer(world: World) -> None:
    record = world.activity(by=world.ana, assignee=world.eva)
    program = Program(world.eva)
    assert program.patch(f"/activities/{record.number}", {"assignee": "luis"})["assignee"]["username"] == "luis"
    program.get(f"/activities/{record.number}", 404)
