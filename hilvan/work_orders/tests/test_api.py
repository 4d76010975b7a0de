"""Work orders for other programs."""

from __future__ import annotations

import base64
from decimal import Decimal

from hilvan.work_orders.models import Time, WorkOrder
from tests.api.client import Program, wrong
from tests.world import World

from .test_services import PNG, order


def test_an_order_from_its_beginning_to_its_invoice(world: World) -> None:
    program = Program(world.ana)
    customer = world.customer()
    made = program.post(
        "/work-orders",
        {
            "title": "Revisar caldera",
            "party": customer.number,
            "owner": "ana",
            "start_at": "2026-03-02T09:00:00+01:00",
            "tasks": ["Purgar"],
            "hourly_rate": "40",
        },
    )
    assert (made["state"], made["start_at"], made["owner"]["username"]) == (
        "planned",
        "2026-03-02T08:00:00+00:00",
        "ana",
    )
    path = f"/work-orders/{made['number']}"
    assert program.post(f"{path}/start", status=200)["state"] == "in_progress"
    assert program.post(f"{path}/start", status=422)["errors"][0]["code"] == "not_now"
    assert program.post(f"{path}/stop", status=200)["times"][0]["ended_at"] is not None
    times = {"started_at": "2026-03-02T09:00:00+01:00", "ended_at": "2026-03-02T10:30:00+01:00", "person": "luis"}
    assert program.post(f"{path}/times", times)["hours"] == "1.50"
    task = made["tasks"][0]["id"]
    assert program.post(f"{path}/tasks/{task}", {"done": True}, 200)["tasks"][0]["done_by"]["username"] == "ana"
    assert (
        program.post(f"{path}/materials", {"description": "Filtro", "quantity": "2", "price": "10"})["net"] == "20.00"
    )
    drawn = "data:image/png;base64," + base64.b64encode(PNG).decode()
    signed = program.post(f"{path}/sign", {"signed_by": "Marta Ruiz", "drawn": drawn, "report": "Hecho"}, 200)
    assert (signed["state"], signed["signed_by"], signed["net"]) == ("done", "Marta Ruiz", "80.00")
    files = program.get(f"/records/{made['id']}/attachments")["items"]
    assert [file["id"] for file in files] == [signed["signature"]]
    invoice = program.post(f"/records/{made['id']}/create/invoice")
    assert [line["amount"] for line in invoice["lines"]] == ["20.00", "60.00"]
    assert program.get(path)["state"] == "invoiced"
    assert program.get("/work-orders", state="invoiced")["items"][0]["id"] == made["id"]
    assert program.get("/work-orders", state="done")["items"] == []
    program.post(f"/records/{made['id']}/create/invoice", status=409)
    assert "reopen" in program.post(f"{path}/finish", status=409)["allowed"]


def test_times_are_put_right_and_removed(world: World) -> None:
    program = Program(world.ana)
    path = f"/work-orders/{order(world).number}"
    times = {"started_at": "2026-03-02T09:00:00+01:00", "ended_at": "2026-03-02T10:00:00+01:00"}
    key = program.post(f"{path}/times", times)["times"][0]["id"]
    changed = program.patch(f"{path}/times/{key}", {"ended_at": "2026-03-02T11:00:00+01:00"})
    assert (changed["hours"], changed["times"][0]["person"]["username"]) == ("2.00", "ana")
    refused = program.patch(f"{path}/times/{key}", {"ended_at": "2026-03-02T08:00:00+01:00"}, 422)
    assert wrong(refused) == ["ended_at"]
    assert wrong(program.post(f"{path}/times", {**times, "ended_at": "2026-03-02T10:00:00"}, 422)) == ["ended_at"]
    assert program.send("DELETE", f"{path}/times/{key}").json()["times"] == []
    assert not Time.objects.exists()


def test_what_one_may_not_see_is_not_there(world: World) -> None:
    record = order(world, tasks=["Purgar"])
    path, task = f"/work-orders/{record.number}", record.work_tasks.get()
    for program in (Program(world.zoe), Program(world.eva)):
        program.post(f"{path}/start", status=404)
        program.post(f"{path}/materials", {"description": "Más"}, 404)
        program.post(f"{path}/tasks/{task.pk}", {"done": True}, 404)
        program.post(f"{path}/times", {"started_at": "2026-03-02T09:00Z", "ended_at": "2026-03-02T10:00Z"}, 404)
    assert WorkOrder.objects.get(pk=record.pk).net == Decimal("20.00")
    assert not Time.objects.exists()


def test_a_drawing_that_is_none_is_refused_and_nobody_has_signed(world: World) -> None:
    record = order(world)
    program = Program(world.ana)
    program.post(f"/work-orders/{record.number}/start", status=200)
    for drawn in ("%%%", base64.b64encode(b"<svg/>").decode()):
        refused = program.post(f"/work-orders/{record.number}/sign", {"signed_by": "Marta", "drawn": drawn}, 422)
        assert refused["status"] == 422
    assert WorkOrder.objects.get(pk=record.pk).signed_at is None
