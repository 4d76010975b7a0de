"""Merging duplicates: one stays, the other is closed as its duplicate; reopening parts them."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from hilvan.incidents.models import Incident
from hilvan.incidents.services import merge_incident, reopen_incident
from hilvan.records.history import entries
from hilvan.records.models import Record
from tests.api.client import Program, wrong
from tests.pages import Page, signed_in
from tests.world import World


def standing(record: Record) -> Incident:
    return Incident.objects.select_related("record", "duplicate_of").get(pk=record.pk)


def test_the_duplicate_is_closed_and_points_to_the_one_that_stays(world: World) -> None:
    stays, other = world.incident("El horno gotea"), world.incident("Gotea el horno")
    merge_incident(other, actor=world.actor(), into=stays)
    one = standing(other)
    assert (one.state, one.duplicate_of, one.resolution) == ("closed", stays, "")
    assert standing(stays).state == "open"
    assert entries(other)[0].verb == "incident.merge"

    reopen_incident(other, actor=world.actor(), reason="Eran dos hornos")
    one = standing(other)
    assert (one.state, one.duplicate_of, one.closed_at) == ("open", None, None)


def test_what_can_not_stay_is_refused(world: World) -> None:
    stays, other, third = world.incident("Uno"), world.incident("Dos"), world.incident("Tres")
    merge_incident(other, actor=world.actor(), into=stays)
    foreign = world.incident("Ajena", by=world.zoe)
    for into in (None, third, foreign, world.customer(), other):
        with pytest.raises(ValidationError) as refused:
            merge_incident(third, actor=world.actor(), into=into)
        assert list(refused.value.message_dict) == ["into"]
    with pytest.raises(ValidationError) as refused:
        merge_incident(other, actor=world.actor(), into=third)
    assert refused.value.code == "not_now"
    assert (standing(third).state, standing(other).duplicate_of) == ("open", stays)


def test_both_pages_lead_to_each_other_and_the_one_that_stays_shows_the_activities_of_both(world: World) -> None:
    stays, other = world.incident("El horno gotea"), world.incident("Gotea el horno")
    world.activity("Llamar por el primero", origin=stays)
    world.activity("Llamar por el segundo", origin=other)
    merge_incident(other, actor=world.actor(), into=stays)
    client = signed_in(world.ana, "en")
    page = Page.of(client.get(f"/incidents/{stays.number}"))
    assert f"/incidents/{other.number}" in page.links
    assert "Llamar por el primero" in page.text
    assert "Llamar por el segundo" in page.text
    page = Page.of(client.get(f"/incidents/{other.number}"))
    assert f"/incidents/{stays.number}" in page.links
    assert "Llamar por el primero" not in page.text


def test_a_duplicate_that_one_may_not_see_is_not_shown(world: World) -> None:
    stays = world.incident("El horno gotea", owner=world.eva)
    other = world.incident("Gotea el horno")
    merge_incident(other, actor=world.actor(), into=stays)
    assert "Gotea el horno" not in Page.of(signed_in(world.eva).get(f"/incidents/{stays.number}")).text


def test_the_api_merges_holds_and_resumes(world: World) -> None:
    stays, other = world.incident("Uno"), world.incident("Dos")
    program = Program(world.ana)
    held = program.post(f"/incidents/{other.number}/hold", {"waiting_for": "part", "reason": "Pedida"}, 200)
    assert (held["state"], held["waiting_for"], held["held_at"] is None) == ("on_hold", "part", False)
    assert program.get("/incidents", state="on_hold")["items"][0]["number"] == other.number
    assert program.post(f"/incidents/{other.number}/resume", None, 200)["state"] == "in_progress"
    assert wrong(program.post(f"/incidents/{other.number}/merge", {"into": "INC-2020-000099"}, 422)) == ["into"]
    merged = program.post(f"/incidents/{other.number}/merge", {"into": stays.number}, 200)
    assert (merged["state"], merged["duplicate_of"]["number"]) == ("closed", stays.number)
    assert program.post(f"/incidents/{other.number}/reopen", {"reason": "No"}, 200)["duplicate_of"] is None
