"""What may be attached, and how it is given out again."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client

from hilvan.records.attachments import attach, detach
from hilvan.records.files import clean_name
from hilvan.records.models import Attachment, Change, Record
from hilvan.records.storage import Folder
from tests.pages import Page, signed_in
from tests.world import World

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
PDF = b"%PDF-1.7\n%%EOF"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    options = {**settings.STORAGES["attachments"]["OPTIONS"], "location": str(tmp_path)}
    settings.STORAGES = {**settings.STORAGES, "attachments": {**settings.STORAGES["attachments"], "OPTIONS": options}}
    settings.ATTACHMENT_LIMIT = 3 * 1024 * 1024
    return tmp_path


def stored(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def file(name: str, content: bytes = b"algo", kind: str = "text/html") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type=kind)


def get(client: Client, attachment: Attachment, query: str = "") -> Any:
    return client.get(f"/files/{attachment.uuid}{query}")


def test_it_is_kept_under_a_name_that_tells_nothing_with_its_digest(world: World, folder: Path) -> None:
    record = world.customer()
    (made,) = attach(record, [file("../../etc/Oferta ñandú.pdf", PDF)], actor=world.actor())

    assert (made.name, made.media_type, made.size) == ("Oferta ñandú.pdf", "application/pdf", len(PDF))
    assert made.sha256 == hashlib.sha256(PDF).hexdigest()
    (path,) = stored(folder)
    assert path == folder / made.stored_as
    assert made.stored_as == f"{world.company.pk}/{made.uuid.hex[-2:]}/{made.uuid.hex}"
    assert path.read_bytes() == PDF
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("página.html", b"<script>alert(1)</script>"),
        ("dibujo.svg", b"<svg onload='alert(1)'/>"),
        ("programa.exe", b"MZ\x90"),
        ("factura.pdf", b"MZ\x90 no es un PDF"),
        ("factura.pdf", b"<html>"),
        ("foto.png", b"\xff\xd8\xff"),
        ("foto.webp", b"RIFF1234WAVE"),
        ("hoja.xlsx", b"<html>"),
        ("nota.txt", b"\x7fELF"),
        ("sin extension", b"algo"),
        ("vacío.txt", b""),
        ("...", b"algo"),
        ("grande.txt", b"x" * (3 * 1024 * 1024 + 1)),
    ],
)
def test_what_is_refused_leaves_nothing_behind(world: World, folder: Path, name: str, content: bytes) -> None:
    record = world.customer()
    changes = Change.objects.count()
    with pytest.raises(ValidationError) as refused:
        attach(record, [file("buena.txt"), file(name, content)], actor=world.actor())
    assert list(refused.value.message_dict) == ["files"]
    assert len(refused.value.messages) == 1
    assert (stored(folder), Attachment.objects.count(), Change.objects.count()) == ([], 0, changes)


def test_all_that_is_wrong_is_said_at_once_beside_the_field(world: World, folder: Path) -> None:
    record = world.customer()
    client = signed_in(world.ana)
    page = f"/customers/{record.number}/files"
    refused = client.post(page, {"files": [file("a.exe"), file("b.svg"), file("buena.txt")]})
    assert refused.status_code == 422
    assert refused.context["file_errors"] == [
        "“a.exe”: files of this type can't be attached.",
        "“b.svg”: files of this type can't be attached.",
    ]
    assert "files_error" in Page.of(refused).attribute("id")
    assert stored(folder) == []


def test_what_is_larger_than_the_limit_is_dropped_while_it_comes_in(world: World, folder: Path) -> None:
    record = world.customer()
    large = file("vídeo.mp4", b"x" * (4 * 1024 * 1024))
    refused = signed_in(world.ana).post(f"/customers/{record.number}/files", {"files": [file("a.txt"), large]})
    assert refused.status_code == 422
    assert refused.context["file_errors"] == ["“vídeo.mp4” is larger than 3 MB."]
    assert (stored(folder), Attachment.objects.count()) == ([], 0)


def test_an_administrator_may_allow_further_types_but_no_web_pages(world: World, settings: Any) -> None:
    settings.ATTACHMENT_TYPES = {"step", "html"}
    record = world.customer()
    (made,) = attach(record, [file("pieza.step")], actor=world.actor())
    assert made.media_type == "application/octet-stream"
    with pytest.raises(ValidationError):
        attach(record, [file("pieza.html")], actor=world.actor())


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\Users\\ana\\foto.png", "foto.png"),
        ("/etc/passwd", "passwd"),
        ("foto\u202egnp.exe", "fotognp.exe"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie: x.txt"),
        ("  nota .txt. ", "nota .txt"),
        ("x" * 400 + ".pdf", "x" * 147 + ".pdf"),
        ("cafe\u0301.txt", "café.txt"),
    ],
)
def test_a_name_is_a_name_and_no_path(given: str, kept: str) -> None:
    assert clean_name(given) == kept


@pytest.mark.parametrize(
    ("name", "content", "disposition", "media_type"),
    [
        ("foto.png", PNG, "inline", "image/png"),
        ("oferta.pdf", PDF, "inline", "application/pdf"),
        ("datos.xml", b"<a/>", "attachment", "application/xml"),
        ("nota.txt", b"<script>", "attachment", "text/plain"),
    ],
)
def test_only_harmless_pictures_and_pdf_are_shown_and_nothing_in_them_runs(
    world: World, name: str, content: bytes, disposition: str, media_type: str
) -> None:
    record = world.customer()
    (made,) = attach(record, [file(name, content, "text/html")], actor=world.actor())
    client = signed_in(world.ana)

    answer = get(client, made)
    assert b"".join(answer.streaming_content) == content
    assert answer.headers["Content-Type"] == media_type
    assert answer.headers["Content-Disposition"] == f'{disposition}; filename="{name}"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert get(client, made, "?save").headers["Content-Disposition"].startswith("attachment")
    again = client.get(f"/files/{made.uuid}", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_a_name_outside_of_ascii_is_given_as_rfc_6266_says(world: World) -> None:
    (made,) = attach(world.customer(), [file('Oferta "ñandú".pdf', PDF)], actor=world.actor())
    disposition = get(signed_in(world.ana), made).headers["Content-Disposition"]
    assert disposition == "inline; filename*=utf-8''Oferta%20%22%C3%B1and%C3%BA%22.pdf"


def test_who_may_not_see_the_record_gets_no_file_of_it(world: World) -> None:
    record = world.incident()
    (made,) = attach(record, [file("nota.txt")], actor=world.actor())
    for user in (world.eva, world.zoe):
        assert get(signed_in(user), made).status_code == 404
    assert Client().get(f"/files/{made.uuid}").status_code == 302


def test_what_was_taken_off_is_still_there_for_who_follows_the_history(world: World, folder: Path) -> None:
    record = world.customer()
    (made,) = attach(record, [file("nota.txt")], actor=world.actor())
    detach(made, actor=world.actor())
    assert Record.objects.get(pk=record.pk).attachments.get().archived_at is not None
    assert len(stored(folder)) == 1
    client = signed_in(world.ana)
    assert get(client, made).status_code == 200
    assert client.get(f"/customers/{record.number}").context["panels"]
    assert client.get(f"/customers/{record.number}/files").context["files"] == []


def test_a_file_that_the_storage_has_lost_is_not_found(world: World, folder: Path) -> None:
    (made,) = attach(world.customer(), [file("nota.txt")], actor=world.actor())
    stored(folder)[0].unlink()
    assert get(signed_in(world.ana), made).status_code == 404


def test_where_the_rows_cannot_be_written_the_bytes_go_too(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Folder, *args: Any) -> str:
        if len(stored(folder)) == 1:
            raise OSError("no space left")
        return save(self, *args)

    save = Folder._save
    monkeypatch.setattr(Folder, "_save", fail)
    with pytest.raises(OSError, match="no space left"):
        attach(world.customer(), [file("a.txt"), file("b.txt")], actor=world.actor())
    assert (stored(folder), Attachment.objects.count()) == ([], 0)


def test_the_database_refuses_another_content_under_an_attachments_name(world: World) -> None:
    (made,) = attach(world.customer(), [file("nota.txt")], actor=world.actor())
    for change in ({"sha256": "0" * 64}, {"stored_as": "1/aa/x"}, {"media_type": "text/html"}, {"size": 1}):
        with pytest.raises(DatabaseError, match="may not be changed"), transaction.atomic():
            Attachment.objects.filter(pk=made.pk).update(**change)
