"""Dates, numbers and words as people and programs write them, in Spanish and in English."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Literal

from babel import Locale
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from .reading import Cell

Order = Literal["", "dmy", "mdy"]
"""Whether day or month comes first in "3/4/2026"; "" where nothing tells."""
Mark = Literal["", ",", "."]
"""What begins the decimals."""

YEARS = range(1900, 3000)
LONGEST_NUMBER = 30
"""Digits; "1e999999" would fill the memory."""
YES = frozenset({"1", "x", "yes", "y", "true", "si", "s", "verdadero", "on"})
NO = frozenset({"0", "no", "n", "false", "falso", "off"})

_DAY = re.compile(r"(\d{1,4})[/.\-](\d{1,2})[/.\-](\d{1,4})$")
_TIME = re.compile(r"(?:^|[T ,]+)(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?\s*([ap])?\.?\s*(?:m\.?)?\s*$", re.IGNORECASE)
_NOT_NUMBER = re.compile(r"[\s'’%]|[^\W\d_]{1,3}\b\.?|[€$£¥]", re.UNICODE)


class Wrong(ValueError):
    """Why a cell's value is none of its field, in words."""


def fold(text: str) -> str:
    """As texts are compared: without case, accents, and the marks between words."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r"[\s_]+", " ", plain.casefold()).strip(" .:*")


def text_of(cell: Cell) -> str:
    return "" if cell is None else str(cell).strip()


# -- Dates --


def order_of(cells: Iterable[Cell]) -> Order:
    """What the dates of a column tell by those of which one part can be no month."""
    for cell in cells:
        parts = _DAY.match(re.split(r"[T ]", text_of(cell), maxsplit=1)[0])
        if parts and len(parts[1]) < 3:
            if int(parts[1]) > 12:
                return "dmy"
            if int(parts[2]) > 12:
                return "mdy"
    return ""


def moment(cell: Cell, order: Order, zone: dt.tzinfo) -> dt.date | dt.datetime:
    """A day, or an instant where a time is given: on the clock of ``zone`` unless it has an offset.

    Raises ``Wrong``.
    """
    text = text_of(cell)
    try:
        instant = dt.datetime.fromisoformat(text)
    except ValueError:
        instant = None
    try:
        if instant is not None and re.match(r"\d{4}-", text):
            if len(text) == 10:
                return _within(instant.date())
            _within(instant.date())
            return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(dt.UTC)
        time = _TIME.search(text)
        day = _day(text[: time.start()] if time else text, order)
        if time is None:
            return day
        hour = int(time[1]) % 12 + 12 * (time[4].lower() == "p") if time[4] else int(time[1])
        return dt.datetime.combine(day, dt.time(hour, int(time[2]), int(time[3] or 0)), zone).astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise Wrong(_("“%(text)s” is no date.") % {"text": text[:100]}) from error


def day(cell: Cell, order: Order, zone: dt.tzinfo) -> dt.date:
    """A day; of an instant its day in ``zone``. Raises ``Wrong``."""
    found = moment(cell, order, zone)
    return found.astimezone(zone).date() if isinstance(found, dt.datetime) else found


def _day(text: str, order: Order) -> dt.date:
    text = text.strip(" ,")
    if parts := _DAY.match(text):
        one, two, three = int(parts[1]), int(parts[2]), int(parts[3])
        if len(parts[1]) == 4:
            return _within(dt.date(one, two, three))
        year = three if len(parts[3]) > 2 else 2000 + three - 100 * (three >= 70)
        return _within(dt.date(year, one, two) if order == "mdy" else dt.date(year, two, one))
    words = [word for word in re.split(r"[\s,./\-]+", fold(text)) if word not in ("de", "del", "of")]
    months = [(place, found) for place, word in enumerate(words) if (found := month_names().get(word))]
    if len(words) != 3 or len(months) != 1:
        raise ValueError(text)
    place, month = months[0]
    numbers = [int(re.sub(r"(st|nd|rd|th|º)$", "", word)) for n, word in enumerate(words) if n != place]
    number, year = sorted(numbers)
    return _within(dt.date(year if year > 99 else 2000 + year, month, number))


def _within(day: dt.date) -> dt.date:
    if day.year not in YEARS:
        raise ValueError(day)
    return day


@cache
def month_names() -> Mapping[str, int]:
    """Whole and short, in the screen's languages (CLDR)."""
    names: dict[str, int] = {}
    for language, _name in settings.LANGUAGES:
        for width in ("wide", "abbreviated"):
            months = Locale.parse(language).months["format"][width]
            names |= {fold(name): month for month, name in months.items()}
    return names | {fold(name)[:3]: month for name, month in names.items()}


# -- Numbers --


def mark_of(cells: Iterable[Cell]) -> Mark:
    """What the numbers of a column tell by those that can be read in one way only."""
    for cell in cells:
        if not isinstance(cell, str):
            continue
        text = _NOT_NUMBER.sub("", cell)
        last = max(text.rfind(","), text.rfind("."))
        if last < 0:
            continue
        other = "." if text[last] == "," else ","
        if other in text:
            return "," if text[last] == "," else "."
        if text.count(text[last]) > 1:
            return "." if text[last] == "," else ","
        if len(text) - last - 1 != 3 or last > 3 or text.lstrip("-").startswith("0"):
            return "," if text[last] == "," else "."
    return ""


def number(cell: Cell, mark: Mark) -> Decimal:
    """ "1.234,56 €", "$1,234.56", "(12)", 12.5. Raises ``Wrong``."""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return Decimal(str(cell))
    text = text_of(cell)
    plain = _NOT_NUMBER.sub("", text)
    if accountants := re.fullmatch(r"\((.+)\)", plain):
        plain = f"-{accountants[1]}"
    thousands = "." if mark == "," else ","
    plain = plain.replace(thousands, "").replace(mark or ".", ".")
    try:
        found = Decimal(plain)
    except InvalidOperation:
        found = Decimal("nan")
    if not found.is_finite() or abs(found.adjusted()) > LONGEST_NUMBER or not re.search(r"\d", text):
        raise Wrong(_("“%(text)s” is no number.") % {"text": text[:100]})
    return found


def whole_number(cell: Cell, mark: Mark) -> int:
    found = number(cell, mark)
    if found != found.to_integral_value():
        raise Wrong(_("“%(text)s” is no whole number.") % {"text": text_of(cell)[:100]})
    return int(found)


# -- Words --


def yes_or_no(cell: Cell) -> bool:
    if isinstance(cell, bool):
        return cell
    word = fold(text_of(cell))
    if word not in YES | NO:
        raise Wrong(_("“%(text)s” is neither yes nor no.") % {"text": text_of(cell)[:100]})
    return word in YES


def in_all_languages(label: Any) -> list[str]:
    """What a text of the program says in each of the screen's languages."""
    said = []
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            said.append(str(label))
    return said
