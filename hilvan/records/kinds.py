"""The registry: one ``Kind`` gives a model its pages, API, Create menu, activities, permissions and history.

The kind that is *made* declares from which others it can start (``starts_from``) and how it is prefilled, never the
other way round: a new kind, a plugin's too, edits no existing file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django import forms
    from django.db.models import Model, Q
    from django.utils.functional import _StrOrPromise
    from pydantic import BaseModel

    from hilvan.people.models import Company, User

    from .forms import RecordForm
    from .models import Record

ANY = "*"
"""In ``starts_from``: every kind without an entry of its own."""


@dataclass(frozen=True)
class Prefilled:
    """A value that a form starts with, and where it comes from, in words ("from the customer")."""

    value: Any
    source: _StrOrPromise


def nothing_against(origin: Record, user: User) -> str:
    return ""


@dataclass(frozen=True)
class Start:
    """How a record is born from one of another kind.

    ``prefill(origin, user)`` gives values by the names of the fields of the kind's form and service.
    ``why_not(origin, user)`` gives the reason why it can't be made now, in the user's language, or "".
    """

    prefill: Callable[[Record, User], dict[str, Prefilled]]
    why_not: Callable[[Record, User], str] = nothing_against


@dataclass(frozen=True)
class State:
    """How a record stands: a code, the word for people and its badge's tone (new, hold, progress, good, bad, plain)."""

    code: str
    label: _StrOrPromise
    tone: str = "plain"


@dataclass(frozen=True)
class Fact:
    """One thing that a record's header says: "Amount", "12.400,00 €"."""

    label: _StrOrPromise
    value: Any
    url: str = ""


@dataclass(frozen=True)
class ContactCard:
    """How to reach the people of a record: what an assignment's mail and an activity's page show."""

    name: str
    phone: str = ""
    email: str = ""
    address: str = ""


@dataclass(frozen=True)
class Column:
    """A column of the kind's list: its heading and what it says of a row (the kind's own model instance).

    Every list shows number, title, party, state and responsible by itself; columns stand between party and state.
    """

    label: _StrOrPromise
    value: Callable[[Any], Any]
    numeric: bool = False


@dataclass(frozen=True)
class Verb:
    """A change of state offered in the toolbar and as a sub-resource of the API ("win", "lose", "close").

    ``run(record, actor=…, **fields)`` is the service; ``fields`` come from ``form``. ``offered(model)`` says whether
    the verb makes sense now.
    """

    name: str
    label: _StrOrPromise
    icon: str
    run: Callable[..., Any]
    offered: Callable[[Any], bool]
    form: type[forms.Form] | None = None
    schema: type[BaseModel] | None = None


@dataclass(frozen=True)
class ChildTable:
    """A table whose rows are parts of a record (lines, a checklist): their history is the record's."""

    model: type[Model]
    parent_column: str


def no_contact_card(record: Record) -> ContactCard | None:
    return None


def nothing_to_set_up(company: Company) -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class Kind:
    """All that the program must know of a kind of record.

    ``create(actor=…, origin=…, **fields) -> Record`` and ``change(record, actor=…, **fields)`` are the services which
    pages, API and imports call. ``form`` (Django) and ``schema`` (pydantic) name the same fields.
    """

    name: str
    model: type[Model]
    label: _StrOrPromise
    label_plural: _StrOrPromise
    new_label: _StrOrPromise
    from_label: _StrOrPromise
    """Where a value comes from that was taken over from such a record: "from the opportunity"."""
    icon: str
    prefix: str
    path: str
    section: _StrOrPromise
    position: int = 100
    shortcut: str = ""
    create: Callable[..., Record]
    change: Callable[..., Any]
    archive: Callable[..., Any] | None = None
    """Archives or brings back (``archived=``); without it the Record alone is archived."""
    form: type[RecordForm]
    schema: type[BaseModel]
    describe: Callable[[Any], dict[str, Any]]
    """The kind's own fields of one model instance, as the API answers them."""
    codes: Mapping[str, Mapping[Any, str]] = field(default_factory=dict)
    """The API's words for a column's stored values: priority → 2 → "high"."""
    state_of: Callable[[Any], State] | None = None
    states: Mapping[str, State] = field(default_factory=dict)
    in_state: Callable[[str], Q] | None = None
    """The condition, on the kind's own table, of standing in the state of a code: what its list filters by."""
    facts: Callable[[Any], list[Fact]] = lambda model: []
    columns: tuple[Column, ...] = ()
    related: tuple[str, ...] = ()
    """What a list of the kind's models selects along (``select_related`` paths from the model)."""
    ways: Callable[[Any], dict[str, str]] = lambda model: {}
    """What a click on the value of a field does, by the field's name: call, write, show on a map."""
    verbs: tuple[Verb, ...] = ()
    starts_from: Mapping[str, Start] = field(default_factory=dict)
    child_tables: tuple[ChildTable, ...] = ()
    known_by: tuple[str, ...] = ()
    """Columns of the kind's own table by which one looks for it: telephones, e-mails, identifiers. Searched, and the
    record of a party stands for all of its records."""
    prose: tuple[str, ...] = ()
    """Columns with what is written at length; searched with the least weight."""
    bookkeeping: frozenset[str] = frozenset()
    """Columns of the kind's own table that are no business change (search vectors, secrets)."""
    logs_itself: bool = False
    """Whether the kind's own SQL writes the history of its table (activities, with their situations)."""
    copied_to_record: frozenset[str] = frozenset()
    """Columns of Record that the kind's own SQL keeps as copies; their history is the kind's table's."""
    contact_card: Callable[[Record], ContactCard | None] = no_contact_card
    follows_origin: bool = False
    """Whether what one may see of it follows the record at the root of its origins (activities)."""
    is_party: bool = False
    is_contact: bool = False
    """Whether such a record is a person, who may stand for the party of which it is."""
    set_up_company: Callable[[Company], None] = nothing_to_set_up

    @property
    def accessor(self) -> str:
        """The name of the kind's model instance on its ``Record`` (its ``related_name``): ``record.as_quote``."""
        return f"as_{self.name}"

    def start_from(self, origin_kind: str) -> Start | None:
        return self.starts_from.get(origin_kind) or self.starts_from.get(ANY)

    def state(self, model: Any) -> State | None:
        return self.state_of(model) if self.state_of else None


class Registry:
    """The kinds by name, in the order in which menus show them."""

    def __init__(self) -> None:
        self._kinds: dict[str, Kind] = {}

    def register(self, kind: Kind) -> None:
        """Add a kind; raises ``ValueError`` where its name, path or prefix is already taken."""
        for other in self._kinds.values():
            for attribute in ("name", "path", "prefix"):
                if getattr(kind, attribute) == getattr(other, attribute):
                    raise ValueError(f"The kinds {kind.name} and {other.name} share the {attribute}.")
        self._kinds[kind.name] = kind

    def __getitem__(self, name: str) -> Kind:
        return self._kinds[name]

    def __contains__(self, name: object) -> bool:
        return name in self._kinds

    def __iter__(self) -> Iterator[Kind]:
        return iter(sorted(self._kinds.values(), key=lambda kind: (kind.position, kind.name)))

    def get(self, name: str) -> Kind | None:
        return self._kinds.get(name)

    def by_path(self, path: str) -> Kind | None:
        return next((kind for kind in self if kind.path == path), None)


kinds = Registry()
