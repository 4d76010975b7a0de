"""The board, by mouse: a card dropped on another lane changes its state, or asks what must be said first."""

from __future__ import annotations

from typing import Any

import pytest

from hilvan.records.models import Record
from tests.browser.test_journey import arrive, sign_in
from tests.world import World, standing

pytestmark = pytest.mark.browser


def drag(page: Any, subject: str, lane: str) -> None:
    page.locator(".card", has_text=subject).drag_to(page.locator(f"[data-lane={lane}] > header"))


def test_a_card_is_dropped_on_another_lane(page: Any, committed_world: World) -> None:
    record = committed_world.activity("Llamar a Marta")
    sign_in(page, "ana")
    page.goto("/activities/board")

    drag(page, "Llamar a Marta", "in_progress")
    page.locator("[data-lane=in_progress] .card", has_text="Llamar a Marta").wait_for()
    assert standing(record).state == "in_progress"

    # On hold asks why: nothing has changed until that is said.
    drag(page, "Llamar a Marta", "on_hold")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Waiting for").select_option("customer")
    assert standing(record).state == "in_progress"
    dialog.get_by_role("button", name="Put on hold").click()
    page.locator("[data-lane=on_hold] .card", has_text="Llamar a Marta").wait_for()
    assert (standing(record).state, standing(record).hold_reason) == ("on_hold", "customer")

    # On its own lane it does nothing.
    drag(page, "Llamar a Marta", "on_hold")
    assert page.locator("[data-lane=on_hold] .card", has_text="Llamar a Marta").is_visible()
    assert standing(record).state == "on_hold"


def test_an_opportunity_goes_through_its_stages_by_mouse_and_by_keyboard(page: Any, committed_world: World) -> None:
    world = committed_world
    world.needs("opportunity")
    record = world.opportunity("Horno nuevo")

    def stage() -> str:
        return str(Record.objects.get(pk=record.pk).as_opportunity.stage)

    def card(lane: str) -> Any:
        return page.locator(f"[data-lane={lane}] .card", has_text="Horno nuevo")

    sign_in(page, "ana")
    page.goto("/opportunities/board")
    arrive(page, "Opportunities")
    drag(page, "Horno nuevo", "negotiation")
    card("negotiation").wait_for()
    assert stage() == "negotiation"

    # To lose it asks why; escaping leaves it where it is.
    drag(page, "Horno nuevo", "lost")
    page.get_by_role("dialog").get_by_label("Reason").wait_for()
    page.keyboard.press("Escape")
    assert stage() == "negotiation"

    # By keyboard: J to the card, Tab to its menu, which opens and is walked with the arrows.
    page.goto("/opportunities/board")
    arrive(page, "Opportunities")
    page.keyboard.press("j")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").select_option("price")
    dialog.get_by_role("button", name="Lost").click()
    card("lost").wait_for()
    assert stage() == "lost"
