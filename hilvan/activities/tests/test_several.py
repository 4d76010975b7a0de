"""Several activities by one command: their assignee has one message that lists them all."""

from __future__ import annotations

from typing import Any

import icalendar
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from hilvan.notifications.mail import Content, message, preview
from hilvan.notifications.models import Notice, State
from hilvan.people.models import User
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from hilvan.records.several import candidates, create_from_each
from tests.pages import Page, signed_in
from tests.world import World, at


@pytest.fixture(autouse=True)
def address(settings: Settings) -> None:
    settings.BASE_URL = "https://hilvan.ebro.example"
    settings.DEFAULT_FROM_EMAIL = "Hilván <hilvan@ebro.example>"


def from_each(world: World, origins: list[Record], *, by: User | None = None, **fields: object) -> list[Record]:
    found = candidates(kinds["activity"], origins, by or world.luis)
    values = {"type": world.type(), "subject": "Felicitar", "assignee": world.ana, **fields}
    return create_from_each(kinds["activity"], found, actor=world.actor(by or world.luis), **values)


def content(record: Record) -> Content:
    return preview(Notice.objects.get(record=record))


def test_one_notice_carries_the_others_and_its_message_lists_them_all(world: World) -> None:
    customers = [world.customer(f"Sol {n}", phone=f"97600000{n}", email=f"{n}@sol.example") for n in range(3)]
    records = from_each(world, customers, type=world.type("call"))

    first, *others = Notice.objects.order_by("pk")
    assert [one.record for one in (first, *others)] == records
    assert first.carrier is None
    assert [one.carrier for one in others] == [first, first]
    said = content(records[0])
    assert "3" in said.subject
    assert "Felicitar" in said.subject
    for text in (said.text, said.html):
        assert "Luis Peña" in text
        for n, record in enumerate(records):
            assert f"https://hilvan.ebro.example/activities/{record.number}" in text
            assert f"Sol {n}" in text
            assert f"97600000{n}" in text
    assert said.text.count(str(world.type("call"))) == 1
    assert content(records[2]) == said
    mail = message(others[0], said)
    assert mail.extra_headers["Message-ID"] == f"<{first.uuid}@ebro.example>"
    assert "References" not in mail.extra_headers


def test_each_person_has_a_message_and_one_alone_has_the_usual_one(world: World) -> None:
    customers = [world.customer(f"Sol {n}") for n in range(2)]
    from_each(world, customers)
    from_each(world, customers[:1], assignee=world.eva, subject="Sola")

    assert Notice.objects.filter(carrier=None).count() == 2
    alone = Notice.objects.get(recipient=world.eva)
    assert alone.record is not None
    assert f"[{alone.record.number}]" in preview(alone).subject
    assert message(alone, preview(alone)).extra_headers["References"] == f"<{alone.record.uuid}@ebro.example>"


def test_two_commands_are_two_messages(world: World) -> None:
    customers = [world.customer(f"Sol {n}") for n in range(2)]
    from_each(world, customers)
    from_each(world, customers)
    world.activity(by=world.luis, assignee=world.ana)

    assert Notice.objects.filter(carrier=None).count() == 3


def test_the_list_names_nothing_that_its_reader_may_not_see(world: World) -> None:
    world.needs("opportunity")
    origins = [world.opportunity(f"Secreta {n}") for n in range(2)]
    records = from_each(world, origins, assignee=world.eva)

    said = content(records[0])
    for text in (said.subject, said.text, said.html):
        assert "Secreta" not in text
        assert origins[0].number not in text
    assert "Panadería Sol" in said.text


def test_their_dates_come_as_events_to_be_shown_meetings_too(world: World) -> None:
    start, end = at("2030-11-30T09:30+01:00"), at("2030-11-30T10:00+01:00")
    records = from_each(
        world, [world.customer(f"Sol {n}") for n in range(3)], type=world.type("meeting"), start_at=start, end_at=end
    )

    calendar = icalendar.Calendar.from_ical(content(records[0]).calendar)
    events: list[Any] = calendar.walk("VEVENT")
    assert calendar["METHOD"] == "PUBLISH"
    assert [event["UID"] for event in events] == [str(record.uuid) for record in records]
    assert {(event["DTSTART"].dt, event["DTEND"].dt) for event in events} == {(start, end)}
    assert not any("ATTENDEE" in event for event in events)
    assert len(calendar.walk("VTIMEZONE")) == 1
    assert content(from_each(world, [world.customer("Luna"), world.customer("Eco")])[0]).calendar == ""


def test_what_one_assigns_to_oneself_stays_unsent_each_with_its_reason(world: World) -> None:
    from_each(world, [world.customer(f"Sol {n}") for n in range(2)], by=world.ana)

    assert set(Notice.objects.values_list("state", "suppressed_by", "carrier")) == {("suppressed", "oneself", None)}


def test_each_activitys_page_shows_its_notice_and_the_message_names_all(world: World) -> None:
    records = from_each(world, [world.customer(f"Sol {n}") for n in range(2)])
    Notice.objects.update(state=State.SENT, sent_at=timezone.now())
    client = signed_in(world.ana)

    for record in records:
        notice = Notice.objects.get(record=record)
        page = Page.of(client.get(f"/activities/{record.number}"))
        assert f"/notices/{notice.uuid}" in page.links
        shown = Page.of(client.get(f"/notices/{notice.uuid}"))
        assert "In this one message" in shown.text
        assert {f"/activities/{one.number}" for one in records} <= shown.links


def test_the_number_of_queries_of_a_list_does_not_depend_on_its_length(world: World) -> None:
    def queries(n: int) -> int:
        contacts = [world.contact(f"Marta {n}", party=world.customer(f"Sol {n}")) for n in range(n)]
        records = from_each(world, contacts)
        notice = Notice.objects.select_related("recipient__company", "company", "record").get(record=records[0])
        with CaptureQueriesContext(connection) as captured:
            preview(notice)
        return len(captured)

    assert queries(12) == queries(3)
