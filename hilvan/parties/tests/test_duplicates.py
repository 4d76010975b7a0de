"""A customer that may exist already: who writes it down is asked, by page and API, and nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.utils import translation

from hilvan.parties.duplicates import similar_parties
from hilvan.parties.models import Customer
from hilvan.parties.services import change_customer, create_customer
from hilvan.records.models import Record
from hilvan.records.services import MayExist
from tests.api.client import Program
from tests.pages import Page, signed_in
from tests.world import World

TAX_ID = "B64717838"


def found(world: World, name: str, tax_id: str = "") -> list[str]:
    return [one.record.title for one in similar_parties(world.actor(), Customer, name=name, tax_id=tax_id)]


@pytest.mark.parametrize(
    "name",
    [
        "Panadería Sol", "PANADERIA SOL, S.L.", "panadería sol s. l.", "Panadería Sol SLU", "Panadería Sol, S.A.",
        "Panadería Sol Sociedad Limitada Unipersonal", "Panaderia  Sol S.Coop.", "Panadería del Sol S.L.",
        "Panadaría Sol",
    ],
)  # fmt: skip
def test_the_same_name_and_one_much_like_it_are_found(world: World, name: str) -> None:
    world.customer("Panadería Sol S.L.")
    assert found(world, name) == ["Panadería Sol S.L."]


@pytest.mark.parametrize("name", ["Panadería Luna S.L.", "Sol", "Talleres Ebro", "S.L.", "   ", "Panadería Sol 2"])
def test_another_name_is_not(world: World, name: str) -> None:
    world.customer("Panadería Sol S.L.")
    assert found(world, name) == []


def test_numbers_tell_names_apart(world: World) -> None:
    world.customer("Comunidad de Propietarios Gran Vía 22")
    assert found(world, "Comunidad de Propietarios Gran Vía 24") == []
    assert found(world, "Comunidad Propietarios Gran Via, 22") == ["Comunidad de Propietarios Gran Vía 22"]


def test_the_likeliest_come_first_and_say_why(world: World) -> None:
    world.customer("Otro nombre", tax_id=TAX_ID)
    world.customer("Panadería del Sol")
    world.customer("Panadería Sol S.A.")
    with translation.override("en"):
        similar = similar_parties(world.actor(), Customer, name="Panaderia Sol", tax_id=TAX_ID)
    assert [(one.record.title, one.why) for one in similar] == [
        ("Otro nombre", "the same tax identifier"),
        ("Panadería Sol S.A.", "the same name"),
        ("Panadería del Sol", "a similar name"),
    ]


def test_another_companys_are_never_named(world: World) -> None:
    create_customer(actor=world.actor(world.zoe), title="Panadería Sol", tax_id=TAX_ID)
    assert create_customer(actor=world.actor(), title="Panadería Sol", tax_id=TAX_ID).company == world.company


def test_the_service_asks_last_and_writes_nothing(world: World) -> None:
    world.customer("Panadería Sol", tax_id=TAX_ID)
    with pytest.raises(ValidationError):
        create_customer(actor=world.actor(), title="Panadería Sol", email="nada", allow_duplicate=False)
    with pytest.raises(PermissionDenied):
        create_customer(actor=world.actor(world.eva), title="Panadería Sol", allow_duplicate=False)
    with translation.override("en"), pytest.raises(MayExist) as asks:
        create_customer(actor=world.actor(), title="Otra", tax_id="b-64.717.838", allow_duplicate=False)
    assert [one.why for one in asks.value.similar] == ["the same tax identifier"]
    assert Record.objects.count() == 1
    create_customer(actor=world.actor(), title="Panadería Sol", tax_id=TAX_ID)
    assert Record.objects.count() == 2


def test_a_change_asks_only_for_what_is_new(world: World) -> None:
    world.customer("Panadería Sol", tax_id=TAX_ID)
    record = world.customer("Panadería Sol", tax_id=TAX_ID)
    change_customer(record, actor=world.actor(), phone="976 1", allow_duplicate=False)
    change_customer(record, actor=world.actor(), title="Panadería Sol", tax_id=TAX_ID, allow_duplicate=False)
    change_customer(record, actor=world.actor(), title="Luna", tax_id="", allow_duplicate=False)
    new: list[dict[str, Any]] = [{"title": "Panaderia Sol SL"}, {"tax_id": TAX_ID}]
    for fields in new:
        with pytest.raises(MayExist):
            change_customer(record, actor=world.actor(), allow_duplicate=False, **fields)
    record.refresh_from_db()
    assert (record.title, record.as_customer.tax_id) == ("Luna", "")
    change_customer(record, actor=world.actor(), tax_id=TAX_ID)


def test_the_form_asks_with_links_keeps_all_and_does_it_when_told(world: World) -> None:
    there = world.customer("Panadería Sol")
    client = signed_in(world.ana)
    data = {**Page.of(client.get("/customers/new")).data, "title": "Panadería Sol SL", "city": "Jaca", "notes": "Nueva"}
    assert "allow_duplicate" not in data

    asked = client.post("/customers/new", data)
    assert asked.status_code == 422
    page = Page.of(asked)
    assert f"/customers/{there.number}" in page.links
    assert "the same name" in page.text
    assert (page.data["city"], page.data["notes"], "allow_duplicate" in page.data) == ("Jaca", "Nueva", False)
    assert "allow_duplicate" in page.attribute("name")
    assert Record.objects.count() == 1

    assert client.post("/customers/new", {**page.data, "allow_duplicate": "1"}).status_code == 302
    made = Customer.objects.get(record__title="Panadería Sol SL")
    assert (made.city, made.notes) == ("Jaca", "Nueva")


def test_the_form_of_a_change_asks_too(world: World) -> None:
    world.customer("Panadería Sol")
    record = world.customer("Luna")
    client = signed_in(world.ana)
    address = f"/customers/{record.number}/edit"
    data = {**Page.of(client.get(address)).data, "title": "Panadería Sol"}
    assert client.post(address, data).status_code == 422
    record.refresh_from_db()
    assert record.title == "Luna"
    assert client.post(address, {**data, "allow_duplicate": "1"}).status_code == 302
    record.refresh_from_db()
    assert record.title == "Panadería Sol"


def test_a_program_that_wants_to_be_asked_is_refused_with_those_found(world: World) -> None:
    there = world.customer("Panadería Sol")
    program = Program(world.ana)
    problem = program.post("/customers", {"title": "Panaderia Sol, S.L.", "allow_duplicate": False}, 409)
    assert problem["duplicates"] == [
        {"id": str(there.uuid), "number": there.number, "title": "Panadería Sol", "why": "the same name"}
    ]
    assert Record.objects.count() == 1
    made = program.post("/customers", {"title": "Panaderia Sol, S.L."})
    program.patch(f"/customers/{made['number']}", {"title": "Panadería Sol", "allow_duplicate": False}, 409)
    program.patch(f"/customers/{made['number']}", {"title": "Panadería Sol"})


def test_likeness_is_found_through_its_index(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM records_record WHERE company_id = %s AND kind = 'customer'"
            " AND hilvan_trade_name(title) %% hilvan_trade_name('Sol')",
            [world.company.pk],
        )
        assert "customer_by_trade_name" in str(cursor.fetchall())
