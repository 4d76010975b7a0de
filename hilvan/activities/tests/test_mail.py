"""What the mail of an assignment says, and its calendar part."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone
from pytest_django import Settings

from hilvan.activities import moments
from hilvan.activities.mail import _ways
from hilvan.notifications.mail import Content, message, preview
from hilvan.notifications.models import Notice
from hilvan.people.models import User
from hilvan.records.kinds import ContactCard
from hilvan.records.models import Record
from tests.world import World, at


@pytest.fixture(autouse=True)
def address(settings: Settings) -> None:
    settings.BASE_URL = "https://hilvan.ebro.example"
    settings.DEFAULT_FROM_EMAIL = "Hilván <hilvan@ebro.example>"


def content(record: Record) -> Content:
    return preview(Notice.objects.get(record=record))


def event(record: Record) -> tuple[Any, Any]:
    calendar = icalendar.Calendar.from_ical(content(record).calendar)
    [event] = calendar.walk("VEVENT")
    return calendar, event


def settle(user: User, **fields: Any) -> None:
    User.objects.filter(pk=user.pk).update(**fields)


def test_it_says_who_assigned_what_and_leads_to_it(world: World) -> None:
    origin = world.activity("Renovar los servidores")
    record = world.activity(
        "Llamar a Marta", by=world.luis, assignee=world.ana, type="call", origin=origin, description="Pide plazo."
    )
    said = content(record)

    assert said.subject.endswith(f"Llamar a Marta [{record.number}]")
    for text in (said.text, said.html):
        assert "Luis Peña" in text
        assert "Llamar a Marta" in text
        assert f"https://hilvan.ebro.example/activities/{record.number}" in text
        assert f"https://hilvan.ebro.example/activities/{origin.number}" in text
        assert f"{origin.number} Renovar los servidores" in text
        assert "Pide plazo." in text
    assert said.calendar == ""


def test_it_names_no_record_that_the_recipient_may_not_see(world: World) -> None:
    secret = world.activity("Despido de Juan")
    record = world.activity("Preparar la sala", assignee=world.eva, origin=secret)
    assert not Record.objects.visible_to(world.eva).filter(pk=secret.pk).exists()

    said = content(record)
    assert "Preparar la sala" in said.text
    for text in (said.text, said.html, said.subject):
        assert "Despido" not in text
        assert secret.number not in text


def test_times_stand_in_the_recipients_language_and_zone(world: World) -> None:
    dates: Any = {"start_at": at("2026-11-30T09:30+01:00"), "end_at": at("2026-11-30T10:00+01:00")}
    settle(world.ana, language="es", time_zone="Atlantic/Canary")
    settle(world.luis, language="en")
    canary = content(world.activity(by=world.luis, assignee=world.ana, **dates))
    madrid = content(world.activity(by=world.ana, assignee=world.luis, **dates))

    for text in (canary.text, canary.html):
        assert "lunes, 30 de noviembre de 2026, 08:30 (Atlantic/Canary)" in text
    assert "Monday, " in madrid.text
    assert "9:30" in madrid.text
    assert "Europe/Madrid" not in madrid.text
    assert '<html lang="en">' in madrid.html


def test_whole_days_across_a_change_of_the_clocks_stay_these_dates_wherever_one_is(world: World) -> None:
    settle(world.ana, language="es", time_zone="America/Los_Angeles")
    span = moments.span(dt.date(2026, 10, 24), dt.date(2026, 10, 25), world.company.zone)
    assert span.start_at is not None
    assert span.end_at is not None
    assert span.end_at - span.start_at == dt.timedelta(hours=49)
    record = world.activity(by=world.luis, assignee=world.ana, start_at=span.start_at, end_at=span.end_at, all_day=True)
    text = content(record).text

    assert "sábado, 24 de octubre de 2026\n" in text
    assert "domingo, 25 de octubre de 2026\n" in text
    _calendar, planned = event(record)
    assert (planned["DTSTART"].dt, planned["DTEND"].dt) == (dt.date(2026, 10, 24), dt.date(2026, 10, 26))
    assert b"DTSTART;VALUE=DATE:20261024" in planned.to_ical()


def test_planned_times_come_as_an_event_to_be_shown(world: World) -> None:
    start, end = at("2026-11-30T09:30+01:00"), at("2026-11-30T10:00+01:00")
    record = world.activity(
        "Visita; con plano, y\nmás", by=world.luis, assignee=world.ana, start_at=start, end_at=end, place="Zaragoza"
    )
    calendar, planned = event(record)

    assert (calendar["METHOD"], calendar["VERSION"]) == ("PUBLISH", "2.0")
    assert calendar.errors == planned.errors == []
    assert planned["UID"] == str(record.uuid)
    assert (planned["DTSTART"].dt, planned["DTEND"].dt) == (start, end)
    assert b"DTSTART;TZID=Europe/Madrid:20261130T093000" in planned.to_ical()
    assert planned["SUMMARY"] == "Visita; con plano, y\nmás"
    assert planned["LOCATION"] == "Zaragoza"
    assert planned["ORGANIZER"] == "mailto:hilvan@ebro.example"
    assert planned["ORGANIZER"].params["CN"] == "Ana Gil"
    assert "DTSTAMP" in planned
    assert "ATTENDEE" not in planned
    assert all(len(line.encode()) <= 75 for line in content(record).calendar.split("\n"))


def test_a_meeting_is_an_invitation(world: World) -> None:
    settle(world.ana, name='Ana "Anita" Gil: jefa; ventas')
    start = timezone.now() + dt.timedelta(days=3)
    world.ana.refresh_from_db()
    record = world.activity(by=world.luis, assignee=world.ana, type="meeting", start_at=start)
    calendar, planned = event(record)

    assert calendar["METHOD"] == "REQUEST"
    assert planned["ATTENDEE"] == "mailto:ana@ebro.example"
    assert planned["ATTENDEE"].params["PARTSTAT"] == "NEEDS-ACTION"
    assert planned["ATTENDEE"].params["ROLE"] == "CHAIR"
    assert planned["ORGANIZER"] == "mailto:hilvan@ebro.example"
    assert planned["ORGANIZER"].params["CN"] == 'Ana "Anita" Gil: jefa; ventas'
    assert planned["DTEND"].dt - planned["DTSTART"].dt == dt.timedelta(hours=1)
    sent = message(Notice.objects.get(), content(record)).message().as_bytes()
    assert b'Content-Type: text/calendar; method="REQUEST"; charset="utf-8"' in sent


@pytest.mark.parametrize("all_day", [True, False])
@pytest.mark.parametrize("given", ["start_at", "end_at"])
def test_one_date_alone_is_an_event_too(world: World, given: str, all_day: bool) -> None:
    midnight = dt.datetime(2026, 11, 30, tzinfo=ZoneInfo("Europe/Madrid"))
    dates: Any = {given: midnight}
    record = world.activity(by=world.luis, assignee=world.ana, all_day=all_day, **dates)
    planned = event(record)[1]

    day = dt.date(2026, 11, 30 if given == "start_at" else 29)
    if all_day:
        assert (planned["DTSTART"].dt, planned["DTEND"].dt) == (day, day + dt.timedelta(days=1))
    else:
        assert planned["DTSTART"].dt == midnight
        assert "DTEND" not in planned


def test_naughty_subjects_and_names_break_no_header_and_no_markup(
    world: World, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    settle(world.luis, name="Luis\r\nBcc: evil@example.com")
    world.luis.refresh_from_db()
    naughty = "Hola\r\nBcc: evil@example.com\u2028\x1b[31m <script>alert(1)</script> & 'ñ' " + "largo " * 25
    record = world.activity(naughty, by=world.luis, assignee=world.ana, description="<img src=x onerror=y>\r\n.\r\n")
    notice = Notice.objects.get(record=record)
    said = content(record)
    with mail.get_connection() as connection:
        connection.send_messages([message(notice, said)])

    [sent] = mailoutbox
    assert not any(ord(character) < 32 for character in said.subject)
    assert sent.message()["Bcc"] is None
    assert sent.recipients() == ["ana@ebro.example"]
    assert "<script>" not in said.html
    assert "<img" not in said.html


def test_people_are_reached_by_one_click(world: World) -> None:
    record = world.activity("Talleres Ebro")
    card = ContactCard("Talleres Ebro", "+34 976 12 34 56", "info@ebro.example", "Calle Mayor 1, Zaragoza")
    ways = _ways(card, record)

    assert [(way.value, way.url) for way in ways] == [
        ("+34 976 12 34 56", "tel:+34976123456"),
        ("info@ebro.example", "mailto:info@ebro.example"),
        ("Calle Mayor 1, Zaragoza", "https://www.openstreetmap.org/search?query=Calle+Mayor+1%2C+Zaragoza"),
    ]
