"""The worker's part: the rows of each table under way, a batch after the other, on paper or in earnest.

A batch is a transaction which locks its import: of several workers one has it, and what is killed is as if it had not
begun. In earnest, what can't be said on paper (a reference that somebody else has taken meanwhile) refuses its row
alone: the batch is divided until the row stands by itself.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, DataError, IntegrityError, OperationalError, connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from hilvan.records.history import writing_at
from hilvan.records.kinds import kinds
from hilvan.records.services import Refused, bear_all

from ..models import Stage, TableImport, TableRow
from .fields import fields_of, importable
from .planning import Planner
from .plans import CHANGED, MOST_UNKNOWN, NEW, Choices, Plan
from .reading import Row

BATCH = 500
SECONDS = 2.0
"""So long the worker keeps at it before it looks after its other jobs."""
WRONG = (ValidationError, PermissionDenied, Refused, IntegrityError, DataError)

logger = logging.getLogger(__name__)


def run_due() -> None:
    """What the worker does again and again: go on with the tables under way, for a while."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and advance():
        pass


def run(table: TableImport, progress: Callable[[int, int], None] | None = None) -> TableImport:
    """Bring one table to the end of its stage here, beside any worker."""
    while True:
        advanced = advance(table.pk)
        table.refresh_from_db()
        if progress is not None:
            progress(table.done, table.total)
        if not table.is_under_way:
            return table
        if not advanced:  # a worker has it
            time.sleep(0.1)


def advance(key: int | None = None) -> bool:
    """One batch of one table under way, the oldest or this one; whether there was any."""
    table = None
    try:
        with transaction.atomic():
            due = TableImport.objects.filter(stage__in=[Stage.CHECKING, Stage.IMPORTING])
            due = due.filter(pk=key) if key is not None else due.order_by("pk")
            table = (
                due.select_for_update(skip_locked=True, of=("self",))
                .select_related("user__company", "user__role")
                .first()
            )
            if table is None:
                return False
            with translation.override(table.user.speaks), timezone.override(table.user.zone):
                _advance(table)
    except OperationalError:
        raise  # the database went away: the worker tries again
    except Exception as error:
        if table is None:
            raise
        logger.exception("The import %s has stopped", table.uuid)
        _stop(table, error)
    return True


def _advance(table: TableImport) -> None:
    """The next batch of a table that is ours."""
    user, earnest = table.user, table.stage == Stage.IMPORTING
    kind = kinds.get(table.kind)
    if kind is None or kind not in importable(user) or not user.is_active:
        table.stage, table.failure = Stage.FAILED, _("You may not create this.")
        table.save()
        return
    rows = list(
        table.rows.filter(line__gt=table.position).order_by("line").values_list("line", "cells", "outcome")[:BATCH]
    )
    choices = Choices(**table.choices)
    planner = Planner(user, fields_of(kind, user), choices, hints=table.hints, in_earnest=earnest)
    given = [(line, cells) for line, cells, _outcome in rows]
    plans = _import(table, planner, given) if earnest else _check(table, planner, given)
    _keep(table, plans)
    table.position, table.done = (rows[-1][0] if rows else table.position), table.done + len(rows)
    table.counts = dict(Counter(table.counts) + Counter(plan.outcome for plan in plans))
    _note_unknown(table, planner)
    if len(rows) < BATCH:
        table.stage = Stage.DONE if earnest else Stage.CHECKED
        table.finished_at = timezone.now()
    table.save()


def _check(table: TableImport, planner: Planner, rows: Sequence[Row]) -> list[Plan]:
    """On paper. A change of what exists is tried and taken back, since only its service knows."""
    plans = planner.plan(rows, now=_clock(), before=lambda keys: _before(table, keys))
    for plan in plans:
        if plan.outcome == CHANGED:
            with suppress(_TakenBack):
                try:
                    with transaction.atomic():
                        _change(planner, plan)
                        raise _TakenBack
                except (*WRONG, OperationalError) as error:
                    if isinstance(error, OperationalError) and not _is_of_history(error):
                        raise
                    plan.refuse(*_words(error))
    return plans


class _TakenBack(Exception):
    pass


def _import(table: TableImport, planner: Planner, rows: Sequence[Row]) -> list[Plan]:
    """In earnest; of rows that can't be, each alone is refused."""
    # One import of a company at a time: two of the same table would make each record twice.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('hilvan import', %s))", [table.company_id])
    try:
        with transaction.atomic():
            return _import_all(table, planner, rows)
    except (*WRONG, OperationalError) as error:
        if isinstance(error, OperationalError) and not _is_of_history(error):
            raise
        if len(rows) > 1:
            half = len(rows) // 2
            planners = [_afresh(planner) for _half in range(2)]
            return [
                plan
                for part, rows_of in zip(planners, (rows[:half], rows[half:]), strict=True)
                for plan in _import(table, part, rows_of)
            ]
        plan = Plan(rows[0][0])
        plan.refuse(*_words(error))
        return [plan]


