"""Quotes: what they take over, what they come to, how they turn."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from hilvan.quotes.models import Quote
from hilvan.quotes.services import change_quote, create_quote
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from hilvan.records.services import creatable, prefill
from hilvan.trade.models import PaymentTerms
from tests.world import World


def lines(*amounts: str) -> list[Any]:
    return [{"description": f"Pieza {at}", "price": Decimal(amount)} for at, amount in enumerate(amounts)]


def quote(world: World, *amounts: str, **fields: Any) -> Record:
    fields.setdefault("party", world.customer())
    return create_quote(actor=world.actor(), lines=lines(*amounts), **fields)


def fresh(record: Record) -> Record:
    return Record.objects.get(pk=record.pk)


def told(record: Record) -> Quote:
    return Quote.objects.select_related("record").get(pk=record.pk)


def test_it_takes_over_the_customers_name_terms_and_taxes(world: World) -> None:
    terms = PaymentTerms.objects.get(company=world.company, days=[30])
    customer = world.customer(
        "Bodega Ebro",
        tax_id="B12345674",
        address="Calle Mayor 1",
        postal_code="50001",
        city="Zaragoza",
        terms=terms,
        payment_method="direct_debit",
        regime="surcharge",
    )
    made = told(quote(world, "100", "0.05", party=customer))
    assert (made.billing_name, made.billing_tax_id) == ("Bodega Ebro", "B12345674")
    assert made.billing_address == "Calle Mayor 1, 50001 Zaragoza"
    assert (made.terms, made.payment_method, made.regime) == (terms, "direct_debit", "surcharge")
    assert (made.net, made.vat, made.surcharge, made.total) == (
        Decimal("100.05"), Decimal("21.01"), Decimal("5.20"), Decimal("126.26"),
    )  # fmt: skip
    assert made.record.title == "Presupuesto · Bodega Ebro"


def test_a_line_takes_over_what_its_product_says_and_it_was_not_told(world: World) -> None:
    product = world.record("product", title="Hora de taller", price=Decimal("45.5"), unit="h", vat_rate=Decimal(10))
    record = create_quote(
        actor=world.actor(),
        party=world.customer(),
        lines=[
            {"product": product, "quantity": Decimal(2)},
            {"product": product, "price": Decimal(40), "discount": Decimal(50)},
        ],
    )
    first, second = record.lines.order_by("position")
    assert (first.description, first.unit) == ("Hora de taller", "h")
    assert (first.price, first.vat_rate) == (Decimal("45.5"), Decimal(10))
    assert (first.amount, second.amount) == (Decimal("91.00"), Decimal("20.00"))
    assert told(record).total == Decimal("122.10")


def test_lines_are_changed_added_and_taken_away(world: World) -> None:
    record = quote(world, "1", "2", "3")
    kept, changed, _gone = told(record).lines
    changed["price"] = Decimal(20)
    change_quote(
        record,
        actor=world.actor(),
        lines=[changed, kept, {"description": "Nueva", "price": Decimal(5)}],
    )
    assert [(line.description, line.price) for line in record.lines.order_by("position")] == [
        ("Pieza 1", Decimal(20)), ("Pieza 0", Decimal(1)), ("Nueva", Decimal(5)),
    ]  # fmt: skip
    assert [line.pk for line in record.lines.order_by("position")][:2] == [changed["id"], kept["id"]]
    assert told(record).net == 26


def test_what_is_wrong_in_a_line_is_said_beside_it_and_nothing_is_written(world: World) -> None:
    with pytest.raises(ValidationError) as refused:
        create_quote(
            actor=world.actor(),
            party=world.customer(),
            lines=[{"description": "Bien", "price": Decimal(1)}, {"description": "", "discount": Decimal(101)}],
        )
    assert set(refused.value.message_dict) == {"lines.1.description", "lines.1.discount"}
    assert not Quote.objects.exists()


def test_only_a_draft_is_changed(world: World) -> None:
    record = quote(world, "10")
    world.do(record, "send")
    with pytest.raises(ValidationError):
        change_quote(record, actor=world.actor(), reference="otra")
    world.do(record, "reopen", reason="Falta una línea")
    change_quote(record, actor=world.actor(), reference="otra")
    assert told(record).reference == "otra"


def test_a_new_version_replaces_what_was_sent(world: World) -> None:
    record = quote(world, "10", title="Horno nuevo")
    menu = {entry.label: entry for entry in creatable(fresh(record), world.ana)}
    assert menu["Nueva versión"].why_not == "Es un borrador: modifícalo."
    world.do(record, "send")
    taken = {name: one.value for name, one in prefill(kinds["quote"], fresh(record), world.ana).items()}
    newer = create_quote(actor=world.actor(), origin=record, **taken)
    assert (told(newer).version, told(newer).replaces, told(newer).state) == (2, record, "draft")
    assert (told(record).state, newer.title, told(newer).net) == ("replaced", "Horno nuevo", Decimal(10))
    with pytest.raises(ValidationError):
        create_quote(actor=world.actor(), origin=record, **taken)


def test_nothing_is_quoted_to_a_blocked_customer(world: World) -> None:
    customer = world.customer()
    world.do(customer, "block", reason="No paga")
    with pytest.raises(ValidationError) as refused:
        quote(world, "1", party=customer)
    assert refused.value.message_dict == {"party": ["Panadería Sol tiene un bloqueo: No paga"]}
    assert not Quote.objects.exists()


def test_without_lines_it_is_not_sent(world: World) -> None:
    record = quote(world)
    with pytest.raises(ValidationError):
        world.do(record, "send")
    assert told(record).state == "draft"
