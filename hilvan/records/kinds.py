"""The registry: one ``Kind`` gives a model its pages, API, Create menu, activities, permissions and history.

The kind that is *made* declares from which others it can start (``starts_from``) and how it is prefilled, never the
other way round: a new kind, a plugin's too, edits no existing file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django import forms
    from django.db.models import Model, Q, QuerySet
    from django.utils.functional import _StrOrPromise
    from pydantic import BaseModel

    from hilvan.people.models import Company, User
    from hilvan.printing.sheet import Sheet

    from .forms import RecordForm
    from .history import Actor
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
    label: _StrOrPromise = ""
    """What the menu calls it where the kind's own name would not say it: a quote's "New version"."""
    gathers: str = ""
    """The field of the form which takes several chosen records (their numbers, with commas between them), where one
    record is made of all of them and not one of each: a remittance of receipts."""


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
    tone: str = ""
    """ "late" for what is in red; the words say it too."""


@dataclass(frozen=True)
class ContactCard:
    """How to reach the people of a record: what an assignment's mail and an activity's page show."""

    name: str
    phone: str = ""
    email: str = ""
    address: str = ""
    language: str = ""
    """In what one writes to them (ISO 639-1), where it is known."""


@dataclass(frozen=True)
class Column:
    """A column of the kind's list: its heading and what it says of a row (the kind's own model instance).

    Every list shows number, title, party, state and responsible by itself; columns stand between party and state.
    """

    label: _StrOrPromise
    value: Callable[[Any], Any]
    numeric: bool = False
    of: str = ""
    """The field of the form whose value it says in words: an export has the value itself, and not this."""


@dataclass(frozen=True)
class Filter:
    """What the kind's list and board can be asked besides what those of every kind can.

    ``condition`` is that of a choice, on the kind's own table.
    """

    name: str
    label: _StrOrPromise
    choices: Callable[[Company], Sequence[tuple[str, _StrOrPromise]]]
    condition: Callable[[str], Q]


@dataclass(frozen=True)
class Verb:
    """A change of state offered in the toolbar and as a sub-resource of the API ("win", "lose", "close").

    ``run(record, actor=…, **fields)`` is the service; ``fields`` come from ``form``. Where it makes another record (a
    supplier of a customer) it answers that one. ``offered(model)`` says whether the verb makes sense now,
    ``shown_to(model, user)`` whether a button for it makes sense to who looks: one's own time is stopped, or started.
    """

    name: str
    label: _StrOrPromise
    icon: str
    run: Callable[..., Any]
    offered: Callable[[Any], bool]
    form: type[forms.Form] | None = None
    schema: type[BaseModel] | None = None
    shown_to: Callable[[Any, User], bool] = lambda model, user: True


@dataclass(frozen=True)
class Lane:
    """A column of a kind's board: a state, and the condition, on the kind's own table, of standing in it.

    ``note`` says what is left out: "the last 90 days".
    """

    state: State
    condition: Q
    note: _StrOrPromise = ""


@dataclass(frozen=True, kw_only=True)
class Board:
    """Records side by side by their states, from one of which they are dragged to another."""

    lanes: Callable[[Company, str], Sequence[Lane]]
    """Those of a company, from left to right; of the part that is asked for, "" the first one."""
    moves: Callable[[Any, Sequence[Lane]], Mapping[str, str]]
    """Where a model can go: code of a lane → the verb which takes it there, "" where a change does."""
    changes: str = ""
    """The field of the kind's form which holds the lane's code."""
    parts: Callable[[Company], Sequence[tuple[str, str]]] = lambda company: ()
    """What a company divides its board into (pipelines), code and name; chosen where there are several."""
    part_label: _StrOrPromise = ""
    card: Callable[[Any], Sequence[Fact]] = lambda model: ()
    """What a card says besides title, party and responsible."""
    order: tuple[Any, ...] = ("-record",)
    """In which the cards of a lane follow each other (``order_by``)."""
    sums: Mapping[str, Any] = field(default_factory=dict)
    """What is summed up over each lane, by name: expressions on the kind's own table."""
    say_sums: Callable[[Mapping[str, Any]], Sequence[Fact]] = lambda sums: ()


@dataclass(frozen=True)
class ChildTable:
    """A table whose rows are parts of a record (lines, a checklist): their history is the record's."""

    model: type[Model]
    parent_column: str
    told_as: str = ""
    """The word by which a timeline is asked for what happens in it ("notes"); without one it is told of the record."""


@dataclass(frozen=True)
class Step:
    """What became of an imported record after its birth, at an instant or on a day: its midnight in the company's zone.

    ``put(model, actor)`` sets it on the model as the service of ``verb`` ("opportunity.win") does, and answers the
    names of the fields; it raises ``ValidationError`` (by field). ``state`` is the code of the state to which it
    leads, and ``field`` the one which tells the instant.
    """

    at: dt.date | dt.datetime
    field: str
    verb: str
    put: Callable[[Any, Actor], set[str]]
    state: str
    note: str = ""


