"""The entries of the side menu: every kind that the user may see, and the pages that parts add.

A part adds its page when its app is ready.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from hilvan.people.models import User
from hilvan.people.permissions import Action
from hilvan.records.kinds import kinds

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True)
class Page:
    """A page that is no kind's list; ``section`` is the heading under which it stands, "" on top of all."""

    section: _StrOrPromise
    label: _StrOrPromise
    icon: str
    url_name: str
    position: int = 100
    shown_to: Callable[[User], bool] = lambda user: True
    in_menu: bool = True
    """Otherwise it is reached from another page, or by its name in the search box."""


@dataclass(frozen=True)
class New:
    """An entry of "+ New" that is no kind's form; ``right`` is the kind of which one must be allowed to create some."""

    label: _StrOrPromise
    icon: str
    url_name: str
    right: str
    shortcut: str = ""


_pages: list[Page] = []
_new: list[New] = []


def register(page: Page) -> None:
    _pages.append(page)


def register_new(entry: New) -> None:
    _new.append(entry)


def navigation(user: User, path: str) -> list[dict[str, Any]]:
    """The sections of the menu with their entries, as ``base.html`` shows them. Asks the database nothing."""
    sections: dict[str, list[dict[str, Any]]] = {}
    entries = [entry for entry in destinations(user) if entry["in_menu"]]
    # The longest one: the forecast's address begins with that of the opportunities.
    here = max((entry["url"] for entry in entries if path.startswith(entry["url"])), key=len, default="")
    for entry in entries:
        current = entry["url"] == here and (here != "/" or path == "/")
        sections.setdefault(str(entry["section"]), []).append({**entry, "current": current})
    return [{"label": label, "entries": section} for label, section in sections.items()]


def destinations(user: User) -> list[dict[str, Any]]:
    """Every list and page that the user may go to, in the order of the menu. Asks the database nothing."""
    entries = [
        (kind.section, kind.position, kind.label_plural, kind.icon, reverse("record_list", kwargs={"kind": kind}), True)
        for kind in kinds
        if user.may(Action.VIEW, kind.name)
    ]
    entries += [
        (page.section, page.position, page.label, page.icon, reverse(page.url_name), page.in_menu)
        for page in _pages
        if page.shown_to(user)
    ]
    names = ("section", "position", "label", "icon", "url", "in_menu")
    return [
        dict(zip(names, entry, strict=True))
        for entry in sorted(entries, key=lambda entry: (str(entry[0]) != "", entry[1]))
    ]


def new_entries(user: User) -> list[dict[str, Any]]:
    """What "+ New" offers: every kind that the user may create, from nothing, and what parts add."""
    kinds_forms = [
        {
            "label": kind.label,
            "command": kind.new_label,
            "url": reverse("record_new", kwargs={"kind": kind}),
            "icon": kind.icon,
            "shortcut": kind.shortcut,
        }
        for kind in kinds
        if user.may(Action.CREATE, kind.name)
    ]
    return kinds_forms + [
        {"label": entry.label, "url": reverse(entry.url_name), "icon": entry.icon, "shortcut": entry.shortcut}
        for entry in _new
        if user.may(Action.CREATE, entry.right)
    ]
