"""The heart of the product, as a person does it: from a customer to an activity that a colleague is told of."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import pytest
from django.utils import timezone

from hilvan.activities.models import Activity
from hilvan.notifications.tests.mailserver import MailServer
from tests.world import PASSWORD, World

pytestmark = pytest.mark.browser

TOLD_WITHIN = 2
"""Seconds within which the mail of an assignment has arrived."""


def sign_in(page: Any, username: str) -> None:
    page.goto("/")
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def arrive(page: Any, heading: str) -> None:
    """Wait for the page of that heading, and for its script: a person's hands are slower than it, these are not."""
    page.get_by_role("heading", name=heading).wait_for()
    page.wait_for_load_state()


def create_from_here(page: Any, label: str) -> None:
    """Press Create, and the entry of that name."""
    page.locator("details.create > summary").click()
    page.locator("details.create").get_by_role("link", name=label).click()


def test_from_a_customer_to_a_deferred_activity_of_which_a_colleague_is_told(
    page: Any, committed_world: World, mail: MailServer
) -> None:
    world = committed_world
    world.needs("opportunity")
    world.customer("Talleres Sol", owner=world.luis)
    sign_in(page, "ana")
    arrive(page, "Activities")

    # The customer, found in its list by pressing anywhere on its row.
    page.get_by_role("navigation", name="Sections").get_by_role("link", name="Customers").click()
    arrive(page, "Customers")
    page.locator("tr[data-row]", has_text="Talleres Sol").locator("td").nth(1).click()
    arrive(page, "Talleres Sol")

    # Customer → Create → opportunity: prefilled, and each value says where it comes from.
    create_from_here(page, "Opportunity")
    assert page.get_by_role("textbox", name="Customer").input_value().endswith("Talleres Sol")
    assert page.locator("#id_party_source").inner_text() == "from the customer"
    page.get_by_label("What it is about").fill("Horno nuevo")
    page.get_by_role("button", name="Save").click()
    arrive(page, "Horno nuevo")
    opportunity = page.url

    # Opportunity → Create → activity, deferred: without its dates it is refused beside the fields, nothing is lost.
    create_from_here(page, "Activity")
    assert page.get_by_label("Subject").input_value() == "Horno nuevo"
    page.get_by_label("Subject").fill("Llamar a Marta por el plazo")
    page.get_by_label("Assigned to").select_option(label="Luis Peña")
    page.get_by_label("Deferred").check()
    page.get_by_role("button", name="Save").click()
    page.locator("#id_start_at_error").wait_for()
    assert page.get_by_label("Subject").input_value() == "Llamar a Marta por el plazo"
    assert not Activity.objects.exists()
    start = dt.date.today() + dt.timedelta(days=3)  # noqa: DTZ011 (any day to come will do)
    for name, day in (("start", start), ("end", start + dt.timedelta(days=1))):
        page.locator(f"[name={name}_at_date]").fill(day.isoformat())
        page.locator(f"[name={name}_at_time]").fill("10:00")
    page.get_by_role("button", name="Save").click()
    saved = time.monotonic()
    arrive(page, "Llamar a Marta por el plazo")
    activity = page.url

    # Luis is told, within two seconds.
    message = mail.next(patience=TOLD_WITHIN)
    assert time.monotonic() - saved < TOLD_WITHIN
    assert "luis@ebro.example" in message["To"]
    assert "Llamar a Marta por el plazo" in message["Subject"]

    # The activity's page: what has been, how long it stood in each state, who has been told.
    assert page.locator("svg.state-bar").count() == 1
    page.locator(".timeline", has_text="Ana Gil").get_by_text("created it").wait_for()
    page.goto(activity)
    page.locator("#notices", has_text="Luis Peña").get_by_text("Sent").first.wait_for()

    # The ledger has it, too; and the opportunity shows the activity.
    page.goto("/notices/")
    page.locator("tr", has_text="Llamar a Marta por el plazo").get_by_text("Sent").wait_for()
    page.goto(opportunity)
    page.locator("#activities").get_by_role("link", name="Llamar a Marta por el plazo").wait_for()

    # It stands on the board now; a minute ago it did not.
    page.goto("/activities/board")
    page.locator(".board").get_by_role("link", name="Llamar a Marta por el plazo").wait_for()
    a_minute_ago = timezone.now() - dt.timedelta(minutes=1)
    page.goto(f"/activities/board?as_of={a_minute_ago:%Y-%m-%dT%H:%M:%SZ}")
    page.locator(".as-of-banner").wait_for()
    assert page.get_by_role("link", name="Llamar a Marta por el plazo").count() == 0


def test_a_record_is_found_and_chosen_by_keyboard_alone(page: Any, committed_world: World) -> None:
    committed_world.needs("opportunity")
    customer = committed_world.customer("Clínica Dental Núñez")
    sign_in(page, "ana")
    arrive(page, "Activities")

    page.keyboard.press("Control+k")
    page.keyboard.type("nunez")
    page.keyboard.press("Enter")
    arrive(page, "Results for")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    arrive(page, "Clínica Dental Núñez")
    page.keyboard.press("a")
    page.get_by_label("Subject").wait_for()
    assert page.url.endswith(f"/activities/new?origin={customer.number}")

    # Suggestions while one types into a field that takes a record.
    page.goto("/opportunities/new")
    page.get_by_role("textbox", name="Customer").press_sequentially("nune")
    page.locator("datalist option").first.wait_for(state="attached")
    assert page.locator("datalist option").first.get_attribute("value") == f"{customer.number} Clínica Dental Núñez"
