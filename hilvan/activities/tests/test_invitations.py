"""Meetings as invitations that follow later changes, told by an SMTP server that really takes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from django.core.mail import get_connection
from django.utils import timezone
from pytest_django import Settings

from hilvan.activities import moments, participants
from hilvan.activities.event import time_zone
from hilvan.activities.models import Activity, ActivityResult
from hilvan.activities.participants import Invited
from hilvan.activities.services import change_activity, defer, transition
from hilvan.notifications import delivery
from hilvan.notifications.mail import message, preview
from hilvan.notifications.models import Notice, Reason, State, Suppression
from hilvan.notifications.services import send_again
from hilvan.notifications.tests.mailserver import MailServer, running
from hilvan.people.models import User
from hilvan.records.history import Actor, Channel
from hilvan.records.models import Record
from tests.api.client import Program
from tests.world import World, at, standing

START, END = at("2030-03-04T09:30+01:00"), at("2030-03-04T10:30+01:00")
PEPE = Invited(email="pepe@example.com", name="Pepe Mur")


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    with running(settings, MailServer) as server:
        yield server


def arrived(server: MailServer) -> dict[str, EmailMessage]:
    """Sends what is due; the messages by their recipient, of whom each has one at most."""
    mailbox = get_connection()
    for notice in delivery.claim(100, now=timezone.now()):
        delivery.deliver(notice, mailbox)
    mailbox.close()
    messages = server.all()
    by_recipient = {str(message["To"]): message for message in messages}
    assert len(by_recipient) == len(messages)
    return by_recipient


def event_of(message: EmailMessage) -> tuple[str, Any]:
    """The method and the event of the message's calendar part."""
    [part] = [part for part in message.iter_parts() if part.get_content_type() == "text/calendar"]
    calendar = icalendar.Calendar.from_ical(part.get_content())
    assert calendar.errors == []
    assert part.get_param("method") == calendar["METHOD"]
    [event] = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), event


def attendees(event: Any) -> dict[str, tuple[str, str]]:
    given = event.get("ATTENDEE", [])
    given = given if isinstance(given, list) else [given]
    return {str(one).removeprefix("mailto:"): (one.params["ROLE"], one.params["PARTSTAT"]) for one in given}


def text_of(message: EmailMessage) -> str:
    return str(message.get_body(("plain",)).get_content())  # type: ignore[union-attr]


def ledger(record: Record) -> list[tuple[str, str, str, str]]:
    notices = Notice.objects.filter(record=record.pk).order_by("pk")
    return [(one.to.name, one.reason, one.state, one.suppressed_by) for one in notices]


def cancelled(world: World) -> ActivityResult:
    return ActivityResult.objects.get(company=world.company, code="cancelled", type=None)


def meeting(world: World, **fields: Any) -> Record:
    """Of ana's, by herself, with pepe."""
    fields = {"start_at": START, "end_at": END, "participants": [PEPE], "assignee": world.ana, **fields}
    return world.activity("Ver el horno", type="meeting", **fields)


def test_each_who_takes_part_is_invited_once(world: World, server: MailServer) -> None:
    marta = world.contact(email="marta@example.com", language="en")
    people = [Invited(user=world.luis), Invited(contact=marta, role="optional"), PEPE]
    record = meeting(world, participants=people, place="Nave 3", by=world.jefa, description="Regatear.")
    assert ledger(record) == [
        ("Ana Gil", "assigned", "queued", ""),
        ("Luis Peña", "meeting", "queued", ""),
        ("Marta Ruiz", "meeting", "queued", ""),
        ("Pepe Mur", "meeting", "queued", ""),
    ]

    mails = arrived(server)
    assert mails.keys() == {"ana@ebro.example", "luis@ebro.example", "marta@example.com", "pepe@example.com"}
    events = {}
    for address, mail in mails.items():
        method, events[address] = event_of(mail)
        assert method == "REQUEST"
    for event in events.values():
        assert event["UID"] == str(record.uuid)
        assert event["SEQUENCE"] == 0
        assert (event["DTSTART"].dt, event["DTEND"].dt) == (START, END)
        assert (event["SUMMARY"], event["LOCATION"], event["STATUS"]) == ("Ver el horno", "Nave 3", "CONFIRMED")
        assert (event["ORGANIZER"], event["ORGANIZER"].params["CN"]) == ("mailto:hilvan@ebro.example", "Ana Gil")
    assert attendees(events["ana@ebro.example"]) == {
        "ana@ebro.example": ("CHAIR", "NEEDS-ACTION"),
        "luis@ebro.example": ("REQ-PARTICIPANT", "NEEDS-ACTION"),
        "marta@example.com": ("OPT-PARTICIPANT", "NEEDS-ACTION"),
        "pepe@example.com": ("REQ-PARTICIPANT", "NEEDS-ACTION"),
    }


