"""Who takes part, on the form and on the activity's page."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from hilvan.activities.models import Activity, Participant
from hilvan.activities.participants import Invited
from hilvan.notifications.models import Notice
from hilvan.people.models import User
from hilvan.records.models import Record
from tests.world import World

from .test_pages import page_of, signed_in, text
from .test_participants import who


def filled(world: World, rows: list[str], roles: list[str] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "subject": "Ver el horno",
        "type": world.type("meeting").pk,
        "assignee": world.ana.pk,
        "participants": rows,
        "participants_role": roles or ["required"] * len(rows),
        **more,
    }


def test_each_row_of_the_form_is_a_user_a_contact_or_an_address(world: World) -> None:
    marta = world.contact(email="marta@example.com")
    world.contact("Rosa Gil", email="rosa@example.com")
    rows = [
        "Luis Peña (@luis)", str(marta), "Pepe Mur <pepe@example.com>", "", "nadie@example.com", "rosa gil",
        "josefa ruiz", "@eva",
    ]  # fmt: skip
    roles = ["required", "optional", "required", "optional", "optional", "required", "nonsense"]
    answer = signed_in(world.ana).post("/activities/new", filled(world, rows, roles))
    assert answer.status_code == 302
    [record] = Record.objects.filter(kind="activity")
    assert [(name, role) for name, role, _answer in who(record)] == [
        ("Luis Peña", "required"),
        ("Marta Ruiz", "optional"),
        ("Pepe Mur", "required"),
        ("nadie@example.com", "optional"),
        ("Rosa Gil", "required"),
        ("Josefa Ruiz", "required"),
        ("Eva Soto", "required"),
    ]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("Quién Sabe", "“Quién Sabe” is no user, no contact and no e-mail address."),
        ("@zoe", "“@zoe” is no user, no contact and no e-mail address."),
        ("CON-2026-999999", "“CON-2026-999999” is no user, no contact and no e-mail address."),
        ("a\x00b@example.com", "is no user, no contact and no e-mail address."),
        ("nadie@nowhere", "“nadie@nowhere” is no e-mail address."),
        ("luis@ebro.example", "luis@ebro.example is there twice."),
    ],
)
def test_a_row_that_means_nobody_is_refused_beside_the_field_and_kept(world: World, row: str, said: str) -> None:
    answer = signed_in(world.ana).post("/activities/new", filled(world, ["Luis Peña (@luis)", row]))
    assert answer.status_code == 422
    assert said in text(answer)
    content = answer.content.decode()
    assert 'value="Luis Peña (@luis)"' in content
    assert Activity.objects.count() == Participant.objects.count() == Notice.objects.count() == 0


def test_two_of_one_name_are_told_apart_by_their_number(world: World) -> None:
    for _n in range(2):
        world.contact("Marta Ruiz")
    answer = signed_in(world.ana).post("/activities/new", filled(world, ["Marta Ruiz"]))
    assert answer.status_code == 422


def test_the_form_shows_who_is_there_and_saving_it_changes_nothing(world: World) -> None:
    marta = world.contact(email="marta@example.com")
    people = [Invited(user=world.luis, role="optional"), Invited(contact=marta), Invited(email="p@example.com")]
    record = world.activity(assignee=world.ana, participants=people)
    before = who(record)
    client = signed_in(world.ana)
    page = client.get(f"{page_of(record)}/edit")
    for shown in ("Luis Peña (@luis)", str(marta), "p@example.com"):
        assert f'value="{shown}"' in page.content.decode()
    form = page.context["form"]
    rows = ["Luis Peña (@luis)", str(marta), "p@example.com", ""]
    same = {
        **{name: form[name].value() for name in ("subject", "place", "description")},
        "type": world.type().pk,
        "assignee": world.ana.pk,
        "priority": 1,
        "participants": rows,
        "participants_role": ["optional", "required", "required", "required"],
    }
    answer = client.post(f"{page_of(record)}/edit", same, follow=True)
    assert [str(one) for one in answer.context["messages"]] == ["Nothing was different."]
    assert who(record) == before
    client.post(f"{page_of(record)}/edit", {**same, "participants": rows[:1], "participants_role": ["optional"]})
    assert who(record) == before[:1]


def test_a_participant_who_has_left_or_may_not_be_seen_stays_through_the_form(world: World) -> None:
    marta = world.contact()
    record = world.activity(assignee=world.eva, participants=[Invited(contact=marta), Invited(user=world.luis)])
    User.objects.filter(pk=world.luis.pk).update(is_active=False)
    world.eva.role.grants["contact"] = {"view": "none"}
    world.eva.role.save()
    form = {
        "subject": "Otra", "type": world.type().pk, "assignee": world.eva.pk, "priority": 1,
        "participants": [str(marta), "Luis Peña (@luis)"], "participants_role": ["required", "required"],
    }  # fmt: skip
    assert signed_in(world.eva).post(f"{page_of(record)}/edit", form).status_code == 302
    assert [name for name, _role, _answer in who(record)] == ["Marta Ruiz", "Luis Peña"]


def test_the_page_shows_them_with_their_answer_and_ways_to_reach_them(world: World) -> None:
    marta = world.contact(email="marta@example.com", mobile="600 11 22 33")
    people = [Invited(contact=marta, answer="tentative"), Invited(email="pepe@example.com", role="optional")]
    record = world.activity(participants=people)
    page = signed_in(world.ana).get(page_of(record))
    assert "Participants 2" in text(page)
    content = page.content.decode()
    for link in ("tel:600112233", "mailto:marta@example.com", "mailto:pepe@example.com", f"/contacts/{marta.number}"):
        assert link in content
    assert "May come" in text(page)
    assert "(optional)" in text(page)
    assert "You are invited" not in text(page)


def test_the_record_of_a_contact_that_one_may_not_see_is_not_linked(world: World) -> None:
    marta = world.contact(email="marta@example.com", mobile="600 11 22 33")
    record = world.activity(assignee=world.eva, participants=[Invited(contact=marta)])
    world.eva.role.grants["contact"] = {"view": "none"}
    world.eva.role.save()
    page = signed_in(world.eva).get(page_of(record))
    panel = page.content.decode().partition('id="participants"')[2].partition("</section>")[0]
    assert "Marta Ruiz" in panel
    assert "mailto:marta@example.com" in panel
    assert marta.number not in panel
    assert "600" not in panel


def test_one_press_says_whether_one_comes(world: World) -> None:
    record = world.activity(participants=[Invited(user=world.eva), Invited(email="pepe@example.com")])
    _eva, pepe = Participant.objects.filter(activity=record.pk).order_by("pk")
    client = signed_in(world.eva)
    assert "You are invited to take part. I come Perhaps I don’t come" in text(client.get(page_of(record)))
    assert client.post(f"{page_of(record)}/answer", {"answer": "accepted"}).status_code == 302
    assert who(record)[0] == ("Eva Soto", "required", "accepted")
    assert "You are invited" not in text(client.get(page_of(record)))

    assert client.post(f"{page_of(record)}/answer", {"answer": "declined", "participant": pepe.pk}).status_code == 403
    client.post(f"{page_of(record)}/answer", {"answer": "maybe"})
    assert [answer for _name, _role, answer in who(record)] == ["accepted", "needs_action"]
    signed_in(world.ana).post(f"{page_of(record)}/answer", {"answer": "declined", "participant": pepe.pk})
    assert who(record)[1] == ("pepe@example.com", "required", "declined")
    assert client.get(f"{page_of(record)}/answer").status_code == 405


def test_who_does_not_see_it_can_answer_nothing(world: World) -> None:
    record = world.activity(participants=[Invited(user=world.luis)])
    assert signed_in(world.eva).post(f"{page_of(record)}/answer", {"answer": "accepted"}).status_code == 404
    assert who(record)[0][2] == "needs_action"


def test_before_saving_it_is_said_who_will_be_invited(world: World, settings: Settings) -> None:
    settings.EMAIL_URL = "smtp://mail.example"
    marta, rosa = world.contact(email="marta@example.com"), world.contact("Rosa Gil")
    client = signed_in(world.ana)

    def told(*rows: str, **asked: Any) -> str:
        return text(client.get("/activities/told", {"participants": rows, **asked})).strip()

    rows = [str(marta), "Luis Peña (@luis)", str(rosa), "@ana", "nonsense"]
    dated = {"start_at_date": "2030-03-04"}
    nobody = "Rosa Gil will not be told: the person has no e-mail address."
    assert told(*rows, **dated) == f"Invited by mail, now: Marta Ruiz and Luis Peña. {nobody}"
    assert told(*rows) == f"Without a start or an end nobody is invited: Marta Ruiz and Luis Peña. {nobody}"
    both = told(str(marta), assignee=world.luis.pk, **dated)
    assert both == "Luis will be told by mail, now. Invited by mail, now: Marta Ruiz."
    settings.EMAIL_URL = ""
    assert told("p@example.com", **dated) == "Invited by mail as soon as a mail server is set up: p@example.com."

    many = [f"p{n}@example.com" for n in range(7)]
    assert told(*many, **dated).endswith(": p0@example.com, p1@example.com, p2@example.com, p3@example.com, "
                                         "p4@example.com and 2 more.")  # fmt: skip

    record = world.activity(
        assignee=world.luis, start_at=timezone.now() + dt.timedelta(days=1), participants=[Invited(contact=marta)]
    )
    assert told(str(marta), activity=record.number, assignee=world.luis.pk) == (
        "Whoever is invited already will be told of another time, place or subject."
    )


def test_suggestions_name_colleagues_before_contacts(world: World) -> None:
    world.contact("Analía Sanz")
    client = signed_in(world.ana)
    asked = {"q": "aná", "kinds": "contact", "people": "1"}
    assert client.get("/lookup", asked).json()["items"] == ["Ana Gil (@ana)", "CON-2026-000001 Analía Sanz"]
    assert client.get("/lookup", {**asked, "q": "Ana Gil (@ana)"}).json()["items"] == ["Ana Gil (@ana)"]
    assert client.get("/lookup", {**asked, "q": "zoe"}).json()["items"] == []
    del asked["people"]
    assert client.get("/lookup", asked).json()["items"] == ["CON-2026-000001 Analía Sanz"]


def test_the_signature_is_ones_own_to_change(world: World) -> None:
    client = signed_in(world.ana)
    form = {"name": "Ana Gil", "language": "en", "time_zone": "", "signature": "Ana Gil\r\nTalleres Ebro  "}
    assert client.post("/profile/", form).status_code == 302
    world.ana.refresh_from_db()
    assert world.ana.signature.splitlines() == ["Ana Gil", "Talleres Ebro"]
    assert client.post("/profile/", {**form, "signature": "x" * 2001}).status_code == 422
    world.ana.refresh_from_db()
    assert world.ana.signature.startswith("Ana Gil")
