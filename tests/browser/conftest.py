"""A real browser before the real program: `hilvan run` with its web and worker, and a mail server on loopback."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import global_settings
from django.test import override_settings
from pytest_django import Settings

from hilvan.notifications.tests import mailserver
from hilvan.notifications.tests.mailserver import MailServer
from tests.world import PASSWORD, World

CHROMIUM = Path(os.environ.get("HILVAN_TEST_CHROMIUM", "/usr/bin/chromium"))
ARGUMENTS = [
    "--no-sandbox", "--headless", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]  # fmt: skip
PATIENCE = 30
"""Seconds within which the program must answer, and later have ended."""


@pytest.fixture
def chromium(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The browser; without one the tests are skipped and say why."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM} (Debian: apt install chromium)")
    # Playwright keeps an event loop in this thread, for which Django would refuse to ask the database.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(site: str, chromium: Any) -> Iterator[Any]:
    """A page of the site; a complaint of the browser's (script error, refused by the policy) fails the test."""
    context = chromium.new_context(base_url=site, locale="en-GB", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE * 1000)
    complaints: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert [one for one in complaints if "422" not in one] == []  # a refused form is told there, too


@pytest.fixture
def mail(settings: Settings) -> Iterator[MailServer]:
    with mailserver.running(settings, MailServer) as server:
        yield server


@pytest.fixture
def site(committed_world: World, mail: MailServer, tmp_path: Path) -> Iterator[str]:
    """The address of `hilvan run` over the tests' database; its users speak English."""
    with override_settings(PASSWORD_HASHERS=global_settings.PASSWORD_HASHERS):  # those of the program
        for user in (committed_world.ana, committed_world.luis):
            user.set_password(PASSWORD)
            user.language = "en"
            user.save(update_fields=["password", "language"])
    with program(mail, tmp_path) as address:
        yield address


@contextmanager
def program(mail: MailServer, folder: Path) -> Iterator[str]:
    """The address of `hilvan run` over the tests' database, as that is; what it says stands in ``folder/log``."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "HILVAN_EMAIL_URL": mail.url,
        "HILVAN_BASE_URL": f"http://127.0.0.1:{port}",
        "HILVAN_DATA": str(folder),
    }
    command = [sys.executable, "-m", "hilvan.cli", "run", "--port", str(port)]
    with (folder / "log").open("w+") as log:
        process = subprocess.Popen(
            command, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            _wait_until_it_answers(process, port, folder / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _try in range(PATIENCE * 5):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in/", timeout=2).close()
        except OSError:
            try:
                process.wait(0.2)
            except subprocess.TimeoutExpired:
                continue
            break
        return
    pytest.fail(f"hilvan run does not answer:\n{log.read_text()}")
