"""Lists and search."""

from __future__ import annotations

import pytest

from hilvan.records.models import Record
from hilvan.records.services import archive
from hilvan.web import views_lists
from tests.pages import Page, faults, signed_in
from tests.world import World


def titles(world: World, address: str) -> list[str]:
    """The titles of the rows, from top to bottom."""
    response = signed_in(world.ana).get(address)
    assert response.status_code == 200
    page = response.context["page"]
    return [record.title for record in page.records]


def test_a_list_shows_the_newest_first(world: World) -> None:
    for name in ("Uno", "Dos", "Tres"):
        world.customer(name)

    assert titles(world, "/customers/") == ["Tres", "Dos", "Uno"]


@pytest.mark.parametrize("q", ["Núñez", "nunez", "NUÑEZ clínica", "CLI-%d-000001"])
def test_text_is_found_without_accents_and_by_number(q: str, world: World) -> None:
    found = world.customer("Clínica Dental Núñez")
    world.customer("Zapata e Hijos")

    q = q % found.created_at.astimezone(world.company.zone).year if "%" in q else q
    assert titles(world, f"/customers/?q={q}") == ["Clínica Dental Núñez"]
    assert titles(world, f"/search?q={q}") == ["Clínica Dental Núñez"]


def test_records_are_found_by_the_name_of_their_customer(world: World) -> None:
    world.opportunity("Horno nuevo", party=world.customer("Panadería Ávila"))
    world.opportunity("Otra cosa", party=world.customer("Zapata"))

    assert titles(world, "/opportunities/?q=avila+horno") == ["Horno nuevo"]


def test_signs_that_mean_something_to_sql_are_only_text(world: World) -> None:
    world.customer("100 % algodón_puro")
    world.customer("Otro")

    assert titles(world, "/customers/?q=%25") == ["100 % algodón_puro"]
    assert titles(world, "/customers/?q=_") == ["100 % algodón_puro"]
    assert titles(world, "/customers/?q=%27") == []
    assert titles(world, "/search?q=%00%27") == []


def test_a_list_filters_by_responsible_and_by_state(world: World) -> None:
    party = world.customer()
    world.opportunity("De Ana", party=party, owner=world.ana, stage="proposal")
    world.opportunity("De Luis", party=party, owner=world.luis, stage="negotiation")

    assert titles(world, "/opportunities/?owner=me") == ["De Ana"]
    assert titles(world, "/opportunities/?state=negotiation") == ["De Luis"]
    assert titles(world, "/opportunities/?state=negotiation&owner=me") == []


def test_filters_written_wrong_by_hand_count_as_not_chosen(world: World) -> None:
    world.opportunity("Una")

    assert titles(world, "/opportunities/?state=nonsense&owner=nobody") == ["Una"]


def test_the_archived_stand_apart(world: World) -> None:
    archive(world.customer("Antiguo"), actor=world.actor())
    world.customer("Actual")

    assert titles(world, "/customers/") == ["Actual"]
    assert titles(world, "/customers/?archived=1") == ["Antiguo"]


def test_pages_follow_each_other_by_key_without_gap_or_repetition(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views_lists, "PAGE", 2)
    for n in range(5):
        world.customer(f"Cliente {n}")
    client = signed_in(world.ana)

    seen, address = [], "/customers/?q=cliente"
    while address:
        page = client.get(address).context["page"]
        seen += [record.title for record in page.records]
        address = f"/customers/{page.next_url}" if page.next_url else ""

    assert seen == [f"Cliente {n}" for n in (4, 3, 2, 1, 0)]
    assert page.first_url == "?q=cliente"
    assert page.total == "5"


def test_a_count_goes_no_further_than_people_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views_lists, "COUNTED", 3)
    for n in range(5):
        world.customer(f"Cliente {n}")

    assert signed_in(world.ana).get("/customers/").context["page"].total == "3+"


@pytest.mark.parametrize("cursor", ["x", "-1", "9" * 30, "1.5"])
def test_a_broken_cursor_is_no_page(cursor: str, world: World) -> None:
    assert signed_in(world.ana).get(f"/customers/?cursor={cursor}").status_code == 404


def test_an_empty_list_says_what_to_do_next(world: World) -> None:
    response = signed_in(world.ana).get("/customers/")

    assert faults(response) == []
    page = Page.of(response)
    assert "There is nothing here yet" in page.text
    assert "/customers/new" in page.links


def test_all_about_a_customer_is_one_search(world: World) -> None:
    customer, other = world.customer("Sol"), world.customer("Luna")
    opportunity = world.opportunity("Horno", party=customer)
    world.activity("Llamar", origin=opportunity)
    world.opportunity("Ajena", party=other)

    assert titles(world, f"/search?party={customer.number}") == ["Llamar", "Horno"]
    assert titles(world, f"/search?party={customer.number}&kind=activity") == ["Llamar"]
    assert signed_in(world.ana).get("/search?party=CLI-1999-000001").status_code == 404


def test_a_search_for_nothing_finds_nothing_and_says_how_to(world: World) -> None:
    world.customer()

    response = signed_in(world.ana).get("/search")

    assert response.context["page"].records == []
    assert faults(response) == []


def test_a_field_suggests_records_of_its_kinds_that_are_not_archived(world: World) -> None:
    found = world.customer("Panadería Ávila")
    archive(world.customer("Panadería Ávila la Vieja"), actor=world.actor())
    world.opportunity("Panadería de otra clase")

    answer = signed_in(world.ana).get("/lookup?q=panaderia+avi&kinds=customer,supplier")

    assert answer.json() == {"items": [f"{found.number} Panadería Ávila"]}


def test_an_unknown_section_does_not_exist(world: World) -> None:
    client = signed_in(world.ana)

    for address in ("/nonsense/", "/nonsense/new", "/customers/OPO-2026-000001", "/customers/nonsense"):
        assert client.get(address).status_code == 404
    record = world.customer()
    assert client.get(f"/opportunities/{record.number}").status_code == 404
    assert client.get(f"/customers/{record.number.lower()}").status_code == 200
    assert Record.objects.filter(kind="customer").count() == 1