def test_who_has_no_account_reads_when_where_and_with_whom_and_nothing_internal(
    world: World, server: MailServer
) -> None:
    User.objects.filter(pk=world.ana.pk).update(signature="Ana Gil\nTalleres Ebro · 976 12 34 56")
    world.ana.refresh_from_db()
    marta = world.contact(email="marta@example.com", language="en")
    secret = world.activity("Despido de Juan")
    record = meeting(
        world,
        origin=secret,
        participants=[Invited(user=world.luis), Invited(contact=marta), PEPE],
        place="Sala 2 · https://meet.example/abc",
        description="Regatear.",
    )
    mails = arrived(server)
    pepe, english = mails["pepe@example.com"], mails["marta@example.com"]

    assert str(pepe["Subject"]) == f"Invitación: Ver el horno [{record.number}]"
    assert str(english["Subject"]) == f"Invitation: Ver el horno [{record.number}]"
    assert str(pepe["Reply-To"]) == "Ana Gil <ana@ebro.example>"
    assert pepe["References"] == f"<{record.uuid}@ebro.example>"
    assert [part.get_content_type() for part in pepe.iter_parts()] == ["text/plain", "text/html", "text/calendar"]
    for part in ("plain", "html"):
        said = str(pepe.get_body((part,)).get_content())  # type: ignore[union-attr]
        for expected in (
            "Ana Gil te invita a participar",
            "lunes, 4 de marzo de 2030, 09:30 (Europe/Madrid)",
            "https://meet.example/abc",
            "Ana Gil, Luis Peña",
            "Talleres Ebro · 976 12 34 56",
            "Para contestar, responde a este mensaje: le llega a Ana Gil.",
        ):
            assert expected in said, expected
        for internal in ("Regatear", "Despido", "hilvan.ebro.example/activities", "marta@example.com"):
            assert internal not in said
    event = event_of(pepe)[1]
    assert event["CONFERENCE"] == "https://meet.example/abc"
    assert "DESCRIPTION" not in event
    assert "URL" not in event
    assert attendees(event).keys() == {"ana@ebro.example", "luis@ebro.example", "pepe@example.com"}

    luis = mails["luis@ebro.example"]
    assert "Regatear." in text_of(luis)
    assert f"https://hilvan.ebro.example/activities/{record.number}" in text_of(luis)
    assert "Talleres Ebro · 976 12 34 56" in text_of(luis)
    assert luis["Reply-To"] is None


def test_no_signature_stands_in_other_mails(world: World, server: MailServer) -> None:
    User.objects.filter(pk=world.ana.pk).update(signature="Ana, la de siempre")
    world.ana.refresh_from_db()
    world.activity(assignee=world.luis, start_at=START)
    assert "la de siempre" not in text_of(arrived(server)["luis@ebro.example"])


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"start_at": START + dt.timedelta(days=1), "end_at": END + dt.timedelta(days=1)}, "DTSTART"),
        ({"place": "Nave 4"}, "LOCATION"),
        ({"subject": "Ver los dos hornos"}, "SUMMARY"),
    ],
)
def test_another_time_place_or_subject_is_the_same_event_with_a_higher_sequence(
    world: World, server: MailServer, fields: Any, what: str
) -> None:
    record = meeting(world, participants=[PEPE, Invited(user=world.luis)])
    before = event_of(arrived(server)["pepe@example.com"])[1]
    change_activity(record, actor=world.actor(), **fields)

    mails = arrived(server)
    assert mails.keys() == {"pepe@example.com", "luis@ebro.example"}
    for mail in mails.values():
        method, event = event_of(mail)
        assert (method, event["UID"]) == ("REQUEST", before["UID"])
        assert event["SEQUENCE"] == before["SEQUENCE"] + 1
        assert event[what] != before.get(what)
    assert str(mails["pepe@example.com"]["Subject"]).startswith("Cambio: ")
    change_activity(record, actor=world.actor(), description="De lo que nadie más sabe", priority=2, **fields)
    assert arrived(server) == {}


