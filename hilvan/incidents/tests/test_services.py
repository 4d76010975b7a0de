"""What services do to an incident, and how it is born from other records."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import translation

from hilvan.activities.models import Priority
from hilvan.incidents.forms import IncidentForm
from hilvan.incidents.kind import INCIDENT, describe, facts
from hilvan.incidents.models import Incident
from hilvan.incidents.schemas import IncidentFields
from hilvan.incidents.services import change_incident, close_incident, create_incident, reopen_incident
from hilvan.parties.services import block
from hilvan.records.history import entries
from hilvan.records.models import Record
from hilvan.records.services import prefill
from tests.world import World


def standing(record: Record) -> Incident:
    return Incident.objects.select_related("record").get(pk=record.pk)


def test_an_incident_may_be_an_internal_one(world: World) -> None:
    record = world.incident()
    assert (record.party, record.number[:4]) == (None, "INC-")
    one = standing(record)
    assert one.answer_due_at is not None
    assert one.resolution_due_at is not None
    assert describe(one) == {
        "answer_due_at": one.answer_due_at.isoformat(),
        "answered_at": None,
        "resolution_due_at": one.resolution_due_at.isoformat(),
        "waiting_for": "",
        "held_at": None,
        "duplicate_of": None,
        "contact": None,
        "state": "open",
        "priority": "normal",
        "category": "other",
        "channel": "other",
        "description": "",
        "resolution": "",
        "closed_at": None,
    }


def test_a_blocked_customer_may_have_incidents(world: World) -> None:
    customer = world.customer()
    block(customer, actor=world.actor(), reason="No paga")
    assert world.incident(party=customer).party == customer


def test_all_that_is_wrong_is_said_at_once_and_nothing_is_written(world: World) -> None:
    with pytest.raises(ValidationError) as refused:
        create_incident(
            actor=world.actor(),
            title="",
            party=world.customer(by=world.zoe),
            owner=world.zoe,
            priority=9,
            category="magic",
            channel="pigeon",
            description="\x00",
        )
    assert set(refused.value.message_dict) == {
        "title", "party", "owner", "priority", "category", "channel", "description"
    }  # fmt: skip
    assert not Incident.objects.exists()


def test_its_party_is_a_party(world: World) -> None:
    with pytest.raises(ValidationError) as refused:
        world.incident(party=world.incident())
    assert list(refused.value.message_dict) == ["party"]


def test_a_change_keeps_what_it_does_not_name(world: World) -> None:
    record = world.incident(priority=Priority.HIGH, channel="phone", owner=world.luis)
    change_incident(record, actor=world.actor(), category="fault", title="El horno gotea", owner=None)

    one = standing(record)
    assert (one.priority, one.channel, one.category) == (Priority.HIGH, "phone", "fault")
    assert (one.record.title, one.record.owner) == ("El horno gotea", None)


def test_it_is_closed_with_its_resolution_once(world: World) -> None:
    record = world.incident()
    for resolution in ("", " ", "\x00"):
        with pytest.raises(ValidationError) as refused:
            close_incident(record, actor=world.actor(), resolution=resolution)
        assert list(refused.value.message_dict) == ["resolution"]
    assert standing(record).is_open

    close_incident(record, actor=world.actor(), resolution=" Resistencia nueva ")
    one = standing(record)
    assert (one.state, one.resolution) == ("closed", "Resistencia nueva")
    assert one.closed_at is not None
    with pytest.raises(ValidationError) as refused:
        close_incident(record, actor=world.actor(), resolution="Otra vez")
    assert refused.value.code == "not_now"
    assert standing(record).resolution == "Resistencia nueva"


def test_it_is_reopened_with_a_reason_and_forgets_its_resolution(world: World) -> None:
    record = world.incident()
    with pytest.raises(ValidationError) as refused:
        reopen_incident(record, actor=world.actor(), reason="Sigue igual")
    assert refused.value.code == "not_now"

    close_incident(record, actor=world.actor(), resolution="Resistencia nueva")
    with pytest.raises(ValidationError) as refused:
        reopen_incident(record, actor=world.actor(), reason="")
    assert list(refused.value.message_dict) == ["reason"]
    one = reopen_incident(record, actor=world.actor(), reason="Vuelve a fallar")
    assert (one.state, one.resolution, one.closed_at) == ("open", "", None)
    assert (entries(record)[0].verb, entries(record)[0].note) == ("incident.reopen", "Vuelve a fallar")


def test_who_may_not_change_it_may_not_close_it(world: World) -> None:
    record = world.incident()
    for user in (world.eva, world.zoe):
        with pytest.raises(PermissionDenied):
            close_incident(record, actor=world.actor(user), resolution="Hecho")
    assert standing(record).is_open


def values(record: Record, world: World) -> dict[str, tuple[Any, str]]:
    with translation.override("en"):
        return {name: (one.value, str(one.source)) for name, one in prefill(INCIDENT, record, world.ana).items()}


def test_from_a_customer_and_an_opportunity_it_takes_the_party(world: World) -> None:
    customer = world.customer(owner=world.luis)
    assert values(customer, world) == {
        "party": (customer, "from the customer"),
        "owner": (world.ana, "because you create it"),
    }
    assert values(world.opportunity("Horno nuevo", party=customer), world) == {
        "party": (customer, "from the opportunity"),
        "title": ("Horno nuevo", "from the opportunity"),
        "owner": (world.ana, "because you create it"),
    }


def test_from_a_call_it_takes_what_was_said_and_that_it_came_by_telephone(world: World) -> None:
    customer = world.customer()
    call = world.activity("Gotea el horno", type="call", origin=customer, description="Desde el lunes")
    assert values(call, world) == {
        "party": (customer, "from the activity"),
        "title": ("Gotea el horno", "from the activity"),
        "description": ("Desde el lunes", "from the activity"),
        "channel": ("phone", "from the type “Call”"),
        "owner": (world.ana, "because you create it"),
    }
    assert "channel" not in values(world.activity("Ordenar"), world)


def test_the_form_offers_what_the_service_takes(world: World) -> None:
    customer = world.customer()
    data = {"title": "Gotea", "party": customer.number, "priority": "2", "category": "fault", "channel": "web"}
    form = IncidentForm(data, user=world.ana)
    assert form.is_valid(), form.errors
    record = create_incident(actor=world.actor(), **form.service_fields())
    assert (record.party, standing(record).priority) == (customer, Priority.HIGH)
    assert IncidentForm(user=world.ana)["owner"].value() == world.ana.pk


def test_priorities_have_words_outside_and_numbers_within(world: World) -> None:
    assert IncidentFields.model_validate({"priority": "urgent"}).model_dump()["priority"] == Priority.URGENT
    assert describe(standing(world.incident(priority=Priority.URGENT)))["priority"] == "urgent"


def test_the_header_leaves_out_a_normal_priority(world: World) -> None:
    with translation.override("en"):
        assert [str(fact.label) for fact in facts(standing(world.incident()))] == [
            "Category", "Reported", "First answer", "Resolution"
        ]  # fmt: skip
        urgent = facts(standing(world.incident(priority=Priority.URGENT)))[0]
        assert (str(urgent.label), urgent.value) == ("Priority", "Urgent")