Life = tuple[dict[str, Any], Sequence[Step]]
"""What an imported row tells: the values at birth, by the names of the service's fields, and what came later."""


def born_as_told(values: dict[str, Any], actor: Actor) -> Life:
    return values, ()


def nothing_else(models: Sequence[Any], actor: Actor) -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class Importing:
    """How a kind comes in from tables (CSV, XLSX; ``hilvan.importing.tables``).

    Columns are read as the fields of the kind's form, and as those of ``fields(user)``, which may take their place;
    one of the latter with an initial value has it where a new row gives none.
    """

    draft: Callable[..., Any]
    """``draft(actor=…, **fields)``: a new model with its Record, checked as ``create`` checks it, and not saved."""
    fields: Callable[[User], Mapping[str, forms.Field]] = lambda user: {}
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Headings under which other programs have a field, besides its name and its label; the likeliest first."""
    words: Mapping[str, Callable[[], Mapping[str, str]]] = field(default_factory=dict)
    """Other programs' words for the values of a field: stage → "prospecting" → "qualification"."""
    same_by: tuple[str, ...] = ()
    """Fields, the surest first, by which a row is known to be a record that exists; after its number and reference."""
    life: Callable[[dict[str, Any], Actor], Life] = born_as_told
    """Raises ``ValidationError`` (by field). ``actor.at`` is the instant of the birth."""
    born: Callable[[Sequence[Any], Actor], None] = nothing_else
    """What goes with the birth of these models, in the same transaction (their notices)."""


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
    family: str = ""
    """The address of the API that it shares with others, besides its own: "sales-documents"."""
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
    own_states: Callable[[Company], Mapping[str, State]] | None = None
    """The states of a company which has chosen them itself; ``states`` are then those with which each starts."""
    in_state: Callable[[str], Q] | None = None
    """The condition, on the kind's own table, of standing in the state of a code: what its list filters by."""
    facts: Callable[[Any], list[Fact]] = lambda model: []
    about: Callable[[Any], str] = lambda model: ""
    """What an activity that starts from it is about, where its title would not say what is to be done; "" else."""
    columns: tuple[Column, ...] = ()
    filters: tuple[Filter, ...] = ()
    related: tuple[str, ...] = ()
    """What a list of the kind's models selects along (``select_related`` paths from the model)."""
    collected: tuple[str, ...] = ()
    """What the API's list fetches of each Record's children (``prefetch_related`` paths): "lines__product"."""
    draft_prefix: str = ""
    """The series of what has no number of its own yet: an invoice is numbered when it is issued."""
    in_panels: frozenset[str] = frozenset()
    """Fields of the form that panels of its own show: the details of its page leave them out."""
    ways: Callable[[Any], dict[str, str]] = lambda model: {}
    """What a click on the value of a field does, by the field's name: call, write, show on a map."""
    verbs: tuple[Verb, ...] = ()
    sheet: Callable[[Any], Sheet] | None = None
    """What is printed of a model, in the language in force; without it, such records have no PDF."""
    board: Board | None = None
    named: Mapping[str, Callable[[Company], Mapping[str, _StrOrPromise]]] = field(default_factory=dict)
    """What a field's stored values are called where no choices of the model tell it: for the words of the history."""
    starts_from: Mapping[str, Start] = field(default_factory=dict)
    leads_to: Mapping[str, Start] = field(default_factory=dict)
    """What starts from such a record without knowing of it, by the name of its kind: an incident from a plugin's."""
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
    also_seen: Callable[[User], QuerySet[Any, Any]] | None = None
    """The keys of such records which a user sees whatever his rights: those in which he takes part."""
    is_party: bool = False
    is_contact: bool = False
    """Whether such a record is a person, who may stand for the party of which it is."""
    set_up_company: Callable[[Company], None] = nothing_to_set_up
    importing: Importing | None = None
    """Without it, such records can't be imported from tables."""

    @property
    def accessor(self) -> str:
        """The name of the kind's model instance on its ``Record`` (its ``related_name``): ``record.as_quote``."""
        return f"as_{self.name}"

    def start_from(self, origin_kind: str) -> Start | None:
        """How a record of this kind starts from one of another; by its own word before the other's."""
        other = kinds.get(origin_kind)
        return (
            self.starts_from.get(origin_kind) or (other and other.leads_to.get(self.name)) or self.starts_from.get(ANY)
        )

    def states_of(self, company: Company) -> Mapping[str, State]:
        """The states in which a record of this company can stand, by code."""
        return self.own_states(company) if self.own_states else self.states

    def state(self, model: Any) -> State | None:
        return self.state_of(model) if self.state_of else None


class Registry:
    """The kinds by name, in the order in which menus show them."""

    def __init__(self) -> None:
        self._kinds: dict[str, Kind] = {}
        self.child_tables: list[ChildTable] = []
        """Tables whose rows are parts of a record of whatever kind: links, files, notes."""

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