def test_deferring_moves_it_in_their_calendars(world: World, server: MailServer) -> None:
    record = meeting(world)
    arrived(server)
    later = START + dt.timedelta(days=7)
    defer(record, actor=world.actor(), start_at=later, end_at=later + dt.timedelta(hours=1), reason="Vacaciones")
    method, event = event_of(arrived(server)["pepe@example.com"])
    assert (method, event["DTSTART"].dt, event["SEQUENCE"]) == ("REQUEST", later, 1)


@pytest.mark.parametrize("how", ["cancelled", "removed", "dates"])
def test_what_no_longer_takes_place_is_taken_out_of_the_calendar(world: World, server: MailServer, how: str) -> None:
    record = meeting(world, participants=[PEPE, Invited(user=world.luis)])
    invitation = event_of(arrived(server)["pepe@example.com"])[1]
    match how:
        case "cancelled":
            transition(record, actor=world.actor(), to="closed", result=cancelled(world))
        case "removed":
            change_activity(record, actor=world.actor(), participants=[Invited(user=world.luis)])
        case "dates":
            change_activity(record, actor=world.actor(), start_at=None, end_at=None)

    mails = arrived(server)
    assert mails.keys() == {"pepe@example.com"} | ({"luis@ebro.example"} if how != "removed" else set())
    method, event = event_of(mails["pepe@example.com"])
    assert (method, event["UID"], event["STATUS"]) == ("CANCEL", invitation["UID"], "CANCELLED")
    assert event["SEQUENCE"] == invitation["SEQUENCE"] + 1
    assert str(event["ATTENDEE"]) == "mailto:pepe@example.com"
    assert str(mails["pepe@example.com"]["Subject"]).startswith("Cancelado: ")


def test_a_cancelled_one_that_is_reopened_invites_again(world: World, server: MailServer) -> None:
    record = meeting(world)
    arrived(server)
    transition(record, actor=world.actor(), to="closed", result=cancelled(world))
    arrived(server)
    transition(record, actor=world.actor(), to="new", reason="Sí que vienen")
    method, event = event_of(arrived(server)["pepe@example.com"])
    assert (method, event["SEQUENCE"], event["STATUS"]) == ("REQUEST", 2, "CONFIRMED")


def test_closing_it_as_done_tells_nobody(world: World, server: MailServer) -> None:
    record = meeting(world)
    arrived(server)
    transition(record, actor=world.actor(), to="closed")
    change_activity(record, actor=world.actor(), participants=[])
    assert arrived(server) == {}
    assert ledger(record)[2:] == []


def test_without_dates_nobody_is_invited_until_there_are_some(world: World, server: MailServer) -> None:
    record = meeting(world, start_at=None, end_at=None)
    assert arrived(server) == {}
    change_activity(record, actor=world.actor(), start_at=START)
    assert event_of(arrived(server)["pepe@example.com"])[0] == "REQUEST"


def test_another_assignee_gets_it_and_the_one_before_loses_it(world: World, server: MailServer) -> None:
    record = meeting(world, by=world.jefa)
    arrived(server)
    change_activity(record, actor=world.actor(world.jefa), assignee=world.luis)
    mails = arrived(server)
    assert {address: event_of(mail)[0] for address, mail in mails.items()} == {
        "ana@ebro.example": "CANCEL",
        "luis@ebro.example": "REQUEST",
    }
    event = event_of(mails["luis@ebro.example"])[1]
    assert event["ORGANIZER"] == "mailto:hilvan@ebro.example", "the organizer of an event never changes"


def test_what_one_moves_oneself_follows_in_ones_own_calendar_where_it_is(world: World, server: MailServer) -> None:
    by_another = meeting(world, by=world.jefa, participants=[])
    own = meeting(world, participants=[])
    assert arrived(server).keys() == {"ana@ebro.example"}
    for record in (by_another, own):
        change_activity(record, actor=world.actor(), place="Nave 5")
    assert ledger(by_another)[1:] == [("Ana Gil", "meeting_changed", "queued", "")]
    assert ledger(own) == [
        ("Ana Gil", "assigned", "suppressed", "oneself"),
        ("Ana Gil", "meeting", "suppressed", "oneself"),
    ]


def test_who_invites_himself_is_not_written_to(world: World) -> None:
    record = meeting(world, by=world.luis, participants=[Invited(user=world.luis)])
    assert ledger(record)[1:] == [("Luis Peña", "meeting", "suppressed", "oneself")]


