"""The ledger's pages."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries, Settings

from hilvan.notifications.ledger import notices_of
from hilvan.notifications.models import Notice, State, Suppression
from hilvan.notifications.services import foretell, send_again
from hilvan.people.models import Role, User
from hilvan.records.history import Channel
from tests.world import World


@pytest.fixture
def notice(world: World) -> Notice:
    world.activity("Llamar a Marta", by=world.luis, assignee=world.ana)
    return Notice.objects.get()


def as_(user: User, client: Client) -> Client:
    client.force_login(user)
    return client


def test_the_message_can_be_read_in_full_before_it_is_sent(
    client: Client, world: World, notice: Notice, settings: Settings
) -> None:
    settings.EMAIL_URL = None
    page = as_(world.ana, client).get(f"/notices/{notice.uuid}").content.decode()

    assert "Llamar a Marta" in page
    assert f"{notice.uuid}@" in page
    assert f"/notices/{notice.uuid}/html" in page
    assert "HILVAN_EMAIL_URL" in page
    notice.refresh_from_db()
    assert (notice.state, notice.subject) == (State.QUEUED, "")


def test_its_html_is_shown_in_a_sandbox_of_its_own(client: Client, world: World, notice: Notice) -> None:
    answer = as_(world.ana, client).get(f"/notices/{notice.uuid}/html")

    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'; style-src 'unsafe-inline'")
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "Llamar a Marta" in answer.content.decode()


@pytest.mark.parametrize("page", ["", "/html"])
def test_who_may_not_see_the_record_does_not_see_its_notices(
    client: Client, world: World, notice: Notice, page: str
) -> None:
    for stranger in (world.zoe, world.eva):
        assert as_(stranger, client).get(f"/notices/{notice.uuid}{page}").status_code == 404
        assert "Llamar a Marta" not in client.get("/notices/").content.decode()
        assert client.post(f"/notices/{notice.uuid}/again").status_code == 404
    for colleague in (world.luis, world.jefa):
        assert as_(colleague, client).get(f"/notices/{notice.uuid}{page}").status_code == 200
        assert "Llamar a Marta" in client.get("/notices/").content.decode()
    assert Notice.objects.count() == 1


def test_a_message_is_read_in_full_by_its_recipient_and_by_who_may_see_all_that_it_names(
    client: Client, world: World, notice: Notice
) -> None:
    """Eva sees the activity, being who made it, but not what it was made from, which the message names."""
    secret = world.opportunity("Compra confidencial")
    record = world.activity(by=world.eva, origin=secret, assignee=world.luis)
    about = record.notices.get()
    for reader, status in ((world.luis, 200), (world.jefa, 200), (world.ana, 200), (world.eva, 404)):
        as_(reader, client)
        for address in (f"/notices/{about.uuid}", f"/notices/{about.uuid}/html"):
            assert client.get(address).status_code == status
        ledger = client.get(f"/activities/{record.number}").content.decode()
        assert "luis@ebro.example" in ledger
        assert (f"/notices/{about.uuid}" in ledger.replace(f"/notices/{about.uuid}/again", "")) == (status == 200)


def test_the_list_is_filtered_by_state_and_paged_by_key(client: Client, world: World) -> None:
    for n in range(60):
        world.activity(f"Número {n:02}", by=world.luis, assignee=world.ana)
    world.activity("A sí misma", by=world.ana, assignee=world.ana)
    as_(world.ana, client)

    first = client.get("/notices/?state=queued")
    assert [row["record"].title for row in first.context["notices"]] == [f"Número {n:02}" for n in range(59, 9, -1)]
    second = client.get(f"/notices/{first.context['next_url']}")
    assert [row["record"].title for row in second.context["notices"]] == [f"Número {n:02}" for n in range(9, -1, -1)]
    assert second.context["next_url"] == ""
    [oneself] = client.get("/notices/?state=suppressed").context["notices"]
    assert (oneself["record"].title, oneself["detail"]) == ("A sí misma", Suppression.ONESELF.label)
    assert client.get("/notices/?state=nonsense&before=x").status_code == 200


def test_the_list_costs_the_same_queries_for_one_row_and_for_fifty(
    client: Client, world: World, notice: Notice, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    as_(world.ana, client)
    with django_assert_num_queries(3):  # session, user, notices
        client.get("/notices/")
    for n in range(49):
        world.activity(f"Número {n}", by=world.luis, assignee=world.ana)
    with django_assert_num_queries(3):
        client.get("/notices/")


def test_the_notices_of_a_record_are_one_query(
    world: World, notice: Notice, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    reader = User.objects.select_related("role").get(pk=world.ana.pk)
    record = notice.record
    assert record is not None
    with django_assert_num_queries(1):
        [row] = notices_of(record, reader)
    assert (row["recipient"], row["state"], row["attempts"]) == ("Ana Gil", State.QUEUED, 0)
    assert row["send_again_url"] == f"/notices/{notice.uuid}/again"
    reader.role = Role.objects.get(company=world.company, code="reader")
    assert notices_of(record, reader)[0]["send_again_url"] == ""


def test_sending_again_writes_a_new_notice_and_leaves_the_old_one(client: Client, world: World, notice: Notice) -> None:
    Notice.objects.update(state=State.FAILED, answer="550 no such user", attempts=1)
    answer = as_(world.ana, client).post(f"/notices/{notice.uuid}/again")

    again = Notice.objects.latest("id")
    assert answer["Location"] == f"/notices/{again.uuid}"
    assert (again.state, again.recipient, again.caused_by, again.attempts) == (State.QUEUED, world.ana, world.ana, 0)
    notice.refresh_from_db()
    assert (notice.state, notice.answer) == (State.FAILED, "550 no such user")
    assert client.get(f"/notices/{notice.uuid}/again").status_code == 405


def test_what_waits_for_its_next_attempt_is_brought_forward(world: World, notice: Notice) -> None:
    Notice.objects.update(due_at=timezone.now() + dt.timedelta(hours=4), attempts=4)
    again = send_again(notice, actor=world.actor())

    assert (again.pk, again.attempts) == (notice.pk, 4)
    assert again.due_at <= timezone.now()


def test_who_may_not_change_the_record_may_not_send_again(world: World, notice: Notice) -> None:
    Notice.objects.update(state=State.FAILED)
    User.objects.filter(pk=world.eva.pk).update(role=Role.objects.get(company=world.company, code="reader"))
    with pytest.raises(PermissionDenied):
        send_again(notice, actor=world.actor(User.objects.get(pk=world.eva.pk)))
    assert Notice.objects.count() == 1


@translation.override("en")
def test_before_saving_one_reads_who_will_be_told_and_why_not(world: World, settings: Settings) -> None:
    settings.EMAIL_URL = "smtp://127.0.0.1"
    by_luis = world.actor(world.luis)
    assert foretell(world.ana, by_luis) == "Ana will be told by mail, now."
    assert foretell(world.luis, by_luis) == "No mail: you assign it to yourself."
    assert foretell(world.ana, by_luis, born_closed=True) == (f"Ana will not be told: {Suppression.BORN_CLOSED.label}.")
    imported = world.actor(world.luis, Channel.IMPORT)
    assert foretell(world.ana, imported) == f"Ana will not be told: {Suppression.IMPORT.label}."
    settings.EMAIL_URL = None
    assert foretell(world.ana, by_luis) == "Ana will be told by mail as soon as a mail server is set up."


def test_the_activitys_page_shows_its_notices(client: Client, world: World, notice: Notice) -> None:
    record = notice.record
    assert record is not None
    page = as_(world.ana, client).get(f"/activities/{record.number}").content.decode()
    assert f"/notices/{notice.uuid}" in page
