"""A record's history in words: "Ana García: Stage: Proposal → Negotiation (screen)".

For any registered kind. Fields are named as the kind's form names them; references are resolved with one query a
table, and what the reader may not see stays unnamed. A part with better words for the changes of its kind, or of a
table of parts (notes), adds them to ``tellers``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Field, ForeignKey, Model
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hilvan.people.models import User
from hilvan.records.history import Channel, Entry, restored
from hilvan.records.kinds import Kind
from hilvan.records.models import Attachment, Link, Record
from hilvan.records.presentation import changes_of

from .links import record_url
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
TOLD = 24
"""Fields of one entry that are named; of more, how many there are: a document's hundred lines are on its page."""

Names = dict[tuple[Any, Any], str]
"""By model and key; by field and value what a company calls the values of a field (``Kind.named``)."""
Teller = Callable[[Sequence[Entry], User], list[dict[str, Any]]]
"""Entries in words, each as variables of a line of ``components/timeline.html``."""
tellers: dict[str, Teller] = {}
"""By the name of a kind, or by the name of a table of parts."""


def told(entries: Sequence[Entry], user: User, *, of: Record | None = None) -> list[dict[str, Any]]:
    """Entries for ``components/timeline.html``. What was written down at birth is told of the record ``of`` alone."""
    by_teller: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_teller[_teller(entry)].append(entry)
    lines: dict[int, dict[str, Any]] = {}
    for name, mine in by_teller.items():
        if name:
            said = tellers[name](mine, user)
        else:
            names = _names(mine, user)
            said = [_told(entry.record.declaration, entry, names, of) for entry in mine]
        lines |= {id(entry): line for entry, line in zip(mine, said, strict=True)}
    return [
        {"at": entry.at, "actor": who(entry), "detail": through(entry), "quote": entry.note, "url": ""}
        | lines[id(entry)]
        for entry in entries
    ]


def about(record: Record, query: str = "") -> dict[str, Any]:
    """Which record a line is about."""
    kind = record.declaration
    url = record_url(kind.name, record.number) + query
    return {"number": record.number, "title": record.title, "icon": kind.icon, "label": kind.label, "url": url}


def who(entry: Entry) -> str:
    return entry.actor.name if entry.actor else "Hilván"


def through(entry: Entry) -> str:
    return f"({CHANNELS.get(entry.channel, entry.channel)})"


def row_ids(entry: Entry, model: type[Model]) -> set[int]:
    """The keys of the rows of a table of parts that an entry is about."""
    table = model._meta.db_table
    named = (name.split(".") for name in entry.fields if name.startswith(f"{table}."))
    return {int(row) for _table, row, _column in named}


def attachments_told(entries: Sequence[Entry], user: User) -> list[dict[str, Any]]:
    files = Attachment.objects.in_bulk({key for entry in entries for key in row_ids(entry, Attachment)})
    return [_files_told(entry, [files[key] for key in sorted(row_ids(entry, Attachment))]) for entry in entries]


def _files_told(entry: Entry, files: list[Attachment]) -> dict[str, Any]:
    names = {"names": ", ".join(f"“{file.name}”" for file in files)}
    removed = entry.verb == "attachment.remove"
    return {
        "text": _("Removed %(names)s") % names if removed else _("Attached %(names)s") % names,
        "icon": "trash" if removed else "paperclip",
        "url": reverse("attachment", args=[files[0].uuid]) if len(files) == 1 else "",
    }


def links_told(entries: Sequence[Entry], user: User) -> list[dict[str, Any]]:
    names = _names(entries, user)
    return [_link_told(entry, names) for entry in entries]


def _link_told(entry: Entry, names: Names) -> dict[str, Any]:
    """With what a record was linked, or is no longer."""
    ends = [(field, pair) for field, pair in changes_of(entry).values() if isinstance(field, ForeignKey)]
    gone = all(after is None for _field, (_before, after) in ends)
    said = ", ".join(_said(field, before if gone else after, names) for field, (before, after) in ends)
    text = _("No longer linked with %(what)s") if gone else _("Linked with %(what)s")
    return {"text": text % {"what": said}, "icon": "link"}


def _teller(entry: Entry) -> str:
    """That of a table of parts where nothing else was changed, else that of the kind; "" for the words of any kind."""
    touched = {name.partition(".")[0] if name.count(".") == 2 else "" for name in entry.fields}
    of_part = touched.pop() if len(touched) == 1 else ""
    return next((name for name in (of_part, entry.record.kind) if name in tellers), "")


def _told(kind: Kind, entry: Entry, names: Names, of: Record | None) -> dict[str, Any]:
    """One entry: at birth what was written down, later what each field was and is."""
    verb = entry.verb.rpartition(".")[2]
    born = "uuid" in entry.fields
    told = []
    for name, (field, (before, after)) in changes_of(entry).items():
        label = str(capfirst(field.verbose_name)) if "." in name else label_of(kind, str(field.column))
        new = _said(field, after, names)
        if field.model is Link and not isinstance(field, ForeignKey):
            continue  # with what it was linked tells enough
        if not born and new and new == entry.note:
            continue  # the note, which stands below in full, says it
        if before is None and after is False:
            continue  # a part that was born so: nothing has become otherwise
        if not born:
            told.append(f"{label}: {_said(field, before, names) or NOTHING} → {new or NOTHING}")
        elif new and after is not False and after != entry.record.pk:
            told.append(f"{label}: {new}")
    told = list(dict.fromkeys(told))  # of many rows the same is said once
    if len(told) > TOLD:
        told[TOLD:] = [_("and %(n)d more") % {"n": len(told) - TOLD}]
    offered = next((one for one in kind.verbs if one.name == verb), None)
    if born:
        text = _("Created")
    elif verb == "archive":
        text = _("Archived")
    elif verb == "unarchive":
        text = _("Brought back")
    else:
        text = " · ".join(told) or (str(offered.label) if offered else _("Changed"))
    detailed = born and (of is None or of.pk == entry.record.pk)
    return {
        "text": text,
        "icon": ICONS.get(verb) or (offered.icon if offered else "pencil"),
        "detail": " · ".join([through(entry), *(told if detailed else ())]),
    }


def _names(entries: Sequence[Entry], user: User) -> Names:
    """What the references in these entries are called: one query for each table referred to."""
    wanted: dict[type[Model], set[int]] = defaultdict(set)
    for entry in entries:
        for field, pair in changes_of(entry).values():
            if isinstance(field, ForeignKey):
                wanted[field.related_model].update(one for one in pair if one is not None)
    names: Names = {}
    for kind in {entry.record.kind: entry.record.declaration for entry in entries}.values():
        for name, called in kind.named.items():
            column = kind.model._meta.get_field(name)
            names.update({(column, value): str(label) for value, label in called(user.company).items()})
    for model, ids in wanted.items():
        rows = Record.objects.visible_to(user) if model is Record else model._base_manager.all()
        names.update({(model, row.pk): say(row) for row in rows.filter(pk__in=ids)})
    return names


def _said(field: Field[Any, Any], value: Any, names: Names) -> str:
    if value is None or value == "":
        return ""
    if isinstance(field, ForeignKey):
        return names.get((field.related_model, value), _("(not visible)"))
    if (field, value) in names:
        return names[field, value]
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return say(restored(field, value))


tellers[Attachment._meta.db_table] = attachments_told
tellers[Link._meta.db_table] = links_told
