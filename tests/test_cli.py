"""The command line, called as the program does, over the tests' database."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from config import settings as configuration
from hilvan import cli
from hilvan.people.models import Token, User
from hilvan.people.services import user_of_token
from tests.world import World

LINE = '{"ref": "A", "at": "2020-03-02T09:00:00Z", "seq": 1, "subject": "Una"}\n'


@pytest.fixture(autouse=True)
def own_signals() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def test_a_user_without_a_password_gets_a_link_that_serves_once(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    company = world.company.name
    assert cli.main(["user", "create", "nora", "--email", "nora@ebro.example", "--admin", "--company", company]) == 0
    link = capsys.readouterr().out.strip()
    assert link.startswith(f"{settings.BASE_URL}/password/")
    nora = User.objects.get(username="nora")
    assert (nora.company, nora.role.code, nora.has_usable_password()) == (world.company, "administrator", False)

    client = Client()
    page = client.get(link.removeprefix(settings.BASE_URL), follow=True)
    address = page.redirect_chain[-1][0]
    chosen = {"new_password1": "hilvanar-bien-9", "new_password2": "hilvanar-bien-9"}
    assert client.post(address, chosen).status_code == 302
    assert User.objects.get(username="nora").check_password("hilvanar-bien-9")
    again = Client().get(link.removeprefix(settings.BASE_URL))
    assert (again.status_code, "form" in again.context and again.context["form"]) == (200, None)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["ANA", "--email", "a@ebro.example"], "username: This user name is taken."),
        (["nora", "--email", "nobody"], "email: Enter a valid email address."),
        (["no ra", "--email", "a@ebro.example"], "username: Letters, digits and @ . + - _ only."),
        (["nora", "--email", "a@ebro.example", "--company", "Nadie"], "--company: one of"),
    ],
)
def test_a_user_that_can_not_be_made_is_refused_in_one_english_line(
    world: World, capsys: pytest.CaptureFixture[str], given: list[str], said: str
) -> None:
    company = [] if "--company" in given else ["--company", str(world.company.pk)]
    users = User.objects.count()
    assert cli.main(["user", "create", *given, *company]) == 1
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert told.err.startswith(f"hilvan: {said}")
    assert User.objects.count() == users


def test_without_a_company_the_first_one_is_taken_and_said(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["user", "create", "nora", "--email", "nora@ebro.example"]) == 0
    first, other = world.company, world.other_company
    assert capsys.readouterr().err == (
        f"hilvan: for the first company, {first}; --company chooses: {first.pk} ({first}), {other.pk} ({other})\n"
    )
    assert User.objects.get(username="nora").company == first


def test_a_token_is_printed_alone(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["token", "create", "Ana"]) == 0
    told = capsys.readouterr()
    assert (user_of_token(told.out.removesuffix("\n")), told.err) == (world.ana, "")
    assert cli.main(["token", "create", "nadie"]) == 1
    assert capsys.readouterr().err == "hilvan: there is no user nadie\n"
    assert Token.objects.count() == 1


def test_an_import_ends_with_1_where_a_line_was_refused(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, broken = tmp_path / "whole.jsonl", tmp_path / "broken.jsonl"
    whole.write_text(LINE)
    broken.write_text(LINE.replace('"A"', '"B"') + "{\n")
    company = ["--company", str(world.company.pk)]
    assert cli.main(["import", str(whole), *company]) == 0
    assert cli.main(["import", str(broken), str(whole), *company]) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[1].endswith(": 1 applied, 0 known, 1 refused.")
    assert told[2] == "Row 2: This is not JSON."
    assert told[3].endswith(": 0 applied, 1 known, 0 refused.")


@pytest.mark.parametrize("command", [["token", "create", "ana"], ["user", "create", "nora", "--email", "n@a.example"]])
def test_before_the_first_company_a_command_says_what_to_do(
    command: list[str], db: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(command) == 1
    assert capsys.readouterr().err == "hilvan: there is no company yet; run hilvan migrate first\n"


def test_links_lead_to_the_address_given_else_to_where_the_program_ran_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configuration, "LAST_ADDRESS", tmp_path / "address")
    assert configuration._base_url() == "http://127.0.0.1:8000"
    (tmp_path / "address").write_text("http://127.0.0.1:8123")
    assert configuration._base_url() == "http://127.0.0.1:8123"
    monkeypatch.setenv("HILVAN_BASE_URL", "https://hilvan.ebro.example")
    assert configuration._base_url() == "https://hilvan.ebro.example"
