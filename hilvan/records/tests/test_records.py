"""Numbers, sorting, permissions: what holds for records of any kind, shown with activities."""

from __future__ import annotations

import dataclasses
import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from hilvan.activities.kind import ACTIVITY
from hilvan.people.models import Company
from hilvan.records.history import parse_instant
from hilvan.records.kinds import Registry
from hilvan.records.models import Record
from hilvan.records.services import next_numbers
from tests.world import World


def test_titles_sort_as_in_spanish_whatever_the_server(world: World) -> None:
    names = ["Zapata", "Ñu", "Nuñez", "Núñez", "Nunez", "Oca", "ávila", "Avila", "Ábaco", "nz"]
    for name in names:
        world.activity(name)
    found = Record.objects.filter(kind="activity").order_by("title_key", "id").values_list("title", flat=True)
    assert list(found) == ["Ábaco", "ávila", "Avila", "Nunez", "Nuñez", "Núñez", "nz", "Ñu", "Oca", "Zapata"]


def test_a_number_is_never_given_twice_and_nobody_waits_for_another(committed_world: World) -> None:
    company = committed_world.company
    numbers: list[str] = []

    def work() -> None:
        for _n in range(20):
            numbers.extend(next_numbers(company, "XYZ", 2026))
        connection.close()

    with transaction.atomic():
        numbers += next_numbers(company, "ABC", 2026)
        numbers += next_numbers(company, "ABC", 2026, how_many=2)
    threads = [threading.Thread(target=work) for _n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert numbers[:3] == ["ABC-2026-000001", "ABC-2026-000002", "ABC-2026-000003"]
    assert sorted(numbers[3:]) == [f"XYZ-2026-{n:06}" for n in range(1, 161)]


def test_the_year_of_a_number_is_that_of_the_companys_clock(world: World) -> None:
    year = timezone.now().astimezone(world.company.zone).year
    assert world.activity().number == f"ACT-{year}-000001"
    assert world.activity().number == f"ACT-{year}-000002"


def test_another_company_sees_nothing(world: World) -> None:
    record = world.activity()
    assert Record.objects.find(world.zoe, record.number) is None
    assert Record.objects.find(world.zoe, str(record.uuid)) is None
    assert not Record.objects.visible_to(world.zoe).exists()
    assert Record.objects.find(world.ana, record.number.lower()) == record


def test_who_sees_only_the_teams_sees_what_is_assigned_to_him_and_what_hangs_on_what_he_sees(world: World) -> None:
    hidden = world.activity("De ventas", assignee=world.luis)
    follow_up = world.activity("Seguimiento", origin=hidden, assignee=world.eva)
    mine = world.activity("De Eva", by=world.eva)
    under_mine = world.activity("Bajo la de Eva", origin=mine, assignee=world.luis)

    seen = set(Record.objects.visible_to(world.eva))
    assert seen == {follow_up, mine}
    assert under_mine not in seen  # the chain has no record at its root: its own scope counts
    assert set(Record.objects.visible_to(world.ana)) == {hidden, follow_up, mine, under_mine}


@pytest.mark.parametrize("text", ["", "ayer", "2026-13-01", "2026-01-01T25:00", "∞", "2026-01-01T10:00+99:00"])
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        parse_instant(text, timezone.get_default_timezone())


def test_an_instant_without_an_offset_is_that_of_the_zone_and_a_blank_may_stand_for_plus() -> None:
    zone = Company(time_zone="Atlantic/Canary").zone
    assert parse_instant("2026-07-01T12:00", zone).isoformat() == "2026-07-01T12:00:00+01:00"
    assert parse_instant("2026-07-01T12:00:00 02:00", zone).isoformat() == "2026-07-01T12:00:00+02:00"
    assert parse_instant("2026-07-01T12:00:00Z", zone).isoformat() == "2026-07-01T12:00:00+00:00"
    with pytest.raises(ValidationError):
        parse_instant("2999-01-01T00:00Z", zone)


@pytest.mark.parametrize("shared", ["name", "path", "prefix"])
def test_two_kinds_cannot_share_name_path_or_prefix(shared: str) -> None:
    registry = Registry()
    registry.register(ACTIVITY)
    other = dataclasses.replace(
        ACTIVITY, **{"name": "x", "path": "x", "prefix": "XX", shared: getattr(ACTIVITY, shared)}
    )
    with pytest.raises(ValueError, match=shared):
        registry.register(other)
