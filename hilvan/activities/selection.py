"""Lists of activities, now or as of an instant: the same filters, order, paging and rows for both.

Now they are driven from ``Activity``, as of an instant from ``Situation``; the two share every column, so one filter
serves both. Rows are dictionaries read with ``values()``: one query a page, whatever it shows.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, Func, Q, QuerySet, Value
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan
from django.db.models.lookups import Contains
from django.utils import timezone
from django.utils.translation import gettext as _

from hilvan.people.models import User
from hilvan.records.models import Fold, Plain, Record, visible

from .models import Activity, Priority, Situation, State

PAGE = 50
CARDS = 30
LONG_AGO = dt.datetime(1, 1, 1, tzinfo=dt.UTC)

# What a row tells, by where it stands from either table ("record" is the way to the Record: "record" or "activity").
_OWN = (
    "subject", "priority", "state", "place", "start_at", "end_at", "all_day", "deferred", "promised_start_at",
    "promised_end_at", "deferrals", "remind_at", "estimated_minutes", "spent_minutes", "begun_at", "closed_at",
    "hold_reason", "hold_until", "archived_at", "end_sort",
    "type_id", "type__code", "type__name", "type__icon", "type__color",
    "assignee_id", "assignee__username", "assignee__name", "assignee__email", "assignee__is_active",
    "team_id", "team__name",
    "origin_id", "origin__uuid", "origin__kind", "origin__number", "origin__title",
    "party_id", "party__uuid", "party__kind", "party__number", "party__title",
    "contact_id", "contact__uuid", "contact__kind", "contact__number", "contact__title",
    "result__code", "result__name",
    "hold_for_user_id", "hold_for_user__username", "hold_for_user__name",
    "hold_for_record__uuid", "hold_for_record__number", "hold_for_record__title", "hold_for_record__kind",
)  # fmt: skip
_FROM_RECORD = ("uuid", "number", "ref", "created_at")

# order → the columns that it sorts by, and whether they all descend. The record's key makes every order total.
ORDERS: dict[str, tuple[str, bool]] = {
    "end": ("end_sort", False),
    "-end": ("end_sort", True),
    "number": ("key", False),
    "-number": ("key", True),
    "priority": ("priority", False),
    "-priority": ("priority", True),
    "subject": ("subject_key", False),
    "-subject": ("subject_key", True),
}


@dataclass(frozen=True)
class Filters:
    """What is asked of a list. Empty means: whatever; ``None`` within a set means: nobody, nothing."""

    states: frozenset[str] = frozenset()
    assignees: frozenset[int | None] = frozenset()
    teams: frozenset[int | None] = frozenset()
    types: frozenset[str] = frozenset()
    priorities: frozenset[int] = frozenset()
    origin: int | None = None
    party: int | None = None
    ref: str = ""
    start_after: dt.datetime | None = None
    start_before: dt.datetime | None = None
    end_after: dt.datetime | None = None
    end_before: dt.datetime | None = None
    deferred: bool | None = None
    """Whether it is deferred and has not begun yet (at the instant of the list)."""
    archived: bool = False
    q: str = ""

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) != one.default for one in fields(self))


@dataclass(frozen=True)
class Page:
    items: list[dict[str, Any]]
    next: str | None
    """The cursor of the following page."""


def select(user: User, filters: Filters, *, as_of: dt.datetime | None = None) -> QuerySet[Any]:
    """The activities that ``user`` may see and that fit, now or at an instant; ``key`` is the record's id on either.

    Rights are those of now, also for the past: it never shows more than today.
    """
    query: QuerySet[Any]
    if as_of is None:
        way, query = "record", Activity.objects.filter(company=user.company_id)
    else:
        way, query = "activity", Situation.objects.filter(company=user.company_id, valid__contains=as_of)
    query = query.filter(visible(user, f"{way}__")).annotate(key=F(f"{way}_id"))
    return query.filter(_condition(filters, way, as_of or timezone.now()))


def page(
    user: User,
    filters: Filters,
    *,
    as_of: dt.datetime | None = None,
    order: str = "end",
    cursor: str | None = None,
    size: int = PAGE,
) -> Page:
    """One page of rows, in one query. Raises ``ValidationError`` (by field) for an unknown order or a broken cursor."""
    if order not in ORDERS:
        raise ValidationError({"order": _("It can be sorted by: %(names)s.") % {"names": ", ".join(ORDERS)}})
    column, descends = ORDERS[order]
    way = "record" if as_of is None else "activity"
    query = select(user, filters, as_of=as_of)
    if column == "subject_key":
        query = query.annotate(subject_key=Fold(F("subject")))
    if cursor:
        query = query.filter(_after(cursor, order, column, descends))
    sign = "-" if descends else ""
    keys = [f"{sign}{column}"] if column == "key" else [f"{sign}{column}", f"{sign}key"]
    extra = ["subject_key"] if column == "subject_key" else []
    rows = list(query.order_by(*keys).values(*_columns(way), *extra)[: size + 1])
    items = [_named(row, way) for row in rows[:size]]
    last = items[-1] if len(rows) > size else None
    return Page(items, _cursor(order, last, column) if last else None)


def cards(
    user: User, filters: Filters, *, as_of: dt.datetime | None = None, size: int = CARDS
) -> dict[str, list[dict[str, Any]]]:
    """The first rows of each state, whatever states the filters name: what ends soonest; of the closed, the last ones.

    One query, in which each state's keys come from its own index.
    """
    way = "record" if as_of is None else "activity"
    query = select(user, replace(filters, states=frozenset()), as_of=as_of)
    last_closed = F("closed_at").desc(nulls_last=True)
    keys = [
        query.filter(state=state)
        .order_by(*([last_closed, "-key"] if state is State.CLOSED else ["end_sort", "key"]))
        .values("pk")[:size]
        for state in State
    ]
    chosen = query.filter(pk__in=keys[0].union(*keys[1:], all=True)).order_by("end_sort", "key")
    found: dict[str, list[dict[str, Any]]] = {state.value: [] for state in State}
    for row in chosen.values(*_columns(way)):
        found[row["state"]].append(_named(row, way))
    found[State.CLOSED].sort(key=lambda row: (row["closed_at"] or LONG_AGO, row["key"]), reverse=True)
    return found


def rows_of(record: Record, user: User, *, as_of: dt.datetime | None = None, limit: int = 200) -> list[dict[str, Any]]:
    """The activities that stand directly on a record, or concern a party, open first, in one query."""
    way = "record" if as_of is None else "activity"
    filters = Filters(party=record.pk) if record.declaration.is_party else Filters(origin=record.pk)
    query = select(user, filters, as_of=as_of).annotate(is_closed=Q(state=State.CLOSED))
    rows = query.order_by("is_closed", "end_sort", "key").values(*_columns(way))[:limit]
    return [_named(row, way) for row in rows]


def row(record: Record, user: User, *, as_of: dt.datetime | None = None) -> dict[str, Any] | None:
    """One activity as a list would show it; None where it did not exist yet or may not be seen."""
    way = "record" if as_of is None else "activity"
    found = select(user, Filters(archived=True), as_of=as_of).filter(key=record.pk).values(*_columns(way)).first()
    return _named(found, way) if found else None


def row_from(activity: Activity) -> dict[str, Any]:
    """The row that lists would show of this very instance."""

    def follow(path: str) -> Any:
        value: Any = activity
        for name in path.split("__"):
            value = value and getattr(value, name)
        return value

    return {name: follow(name) for name in _OWN if name != "end_sort"} | {
        name: getattr(activity.record, name) for name in _FROM_RECORD
    }


def situations(record: Record) -> list[dict[str, Any]]:
    """How an activity that the caller may see has stood, oldest first: rows with ``valid``, in one query."""
    query = (
        Situation.objects.filter(activity=record.pk)
        .annotate(key=F("activity_id"))
        .order_by(Func(F("valid"), function="lower"))
    )
    return [_named(row, "activity") for row in query.values(*_columns("activity"), "valid")]


def count(user: User, filters: Filters, *, as_of: dt.datetime | None = None, at_most: int = 1000) -> int:
    """How many fit, counted no further than ``at_most``."""
    return select(user, filters, as_of=as_of).order_by()[:at_most].count()


def _columns(way: str) -> list[str]:
    return ["key", *_OWN, *(f"{way}__{name}" for name in _FROM_RECORD)]


def _named(row: dict[str, Any], way: str) -> dict[str, Any]:
    for name in _FROM_RECORD:
        row[name] = row.pop(f"{way}__{name}")
    return row


def _condition(filters: Filters, way: str, now: dt.datetime) -> Q:
    condition = Q() if filters.archived else Q(archived_at=None)
    if filters.states:
        condition &= Q(state__in=filters.states)
    for name, wanted in (("assignee", filters.assignees), ("team", filters.teams)):
        if wanted:
            condition &= _among(name, wanted)
    if filters.types:
        condition &= Q(type__code__in=filters.types)
    if filters.priorities:
        condition &= Q(priority__in=filters.priorities)
    if filters.origin is not None:
        condition &= Q(origin=filters.origin)
    if filters.party is not None:
        condition &= Q(party=filters.party)
    if filters.ref:
        condition &= Q(**{f"{way}__ref": filters.ref})
    for name in ("start_after", "end_after", "start_before", "end_before"):
        if (limit := getattr(filters, name)) is not None:
            column, side = name.split("_")
            condition &= Q(**{f"{column}_at__{'gte' if side == 'after' else 'lt'}": limit})
    if filters.deferred is not None:
        waits = Q(deferred=True, start_at__gt=now) & ~Q(state=State.CLOSED)
        condition &= waits if filters.deferred else ~waits
    for word in filters.q.split():
        condition &= (
            Q(_contains(word)) | Q(**{f"{way}__number__icontains": word}) | Q(**{f"{way}__ref__icontains": word})
        )
    return condition


def _among(name: str, wanted: Iterable[int | None]) -> Q:
    ids = [one for one in wanted if one is not None]
    condition = Q(**{f"{name}__in": ids}) if ids else Q(pk__in=[])
    return condition | Q(**{name: None}) if None in set(wanted) else condition


def _contains(word: str) -> Any:
    """Whether the subject holds the word, accents and case ignored."""
    return Contains(Plain(F("subject")), Plain(Value(word)))


def _after(cursor: str, order: str, column: str, descends: bool) -> Q:
    try:
        data = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        if data[0] != order:
            raise ValueError("the cursor of another order")
        key, value = int(data[1]), data[2]
        if column == "end_sort":
            value = dt.datetime.fromisoformat(value).astimezone(dt.UTC)
        elif column == "priority":
            value = int(value)
        elif column == "subject_key" and "\x00" in value:
            raise ValueError("no subject")
        if not 0 <= key < 2**63 or (column == "priority" and value not in Priority.values):
            raise ValueError("no row")
    except (ValueError, TypeError, IndexError, KeyError, OverflowError, RecursionError) as error:
        raise ValidationError({"cursor": _("This is not a cursor of this list.")}) from error
    if column == "key":
        return Q(key__lt=key) if descends else Q(key__gt=key)
    compare = TupleLessThan if descends else TupleGreaterThan
    return Q(compare((F(column), F("key")), (value, key)))


def _cursor(order: str, row: dict[str, Any], column: str) -> str:
    value = row[column] if column != "key" else None
    data = [order, row["key"], value.isoformat() if isinstance(value, dt.datetime) else value]
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode()
