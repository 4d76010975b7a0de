"""Lists of activities, now or as of an instant: the same filters, order, paging and rows for both.

Now they are driven from ``Activity``, as of an instant from ``Situation``; the two share every column, so one filter
serves both. Rows are dictionaries, in three queries whatever they show: the keys of a page, from an index, narrow and
cut off; what stands in these rows, read with ``values()``; the records that they refer to, as far as one may see them.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import F, Func, Model, Q, QuerySet
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan
from django.utils import timezone
from django.utils.translation import gettext as _

from hilvan.people.models import User
from hilvan.records.models import Record, holds, visible
from hilvan.records.planned import PlannedOnce
from hilvan.records.search import among, matching

from .models import Activity, Priority, Situation, State, bigint

PAGE = 50
CARDS = 30

# What a row tells, by where it stands from either table ("record" is the way to the Record: "record" or "activity").
_OWN = (
    "subject", "priority", "state", "place", "start_at", "end_at", "all_day", "deferred", "promised_start_at",
    "promised_end_at", "deferrals", "remind_at", "estimated_minutes", "spent_minutes", "begun_at", "closed_at",
    "hold_reason", "hold_until", "archived_at",
    "type_id", "type__code", "type__name", "type__icon", "type__color",
    "assignee_id", "assignee__username", "assignee__name", "assignee__email", "assignee__is_active",
    "team_id", "team__name",
    "result__code", "result__name",
    "hold_for_user_id", "hold_for_user__username", "hold_for_user__name", "hold_for_user__email",
    "hold_for_user__is_active",
)  # fmt: skip
_FROM_RECORD = ("uuid", "number", "ref", "created_at")
_REFERENCES = ("origin", "party", "contact", "hold_for_record")
"""The records that a row refers to, each under its name; None where there is none, or none that the reader may see."""

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
    contact: int | None = None
    """Whom it concerns, or on whom it stands."""
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
    words = matching(filters.q, user, "record__") if as_of is None else _held_then(filters.q)
    return query.filter(_condition(filters, way, as_of or timezone.now()), words)


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
    query = select(user, filters, as_of=as_of)
    if cursor:
        query = query.filter(_after(cursor, order, column, descends))
    sign = "-" if descends else ""
    keys = list(query.order_by(f"{sign}{column}", f"{sign}key").values_list("pk", "key", column)[: size + 1])
    rows = _rows(query, [pk for pk, *_rest in keys[:size]], user)
    return Page(rows, _cursor(order, *keys[size - 1][1:]) if len(keys) > size else None)


def cards(
    user: User, filters: Filters, *, as_of: dt.datetime | None = None, size: int = CARDS
) -> dict[str, list[dict[str, Any]]]:
    """The first rows of each state, whatever states the filters name: what ends soonest; of the closed, the last ones.

    Each state's keys come from its own index, all in one query.
    """
    query = select(user, replace(filters, states=frozenset()), as_of=as_of)
    last_closed = F("closed_at").desc(nulls_last=True)
    of_states = [
        query.filter(state=state)
        .order_by(*([last_closed, "-key"] if state is State.CLOSED else ["end_sort", "key"]))
        .values_list("pk", flat=True)[:size]
        for state in State
    ]
    found: dict[str, list[dict[str, Any]]] = {state.value: [] for state in State}
    for row in _rows(query, list(of_states[0].union(*of_states[1:], all=True)), user):
        found[row["state"]].append(row)
    return found


def rows_of(record: Record, user: User, *, as_of: dt.datetime | None = None, limit: int = 200) -> list[dict[str, Any]]:
    """The activities on a record, or all that concern a party or a contact: the open ones, then the last closed."""
    kind = record.declaration
    if kind.is_party:
        filters = Filters(party=record.pk)
    else:
        filters = Filters(contact=record.pk) if kind.is_contact else Filters(origin=record.pk)
    query = select(user, filters, as_of=as_of).annotate(is_closed=Q(state=State.CLOSED))
    query = query.order_by("is_closed", F("closed_at").desc(nulls_last=True), "end_sort", "key")
    return _rows(query, list(query.values_list("pk", flat=True)[:limit]), user)


def row(record: Record, user: User, *, as_of: dt.datetime | None = None) -> dict[str, Any] | None:
    """One activity as a list would show it; None where it did not exist yet or may not be seen."""
    query = select(user, Filters(archived=True), as_of=as_of)
    rows = _rows(query, list(query.filter(key=bigint(record.pk)).values_list("pk", flat=True)), user)
    return rows[0] if rows else None


def standing(record: Record, user: User) -> dict[str, Any]:
    """The row of one activity as it stands, whether or not ``user`` may (still) see it."""
    (row,) = _rows(Activity.objects.all(), [record.pk], user)
    return row


def row_from(activity: Activity) -> dict[str, Any]:
    """The row that lists would show of this very instance."""

    def follow(path: str) -> Any:
        value: Any = activity
        for name in path.split("__"):
            value = value and getattr(value, name)
        return value

    return {name: follow(name) for name in (*_OWN, *_REFERENCES)} | {
        name: getattr(activity.record, name) for name in _FROM_RECORD
    }


def situations(record: Record, user: User) -> list[dict[str, Any]]:
    """How an activity that the user may see has stood, oldest first: rows with ``valid``."""
    query = Situation.objects.filter(activity=bigint(record.pk))
    keys = query.order_by(Func(F("valid"), function="lower")).values_list("pk", flat=True)
    return _rows(query, list(keys), user, "valid")


def count(user: User, filters: Filters, *, as_of: dt.datetime | None = None, at_most: int = 1000) -> int:
    """How many fit, counted no further than ``at_most``."""
    return select(user, filters, as_of=as_of).order_by()[:at_most].count()


def _rows(query: QuerySet[Any], keys: list[int], user: User, *more: str) -> list[dict[str, Any]]:
    """The rows of these primary keys of the query's table, in their order; ``more`` are further columns of it."""
    statement, names = _statement(query.model, more)  # type: ignore[arg-type]
    with connection.cursor() as cursor:
        cursor.execute(statement, [keys])
        found = {row[0]: dict(zip(names, row, strict=True)) for row in cursor}
    rows = [found[key] for key in keys if key in found]
    wanted = {row[f"{name}_id"] for row in rows for name in _REFERENCES} - {None}
    told = Record.objects.visible_to(user).filter(among("pk", list(wanted)))
    seen = {record.pk: record for record in told.only("uuid", "kind", "number", "title", "party")}
    for row in rows:
        row |= {name: seen.get(row[f"{name}_id"]) for name in _REFERENCES}
    return rows


