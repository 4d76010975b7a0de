"""The journey by keyboard alone: keys pressed, text typed into what has the focus, nothing clicked."""

from __future__ import annotations

from typing import Any

import pytest

from hilvan.activities.models import Activity, State
from hilvan.notifications.tests.mailserver import MailServer
from tests.browser.conftest import PATIENCE
from tests.browser.test_journey import arrive
from tests.world import PASSWORD, World

pytestmark = pytest.mark.browser

FOCUSED = """() => {
  const one = document.activeElement;
  if (one === document.body) return { name: "", control: "", seen: false };
  const box = one.getBoundingClientRect();
  const style = getComputedStyle(one);
  return {
    name: (one.getAttribute("aria-label") || one.labels?.[0]?.innerText || one.innerText || one.id).trim(),
    control: one.name || "",
    // Of a date's parts the browser itself shows which has the focus.
    seen: (one.matches("[type^=date], [type=time]") || (one.matches(":focus-visible") && style.outlineStyle !== "none"))
      && box.bottom > 0 && box.top < innerHeight,
  };
}"""
FURTHEST = 80


class Keyboard:
    """Hands that know no mouse."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    @property
    def focus(self) -> dict[str, Any]:
        focused: dict[str, Any] = self.page.evaluate(FOCUSED)
        return focused

    def tab_to(self, name: str) -> None:
        """Press Tab until the control of that name has the focus, which can always be seen."""
        passed: list[str] = []
        while len(passed) < FURTHEST:
            focus = self.focus
            if focus["control"] == name or focus["name"].startswith(name):
                assert focus["seen"], focus
                return
            assert focus["seen"] or not passed, focus
            passed.append(focus["name"])
            self.press("Tab")
        pytest.fail(f"no Tab leads to {name}: {passed}")

    def wait_for_dialog(self) -> None:
        """Until a control of its form has the focus: what is typed before goes nowhere."""
        self.page.locator("dialog[open] form :focus").wait_for()


def test_the_journey_from_a_customer_to_a_closed_activity(page: Any, committed_world: World, mail: MailServer) -> None:
    world = committed_world
    world.needs("opportunity")
    world.customer("Talleres Sol")
    keys = Keyboard(page)

    page.goto("/")
    page.wait_for_load_state()
    keys.tab_to("User name")
    keys.type("ana")
    keys.tab_to("Password")
    keys.type(PASSWORD)
    keys.press("Enter")
    arrive(page, "Activities")

    # The first Tab of a page skips to its content.
    keys.press("Tab")
    assert keys.focus["name"] == "Skip to content"
    keys.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"

    # Customers → the first of them → Create → opportunity, from the menu.
    page.reload()
    arrive(page, "Activities")
    keys.tab_to("Customers")
    keys.press("Enter")
    arrive(page, "Customers")
    keys.press("j", "Enter")
    arrive(page, "Talleres Sol")
    keys.tab_to("Create")
    keys.press("Enter", "ArrowDown", "ArrowDown")
    assert keys.focus["name"].startswith("Opportunity")
    keys.press("Escape")
    assert keys.focus["name"].startswith("Create")
    keys.press("Enter", "ArrowDown", "ArrowDown", "Enter")
    arrive(page, "New opportunity")
    keys.type("Horno nuevo")
    keys.press("Enter")
    arrive(page, "Horno nuevo")

    # Its shortcut → activity, deferred without its dates: refused, and the focus is where something is missing.
    keys.press("a")
    arrive(page, "New activity")
    keys.tab_to("Subject")
    keys.press("Control+a")
    keys.type("Llamar a Marta")
    keys.tab_to("Assigned to")
    keys.type("Luis")
    keys.tab_to("Deferred")
    keys.press("Space")
    keys.press("Enter")
    page.locator("#id_start_at_error").wait_for()
    page.wait_for_load_state()
    assert keys.focus["control"] == "start_at_date"
    keys.type("10102030")
    keys.tab_to("end_at_date")
    keys.type("11112030")
    keys.press("Enter")
    arrive(page, "Llamar a Marta")
    activity = Activity.objects.get()
    assert (
        activity.deferred,
        activity.assignee,
        activity.start_at and activity.start_at.astimezone(world.company.zone).isoformat()[:10],
    ) == (
        *(True, world.luis),
        "2030-10-10",
    )
    assert "Llamar a Marta" in mail.next(patience=PATIENCE)["Subject"]

    keys.tab_to("Begin")
    keys.press("Enter")
    page.get_by_text("is in progress.").wait_for()
    page.wait_for_load_state()

    # A dialog keeps the focus, and gives it back to what opened it.
    keys.tab_to("Put on hold…")
    keys.press("Enter")
    keys.wait_for_dialog()
    for _step in range(15):
        keys.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    keys.press("Escape")
    assert keys.focus["name"].startswith("Put on hold…")
    keys.press("Enter")
    keys.wait_for_dialog()
    keys.type("Customer")
    keys.tab_to("Put on hold")
    keys.press("Enter")
    page.get_by_text("is on hold.").wait_for()
    page.wait_for_load_state()

    keys.tab_to("Close…")
    keys.press("Enter")
    keys.wait_for_dialog()
    keys.type("Done")
    keys.tab_to("Note")
    keys.type("Lo piensan")
    keys.tab_to("Close")
    keys.press("Enter")
    page.get_by_text("What comes next?").wait_for()
    activity.refresh_from_db()
    assert (activity.state, activity.result.code, bool(activity.closed_at)) == (State.CLOSED, "done", True)
