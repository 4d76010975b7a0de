"""A record of every kind is found by its number and its heading, by who may see it, and with its kind's own texts."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from hilvan.people.models import User
from hilvan.records.kinds import Kind
from hilvan.records.models import Record
from hilvan.records.search import matching
from tests.every_kind.making import born, every_kind, heading
from tests.world import World


def found(text: str, user: User) -> list[Record]:
    return list(Record.objects.visible_to(user).filter(matching(text, user)))


@every_kind
def test_it_is_found_by_number_and_heading_by_nobody_else(kind: Kind, world: World) -> None:
    named: dict[str, Any] = {heading(kind): "Xilófonos y zambombas"}
    record = born(kind, world, **named)
    prefix, _year, digits = record.number.split("-")
    number = int(digits)

    for text in ("xilofono", "ZAMBOMBA xil", record.number, f"{prefix}-{number}", f"{prefix} {number}"):
        assert record in found(text, world.ana), text
        assert record not in found(text, world.zoe), text


@every_kind
def test_it_is_found_by_the_columns_that_its_kind_declares_also_after_a_change_in_sql(kind: Kind, world: World) -> None:
    columns = kind.known_by + kind.prose
    if not columns:
        pytest.skip("It declares none.")
    record = born(kind, world)
    constrained = {"resolution"}  # says something of the state, too
    for column in set(columns) - constrained:
        with connection.cursor() as cursor:
            cursor.execute(
                f'UPDATE "{kind.model._meta.db_table}" SET "{column}" = %s WHERE record_id = %s',
                ["zambomba8", record.pk],
            )
        assert found("zambomba8", world.ana) == [record], column
        with connection.cursor() as cursor:
            cursor.execute(
                f'UPDATE "{kind.model._meta.db_table}" SET "{column}" = %s WHERE record_id = %s', ["", record.pk]
            )
        assert found("zambomba8", world.ana) == [], column
