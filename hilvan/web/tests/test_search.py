"""The page of results, the suggestions of the search box and its commands."""

from __future__ import annotations

from typing import Any

import pytest

from hilvan.records.services import archive
from hilvan.web import views_lists
from tests.pages import Page, faults, signed_in
from tests.world import World


def titles(world: World, q: str) -> list[str]:
    response = signed_in(world.ana).get("/search", {"q": q})
    assert response.status_code == 200
    return [record.title for record in response.context["page"].records]


def labels(response: Any) -> list[str]:
    return [command.label for command in response.context["commands"]]


def faults_of_part(response: Any) -> list[str]:
    """The faults of what is no whole page."""
    return [fault for fault in faults(response) if "skip" not in fault]


def test_few_results_stand_best_first_and_many_newest_first(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.activity("Quemador roto")
    world.incident("No calienta", description="El quemador hace ruido")
    assert titles(world, "quemador") == ["Quemador roto", "No calienta"]

    monkeypatch.setattr(views_lists, "PAGE", 1)

    assert titles(world, "quemador") == ["No calienta"]


def test_suggestions_are_grouped_by_kind_and_lead_to_their_pages(world: World) -> None:
    customer = world.customer("Panadería Ávila")
    opportunity = world.opportunity("Horno", party=customer)
    archive(world.opportunity("Horno viejo", party=customer), actor=world.actor())

    response = signed_in(world.ana).get("/suggestions", {"q": "avila"})

    assert faults_of_part(response) == []
    groups = [(kind.name, [one.title for one in records]) for kind, records in response.context["groups"]]
    assert groups == [("customer", ["Panadería Ávila"]), ("opportunity", ["Horno"])]
    links = Page.of(response).links
    assert {f"/customers/{customer.number}", f"/opportunities/{opportunity.number}", "/search?q=avila"} <= links


def test_suggestions_show_nobody_what_he_may_not_see(world: World) -> None:
    world.opportunity("Horno reservado")

    for user in (world.eva, world.zoe):
        assert signed_in(user).get("/suggestions", {"q": "horno"}).context["groups"] == []


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize(
    ("q", "url"),
    [
        ("crear actividad", "/activities/new"),
        ("nueva activ", "/activities/new"),
        ("new activity", "/activities/new"),
        ("create opportunity", "/opportunities/new"),
        ("Crear una oportunidad", "/opportunities/new"),
        ("crear incidencia", "/incidents/new"),
        ("nuevo cliente", "/customers/new"),
        ("ir a tablero", "/activities/board"),
        ("go to the board", "/activities/board"),
        ("tablero", "/activities/board"),
        ("ir a actividades", "/activities/"),
        ("open customers", "/customers/"),
    ],
)
def test_commands_are_understood_in_both_languages(q: str, url: str, language: str, world: World) -> None:
    world.needs("opportunity", "incident", "customer")
    response = signed_in(world.ana, language).get("/suggestions", {"q": q})

    assert url in [command.url for command in response.context["commands"]]
    assert faults_of_part(response) == []


def test_commands_are_said_in_the_users_language_and_only_what_he_may_do(world: World) -> None:
    world.needs("customer")
    assert labels(signed_in(world.ana, "es").get("/suggestions", {"q": "create customer"})) == ["Nuevo cliente"]
    assert labels(signed_in(world.ana, "en").get("/suggestions", {"q": "ir a tablero"})) == ["Go to Board"]
    assert labels(signed_in(world.eva, "es").get("/suggestions", {"q": "crear cliente"})) == []
    for q in ("", "  ", "a", "\x00", "zzz"):
        assert "Ir a Clientes" not in labels(signed_in(world.ana, "es").get("/suggestions", {"q": q}))


def test_the_box_is_a_plain_form_that_knows_where_suggestions_are(world: World) -> None:
    response = signed_in(world.ana).get("/customers/")

    box = next(tag.attributes for tag in Page.of(response).tags if tag.attributes.get("id") == "q")
    assert (box["name"], box["data-suggestions"]) == ("q", "/suggestions")
    assert "/suggestions" not in Page.of(response).links


@pytest.mark.parametrize("q", ["\x00", "'", "%", "🙂", "a" * 5000, b"\xed\xa0\x80", "<b>&"])
def test_nothing_that_is_typed_breaks_a_page(q: str | bytes, world: World) -> None:
    client = signed_in(world.ana)

    for address in ("/search", "/suggestions", "/lookup", "/customers/"):
        assert client.get(address, {"q": q, "kinds": "customer"}).status_code == 200
    assert client.get("/activities/", {"q": q}).status_code in {200, 422}
