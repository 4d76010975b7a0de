"""The addresses of records' pages."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache
from urllib.parse import quote, quote_plus, urlencode

from django.urls import register_converter, reverse

from hilvan.records.kinds import Kind, kinds


class KindConverter:
    """A kind in an address, by its path: "opportunities". An unknown one is no address (404)."""

    regex = "[a-z][a-z-]*"

    def to_python(self, value: str) -> Kind:
        kind = kinds.by_path(value)
        if kind is None:
            raise ValueError(value)
        return kind

    def to_url(self, value: Kind | str) -> str:
        return value if isinstance(value, str) else value.path


class NumberConverter:
    """A record's number in an address: "OPO-2026-000042"."""

    regex = r"[A-Za-z]{2,8}-\d{4}-\d+"

    def to_python(self, value: str) -> str:
        return value.upper()

    def to_url(self, value: str) -> str:
        return value


register_converter(KindConverter, "kind")
register_converter(NumberConverter, "number")


def record_url(kind: str, number: str, page: str = "record_page", **more: str) -> str:
    """The address of a record's page, or of another page about it, from its kind's name and its number."""
    if more:
        return reverse(page, kwargs={"kind": kinds[kind].path, "number": number, **more})
    return _address(page, kind).replace(_SAMPLE, number)


_SAMPLE = "AA-0000-0"


@cache
def _address(page: str, kind: str) -> str:
    """The address of a sample: a list has some hundred of them, and ``reverse`` takes 50 µs for each."""
    return reverse(page, kwargs={"kind": kinds[kind].path, "number": _SAMPLE})


def as_of_query(as_of: dt.datetime | None) -> str:
    """What an address needs so that the page behind it shows the same instant."""
    return "?" + urlencode({"as_of": as_of.isoformat()}) if as_of else ""


def call_url(phone: str) -> str:
    """What calls a number, however it is written; nothing for one without digits."""
    digits = re.sub(r"[^+0-9]", "", phone)
    return f"tel:{digits}" if digits else ""


def write_url(address: str) -> str:
    """What begins a mail."""
    return f"mailto:{quote(address, safe='@+')}" if address else ""


def map_url(place: str) -> str:
    """A map with a postal address in it."""
    return f"https://www.openstreetmap.org/search?query={quote_plus(place)}" if place else ""
