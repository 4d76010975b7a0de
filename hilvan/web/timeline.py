"""The timeline of a record as pages show it: filters, words, a page of it at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hilvan.people.api import read_cursor, row_id, write_cursor
from hilvan.people.models import User
from hilvan.records import timeline as records
from hilvan.records.models import Record
from hilvan.records.timeline import Asked, Item, Place

from .history import about, told
from .links import as_of_query, record_url

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

LINES = 30


@dataclass(frozen=True)
class Teller:
    """How what a source brings is said: by which word one asks for it, and each item as the variables of a line."""

    label: _StrOrPromise
    told: Callable[[Sequence[Item], User], list[dict[str, Any]]]


tellers: dict[str, Teller] = {}
"""By the name of the source; that of the changes themselves is ``web.history``."""
labels: dict[str, _StrOrPromise] = {
    records.ACTIVITIES: _("Activities"),
    records.DOCUMENTS: _("Documents"),
    records.CHANGES: _("Changes"),
    "files": _("Files"),
}
"""The words by which one asks for a part of it; parts add theirs."""


class TimelineFilters(forms.Form):
    """What can be asked of a timeline."""

    what = forms.ChoiceField(label=pgettext_lazy("timeline", "What"), required=False)
    who = forms.ChoiceField(label=pgettext_lazy("timeline", "Who"), required=False)
    of = forms.ChoiceField(
        label=pgettext_lazy("timeline", "Of"),
        required=False,
        choices=[("", _("All around it")), ("own", _("This record alone"))],
    )
    q = forms.CharField(label=_("Text"), required=False, max_length=200, widget=forms.TextInput({"type": "search"}))

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data, auto_id="timeline_%s")
        what, who = self.fields["what"], self.fields["who"]
        assert isinstance(what, forms.ChoiceField)
        assert isinstance(who, forms.ChoiceField)
        known = {**labels, **{name: teller.label for name, teller in tellers.items()}}
        what.choices = [("", _("Everything")), *((word, known.get(word, word)) for word in records.words())]
        people = User.objects.filter(company=user.company_id, is_active=True).order_by("name").values_list("pk", "name")
        who.choices = [("", _("Anybody")), *((str(key), name) for key, name in people), ("none", "Hilván")]
        for name in ("what", "who", "of"):
            self.fields[name].widget.attrs["data-submit"] = ""
        if not self.is_valid():  # an address written by hand: what is no choice counts as not chosen
            self.data = {name: value for name, value in self.data.items() if name not in self.errors}
            self.full_clean()
        for name in self.chosen:
            self.fields[name].widget.attrs["class"] = "chosen"

    @property
    def chosen(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if value}

    def asked(self, as_of: dt.datetime | None) -> Asked:
        who, what = self.cleaned_data["who"], self.cleaned_data["what"]
        actors = {None if who == "none" else int(who)} if who else set()
        text = self.cleaned_data["q"].replace("\x00", "")
        return Asked(frozenset([what] if what else []), frozenset(actors), text, as_of)


def panel(record: Record, user: User, as_of: dt.datetime | None, data: Any = None, cursor: str = "") -> dict[str, Any]:
    """The variables of ``web/panels/timeline.html``: a page of the timeline, as ``data`` asks for it.

    As many queries whatever it shows. Raises ``ValidationError`` (``cursor``).
    """
    filters = TimelineFilters(data or {}, user=user)
    before = read_place(cursor) if cursor else None
    around = records.alone(record) if filters.chosen.get("of") else records.around(record, user)
    items, following = records.timeline(around, user, filters.asked(as_of), before=before, limit=LINES)
    address = record_url(record.kind, record.number, "record_timeline")
    earlier = {**filters.chosen, **({"as_of": as_of.isoformat()} if as_of else {})}
    return {
        "lines": lines(items, user, of=record, as_of=as_of, after=before),
        "filters": filters,
        "timeline_url": address,
        "earlier_url": f"{address}?{urlencode({**earlier, 'cursor': write_place(following)})}" if following else "",
    }


def lines(
    items: Sequence[Item], user: User, *, of: Record, as_of: dt.datetime | None = None, after: Place | None = None
) -> list[dict[str, Any]]:
    """The items for ``components/timeline.html``; a line that begins a day says so, one of another record names it."""
    said: dict[int, dict[str, Any]] = {}
    for source in {item.place[1] for item in items}:
        mine = [item for item in items if item.place[1] == source]
        if source == records.NAME:
            texts = told([item.body for item in mine], user, of=of)
        else:
            texts = tellers[source].told(mine, user)
        said |= {id(item): text for item, text in zip(mine, texts, strict=True)}
    day = timezone.localtime(after[0]).date() if after else None
    shown = []
    for item in items:
        at = timezone.localtime(item.place[0])
        line = {
            "at": at,
            "day": at.date() if at.date() != day else None,
            "actor": item.actor.name if item.actor else "",
            "about": about(item.record, as_of_query(as_of)) if item.record.pk != of.pk else None,
        }
        shown.append(line | said[id(item)])
        day = at.date()
    return shown


def write_place(place: Place) -> str:
    instant, name, key = place
    return write_cursor(instant.isoformat(), name, key)


def read_place(cursor: str) -> Place:
    """Raises ``ValidationError`` (``cursor``)."""
    instant, name, key = read_cursor(
        cursor, lambda text: dt.datetime.fromisoformat(text).astimezone(dt.UTC), str, row_id
    )
    return instant, name, key