def test_the_assignee_who_takes_part_too_has_one_mail(world: World, server: MailServer) -> None:
    meeting(world, by=world.jefa, participants=[Invited(user=world.ana), PEPE])
    mails = arrived(server)
    assert mails.keys() == {"ana@ebro.example", "pepe@example.com"}
    assert list(attendees(event_of(mails["pepe@example.com"])[1])) == ["ana@ebro.example", "pepe@example.com"]


def test_nobody_is_told_of_what_is_over_closed_or_imported(world: World) -> None:
    past = timezone.now() - dt.timedelta(hours=2)
    over = meeting(world, start_at=past, end_at=past + dt.timedelta(hours=1))
    assert ledger(over)[1:] == [("Pepe Mur", "meeting", "suppressed", "over")]
    closed = meeting(world, state="closed")
    assert ledger(closed)[1:] == [("Pepe Mur", "meeting", "suppressed", "born_closed")]
    record = meeting(world)
    before = ledger(record)
    importer = Actor.of(world.ana, Channel.IMPORT)
    change_activity(record, actor=importer, start_at=START - dt.timedelta(days=1), participants=[])
    assert ledger(record) == before


def test_who_was_not_told_of_what_was_over_is_invited_when_it_is_moved(world: World, server: MailServer) -> None:
    past = timezone.now() - dt.timedelta(hours=2)
    record = meeting(world, start_at=past, end_at=None)
    change_activity(record, actor=world.actor(), start_at=START)
    mail = arrived(server)["pepe@example.com"]
    assert str(mail["Subject"]).startswith("Invitación: ")


def test_a_contact_without_an_address_is_named_with_the_reason(world: World) -> None:
    marta = world.contact()
    record = meeting(world, participants=[Invited(contact=marta)])
    assert ledger(record)[1:] == [("Marta Ruiz", "meeting", State.SUPPRESSED, Suppression.NO_ADDRESS)]
    change_activity(record, actor=world.actor(), participants=[])
    assert len(ledger(record)) == 2, "who was never told has nothing to be taken back"


def test_what_is_sent_is_how_things_stand_when_it_is_sent(world: World, server: MailServer) -> None:
    record = meeting(world)
    change_activity(record, actor=world.actor(), participants=[])
    mailbox = get_connection()
    for notice in delivery.claim(100, now=timezone.now()):
        delivery.deliver(notice, mailbox)
    mailbox.close()
    assert [event_of(mail)[0] for mail in server.all()] == ["CANCEL", "CANCEL"]
    invitation = Notice.objects.get(record=record, reason=Reason.MEETING)
    again = send_again(invitation, actor=world.actor())
    assert (again.name, again.address, again.recipient) == ("Pepe Mur", "pepe@example.com", None)
    assert "METHOD:CANCEL" in preview(again).calendar


def test_the_answers_stand_in_the_invitations_of_colleagues(world: World, server: MailServer) -> None:
    record = meeting(world, participants=[Invited(user=world.luis), Invited(user=world.jefa)])
    participants.answer(record, actor=world.actor(world.luis), answer="declined")
    event = event_of(arrived(server)["jefa@ebro.example"])[1]
    assert attendees(event)["luis@ebro.example"] == ("REQ-PARTICIPANT", "DECLINED")


def test_naughty_names_break_no_header_and_no_event(world: World, server: MailServer) -> None:
    naughty = 'Pepe "El\r\nBcc: evil@example.com\u2028 <b>; Mur, ñ'
    record = meeting(world, participants=[Invited(email="pepe@example.com", name=naughty)], place="A;B,C\nD \x7f")
    mail = arrived(server)["pepe@example.com"]
    assert mail["Bcc"] is None
    _method, event = event_of(mail)
    assert event["LOCATION"] == "A;B,C\nD \x7f"
    assert "\n" not in event["ATTENDEE"][1].params["CN"]
    assert Notice.objects.get(record=record, recipient=None).name == naughty


def test_the_api_tells_who_was_invited(world: World) -> None:
    record = meeting(world)
    _assigned, notice = reversed(Program(world.ana).get(f"/activities/{record.number}/notices")["items"])
    assert (notice["recipient"], notice["name"], notice["address"], notice["reason"]) == (
        None,
        "Pepe Mur",
        "pepe@example.com",
        "meeting",
    )


