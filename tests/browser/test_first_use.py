"""An empty database: from the code in the terminal to an invited colleague who has chosen a password."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hilvan.notifications.tests.mailserver import MailServer
from tests.browser.conftest import PATIENCE, program
from tests.world import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def site(committed: None, mail: MailServer, tmp_path: Path) -> Iterator[str]:
    with program(mail, tmp_path) as address:
        yield address


def code_in(log: Path, page: Any) -> str:
    """What the terminal says, as soon as the program has seen that its web answers."""
    for _try in range(PATIENCE * 10):
        if found := re.search(r"enter the code (\S+)", log.read_text()):
            return found[1]
        page.wait_for_timeout(100)
    pytest.fail("no code is printed")


def test_the_first_administrator_sets_it_up_and_invites_a_colleague(
    page: Any, site: str, mail: MailServer, tmp_path: Path
) -> None:
    page.goto("/customers/")
    page.get_by_role("heading", name="Set up Hilván").wait_for()
    page.get_by_label("Code").fill(code_in(tmp_path / "log", page))
    page.get_by_label("Company").fill("Talleres Ebro S.L.")
    page.get_by_label("Language").select_option("en")
    page.get_by_label("Your name").fill("Josefa Ruiz")
    page.get_by_label("User name").fill("jefa")
    page.get_by_label("E-mail").fill("jefa@ebro.example")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("#id_password_again").fill(PASSWORD)
    page.get_by_role("button", name="Begin").click()
    page.get_by_text("Hilván is set up.").wait_for()

    # A test of the mail, whose state the page asks for by itself.
    page.get_by_role("navigation", name="Sections").get_by_role("link", name="Mail").click()
    page.get_by_role("button", name="Send a test to me").click()
    page.locator("#mail-test").get_by_text("Sent").wait_for()
    assert mail.next()["To"] == "jefa@ebro.example"

    page.get_by_role("navigation", name="Sections").get_by_role("link", name="Users").click()
    page.get_by_role("link", name="New user").click()
    page.locator("#id_name").fill("Nora Gil")
    page.get_by_label("User name").fill("nora")
    page.get_by_label("E-mail").fill("nora@ebro.example")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="Nora Gil").wait_for()

    body = mail.next().get_body(("plain",))
    assert body is not None
    link = next(line for line in body.get_content().splitlines() if line.startswith(f"{site}/password/"))
    page.context.clear_cookies()
    page.goto(link)
    page.locator("#id_new_password1").fill("another-stitch-9")
    page.locator("#id_new_password2").fill("another-stitch-9")
    page.get_by_role("button", name="Save and sign in").click()
    page.get_by_role("heading", name="Activities").wait_for()
    assert page.get_by_role("link", name="Users").count() == 0
