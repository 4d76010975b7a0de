"""The letterhead: an administrator's, and a logo that is what it says."""

from __future__ import annotations

from io import BytesIO

import PIL.Image
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from hilvan.printing.documents import printed
from hilvan.printing.models import Letterhead
from tests.pages import signed_in
from tests.world import World

ADDRESS = "/settings/letterhead/"
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 1"><rect width="4" height="1" fill="#0b5d63"/></svg>'


def picture(width: int = 2400, height: int = 600, form: str = "PNG") -> bytes:
    made = BytesIO()
    PIL.Image.new("RGB", (width, height), "teal").save(made, form)
    return made.getvalue()


def sent(world: World, content: bytes | None = None, name: str = "logo.png", **fields: str) -> int:
    data: dict[str, object] = {"address": "Calle E\n50016 Zaragoza", "iban": "", **fields}
    if content is not None:
        data["logo"] = SimpleUploadedFile(name, content)
    return signed_in(world.jefa).post(ADDRESS, data).status_code


def test_only_an_administrator_sees_and_changes_it(world: World) -> None:
    client = signed_in(world.ana)
    assert client.get(ADDRESS).status_code == 403
    assert client.post(ADDRESS, {"address": "Otra"}).status_code == 403
    assert not Letterhead.objects.exists()
    assert sent(world, phone="976 123 456", iban="ES91 2100 0418 4502 0005 1332") == 302
    kept = Letterhead.objects.get()
    assert (kept.company, kept.address) == (world.company, "Calle E\n50016 Zaragoza")
    assert (kept.phone, kept.iban) == ("976 123 456", "ES9121000418450200051332")
    assert "ES91 2100 0418 4502 0005 1332" in signed_in(world.jefa).get(ADDRESS).content.decode()


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_picture_is_kept_as_a_png_of_a_printers_size(world: World, form: str) -> None:
    assert sent(world, picture(form=form)) == 302
    with PIL.Image.open(BytesIO(bytes(Letterhead.objects.get().logo))) as kept:
        assert (kept.format, kept.size) == ("PNG", (1200, 300))
    answer = signed_in(world.ana).get(ADDRESS + "logo")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png")
    assert signed_in(world.zoe).get(ADDRESS + "logo").status_code == 404


def test_a_drawing_is_kept_as_it_is_and_printed_and_taken_away(world: World) -> None:
    assert sent(world, DRAWING, "logo.svg") == 302
    assert bytes(Letterhead.objects.get().logo) == DRAWING
    answer = signed_in(world.ana).get(ADDRESS + "logo")
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    quote = world.record("quote", party=world.customer(), title="Horno")
    found = printed(quote)
    assert found is not None
    assert found.content.startswith(b"%PDF")
    assert sent(world) == 302, "saving the rest leaves it"
    assert bytes(Letterhead.objects.get().logo) == DRAWING
    assert sent(world, remove_logo="on") == 302
    assert bytes(Letterhead.objects.get().logo) == b""
    assert signed_in(world.ana).get(ADDRESS + "logo").status_code == 404


@pytest.mark.parametrize(
    "content",
    [
        b"GIF89a" + b"\x00" * 40,
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 40,
        picture()[:200],
        b"%PDF-1.7",
        b"<svg",
        b"<html><body>x</body></html>",
        DRAWING.replace(b"<rect", b"<script>alert(1)</script><rect"),
        DRAWING.replace(b"<rect", b'<image href="/etc/hostname" width="4" height="1"/><rect'),
        DRAWING.replace(b"<rect", b"<image xlink:href='http://example.org/x.png'/><rect"),
        b'<!DOCTYPE svg [<!ENTITY a "aaaa">]>' + DRAWING,
        DRAWING + b" " * 1024 * 1024,
        picture(6000, 5000),
    ],
    ids=["gif", "bad png", "cut png", "pdf", "bad svg", "html", "script", "file", "network", "entity", "big", "pixels"],
)
def test_what_is_no_logo_is_refused_and_nothing_changes(world: World, content: bytes) -> None:
    assert sent(world, DRAWING, phone="1") == 302
    assert sent(world, content, phone="2") == 422
    kept = Letterhead.objects.get()
    assert (kept.phone, bytes(kept.logo)) == ("1", DRAWING)


def test_an_account_that_is_none_is_refused(world: World) -> None:
    assert sent(world, iban="ES00 2100") == 422
    assert not Letterhead.objects.exists()
