"""Every page in a real browser: no violation that axe finds, nothing wider than a telephone, no complaint."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hilvan.people.models import User
from tests.browser.conftest import PATIENCE
from tests.browser.test_journey import sign_in
from tests.every_page import ROWS, SIGNED_OUT, Address, addresses, fill, variants
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
DESK = {"width": 1440, "height": 900}
TELEPHONE = {"width": 360, "height": 740}

FEW = 4
OF_COLOURS = ("color-contrast", "link-in-text-block")

RUN_AXE = """async (rules) => {
  const { violations } = await axe.run({
    resultTypes: ["violations"], ...(rules && { runOnly: { type: "rule", values: rules } }),
  });
  return violations.flatMap(({ id, impact, nodes }) => nodes.map((node) =>
    `${impact} ${id}: ${node.html.slice(0, 160)} ${node.failureSummary.split("\\n").slice(1, 3).join(" ")}`));
}"""
OPEN_ALL = """() => {
  for (const menu of document.querySelectorAll("details")) menu.open = true;
  for (const dialog of document.querySelectorAll("dialog")) if (dialog.children.length) dialog.show();
}"""
TOO_WIDE = """() => {
  const width = document.scrollingElement.scrollWidth;
  const out = [...document.querySelectorAll("main *")].filter((one) => one.getBoundingClientRect().right > innerWidth);
  return width > innerWidth ? `${width} px: ${out.slice(-2).map((one) => one.outerHTML.slice(0, 160)).join(" ")}` : "";
}"""


class Walk:
    """A browser that goes from page to page and keeps what is wrong with each."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.here = ""
        self.found: list[str] = []
        page.on("pageerror", lambda error: self.note(f"script: {error}"))
        page.on("console", lambda message: self.note(message.text) if message.type == "error" else None)
        page.on("requestfailed", self.note_failure)

    def note(self, *faults: str) -> None:
        self.found += [f"{self.here}: {fault}" for fault in faults if fault and "status of 422" not in fault]

    def note_failure(self, request: Any) -> None:
        if request.failure != "net::ERR_ABORTED":  # by going on to the next page
            self.note(f"failed {request.url}: {request.failure}")

    def go(self, address: Address) -> None:
        self.here = address.path
        self.page.goto(address.path)
        if not self.page.url.endswith(address.path):
            self.note(f"led to {self.page.url}")

    def axe(self, *rules: str) -> None:
        self.note(*self.page.evaluate(RUN_AXE, list(rules) or None))

    def see_how_wide(self) -> None:
        self.note(self.page.evaluate(TOO_WIDE))

    @contextmanager
    def on_telephone(self) -> Iterator[None]:
        self.page.set_viewport_size(TELEPHONE)
        yield
        self.page.set_viewport_size(DESK)

    @contextmanager
    def in_the_dark(self) -> Iterator[None]:
        self.page.emulate_media(color_scheme="dark")
        yield
        self.page.emulate_media(color_scheme="light")


@pytest.fixture
def walk(site: str, chromium: Any) -> Iterator[Walk]:
    # No movement: a colour on its way to another would be measured as it is.
    context = chromium.new_context(base_url=site, viewport=DESK, color_scheme="light", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE * 1000)
    context.add_init_script(path=str(AXE))
    yield Walk(context.new_page())
    context.close()


def test_every_page_in_spanish_as_it_comes_by_day_by_night_and_on_a_telephone(
    walk: Walk, committed_world: World
) -> None:
    for address in opened(walk, committed_world, "es", FEW):
        walk.go(address)
        walk.axe()
        with walk.in_the_dark():
            walk.axe(*OF_COLOURS)
        with walk.on_telephone():
            walk.see_how_wide()
    assert walk.found == []


def test_every_page_in_english_with_its_menus_and_dialogs_open(walk: Walk, committed_world: World) -> None:
    for address in opened(walk, committed_world, "en"):
        walk.go(address)
        with walk.on_telephone():
            walk.see_how_wide()
        walk.page.evaluate(OPEN_ALL)
        walk.axe()
    assert walk.found == []


def opened(walk: Walk, world: World, language: str, rows: int = ROWS) -> Iterator[Address]:
    """First the pages for who is not signed in; then all others, for an administrator who speaks ``language``."""
    full = fill(world, rows)
    pages = addresses(full) + variants(full)
    User.objects.filter(pk=world.ana.pk).update(role=world.jefa.role, language="en")
    walk.page.set_extra_http_headers({"Accept-Language": language})
    yield from (one for one in pages if one.name in SIGNED_OUT)
    walk.page.set_extra_http_headers({"Accept-Language": "en"})
    sign_in(walk.page, "ana")
    User.objects.filter(pk=world.ana.pk).update(language=language)
    yield from (one for one in pages if one.name not in SIGNED_OUT)
