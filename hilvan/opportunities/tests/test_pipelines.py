"""Pipelines of a company's own: their stages, where opportunities stand in them, and who changes them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from hilvan.opportunities.board import of_pipeline
from hilvan.opportunities.forms import LoseForm, OpportunityForm
from hilvan.opportunities.kind import OPPORTUNITY, describe, facts, state_of
from hilvan.opportunities.models import LostReason, Opportunity, Pipeline, Stage
from hilvan.opportunities.pipelines import put_lost_reason, put_pipeline, put_stage
from hilvan.opportunities.services import (
    change_opportunity,
    lose_opportunity,
    open_stages,
    reopen_opportunity,
    win_opportunity,
)
from hilvan.records import history
from hilvan.records.models import Record
from tests.api.client import Program, wrong
from tests.pages import Page, signed_in
from tests.world import World


def standing(record: Record) -> Opportunity:
    return Opportunity.objects.select_related("record", *OPPORTUNITY.related).get(pk=record.pk)


@pytest.fixture
def upkeep(world: World) -> Pipeline:
    """A second pipeline: Visita 20 %, Oferta 60 %."""
    pipeline = put_pipeline(None, by=world.jefa, name="Mantenimiento", position=2)
    put_stage(pipeline.stages.get(), by=world.jefa, name="Visita", probability=20)
    put_stage(None, by=world.jefa, pipeline=pipeline, name="Oferta", probability=60, position=2)
    return pipeline


def test_every_company_starts_with_one_whose_stages_keep_their_codes(world: World) -> None:
    with translation.override("en"):
        assert [(code, str(stage), stage.probability) for code, stage in open_stages(world.company).items()] == [
            ("qualification", "Qualification", 10), ("proposal", "Proposal", 40), ("negotiation", "Negotiation", 70)
        ]  # fmt: skip
    assert list(OPPORTUNITY.states_of(world.company)) == list(OPPORTUNITY.states)


def test_a_stage_tells_its_pipeline_and_brings_its_probability(world: World, upkeep: Pipeline) -> None:
    assert list(open_stages(world.company)) == [
        "qualification", "proposal", "negotiation", "mantenimiento-1", "oferta"
    ]  # fmt: skip
    record = world.opportunity(stage="oferta")
    one = standing(record)
    assert (one.probability, one.pipeline, str(state_of(one).label)) == (60, upkeep, "Oferta")
    assert (describe(one)["stage"], describe(one)["pipeline"]) == ("oferta", "mantenimiento")
    change_opportunity(record, actor=world.actor(), stage="proposal")
    assert describe(standing(record))["pipeline"] == "sales"


def test_what_ended_stays_of_its_pipeline_and_is_reopened_where_it_was(world: World, upkeep: Pipeline) -> None:
    won, lost = world.opportunity(stage="oferta"), world.opportunity(stage="negotiation")
    win_opportunity(won, actor=world.actor())
    lose_opportunity(lost, actor=world.actor(), cause="price")
    assert (standing(won).pipeline, standing(won).ended_from) == (upkeep, "oferta")
    assert set(Opportunity.objects.filter(of_pipeline("mantenimiento")).values_list("pk", flat=True)) == {won.pk}
    assert set(Opportunity.objects.filter(of_pipeline("sales")).values_list("pk", flat=True)) == {lost.pk}

    reopen_opportunity(won, actor=world.actor(), reason="Al final no")
    one = standing(won)
    assert (one.stage, one.probability, one.ended_from, one.closed_at) == ("oferta", 60, "", None)


def test_it_is_lost_for_one_of_the_companys_reasons_in_words_or_both(world: World) -> None:
    record = world.opportunity()
    put_lost_reason(None, by=world.jefa, name="Plazo")
    for fields in ({}, {"cause": "nonsense"}, {"cause": "price", "reason": "x" * 301}):
        with pytest.raises(ValidationError):
            lose_opportunity(record, actor=world.actor(), **fields)
    assert standing(record).is_open
    lose_opportunity(record, actor=world.actor(), cause="plazo", reason="Lo querían en una semana")
    with translation.override("en"):
        assert facts(standing(record))[-1].value == "Plazo: Lo querían en una semana"
    assert (describe(standing(record))["lost_cause"], standing(record).lost_reason) == (
        "plazo", "Lo querían en una semana"
    )  # fmt: skip
    reopen_opportunity(record, actor=world.actor(), reason="Esperan")
    assert (standing(record).lost_cause, standing(record).lost_reason) == (None, "")
    lose_opportunity(record, actor=world.actor(), cause="price")
    assert facts(standing(record))[-1].value == str(LostReason.objects.get(company=world.company, code="price"))


def test_what_is_no_longer_active_is_not_offered_and_stays_where_it_stands(world: World, upkeep: Pipeline) -> None:
    record = world.opportunity(stage="oferta")
    put_stage(Stage.objects.get(code="oferta"), by=world.jefa, is_active=False)
    assert "oferta" not in open_stages(world.company)
    with pytest.raises(ValidationError) as refused:
        world.opportunity(stage="oferta")
    assert list(refused.value.message_dict) == ["stage"]
    assert change_opportunity(record, actor=world.actor(), description="Sigue").stage == "oferta"
    form = OpportunityForm(user=world.ana, initial=OpportunityForm.initial_of(standing(record), world.ana))
    assert form["stage"].value() == "oferta"
    assert "Oferta" in Page.of(signed_in(world.ana).get("/opportunities/board?pipeline=mantenimiento")).text


def test_forms_offer_the_stages_by_pipeline_and_the_companys_reasons(world: World, upkeep: Pipeline) -> None:
    with translation.override("en"):
        assert OpportunityForm(user=world.ana).fields["stage"].choices == [  # type: ignore[attr-defined]
            ("Sales", [("qualification", "Qualification"), ("proposal", "Proposal"), ("negotiation", "Negotiation")]),
            ("Mantenimiento", [("mantenimiento-1", "Visita"), ("oferta", "Oferta")]),
        ]
        put_pipeline(upkeep, by=world.jefa, is_active=False)
        assert OpportunityForm(user=world.ana).fields["stage"].choices == [  # type: ignore[attr-defined]
            ("qualification", "Qualification"), ("proposal", "Proposal"), ("negotiation", "Negotiation")
        ]  # fmt: skip
    put_lost_reason(LostReason.objects.get(company=world.company, code="price"), by=world.jefa, is_active=False)
    assert "price" not in dict(LoseForm(user=world.ana).fields["cause"].choices)  # type: ignore[attr-defined]


def test_an_opportunity_can_always_start_somewhere(world: World, upkeep: Pipeline) -> None:
    sales = Pipeline.objects.get(company=world.company, code="sales")
    put_pipeline(sales, by=world.jefa, is_active=False)
    assert standing(world.opportunity()).stage == "mantenimiento-1"
    refusing: list[Any] = [
        lambda: put_pipeline(upkeep, by=world.jefa, is_active=False),
        lambda: [put_stage(one, by=world.jefa, is_active=False) for one in upkeep.stages.all()],
    ]
    for refuse in refusing:
        with pytest.raises(ValidationError) as refused, transaction.atomic():
            refuse()
        assert list(refused.value.message_dict) == ["is_active"]
    assert list(open_stages(world.company)) == ["mantenimiento-1", "oferta"]


def test_the_two_ends_can_be_renamed_and_nothing_else(world: World) -> None:
    won = Stage.objects.get(company=world.company, code="won")
    put_stage(won, by=world.jefa, name="Firmada", probability=5, is_active=False)
    won.refresh_from_db()
    assert (won.name, won.probability, won.is_active) == ("Firmada", 100, True)
    record = world.opportunity()
    win_opportunity(record, actor=world.actor())
    assert state_of(standing(record)).label == "Firmada"


def test_only_who_administers_the_company_changes_them_and_only_its_own(world: World, upkeep: Pipeline) -> None:
    count = Stage.objects.count()
    refusing: list[Any] = [
        lambda: put_pipeline(None, by=world.ana, name="Mía"),
        lambda: put_pipeline(upkeep, by=world.zoe, name="Mía"),
        lambda: put_stage(None, by=world.ana, pipeline=upkeep, name="Mía", probability=1),
        lambda: put_lost_reason(None, by=world.ana, name="Mía"),
    ]
    foreign = Pipeline.objects.get(company=world.other_company)
    refusing += [
        lambda: put_pipeline(foreign, by=world.jefa, name="Mía"),
        lambda: put_stage(None, by=world.jefa, pipeline=foreign, name="Mía", probability=1),
        lambda: put_stage(foreign.stages.first(), by=world.jefa, name="Mía"),
        lambda: put_lost_reason(LostReason.objects.filter(company=world.other_company)[0], by=world.jefa, name="Mía"),
    ]
    for refuse in refusing:
        with pytest.raises(PermissionDenied):
            refuse()
    assert Stage.objects.count() == count
    assert not Stage.objects.filter(name="Mía").exists()


@pytest.mark.parametrize("fields", [{"probability": 101}, {"name": " "}, {"tone": "pink"}, {"position": -1}])
def test_a_stage_that_can_not_be_is_refused(world: World, upkeep: Pipeline, fields: dict[str, Any]) -> None:
    given = {"name": "Prueba", "probability": 10, **fields}
    with pytest.raises(ValidationError) as refused:
        put_stage(None, by=world.jefa, pipeline=upkeep, **given)
    assert list(refused.value.message_dict) == list(fields)
    assert upkeep.stages.count() == 2


def test_the_database_knows_the_stages_too(world: World) -> None:
    record = world.opportunity()
    with pytest.raises(IntegrityError), transaction.atomic():
        Opportunity.objects.filter(pk=record.pk).update(stage="magic")


def test_the_history_calls_stages_by_their_names(world: World, upkeep: Pipeline) -> None:
    record = world.opportunity(stage="mantenimiento-1")
    change_opportunity(record, actor=world.actor(), stage="oferta")
    assert "Stage: Visita → Oferta" in Page.of(signed_in(world.ana).get(f"/opportunities/{record.number}")).text


def test_the_api_takes_any_stage_of_the_company_and_filters_by_it(world: World, upkeep: Pipeline) -> None:
    program = Program(world.ana)
    made = program.post("/opportunities", {"title": "Contrato", "party": world.customer().number, "stage": "oferta"})
    assert (made["stage"], made["state"], made["pipeline"], made["probability"]) == (
        "oferta", "oferta", "mantenimiento", 60
    )  # fmt: skip
    for asked in ({"state": "oferta"}, {"pipeline": "mantenimiento"}):
        assert [one["number"] for one in program.get("/opportunities", **asked)["items"]] == [made["number"]]
    assert program.get("/opportunities", pipeline="sales")["items"] == []
    assert wrong(program.get("/opportunities", 422, pipeline="magic")) == ["pipeline"]
    address = f"/opportunities/{made['number']}"
    assert wrong(program.send("PATCH", address, {"stage": "magic"}).json()) == ["stage"]
    lost = program.post(f"{address}/lose", {"cause": "competitor"}, 200)
    assert (lost["stage"], lost["lost_cause"], lost["lost_reason"]) == ("lost", "competitor", "")
    assert program.post(f"{address}/reopen", {"reason": "Vuelven"}, 200)["stage"] == "oferta"


def test_pages_of_administration_make_and_change_them(world: World) -> None:
    client = signed_in(world.jefa)
    made = client.post("/administration/pipelines/new", {"name": "Obras", "position": "3", "is_active": "on"})
    pipeline = Pipeline.objects.get(company=world.company, code="obras")
    assert made.headers["Location"] == f"/administration/pipelines/{pipeline.pk}"
    new = {"name": "Medición", "position": "2", "is_active": "on", "probability": "30", "tone": "hold"}
    client.post(f"/administration/pipelines/{pipeline.pk}/stages/new", new)
    stage = pipeline.stages.get(code="medicion")
    assert (stage.probability, stage.tone) == (30, "hold")
    refused = client.post(f"/administration/pipelines/stages/{stage.pk}", {**new, "probability": "130"})
    assert refused.status_code == 422
    client.post("/administration/pipelines/reasons/new", {"name": "Plazo", "position": "1", "is_active": "on"})
    assert LostReason.objects.filter(company=world.company, code="plazo").exists()
    for address in (
        "",
        f"{pipeline.pk}",
        f"stages/{stage.pk}",
        "new",
        "reasons/new",
        f"stages/{Stage.objects.get(company=world.company, code='won').pk}",
    ):
        assert client.get(f"/administration/pipelines/{address}").status_code == 200
        assert signed_in(world.ana).get(f"/administration/pipelines/{address}").status_code == 403
        client = signed_in(world.jefa)
    foreign = Pipeline.objects.get(company=world.other_company)
    assert client.get(f"/administration/pipelines/{foreign.pk}").status_code == 404


def test_a_past_that_is_older_than_a_column_has_the_columns_default(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = world.opportunity(stage="proposal")
    tables = history.as_of(record, timezone.now())
    del tables["opportunities_opportunity"][record.pk]["ended_from"]
    monkeypatch.setattr(history, "as_of", lambda record, instant: tables)
    past = history.stood(record, timezone.now())
    assert past is not None
    assert (past.ended_from, past.lost_cause, past.stage, past.pipeline.code) == ("", None, "proposal", "sales")