@pytest.mark.parametrize("zone", ["Europe/Madrid", "Atlantic/Canary", "America/Los_Angeles", "Europe/London"])
def test_the_event_tells_its_time_zone_across_the_change_of_the_clocks(world: World, zone: str) -> None:
    """A conference that begins in summer time and ends in winter time, read without any knowledge of time zones."""
    world.company.time_zone = zone
    world.company.save()
    own = ZoneInfo(zone)
    start, end = dt.datetime(2030, 10, 26, 16, tzinfo=own), dt.datetime(2030, 11, 4, 9, 30, tzinfo=own)
    assert start.utcoffset() != end.utcoffset()
    record = meeting(world, start_at=start.astimezone(dt.UTC), end_at=end.astimezone(dt.UTC))
    sent = preview(Notice.objects.get(record=record, recipient=None)).calendar
    assert f"DTSTART;TZID={zone}:20301026T160000" in sent
    assert f"DTEND;TZID={zone}:20301104T093000" in sent

    told = icalendar.Calendar.from_ical(sent.replace(zone, "Nowhere/Known"))
    zones: list[Any] = told.walk("VTIMEZONE")
    [component] = zones
    clock = component.to_tz(lookup_tzid=False)
    for wall, instant in ((start, start), (end, end)):
        assert wall.replace(tzinfo=clock).utcoffset() == instant.utcoffset()


@pytest.mark.parametrize(
    "zone", ["Europe/Madrid", "Atlantic/Canary", "Europe/London", "America/New_York", "Asia/Tokyo"]
)
def test_a_zone_is_told_as_its_clocks_go(zone: str) -> None:
    """Each observance: from which instant on (DTSTART by the clock of before) which offset is in force."""
    own, first, last = ZoneInfo(zone), dt.datetime(2029, 1, 1, tzinfo=dt.UTC), dt.datetime(2031, 1, 1, tzinfo=dt.UTC)
    observances: list[Any] = time_zone(own, first, last).subcomponents
    steps = sorted((one["DTSTART"].dt - one["TZOFFSETFROM"].td, one["TZOFFSETTO"].td) for one in observances)
    for n in range(730 * 24):
        instant = first + dt.timedelta(hours=n)
        _since, offset = [step for step in steps if step[0] <= instant.replace(tzinfo=None)][-1]
        assert offset == instant.astimezone(own).utcoffset(), instant


def test_whole_days_end_on_the_day_after_the_last_whatever_the_clocks_do(world: World) -> None:
    span = moments.span(dt.date(2030, 10, 26), dt.date(2030, 10, 27), world.company.zone)
    record = meeting(world, start_at=span.start_at, end_at=span.end_at, all_day=True)
    calendar = icalendar.Calendar.from_ical(preview(Notice.objects.get(record=record, recipient=None)).calendar)
    events: list[Any] = calendar.walk("VEVENT")
    [event] = events
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (dt.date(2030, 10, 26), dt.date(2030, 10, 28))
    assert calendar.walk("VTIMEZONE") == []


def test_times_in_another_zone_are_the_same_instants(world: World, server: MailServer) -> None:
    User.objects.filter(pk=world.luis.pk).update(time_zone="Atlantic/Canary", language="es")
    world.luis.refresh_from_db()
    meeting(world, participants=[Invited(user=world.luis)])
    mail = arrived(server)["luis@ebro.example"]
    assert "lunes, 4 de marzo de 2030, 08:30 (Atlantic/Canary)" in text_of(mail)
    assert event_of(mail)[1]["DTSTART"].dt == START


def test_a_message_is_the_same_at_each_attempt(world: World, server: MailServer) -> None:
    record = meeting(world)
    server.refusals["pepe@example.com"] = "451 4.7.1 come back later"
    assert arrived(server) == {}
    Activity.objects.filter(pk=record.pk).update(place="Nave 9")
    notice = Notice.objects.get(record=record, recipient=None)
    assert notice.attempts == 1
    assert "Nave 9" not in preview(notice).calendar
    assert b'text/calendar; method="REQUEST"' in message(notice, preview(notice)).message().as_bytes()


def test_the_sequence_is_no_part_of_the_history(world: World) -> None:
    record = meeting(world)
    change_activity(record, actor=world.actor(), place="Nave 6")
    assert standing(record).sequence == 1
    changes = Program(world.ana).get(f"/activities/{record.number}/history")["items"]
    assert not [change for entry in changes for change in entry["changes"] if change["field"] == "sequence"]
