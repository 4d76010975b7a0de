"""Work orders: whose time runs, what is fixed once it is done, and that nothing is invoiced twice."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from hilvan.records.attachments import content
from hilvan.records.history import entries
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from hilvan.records.services import creatable, prefill
from hilvan.work_orders.models import Time, WorkOrder, hours_of
from hilvan.work_orders.services import add_material, change_work_order
from hilvan.work_orders.work import add_time, change_time, remove_time, tick_task
from tests.world import World

PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010806000000") + b"rest"
AT_NINE = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


def fresh(record: Record) -> Record:
    return Record.objects.get(pk=record.pk)


def standing(record: Record) -> WorkOrder:
    return WorkOrder.objects.select_related("record").get(pk=record.pk)


def order(world: World, *, quantity: int = 2, **fields: Any) -> Record:
    lines = [{"description": "Filtro", "quantity": Decimal(quantity), "price": Decimal(10)}]
    return world.record(
        "work_order", **{"title": "Revisar caldera", "party": world.customer(), "lines": lines, **fields}
    )


def worked(world: World, record: Record, hours: float) -> Time:
    return add_time(record, actor=world.actor(), started_at=AT_NINE, ended_at=AT_NINE + dt.timedelta(hours=hours))


def make(world: World, kind: str, origin: Record, **overrides: Any) -> Record:
    """What the Create menu makes of a record."""
    taken = {name: one.value for name, one in prefill(kinds[kind], fresh(origin), world.ana).items()}
    return kinds[kind].create(actor=world.actor(), origin=origin, **{**taken, **overrides})


def why_not(world: World, record: Record, kind: str) -> str:
    return next(one.why_not for one in creatable(fresh(record), world.ana) if one.kind.name == kind)


def test_the_time_starts_and_stops_by_the_clock_of_the_server(world: World) -> None:
    record = order(world)
    before = timezone.now()
    world.do(record, "start")
    started = standing(record)
    assert started.state == "in_progress"
    assert before <= started.begun_at <= timezone.now()  # type: ignore[operator]
    assert started.record.owner == world.ana  # who starts what is nobody's takes it on
    world.do(record, "stop")
    time = record.work_times.get()
    assert time.person == world.ana
    assert time.started_at == started.begun_at
    assert time.ended_at is not None
    assert standing(record).state == "in_progress"


def test_of_each_person_one_time_runs_at_most(world: World) -> None:
    one, other = order(world), order(world)
    world.do(other, "start")
    world.do(one, "start")  # who starts here stops there
    assert Time.objects.get(person=world.ana, ended_at=None).record == one
    assert entries(other)[0].verb == "work_order.stop"
    with pytest.raises(ValidationError) as refused:
        world.do(one, "start")
    assert refused.value.messages == ["Tu tiempo ya está corriendo aquí."]
    world.do(other, "start", by=world.luis)
    world.do(one, "start", by=world.jefa)
    world.do(one, "stop")
    assert {time.person for time in Time.objects.filter(ended_at=None)} == {world.luis, world.jefa}
    world.do(other, "stop")  # Luis has forgotten his
    assert {time.person for time in Time.objects.filter(ended_at=None)} == {world.jefa}
    with pytest.raises(ValidationError):
        world.do(other, "stop")


def test_times_are_put_right_and_the_history_keeps_what_they_were(world: World) -> None:
    record = order(world)
    time = worked(world, record, 2)
    change_time(time, actor=world.actor(), ended_at=AT_NINE + dt.timedelta(hours=3), note="Con la comida")
    assert hours_of(record.work_times.all()) == Decimal("3.00")
    for wrong, field in (
        ({"ended_at": AT_NINE - dt.timedelta(minutes=1)}, "ended_at"),
        ({"started_at": timezone.now() + dt.timedelta(hours=1)}, "started_at"),
        ({"person": world.zoe}, "person"),
    ):
        with pytest.raises(ValidationError) as refused:
            change_time(time, actor=world.actor(), **wrong)
        assert list(refused.value.message_dict) == [field]
    assert hours_of(record.work_times.all()) == Decimal("3.00")
    remove_time(record.work_times.get(), actor=world.actor())
    assert not record.work_times.exists()
    assert [entry.verb for entry in entries(record)][:3] == [
        "work_order.remove_time", "work_order.change_time", "work_order.add_time",
    ]  # fmt: skip


def test_tasks_are_ticked_by_somebody_at_an_instant(world: World) -> None:
    record = order(world, tasks=["Purgar", "Medir gases"])
    task = record.work_tasks.get(text="Medir gases")
    tick_task(task, actor=world.actor(world.luis))
    task.refresh_from_db()
    assert task.done_by == world.luis
    change_work_order(record, actor=world.actor(), tasks=["Medir gases", "Limpiar"])
    assert [(one.text, one.done_by) for one in record.work_tasks.order_by("position")] == [
        ("Medir gases", world.luis),
        ("Limpiar", None),
    ]
    tick_task(task, actor=world.actor(), done=False)
    task.refresh_from_db()
    assert task.done_at is None
    assert task.done_by_id is None


def test_finishing_turns_the_hours_into_a_line_at_the_price_of_the_hour(world: World) -> None:
    record = order(world, hourly_rate=Decimal(40))
    worked(world, record, 1.5)
    world.do(record, "finish", report="Cambiado el filtro")
    done = standing(record)
    assert (done.state, done.report, done.net) == ("done", "Cambiado el filtro", Decimal("80.00"))
    lines = record.lines.order_by("position").values_list("description", "quantity", "unit", "price")
    assert list(lines) == [
        ("Filtro", Decimal(2), "", Decimal(10)),
        ("Mano de obra", Decimal("1.5"), "h", Decimal(40)),
    ]


def test_hours_without_a_price_are_not_charged(world: World) -> None:
    record = order(world)
    worked(world, record, 1.5)
    world.do(record, "finish")
    assert standing(record).net == Decimal("20.00")


def test_finishing_stops_whoever_still_works(world: World) -> None:
    record = order(world)
    world.do(record, "start", by=world.luis)
    world.do(record, "finish")
    assert not Time.objects.filter(ended_at=None).exists()


def test_the_customer_signs_and_what_was_signed_is_fixed(world: World) -> None:
    record = order(world, tasks=["Purgar"], hourly_rate=Decimal(40))
    time = worked(world, record, 1)
    world.do(record, "sign", signed_by="Marta Ruiz", drawn=PNG, report="Hecho")
    signed = standing(record)
    assert (signed.state, signed.signed_by, signed.report) == ("done", "Marta Ruiz", "Hecho")
    assert signed.signed_at is not None
    assert signed.signature is not None
    with content(signed.signature) as file:
        assert file.read() == PNG
    assert signed.signature.name == "Firma de Marta Ruiz.png"
    for change in (
        lambda: add_material(record, actor=world.actor(), description="Más"),
        lambda: worked(world, record, 1),
        lambda: remove_time(time, actor=world.actor()),
        lambda: tick_task(record.work_tasks.get(), actor=world.actor()),
        lambda: world.do(record, "sign", signed_by="Otro"),
    ):
        with pytest.raises(ValidationError) as refused:
            change()
        assert refused.value.code == "not_now"
    assert standing(record).net == Decimal("60.00")


@pytest.mark.parametrize("table", ["trade_line", "work_orders_time", "work_orders_task"])
def test_not_even_sql_changes_what_was_signed(world: World, table: str) -> None:
    record = order(world, tasks=["Purgar"])
    worked(world, record, 1)
    world.do(record, "sign", signed_by="Marta Ruiz")
    with pytest.raises(DatabaseError, match="signed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE record_id = %s", [record.pk])
    assert record.lines.count() == 1
    assert record.work_times.count() == 1


def test_a_signature_needs_a_name_and_a_picture_that_is_one(world: World) -> None:
    record = order(world)
    with pytest.raises(ValidationError) as refused:
        world.do(record, "sign", signed_by=" ")
    assert list(refused.value.message_dict) == ["signed_by"]
    with pytest.raises(ValidationError):
        world.do(record, "sign", signed_by="Marta", drawn=b"MZ a program")
    assert standing(record).state == "planned"
    assert not record.attachments.exists()


def test_reopened_it_takes_back_the_signature_and_the_line_of_the_hours(world: World) -> None:
    record = order(world, hourly_rate=Decimal(40))
    worked(world, record, 1)
    world.do(record, "sign", signed_by="Marta Ruiz", drawn=PNG)
    world.do(record, "reopen", reason="Falta un filtro")
    again = standing(record)
    assert (again.state, again.signed_at, again.signature, again.finished_at) == ("in_progress", None, None, None)
    assert [line.description for line in record.lines.all()] == ["Filtro"]
    assert again.net == Decimal("20.00")
    assert record.attachments.count() == 1
    worked(world, record, 0.5)
    world.do(record, "finish")
    assert standing(record).net == Decimal("80.00")


def test_what_is_done_is_invoiced_once(world: World) -> None:
    record = order(world, hourly_rate=Decimal(40))
    worked(world, record, 1)
    assert why_not(world, record, "invoice") == "Antes hay que terminar el trabajo."
    world.do(record, "finish")
    invoice = make(world, "invoice", record)
    assert [(line.description, line.amount) for line in invoice.lines.order_by("position")] == [
        ("Filtro", Decimal("20.00")),
        ("Mano de obra", Decimal("40.00")),
    ]
    assert standing(record).invoiced == "all"
    assert kinds["work_order"].state(standing(record)).code == "invoiced"  # type: ignore[union-attr]
    assert why_not(world, record, "invoice") == "No queda nada pendiente."
    with pytest.raises(ValidationError) as refused:
        world.do(record, "reopen", reason="Otra vez")
    assert refused.value.messages == ["Ya se ha facturado algo."]


def test_invoiced_in_part_the_rest_is_left(world: World) -> None:
    record = order(world, quantity=5)
    world.do(record, "finish")
    source = record.lines.get()
    line = {"source": source.pk, "description": "Filtro", "quantity": Decimal(2), "price": Decimal(10)}
    make(world, "invoice", record, lines=[line])
    assert standing(record).invoiced == "part"
    with pytest.raises(ValidationError) as refused:
        make(world, "invoice", record, lines=[{**line, "quantity": Decimal(4)}])
    assert list(refused.value.message_dict) == ["lines"]
    rest = make(world, "invoice", record)
    assert [line.quantity for line in rest.lines.all()] == [3]


def test_what_is_invoiced_of_a_work_order_is_invoiced_of_its_sales_order(world: World) -> None:
    lines = [{"description": "Bomba", "quantity": Decimal(3), "price": Decimal(100)}]
    sold = world.record("sales_order", title="Bombas", party=world.customer(), lines=lines)
    world.do(sold, "confirm")
    record = make(world, "work_order", sold)
    world.do(record, "finish")
    make(world, "invoice", record)
    assert sold.as_sales_order.__class__.objects.get(pk=sold.pk).invoiced == "all"
    assert why_not(world, sold, "invoice") == "No queda nada pendiente."


def test_a_cancelled_one_gives_back_what_it_took_and_can_be_reopened(world: World) -> None:
    lines = [{"description": "Bomba", "quantity": Decimal(3), "price": Decimal(100)}]
    sold = world.record("sales_order", title="Bombas", party=world.customer(), lines=lines)
    world.do(sold, "confirm")
    record = make(world, "work_order", sold)
    assert make(world, "work_order", sold).lines.count() == 0
    world.do(record, "cancel", reason="No está en casa")
    second = make(world, "work_order", sold)
    assert second.lines.get().quantity == 3
    with pytest.raises(ValidationError) as refused:
        world.do(record, "reopen", reason="Ya ha vuelto")
    assert list(refused.value.message_dict) == ["reason"]
    assert standing(record).state == "cancelled"
    world.do(second, "cancel", reason="Repetida")
    world.do(record, "reopen", reason="Ya ha vuelto")
    assert standing(record).state == "planned"


def test_while_somebody_works_it_is_not_cancelled(world: World) -> None:
    record = order(world)
    world.do(record, "start", by=world.luis)
    with pytest.raises(ValidationError) as refused:
        world.do(record, "cancel", reason="Error")
    assert refused.value.code == "not_now"
    assert standing(record).state == "in_progress"


def test_it_starts_with_where_what_when_and_by_whom(world: World) -> None:
    customer = world.customer(address="Calle Mayor 1", city="Zaragoza")
    start = timezone.now().replace(second=0, microsecond=0) + dt.timedelta(days=1)
    visit = world.activity(
        "Revisar caldera", party=customer, assignee=world.luis, description="Hace ruido", start_at=start,
        end_at=start + dt.timedelta(hours=1),
    )  # fmt: skip
    record = make(world, "work_order", visit)
    made = standing(record)
    assert (made.record.title, made.record.owner, made.record.party) == ("Revisar caldera", world.luis, customer)
    assert (made.start_at, made.notes) == (start, "Hace ruido")
    assert made.delivery_address == "Calle Mayor 1, Zaragoza"


def test_it_may_not_end_before_it_starts(world: World) -> None:
    with pytest.raises(ValidationError) as refused:
        order(world, start_at=AT_NINE, end_at=AT_NINE - dt.timedelta(hours=1))
    assert list(refused.value.message_dict) == ["end_at"]
    assert not Record.objects.filter(kind="work_order").exists()


def test_a_material_brings_the_price_of_its_product(world: World) -> None:
    record = order(world)
    product = world.record("product", title="Junta", price=Decimal("3.50"))
    add_material(record, actor=world.actor(), product=product, quantity=Decimal(4))
    assert list(record.lines.order_by("position").values_list("description", "quantity", "price")) == [
        ("Filtro", Decimal(2), Decimal(10)),
        ("Junta", Decimal(4), Decimal("3.5")),
    ]
    assert standing(record).net == Decimal("34.00")
