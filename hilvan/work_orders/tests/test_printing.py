"""What is printed of a work order: all that was done, and who signed."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from io import BytesIO
from typing import Any

import PIL.Image
import pytest
from pypdf import PdfReader

from hilvan.printing.documents import printed
from hilvan.records.models import Record
from hilvan.work_orders.work import add_time
from tests.world import World

AT_NINE = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
MATERIAL = {"description": "Filtro", "quantity": Decimal(2), "price": Decimal(10)}


def drawn() -> bytes:
    made = BytesIO()
    PIL.Image.new("RGB", (300, 120), "navy").save(made, "PNG")
    return made.getvalue()


def page(record: Record) -> tuple[str, int]:
    """The text of what is printed, and how many pictures there are."""
    found = printed(Record.objects.get(pk=record.pk))
    assert found is not None
    (one,) = PdfReader(BytesIO(found.content)).pages
    return re.sub(r"\s+", " ", one.extract_text().replace("\u200b", "")), len(one.images)


def order(world: World, **fields: Any) -> Record:
    return world.record(
        "work_order", title="Revisar caldera", party=world.customer(), lines=[MATERIAL], notes="Pierde agua",
        tasks=["Purgar", "Cambiar filtro"], **fields,
    )  # fmt: skip


def test_before_it_is_signed_there_is_room_to(world: World) -> None:
    record = order(world)
    text, pictures = page(record)
    for words in (record.number, "Por hacer Pierde agua", "Purgar", "Cambiar filtro", "Cliente: nombre, fecha y firma"):
        assert words in text
    assert pictures == 0


def test_it_tells_the_hours_what_was_done_and_who_signed(world: World) -> None:
    record = order(world, hourly_rate=Decimal(40))
    add_time(record, actor=world.actor(), started_at=AT_NINE, ended_at=AT_NINE + dt.timedelta(hours=1, minutes=30))
    world.do(record, "sign", signed_by="Rosa Gil", drawn=drawn(), report="Junta cambiada")
    text, pictures = page(record)
    for words in ("Junta cambiada", "Horas en total 1,50", "02/03/2026 10:00", "Rosa Gil", "96,80 €"):
        assert words in text
    assert pictures == 1


@pytest.mark.parametrize("signature", [None, b"\x89PNG\r\n\x1a\n and then nothing"])
def test_without_a_drawing_that_can_be_printed_the_rest_is(world: World, signature: bytes | None) -> None:
    record = order(world)
    world.do(record, "sign", signed_by="Rosa Gil", drawn=signature)
    text, pictures = page(record)
    assert "Rosa Gil" in text
    assert pictures == 0
