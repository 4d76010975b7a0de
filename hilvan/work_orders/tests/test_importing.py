"""Work orders from tables."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from hilvan.importing.tests.test_tables import bring, carry_out, told
from hilvan.records import invariants
from hilvan.records.history import entries
from hilvan.work_orders.models import WorkOrder
from tests.world import World

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "work_orders" / "excavators.csv"

TABLE = (
    "Asunto;Cliente;Técnico;Inicio;Estado;Terminada;Observaciones\n"
    "Cambiar filtro;Panadería Sol;ana;02/03/2026 09:00;Hecha;02/03/2026 11:30;Con prisa\n"
    "Revisar caldera;Panadería Sol;;03/03/2026;pendiente;;\n"
    "Goteo;Panadería Sol;;;Anulada;04/03/2026;\n"
    "Sin cliente;;;;;;\n"
)


def test_each_comes_in_as_it_stands_with_the_day_on_which_it_was_done(world: World) -> None:
    customer = world.customer("Panadería Sol")
    table = carry_out(bring(world, "work_order", TABLE))
    assert table.counts == {"new": 3, "refused": 1}
    assert told(table)[3] == (5, "refused", "Cliente: Indica para quién es.")
    done = WorkOrder.objects.select_related("record__owner").get(record__title="Cambiar filtro")
    assert (done.state, done.record.owner, done.record.party, done.notes) == ("done", world.ana, customer, "Con prisa")
    assert done.finished_at == dt.datetime(2026, 3, 2, 10, 30, tzinfo=dt.UTC)
    assert done.start_at == dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)
    assert [entry.verb for entry in entries(done.record)] == ["work_order.finish", "work_order.create"]
    planned = WorkOrder.objects.get(record__title="Revisar caldera")
    assert (planned.state, planned.start_at) == ("planned", dt.datetime(2026, 3, 2, 23, tzinfo=dt.UTC))
    assert WorkOrder.objects.get(record__title="Goteo").state == "cancelled"


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_file(), reason="the real work orders are not here: ../shared/data/work_orders")
def test_5485_real_work_orders_come_in(committed_world: World) -> None:
    """Those of five excavators, each of which stands for its owner; all were done long ago."""
    world = committed_world
    chosen = {"0": "finished_at", "1": "party", "2": "title"}
    table = carry_out(bring(world, "work_order", DATA.read_bytes(), fields=chosen, parties="create"))
    assert table.counts["new"] + table.counts.get("refused", 0) == 5485
    assert table.counts == {"new": 5485}
    assert WorkOrder.objects.filter(state="done").count() == 5485
    first = WorkOrder.objects.order_by("finished_at").select_related("record").first()
    assert first is not None
    assert first.record.number.startswith("OT-2001-")
    assert invariants.violations() == []
