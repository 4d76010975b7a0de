"""A whole list as a file: CSV or XLSX, with the rights and the filters of the list.

Rows come in chunks, each by one short query, and go to a temporary file, so memory stays as it is however long the list
and however slow who fetches the file. What it may cost is bounded: so many rows, and so many exports at once in a
process; who asks for more is told so, on the list.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import get_format, number_format
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from .words import say

CHUNK = 1000
LIMITS = {"csv": 100_000, "xlsx": 30_000}
"""Rows of a file: about ten seconds of one processor."""
AT_ONCE = threading.BoundedSemaphore(2)
"""The exports of a process: its other threads answer everybody else."""
FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
"""How a text begins which a spreadsheet may take for a formula (OWASP, CSV Injection)."""
OLDEST = 1900
"""The year before which a spreadsheet has no dates."""


@dataclass(frozen=True)
class Column:
    heading: str
    value: Callable[[Any], Any]
    """What it says of a row: a text, a number, a date, an instant."""


def answer(
    request: HttpRequest,
    *,
    name: str,
    columns: Sequence[Column],
    rows: Iterable[Any],
    count: Callable[[int], int],
    back: str,
) -> HttpResponseBase:
    """The file that ``?format=`` names; or back to the list with the reason why not.

    ``count(at_most)`` says how many rows there are, counted no further than that.
    """
    kind = request.GET.get("format", "")
    if kind not in LIMITS:
        raise Http404
    limit = LIMITS[kind]
    if count(limit + 1) > limit:
        most = number_format(limit, force_grouping=True)
        messages.error(request, _("These are more than %(n)s rows: choose fewer with the filters.") % {"n": most})
        return redirect(back)
    if not AT_ONCE.acquire(blocking=False):
        messages.error(request, _("Other exports are under way. Try again in a moment."))
        return redirect(back)
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (the answer closes it)
    try:
        write = {"csv": write_csv, "xlsx": write_xlsx}[kind]
        write(file, [column.heading for column in columns], ([one.value(row) for one in columns] for row in rows))
    except BaseException:
        file.close()
        raise
    finally:
        AT_ONCE.release()
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name} {timezone.localdate():%Y-%m-%d}.{kind}")


def by_key(records: QuerySet[Any]) -> Iterator[Any]:
    """All rows of a query, newest first, in chunks of one query each."""
    chunk = list(records.order_by("-pk")[:CHUNK])
    while chunk:
        yield from chunk
        chunk = list(records.filter(pk__lt=chunk[-1].pk).order_by("-pk")[:CHUNK]) if len(chunk) == CHUNK else []


def write_csv(file: IO[bytes], headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """UTF-8 with the mark by which Excel knows it, in the language's own way: ";" where the comma is the decimal sign.

    A text that could be a formula gets an apostrophe before it.
    """
    decimal = get_format("DECIMAL_SEPARATOR")
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    lines = csv.writer(text, delimiter=";" if decimal == "," else ",", quoting=csv.QUOTE_ALL)

    def written(value: Any) -> str:
        match value:
            case str():
                return f"'{value}" if FORMULA.match(value) else value
            case int() | float() | Decimal():
                return f"{value:f}".replace(".", decimal) if not isinstance(value, int) else str(value)
            case dt.datetime():
                return value.isoformat(" ", "seconds")
        return "" if value is None else str(value)

    lines.writerow(headings)
    lines.writerows([written(plain(value)) for value in row] for row in rows)
    text.detach()  # flushes, and leaves the file open


def write_xlsx(file: IO[bytes], headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """One sheet, its first row fixed; numbers, dates and instants (on the user's clock) are cells of these types."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    for n, heading in enumerate(headings, start=1):
        sheet.column_dimensions[get_column_letter(n)].width = max(12, min(len(heading) + 4, 40))

    def text(value: str, font: Font | None = None) -> Any:
        """A text that stays one, whatever it looks like."""
        cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value))
        cell.data_type = "s"
        if font:
            cell.font = font
        return cell

    def written(value: Any) -> Any:
        if isinstance(value, str):
            return text(value) if value[:1] in "=#" else ILLEGAL_CHARACTERS_RE.sub("", value)
        if isinstance(value, dt.date) and value.year < OLDEST:
            return str(value)
        return value

    bold = Font(bold=True)
    sheet.append([text(heading, bold) for heading in headings])
    for row in rows:
        sheet.append([written(plain(value)) for value in row])
    book.save(file)


def plain(value: Any) -> Any:
    """What stands in a cell: a text, a number, a date, an instant on the user's clock, or None."""
    match value:
        case None | "":
            return None
        case dt.datetime():
            return timezone.make_naive(value).replace(microsecond=0) if timezone.is_aware(value) else value
        case bool():
            return say(value)
        case str() | int() | float() | Decimal() | dt.date():
            return value
    return say(value)
