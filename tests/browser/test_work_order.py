"""A technician's day on a telephone: from the day's page to the invoice, with one thumb."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from hilvan.records.models import Attachment, Record
from tests.browser.test_journey import sign_in
from tests.world import World

from .conftest import PATIENCE

pytestmark = pytest.mark.browser

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def telephone(site: str, chromium: Any) -> Iterator[Any]:
    """A page on a telephone with a touch screen; a complaint of the browser's fails the test."""
    context = chromium.new_context(
        base_url=site, locale="en-GB", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    context.set_default_timeout(PATIENCE * 1000)
    complaints: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert complaints == []


def test_a_day_of_work_from_the_start_to_the_invoice(telephone: Any, committed_world: World, tmp_path: Path) -> None:
    world, page = committed_world, telephone
    world.needs("work_order", "invoice", "product")
    customer = world.customer("Panadería Sol", phone="976 111 222", address="Calle Mayor 1", city="Zaragoza")
    world.record("product", title="Filtro de aire", price=Decimal("12.50"))
    record = world.record(
        "work_order", title="Revisar el horno", party=customer, owner=world.ana, tasks=["Purgar"],
        start_at=timezone.now().astimezone(world.ana.zone).replace(minute=0) - dt.timedelta(minutes=1),
    )  # fmt: skip
    sign_in(page, "ana")

    # The day: whom to call, where to go, and one big button.
    page.goto("/work-orders/day")
    card = page.locator(".day-order", has_text="Revisar el horno")
    assert card.get_by_role("link", name="Call").get_attribute("href") == "tel:976111222"
    card.get_by_role("button", name="Start").tap()
    page.locator(".day-order.runs").get_by_role("button", name="Stop").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("link", name="Revisar el horno").tap()

    # A photo, a task, a material.
    photo = tmp_path / "horno.png"
    photo.write_bytes(PIXEL)
    page.locator("#site input[type=file]").set_input_files(photo)
    page.locator("#files").get_by_role("link", name="horno.png").wait_for()
    page.locator("#tasks").get_by_role("checkbox", name="Purgar").tap()
    page.locator("#tasks .count", has_text="1/1").wait_for()
    page.locator("#site").get_by_role("link", name="Material").tap()
    page.get_by_label("Product").fill("Filtro de aire")
    page.get_by_label("Quantity").fill("2")
    page.get_by_role("button", name="Add material").tap()
    page.locator("#lines").get_by_text("Filtro de aire").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    # The time stops, and the customer signs with a finger.
    page.locator("form[action$='/stop'] button").tap()
    page.locator("form[action$='/start']").wait_for(state="attached")
    assert record.work_times.get().ended_at is not None
    page.get_by_role("link", name="Sign…").tap()
    page.locator("dialog").get_by_label("Name of who signs").fill("Marta Ruiz")
    canvas = page.locator("dialog canvas")
    canvas.wait_for()
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 40)
    page.mouse.down()
    for step in range(1, 8):
        page.mouse.move(box["x"] + 20 + step * 30, box["y"] + 40 + (step % 2) * 60)
    page.mouse.up()
    page.locator("dialog").get_by_role("button", name="Sign", exact=True).tap()
    page.locator("#site .signature img").wait_for()
    assert page.locator("#site .signature").inner_text().startswith("Marta Ruiz")
    signature = Record.objects.get(pk=record.pk).as_work_order.signature
    assert isinstance(signature, Attachment)
    assert signature.size > 500

    # What was done is invoiced.
    page.locator("details.create > summary").tap()
    page.locator("details.create").get_by_role("link", name="Invoice").tap()
    page.get_by_role("button", name="Save", exact=True).tap()
    page.locator("#lines").get_by_text("Filtro de aire").wait_for()
    invoice = Record.objects.get(kind="invoice")
    assert (invoice.origin, invoice.as_invoice.net) == (record, Decimal("25.00"))
