"""A call already made: one small form, born closed."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from hilvan.activities.models import Activity, ActivityType, State
from hilvan.notifications.models import Notice
from hilvan.records.models import Record
from hilvan.web.links import record_url
from tests.pages import Page, faults, signed_in
from tests.world import World

CALL = "/activities/call"


def test_from_a_record_its_people_are_there_and_one_press_saves(world: World) -> None:
    customer = world.customer("Sol")
    marta = world.contact(party=customer)
    client = signed_in(world.ana)
    address = f"{CALL}?origin={marta.number}"
    assert address in Page.of(client.get(record_url("contact", marta.number))).links

    form = client.get(address)
    assert faults(form) == []
    data = Page.of(form).data
    assert (data["party"], data["contact"]) == (f"{customer.number} Sol", f"{marta.number} Marta Ruiz")
    response = client.post(address, {**data, "note": "Pide plazo", "spent_minutes": "10"})

    assert response.headers["Location"] == record_url("contact", marta.number)
    call = Activity.objects.select_related("record", "result", "type").get()
    assert (call.type.code, call.subject, call.state, call.result and call.result.code) == (
        "call", "Call with Marta Ruiz", State.CLOSED, "answered"
    )  # fmt: skip
    assert (call.record.origin, call.party, call.contact, call.assignee) == (marta, customer, marta, world.ana)
    now = timezone.now()
    assert call.start_at
    assert call.end_at
    assert call.closed_at
    assert now - dt.timedelta(minutes=2) < call.start_at <= call.end_at <= call.closed_at <= now
    assert (call.spent_minutes, call.deferred) == (10, False)
    assert set(Notice.objects.values_list("state", flat=True)) <= {"suppressed"}
    assert "Pide plazo" in Page.of(client.get(record_url("activity", call.record.number))).text


def test_from_nothing_it_is_offered_by_new_and_needs_nobody(world: World) -> None:
    client = signed_in(world.ana, "es")
    assert CALL in Page.of(client.get("/customers/")).links
    data = Page.of(client.get(CALL)).data
    yesterday = timezone.now().astimezone(world.ana.zone) - dt.timedelta(days=1)
    response = client.post(CALL, {**data, "start_at": f"{yesterday:%Y-%m-%dT%H:%M}", "spent_minutes": "30"})
    call = Activity.objects.select_related("record").get()
    assert response.headers["Location"] == record_url("activity", call.record.number)
    assert call.start_at == yesterday.replace(second=0, microsecond=0)
    assert call.end_at == call.start_at + dt.timedelta(minutes=30)
    assert (call.subject, call.record.origin, call.party) == ("Llamada", None, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("start_at", "2099-01-01T10:00"), ("start_at", "2001-01-01T10:00"), ("start_at", ""), ("start_at", "nunca"),
        ("result", ""), ("result", "0"), ("spent_minutes", "-1"), ("contact", "Nadie"), ("note", "\x00"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_written(world: World, field: str, value: str) -> None:
    client = signed_in(world.ana)
    data = {**Page.of(client.get(CALL)).data, "subject": "Lo escrito", field: value}
    response = client.post(CALL, data)
    page = Page.of(response)
    assert response.status_code == 422
    assert f"id_{field}_error" in page.attribute("id")
    assert page.data["subject"] == "Lo escrito"
    assert not Record.objects.exists()


def test_a_contact_of_another_party_is_refused(world: World) -> None:
    marta = world.contact(party=world.customer("Sol"))
    client = signed_in(world.ana)
    data = Page.of(client.get(CALL)).data
    response = client.post(CALL, {**data, "party": world.customer("Luna").number, "contact": marta.number})
    assert response.status_code == 422
    assert "id_contact_error" in Page.of(response).attribute("id")
    assert not Activity.objects.exists()


def test_who_may_not_and_what_one_may_not_see(world: World) -> None:
    customer = world.customer()
    assert signed_in(world.zoe).get(f"{CALL}?origin={customer.number}").status_code == 404
    reader = world.luis
    reader.role = world.company.roles.get(code="reader")
    reader.save(update_fields=["role"])
    client = signed_in(reader)
    assert client.get(CALL).status_code == 403
    assert CALL not in str(client.get(record_url("customer", customer.number)).content)


def test_without_an_active_type_it_says_so(world: World) -> None:
    ActivityType.objects.filter(company=world.company, code="call").update(is_active=False)
    response = signed_in(world.ana).get(CALL, follow=True)
    assert "There are no calls: their type is not active." in Page.of(response).text
