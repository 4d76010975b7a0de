"""The technician's day, and what is noted on an order's page piece by piece."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hilvan.people.models import User
from hilvan.records.models import Record
from hilvan.work_orders.models import Time, WorkOrder
from hilvan.work_orders.work import add_time
from tests.pages import signed_in
from tests.world import World

from .test_services import order


def today_at(hour: int, days: int = 0) -> dt.datetime:
    return timezone.localtime().replace(hour=hour, minute=0, second=0, microsecond=0) + dt.timedelta(days=days)


def titles(page: Any) -> list[str]:
    """The orders of the day's page, from top to bottom."""
    return [part.partition("</a>")[0].partition(">")[2] for part in page.content.decode().split('class="title"')[1:]]


def day(user: User, query: str = "") -> Any:
    answer = signed_in(user).get(f"/work-orders/day{query}")
    assert answer.status_code == 200
    return answer


def test_the_day_has_my_orders_in_their_order_and_nobody_elses(world: World) -> None:
    for title, hour, days, owner in (
        ("A las doce", 12, 0, world.ana),
        ("A las nueve", 9, 0, world.ana),
        ("De ayer", 9, -1, world.ana),
        ("De mañana", 9, 1, world.ana),
        ("De Luis", 9, 0, world.luis),
    ):
        order(world, title=title, start_at=today_at(hour, days), owner=owner)
    order(world, title="Sin fecha", owner=world.ana)
    gone = order(world, title="Anulada", start_at=today_at(10), owner=world.ana)
    world.do(gone, "cancel", reason="No está")
    assert titles(day(world.ana)) == ["De ayer", "A las nueve", "A las doce", "Sin fecha"]
    assert titles(day(world.ana, f"?day={today_at(9, 1):%Y-%m-%d}")) == ["De mañana"]
    assert titles(day(world.luis)) == ["De Luis"]
    assert titles(day(world.zoe)) == []
    for wrong in ("?day=hoy", "?day=9999-12-31", "?day=0001-01-01"):
        day(world.ana, wrong)


def test_the_order_on_which_my_time_runs_stands_on_top_with_stop(world: World) -> None:
    order(world, title="A las nueve", start_at=today_at(9), owner=world.ana)
    late = order(world, title="A las doce", start_at=today_at(12), owner=world.luis)
    client = signed_in(world.ana)
    back = {"next": "/work-orders/day"}
    answer = client.post(f"/work-orders/{late.number}/start", back)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/work-orders/day")
    assert titles(day(world.ana)) == ["A las doce", "A las nueve"]
    client.post(f"/work-orders/{late.number}/stop", back)
    assert Time.objects.get().ended_at is not None
    assert titles(day(world.ana)) == ["A las nueve"]


def test_the_day_calls_and_finds_the_customer(world: World) -> None:
    customer = world.customer(phone="976 111 222", address="Calle Mayor 1", city="Zaragoza")
    order(world, party=customer, start_at=today_at(9), owner=world.ana)
    page = day(world.ana).content.decode()
    assert 'href="tel:976111222"' in page
    assert "search?query=Calle+Mayor+1%2C+Zaragoza" in page


@pytest.mark.parametrize("address", ["/work-orders/day", "/work-orders/{number}"])
def test_the_queries_do_not_depend_on_the_orders_nor_on_what_is_on_them(world: World, address: str) -> None:
    def queries(record: Record) -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert client.get(address.format(number=record.number)).status_code == 200
        return len(caught)

    client = signed_in(world.ana)
    start = timezone.now() - dt.timedelta(days=2)

    def filled(several: int) -> Record:
        tasks = [f"Tarea {n}" for n in range(several)]
        record = order(world, start_at=today_at(9), owner=world.ana, tasks=tasks)
        for n in range(several):
            add_time(record, actor=world.actor(), started_at=start, ended_at=start + dt.timedelta(minutes=n + 1))
        return record

    one = filled(1)
    queries(one)
    first = queries(one)
    for _n in range(8):
        last = filled(6)
    assert queries(last) == first


