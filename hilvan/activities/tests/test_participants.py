"""Who takes part in an activity: set, answered, seen, and told in the history."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from hilvan.activities import counts, participants, selection, words
from hilvan.activities.models import Activity, Participant
from hilvan.activities.participants import MOST, Invited
from hilvan.activities.selection import Filters
from hilvan.activities.services import change_activity, transition
from hilvan.notifications.models import Notice
from hilvan.people.models import User
from hilvan.records.history import entries
from hilvan.records.models import Change, Record
from tests.api.client import Program, user_json, wrong
from tests.world import World, standing


def who(record: Record) -> list[tuple[str, str, str]]:
    people = Participant.objects.filter(activity=record.pk).order_by("pk")
    return [(one.called, one.role, one.answer) for one in people]


def told(record: Record, user: User) -> list[str]:
    """The lines of the history, newest first, in English."""
    with translation.override("en"):
        return [line["text"] for line in words.told(entries(record), user)]


def test_they_are_given_and_told_by_the_api(world: World) -> None:
    marta = world.contact(email="marta@example.com", phone="976 123 456")
    program = Program(world.ana)
    made = program.post(
        "/activities",
        {
            "type": "meeting",
            "subject": "Ver el horno",
            "participants": [
                {"user": "LUIS"},
                {"contact": marta.number, "role": "optional", "answer": "tentative"},
                {"email": "pepe@example.com", "name": "Pepe"},
                {"email": "nadie@example.com"},
            ],
        },
    )
    contact = {"id": str(marta.uuid), "kind": "contact", "number": marta.number, "title": "Marta Ruiz"}
    nobody: dict[str, Any] = {"user": None, "contact": None, "role": "required", "answer": "needs_action"}
    assert made["participants"] == [
        {**nobody, "user": user_json(world.luis), "name": "Luis Peña", "email": "luis@ebro.example"},
        {**nobody, "contact": contact, "name": "Marta Ruiz", "email": "marta@example.com", "role": "optional",
         "answer": "tentative"},
        {**nobody, "name": "Pepe", "email": "pepe@example.com"},
        {**nobody, "name": "nadie@example.com", "email": "nadie@example.com"},
    ]  # fmt: skip
    assert program.get(f"/activities/{made['id']}") == made
    assert program.get(f"/records/{made['id']}")["participants"] == made["participants"]


def test_a_given_list_replaces_the_one_before_and_keeps_what_was_answered(world: World) -> None:
    record = world.activity(participants=[Invited(user=world.luis), Invited(email="pepe@example.com")])
    participants.answer(record, actor=world.actor(world.luis), answer="accepted")
    kept = Participant.objects.get(user=world.luis)
    program = Program(world.ana)

    changed = program.patch(
        f"/activities/{record.number}", {"participants": [{"user": world.luis.pk}, {"user": "jefa"}]}
    )
    assert [(one["name"], one["answer"]) for one in changed["participants"]] == [
        ("Luis Peña", "accepted"),
        ("Josefa Ruiz", "needs_action"),
    ]
    assert Participant.objects.get(user=world.luis).pk == kept.pk
    assert program.patch(f"/activities/{record.number}", {"subject": "Otra"})["participants"] == changed["participants"]
    assert program.patch(f"/activities/{record.number}", {"participants": []})["participants"] == []


def test_the_address_of_one_who_is_there_means_him(world: World) -> None:
    record = world.activity(participants=[Invited(user=world.luis)])
    change_activity(record, actor=world.actor(), participants=[Invited(email="LUIS@ebro.example", role="optional")])
    assert who(record) == [("Luis Peña", "optional", "needs_action")]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ([{"user": "nobody"}], "participants.0.user"),
        ([{"email": "a@example.com"}, {"user": "zoe"}], "participants.1.user"),
        ([{"contact": "CON-2026-999999"}], "participants.0.contact"),
        ([{"email": "no address"}], "participants.0.email"),
        ([{"email": "a@example.com", "user": "ana"}], "participants.0"),
        ([{}], "participants.0"),
        ([{"user": "luis"}, {"email": "luis@ebro.example"}], "participants.1"),
        ([{"email": "A@example.com"}, {"email": "a@example.com"}], "participants.1"),
        ([{"user": "luis", "role": "chief"}], "participants.0.role"),
        ([{"user": "luis", "answer": "yes"}], "participants.0.answer"),
        ([{"user": "luis", "age": 3}], "participants.0.age"),
        ([{"email": "a@example.com", "name": "a\x00b"}], "participants.0.name"),
        ([{"email": "a@example.com", "name": "x" * 201}], "participants.0.name"),
        ([{"email": f"{n}@example.com"} for n in range(MOST + 1)], "participants"),
        ("luis", "participants"),
    ],
)
def test_who_can_be_none_is_said_beside_the_field_and_nothing_changes(world: World, given: Any, field: str) -> None:
    record = world.activity(participants=[Invited(user=world.ana)])
    rows = Activity.objects.count(), Participant.objects.count(), Change.objects.count(), Notice.objects.count()
    program = Program(world.ana)
    assert wrong(program.patch(f"/activities/{record.number}", {"participants": given}, 422)) == [field]
    new = {"type": "task", "subject": "Una", "participants": given}
    assert wrong(program.post("/activities", new, 422)) == [field]
    assert rows == (
        Activity.objects.count(), Participant.objects.count(), Change.objects.count(), Notice.objects.count()
    )  # fmt: skip


def test_what_is_wrong_with_them_is_said_with_all_the_rest(world: World) -> None:
    with pytest.raises(ValidationError) as refused:
        world.activity("", participants=[Invited(email="nowhere")])
    assert sorted(refused.value.message_dict) == ["participants.0.email", "subject"]


def test_no_contact_of_another_company_and_no_customer_takes_part(world: World) -> None:
    customer = world.customer()
    with pytest.raises(ValidationError) as refused:
        world.activity(participants=[Invited(contact=customer), Invited(user=world.zoe)])
    assert sorted(refused.value.message_dict) == ["participants.0.contact", "participants.1.user"]


def test_who_has_left_can_stay_and_cannot_be_invited(world: World) -> None:
    record = world.activity(participants=[Invited(user=world.luis)])
    User.objects.filter(pk=world.luis.pk).update(is_active=False)
    world.luis.refresh_from_db()
    change_activity(record, actor=world.actor(), participants=[Invited(user=world.luis), Invited(user=world.jefa)])
    assert [name for name, _role, _answer in who(record)] == ["Luis Peña", "Josefa Ruiz"]
    with pytest.raises(ValidationError):
        world.activity(participants=[Invited(user=world.luis)])


def test_one_answers_for_oneself_and_who_may_change_it_for_others(world: World) -> None:
    record = world.activity(participants=[Invited(user=world.eva), Invited(email="pepe@example.com")])
    eva, pepe = Participant.objects.filter(activity=record.pk).order_by("pk")
    answered = Program(world.eva).post(f"/activities/{record.number}/answer", {"answer": "declined"}, 200)
    assert [one["answer"] for one in answered["participants"]] == ["declined", "needs_action"]

    participants.answer(record, actor=world.actor(world.luis), answer="accepted", participant=pepe.pk)
    assert who(record) == [("Eva Soto", "required", "declined"), ("pepe@example.com", "required", "accepted")]
    for actor, participant in ((world.eva, pepe.pk), (world.jefa, None)):
        with pytest.raises(PermissionDenied):
            participants.answer(record, actor=world.actor(actor), answer="tentative", participant=participant)
    with pytest.raises(ValidationError):
        participants.answer(record, actor=world.actor(world.eva), answer="maybe")
    with pytest.raises(ValidationError):
        participants.answer(record, actor=world.actor(), answer="accepted", participant=eva.pk + 1000)
    assert who(record)[0][2] == "declined"


def test_other_dates_ask_everybody_again_but_who_chose_them(world: World) -> None:
    start = timezone.now() + dt.timedelta(days=2)
    record = world.activity(start_at=start, participants=[Invited(user=world.luis), Invited(user=world.jefa)])
    for user in (world.luis, world.jefa):
        participants.answer(record, actor=world.actor(user), answer="accepted")
    change_activity(record, actor=world.actor(world.luis), place="Nave 3")
    assert {answer for _name, _role, answer in who(record)} == {"accepted"}
    change_activity(record, actor=world.actor(world.luis), start_at=start + dt.timedelta(hours=1))
    assert [answer for _name, _role, answer in who(record)] == ["accepted", "needs_action"]


def test_the_history_tells_them_in_plain_words_one_entry_a_command(committed_world: World) -> None:
    world = committed_world
    marta = world.contact(email="marta@example.com")
    record = world.activity(participants=[Invited(user=world.luis), Invited(contact=marta)])
    actor = world.actor()
    change_activity(
        record, actor=actor, subject="Otra", participants=[Invited(user=world.luis), Invited(email="pepe@example.com")]
    )
    participants.answer(record, actor=world.actor(world.luis), answer="accepted")
    pepe = Participant.objects.get(email="pepe@example.com")
    participants.answer(record, actor=actor, answer="declined", participant=pepe.pk)
    change_activity(record, actor=actor, participants=[Invited(user=world.luis, role="optional")])
    change_activity(record, actor=actor, start_at=timezone.now() + dt.timedelta(days=1))

    lines = told(record, world.ana)
    assert lines[0].startswith("asked again: Luis Peña; changed start:")
    assert lines[1:] == [
        "left it open to Luis Peña to come; no longer expects pepe@example.com",
        "noted who does not come: pepe@example.com",
        "said that they come",
        "no longer expects Marta Ruiz; invited pepe@example.com; changed subject: “Llamar a Marta” → “Otra”",
        "created it; invited Luis Peña and Marta Ruiz",
    ]
    assert [entry.verb for entry in entries(record)] == [
        "activity.change",
        "activity.change",
        "activity.answer",
        "activity.answer",
        "activity.change",
        "activity.create",
    ]


def test_the_history_names_no_contact_that_one_may_not_see(committed_world: World) -> None:
    world = committed_world
    world.eva.role.grants["contact"] = {"view": "none"}
    world.eva.role.save()
    marta = world.contact()
    record = world.activity(assignee=world.eva, participants=[Invited(contact=marta)])
    assert "Marta" not in str(told(record, world.eva))
    assert "Marta Ruiz" in str(told(record, world.ana))


def test_as_of_an_instant_those_of_then_take_part(committed_world: World) -> None:
    world = committed_world
    record = world.activity(participants=[Invited(user=world.luis), Invited(email="pepe@example.com")])
    before = timezone.now()
    change_activity(record, actor=world.actor(), participants=[Invited(user=world.jefa)])
    program = Program(world.ana)
    then, now = (
        [one["name"] for one in program.get(path, **asked)["participants"]]
        for path, asked in (
            (f"/activities/{record.number}", {"as_of": before.isoformat()}),
            (f"/activities/{record.number}", {}),
        )
    )
    assert (then, now) == (["Luis Peña", "pepe@example.com"], ["Josefa Ruiz"])
    past = program.get(f"/records/{record.number}", as_of=before.isoformat())
    assert [one["name"] for one in past["participants"]] == then


def test_whoever_takes_part_sees_it_now_and_as_of_then_and_counts_it(committed_world: World) -> None:
    world = committed_world
    secret = world.activity("Despido de Juan")
    record = world.activity("Preparar la sala", origin=secret)
    before = timezone.now()
    program = Program(world.eva)
    program.get(f"/activities/{record.number}", 404)
    assert counts.summary(world.eva, Filters(), group_by=["state"]) == []

    change_activity(record, actor=world.actor(), participants=[Invited(user=world.eva)])
    assert program.get(f"/activities/{record.number}")["subject"] == "Preparar la sala"
    assert [item["number"] for item in program.get("/activities")["items"]] == [record.number]
    assert [item["number"] for item in program.get("/activities", q="sala")["items"]] == [record.number]
    assert [item["number"] for item in program.get("/activities", as_of=before.isoformat())["items"]] == [record.number]
    assert counts.summary(world.eva, Filters(), group_by=["state"]) == [{"state": "new", "count": 1}]
    assert [row["new"] for row in counts.flow(
        world.eva, start=before.date(), end=before.date(), zone=dt.UTC
    )] == [1]  # fmt: skip
    program.get(f"/activities/{secret.number}", 404)

    program.patch(f"/activities/{record.number}", {"subject": "Otra"}, 403)
    assert standing(record).subject == "Preparar la sala"
    change_activity(record, actor=world.actor(), participants=[])
    program.get(f"/activities/{record.number}", 404)


def test_what_one_sees_by_taking_part_is_asked_of_an_index(world: World) -> None:
    query = selection.select(world.eva, Filters()).order_by("end_sort", "key").values_list("pk")[:50]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        sql, parameters = query.query.sql_with_params()
        cursor.execute(f"EXPLAIN {sql}", parameters)
        assert "participant_by_user" in "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.parametrize("channel", ["page", "api"])
def test_the_queries_do_not_depend_on_how_many_take_part(world: World, channel: str) -> None:
    def queries(number: int) -> tuple[int, int]:
        contacts = list(Record.objects.filter(kind="contact").select_related("company")[:number])
        people = [Invited(contact=one) for one in contacts] + [
            Invited(email=f"{n}@example.com") for n in range(len(contacts))
        ]
        with CaptureQueriesContext(connection) as writing:
            record = world.activity(start_at=timezone.now() + dt.timedelta(days=1), participants=people)
        program = Program(world.ana)
        with CaptureQueriesContext(connection) as reading:
            if channel == "api":
                program.get(f"/activities/{record.number}")
            else:
                participants.participants_of(standing(record))
        return len(writing), len(reading)

    party = world.customer()
    for n in range(12):
        world.contact(f"Contacto {n}", party=party)
    queries(1)
    assert queries(1) == queries(12)


def test_closing_and_reopening_leave_them_alone(world: World) -> None:
    record = world.activity(participants=[Invited(user=world.luis)])
    transition(record, actor=world.actor(), to="closed")
    transition(record, actor=world.actor(), to="new", reason="Falta algo")
    assert who(record) == [("Luis Peña", "required", "needs_action")]
