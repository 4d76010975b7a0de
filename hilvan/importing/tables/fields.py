"""What the columns of a table can be for a kind, and the guess which is what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hilvan.people.models import User
from hilvan.people.permissions import Action
from hilvan.records.forms import RecordField, TeamField, UserField
from hilvan.records.kinds import Importing, Kind, kinds

from .values import fold, in_all_languages

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

NUMBER, REF, CREATED = "number", "ref", "created_at"
REASON = _("Why it was refused")
"""The heading of the column which the file of refused rows has besides: of no account when it is loaded again."""

GENERAL: dict[str, tuple[forms.Field, tuple[str, ...]]] = {
    NUMBER: (forms.CharField(label=_("Number in Hilván")), ("number", "número", "nº", "num")),
    REF: (
        forms.CharField(label=_("Foreign reference"), max_length=200),
        ("ref", "reference", "referencia", "external id", "record id", "id", "código", "code"),
    ),
    CREATED: (
        forms.DateTimeField(label=_("Created on")),
        (
            "created",
            "created on",
            "created date",
            "create date",
            "fecha de creación",
            "fecha de alta",
            "alta",
            "creado",
        ),
    ),
}


@dataclass(frozen=True)
class Fields:
    """All that a column can be, for a user."""

    kind: Kind
    importing: Importing
    by_name: Mapping[str, forms.Field]
    defaults: Mapping[str, Any]
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Field → folded word → value, for those of which the values are few and known."""

    def label(self, name: str) -> _StrOrPromise:
        return self.by_name[name].label or name

    def joins(self, name: str) -> bool:
        """Whether several columns can go into one field: those with room for prose."""
        return isinstance(self.by_name[name].widget, forms.Textarea)

    def choices(self, name: str) -> list[tuple[str, str]]:
        """The possible values of a field of few, as a select shows them: a word of ``options`` and its label."""
        field = self.by_name[name]
        if isinstance(field, forms.ModelChoiceField):
            return [(fold(str(one)), str(one)) for one in _queryset(field)]
        return [(fold(str(code)), str(label)) for code, label in getattr(field, "choices", []) if code != ""]


def importable(user: User) -> list[Kind]:
    """The kinds of which the user may import records, as menus order them."""
    return [kind for kind in kinds if kind.importing is not None and user.may(Action.CREATE, kind.name)]


def fields_of(kind: Kind, user: User) -> Fields:
    importing = kind.importing
    assert importing is not None
    more = importing.fields(user)
    own = {name: one for name, one in kind.form(user=user).fields.items() if getattr(one, "from_cell", True)}
    by_name = {**own, **more, **{name: one for name, (one, _words) in GENERAL.items()}}
    for one in more.values():
        if isinstance(one, RecordField):
            one.prepare()
    return Fields(
        kind,
        importing,
        by_name,
        {name: one.initial for name, one in more.items() if one.initial is not None},
        {name: _options(one, importing, name) for name, one in by_name.items() if is_of_few(one, importing, name)},
    )


def is_of_few(field: forms.Field, importing: Importing, name: str) -> bool:
    if isinstance(field, (UserField, TeamField)):
        return False
    return isinstance(field, (forms.ChoiceField, forms.ModelChoiceField)) or name in importing.words


def _options(field: forms.Field, importing: Importing, name: str) -> dict[str, Any]:
    """By label in each of the languages, by code, and by the words of other programs: in this order."""
    options: dict[str, Any] = {}
    if isinstance(field, forms.ModelChoiceField):
        for one in _queryset(field):
            for word in [*in_all_languages(one), getattr(one, "code", "")]:
                options.setdefault(fold(word), one)
    elif isinstance(field, forms.ChoiceField):
        coerce = getattr(field, "coerce", lambda code: code)
        for code, label in list(field.choices):  # type: ignore[arg-type]
            words = getattr(code, "name", ""), str(code)
            for word in [*in_all_languages(label), *words]:
                if code != "" and word:
                    options.setdefault(fold(word), coerce(code))
    for word, code in importing.words.get(name, dict)().items():
        options.setdefault(fold(word), code)
    options.pop("", None)
    return options


def _queryset(field: forms.ModelChoiceField) -> Iterable[Any]:  # type: ignore[type-arg]
    return field.queryset if field.queryset is not None else []


def is_reason(heading: str) -> bool:
    return fold(heading) in {fold(said) for said in in_all_languages(REASON)}


def guess(columns: Sequence[str], fields: Fields) -> dict[str, str]:
    """Column (its place, as text) → field: each heading's likeliest; of several for one field, the best alone."""
    offers: list[tuple[int, int, int, str]] = []
    folded = [fold(column) for column in columns]
    for order, name in enumerate(fields.by_name):
        for place, heading in enumerate(folded):
            rank = _rank(heading, name, fields)
            if rank is not None and not is_reason(columns[place]):
                offers.append((rank, order, place, name))
    chosen: dict[str, str] = {}
    for *_likeliness, place, name in sorted(offers):
        if str(place) not in chosen and name not in chosen.values():
            chosen[str(place)] = name
    return dict(sorted(chosen.items(), key=lambda pair: int(pair[0])))


def _rank(heading: str, name: str, fields: Fields) -> int | None:
    """0 for the field's own name or label, from 1 on for its synonyms; None where the heading is none of them."""
    own = {fold(name), *(fold(said) for said in in_all_languages(fields.label(name)))}
    if heading in own | {word.partition(",")[0] for word in own}:  # "Expected amount, €"
        return 0
    general = GENERAL[name][1] if name in GENERAL else ()
    if name == REF:
        own_id = [f"{fields.kind.name} id", *(f"id {fold(said)}" for said in in_all_languages(fields.kind.label))]
        general = (*own_id, *general)
    synonyms = [fold(word) for word in (*fields.importing.synonyms.get(name, ()), *general)]
    return synonyms.index(heading) + 1 if heading in synonyms else None