def test_a_task_is_ticked_and_the_page_says_by_whom(world: World) -> None:
    record = order(world, tasks=["Purgar"])
    task = record.work_tasks.get()
    client = signed_in(world.ana)
    answer = client.post(f"/work-orders/{record.number}/tasks/{task.pk}", {"done": "1"})
    assert answer.headers["Location"] == f"/work-orders/{record.number}#tasks"
    task.refresh_from_db()
    assert task.done_by == world.ana
    assert "Ana Gil" in client.get(f"/work-orders/{record.number}").content.decode().partition('id="tasks"')[2]
    client.post(f"/work-orders/{record.number}/tasks/{task.pk}", {"done": "0"})
    task.refresh_from_db()
    assert task.done_by is None


def test_a_material_is_noted_and_what_is_wrong_stands_beside_the_field(world: World) -> None:
    record = order(world)
    client = signed_in(world.ana)
    address = f"/work-orders/{record.number}/material"
    assert client.get(address).status_code == 200
    assert client.post(address, {"quantity": "2"}).status_code == 422
    assert record.lines.count() == 1
    assert client.post(address, {"quantity": "2", "description": "Junta", "price": "3.5"}).status_code == 302
    assert [(line.description, line.amount) for line in record.lines.order_by("position")][1] == ("Junta", Decimal(7))


def test_a_time_is_added_put_right_and_removed(world: World) -> None:
    record = order(world)
    client = signed_in(world.ana)
    address = f"/work-orders/{record.number}/times"
    times = {"person": world.luis.pk, "started_at": "2026-03-02T09:00", "ended_at": "2026-03-02T10:30", "note": ""}
    assert client.post(address, {**times, "ended_at": "2026-03-02T08:00"}).status_code == 422
    assert client.post(address, times).headers["Location"] == f"/work-orders/{record.number}#times"
    time = record.work_times.get()
    assert (time.person, time.started_at) == (world.luis, dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC))
    assert client.post(f"{address}/{time.pk}", {**times, "ended_at": "2026-03-02T11:00"}).status_code == 302
    time.refresh_from_db()
    assert time.ended_at == dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC)
    other = order(world)
    assert client.get(f"/work-orders/{other.number}/times/{time.pk}").status_code == 404
    assert client.post(f"{address}/{time.pk}", {"remove": "1"}).status_code == 302
    assert not record.work_times.exists()


def test_who_may_not_see_an_order_finds_none_of_it(world: World) -> None:
    record = order(world, tasks=["Purgar"])
    task = record.work_tasks.get()
    for user in (world.zoe, world.eva):
        client = signed_in(user)
        for address in ("", "/material", "/times", f"/tasks/{task.pk}"):
            assert client.post(f"/work-orders/{record.number}{address}", {"done": "1"}).status_code in (404, 405)
        assert client.get(f"/work-orders/{record.number}/material").status_code == 404
    task.refresh_from_db()
    assert task.done_at is None
    assert record.lines.count() == 1


def test_one_signs_with_a_typed_name_where_there_is_no_script(world: World) -> None:
    record = order(world)
    client = signed_in(world.ana)
    client.post(f"/work-orders/{record.number}/start")
    assert client.post(f"/work-orders/{record.number}/sign", {"signed_by": ""}).status_code == 422
    refused = client.post(f"/work-orders/{record.number}/sign", {"signed_by": "Marta", "drawn": "data:,%%%"})
    assert refused.status_code == 422
    assert client.post(f"/work-orders/{record.number}/sign", {"signed_by": "Marta"}).status_code == 302
    signed = WorkOrder.objects.get(pk=record.pk)
    assert (signed.signed_by, signed.signature, signed.state) == ("Marta", None, "done")
    assert "Marta" in client.get(f"/work-orders/{record.number}").content.decode()


def test_one_sees_start_or_stop_as_ones_own_time_stands(world: World) -> None:
    record = order(world)
    client = signed_in(world.ana)

    def offered(user: User) -> set[str]:
        page = signed_in(user).get(f"/work-orders/{record.number}").content.decode()
        return {verb for verb in ("start", "stop") if f'action="/work-orders/{record.number}/{verb}"' in page}

    assert offered(world.ana) == {"start"}
    client.post(f"/work-orders/{record.number}/start")
    assert offered(world.ana) == {"stop"}
    assert offered(world.luis) == {"start"}


def test_a_year_that_is_a_slip_is_refused(world: World) -> None:
    record = order(world)
    client = signed_in(world.ana)
    slip = {"person": world.ana.pk, "started_at": "0026-03-02T09:00", "ended_at": "2026-03-02T10:30"}
    assert client.post(f"/work-orders/{record.number}/times", slip).status_code == 422
    assert not record.work_times.exists()
