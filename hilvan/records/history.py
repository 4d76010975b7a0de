"""Who acts, at which instant, and what was written of it.

The database writes the history; this module tells it who claims to act (``acting``), lets an import write at past
instants (``writing_at``), and reads what was written: a record's entries for people, and a record as it stood.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import DecimalField, Field, Max, Model, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from hilvan.people.models import Company, User

from .models import Change, Record
from .search import among


class Channel(StrEnum):
    """Through what somebody acted."""

    SCREEN = "screen"
    API = "api"
    MAIL = "mail"
    IMPORT = "import"
    AUTOMATION = "automation"
    COMMAND = "command"


@dataclass(frozen=True)
class Actor:
    """Who changes something, and through what. Without a user it is the program itself, for a company."""

    company: Company
    channel: Channel
    user: User | None = None
    at: dt.datetime | None = None
    """The past instant at which an import has him act, inside ``writing_at``; otherwise it is now."""
    batch: uuid.UUID | None = None
    """The command over several records of which this is a part: what it tells a person is one message."""

    @classmethod
    def of(cls, user: User, channel: Channel) -> Actor:
        return cls(user.company, channel, user)

    @property
    def now(self) -> dt.datetime:
        return self.at or timezone.now()


def acting(actor: Actor, verb: str, *, note: str = "") -> None:
    """Claim, until the transaction ends, that ``actor`` does ``verb`` ("activity.close"), for the reason in ``note``.

    Every service calls it first, inside its transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('hilvan.actor', %s, true), set_config('hilvan.channel', %s, true),"
            " set_config('hilvan.verb', %s, true), set_config('hilvan.note', %s, true)",
            [str(actor.user.pk) if actor.user else "", actor.channel, verb, note],
        )


@contextmanager
def writing_at(instant: dt.datetime | None, batch: uuid.UUID) -> Iterator[None]:
    """A transaction whose changes count from a past instant: for imports, and for nothing else.

    Without an instant, a record's birth counts from its own ``created_at``. Raises ``django.db.DatabaseError`` with
    SQLSTATE HV001 (changed in Hilván since it was imported), HV002 (not before the record's last change) or
    HV003 (in the future) at the change that is refused.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT hilvan_write_at(%s, %s)", [instant, batch])
        yield
        with connection.cursor() as cursor:
            cursor.execute("SELECT hilvan_write_now()")


def is_settled(instant: dt.datetime) -> bool:
    """Whether an answer as of this instant can no longer change; ask it before reading the answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT hilvan_is_settled(%s)", [instant])
        (settled,) = cursor.fetchone()
    return bool(settled)


def parse_instant(text: str, zone: dt.tzinfo) -> dt.datetime:
    """The instant of an RFC 3339 text; one without an offset is the clock's in ``zone``.

    Raises ``ValidationError`` for anything else, and for an instant in the future.
    """
    try:
        # A "+" that was not escaped in an address arrives as a blank.
        instant = dt.datetime.fromisoformat(re.sub(r" (?=\d\d:?\d\d$)", "+", text.strip()) if "T" in text else text)
    except ValueError as error:
        raise ValidationError(_("“%(text)s” is not an instant."), params={"text": text}, code="instant") from error
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=zone)
    if instant.year < 1900:
        raise ValidationError(_("“%(text)s” is not an instant."), params={"text": text}, code="instant")
    if instant > timezone.now():
        raise ValidationError(_("The instant lies in the future."), code="future")
    return instant


@dataclass(frozen=True)
class Entry:
    """What one transaction changed in a record: one line for people."""

    record: Record
    at: dt.datetime
    actor: User | None
    channel: str
    verb: str
    note: str
    raw: str
    fields: dict[str, tuple[Any, Any]]
    """Column → (before, after), over all of the record's tables; the columns of child rows as "table.row.column"."""
    changes: tuple[int, ...]
    imported: bool
    recorded_at: dt.datetime

    @property
    def place(self) -> tuple[dt.datetime, int]:
        """Where the entry stands in a history."""
        return self.at, self.changes[0]


def entries(record: Record, *, limit: int | None = None, until: dt.datetime | None = None) -> list[Entry]:
    """The history of a record, newest first: what one transaction did at one instant is one entry."""
    return entries_of(Record.objects.filter(pk=record.pk), limit=limit, until=until)


def entries_of(
    records: QuerySet[Record],
    *,
    limit: int | None = None,
    until: dt.datetime | None = None,
    before: tuple[dt.datetime, int] | None = None,
) -> list[Entry]:
    """The history of several records as one, newest first; ``before`` is the ``place`` of an entry: what follows it.

    Four queries, however many entries and records.
    """
    changes = Change.objects.filter(record__in=records.order_by().values("pk"))
    return entries_among(changes, limit=limit, until=until, before=before)


