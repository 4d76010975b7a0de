"""Files as tables: encodings, separators, spreadsheets, and what is refused with a clear word."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from openpyxl import Workbook

from hilvan.importing.tables import reading, values
from hilvan.importing.tables.reading import Unreadable, read
from hilvan.importing.tables.values import Wrong

MADRID = ZoneInfo("Europe/Madrid")


def table(data: bytes) -> reading.Table:
    return read(io.BytesIO(data))


def sheet(*rows: list[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_encoding_and_separator_are_told_by_the_file(encoding: str, separator: str) -> None:
    text = separator.join(["Nombre", "Población"]) + "\r\n" + separator.join(["Peña e Hijos", "A Coruña"]) + "\r\n"
    assert table(text.encode(encoding)) == reading.Table(["Nombre", "Población"], [(2, ["Peña e Hijos", "A Coruña"])])


def test_a_cell_may_have_separators_and_line_breaks_within_quotation_marks() -> None:
    read_ = table(b'name;notes\n"Sol; Luna";"one\ntwo"\n\nMar;\n')
    assert read_.rows == [(2, ["Sol; Luna", "one\ntwo"]), (5, ["Mar", ""])]


def test_a_spreadsheet_keeps_numbers_dates_and_text_apart() -> None:
    read_ = table(sheet(["Name", "Amount", "Day", "Code"], ["Sol", 1234.5, dt.date(2026, 3, 1), "007"], [None, None]))
    assert read_ == reading.Table(["Name", "Amount", "Day", "Code"], [(2, ["Sol", 1234.5, "2026-03-01", "007"])])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The file is empty."),
        (b" \r\n\r\n", "The file is empty."),
        (b"name;city\r\n", "The file has headings and no rows."),
        (b"name;Name\nSol;Luna\n", "Two columns are called “Name”: give each a heading of its own."),
        (b"name;city\nSol;a\x00b\n", "This is neither CSV nor XLSX."),
        (b"name;city\n\x81\x8d;\x8f\n", "The encoding of the file is unknown: save it as CSV in UTF-8."),
        (b"PK\x03\x04 no zip", "This is no XLSX that can be read: save it anew, or as CSV."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "This is an old Excel file or one with a password"),
        (b"name\n" + b"a" * 200_000, "Row 2 can't be read: a quotation mark may be missing."),
        (b"x" * (reading.MAX_BYTES + 1), "The file has more than 20 MB: divide it."),
        (b"name\n" + b"a\n" * (reading.MAX_ROWS + 1), "The file has more than 50000 rows: divide it."),
        (b";".join(b"c%d" % n for n in range(201)) + b"\n1\n", "The file has more than 200 columns."),
    ],
)
def test_what_is_no_table_is_refused_in_words(data: bytes, said: str) -> None:
    with translation.override("en"), pytest.raises(Unreadable) as refusal:
        table(data)
    assert str(refusal.value).startswith(said)


def repacked(data: bytes, name: str, content: bytes) -> bytes:
    """A spreadsheet with another part in place of one of its own."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, content if part == name else old.read(part))
    return out.getvalue()


def test_a_spreadsheet_that_would_fill_the_memory_is_refused_before_it_is_unpacked() -> None:
    bomb = repacked(sheet(["a"], ["b"]), "xl/worksheets/sheet1.xml", b"<x>" + b" " * (reading.MAX_UNPACKED + 1))
    assert len(bomb) < 1_000_000
    with translation.override("en"), pytest.raises(Unreadable, match="Unpacked the file has more than 100 MB"):
        table(bomb)


def test_a_spreadsheet_that_declares_entities_is_refused() -> None:
    evil = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet/>'
    with translation.override("en"), pytest.raises(Unreadable, match="This is no XLSX that can be read"):
        table(repacked(sheet(["a"], ["b"]), "xl/worksheets/sheet1.xml", evil))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-04", dt.date(2026, 3, 4)),
        ("4/3/2026", dt.date(2026, 3, 4)),
        ("04.03.26", dt.date(2026, 3, 4)),
        ("2026/03/04", dt.date(2026, 3, 4)),
        ("4 de marzo de 2026", dt.date(2026, 3, 4)),
        ("4 mar 2026", dt.date(2026, 3, 4)),
        ("March 4th, 2026", dt.date(2026, 3, 4)),
        ("15 sept. 2026", dt.date(2026, 9, 15)),
    ],
)
def test_days_are_read_in_spanish_and_in_english(text: str, day: dt.date) -> None:
    assert values.moment(text, "dmy", MADRID) == day


def test_the_order_of_day_and_month_is_told_by_the_column() -> None:
    assert values.order_of(["03/04/2026", "03/25/2026"]) == "mdy"
    assert values.order_of(["03/04/2026", "25/03/2026"]) == "dmy"
    assert values.order_of(["03/04/2026", "2026-12-25", ""]) == ""
    assert values.day("03/04/2026", "mdy", MADRID) == dt.date(2026, 3, 4)


def test_a_time_is_that_of_the_users_clock_unless_it_has_an_offset() -> None:
    nine = dt.datetime(2026, 3, 4, 8, tzinfo=dt.UTC)
    for text in ("4/3/2026 9:00", "2026-03-04T09:00", "2026-03-04 09:00:00", "4/3/2026 9:00 AM", "2026-03-04T08:00Z"):
        assert values.moment(text, "dmy", MADRID) == nine


@pytest.mark.parametrize("text", ["31/02/2026", "soon", "2026", "1/1/0001", "99/99/9999", "12:00"])
def test_what_is_no_date_is_told(text: str) -> None:
    with pytest.raises(Wrong):
        values.moment(text, "dmy", MADRID)


@pytest.mark.parametrize(
    ("cell", "mark", "number"),
    [
        ("1.234,56 €", ",", "1234.56"), ("$1,234.56", ".", "1234.56"), ("1 234,5", ",", "1234.5"),
        ("1.234", ",", "1234"), ("1.234", ".", "1.234"), ("-3,5 %", ",", "-3.5"), ("(12)", ",", "-12"),
        ("EUR 12", "", "12"), (12.5, ",", "12.5"), (1234, ",", "1234"),
    ],
)  # fmt: skip
def test_numbers_are_read_with_commas_or_points(cell: reading.Cell, mark: values.Mark, number: str) -> None:
    assert values.number(cell, mark) == Decimal(number)


def test_what_begins_the_decimals_is_told_by_the_column() -> None:
    assert values.mark_of(["1.234", "1.234,5"]) == ","
    assert values.mark_of(["1,234", "12.5"]) == "."
    assert values.mark_of(["1.234.567"]) == ","
    assert values.mark_of(["1.234", "12", 1.5]) == ""


@pytest.mark.parametrize("text", ["", "abc", "12abcd", "1e999999999", "NaN", "--1"])
def test_what_is_no_number_is_told(text: str) -> None:
    with pytest.raises(Wrong):
        values.number(text, ",")
