"""Time zones of the IANA database: those that one chooses from, and the country in which each lies."""

from __future__ import annotations

import zoneinfo
from functools import cache
from importlib import resources

FIRST = ("Europe/Madrid", "Atlantic/Canary")
"""Those that most will choose."""


@cache
def country_of(zone: str) -> str:
    """The country (ISO 3166-1 alpha-2) in which a zone lies; "" for one that lies in none (UTC)."""
    return _countries().get(zone, "")


@cache
def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """The zones in which people live, by region, as a select shows them."""
    regions: dict[str, list[tuple[str, str]]] = {"": [(zone, zone) for zone in FIRST]}
    for zone in sorted(_countries().keys() & zoneinfo.available_timezones() - set(FIRST)):
        region, _, place = zone.partition("/")
        regions.setdefault(region, []).append((zone, place.replace("_", " ").replace("/", ", ")))
    return [("—", [*regions.pop(""), ("UTC", "UTC")]), *regions.items()]


@cache
def _countries() -> dict[str, str]:
    text = (resources.files("tzdata.zoneinfo") / "zone.tab").read_text(encoding="utf-8")
    lines = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return {zone: country for country, _coordinates, zone, *_ in lines}
