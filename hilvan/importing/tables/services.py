"""What a person does with a table: bring it in, say what its columns are, have it imported, forget it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import IO

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hilvan.people.models import User
from hilvan.records.kinds import Kind
from hilvan.records.services import Refused

from ..models import Stage, TableImport, TableRow
from .fields import REASON, fields_of, guess, importable
from .planning import hints_of
from .plans import REFUSED, Choices
from .reading import Unreadable, read
from .values import text_of

KEPT = dt.timedelta(days=14)
"""How long a table and what became of its rows can be looked at."""


@transaction.atomic
def upload(file: IO[bytes], *, name: str, kind: Kind, user: User) -> TableImport:
    """Keep a table and have it checked, its columns being what their headings tell.

    Raises ``ValidationError`` (``file``) and ``PermissionDenied``.
    """
    if kind not in importable(user):
        raise PermissionDenied(_("You may not create this."))
    try:
        table = read(file)
    except Unreadable as error:
        raise ValidationError({"file": str(error)}) from error
    fields = fields_of(kind, user)
    now = timezone.now()
    choices = Choices(guess(table.columns, fields))
    kept = TableImport.objects.create(
        company=user.company,
        user=user,
        kind=kind.name,
        name=name.replace("\x00", "")[-255:] or "?",
        columns=table.columns,
        choices=choices.as_json(),
        hints=hints_of(table.rows, fields, choices),
        total=len(table.rows),
        created_at=now,
        expires_at=now + KEPT,
    )
    with connection.cursor() as cursor, cursor.copy(
        f'COPY "{TableRow._meta.db_table}" (table_id, line, cells, outcome, reasons, keys, number) FROM STDIN'
    ) as copy:  # fmt: skip
        for line, cells in table.rows:
            copy.write_row((kept.pk, line, json.dumps(cells), "", "[]", "{}", ""))
    return kept


@transaction.atomic
def choose(table: TableImport, choices: Choices, *, user: User) -> TableImport:
    """Have the table checked anew with other choices. Raises ``Refused`` for one that is imported already."""
    table = _lock(table)
    if table.stage in (Stage.IMPORTING, Stage.DONE):
        raise Refused(_("It has been imported already."))
    rows = [(line, cells) for line, cells in table.rows.order_by("line").values_list("line", "cells")]
    kind = next((kind for kind in importable(user) if kind.name == table.kind), None)
    if kind is None:
        raise PermissionDenied(_("You may not create this."))
    table.choices, table.hints = choices.as_json(), hints_of(rows, fields_of(kind, user), choices)
    _begin(table, Stage.CHECKING)
    return table


@transaction.atomic
def start(table: TableImport) -> TableImport:
    """Have the worker import what was checked. Raises ``Refused`` where that is not the next step."""
    table = _lock(table)
    if table.stage != Stage.CHECKED:
        raise Refused(_("It has been imported already.") if table.stage == Stage.DONE else _("It is being worked on."))
    _begin(table, Stage.IMPORTING)
    return table


@transaction.atomic
def forget(table: TableImport) -> None:
    """Delete the table and its rows; what it brought in stays. An import under way ends where it stands."""
    _lock(table).delete()


def forget_expired() -> None:
    """Those whose time is over."""
    for table in TableImport.objects.filter(expires_at__lt=timezone.now()):
        table.delete()


def refused_rows(table: TableImport) -> Iterator[list[str]]:
    """What was refused, to be corrected and loaded again: the same columns, with the reason before them."""
    yield [str(REASON), *table.columns]
    for cells, reasons in table.rows.filter(outcome=REFUSED).order_by("line").values_list("cells", "reasons"):
        yield [in_words(table.columns, reasons), *map(text_of, cells)]


def in_words(columns: list[str], reasons: list[tuple[int, str]]) -> str:
    """The reasons of a row, each with the heading of its column."""
    said = [f"{columns[place]}: {reason}" if 0 <= place < len(columns) else reason for place, reason in reasons]
    return " ".join(one if one.endswith((".", "!", "?")) else f"{one}." for one in said)


def _lock(table: TableImport) -> TableImport:
    return TableImport.objects.select_for_update().get(pk=table.pk)


def _begin(table: TableImport, stage: Stage) -> None:
    table.stage, table.done, table.position, table.counts, table.failure = stage, 0, 0, {}, ""
    if stage == Stage.CHECKING:
        table.unknown = {}
        table.rows.exclude(outcome="").update(outcome="", keys=[])
    table.save()