@cache
def _statement(model: type[Model], more: tuple[str, ...]) -> tuple[PlannedOnce, list[str]]:
    """The SQL which reads rows by their keys, and the names of its columns: always the same, so put together once."""
    way = "record" if model is Activity else "activity"
    columns = ["pk", *_OWN, *(f"{name}_id" for name in _REFERENCES), *more]
    from_record = {"key": F(f"{way}_id")} | {name: F(f"{way}__{name}") for name in _FROM_RECORD}
    query = model._default_manager.filter(among("pk", [])).values(*columns, **from_record).query
    return PlannedOnce(query.sql_with_params()[0]), [*columns, *from_record]


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
        # It never changes: the Record's is the same, and has an index that serves the past as well.
        condition &= Q(**{f"{way}__origin": filters.origin})
    if filters.party is not None:
        condition &= Q(party=filters.party)
    if filters.contact is not None:
        condition &= Q(contact=filters.contact) | Q(**{f"{way}__origin": filters.contact})
    if filters.ref:
        condition &= Q(**{f"{way}__ref": filters.ref})
    for name in ("start_after", "end_after", "start_before", "end_before"):
        if (limit := getattr(filters, name)) is not None:
            column, side = name.split("_")
            condition &= Q(**{f"{column}_at__{'gte' if side == 'after' else 'lt'}": limit})
    if filters.deferred is not None:
        waits = Q(deferred=True, start_at__gt=now) & ~Q(state=State.CLOSED)
        condition &= waits if filters.deferred else ~waits
    return condition


def _held_then(text: str) -> Q:
    """Each word in the subject of then, the number or the reference: documents are of now alone."""
    condition = Q()
    for word in text.split():
        condition &= holds("subject_key", word) | Q(activity__number__icontains=word) | Q(activity__ref__icontains=word)
    return condition


def _among(name: str, wanted: Iterable[int | None]) -> Q:
    ids = [one for one in wanted if one is not None]
    condition = Q(**{f"{name}__in": ids}) if ids else Q(pk__in=[])
    return condition | Q(**{name: None}) if None in set(wanted) else condition


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


def _cursor(order: str, key: int, value: Any) -> str:
    data = [order, key, value.isoformat() if isinstance(value, dt.datetime) else value]
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode()
