"""Sales documents: what is delivered and invoiced of what was ordered, and invoices that nobody changes any more."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from hilvan.records.services import prefill
from hilvan.sales.kind import INVOICE_STATES, invoice_in_state
from hilvan.sales.models import Invoice, SalesOrder
from hilvan.sales.services import change_invoice, create_invoice, issue_invoice
from hilvan.trade.chains import lines_from
from tests.world import World


def fresh(record: Record) -> Record:
    return Record.objects.get(pk=record.pk)


def make(world: World, kind: str, origin: Record, **overrides: Any) -> Record:
    """What the Create menu makes of a record."""
    taken = {name: one.value for name, one in prefill(kinds[kind], fresh(origin), world.ana).items()}
    return kinds[kind].create(actor=world.actor(), origin=origin, **{**taken, **overrides})


def order(world: World, *quantities: int, **fields: Any) -> Record:
    lines = [
        {"description": f"Pieza {at}", "quantity": Decimal(quantity), "price": Decimal(10)}
        for at, quantity in enumerate(quantities)
    ]
    record = world.record("sales_order", title="Recambios", party=world.customer(), lines=lines, **fields)
    world.do(record, "confirm")
    return record


def quantities(record: Record) -> list[int]:
    return [int(line.quantity) for line in record.lines.order_by("position")]


def of_part(record: Record, *wanted: int) -> list[dict[str, Any]]:
    """The lines that a document would take over from a record, so many of each."""
    lines = lines_from(record, kinds["delivery_note"])
    return [{**line, "quantity": Decimal(quantity)} for line, quantity in zip(lines, wanted, strict=True)]


def test_an_order_is_delivered_in_parts_and_each_time_only_what_is_left(world: World) -> None:
    record = order(world, 5, 2)
    first = make(world, "delivery_note", record, lines=of_part(record, 3, 0))
    assert SalesOrder.objects.get(pk=record.pk).delivered == "part"
    rest = make(world, "delivery_note", record)
    assert quantities(rest) == [2, 2]
    assert SalesOrder.objects.get(pk=record.pk).delivered == "all"
    with pytest.raises(ValidationError) as refused:
        make(world, "delivery_note", record)
    assert refused.value.messages == ["No queda nada pendiente."]
    assert first.origin == record


def test_more_than_is_left_is_refused_and_nothing_is_written(world: World) -> None:
    record = order(world, 5)
    lines = of_part(record, 6)
    with pytest.raises(ValidationError) as refused:
        make(world, "delivery_note", record, lines=lines)
    assert refused.value.message_dict == {"lines": ["Es más de lo que queda."]}
    assert not Record.objects.filter(kind="delivery_note").exists()
    assert SalesOrder.objects.get(pk=record.pk).delivered == "nothing"


def test_what_was_invoiced_by_a_delivery_note_is_not_invoiced_again_by_its_order(world: World) -> None:
    record = order(world, 5)
    note = make(world, "delivery_note", record, lines=of_part(record, 3))
    world.do(note, "deliver")
    make(world, "invoice", note)
    assert quantities(make(world, "invoice", record)) == [2]
    assert SalesOrder.objects.get(pk=record.pk).invoiced == "all"


def test_a_cancelled_delivery_note_gives_back_what_it_took(world: World) -> None:
    record = order(world, 5)
    note = make(world, "delivery_note", record)
    world.do(note, "cancel", reason="Se canceló el envío")
    assert SalesOrder.objects.get(pk=record.pk).delivered == "nothing"
    assert quantities(make(world, "delivery_note", record)) == [5]


def test_an_order_of_which_something_was_delivered_is_not_cancelled(world: World) -> None:
    record = order(world, 5)
    make(world, "delivery_note", record, lines=of_part(record, 1))
    with pytest.raises(ValidationError):
        world.do(record, "cancel", reason="Ya no")
    assert SalesOrder.objects.get(pk=record.pk).state == "confirmed"


def invoice(world: World, amount: str = "100", **fields: Any) -> Record:
    fields.setdefault("party", world.customer())
    fields.setdefault("billing_tax_id", "B12345674")
    fields.setdefault("billing_address", "Calle Mayor 1, Zaragoza")
    return create_invoice(
        actor=world.actor(), lines=[{"description": "Trabajo", "price": Decimal(amount)}], title="Trabajos", **fields
    )


def test_an_invoice_gets_its_number_when_it_is_issued_and_stays_known_by_its_drafts(world: World) -> None:
    record = invoice(world)
    draft = record.number
    assert draft.startswith("BFAC-")
    world.do(record, "issue")
    year = timezone.localdate().year
    assert fresh(record).number == f"FAC-{year}-000001"
    assert Record.objects.find(world.ana, draft) == record
    second = invoice(world)
    world.do(second, "issue")
    assert fresh(second).number == f"FAC-{year}-000002"


def test_an_issued_invoice_is_final_for_services_and_for_the_database(committed_world: World) -> None:
    world = committed_world
    record = invoice(world)
    issue_invoice(record, actor=world.actor())
    with pytest.raises(ValidationError):
        change_invoice(record, actor=world.actor(), reference="otra")
    for statement in (
        "UPDATE sales_invoice SET total = 1 WHERE record_id = %s",
        "UPDATE sales_invoice SET state = 'draft', issued_at = NULL WHERE record_id = %s",
        "DELETE FROM sales_invoice WHERE record_id = %s",
        "UPDATE trade_line SET price = 1 WHERE record_id = %s",
        "DELETE FROM trade_line WHERE record_id = %s",
        "UPDATE records_record SET party_id = NULL WHERE id = %s",
        "UPDATE records_record SET number = 'FAC-2026-999999' WHERE id = %s",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [record.pk])
    kept = Invoice.objects.get(pk=record.pk)
    assert (kept.total, kept.state) == (Decimal("121.00"), "issued")
    assert kept.record.lines.get().price == 100


def test_an_invoice_of_more_than_400_euros_needs_to_say_whom_it_is_for(world: World) -> None:
    record = invoice(world, "400", billing_tax_id="", billing_address="")
    with pytest.raises(ValidationError) as refused:
        world.do(record, "issue")
    assert set(refused.value.message_dict) == {"billing_tax_id", "billing_address"}
    assert fresh(record).number.startswith("BFAC-")
    small = invoice(world, "10", billing_tax_id="", billing_address="")
    world.do(small, "issue")
    assert fresh(small).number.endswith("-000001")


def test_numbers_run_with_the_days(world: World) -> None:
    today = timezone.localdate()
    world.do(invoice(world, dated=today), "issue")
    earlier = invoice(world, dated=today - dt.timedelta(days=1))
    if earlier.as_invoice.dated.year == today.year:
        with pytest.raises(ValidationError) as refused:
            world.do(earlier, "issue")
        assert list(refused.value.message_dict) == ["dated"]


def test_a_credit_note_takes_back_no_more_than_was_invoiced_and_has_a_series_of_its_own(world: World) -> None:
    record = invoice(world)
    with pytest.raises(ValidationError):
        make(world, "credit_note", record)
    world.do(record, "issue")
    note = make(world, "credit_note", record, reason="Devolución")
    assert (note.as_credit_note.total, note.as_credit_note.rectifies) == (Decimal("-121.00"), record)
    world.do(note, "issue")
    assert fresh(note).number.startswith("REC-")
    rectified = fresh(record)
    assert (rectified.as_invoice.rectified, rectified.as_invoice.outstanding) == (Decimal("-121.00"), Decimal(0))
    assert kinds["invoice"].state(rectified.as_invoice) == INVOICE_STATES["paid"]
    assert Invoice.objects.filter(invoice_in_state("paid"), pk=record.pk).exists()
    with pytest.raises(ValidationError) as refused:
        make(world, "credit_note", record)
    assert refused.value.messages == ["No queda nada pendiente."]


def test_fifty_at_once_are_numbered_without_gap_or_repetition(committed_world: World) -> None:
    world = committed_world
    customer = world.customer()
    records = [invoice(world, party=customer) for _n in range(50)]
    failures: list[Exception] = []

    def issue(some: list[Record]) -> None:
        try:
            for record in some:
                issue_invoice(record, actor=world.actor())
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=issue, args=[records[at::10]]) for at in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    year = timezone.localdate().year
    numbers = Record.objects.filter(kind="invoice").order_by("number").values_list("number", flat=True)
    assert list(numbers) == [f"FAC-{year}-{n:06}" for n in range(1, 51)]


def test_two_who_deliver_the_rest_at_once_do_not_deliver_it_twice(committed_world: World) -> None:
    world = committed_world
    record = order(world, 5)
    lines = of_part(record, 4)
    outcomes: list[str] = []

    def deliver() -> None:
        try:
            make(world, "delivery_note", record, lines=lines)
            outcomes.append("delivered")
        except ValidationError:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=deliver) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["delivered", "refused", "refused", "refused"]
