"""Contacts: the people at a party, by service, page and API, and what starts from them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from hilvan.activities.services import change_activity
from hilvan.parties.kind import card_of_contact, card_of_people
from hilvan.parties.models import Contact
from hilvan.parties.services import change_contact, create_contact
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from hilvan.records.services import archive, prefill
from hilvan.web.links import record_url
from tests.api.client import Program
from tests.pages import Page, signed_in
from tests.world import World, standing


def page_of(record: Record) -> str:
    return record_url(record.kind, record.number)


def test_a_contact_is_of_a_customer_or_of_none(world: World) -> None:
    customer = world.customer()
    marta = world.contact(party=customer, position="Compras", mobile="600 11 22 33", email="marta@sol.example")
    assert (marta.title, marta.party, marta.number[:4]) == ("Marta Ruiz", customer, "CON-")
    assert world.contact("Sin empresa").party is None

    with pytest.raises(ValidationError) as refused:
        world.contact("Otro", party=world.incident())
    assert list(refused.value.message_dict) == ["party"]
    assert Record.objects.filter(kind="contact").count() == 2


def test_consent_counts_from_a_day(world: World) -> None:
    today = timezone.now().astimezone(world.company.zone).date()
    record = world.contact()
    contact = Contact.objects.get(pk=record.pk)
    assert (contact.consent, contact.consent_since) == ("unknown", None)

    assert change_contact(record, actor=world.actor(), consent="yes").consent_since == today
    since = dt.date(2024, 5, 25)
    assert change_contact(record, actor=world.actor(), consent_since=since).consent_since == since
    assert change_contact(record, actor=world.actor(), consent="no").consent_since == today
    with pytest.raises(ValidationError) as refused:
        change_contact(record, actor=world.actor(), consent_since=today + dt.timedelta(days=1))
    assert list(refused.value.message_dict) == ["consent_since"]
    with pytest.raises(ValidationError) as refused:
        change_contact(record, actor=world.actor(), consent="perhaps")
    assert list(refused.value.message_dict) == ["consent"]
    contact.refresh_from_db()
    assert (contact.consent, contact.consent_since) == ("no", today)
    change_contact(record, actor=world.actor(), consent="unknown")
    contact.refresh_from_db()
    assert (contact.consent, contact.consent_since) == ("unknown", None)


def test_a_collaborator_reads_contacts_and_writes_none(world: World) -> None:
    marta = world.contact()
    assert signed_in(world.eva).get(page_of(marta)).status_code == 200
    with pytest.raises(PermissionDenied):
        create_contact(actor=world.actor(world.eva), title="Mía")
    with pytest.raises(PermissionDenied):
        change_contact(marta, actor=world.actor(world.eva), title="Mía")


def test_a_person_is_reached_by_what_is_its_own_else_by_its_partys(world: World) -> None:
    customer = world.customer(phone="976 1", email="hola@sol.example", address="Calle Mayor 1", city="Jaca")
    marta = world.contact(party=customer, phone="976 2", mobile="600 3")
    card = card_of_contact(marta)
    assert (card.name, card.phone, card.email, card.address) == (
        "Marta Ruiz", "600 3", "hola@sol.example", "Calle Mayor 1, Jaca"
    )  # fmt: skip
    assert card_of_contact(world.contact("Sola")).address == ""
    assert card_of_people(world.incident(party=customer, contact=marta)) == card


def test_what_starts_from_a_contact_has_its_party_and_it(world: World) -> None:
    customer = world.customer(owner=world.luis)
    marta = world.contact(party=customer)
    for name in ("activity", "opportunity", "incident"):
        if name in kinds:
            values = prefill(kinds[name], marta, world.ana)
            assert (values["party"].value, values["contact"].value) == (customer, marta)
            assert not {"title", "subject"} & values.keys()
    values = prefill(kinds["contact"], customer, world.ana)
    assert (values["party"].value, values["owner"].value) == (customer, world.luis)


def test_an_activity_takes_over_the_contact_of_what_it_starts_from(world: World) -> None:
    customer = world.customer()
    marta = world.contact(party=customer)
    for origin in (world.opportunity(party=customer, contact=marta), world.activity(contact=marta)):
        assert prefill(kinds["activity"], origin, world.ana)["contact"].value == marta


def test_an_activity_with_a_contact_alone_is_about_its_party(world: World) -> None:
    customer = world.customer()
    record = world.activity(contact=world.contact(party=customer))
    assert standing(record).party == customer


def test_a_contact_of_another_party_is_refused_beside_the_field(world: World) -> None:
    customer, other = world.customer("Sol"), world.customer("Luna")
    marta, sola = world.contact(party=other), world.contact("Sin empresa")
    foreign = kinds["contact"].create(actor=world.actor(world.zoe), title="De otra casa")
    count = Record.objects.count()
    for contact in (marta, foreign, other):
        for make in (world.activity, world.opportunity, world.incident):
            with pytest.raises(ValidationError) as refused:
                make(party=customer, contact=contact)
            assert list(refused.value.message_dict) == ["contact"]
            assert len(refused.value.message_dict["contact"]) == 1
    assert Record.objects.count() == count

    record = world.activity(party=customer, contact=sola)
    change_activity(record, actor=world.actor(), contact=None, party=other)
    change_activity(record, actor=world.actor(), contact=marta)
    with pytest.raises(ValidationError) as refused:
        change_activity(record, actor=world.actor(), party=customer)
    assert list(refused.value.message_dict) == ["contact"]
    assert standing(record).party == other


def test_who_moves_to_another_company_leaves_what_was_as_it_was(world: World) -> None:
    customer = world.customer()
    marta = world.contact(party=customer)
    record = world.activity(party=customer, contact=marta)
    change_contact(marta, actor=world.actor(), party=world.customer("Luna"))
    assert change_activity(record, actor=world.actor(), priority=2).priority == 2


def test_a_customers_page_shows_its_people_a_click_away(world: World) -> None:
    customer = world.customer(
        phone="+34 976 123", email="hola@sol.example", website="sol.example", address="Calle Mayor 1", city="Jaca"
    )
    marta = world.contact(party=customer, phone="976 2", mobile="600 3", email="marta@sol.example", position="Compras")
    gone = world.contact("Ya no está", party=customer)
    archive(gone, actor=world.actor())

    response = signed_in(world.ana).get(page_of(customer))
    page = Page.of(response)
    assert {
        page_of(marta), "tel:9762", "tel:6003", "mailto:marta@sol.example", "tel:+34976123", "mailto:hola@sol.example",
        "https://sol.example", "https://www.openstreetmap.org/search?query=Calle+Mayor+1%2C+Jaca",
        f"/contacts/new?origin={customer.number}",
    } <= page.links  # fmt: skip
    shown = [variables["people"] for _template, variables in response.context["panels"] if "people" in variables]
    assert [person["name"] for people in shown for person in people] == ["Marta Ruiz"]
    maps = [tag.attributes for tag in page.tags if "openstreetmap" in tag.attributes.get("href", "")]
    assert {one["rel"] for one in maps} == {"noreferrer"}

    page = Page.of(signed_in(world.ana).get(page_of(marta)))
    assert {"tel:9762", "tel:6003", "mailto:marta@sol.example", page_of(customer)} <= page.links


def test_an_activitys_page_names_the_contact_and_calls_it(world: World) -> None:
    customer = world.customer(address="Calle Mayor 1")
    marta = world.contact(party=customer, mobile="600 3", email="marta@sol.example")
    record = world.activity(contact=marta)
    page = Page.of(signed_in(world.ana).get(page_of(record)))
    assert {page_of(marta), "tel:6003", "mailto:marta@sol.example"} <= page.links
    assert "https://www.openstreetmap.org/search?query=Calle+Mayor+1" in page.links
    assert page_of(record) in Page.of(signed_in(world.ana).get(page_of(marta))).links


def test_the_form_of_an_activity_takes_a_contact_and_gives_its_error_beside_it(world: World) -> None:
    customer = world.customer("Sol")
    marta = world.contact(party=customer)
    client = signed_in(world.ana)
    data = Page.of(client.get(f"/activities/new?origin={marta.number}")).data
    assert data["contact"] == f"{marta.number} Marta Ruiz"

    refused = client.post("/activities/new", {**data, "subject": "Llamar", "party": world.customer("Luna").number})
    assert refused.status_code == 422
    assert "id_contact_error" in Page.of(refused).attribute("id")
    assert client.post("/activities/new", {**data, "subject": "Llamar"}).status_code == 302
    record = Record.objects.get(kind="activity")
    assert (standing(record).contact, record.party) == (marta, customer)


def test_suggestions_begin_with_the_contacts_of_the_party(world: World) -> None:
    customer = world.customer("Sol")
    near = world.contact("Marta Ruiz", party=customer)
    far = world.contact("Marta Soler", party=world.customer("Luna"))
    client = signed_in(world.ana)
    found = client.get("/lookup", {"kinds": "contact", "q": "marta", "near": f"{customer.number} Sol"}).json()
    assert found["items"] == [f"{near.number} Marta Ruiz", f"{far.number} Marta Soler"]
    assert client.get("/lookup", {"kinds": "contact", "q": "marta", "near": "\x00"}).status_code == 200


def test_the_api_tells_a_contact_and_finds_what_concerns_it(world: World) -> None:
    program = Program(world.ana)
    customer = world.customer()
    made = program.post(
        "/contacts",
        {"title": "Marta Ruiz", "party": customer.number, "language": "es", "consent": "yes",
         "consent_since": "2024-05-25"},
    )  # fmt: skip
    assert (made["party"]["number"], made["language"], made["consent"], made["consent_since"]) == (
        customer.number, "es", "yes", "2024-05-25"
    )  # fmt: skip
    program.post("/activities", {"type": "task", "subject": "Nada", "party": customer.number})
    for fields in ({"contact": made["number"]}, {"origin": made["number"]}):
        program.post("/activities", {"type": "task", "subject": "Suya", **fields})
    items = program.get("/activities", contact=made["number"])["items"]
    assert [(item["subject"], item["party"]["number"]) for item in items] == [("Suya", customer.number)] * 2


def test_a_situation_keeps_the_contact(committed_world: World) -> None:
    world = committed_world
    marta = world.contact()
    record = world.activity(contact=marta)
    before = timezone.now()
    change_activity(record, actor=world.actor(), contact=None)
    program = Program(world.ana)
    assert [one["contact"] and one["contact"]["title"] for one in program.get(
        f"/activities/{record.number}/situations")["items"]] == ["Marta Ruiz", None]  # fmt: skip
    assert program.get(f"/activities/{record.number}", as_of=before.isoformat())["contact"]["title"] == "Marta Ruiz"
