"""What services do to a customer."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from hilvan.parties.kind import contact_card, state_of
from hilvan.parties.models import Customer
from hilvan.parties.services import block, change_customer, create_customer, unblock
from hilvan.records.history import entries
from hilvan.records.models import Record
from hilvan.trade.services import why_blocked
from tests.world import World


def test_a_new_customer_is_its_own_party_and_keeps_its_identifiers_in_short(world: World) -> None:
    record = world.customer(
        "  Panadería Sol ", owner=world.luis, tax_id="b-64.717.838", postal_code="50 001", website="sol.example"
    )

    customer = Customer.objects.get(pk=record.pk)
    assert (record.title, record.party_id, record.owner) == ("Panadería Sol", record.pk, world.luis)
    assert record.number.startswith("CLI-")
    assert (customer.tax_id, customer.postal_code, customer.country) == ("B64717838", "50001", "ES")
    assert (customer.website, customer.blocked) == ("https://sol.example", False)


def test_all_that_is_wrong_is_said_at_once_and_nothing_is_written(world: World) -> None:
    with pytest.raises(ValidationError) as refused:
        create_customer(
            actor=world.actor(),
            title=" ",
            owner=world.zoe,
            tax_id="B64717839",
            phone="9\x00",
            email="sol",
            website="javascript://alert",
            city="x" * 101,
            postal_code="53000",
            country="Es",
        )
    assert set(refused.value.message_dict) == {
        "title", "owner", "tax_id", "phone", "email", "website", "city", "postal_code"
    }  # fmt: skip
    assert not Record.objects.exists()


def test_an_unknown_country_and_no_country_are_refused(world: World) -> None:
    record = world.customer()
    countries: list[Any] = ["XX", "España", "", None]
    for country in countries:
        with pytest.raises(ValidationError) as refused:
            change_customer(record, actor=world.actor(), country=country)
        assert list(refused.value.message_dict) == ["country"]
    assert Customer.objects.get(pk=record.pk).country == "ES"


def test_another_country_checks_the_tax_identifier_and_the_postal_code_anew(world: World) -> None:
    record = world.customer(country="FR", tax_id="61 954 506 077", postal_code="F-75001")
    assert Customer.objects.get(pk=record.pk).tax_id == "FR61954506077"

    with pytest.raises(ValidationError) as refused:
        change_customer(record, actor=world.actor(), country="ES")
    assert list(refused.value.message_dict) == ["postal_code"]

    nothing: Any = None
    customer = change_customer(record, actor=world.actor(), country="pt", title="Sol de Lisboa", phone=nothing)
    customer.refresh_from_db()
    assert (customer.country, customer.record.title, customer.phone) == ("PT", "Sol de Lisboa", "")


def test_who_left_can_stay_a_salesperson_but_not_become_one(world: World) -> None:
    record = world.customer(owner=world.luis)
    world.luis.is_active = False
    world.luis.save(update_fields=["is_active"])

    assert change_customer(record, actor=world.actor(), owner=world.luis, city="Teruel").city == "Teruel"
    with pytest.raises(ValidationError) as refused:
        world.customer("Otra", owner=world.luis)
    assert list(refused.value.message_dict) == ["owner"]


def test_a_customer_is_blocked_with_a_reason_and_unblocked(world: World) -> None:
    record = world.customer()
    with pytest.raises(ValidationError) as refused:
        block(record, actor=world.actor(), reason=" ")
    assert list(refused.value.message_dict) == ["reason"]
    assert why_blocked(record) == ""

    assert state_of(block(record, actor=world.actor(), reason="Debe tres facturas")).code == "blocked"
    assert why_blocked(record).endswith(": Debe tres facturas")
    assert entries(record)[0].note == "Debe tres facturas"
    with pytest.raises(ValidationError) as refused:
        block(record, actor=world.actor(), reason="Otra vez")
    assert refused.value.code == "not_now"

    assert state_of(unblock(record, actor=world.actor())).code == "active"
    with pytest.raises(ValidationError):
        unblock(record, actor=world.actor())


def test_a_foreign_reference_is_taken_once(world: World) -> None:
    world.customer(ref="C-1")
    with pytest.raises(ValidationError) as refused:
        world.customer(ref="C-1")
    assert list(refused.value.message_dict) == ["ref"]
    assert Record.objects.count() == 1


def test_who_may_not_change_it_may_not_block_it(world: World) -> None:
    record = world.customer(by=world.ana)
    for user in (world.eva, world.zoe):
        with pytest.raises(PermissionDenied):
            block(record, actor=world.actor(user), reason="Porque sí")
        with pytest.raises(PermissionDenied):
            change_customer(record, actor=world.actor(user), title="Mía")
    with pytest.raises(PermissionDenied):
        world.customer(by=world.eva)
    record.refresh_from_db()
    assert (record.title, record.as_customer.blocked) == ("Panadería Sol", False)


@pytest.mark.parametrize(
    ("fields", "address"),
    [
        ({}, ""),
        ({"country": "FR"}, ""),
        (
            {"address": "Calle Mayor 1", "postal_code": "50001", "city": "Zaragoza", "province": "zaragoza"},
            "Calle Mayor 1, 50001 Zaragoza",
        ),
        ({"city": "Jaca", "province": "Huesca"}, "Jaca, Huesca"),
        ({"city": "Pau", "country": "FR"}, "Pau, FR"),
    ],
)
def test_the_contact_card_tells_how_to_reach_a_customer(world: World, fields: dict[str, Any], address: str) -> None:
    card = contact_card(world.customer(phone="976 123 456", email="hola@sol.example", **fields))
    assert (card.name, card.phone, card.email, card.address) == (
        "Panadería Sol", "976 123 456", "hola@sol.example", address
    )  # fmt: skip