def entries_among(
    changes: QuerySet[Change],
    *,
    limit: int | None = None,
    until: dt.datetime | None = None,
    before: tuple[dt.datetime, int] | None = None,
    having: Q | None = None,
) -> list[Entry]:
    """The entries which these changes make, as ``entries_of``; ``having`` is asked of each as a whole."""
    if until is not None:
        changes = changes.filter(at__lte=until)
    if before is not None:
        changes = changes.filter(at__lte=before[0])
    query = (
        changes.values("record_id", "at", "transaction", "verb")
        .annotate(last=Max("id"), ids=ArrayAgg("id"))
        .filter(having or Q())
        .order_by("-at", "-last")
    )
    if before is not None:
        at, last = before
        query = query.filter(Q(at__lt=at) | Q(last__lt=last))
    groups = list(query[:limit])
    rows = Change.objects.filter(among("pk", [pk for group in groups for pk in group["ids"]]))
    found = {row.pk: row for row in rows.values_list(*_TOLD, named=True)}  # no models: there are hundreds of them
    about = {one.pk: one for one in Record.objects.filter(among("pk", [group["record_id"] for group in groups]))}
    actors = {one.pk: one for one in User.objects.filter(pk__in={row.actor_id for row in found.values()} - {None})}
    return [
        _entry(about[group["record_id"]], [found[pk] for pk in sorted(group["ids"], reverse=True)], actors)
        for group in groups
    ]


_TOLD = ("pk", "table_name", "row_id", "at", "recorded_at", "actor_id", "channel", "verb", "batch", "payload__data")
"""The columns of a change of which entries are made."""


def _entry(record: Record, changes: list[Any], actors: dict[int, User]) -> Entry:
    """Several rows of one transaction, newest first, as one: the first value before, the last one after."""
    own_tables = {Record._meta.db_table, record.declaration.model._meta.db_table}
    fields: dict[str, tuple[Any, Any]] = {}
    note = raw = ""
    for change in reversed(changes):
        data = change.payload__data or {}
        note, raw = data.get("note", note), data.get("raw", raw)
        for column, (before, after) in data.get("diff", {}).items():
            name = column if change.table_name in own_tables else f"{change.table_name}.{change.row_id}.{column}"
            fields[name] = (fields[name][0] if name in fields else before, after)
    first = changes[0]
    return Entry(
        record=record,
        at=first.at,
        actor=actors[first.actor_id] if first.actor_id else None,
        channel=first.channel,
        verb=first.verb,
        note=note,
        raw=raw,
        fields={name: pair for name, pair in fields.items() if pair[0] != pair[1]},
        changes=tuple(change.pk for change in changes),
        imported=first.batch is not None,
        recorded_at=first.recorded_at,
    )


def as_of(record: Record, instant: dt.datetime) -> dict[str, dict[int, dict[str, Any]]]:
    """The rows of a record as they stood at an instant, replayed from its changes: table → key → column → value.

    Empty where the record did not exist yet.
    """
    tables: dict[str, dict[int, dict[str, Any]]] = {}
    for change in Change.objects.filter(record=record, at__lte=instant).select_related("payload").order_by("at", "id"):
        rows = tables.setdefault(change.table_name, {})
        if change.operation == "D":
            rows.pop(change.row_id, None)
            continue
        row = rows.setdefault(change.row_id, {})
        for column, (_before, after) in change.payload.data["diff"].items():
            row[column] = after
    return {table: rows for table, rows in tables.items() if rows}


def stood(record: Record, instant: dt.datetime) -> Any | None:
    """The kind's model instance as it stood at an instant, with its Record, rebuilt from the changes; not to be saved.

    ``stood_at`` on it is that instant: what is told of its child tables is of then (``children_stood``). None where the
    record did not exist yet. References lead to what they refer to as it stands now.
    """
    tables = as_of(record, instant)
    model = record.declaration.model
    own, parent = tables.get(model._meta.db_table), tables.get(Record._meta.db_table)
    if not own or not parent:
        return None
    instance = _rebuilt(model, own[record.pk])
    instance.record = _rebuilt(Record, parent[record.pk])
    instance.stood_at = instant
    return instance


def children_stood(record: Record, model: type[Model], instant: dt.datetime) -> list[Any]:
    """The rows of one of a record's child tables as they stood at an instant; not to be saved."""
    rows = as_of(record, instant).get(model._meta.db_table, {})
    return [_rebuilt(model, row) for row in rows.values()]


def _rebuilt(model: type[Model], row: dict[str, Any]) -> Any:
    """A row of the history as an instance: what it leaves out was null, or came later with its default."""
    row = {**defaults(model), **row}
    return model(
        **{
            field.attname: restored(field, row.get(str(field.column)))
            for field in model._meta.concrete_fields
            if not field.generated
        }
    )


def defaults(model: type[Model]) -> dict[str, Any]:
    """By column what is never null and has a plain default: what rows had that are older than the column."""
    plain = (field for field in model._meta.concrete_fields if not field.null and field.has_default())
    return {str(field.column): field.default for field in plain if isinstance(field.default, (str, int))}


def restored(field: Field[Any, Any], stored: Any) -> Any:
    """A column's value as the history has it (JSON), in the field's own type; an amount with all of its decimals."""
    if stored is None:
        return None
    value = field.to_python(stored)
    return round(value, field.decimal_places) if isinstance(field, DecimalField) else value