def _afresh(planner: Planner) -> Planner:
    """A fresh one: what the other has met was taken back with its transaction."""
    return Planner(
        planner.user, planner.fields, planner.choices,
        hints={"orders": planner.orders, "marks": planner.marks}, in_earnest=planner.in_earnest,
    )  # fmt: skip


def _import_all(table: TableImport, planner: Planner, rows: Sequence[Row]) -> list[Plan]:
    now = _clock()
    with writing_at(None, table.uuid):
        plans = planner.plan(rows, now=now, before=lambda keys: _before(table, keys))
        new = [plan for plan in plans if plan.outcome == NEW and plan.newborn is not None]
        kind, actor = planner.fields.kind, planner.actor(now)
        newborns = [plan.newborn for plan in new if plan.newborn is not None]
        if newborns:
            bear_all(kind, newborns, actor)
            planner.fields.importing.born([newborn.model for newborn in newborns], actor)
        for plan in new:
            assert plan.newborn is not None
            plan.record = plan.newborn.model.record
        _go_on(table, planner, new)
    for plan in plans:
        if plan.outcome == CHANGED:
            _change(planner, plan)
    return plans


def _go_on(table: TableImport, planner: Planner, new: Sequence[Plan]) -> None:
    """What became of the newborn records later, each step at its instant; in one query."""
    meta = planner.fields.kind.model._meta
    told = []
    for plan in new:
        assert plan.newborn is not None
        model = plan.newborn.model
        for step in plan.steps:
            assert isinstance(step.at, dt.datetime)
            changed = step.put(model, planner.actor(step.at))
            columns = {
                field.column: getattr(model, field.attname) for field in meta.concrete_fields if field.name in changed
            }
            of_step = {"record": model.pk, "at": step.at, "verb": step.verb, "note": step.note, "columns": columns}
            told.append({"table": meta.db_table, **of_step})
    if told:
        with connection.cursor() as cursor:
            cursor.execute("SELECT hilvan_import_steps(%s, %s)", [table.uuid, json.dumps(told, default=str)])


def _change(planner: Planner, plan: Plan) -> None:
    """An existing record is changed now, as by hand: its past is its own."""
    planner.fields.kind.change(plan.record, actor=planner.actor(None), **plan.change)


def _before(table: TableImport, keys: list[str]) -> dict[str, int]:
    """The rows before this batch which have these keys and became records."""
    found: dict[str, int] = {}
    wanted = set(keys)
    earlier = table.rows.filter(line__lte=table.position, outcome=NEW, keys__overlap=keys).order_by("line")
    for line, its in earlier.values_list("line", "keys"):
        for key in wanted.intersection(its):
            found.setdefault(key, line)
    return found


def _keep(table: TableImport, plans: Sequence[Plan]) -> None:
    told = [
        {
            "line": plan.line,
            "outcome": plan.outcome,
            "reasons": plan.reasons,
            "keys": plan.keys,
            "number": plan.record.number if plan.record is not None else "",
        }
        for plan in plans
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{TableRow._meta.db_table}" r SET outcome = d.outcome, reasons = d.reasons, keys = d.keys,'
            " number = d.number FROM jsonb_to_recordset(%s::jsonb)"
            " AS d(line integer, outcome text, reasons jsonb, keys text[], number text)"
            " WHERE r.table_id = %s AND r.line = d.line",
            [json.dumps(told), table.pk],
        )


def _note_unknown(table: TableImport, planner: Planner) -> None:
    for name, words in planner.unknown.items():
        known = Counter(table.unknown.get(name, {})) + words
        table.unknown[name] = dict(known.most_common(MOST_UNKNOWN))


def _is_of_history(error: DatabaseError) -> bool:
    """Whether the history's triggers refuse it (records/sql/history.sql), and not the database as such."""
    return str(getattr(error.__cause__, "sqlstate", "") or "").startswith("HV")


def _words(error: Exception) -> list[tuple[int, str]]:
    if isinstance(error, ValidationError):
        return [(-1, message) for message in error.messages]
    if isinstance(error, DatabaseError):
        constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
        if constraint == "record_ref_once_in_kind":
            return [(-1, _("Another record has this reference already."))]
        rule = constraint or getattr(error.__cause__, "sqlstate", "") or type(error).__name__
        return [(-1, _("The database refuses it (%(rule)s).") % {"rule": rule})]
    return [(-1, str(error) or _("You may not create this."))]


def _stop(table: TableImport, error: Exception) -> None:
    with translation.override(table.user.speaks):
        said = _("An error of the program has stopped it (%(error)s). Nothing of the batch was written.") % {
            "error": type(error).__name__
        }
    TableImport.objects.filter(pk=table.pk).update(stage=Stage.FAILED, failure=said)


def _clock() -> dt.datetime:
    """The instant at which this transaction writes: the database's clock's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT hilvan_instant()")
        (now,) = cursor.fetchone()
    return now  # type: ignore[no-any-return]
