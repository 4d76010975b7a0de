"""What hangs on a record, as a person handles it: notes with mentions, files, links, the timeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hilvan.conversation.models import Note
from hilvan.notifications.models import Notice
from hilvan.records.models import Attachment, Link
from tests.browser.test_journey import arrive, sign_in
from tests.world import World

pytestmark = pytest.mark.browser

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"


def test_a_note_a_file_and_a_link_without_leaving_the_page(page: Any, committed_world: World) -> None:
    world = committed_world
    opportunity, other = world.opportunity("Horno nuevo"), world.customer("Talleres Sol")
    sign_in(page, "ana")
    page.goto(f"/opportunities/{opportunity.number}")
    arrive(page, "Horno nuevo")
    page.evaluate("window.stays = true")

    # A colleague is chosen with the keys from what is suggested behind the "@".
    note = page.locator("#note_text")
    note.press_sequentially("Pregunta a @lu")
    page.get_by_role("option", name="Luis Peña @luis").wait_for()
    note.press("Enter")
    assert note.input_value() == "Pregunta a @luis "
    note.press_sequentially("por el **plazo**")
    note.press("Control+Enter")
    page.locator("#notes .mention", has_text="@Luis Peña").wait_for()
    assert Note.objects.get().text == "Pregunta a @luis por el **plazo**"
    assert Notice.objects.get(reason="mention").recipient == world.luis

    # It is corrected in its place.
    page.locator("#notes").get_by_role("link", name="Correct").click()
    page.locator("#notes li textarea").fill("Pregunta a @luis por el precio")
    page.locator("#notes li").get_by_role("button", name="Save").click()
    page.locator("#notes").get_by_text("por el precio").wait_for()
    assert Notice.objects.filter(reason="mention").count() == 1

    # A file is dropped on the panel; one that may not be attached is refused beside the field.
    drop(page, "dibujo.svg", "<svg/>")
    page.locator("#files_error").wait_for()
    assert "“dibujo.svg”: files of this type can't be attached." in page.locator("#files_error").inner_text()
    drop(page, "medidas.csv", "a;b")
    page.locator("#files").get_by_role("link", name="medidas.csv").wait_for()
    assert Attachment.objects.get().name == "medidas.csv"

    # A record is linked, chosen from suggestions or typed by its number.
    page.locator("#link_other").fill(other.number)
    page.locator("#links").get_by_role("button", name="Link it").click()
    page.locator("#links").get_by_role("link", name="Talleres Sol").wait_for()
    assert Link.objects.get().other == other
    page.locator("#links").get_by_role("button", name=f"No longer link with {other.number}").click()
    page.locator("#links").get_by_role("link", name="Talleres Sol").wait_for(state="detached")
    assert page.evaluate("window.stays")

    # The timeline tells all of it, and can be narrowed.
    page.reload()
    arrive(page, "Horno nuevo")
    timeline = page.locator("#timeline")
    assert "No longer linked with" in timeline.inner_text()
    timeline.locator("summary").click()
    timeline.locator("#timeline_what").select_option(label="Files")
    timeline.get_by_text("No longer linked with").wait_for(state="detached")
    assert "Attached “medidas.csv”" in timeline.inner_text()


def drop(page: Any, name: str, text: str) -> None:
    """Drop a file from outside of the browser on the form."""
    data = page.evaluate_handle(
        "([name, text]) => { const data = new DataTransfer();"
        " data.items.add(new File([text], name, { type: 'text/plain' })); return data; }",
        [name, text],
    )
    for event in ("dragenter", "dragover", "drop"):
        page.dispatch_event("#files [data-drop]", event, {"dataTransfer": data})


def test_earlier_lines_of_the_timeline_follow_on_the_page(page: Any, committed_world: World) -> None:
    world = committed_world
    opportunity = world.opportunity("Horno nuevo")
    for n in range(40):
        world.activity(f"Tarea {n}", origin=opportunity)
    sign_in(page, "ana")
    page.goto(f"/opportunities/{opportunity.number}")
    arrive(page, "Horno nuevo")
    lines = page.locator("#timeline .what")
    assert lines.count() == 30
    page.locator("#timeline-more a").click()
    page.locator("#timeline-more").wait_for(state="detached")
    assert lines.count() == 41
    assert page.locator("#timeline .day").count() == 1


def test_without_scripts_files_are_chosen_and_the_flow_is_read_as_a_list(
    site: str, chromium: Any, committed_world: World, tmp_path: Path
) -> None:
    world = committed_world
    opportunity = world.opportunity("Horno nuevo")
    incident = world.incident("Avería", origin=opportunity)
    context = chromium.new_context(base_url=site, locale="en-GB", java_script_enabled=False)
    plain = context.new_page()
    sign_in(plain, "ana")
    plain.goto(f"/incidents/{incident.number}")
    (tmp_path / "oferta.pdf").write_bytes(PDF)
    plain.locator("#files_field").set_input_files(tmp_path / "oferta.pdf")
    plain.get_by_role("button", name="Attach", exact=True).click()
    plain.locator("#files").get_by_role("link", name="oferta.pdf").wait_for()
    assert Attachment.objects.get().media_type == "application/pdf"
    plain.locator("#flow summary").click()
    plain.locator("#flow-list").get_by_role("link", name="Horno nuevo").click()
    plain.get_by_role("heading", name="Horno nuevo").wait_for()
    context.close()
