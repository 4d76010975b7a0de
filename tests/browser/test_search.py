"""The search box by keyboard alone: suggestions, arrows, Enter; commands."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.test_journey import sign_in
from tests.world import World

pytestmark = pytest.mark.browser


def test_one_finds_a_record_and_gives_a_command_without_the_mouse(page: Any, committed_world: World) -> None:
    record = committed_world.activity("Reparación del horno")
    sign_in(page, "ana")
    page.goto("/activities/?state=closed")

    page.keyboard.press("Control+k")
    page.keyboard.type("reparaciones")
    box = page.get_by_role("combobox", name="Search")
    option = page.get_by_role("option", name="Reparación del horno")
    option.wait_for()
    assert box.get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == option.get_attribute("id")
    page.keyboard.press("Escape")
    assert option.is_hidden()
    page.keyboard.type(" ")
    option.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/activities/{record.number}")

    page.keyboard.press("Control+k")
    page.keyboard.type("crear actividad")
    page.get_by_role("option", name="New activity").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/activities/new")

    # Without a choice Enter searches, as the form does without any script.
    page.keyboard.press("Control+k")
    page.keyboard.type("horno")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=horno")
    page.locator("main").get_by_role("link", name="Reparación del horno").wait_for()
