"""Searching: what is found by which words, by whom, and whatever wrote it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hilvan.people.models import User
from hilvan.records import search
from hilvan.records.kinds import kinds
from hilvan.records.models import Document, Record
from hilvan.records.search import best_first, matching
from hilvan.records.services import archive
from tests.world import World


def found(text: str, user: User) -> list[str]:
    """The titles that the user finds, newest first."""
    records = Record.objects.visible_to(user).filter(matching(text, user)).order_by("-pk")
    return [record.title for record in records]


@pytest.mark.parametrize(
    "text",
    ["reparación", "REPARACION", "reparaciones", "reparacio", "repar", "hornos", "horno viejo", "vié", "el horno"],
)
def test_accents_case_endings_and_what_is_not_typed_yet_are_ignored(text: str, world: World) -> None:
    world.activity("Reparación del horno más viejo")
    world.activity("Otra cosa")

    assert found(text, world.ana) == ["Reparación del horno más viejo"]


@pytest.mark.parametrize("text", ["reparación", "reparacion", "reparaciones"])
def test_one_or_many_are_found_alike(text: str, world: World) -> None:
    world.activity("Dos reparaciones")

    assert found(text, world.ana) == ["Dos reparaciones"]


@pytest.mark.parametrize("text", ["Peña", "pena", "PEN", "peñ"])
def test_enye_is_an_n_with_or_without_its_tilde(text: str, world: World) -> None:
    world.activity("Llamar a Peña")

    assert found(text, world.ana) == ["Llamar a Peña"]


def test_numbers_are_found_whole_and_by_their_parts(world: World) -> None:
    records = [world.activity(f"Actividad {name}") for name in ("primera", "segunda", "tercera")]
    other = world.activity("Pedido 4217", ref="HD-0777")
    _kind, year, number = records[1].number.split("-")

    for text in (records[1].number, records[1].number.lower(), f"{year}-{number}", f"ACT-{int(number)}", number):
        assert found(text, world.ana) == ["Actividad segunda"], text
    assert found(f"act {int(number)}", world.ana) == ["Actividad segunda"]
    assert found("421", world.ana) == ["Pedido 4217"]
    world.activity("Pedido 421")
    assert found("421", world.ana) == ["Pedido 421"]
    for text in ("4217", "pedido 4217", "hd-777", "0777", other.number):
        assert found(text, world.ana) == ["Pedido 4217"], text


@pytest.mark.parametrize(
    "text",
    [
        "+34 976 12 34 56", "976 123 456", "976123456", "34976123456", "976 12", "97612",
        "info@ebro.example", "INFO@EBRO", "B-50123454", "b50123454", "B50123", "b 50123454",
    ],
)  # fmt: skip
def test_a_customer_and_what_is_its_own_are_found_by_telephone_mail_and_tax_identifier(text: str, world: World) -> None:
    customer = world.customer("Papelera", phone="+34 976 123 456", email="info@ebro.example", tax_id="B50123454")
    world.opportunity("Troquel", party=customer)
    world.customer("Ajena", phone="+34 600 000 001")

    assert "Papelera" in found(text, world.ana)
    assert "Ajena" not in found(text, world.ana)


def test_what_is_a_customers_own_is_found_by_its_name_also_after_it_is_renamed(world: World) -> None:
    customer = world.customer("Ebro")
    opportunity = world.opportunity("Horno", party=customer)
    world.activity("Llamar", origin=opportunity)
    world.opportunity("Ajena", party=world.customer("Sol"))
    assert found("ebro", world.ana) == ["Llamar", "Horno", "Ebro"]
    assert found("horno ebro", world.ana) == ["Horno"]

    kinds["customer"].change(customer, actor=world.actor(), title="Moncayo")

    assert found("moncayo", world.ana) == ["Llamar", "Horno", "Moncayo"]
    assert found("ebro", world.ana) == []


def test_a_customers_number_finds_the_customer_alone(world: World) -> None:
    customer = world.customer("Ebro")
    world.opportunity("Horno", party=customer)

    assert found(customer.number, world.ana) == ["Ebro"]


@pytest.mark.parametrize("text", ["panaderja", "panadreia", "pandería avlia"])
def test_mistyped_words_find_what_resembles_them(text: str, world: World) -> None:
    world.customer("Panadería Ávila")
    world.customer("Talleres Zapata")

    assert found(text, world.ana) == ["Panadería Ávila"]


def test_descriptions_are_searched_with_the_least_weight(world: World) -> None:
    incident = world.incident("No calienta", description="El quemador hace ruido")
    named = world.incident("Quemador roto")
    world.do(incident, "close", resolution="Cambiada la boquilla")

    assert found("quemadores", world.ana) == ["Quemador roto", "No calienta"]
    assert found("boquilla", world.ana) == ["No calienta"]
    assert best_first([incident, named], "quemador") == [named, incident]


def test_a_bulk_update_in_sql_is_found_at_once(world: World) -> None:
    customer, activity = world.customer("Antes"), world.activity("Antes", description="nada")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE parties_customer SET phone = '976 999 888'")
        cursor.execute("UPDATE records_record SET title = 'Después' WHERE id = %s", [customer.pk])
        cursor.execute("UPDATE activities_activity SET subject = 'Luego', description = 'Traer la escalera'")

    assert found("976999888", world.ana) == found("despues", world.ana) == ["Después"]
    assert found("escaleras", world.ana) == found("luego", world.ana) == ["Luego"]
    assert found("antes", world.ana) == []
    assert Document.objects.get(pk=activity.pk).title == "Luego"


def test_no_company_finds_what_is_anothers(world: World) -> None:
    world.customer("Ebro Secreto", phone="976123456")

    for text in ("ebro", "976123456", "secrteo", "e"):
        assert found(text, world.zoe) == []


def test_a_collaborator_finds_only_what_he_may_see_and_nothing_by_what_he_may_not_know(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = world.opportunity("Horno reservado")
    mine = world.activity("Visita al horno", origin=hidden, assignee=world.eva)
    world.activity("Horno ajeno")

    assert found("horno", world.eva) == ["Visita al horno"]
    monkeypatch.setattr(search, "RARE", 1)
    assert found("horno", world.eva) == ["Visita al horno"]
    assert found("reservado", world.eva) == []
    assert found(mine.number, world.eva) == ["Visita al horno"]


def test_common_words_find_the_same_as_if_they_were_rare(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    customer = world.customer("Ebro")
    for n in range(4):
        world.opportunity(f"Horno {n}", party=customer)
    rare = [found(text, world.ana) for text in ("horno", "ebro", "horno ebro", "hor", "2026 horno")]

    monkeypatch.setattr(search, "RARE", 2)

    assert [found(text, world.ana) for text in ("horno", "ebro", "horno ebro", "hor", "2026 horno")] == rare
    assert rare[0] == ["Horno 3", "Horno 2", "Horno 1", "Horno 0"]


def test_the_archived_are_found_and_no_text_is_no_condition(world: World) -> None:
    archive(world.customer("Antiguo"), actor=world.actor())

    assert found("antiguo", world.ana) == found("", world.ana) == found("  ", world.ana) == ["Antiguo"]


@pytest.mark.parametrize(
    "text",
    [
        "\x00", "'", "''\\", "\\", "%", "_", "&", "|", "!", "( | )", ":*", "a:b", "<->", "a & !b", "'a':*", "$$", ";--",
        "🙂", "漢字", "\u202e", "ﬁ", "İ", "ß", "ñ" * 300, "a" * 5000, "1" * 500, "1e5", "1e999", "-1", "0", "00", "١٢٣",
        "a b c d e f g h i j k l m n o p q r s t u v w x y z " * 20, "e\u0301", "\u0301", "http://a.b/c?d=e#f", "½²",
    ],
)  # fmt: skip
def test_whatever_is_typed_is_only_text(text: str, world: World) -> None:
    world.customer("Ebro", phone=text.replace("\x00", "")[:40])

    for user in (world.ana, world.eva):
        assert set(found(text, user)) <= {"Ebro"}


def test_a_search_asks_as_many_questions_for_one_as_for_many(world: World) -> None:
    customer = world.customer("Ebro")

    def questions(text: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            found(text, world.ana)
        return len(asked)

    one = questions("ebro horno llamar")
    for n in range(20):
        world.opportunity(f"Horno {n}", party=customer)
    assert questions("horno ebro") == questions("horno") == 3
    assert one == 4  # nothing holds it: what resembles it


def test_every_record_has_its_document_whatever_its_kind(world: World) -> None:
    world.activity("Una", origin=world.opportunity("Otra"))
    world.incident()

    assert set(Document.objects.values_list("pk")) == set(Record.objects.values_list("pk"))
    for document in Document.objects.select_related("record"):
        assert (document.title, document.party_id) == (document.record.title, document.record.party_id)
