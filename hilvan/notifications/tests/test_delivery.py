"""What becomes of a notice, told by an SMTP server that really answers."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.mail import get_connection
from django.db import transaction
from django.utils import timezone

from hilvan.notifications import delivery
from hilvan.notifications.models import Notice, State, Suppression
from hilvan.people.models import User
from hilvan.records.history import Channel
from hilvan.records.kinds import kinds
from tests.world import World

from .mailserver import MailServer


def send_due(now: dt.datetime) -> list[Notice]:
    """Claim what is due at ``now`` and send it; the notices as they stand then."""
    mailbox = get_connection()
    claimed = delivery.claim(100, now=now)
    for notice in claimed:
        delivery.deliver(notice, mailbox, clock=lambda: now)
    mailbox.close()
    return [Notice.objects.get(pk=notice.pk) for notice in claimed]


def test_the_assignment_sends_a_message_with_the_headers_of_a_thread(world: World, mail_server: MailServer) -> None:
    record = world.activity("Llamar a Marta", by=world.luis, assignee=world.ana)
    [notice] = send_due(timezone.now())

    mail = mail_server.next()
    assert (notice.state, notice.attempts, notice.answer) == (State.SENT, 1, "")
    assert notice.sent_at is not None
    [sender] = mail["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Luis Peña (Hilván)", "hilvan@ebro.example")
    assert str(mail["To"]) == "ana@ebro.example"
    assert mail["Message-ID"] == f"<{notice.uuid}@ebro.example>"
    assert mail["In-Reply-To"] == mail["References"] == f"<{record.uuid}@ebro.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"] is not None
    assert mail["Reply-To"] is None
    assert record.number in mail["Subject"]
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_two_mails_of_one_activity_form_one_thread(world: World, mail_server: MailServer) -> None:
    record = world.activity(by=world.luis, assignee=world.ana)
    kinds["activity"].change(record, actor=world.actor(world.ana), assignee=world.luis)
    send_due(timezone.now())
    to_ana, to_luis = mail_server.next(), mail_server.next()

    assert to_ana["Message-ID"] != to_luis["Message-ID"]
    assert to_ana["References"] == to_luis["References"] == f"<{record.uuid}@ebro.example>"
    assert to_ana["Subject"] == to_luis["Subject"]


def test_a_refused_recipient_fails_at_once_with_the_servers_words_while_others_arrive(
    world: World, mail_server: MailServer
) -> None:
    mail_server.refusals["ana@ebro.example"] = "550 5.1.1 no such user: ana"
    world.activity(by=world.luis, assignee=world.ana)
    world.activity(by=world.ana, assignee=world.luis)
    refused, sent = send_due(timezone.now())

    assert (refused.state, refused.answer, refused.attempts) == (State.FAILED, "550 5.1.1 no such user: ana", 1)
    assert sent.state == State.SENT
    assert [str(mail["To"]) for mail in mail_server.all()] == ["luis@ebro.example"]


def test_a_temporary_refusal_is_tried_again_after_growing_pauses_until_it_has_failed(
    world: World, mail_server: MailServer
) -> None:
    mail_server.refusals["ana@ebro.example"] = "451 4.7.1 come back later"
    world.activity(by=world.luis, assignee=world.ana)
    now = timezone.now()
    pauses = []
    for attempt in range(1, len(delivery.PAUSES) + 1):
        [notice] = send_due(now)
        assert (notice.state, notice.attempts) == (State.QUEUED, attempt)
        assert notice.answer == "451 4.7.1 come back later"
        assert delivery.claim(100, now=notice.due_at - dt.timedelta(microseconds=1)) == []
        pauses.append(notice.due_at - now)
        now = notice.due_at
    [notice] = send_due(now)

    assert all(abs(pause / planned - 1) <= 0.1 for pause, planned in zip(pauses, delivery.PAUSES, strict=True))
    assert pauses == sorted(pauses)
    assert (notice.state, notice.attempts) == (State.FAILED, len(delivery.PAUSES) + 1)
    assert mail_server.all() == []


def test_after_a_temporary_refusal_the_same_message_arrives(world: World, mail_server: MailServer) -> None:
    mail_server.refusals["ana@ebro.example"] = "451 4.7.1 come back later"
    world.activity("Llamar a Marta", by=world.luis, assignee=world.ana)
    [notice] = send_due(timezone.now())
    mail_server.refusals.clear()
    world.luis.name = "Otro Nombre"
    world.luis.save()
    [again] = send_due(notice.due_at)

    mail = mail_server.next()
    assert (again.state, again.attempts, again.answer) == (State.SENT, 2, "")
    assert mail["Message-ID"] == f"<{notice.uuid}@ebro.example>"
    text = mail.get_body(("plain",))
    assert text is not None
    assert "Luis Peña" in text.get_content()


def test_a_server_that_is_away_is_no_fault_of_the_message(world: World, mail_server: MailServer) -> None:
    world.activity(by=world.luis, assignee=world.ana)
    now = timezone.now()
    mailbox = get_connection(port=1)
    [notice] = delivery.claim(100, now=now)
    delivery.deliver(notice, mailbox, clock=lambda: now)

    notice.refresh_from_db()
    assert (notice.state, notice.attempts) == (State.QUEUED, 1)
    assert notice.answer.startswith("ConnectionRefusedError")


def test_what_a_dead_worker_had_is_taken_up_when_its_lease_is_over(world: World, mail_server: MailServer) -> None:
    world.activity(by=world.luis, assignee=world.ana)
    now = timezone.now()
    assert len(delivery.claim(100, now=now)) == 1

    assert delivery.claim(100, now=now + delivery.LEASE - dt.timedelta(microseconds=1)) == []
    [notice] = send_due(now + delivery.LEASE)
    assert (notice.state, notice.attempts) == (State.SENT, 2)
    assert dt.timedelta(seconds=30) > delivery.LEASE


def test_what_a_dead_worker_had_comes_before_all_that_waits(world: World) -> None:
    world.activity(by=world.luis, assignee=world.ana)
    now = timezone.now()
    [left] = delivery.claim(1, now=now)
    for n in range(3):
        world.activity(f"Número {n}", by=world.luis, assignee=world.ana)

    assert [notice.pk for notice in delivery.claim(1, now=now + delivery.LEASE)] == [left.pk]
    assert len(delivery.claim(100, now=now + delivery.LEASE)) == 3


def test_a_renewed_lease_is_not_taken_up(world: World) -> None:
    world.activity(by=world.luis, assignee=world.ana)
    now = timezone.now()
    [notice] = delivery.claim(100, now=now)
    delivery.renew([notice.pk], now=now + delivery.LEASE)

    assert delivery.claim(100, now=now + delivery.LEASE) == []


def test_an_address_can_be_passed_over(world: World) -> None:
    world.activity(by=world.luis, assignee=world.ana)
    world.activity(by=world.ana, assignee=world.luis)
    now = timezone.now()

    assert [notice.recipient for notice in delivery.claim(100, now=now, besides=["ana@ebro.example"])] == [world.luis]
    [passed_over] = delivery.claim(100, now=now)
    assert (passed_over.recipient, passed_over.attempts) == (world.ana, 1)


def test_who_lost_the_lease_may_still_say_that_it_was_sent_but_not_that_it_failed(
    world: World, mail_server: MailServer
) -> None:
    world.activity(by=world.luis, assignee=world.ana)
    now = timezone.now()
    [slow] = delivery.claim(100, now=now)
    [quick] = delivery.claim(100, now=now + delivery.LEASE)
    delivery.deliver(slow, get_connection(port=1), clock=lambda: now)
    slow.refresh_from_db()
    assert (slow.state, slow.attempts, slow.answer) == (State.SENDING, 2, "")

    delivery.deliver(quick, get_connection(), clock=lambda: now)
    quick.refresh_from_db()
    assert quick.state == State.SENT


def test_a_message_of_which_each_worker_dies_ends_as_failed(world: World, mail_server: MailServer) -> None:
    world.activity(by=world.luis, assignee=world.ana)
    now = timezone.now()
    for _ in range(len(delivery.PAUSES) + 1):
        delivery.claim(100, now=now)
        now += delivery.LEASE
    [notice] = send_due(now)

    assert notice.state == State.FAILED
    assert mail_server.all() == []


def test_who_has_left_meanwhile_is_not_told(world: World, mail_server: MailServer) -> None:
    world.activity(by=world.luis, assignee=world.ana)
    User.objects.filter(pk=world.ana.pk).update(is_active=False)
    [notice] = send_due(timezone.now())

    assert (notice.state, notice.suppressed_by) == (State.SUPPRESSED, Suppression.INACTIVE)
    assert mail_server.all() == []


def test_nothing_is_queued_when_the_assigning_transaction_rolls_back(world: World) -> None:
    with transaction.atomic():
        world.activity(by=world.luis, assignee=world.ana)
        assert Notice.objects.exists()
        transaction.set_rollback(True)
    assert not Notice.objects.exists()


@pytest.mark.parametrize(
    ("by", "channel", "state", "why"),
    [
        ("ana", Channel.SCREEN, "new", Suppression.ONESELF),
        ("luis", Channel.SCREEN, "closed", Suppression.BORN_CLOSED),
        ("luis", Channel.IMPORT, "new", Suppression.IMPORT),
    ],
)
def test_what_is_not_sent_stands_in_the_ledger_with_its_reason(
    world: World, by: str, channel: Channel, state: str, why: Suppression
) -> None:
    kinds["activity"].create(
        actor=world.actor(getattr(world, by), channel),
        type=world.type(),
        subject="Llamar a Marta",
        assignee=world.ana,
        state=state,
    )
    notice = Notice.objects.get()
    assert (notice.state, notice.suppressed_by, notice.recipient) == (State.SUPPRESSED, why, world.ana)
    assert delivery.claim(100, now=timezone.now() + dt.timedelta(days=9)) == []
