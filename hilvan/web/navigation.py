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


_pages: list[Page] = []


def register(page: Page) -> None:
    _pages.append(page)


def navigation(user: User, path: str) -> list[dict[str, Any]]:
    """The sections of the menu with their entries, as ``base.html`` shows them. Asks the database nothing."""
    entries = [
        (kind.section, kind.position, kind.label_plural, kind.icon, reverse("record_list", kwargs={"kind": kind}))
        for kind in kinds
        if user.may(Action.VIEW, kind.name)
    ]
    entries += [
        (page.section, page.position, page.label, page.icon, reverse(page.url_name))
        for page in _pages
        if page.shown_to(user)
    ]
    sections: dict[str, list[dict[str, Any]]] = {}
    for section, _position, label, icon, url in sorted(entries, key=lambda entry: (str(entry[0]) != "", entry[1])):
        sections.setdefault(str(section), []).append(
            {"label": label, "url": url, "icon": icon, "current": path == url or (url != "/" and path.startswith(url))}
        )
    return [{"label": label, "entries": section} for label, section in sections.items()]


def new_entries(user: User) -> list[dict[str, Any]]:
    """What "+ New" offers: every kind that the user may create, from nothing."""
    return [
        {
            "label": kind.label,
            "url": reverse("record_new", kwargs={"kind": kind}),
            "icon": kind.icon,
            "shortcut": kind.shortcut,
        }
        for kind in kinds
        if user.may(Action.CREATE, kind.name)
    ]
