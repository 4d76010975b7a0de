"""Rows ticked on a list, and Create from them; by mouse, by keyboard, and without a script."""

from __future__ import annotations

from typing import Any

import pytest

from hilvan.activities.models import Activity
from hilvan.notifications.tests.mailserver import MailServer
from tests.world import World

from .test_journey import arrive, sign_in

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect


def origins() -> list[str]:
    return [one.origin.title for one in Activity.objects.order_by("pk") if one.origin]


def test_an_activity_for_each_of_several_customers_of_which_a_colleague_has_one_mail(
    page: Any, committed_world: World, mail: MailServer
) -> None:
    for n in range(8):
        committed_world.customer(f"Talleres Sol {n}")
    sign_in(page, "ana")
    page.goto("/customers/")
    arrive(page, "Customers")
    boxes = page.locator("tbody .tick input")
    told = page.locator("[data-selected]")

    # One, then with Shift all down to another; all; none; and some again.
    boxes.nth(1).check()
    expect(told).to_have_text("1 selected")
    boxes.nth(4).click(modifiers=["Shift"])
    expect(told).to_have_text("4 selected")
    page.locator("[data-check-all]").check()
    expect(told).to_have_text("8 selected")
    page.get_by_role("button", name="Clear the selection").click()
    expect(page.locator(".bulk")).to_be_hidden()
    boxes.nth(1).check()
    boxes.nth(3).click(modifiers=["Shift"])

    page.locator(".bulk details.create > summary").click()
    page.locator(".bulk .menu-body").get_by_role("link", name="Activity").click()
    arrive(page, "New activity · 3 customers")
    page.get_by_label("Subject").fill("Felicitar")
    page.get_by_label("Assigned to").select_option(label="Luis Peña")
    page.get_by_role("button", name="Create", exact=True).click()

    arrive(page, "Customers")
    expect(page.get_by_role("status").filter(has_text="3 records have been created")).to_be_visible()
    assert origins() == [f"Talleres Sol {n}" for n in (6, 5, 4)]
    message = mail.next()
    assert message["To"] == "luis@ebro.example"
    text = message.get_body(("plain",))
    assert text is not None
    assert all(f"Talleres Sol {n}" in text.get_content() for n in (4, 5, 6))
    page.goto("/activities/")
    page.get_by_role("link", name="Felicitar").first.click()
    expect(page.locator("#notices")).to_contain_text("Sent")
    assert mail.all() == []


def test_by_keyboard_from_the_row_in_focus_and_from_ticked_ones(page: Any, committed_world: World) -> None:
    for n in range(3):
        committed_world.customer(f"Talleres Sol {n}")
    sign_in(page, "ana")
    page.goto("/customers/")
    arrive(page, "Customers")

    # The row in focus has its own menu; a key pressed before the menu is there counts.
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("c")
    page.keyboard.press("a")
    page.wait_for_url("**/activities/new?origin=CLI-*-000002")

    page.goto("/customers/")
    arrive(page, "Customers")
    for key in ("j", "x", "j", "j", "x", "c"):
        page.keyboard.press(key)
    expect(page.locator(".page-head details.create .menu-body")).to_contain_text("2 customers")
    page.keyboard.press("Enter")
    arrive(page, "New activity · 2 customers")
    page.keyboard.type("Felicitar")  # the form begins in its first field
    page.keyboard.press("Enter")
    arrive(page, "Customers")
    assert origins() == ["Talleres Sol 2", "Talleres Sol 0"]


def test_without_a_script_the_same_pages_do_it(site: str, chromium: Any, committed_world: World) -> None:
    for n in range(2):
        committed_world.customer(f"Talleres Sol {n}")
    context = chromium.new_context(base_url=site, java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    sign_in(page, "ana")
    page.goto("/customers/")
    for box in page.locator("tbody .tick input").all():
        box.check()

    page.locator(".bulk details.create > summary").click()
    page.locator(".bulk").get_by_role("button", name="From the ticked rows…").click()
    page.locator("main").get_by_role("link", name="Activity").click()
    page.get_by_label("Subject").fill("Felicitar")
    page.get_by_role("button", name="Create", exact=True).click()

    page.wait_for_url("**/customers/")
    assert origins() == ["Talleres Sol 1", "Talleres Sol 0"]
    context.close()


def test_a_list_is_downloaded(page: Any, committed_world: World) -> None:
    committed_world.customer("Talleres Sol")
    sign_in(page, "ana")
    page.goto("/customers/?q=sol")
    arrive(page, "Customers")

    page.locator("summary", has_text="Export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Excel").click()
    assert download.value.suggested_filename.startswith("Customers ")
    assert download.value.suggested_filename.endswith(".xlsx")
