"""A record's history in words: "Ana García: Stage: Proposal → Negotiation (screen)".

For any registered kind. Fields are named as the kind's form names them; references are resolved with one query a
table, and what the reader may not see stays unnamed.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db.models import Field, ForeignKey, Model
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hilvan.people.models import User
from hilvan.records.history import Channel, Entry
from hilvan.records.kinds import Kind
from hilvan.records.models import Record
from hilvan.records.presentation import changes_of

from .words import label_of, say

CHANNELS = {
    Channel.SCREEN: gettext_lazy("screen"),
    Channel.API: "API",
    Channel.MAIL: gettext_lazy("mail"),
    Channel.IMPORT: gettext_lazy("import"),
    Channel.AUTOMATION: gettext_lazy("automation"),
    Channel.COMMAND: gettext_lazy("command line"),
    "sql": "SQL",
}
ICONS = {"create": "plus", "archive": "archive", "unarchive": "arrow-back-up"}
NOTHING = "—"

Names = dict[tuple[type[Model], int], str]


def told(record: Record, entries: list[Entry], user: User) -> list[dict[str, Any]]:
    """Entries of a record for ``components/timeline.html``."""
    names = _names(entries, user)
    return [_told(record.declaration, entry, names) for entry in entries]


def _told(kind: Kind, entry: Entry, names: Names) -> dict[str, Any]:
    """One entry: at birth what was written down, later what each field was and is."""
    verb = entry.verb.rpartition(".")[2]
    born = "uuid" in entry.fields
    told = []
    for name, (field, (before, after)) in changes_of(entry).items():
        label = str(capfirst(field.verbose_name)) if "." in name else label_of(kind, str(field.column))
        new = _said(field, after, names)
        if not born:
            told.append(f"{label}: {_said(field, before, names) or NOTHING} → {new or NOTHING}")
        elif new and after is not False and after != entry.record.pk:
            told.append(f"{label}: {new}")
    offered = next((one for one in kind.verbs if one.name == verb), None)
    if born:
        text = _("Created")
    elif verb == "archive":
        text = _("Archived")
    elif verb == "unarchive":
        text = _("Brought back")
    else:
        text = " · ".join(told) or (str(offered.label) if offered else _("Changed"))
    through = f"({CHANNELS.get(entry.channel, entry.channel)})"
    return {
        "at": entry.at,
        "actor": entry.actor.name if entry.actor else "Hilván",
        "text": text,
        "icon": ICONS.get(verb) or (offered.icon if offered else "pencil"),
        "url": "",
        "detail": " · ".join([through, *(told if born else ())]),
        "quote": entry.note,
    }


def _names(entries: list[Entry], user: User) -> Names:
    """What the references in these entries are called: one query for each table referred to."""
    wanted: dict[type[Model], set[int]] = defaultdict(set)
    for entry in entries:
        for field, pair in changes_of(entry).values():
            if isinstance(field, ForeignKey):
                wanted[field.related_model].update(one for one in pair if one is not None)
    names: Names = {}
    for model, ids in wanted.items():
        rows = Record.objects.visible_to(user) if model is Record else model._base_manager.all()
        names.update({(model, row.pk): say(row) for row in rows.filter(pk__in=ids)})
    return names


def _said(field: Field[Any, Any], value: Any, names: Names) -> str:
    if value is None or value == "":
        return ""
    if isinstance(field, ForeignKey):
        return names.get((field.related_model, value), _("(not visible)"))
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return say(field.to_python(value))
