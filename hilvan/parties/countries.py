"""What countries are called, in the language of the screen (Unicode CLDR)."""

from __future__ import annotations

from unicodedata import normalize

from babel import Locale
from django.utils.translation import get_language

from hilvan.people.identifiers import COUNTRIES


def country_name(code: str) -> str:
    """ "Francia" for "FR"; the code itself where there is no such country."""
    return str(_names().get(code, code))


def countries() -> list[tuple[str, str]]:
    """Codes and names for a form, by name: accents make no difference."""
    return sorted(((code, country_name(code)) for code in COUNTRIES), key=lambda one: normalize("NFKD", one[1]))


def _names() -> dict[str, str]:
    return dict(Locale.parse(get_language() or "en", sep="-").territories)
