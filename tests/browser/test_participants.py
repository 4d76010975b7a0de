"""Who takes part, chosen from suggestions; a row that is filled in brings the next."""

from __future__ import annotations

from typing import Any

import pytest

from hilvan.activities.models import Participant
from tests.browser.test_journey import arrive, sign_in
from tests.world import World

pytestmark = pytest.mark.browser


def test_participants_are_chosen_row_by_row_and_it_is_said_who_will_be_invited(
    page: Any, committed_world: World
) -> None:
    marta = committed_world.contact(email="marta@example.com")
    sign_in(page, "ana")
    page.goto("/activities/new")
    arrive(page, "New activity")
    rows = page.locator("[data-grows] > div")
    assert rows.count() == 1

    page.get_by_label("Subject").fill("Ver el horno")
    page.locator("#id_start_at_0").fill("2030-03-04")
    page.locator("#id_participants_0").press_sequentially("marta")
    page.locator(f"#id_participants_0_suggestions option[value='{marta}']").wait_for(state="attached")
    page.locator("#id_participants_0").fill(str(marta))
    assert rows.count() == 2
    page.locator("#id_participants_1").fill("pepe@example.com")
    page.locator("#id_participants_role_1").select_option("optional")
    page.get_by_text("Invited by mail, now: Marta Ruiz and pepe@example.com.").wait_for()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="Participants").wait_for()
    people = Participant.objects.order_by("pk")
    assert [(one.called, one.role) for one in people] == [("Marta Ruiz", "required"), ("pepe@example.com", "optional")]
