"""What only a vehicle does."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import polib
import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import hilvan_fleet
from hilvan.records.history import children_stood, entries
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from hilvan.records.services import creatable, prefill
from hilvan_fleet.models import Service, Vehicle
from hilvan_fleet.services import change_vehicle, create_vehicle, reinstate_vehicle, retire_vehicle
from tests.api.client import Program, wrong
from tests.every_kind.test_services import at_once
from tests.pages import Page, faults, signed_in
from tests.world import World

OIL: Any = {"done_on": dt.date(2026, 3, 2), "odometer": 42_000, "what": "Cambio de aceite", "cost": Decimal("89.90")}
TYRES: Any = {"done_on": dt.date(2026, 9, 14), "odometer": 55_300, "what": "Cuatro ruedas", "cost": Decimal("412.00")}


def vehicle(world: World, **fields: Any) -> Record:
    fields = {"title": "Furgoneta de reparto", "plate": "4711 klm", "party": world.customer(), **fields}
    return create_vehicle(actor=world.actor(), **fields)


def standing(record: Record) -> Vehicle:
    return Vehicle.objects.select_related("record").get(pk=record.pk)


def test_no_two_vehicles_of_a_company_have_one_plate_however_it_is_written(world: World) -> None:
    assert standing(vehicle(world, plate=" 4711-klm ")).plate == "4711KLM"
    other = vehicle(world, plate="0815 BCD")
    for attempt in (
        lambda: vehicle(world, plate="4711 KLM"),
        lambda: change_vehicle(other, actor=world.actor(), plate="4711KLM"),
    ):
        with pytest.raises(ValidationError) as refused:
            attempt()
        assert list(refused.value.message_dict) == ["plate"]
    assert sorted(Vehicle.objects.values_list("plate", flat=True)) == ["0815BCD", "4711KLM"]
    theirs = world.customer(by=world.zoe)
    create_vehicle(actor=world.actor(world.zoe), title="La de Zoe", plate="4711KLM", party=theirs)


def test_its_services_are_lines_which_stay_the_same_rows(world: World) -> None:
    record = vehicle(world, services=[OIL])
    first: Any = standing(record).services[0]
    assert standing(record).services == [{"id": first["id"], **OIL}]

    dearer: Any = {**first, "cost": Decimal("95.00")}
    change_vehicle(record, actor=world.actor(), services=[TYRES, dearer])
    oil: Any
    tyres: Any
    oil, tyres = standing(record).services
    assert oil == dearer
    assert tyres == {"id": tyres["id"], **TYRES}

    change_vehicle(record, actor=world.actor(), title="Furgoneta blanca")
    assert standing(record).services == [oil, tyres]
    change_vehicle(record, actor=world.actor(), services=[tyres])
    assert standing(record).services == [tyres]


@pytest.mark.parametrize(
    ("wrong_one", "fields"),
    [
        ({"done_on": None}, {"services.1.done_on"}),
        ({"odometer": None, "what": " "}, {"services.1.odometer", "services.1.what"}),
        ({"odometer": 41_999}, {"services.1.odometer"}),
        ({"done_on": dt.date(2026, 1, 1)}, {"services.0.odometer"}),
        ({"cost": Decimal(-1)}, {"services.1.cost"}),
        ({"what": "x" * 301}, {"services.1.what"}),
    ],
)
def test_a_service_that_is_not_right_is_refused_beside_its_field(
    world: World, wrong_one: dict[str, Any], fields: set[str]
) -> None:
    record = vehicle(world, services=[OIL])
    before = standing(record).services
    second: Any = {**TYRES, **wrong_one}
    with pytest.raises(ValidationError) as refused:
        change_vehicle(record, actor=world.actor(), title="Otra", services=[OIL, second])
    assert refused.value.message_dict.keys() == fields
    assert standing(record).services == before
    assert standing(record).record.title == "Furgoneta de reparto"


def test_a_line_of_another_vehicle_is_not_taken_over(world: World) -> None:
    theirs = vehicle(world, services=[OIL])
    (line,) = standing(theirs).services
    ours = vehicle(world, plate="0815 BCD", services=[{**line, "what": "Mío"}])
    assert standing(theirs).services == [line]
    assert standing(ours).services[0]["id"] != line["id"]


def test_its_lines_are_part_of_its_history_and_of_its_page_of_the_past(committed_world: World) -> None:
    world = committed_world
    record = vehicle(world, services=[OIL])
    then = timezone.now()
    change_vehicle(record, actor=world.actor(world.luis), services=[TYRES])

    newest = entries(record)[0]
    assert (newest.verb, newest.actor) == ("vehicle.change", world.luis)
    assert {name.rpartition(".")[2] for name in newest.fields} >= {"what", "odometer", "cost", "done_on"}
    assert [line.what for line in children_stood(record, Service, then)] == ["Cambio de aceite"]
    client = signed_in(world.ana, "es")
    past = Page.of(client.get(f"/vehicles/{record.number}", {"as_of": then.isoformat()})).text
    assert "Cambio de aceite" in past
    assert "Cuatro ruedas" not in past
    now = Page.of(client.get(f"/vehicles/{record.number}"))
    assert "Cuatro ruedas" in now.text
    assert "412,00 €" in now.text


def test_the_database_itself_keeps_a_line_in_its_company(world: World) -> None:
    record = vehicle(world, services=[OIL])
    with pytest.raises(DatabaseError):
        at_once("UPDATE hilvan_fleet_service SET company_id = %s", [world.other_company.pk])
    assert Service.objects.get(record=record).company == world.company


def test_the_form_takes_lines_and_says_beside_each_what_is_wrong(world: World) -> None:
    client = signed_in(world.ana, "es")
    customer = world.customer()
    head = {"title": "Furgoneta", "plate": "4711 KLM", "party": customer.number}
    line = {"services-0-done_on": "2026-03-02", "services-0-odometer": "42000", "services-0-what": "Cambio de aceite"}
    refused = client.post("/vehicles/new", {**head, **line, "services-0-odometer": "", "services-0-cost": "1.089,90"})
    assert refused.status_code == 422
    assert faults(refused) == []
    page = Page.of(refused)
    assert page.data["services-0-what"] == "Cambio de aceite"
    assert page.data["services-0-cost"] == "1.089,90"
    assert "services-0-odometer" in {name for form in page.forms for name in form.refused}

    client.post("/vehicles/new", {**head, **line, "services-0-cost": "1.089,90"})
    record = Record.objects.get(kind="vehicle")
    (made,) = standing(record).services
    assert made["cost"] == Decimal("1089.90")

    form = Page.of(client.get(f"/vehicles/{record.number}/edit"))
    assert form.data["services-0-id"] == str(made["id"])
    more = {
        **form.data,
        "services-1-done_on": "2026-09-14",
        "services-1-odometer": "41000",
        "services-1-what": "Ruedas",
    }
    refused = client.post(f"/vehicles/{record.number}/edit", more)
    assert refused.status_code == 422
    page = Page.of(refused)
    assert "Tenía 42.000 km antes de ese día." in page.text
    assert {name for form in page.forms for name in form.refused} == {"services-1-odometer"}
    client.post(f"/vehicles/{record.number}/edit", {**more, "services-1-odometer": "55300"})
    assert [one["what"] for one in standing(record).services] == ["Cambio de aceite", "Ruedas"]
    emptied = {name: "" for name in more if name.startswith("services-0-") and name != "services-0-id"}
    again = Page.of(client.get(f"/vehicles/{record.number}/edit")).data
    client.post(f"/vehicles/{record.number}/edit", {**again, **emptied})
    assert [one["what"] for one in standing(record).services] == ["Ruedas"]


def test_the_api_takes_and_tells_its_lines(world: World) -> None:
    program = Program(world.ana)
    line = {"done_on": "2026-03-02", "odometer": 42_000, "what": "Aceite", "cost": "89.90"}
    made = program.post(
        "/vehicles", {"title": "Furgoneta", "plate": "X1", "party": world.customer().number, "services": [line]}
    )
    (told,) = made["services"]
    assert told == {"id": told["id"], **line}
    changed = program.patch(f"/vehicles/{made['number']}", {"services": [{**told, "odometer": 42_500}]})
    assert changed["services"] == [{**told, "odometer": 42_500}]
    assert wrong(program.patch(f"/vehicles/{made['number']}", {"services": [{}]}, 422)) == [
        "services.0.done_on",
        "services.0.odometer",
        "services.0.what",
    ]
    assert program.get("/vehicles", q="X1")["items"] == [changed]


def test_a_list_costs_the_same_number_of_queries_however_many_lines_there_are(world: World) -> None:
    program = Program(world.ana)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            program.get("/vehicles")
        return len(queries)

    vehicle(world, services=[OIL])
    one = cost()
    for n in range(10):
        vehicle(world, plate=f"{n}", services=[OIL, TYRES])
    assert cost() == one


def test_it_starts_from_a_customer(world: World) -> None:
    customer = world.customer(owner=world.luis)
    values = {name: one.value for name, one in prefill(kinds["vehicle"], customer, world.ana).items()}
    assert values == {"party": customer, "owner": world.luis}
    assert "vehicle" not in [entry.kind.name for entry in creatable(world.activity(), world.ana)]


def test_what_knows_of_no_vehicle_starts_from_one(world: World) -> None:
    world.needs("incident", "quote")
    record = vehicle(world, owner=world.luis, services=[OIL, TYRES])
    record = Record.objects.get(pk=record.pk)
    menu = {entry.kind.name: entry for entry in creatable(record, world.ana)}
    assert list(menu) == ["activity", "incident", "quote"]
    assert all(entry.allowed for entry in menu.values())

    program = Program(world.ana)
    incident = program.post(f"/records/{record.number}/create/incident")
    assert (incident["title"], incident["party"]["number"]) == ("Furgoneta de reparto (4711KLM)", record.party.number)  # type: ignore[union-attr]
    assert incident["origin"]["number"] == record.number
    quote = program.post(f"/records/{record.number}/create/quote")
    assert [(line["description"], line["price"]) for line in quote["lines"]] == [("Cuatro ruedas", "412.0000")]
    prefilled = {one["kind"]: one["prefill"] for one in program.get(f"/records/{record.number}/creatable")["items"]}
    assert prefilled["quote"]["lines"]["source"] == "from the last service"

    page = Page.of(signed_in(world.ana).get(f"/vehicles/{record.number}"))
    assert {f"/incidents/new?origin={record.number}", f"/quotes/new?origin={record.number}"} <= page.links
    assert f"/quotes/{quote['number']}" in page.links


def test_a_retired_one_starts_no_quote_and_says_why(world: World) -> None:
    world.needs("quote")
    record = vehicle(world)
    with pytest.raises(ValidationError) as refused:
        retire_vehicle(record, actor=world.actor(), reason=" ")
    assert list(refused.value.message_dict) == ["reason"]
    retire_vehicle(record, actor=world.actor(), reason="Siniestro total")
    assert (entries(record)[0].verb, entries(record)[0].note) == ("vehicle.retire", "Siniestro total")
    entry = next(one for one in creatable(Record.objects.get(pk=record.pk), world.ana) if one.kind.name == "quote")
    assert (entry.allowed, entry.why_not) == (False, "El vehículo está retirado.")
    Program(world.ana).post(f"/records/{record.number}/create/quote", None, 409)
    reinstate_vehicle(record, actor=world.actor(world.luis))
    assert standing(record).in_service


def test_the_list_is_asked_for_inspections_that_are_due(world: World) -> None:
    today = timezone.localdate()
    late = vehicle(world, plate="A", inspection_on=today - dt.timedelta(days=1))
    soon = vehicle(world, plate="B", inspection_on=today + dt.timedelta(days=30))
    vehicle(world, plate="C", inspection_on=today + dt.timedelta(days=31))
    retired = vehicle(world, plate="D", inspection_on=today - dt.timedelta(days=1))
    retire_vehicle(retired, actor=world.actor(), reason="Vendido")
    for asked, found in (("overdue", late), ("soon", soon)):
        items = Program(world.ana).get("/vehicles", inspection=asked)["items"]
        assert [item["number"] for item in items] == [found.number]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("es", ("Vehículos", "Flota", "En servicio", "Matrícula", "Retirar…", "Cambio de aceite", "89,90 €", "42.000")),
        ("en", ("Vehicles", "Fleet", "In service", "Plate", "Retire…", "Cambio de aceite", "€89.90", "42,000")),
    ],
)
def test_its_page_speaks_both_languages(world: World, language: str, words: tuple[str, ...]) -> None:
    record = vehicle(world, services=[OIL])
    response = signed_in(world.ana, language).get(f"/vehicles/{record.number}")
    assert faults(response) == []
    text = Page.of(response).text
    assert [word for word in words if word not in text] == []
    assert "{" not in text


def test_every_text_has_its_spanish() -> None:
    folder = Path(hilvan_fleet.__file__).parent / "locale" / "es" / "LC_MESSAGES"
    texts = polib.pofile(str(folder / "django.po"))
    assert [entry.msgid for entry in texts if not entry.translated()] == []
    compiled = {entry.msgid: entry.msgstr for entry in polib.mofile(str(folder / "django.mo"))}
    assert compiled == {entry.msgid: entry.msgstr for entry in texts}
