"""Pages and lists of documents: what they say of lines, parties and amounts."""

from __future__ import annotations

from decimal import Decimal

from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from hilvan.records.services import prefill
from hilvan.web.words import say
from tests.pages import Page, signed_in
from tests.world import World

LINE = {"description": "Tubería", "quantity": Decimal(3), "price": Decimal("16.4")}


def test_a_document_says_its_lines_in_their_panel_alone(world: World) -> None:
    quote = world.record("quote", title="Recambios", party=world.customer(), lines=[LINE])

    text = Page.of(signed_in(world.ana).get(f"/quotes/{quote.number}")).text

    assert "Tubería" in text
    assert "Decimal(" not in text


def test_the_list_of_a_purchase_is_headed_by_its_supplier_and_that_of_products_by_nobody(world: World) -> None:
    world.record("purchase_order", title="Filtros", party=world.record("supplier", title="Climatec"), lines=[LINE])
    world.record("product", title="Filtro")
    client = signed_in(world.ana)

    purchases, products = (client.get(path).context["party_label"] for path in ("/purchase-orders/", "/products/"))

    assert (purchases, products) == ("Supplier", "")


def test_a_purchase_that_starts_from_a_sale_leaves_the_customers_contact_out(world: World) -> None:
    customer = world.customer()
    order = world.record("sales_order", party=customer, contact=world.contact(party=customer), lines=[LINE])
    world.do(order, "confirm")
    order = Record.objects.get(pk=order.pk)

    assert "contact" not in prefill(kinds["purchase_order"], order, world.ana)
    assert "contact" in prefill(kinds["invoice"], order, world.ana)


def test_an_amount_has_as_many_decimals_as_it_needs_and_two_at_least() -> None:
    assert [say(Decimal(text)) for text in ("23870.4000000000", "16.4000", "5", "0.125")] == [
        "23.870,40", "16,40", "5,00", "0,125",
    ]  # fmt: skip
