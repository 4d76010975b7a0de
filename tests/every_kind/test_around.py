"""What hangs on a record of whatever kind: notes, files, links; in its history, its timeline, on its page."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from hilvan.conversation.services import correct_note, write_note
from hilvan.notifications.mail import preview
from hilvan.notifications.models import Notice
from hilvan.records import invariants
from hilvan.records.attachments import attach, detach
from hilvan.records.history import entries
from hilvan.records.kinds import Kind
from hilvan.records.links import link, unlink
from hilvan.records.models import Record
from hilvan.web.links import record_url
from tests.api.client import Program
from tests.pages import Page, faults, signed_in
from tests.world import World

from .making import born, every_kind


@pytest.fixture(autouse=True)
def storage(settings: Any, tmp_path: Path) -> Path:
    options = {**settings.STORAGES["attachments"]["OPTIONS"], "location": str(tmp_path)}
    settings.STORAGES = {**settings.STORAGES, "attachments": {**settings.STORAGES["attachments"], "OPTIONS": options}}
    return tmp_path


def a_file(name: str = "plano.txt", content: bytes = b"Dos metros") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@every_kind
def test_notes_files_and_links_stand_in_its_history_and_a_past_instant_shows_them(
    kind: Kind, committed_world: World
) -> None:
    world = committed_world
    record, other = born(kind, world), world.customer("Otro cliente")
    actor = world.actor()
    note = write_note(record, actor=actor, text="Piden *plazo*")
    (file,) = attach(record, [a_file()], actor=actor)
    tie = link(record, other, actor=actor)
    instant = timezone.now()
    correct_note(note, actor=actor, text="Ya no piden nada")
    detach(file, actor=actor)
    unlink(tie, other, actor=actor)

    verbs = [entry.verb for entry in entries(record)][:6][::-1]
    assert verbs == ["note.create", "attachment.add", "link.add", "note.change", "attachment.remove", "link.remove"]
    assert [entry.verb for entry in entries(other)][:2] == ["link.remove", "link.add"]
    assert invariants.violations() == []

    client = signed_in(world.ana)
    now = Page.of(client.get(record_url(record.kind, record.number)))
    then = client.get(record_url(record.kind, record.number), {"as_of": instant.isoformat()})
    assert faults(then) == []
    shown = Page.of(then)
    assert record_url(other.kind, other.number) + shown_as_of(instant) in shown.links
    assert f"/files/{file.uuid}" in shown.links
    assert "Piden plazo" in shown.text
    assert "Ya no piden nada" not in shown.text
    assert "Ya no piden nada" in now.text
    told = [line["text"] for line in client.get(record_url(record.kind, record.number)).context["timeline"]["lines"]]
    assert told[:6] == [
        f"No longer linked with {other}", "Removed “plano.txt”", "corrected a note", f"Linked with {other}",
        "Attached “plano.txt”", "wrote a note",
    ]  # fmt: skip


def shown_as_of(instant: dt.datetime) -> str:
    return "?as_of=" + instant.isoformat().replace(":", "%3A").replace("+", "%2B")


@every_kind
def test_who_is_mentioned_on_it_is_told_by_mail_in_his_language(
    kind: Kind, world: World, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    record = born(kind, world, by=world.luis)
    write_note(record, actor=world.actor(), text="¿Lo ves tú, @luis? **Urge**")

    notice = Notice.objects.get(reason="mention")
    assert (notice.record, notice.recipient, notice.caused_by, notice.state) == (
        record,
        world.luis,
        world.ana,
        "queued",
    )
    content = preview(notice)
    assert content.subject == f"Ana Gil: {record.title} [{record.number}]"
    assert "Ana Gil te menciona en una nota" in content.text
    assert "¿Lo ves tú, @luis? **Urge**" in content.text
    assert '<span class="mention">@Luis Peña</span>? <strong>Urge</strong>' in content.html
    assert f"{record_url(record.kind, record.number)}#notes" in content.text


@every_kind
def test_programs_reach_its_notes_files_and_links(kind: Kind, world: World) -> None:
    record, other = born(kind, world), world.customer("Otro cliente")
    program = Program(world.ana)
    at = f"/records/{record.number}"

    note = program.post(f"{at}/comments", {"text": "Hola *mundo*"})
    assert (note["text"], note["html"], note["author"]["username"]) == (
        "Hola *mundo*",
        "<p>Hola <em>mundo</em></p>\n",
        "ana",
    )
    corrected = program.patch(f"{at}/comments/{note['id']}", {"text": "Adiós"})
    assert corrected["edited_at"] is not None
    assert program.get(f"{at}/comments") == {"items": [corrected], "next": None}

    response = program.client.post(f"/api/v1{at}/attachments", {"files": [a_file(), a_file("acta.md", b"# Acta")]})
    assert response.status_code == 201
    made = response.json()["items"]
    assert [(one["name"], one["media_type"], one["size"]) for one in made] == [
        ("plano.txt", "text/plain", 10),
        ("acta.md", "text/markdown", 6),
    ]
    content = program.client.get(f"/api/v1{at}/attachments/{made[0]['id']}/content")
    assert b"".join(content.streaming_content) == b"Dos metros"  # type: ignore[attr-defined]
    assert content.headers["Content-Disposition"] == 'attachment; filename="plano.txt"'
    removed = program.send("DELETE", f"{at}/attachments/{made[0]['id']}")
    assert removed.status_code == 200
    assert [one["name"] for one in program.get(f"{at}/attachments")["items"]] == ["acta.md"]

    linked = program.post(f"{at}/links", {"other": other.number})
    assert linked["record"]["number"] == other.number
    assert program.get(f"/records/{other.number}/links")["items"][0]["record"]["number"] == record.number
    assert program.send("DELETE", f"{at}/links/{linked['id']}").status_code == 200
    assert program.get(f"{at}/links") == {"items": []}

    told = program.get(f"{at}/timeline")["items"]
    assert [(one["verb"], one["what"]) for one in told[:6]] == [
        ("link.remove", "changes" if kind.name != "activity" else "activities"),
        ("link.add", "changes" if kind.name != "activity" else "activities"),
        ("attachment.remove", "files"),
        ("attachment.add", "files"),
        ("note.change", "notes"),
        ("note.create", "notes"),
    ]
    assert told[1]["changes"] == [
        {"field": f"records_link.{linked['id']}.kind", "before": None, "after": "related"},
        {"field": f"records_link.{linked['id']}.other", "before": None, "after": reference(other)},
    ]


def reference(record: Record) -> dict[str, str]:
    return {"id": str(record.uuid), "kind": record.kind, "number": record.number, "title": record.title}


@every_kind
def test_its_page_takes_them_without_scripts_and_answers_htmx_with_the_panel_alone(kind: Kind, world: World) -> None:
    record, other = born(kind, world), world.customer("Otro cliente")
    page = record_url(record.kind, record.number)
    client = signed_in(world.ana)
    for name, data in {
        "notes": {"text": "Una nota"},
        "files": {"files": a_file()},
        "links": {"other": other.number},
    }.items():
        assert faults(client.get(f"{page}/{name}")) == []
        refused = client.post(f"{page}/{name}", {})
        assert refused.status_code == 422
        assert "errorlist" in refused.content.decode()
        saved = client.post(f"{page}/{name}", data)
        assert (saved.status_code, saved.headers["Location"]) == (302, f"{page}#{name}")
        panel = client.get(f"{page}/{name}", headers={"HX-Request": "true"}).content.decode()
        assert panel.lstrip().startswith(f'<section class="panel" id="{name}">')
    shown = Page.of(client.get(page))
    assert "Una nota" in shown.text
    assert "plano.txt" in shown.text
    assert record_url(other.kind, other.number) in shown.links


def test_a_reader_sees_all_of_it_and_changes_nothing(world: World) -> None:
    record = world.customer()
    note = write_note(record, actor=world.actor(), text="Una nota")
    (file,) = attach(record, [a_file()], actor=world.actor())
    world.luis.role = world.company.roles.get(code="reader")
    world.luis.save()
    client = signed_in(world.luis)
    page = f"/customers/{record.number}"
    shown = client.get(page)
    assert "Una nota" in Page.of(shown).text
    assert f"/files/{file.uuid}" in Page.of(shown).links
    for name, data in {
        "notes": {"text": "Otra"}, f"notes/{note.uuid}": {"text": "Otra"}, "files": {"files": a_file()},
        "links": {"other": world.incident().number},
    }.items():  # fmt: skip
        assert client.post(f"{page}/{name}", data).status_code in {403, 404}, name
    assert client.post(f"{page}/files", {"remove": str(file.uuid)}).status_code == 403
    assert (record.notes.count(), record.attachments.count(), record.links.count()) == (1, 1, 0)
    file.refresh_from_db()
    assert file.archived_at is None
