"""The page of a record, and what can be done from it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from hilvan.people.models import User
from hilvan.records.models import Record
from hilvan.web.links import record_url
from tests.pages import Page, faults, signed_in
from tests.world import World


def page_of(record: Record) -> str:
    return record_url(record.kind, record.number)


def test_a_page_says_what_it_is_how_it_stands_and_what_can_be_done(world: World) -> None:
    customer = world.customer("Talleres Sol")
    record = world.opportunity("Horno nuevo", party=customer, owner=world.luis, stage="proposal")

    page = Page.of(signed_in(world.ana).get(page_of(record)))

    assert "Horno nuevo · Talleres Sol" in page.text
    assert "responsible : Luis Peña" in page.text.replace(":", " :").replace("  ", " ")
    assert page_of(customer) in page.links
    assert {f"/activities/new?origin={record.number}", f"{page_of(record)}/edit"} <= page.links
    assert f"{page_of(record)}/lose" in page.links
    assert f"{page_of(record)}/win" in page.attribute("action")
    assert f"{page_of(record)}/reopen" not in page.links


def test_what_cannot_be_created_now_says_why(world: World) -> None:
    world.needs("opportunity")
    customer = world.customer()
    signed_in(world.jefa).post(f"{page_of(customer)}/block", {"reason": "No paga"})

    response = signed_in(world.ana).get(page_of(customer))

    page = Page.of(response)
    assert "Panadería Sol is blocked: No paga" in page.text
    assert f"/opportunities/new?origin={customer.number}" not in page.links
    refused = signed_in(world.ana).get(f"/opportunities/new?origin={customer.number}", follow=True)
    assert refused.redirect_chain[-1][0] == page_of(customer)
    assert "Panadería Sol is blocked: No paga" in Page.of(refused).text


def test_who_may_not_change_a_record_is_offered_nothing_that_does(world: World) -> None:
    record = world.customer()
    client = signed_in(world.eva)

    page = Page.of(client.get(page_of(record)))

    assert f"{page_of(record)}/edit" not in page.links
    assert f"{page_of(record)}/block" not in page.links
    assert f"{page_of(record)}/archive" not in page.attribute("action")
    for address in ("edit", "block", "archive"):
        assert client.post(f"{page_of(record)}/{address}", {"reason": "x", "archived": "1"}).status_code == 403
    unchanged = Record.objects.get(pk=record.pk)
    assert unchanged.archived_at is None
    assert not unchanged.as_customer.blocked


def test_a_verb_asks_for_what_it_needs_and_keeps_what_was_typed(world: World) -> None:
    record = world.opportunity()
    client = signed_in(world.ana)

    refused = client.post(f"{page_of(record)}/lose", {"reason": ""})
    assert refused.status_code == 422
    assert faults(refused) == []
    assert "lose_reason_error" in Page.of(refused).attribute("id")
    assert Record.objects.get(pk=record.pk).as_opportunity.stage == "qualification"

    done = client.post(f"{page_of(record)}/lose", {"reason": "Cara"})
    assert done.headers["Location"] == page_of(record)
    assert Record.objects.get(pk=record.pk).as_opportunity.stage == "lost"

    again = client.post(f"{page_of(record)}/lose", {"reason": "Otra vez"}, follow=True)
    assert "can't be done now" in Page.of(again).text
    assert Record.objects.get(pk=record.pk).as_opportunity.lost_reason == "Cara"


def test_looking_at_a_verb_changes_nothing(world: World) -> None:
    record = world.opportunity()

    assert signed_in(world.ana).get(f"{page_of(record)}/win").status_code == 200
    assert signed_in(world.ana).get(f"{page_of(record)}/archive").status_code == 405
    assert Record.objects.get(pk=record.pk).as_opportunity.stage == "qualification"


def test_a_service_s_refusal_stands_beside_its_field(world: World) -> None:
    client = signed_in(world.ana)
    data = Page.of(client.get("/customers/new")).data

    response = client.post("/customers/new", {**data, "title": "Sol", "tax_id": "12345678A"})

    assert response.status_code == 422
    page = Page.of(response)
    assert "id_tax_id_error" in page.attribute("id")
    assert page.data["tax_id"] == "12345678A"
    assert not Record.objects.filter(kind="customer").exists()


def test_a_bookmark_fills_the_form(world: World) -> None:
    page = Page.of(signed_in(world.ana).get("/customers/new?title=De+fuera&city=Huesca&nonsense=1"))

    assert (page.data["title"], page.data["city"]) == ("De fuera", "Huesca")


def test_a_record_typed_wrong_is_explained_beside_its_field(world: World) -> None:
    world.needs("opportunity")
    client = signed_in(world.ana)
    data = Page.of(client.get("/opportunities/new")).data

    response = client.post("/opportunities/new", {**data, "title": "Horno", "party": "Nadie"})

    assert response.status_code == 422
    assert "id_party_error" in Page.of(response).attribute("id")


def test_saving_what_is_the_same_writes_no_history(committed_world: World) -> None:
    record = committed_world.opportunity(expected_amount=Decimal("1200.50"), owner=committed_world.luis)
    client = signed_in(committed_world.jefa)
    before = changes(record)
    data = Page.of(client.get(f"{page_of(record)}/edit")).data

    response = client.post(f"{page_of(record)}/edit", data, follow=True)

    assert "Nothing was different." in Page.of(response).text
    assert changes(record) == before


def changes(record: Record) -> int:
    return record.changes.count()


def test_a_responsible_who_has_left_stays_until_another_is_chosen(world: World) -> None:
    record = world.opportunity(owner=world.luis)
    User.objects.filter(pk=world.luis.pk).update(is_active=False)
    client = signed_in(world.jefa)
    data = Page.of(client.get(f"{page_of(record)}/edit")).data

    client.post(f"{page_of(record)}/edit", {**data, "description": "Más"})

    assert Record.objects.get(pk=record.pk).owner == world.luis
    assert Record.objects.get(pk=record.pk).as_opportunity.description == "Más"


def its_own(response: Any) -> list[dict[str, Any]]:
    """The lines of the timeline that tell of the page's own record."""
    return [line for line in response.context["timeline"]["lines"] if line["about"] is None]


