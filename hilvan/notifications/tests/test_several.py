"""One message for several notices, told by an SMTP server that really answers."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from hilvan.notifications import delivery
from hilvan.notifications.models import Notice, State, Suppression
from hilvan.notifications.services import send_again
from hilvan.people.models import Role, User
from hilvan.records.kinds import kinds
from hilvan.records.several import candidates, create_from_each
from tests.world import World

from .mailserver import MailServer
from .test_delivery import send_due
from .test_worker import eventually, working


def assign(world: World, how_many: int, to: User) -> None:
    """So many activities of one command, by luis."""
    found = candidates(kinds["activity"], [world.customer(f"Sol {n}") for n in range(how_many)], world.luis)
    create_from_each(
        kinds["activity"], found, actor=world.actor(world.luis), type=world.type(), subject="Felicitar", assignee=to
    )


def fates() -> set[tuple[str, int, str]]:
    return set(Notice.objects.values_list("state", "attempts", "answer"))


def test_forty_assignments_by_one_command_are_one_message_and_each_says_that_it_was_sent(
    world: World, mail_server: MailServer
) -> None:
    assign(world, 40, world.ana)
    assert len(send_due(timezone.now())) == 1

    [mail] = mail_server.all()
    text = mail.get_body(("plain",))
    assert text is not None
    lines = [line.strip() for line in text.get_content().splitlines()]
    assert [line for line in lines if ": Sol " in line] == [f"Cliente: Sol {n}" for n in range(40)]
    assert Notice.objects.count() == 40
    assert fates() == {(State.SENT, 1, "")}
    assert Notice.objects.exclude(sent_at=None).count() == 40


def test_the_worker_sends_it_once_and_holds_up_nobody(committed_world: World, mail_server: MailServer) -> None:
    world = committed_world
    mail_server.hanging.add("ana@ebro.example")
    with working():
        assign(world, 5, world.ana)
        world.activity("Suelta", by=world.ana, assignee=world.luis)
        assert mail_server.next()["To"] == "luis@ebro.example"
        mail_server.stop_hanging()
        assert mail_server.next()["To"] == "ana@ebro.example"
        eventually(lambda: not Notice.objects.waiting().exists())
    assert mail_server.all() == []
    assert fates() == {(State.SENT, 1, "")}


def test_a_refusal_is_the_fate_of_all_and_is_tried_again_as_one(world: World, mail_server: MailServer) -> None:
    assign(world, 3, world.ana)
    now = timezone.now()
    mail_server.refusals["ana@ebro.example"] = "451 4.7.1 come back later"
    [notice] = send_due(now)
    assert fates() == {(State.QUEUED, 1, "451 4.7.1 come back later")}
    assert set(Notice.objects.values_list("due_at", flat=True)) == {notice.due_at}

    mail_server.refusals["ana@ebro.example"] = "550 5.1.1 no such user"
    assert len(send_due(notice.due_at)) == 1
    assert fates() == {(State.FAILED, 2, "550 5.1.1 no such user")}


def test_a_lease_is_of_the_whole_message(world: World) -> None:
    assign(world, 3, world.ana)
    now = timezone.now()
    [claimed] = delivery.claim(100, now=now)
    delivery.renew([claimed.pk], now=now + delivery.LEASE)
    assert set(Notice.objects.values_list("state", "due_at")) == {(State.SENDING, now + 2 * delivery.LEASE)}
    assert fates() == {(State.SENDING, 1, "")}


def test_who_has_left_meanwhile_is_told_of_none(world: World, mail_server: MailServer) -> None:
    assign(world, 3, world.ana)
    User.objects.filter(pk=world.ana.pk).update(is_active=False)
    send_due(timezone.now())

    assert set(Notice.objects.values_list("state", "suppressed_by")) == {(State.SUPPRESSED, Suppression.INACTIVE)}
    assert mail_server.all() == []


@pytest.mark.parametrize("which", [0, 2])
def test_sent_again_it_is_the_same_list_once_more(world: World, mail_server: MailServer, which: int) -> None:
    assign(world, 3, world.ana)
    [sent] = send_due(timezone.now())
    first = mail_server.next()
    notice = Notice.objects.order_by("pk")[which]

    again = send_again(notice, actor=world.actor(world.luis))

    assert (again.record, again.pk) != (notice.record, notice.pk)
    assert again.record == notice.record
    assert len(send_due(timezone.now())) == 1
    second = mail_server.next()
    assert second["Subject"] == first["Subject"]
    assert second["Message-ID"] != first["Message-ID"]
    assert Notice.objects.filter(state=State.SENT).count() == 6
    assert Notice.objects.get(pk=sent.pk).attempts == 1


def test_what_still_waits_is_brought_forward_as_a_whole(world: World) -> None:
    assign(world, 3, world.ana)
    later = timezone.now() + dt.timedelta(hours=1)
    Notice.objects.update(due_at=later)

    send_again(Notice.objects.order_by("pk")[2], actor=world.actor(world.luis))

    assert Notice.objects.count() == 3
    assert len(delivery.claim(100, now=timezone.now())) == 1


def test_sent_again_it_lists_what_its_sender_may_change(world: World, mail_server: MailServer) -> None:
    assign(world, 3, world.ana)
    send_due(timezone.now())
    collaborator = Role.objects.get(company=world.company, code="collaborator")
    User.objects.filter(pk=world.eva.pk).update(role=collaborator)
    notices = Notice.objects.order_by("pk")
    for notice in notices[:2]:
        assert notice.record is not None
        kinds["activity"].change(notice.record, actor=world.actor(world.luis), assignee=world.eva)
    mail_server.all()
    Notice.objects.filter(recipient=world.eva).delete()

    send_again(notices[1], actor=world.actor(User.objects.get(pk=world.eva.pk)))

    assert Notice.objects.filter(state=State.QUEUED).count() == 2
    assert set(Notice.objects.filter(state=State.QUEUED).values_list("record", flat=True)) == {
        notice.record_id for notice in notices[:2]
    }
