"""A file as rows of cells: CSV in the encodings and with the separators that programs write, and XLSX."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any
from xml.etree.ElementTree import ParseError

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

MAX_BYTES = 20 * 2**20
MAX_UNPACKED = 100 * 2**20
"""Of an XLSX, which is a ZIP: all of its parts together. The texts of its cells are read into memory."""
MAX_ROWS = 50_000
MAX_COLUMNS = 200
SEPARATORS = ";,\t|"
SAMPLE = 50
"""Rows by which the separator is told."""

Cell = str | int | float | bool | None
Row = tuple[int, list[Cell]]
"""The row's number in the file, from 1, and its cells."""


class Unreadable(Exception):
    """Why a file is no table that can be imported, in words."""


@dataclass(frozen=True)
class Table:
    """Headings, all different, and rows that are not empty."""

    columns: list[str]
    rows: list[Row]


def read(file: IO[bytes]) -> Table:
    """The table in a file; raises ``Unreadable``. Of an XLSX it is the first sheet."""
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Unreadable(too_big())
    if not data.strip():
        raise Unreadable(_("The file is empty."))
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(
            _("This is an old Excel file or one with a password: save it as .xlsx without one, or as CSV.")
        )
    return _table(_xlsx(data) if data.startswith(b"PK\x03\x04") else _csv(data))


def too_big() -> str:
    return _("The file has more than %(n)d MB: divide it.") % {"n": MAX_BYTES // 2**20}


def _table(rows: Iterable[Row]) -> Table:
    filled = ((line, cells) for line, cells in rows if any(cell not in (None, "") for cell in cells))
    _line, head = next(filled, (0, []))
    columns = [str(cell if cell is not None else "").strip() for cell in head]
    while columns and not columns[-1]:
        columns.pop()
    if not columns:
        raise Unreadable(_("The file is empty."))
    if len(columns) > MAX_COLUMNS:
        raise Unreadable(_("The file has more than %(n)d columns.") % {"n": MAX_COLUMNS})
    columns = [name or _("Column %(n)d") % {"n": place} for place, name in enumerate(columns, start=1)]
    folded = [name.casefold() for name in columns]
    for place, name in enumerate(folded):
        if name in folded[:place]:
            raise Unreadable(_("Two columns are called “%(name)s”: give each a heading of its own.") % {
                "name": columns[place]})  # fmt: skip
    kept = []
    for line, cells in filled:
        while len(cells) > len(columns) and cells[-1] in (None, ""):
            cells.pop()
        if any(isinstance(cell, str) and "\x00" in cell for cell in [*cells, *columns]):
            raise Unreadable(_("Row %(n)d has a NUL character: this is no text.") % {"n": line})
        kept.append((line, cells))
        if len(kept) > MAX_ROWS:
            raise Unreadable(_("The file has more than %(n)d rows: divide it.") % {"n": MAX_ROWS})
    if not kept:
        raise Unreadable(_("The file has headings and no rows."))
    return Table(columns, kept)


# -- CSV (RFC 4180, with other separators and encodings) --


def _csv(data: bytes) -> Iterator[Row]:
    text = decode(data)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text))
    try:
        before = 0
        for cells in reader:
            yield before + 1, [cell.strip() for cell in cells]
            before = reader.line_num
    except csv.Error as error:
        raise Unreadable(
            _("Row %(n)d can't be read: a quotation mark may be missing.") % {"n": reader.line_num}
        ) from error


def decode(data: bytes) -> str:
    """UTF-8 and UTF-16, with their marks or without; else what Windows writes in western Europe (cp1252)."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif data[1:4:2] == b"\0\0":
        encodings = ["utf-16-le"]
    elif data[0:3:2] == b"\0\0":
        encodings = ["utf-16-be"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            raise Unreadable(_("This is neither CSV nor XLSX."))
        return text
    raise Unreadable(_("The encoding of the file is unknown: save it as CSV in UTF-8."))


def _separator(text: str) -> str:
    """The one that parts the heading into most cells, and the rows after it into as many."""
    lines = text[:200_000].splitlines(keepends=True)
    line = next(iter(lines), "")
    if stated := re.fullmatch(r"sep=(.)\s*", line):  # Excel's own word
        return stated[1]

    def columns(separator: str) -> tuple[int, int]:
        try:
            rows = [row for row, _n in zip(csv.reader(lines, delimiter=separator), range(SAMPLE), strict=False) if row]
        except csv.Error:
            return 0, 0
        width = len(rows[0]) if rows else 0
        return (sum(len(row) == width for row in rows) if width > 1 else 0), width

    return max(",;\t|", key=columns)


# -- XLSX (ECMA-376) --


def _xlsx(data: bytes) -> Iterator[Row]:
    _check_parts(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # other programs write wrong ones
        for line, cells in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS + 1, values_only=True), start=1):
            if line > 10 * MAX_ROWS:  # empty ones to no end
                raise Unreadable(_("The file has more than %(n)d rows: divide it.") % {"n": MAX_ROWS})
            yield line, [_plain(cell) for cell in cells]
    except (
        *(ArithmeticError, AttributeError, EOFError, IndexError, InvalidFileException, KeyError, NotImplementedError),
        *(OSError, ParseError, TypeError, ValueError, zipfile.BadZipFile),
    ) as error:
        raise Unreadable(_("This is no XLSX that can be read: save it anew, or as CSV.")) from error


def _check_parts(data: bytes) -> None:
    """Before anything is unpacked: how much it would be, and no declarations of types, which a sheet never has."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            if sum(part.file_size for part in parts.infolist()) > MAX_UNPACKED:
                raise Unreadable(
                    _("Unpacked the file has more than %(n)d MB: divide it.") % {"n": MAX_UNPACKED // 2**20}
                )
            for part in parts.infolist():
                if part.filename.endswith((".xml", ".rels")):
                    with parts.open(part) as start:
                        if b"<!" in start.read(1024).replace(b"<!--", b""):
                            raise Unreadable(_("This is no XLSX that can be read: save it anew, or as CSV."))
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
        raise Unreadable(_("This is no XLSX that can be read: save it anew, or as CSV.")) from error


def _plain(cell: Any) -> Cell:
    """What JSON can keep: numbers as they are, dates in ISO 8601."""
    if isinstance(cell, dt.datetime):
        return (cell.date() if cell.time() == dt.time() else cell.replace(microsecond=0)).isoformat()
    if isinstance(cell, float):
        if cell != cell or cell in (float("inf"), float("-inf")):
            return None
        return int(cell) if cell.is_integer() and abs(cell) < 2**53 else cell
    if cell is None or isinstance(cell, (bool, int)):
        return cell
    return cell.strip() if isinstance(cell, str) else str(cell)
