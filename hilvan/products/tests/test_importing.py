"""Products come in from a table: a price list of another program's."""

from __future__ import annotations

import io
from decimal import Decimal

from hilvan.importing.models import TableImport
from hilvan.importing.tables import running, services
from hilvan.products.models import Product
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from tests.world import World

LIST = (
    "Referencia;Artículo;Tipo;Ud.;PVP;Precio de compra;IVA\n"
    "SPL-35;Split de pared;Bienes;ud;1.785,50;498;21\n"
    "MO;Mano de obra;Servicio;h;38;24;21\n"
    "SPL-35;Otro con el mismo código;Bienes;ud;1;1;21\n"
    "MAL;Sin precio de verdad;Bienes;ud;caro;1;21\n"
)


def bring(world: World, text: str) -> TableImport:
    file = io.BytesIO(text.encode())
    return running.run(services.upload(file, name="tarifa.csv", kind=kinds["product"], user=world.jefa))


def test_a_price_list_comes_in_with_the_headings_of_another_program(world: World) -> None:
    table = bring(world, LIST)
    assert list(table.rows.order_by("line").values_list("outcome", flat=True)) == ["new", "new", "same", "refused"]
    assert not Record.objects.filter(kind="product").exists()

    running.run(services.start(table))

    assert list(
        Product.objects.order_by("code").values_list("code", "record__title", "nature", "unit", "price", "cost")
    ) == [
        ("MO", "Mano de obra", "service", "h", Decimal(38), Decimal(24)),
        ("SPL-35", "Split de pared", "goods", "ud", Decimal("1785.5"), Decimal(498)),
    ]


def test_a_product_that_is_there_is_known_by_its_code(world: World) -> None:
    record = world.record("product", title="Split de pared", code="SPL-35", price=Decimal(700))
    table = bring(world, "Referencia;Artículo;PVP\nSPL-35;Split de pared;785\n")
    assert list(table.rows.values_list("outcome", flat=True)) == ["same"]
    running.run(services.start(table))
    assert Product.objects.get().price == 700
    assert Product.objects.get().record == record