def test_the_history_tells_in_words_who_changed_what(committed_world: World) -> None:
    world = committed_world
    record = world.opportunity("Horno", stage="proposal", expected_amount=Decimal(1000))
    record.declaration.change(
        record, actor=world.actor(), stage="negotiation", owner=world.luis, expected_amount=Decimal("12400.5")
    )
    world.do(record, "lose", by=world.jefa, reason="Demasiado cara")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE opportunities_opportunity SET description = 'Por SQL' WHERE record_id = %s", [record.pk])

    response = signed_in(world.jefa).get(page_of(record))

    by_sql, lost, changed, born = its_own(response)
    assert (by_sql["actor"], by_sql["detail"]) == ("Hilván", "(SQL)")
    assert by_sql["text"] == "Description: — → Por SQL"
    assert (lost["actor"], lost["quote"]) == ("Josefa Ruiz", "Demasiado cara")
    assert "Stage: Negotiation → Lost" in lost["text"]
    assert (changed["actor"], changed["detail"]) == ("Ana Gil", "(screen)")
    assert "Stage: Proposal → Negotiation" in changed["text"]
    assert "Responsible: — → Luis Peña" in changed["text"]
    assert "Expected amount, €: 1,000.00 → 12,400.50" in changed["text"]
    assert born["text"] == "Created"
    assert "What it is about: Horno" in born["detail"]
    assert faults(response) == []


def test_history_does_not_name_records_that_the_reader_may_not_see(committed_world: World) -> None:
    world = committed_world
    hidden = world.opportunity("Secreta")
    shown = world.activity("Visible", assignee=world.eva, origin=hidden)
    incident = world.incident("Mía", by=world.eva, origin=shown)

    response = signed_in(world.eva).get(page_of(incident))

    assert response.status_code == 200
    assert "Secreta" not in response.content.decode()


def test_a_page_can_be_seen_as_it_stood(committed_world: World) -> None:
    world = committed_world
    customer = world.customer("Sol")
    record = world.opportunity("Horno viejo", party=customer, stage="proposal", expected_amount=Decimal(1000))
    then = timezone.now()
    fields = {"title": "Horno nuevo", "stage": "negotiation", "owner": world.luis}
    record.declaration.change(record, actor=world.actor(), **fields)
    later = world.incident("Más tarde", origin=record, party=customer)
    client = signed_in(world.ana)

    response = client.get(page_of(record), {"as_of": then.isoformat()})

    page = Page.of(response)
    assert response.status_code == 200
    assert faults(response) == []
    assert response.context["record"].title == "Horno viejo"
    assert response.context["state"].code == "proposal"
    assert response.context["record"].owner is None
    assert [entry["text"] for entry in its_own(response)] == ["Created"]
    assert page_of(later) not in page.links
    assert f"{page_of(record)}/edit" not in page.links
    assert not any(link.startswith("/activities/new?") for link in page.links)
    assert "as-of" in " ".join(page.attribute("class"))


def test_before_its_birth_a_page_says_that_it_did_not_exist(committed_world: World) -> None:
    record = committed_world.customer("Sol")
    before = record.created_at - dt.timedelta(days=1)

    response = signed_in(committed_world.ana).get(page_of(record), {"as_of": before.isoformat()})

    page = Page.of(response)
    assert "It did not exist yet" in page.text
    assert faults(response) == []
    assert "(screen)" not in page.text


def test_the_future_and_what_is_no_instant_lead_back_to_now(world: World) -> None:
    record = world.customer()
    client = signed_in(world.ana)

    for text, why in [("2999-01-01", "The instant lies in the future."), ("yesterday", "is not an instant")]:
        response = client.get(page_of(record), {"as_of": text}, follow=True)
        assert response.redirect_chain[-1][0] == page_of(record)
        assert why in Page.of(response).text


def test_the_flow_shows_the_chain_and_hides_what_one_may_not_see(world: World) -> None:
    customer = world.customer()
    opportunity = world.opportunity(party=customer, origin=customer)
    incident = world.incident(origin=opportunity, party=customer, team=world.ventas)
    activity = world.activity(origin=incident)
    child = world.incident("De la incidencia", origin=activity, party=customer)

    page = Page.of(signed_in(world.ana).get(page_of(incident)))
    assert {page_of(customer), page_of(opportunity)} <= page.links
    page = Page.of(signed_in(world.ana).get(page_of(child)))
    assert {page_of(activity), page_of(incident), page_of(opportunity)} <= page.links

    hidden = signed_in(world.eva)
    assert hidden.get(page_of(incident)).status_code == 404
    assert page_of(opportunity) not in Page.of(hidden.get(page_of(customer))).links
