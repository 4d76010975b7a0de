"""What one can say in the search box besides looking for something: "new opportunity", "crear cliente", "ir a tablero".

The commands are the entries of the menus. They are understood in every language, whatever the user's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from hilvan.people.models import User
from hilvan.records.search import folded, words_of

from .navigation import destinations, new_entries

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

MAKE = frozenset({"crear", "nuevo", "nueva", "anadir", "create", "new", "add"})
GO = frozenset({"ir", "abrir", "go", "open"})
BETWEEN = frozenset({"a", "al", "la", "el", "los", "las", "un", "una", "to", "the", "an"})
MOST = 6


@dataclass(frozen=True)
class Command:
    label: str
    icon: str
    url: str


def commands(text: str, user: User) -> list[Command]:
    """The commands that begin as the text does, at most ``MOST``; asks the database nothing."""
    verb, *rest = [folded(word) for word in words_of(text)] or [""]
    makes, goes = verb in MAKE, verb in GO
    words = [word for word in (rest if makes or goes else [verb, *rest]) if word not in BETWEEN]
    if not words and not makes and not goes:
        return []
    return list(_meant(words, user, makes=not goes, goes=not makes))[:MOST]


def _meant(words: list[str], user: User, *, makes: bool, goes: bool) -> Iterator[Command]:
    if makes:
        for entry in new_entries(user):
            if _names(entry["label"], words):
                yield Command(str(entry.get("command") or entry["label"]), entry["icon"], entry["url"])
    if goes:
        for entry in destinations(user):
            if _names(entry["label"], words):
                yield Command(_("Go to %(page)s") % {"page": entry["label"]}, entry["icon"], entry["url"])


def _names(label: _StrOrPromise, words: Iterable[str]) -> bool:
    """Whether each of the words begins one of the label's, in any of the languages."""
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            named = [folded(word) for word in words_of(str(label))]
        if all(any(one.startswith(word) for one in named) for word in words):
            return True
    return False
