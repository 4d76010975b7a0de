"""The panels of a record's page that other parts bring: activities, notices, attachments.

A part registers its panel when its app is ready. Each page asks every panel what it has to show of the record.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hilvan.people.models import User
from hilvan.records.models import Record

Context = Callable[[Record, User, dt.datetime | None], dict[str, Any] | None]
"""``context(record, user, as_of)``: the variables of the panel's template, now or as of an instant.

None where the panel has no place on this record's page. It must cost the same number of queries whatever it shows.
"""


@dataclass(frozen=True)
class Panel:
    name: str
    template: str
    context: Context
    position: int


_panels: dict[str, Panel] = {}


def register(name: str, template: str, context: Context, position: int = 100) -> None:
    """Show ``template`` (a ``<section class="panel">``) on every record's page, in the order of the positions."""
    if name in _panels:
        raise ValueError(f"There already is a panel {name}.")
    _panels[name] = Panel(name, template, context, position)


def of(record: Record, user: User, as_of: dt.datetime | None = None) -> list[tuple[str, dict[str, Any]]]:
    """The panels of a record's page as (template, variables)."""
    shown = []
    for panel in sorted(_panels.values(), key=lambda panel: (panel.position, panel.name)):
        variables = panel.context(record, user, as_of)
        if variables is not None:
            shown.append((panel.template, variables))
    return shown
