"""Guessing passwords, and having forgotten one's own."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.core.mail import get_connection
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import Settings

from hilvan.notifications import delivery
from hilvan.notifications.models import Notice, Reason, State, Suppression
from hilvan.notifications.tests.conftest import mail_server as mail_server
from hilvan.notifications.tests.mailserver import MailServer
from hilvan.people import guesses
from hilvan.people.guesses import Limit
from hilvan.people.models import Guesses, User
from hilvan.people.services import password_link
from hilvan.web.client import address_of
from tests.pages import Page, faults, signed_in
from tests.world import PASSWORD, World


def sign_in(client: Client, username: str, password: str, **extra: str) -> tuple[bool, str]:
    answer = client.post("/sign-in/", {"username": username, "password": password}, **extra)  # type: ignore[arg-type]
    return answer.status_code == 302, "" if answer.status_code == 302 else Page.of(answer).text


def english() -> Client:
    return Client(headers={"accept-language": "en"})


def test_after_five_wrong_passwords_even_the_right_one_has_to_wait_and_it_is_said_how_long(world: World) -> None:
    client = english()
    for _ in range(5):
        signed, said = sign_in(client, "ana", "wrong")
        assert not signed
        assert "Too many" not in said
    signed, said = sign_in(client, "ANA", PASSWORD)
    assert not signed
    assert "Too many attempts. Try again in 1 second." in said

    assert sign_in(client, "luis", PASSWORD) == (True, "")
    assert sign_in(english(), "ana", PASSWORD, REMOTE_ADDR="192.0.2.7") == (True, "")


def test_pauses_double_up_to_the_longest(world: World) -> None:
    limit = Limit(("x",), free=2, longest=8)
    assert [limit.pause(n).total_seconds() for n in range(8)] == [0, 0, 1, 2, 4, 8, 8, 8]


def test_a_right_password_forgets_the_wrong_ones_of_that_name_but_not_the_address(world: World) -> None:
    client = english()
    for _ in range(4):
        sign_in(client, "ana", "wrong")
    assert sign_in(client, "ana", PASSWORD)[0]
    shared = next(limit for limit in guesses.of_sign_in("ana", "127.0.0.1") if limit.shared)
    assert [(row.key, row.failures) for row in Guesses.objects.all()] == [(shared.key, 4)]


def test_many_names_from_one_address_are_slowed_down_too(world: World) -> None:
    client = english()
    for n in range(40):
        assert "Too many" not in sign_in(client, f"nobody{n}", "wrong")[1]
    assert "Too many" in sign_in(client, "ana", PASSWORD)[1]


def test_what_came_too_soon_does_not_count(world: World) -> None:
    limit = Limit(("x",), free=1, longest=60)
    guesses.take([limit])
    for _ in range(3):
        with pytest.raises(ValidationError):
            guesses.take([limit])
    assert Guesses.objects.get().failures == 1


def test_a_day_without_a_guess_forgets(world: World) -> None:
    limit = Limit(("x",), free=1, longest=60)
    guesses.take([limit])
    Guesses.objects.update(last_at=timezone.now() - dt.timedelta(hours=25), free_at=timezone.now())
    guesses.take([limit])
    assert Guesses.objects.get().failures == 1
    Guesses.objects.update(last_at=timezone.now() - dt.timedelta(hours=25))
    guesses.forget()
    assert not Guesses.objects.exists()


@pytest.mark.parametrize(
    ("https", "remote", "forwarded", "address"),
    [
        (False, "192.0.2.1", "198.51.100.9", "192.0.2.1"),
        (True, "127.0.0.1", "203.0.113.5, 198.51.100.9", "198.51.100.9"),
        (True, "127.0.0.1", "nonsense", ""),
        (False, "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        (False, "::ffff:192.0.2.1", "", "192.0.2.1"),
    ],
)
def test_the_address_is_the_clients_and_a_proxys_word_counts_only_behind_one(
    settings: Settings, https: bool, remote: str, forwarded: str, address: str
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if https else None
    request = RequestFactory().get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded)
    assert address_of(request) == address


def test_the_answer_is_the_same_whoever_is_asked_for(world: World) -> None:
    User.objects.filter(pk=world.eva.pk).update(is_active=False)
    User.objects.filter(pk=world.luis.pk).update(email="")
    texts = set()
    for who in ("ana@ebro.example", "ANA", "eva@ebro.example", "luis", "nobody@nowhere.example", "ñ"):
        answer = english().post("/forgotten-password/", {"who": who})
        assert answer.status_code == 200
        assert faults(answer) == []
        texts.add(Page.of(answer).text)
    assert len(texts) == 1
    assert list(Notice.objects.values_list("recipient__username", "reason", "state")) == [
        ("ana", Reason.PASSWORD, State.QUEUED),
        ("ana", Reason.PASSWORD, State.QUEUED),
    ]


def test_nobody_is_flooded_and_too_much_from_one_address_is_refused(world: World) -> None:
    client = english()
    for _ in range(9):
        client.post("/forgotten-password/", {"who": "ana"})
    assert Notice.objects.count() == 3
    client.post("/forgotten-password/", {"who": "luis"})
    refused = client.post("/forgotten-password/", {"who": "eva"})
    assert refused.status_code == 422
    assert "Too many attempts." in Page.of(refused).text
    assert not Notice.objects.filter(recipient=world.eva).exists()


def deliver_all() -> None:
    mailbox = get_connection()
    for notice in delivery.claim(100, now=timezone.now()):
        delivery.deliver(notice, mailbox)
    mailbox.close()


def test_the_mail_has_a_link_in_the_users_language_which_serves_once_and_the_ledger_has_none(
    world: World, mail_server: MailServer, settings: Settings
) -> None:
    User.objects.filter(pk=world.ana.pk).update(language="es")
    english().post("/forgotten-password/", {"who": "ana@EBRO.example"})
    deliver_all()

    mail = mail_server.next()
    body = mail.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert (str(mail["To"]), str(mail["Subject"])) == ("ana@ebro.example", "Elige otra contraseña · Hilván")
    assert mail["References"] is None
    [link] = [line for line in text.splitlines() if line.startswith("https://hilvan.ebro.example/password/")]
    notice = Notice.objects.get()
    assert (notice.state, notice.record) == (State.SENT, None)
    token = link.rstrip("/").rpartition("/")[2]
    assert token not in notice.text + notice.html

    client = Client()
    address = client.get(link.removeprefix(settings.BASE_URL), follow=True).redirect_chain[-1][0]
    chosen = {"new_password1": "another-stitch-9", "new_password2": "another-stitch-9"}
    assert client.post(address, chosen).headers["Location"] == "/"
    assert User.objects.get(pk=world.ana.pk).check_password("another-stitch-9")
    assert "new_password1" not in Page.of(Client().get(link.removeprefix(settings.BASE_URL), follow=True)).data


def test_a_link_is_good_for_a_while_only_and_not_for_who_has_left(world: World, settings: Settings) -> None:
    link = password_link(world.ana)
    assert "new_password1" in Page.of(Client().get(link, follow=True)).data
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert "new_password1" not in Page.of(Client().get(link, follow=True)).data
    settings.PASSWORD_RESET_TIMEOUT = 3600
    User.objects.filter(pk=world.ana.pk).update(is_active=False)
    assert "new_password1" not in Page.of(Client().get(link, follow=True)).data


def test_ones_own_password_asks_for_the_old_one_and_ends_the_other_sessions(world: World) -> None:
    here, elsewhere = signed_in(world.ana), Client()
    elsewhere.force_login(world.ana)
    new = {"new_password1": "another-stitch-9", "new_password2": "another-stitch-9"}
    assert here.post("/profile/password", {**new, "old_password": "wrong"}).status_code == 422
    assert elsewhere.get("/profile/").status_code == 200

    assert here.post("/profile/password", {**new, "old_password": PASSWORD}).headers["Location"] == "/profile/"
    assert here.get("/profile/").status_code == 200
    assert elsewhere.get("/profile/").status_code == 302
    assert User.objects.get(pk=world.ana.pk).check_password("another-stitch-9")


def test_one_changes_ones_own_profile_and_nothing_else_of_oneself(world: World) -> None:
    client = signed_in(world.ana)
    page = client.get("/profile/")
    assert faults(page) == []
    sent = {
        "name": "Ana G.",
        "language": "",
        "time_zone": "Atlantic/Canary",
        "notify_self": "1",
        "role": "1",
        "email": "x",
    }
    assert client.post("/profile/", sent).status_code == 302
    ana = User.objects.get(pk=world.ana.pk)
    assert (ana.name, ana.language, ana.time_zone, ana.notify_self) == ("Ana G.", "", "Atlantic/Canary", True)
    assert (ana.role.code, ana.email) == ("member", "ana@ebro.example")
    assert client.post("/profile/", {**sent, "time_zone": "Mars/Base"}).status_code == 422


def test_who_has_no_address_is_told_of_nothing(world: World) -> None:
    User.objects.filter(pk=world.luis.pk).update(email="")
    signed_in(world.jefa).post(f"/administration/users/{world.luis.pk}/invite")
    assert Notice.objects.get().suppressed_by == Suppression.NO_ADDRESS
