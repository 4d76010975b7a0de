"""A sheet to PDF, by typst: in a folder with nothing but our template, the sheet's data and its pictures.

Typst reads no file outside of the folder, and the template asks for none and for no package, so nothing is loaded from
anywhere. Takes some 30 ms for twenty lines, under a second for a thousand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst

from .sheet import Sheet

HERE = Path(__file__).parent
TEMPLATE = (HERE / "typst" / "sheet.typ").read_bytes()
TRIAL = b'#image(read("image", encoding: none), width: 1cm)'
UNPRINTABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ufffe\uffff]")
"""Control signs but the end of a line: they have no shape."""

Failed = typst.TypstError
KEPT = 10
LONG = 20_000
"""Typst keeps what it has computed for so many documents more, 200 MB after one of a thousand lines. After one whose
data has more than so many signs it is given empty ones, for which it lets go of all that."""


def pdf(sheet: Sheet, *, letterhead: Mapping[str, Any], logo: bytes, language: str, page_of: str) -> bytes:
    """``letterhead``: name, lines and foot of the company; ``page_of`` is "Page {n} of {all}" in words."""
    data = {**plain(sheet), "letterhead": plain(letterhead), "language": language, "page_of": page_of}
    images = {"logo": logo, "drawing": sheet.drawing}
    return _compiled(TEMPLATE, json.dumps({**data, "images": [name for name in images if images[name]]}), images)


def try_image(image: bytes) -> None:
    """Raises ``Failed`` for what can't be printed."""
    _compiled(TRIAL, "{}", {"image": image})


def _compiled(template: bytes, data: str, images: Mapping[str, bytes]) -> bytes:
    with TemporaryDirectory(prefix="hilvan-print-") as name:
        folder = Path(name)
        (folder / "sheet.json").write_text(data, encoding="utf-8")
        for image, content in images.items():
            (folder / image).write_bytes(content)
        (folder / "main.typ").write_bytes(template)
        made = typst.compile(folder / "main.typ", root=folder, font_paths=_fonts(), ignore_system_fonts=True)
    if len(data) > LONG:
        for _ in range(KEPT + 1):
            typst.compile(b"", font_paths=_fonts(), ignore_system_fonts=True)
    return made


@cache
def _fonts() -> typst.Fonts:
    """Ours, and the machine's for scripts that ours lack."""
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=False, font_paths=[str(HERE / "fonts")])


def plain(value: Any) -> Any:
    """The value as JSON has it: a dataclass by its fields, with ``is`` for what it is; all else as text."""
    if is_dataclass(value):
        told = {one.name: plain(getattr(value, one.name)) for one in fields(value)}
        return {"is": type(value).__name__.lower(), **told}
    match value:
        case bool() | None:
            return value
        case bytes():
            return None  # a picture, which stands in a file of its own
        case Mapping():
            return {name: plain(one) for name, one in value.items()}
        case list() | tuple():
            return [plain(one) for one in value]
        case _:
            return UNPRINTABLE.sub("", str(value).replace("\r\n", "\n").replace("\t", " "))
