"""What services do to an opportunity, and how it is born from other records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import translation

from hilvan.opportunities.forms import AmountField, OpportunityForm
from hilvan.opportunities.kind import OPPORTUNITY, facts
from hilvan.opportunities.models import Opportunity
from hilvan.opportunities.services import (
    change_opportunity,
    create_opportunity,
    lose_opportunity,
    reopen_opportunity,
    win_opportunity,
)
from hilvan.parties.services import block
from hilvan.records.history import Channel, entries
from hilvan.records.models import Record
from hilvan.records.services import creatable, prefill
from tests.world import World


def standing(record: Record) -> Opportunity:
    return Opportunity.objects.select_related("record").get(pk=record.pk)


def ends(record: Record) -> tuple[Any, ...]:
    one = standing(record)
    return one.stage, one.probability, one.closed_at is not None, one.lost_reason


def test_a_new_opportunity_has_a_customer_and_the_usual_probability_of_its_stage(world: World) -> None:
    customer = world.customer()
    record = world.opportunity(
        party=customer, stage="proposal", expected_amount=Decimal("12400"), expected_close_on=dt.date(2026, 12, 15)
    )

    assert (record.party, record.kind, record.number[:4]) == (customer, "opportunity", "OPO-")
    assert ends(record) == ("proposal", 40, False, "")
    assert standing(record).expected_amount == Decimal("12400.00")


def test_all_that_is_wrong_is_said_at_once_and_nothing_is_written(world: World) -> None:
    with pytest.raises(ValidationError) as refused:
        create_opportunity(
            actor=world.actor(),
            title="x" * 256,
            owner=world.zoe,
            stage="won",
            probability=101,
            expected_amount=Decimal("-0.01"),
            source="magic",
            description="\x00",
        )
    assert set(refused.value.message_dict) == {
        "title", "party", "owner", "stage", "probability", "expected_amount", "source", "description"
    }  # fmt: skip
    assert not Record.objects.exists()


@pytest.mark.parametrize("amount", [Decimal("0.001"), Decimal("1e12"), Decimal("NaN"), Decimal("Infinity")])
def test_an_amount_is_of_euros_and_cents(world: World, amount: Decimal) -> None:
    with pytest.raises(ValidationError) as refused:
        world.opportunity(expected_amount=amount)
    assert list(refused.value.message_dict) == ["expected_amount"]


def test_its_party_must_be_a_customer_of_the_company(world: World) -> None:
    foreign = world.customer("Ajena", by=world.zoe)
    for party in (foreign, world.incident()):
        with pytest.raises(ValidationError) as refused:
            world.opportunity(party=party)
        assert list(refused.value.message_dict) == ["party"]
    record = world.opportunity()
    with pytest.raises(ValidationError) as refused:
        change_opportunity(record, actor=world.actor(), party=None)
    assert list(refused.value.message_dict) == ["party"]
    assert standing(record).record.party is not None


def test_a_new_stage_brings_its_probability_unless_one_is_given(world: World) -> None:
    record = world.opportunity(probability=25)
    assert change_opportunity(record, actor=world.actor(), stage="proposal").probability == 40
    assert change_opportunity(record, actor=world.actor(), stage="negotiation", probability=90).probability == 90
    change_opportunity(record, actor=world.actor(), title="Dos hornos", stage="negotiation", probability=None)
    assert ends(record) == ("negotiation", 90, False, "")
    assert standing(record).record.title == "Dos hornos"


def test_nothing_is_sold_to_a_blocked_customer_but_what_is_begun_goes_on(world: World) -> None:
    customer = world.customer()
    record = world.opportunity(party=customer)
    block(customer, actor=world.actor(), reason="No paga")

    with pytest.raises(ValidationError) as refused:
        world.opportunity("Otro horno", party=customer)
    assert list(refused.value.message_dict) == ["party"]
    assert Opportunity.objects.count() == 1
    assert change_opportunity(record, actor=world.actor(), party=customer, source="referral").source == "referral"
    assert win_opportunity(record, actor=world.actor()).stage == "won"
    past = world.actor(channel=Channel.IMPORT)
    assert create_opportunity(actor=past, title="De antes", party=customer).party == customer


def test_it_is_won_once(world: World) -> None:
    record = world.opportunity()
    win_opportunity(record, actor=world.actor())
    assert ends(record) == ("won", 100, True, "")

    for again in (win_opportunity, lambda one, actor: lose_opportunity(one, actor=actor, reason="No")):
        with pytest.raises(ValidationError) as refused:
            again(record, actor=world.actor())
        assert refused.value.code == "not_now"
    assert ends(record) == ("won", 100, True, "")


def test_it_is_lost_with_a_reason_which_stands_in_the_history(world: World) -> None:
    record = world.opportunity()
    for reason in ("", "  ", "\x00", "x" * 301):
        with pytest.raises(ValidationError) as refused:
            lose_opportunity(record, actor=world.actor(), reason=reason)
        assert list(refused.value.message_dict) == ["reason"]
    assert ends(record) == ("qualification", 10, False, "")

    lose_opportunity(record, actor=world.actor(), reason=" Más caro que otros ")
    assert ends(record) == ("lost", 0, True, "Más caro que otros")
    assert (entries(record)[0].verb, entries(record)[0].note) == ("opportunity.lose", "Más caro que otros")


def test_reopened_it_stands_in_an_open_stage_and_forgets_how_it_ended(world: World) -> None:
    record = world.opportunity()
    with pytest.raises(ValidationError) as refused:
        reopen_opportunity(record, actor=world.actor(), reason="Porque sí")
    assert refused.value.code == "not_now"

    lose_opportunity(record, actor=world.actor(), reason="Cara")
    with pytest.raises(ValidationError) as refused:
        reopen_opportunity(record, actor=world.actor(), reason="", stage="lost")
    assert set(refused.value.message_dict) == {"reason", "stage"}
    reopen_opportunity(record, actor=world.actor(), reason="Vuelven a pedir", stage="proposal")
    assert ends(record) == ("proposal", 40, False, "")


def test_what_has_ended_keeps_its_stage_until_it_is_reopened(world: World) -> None:
    record = world.opportunity()
    win_opportunity(record, actor=world.actor())
    for fields in ({"stage": "proposal"}, {"probability": 50}):
        with pytest.raises(ValidationError) as refused:
            change_opportunity(record, actor=world.actor(), **fields)
        assert list(refused.value.message_dict) == ["stage"]
    change_opportunity(record, actor=world.actor(), description="Firmado el viernes")
    assert (ends(record)[0], standing(record).description) == ("won", "Firmado el viernes")


def test_who_may_not_change_it_may_neither_win_nor_lose_it(world: World) -> None:
    record = world.opportunity()
    acts: list[Callable[..., Any]] = [change_opportunity, win_opportunity]
    for user in (world.eva, world.zoe):
        for act in acts:
            with pytest.raises(PermissionDenied):
                act(record, actor=world.actor(user))
        with pytest.raises(PermissionDenied):
            lose_opportunity(record, actor=world.actor(user), reason="No")
    assert ends(record) == ("qualification", 10, False, "")


def test_from_a_customer_it_takes_the_customer_and_its_salesperson(world: World) -> None:
    customer = world.customer(owner=world.luis)
    with translation.override("en"):
        values = {name: (one.value, str(one.source)) for name, one in prefill(OPPORTUNITY, customer, world.ana).items()}
    assert values == {"party": (customer, "from the customer"), "owner": (world.luis, "from the customer")}


@pytest.mark.parametrize("origin", ["incident", "activity"])
def test_from_an_incident_or_an_activity_it_takes_what_that_is_about(world: World, origin: str) -> None:
    customer = world.customer()
    record = (
        world.incident("Se apaga", party=customer)
        if origin == "incident"
        else world.activity("Se apaga", origin=customer)
    )
    with translation.override("en"):
        values = {name: (one.value, str(one.source)) for name, one in prefill(OPPORTUNITY, record, world.ana).items()}
    assert values == {
        "party": (customer, f"from the {origin}"),
        "title": ("Se apaga", f"from the {origin}"),
        "owner": (world.ana, "because you create it"),
    }
    fields = {name: value for name, (value, _source) in values.items()}
    born = create_opportunity(actor=world.actor(), origin=record, **fields)
    assert (born.origin, born.party, born.title) == (record, customer, "Se apaga")


def test_the_create_menu_says_that_the_customer_is_blocked(world: World) -> None:
    customer = world.customer()
    incident = world.incident(party=customer)
    block(customer, actor=world.actor(), reason="No paga")
    customer.refresh_from_db()
    incident.refresh_from_db()
    with translation.override("en"):
        for origin in (customer, incident):
            entry = next(one for one in creatable(origin, world.ana) if one.kind is OPPORTUNITY)
            assert (entry.allowed, entry.why_not) == (False, "Panadería Sol is blocked: No paga")
    with pytest.raises(ValidationError):
        prefill(OPPORTUNITY, customer, world.ana)


@pytest.mark.parametrize(
    ("language", "text", "amount"),
    [
        ("es", "12.400,00 €", "12400.00"),
        ("es", "12.400", "12400"),
        ("es", "12400,5", "12400.5"),
        ("es", "1 234 567,89", "1234567.89"),
        ("es", "12400.50", "12400.50"),
        ("es", "0,5", "0.5"),
        ("en", "€12,400.00", "12400.00"),
        ("en", "12,400", "12400"),
        ("en", "12400.5", "12400.5"),
    ],
)
def test_an_amount_is_read_as_people_write_it_in_their_language(language: str, text: str, amount: str) -> None:
    with translation.override(language):
        assert AmountField().clean(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["-1", "1,234", "doce", "1.2.3,4,5", "NaN"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with translation.override("es"), pytest.raises(ValidationError):
        AmountField().clean(text)


def test_in_the_form_a_probability_left_alone_follows_the_stage(world: World) -> None:
    record = world.opportunity()
    initial = OpportunityForm.initial_of(standing(record), world.ana)
    data = {"title": record.title, "party": str(record.party), "stage": "negotiation", "probability": "10"}
    form = OpportunityForm(data, user=world.ana, initial=initial, changing=True)
    assert form.is_valid(), form.errors
    assert form.service_fields()["probability"] is None

    form = OpportunityForm({**data, "probability": "15"}, user=world.ana, initial=initial, changing=True)
    assert form.is_valid()
    assert form.service_fields()["probability"] == 15


def test_the_form_of_an_ended_one_has_no_stage(world: World) -> None:
    record = world.opportunity()
    win_opportunity(record, actor=world.actor())
    form = OpportunityForm(user=world.ana, initial=OpportunityForm.initial_of(standing(record), world.ana))
    assert {"stage", "probability"}.isdisjoint(form.fields)


def test_the_header_says_how_likely_how_much_and_until_when(world: World) -> None:
    record = world.opportunity(
        stage="proposal", expected_amount=Decimal(12400), expected_close_on=dt.date(2031, 12, 15)
    )
    with translation.override("es"):
        assert "12.400,00" in facts(standing(record))[1].value
    with translation.override("en"):
        assert [fact.value for fact in facts(standing(record))] == ["40%", "€12,400.00", "15 Dec 2031"]
