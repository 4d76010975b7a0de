"""The list of activities as a file, now and as of an instant."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hilvan.activities import moments, services
from hilvan.web import export
from hilvan.web.tests.test_export import csv_rows, fetched, xlsx_rows
from tests.pages import signed_in
from tests.world import World, at

ADDRESS = "/activities/export?format="


def test_what_the_list_would_show_in_its_order(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "CHUNK", 2)
    for n in range(5):
        world.activity(f"Número {n}", assignee=world.ana, end_at=at(f"2030-01-0{9 - n}T10:00Z"))
    world.activity("De Luis", assignee=world.luis)
    client = signed_in(world.ana)

    mine = csv_rows(client, f"{ADDRESS}csv&assignee=me")
    assert [row["Subject"] for row in mine] == [f"Número {n}" for n in (4, 3, 2, 1, 0)]
    by_number = csv_rows(client, f"{ADDRESS}csv&order=-number&state=all")
    assert [row["Subject"] for row in by_number] == ["De Luis", *(f"Número {n}" for n in (4, 3, 2, 1, 0))]


def test_words_dates_and_references_of_a_row(world: World) -> None:
    customer = world.customer("Talleres Sol")
    span = moments.span(dt.date(2030, 3, 4), dt.date(2030, 3, 5), world.company.zone)
    days: Any = {"start_at": span.start_at, "end_at": span.end_at, "all_day": True}
    record = world.activity(
        "Llamar", type="call", by=world.luis, origin=customer, description="Pide plazo", team=world.ventas, **days
    )
    services.transition(
        record, actor=world.actor(world.luis), to="on_hold", reason="customer", until=at("2031-01-01T09:00Z")
    )

    [row] = xlsx_rows(signed_in(world.ana), f"{ADDRESS}xlsx")

    assert (row["Number"], row["Type"], row["State"], row["Priority"]) == (record.number, "Call", "On hold", "Normal")
    assert (row["Origin"], row["Origin, number"]) == ("Talleres Sol", customer.number)
    assert (row["Customer or supplier"], row["Team"], row["Assigned to"]) == ("Talleres Sol", "Ventas", None)
    assert (row["Start"], row["End"]) == (dt.datetime(2030, 3, 4), dt.datetime(2030, 3, 5))  # noqa: DTZ001
    assert (row["Waiting for"], row["Until"]) == ("Customer", dt.datetime(2031, 1, 1, 10))  # noqa: DTZ001
    assert (row["Description"], row["Deferred"], row["Times deferred"]) == ("Pide plazo", "No", 0)


def test_as_of_an_instant_it_tells_how_they_stood_then(committed_world: World) -> None:
    world = committed_world
    record = world.activity("Llamar", assignee=world.ana)
    then = timezone.now()
    services.change_activity(record, actor=world.actor(), subject="Visitar")
    world.activity("Más tarde", assignee=world.ana)
    client = signed_in(world.ana)

    [row] = csv_rows(client, f"{ADDRESS}csv&as_of={then:%Y-%m-%dT%H:%M:%S.%fZ}")
    assert (row["Subject"], row["Number"]) == ("Llamar", record.number)
    assert "Description" not in row
    assert {row["Subject"] for row in csv_rows(client, f"{ADDRESS}csv")} == {"Visitar", "Más tarde"}


def test_nobody_exports_activities_or_names_that_he_may_not_see(world: World) -> None:
    secret = world.activity("Despido de Juan")
    world.activity("Preparar la sala", assignee=world.eva, origin=secret)

    [row] = csv_rows(signed_in(world.eva), f"{ADDRESS}csv")
    assert (row["Subject"], row["Origin"], row["Origin, number"]) == ("Preparar la sala", "", "")
    assert csv_rows(signed_in(world.zoe), f"{ADDRESS}csv&state=all") == []


def test_a_filter_that_cannot_be_used_leads_to_the_list_which_says_so(world: World) -> None:
    response = signed_in(world.ana).get(f"{ADDRESS}csv&end_from=nonsense")
    assert response.status_code == 302
    assert response["Location"] == "/activities/?end_from=nonsense"


def test_the_queries_depend_on_the_chunks_and_not_on_the_rows(world: World) -> None:
    client = signed_in(world.ana)

    def queries() -> int:
        fetched(client, f"{ADDRESS}csv")
        with CaptureQueriesContext(connection) as captured:
            fetched(client, f"{ADDRESS}csv")
        return len(captured)

    world.activity(origin=world.customer())
    one = queries()
    for n in range(15):
        world.activity(origin=world.customer(f"Sol {n}"), assignee=world.luis)
    assert queries() == one
