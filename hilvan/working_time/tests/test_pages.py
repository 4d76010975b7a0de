"""The working calendar as an administrator sets it, and who may."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from hilvan.working_time.forms import HoursField, written
from hilvan.working_time.models import DayOff, WorkingCalendar
from hilvan.working_time.services import add_day_off, calendar_of, remove_day_off, set_calendar
from tests.pages import Page, faults, signed_in
from tests.world import World

ADDRESS = "/administration/working-calendar/"
OFFICE = ((540, 840), (900, 1080))


def test_who_has_set_nothing_works_from_monday_to_friday(world: World) -> None:
    calendar = calendar_of(world.company)
    assert (calendar.region, calendar.week, calendar.days_off) == ("", (OFFICE,) * 5 + ((), ()), ())
    assert calendar.zone == world.company.zone


def test_the_page_shows_it_and_keeps_what_is_set(world: World) -> None:
    client = signed_in(world.jefa)
    response = client.get(ADDRESS)
    assert faults(response) == []
    data = Page.of(response).data
    assert (data["day_0"], data["day_6"]) == ("9:00–14:00, 15:00–18:00", "")

    client.post(ADDRESS, {**data, "region": "AR", "day_4": "8-15", "day_5": "9:30 - 13.00"})
    calendar = calendar_of(world.company)
    assert (calendar.region, calendar.week[4:]) == ("AR", (((480, 900),), ((570, 780),), ()))
    assert "Día de San Jorge" in Page.of(client.get(ADDRESS)).text

    refused = client.post(ADDRESS, {**data, "day_0": "de nueve a dos"})
    assert refused.status_code == 422
    assert Page.of(refused).data["day_0"] == "de nueve a dos"
    assert calendar_of(world.company) == calendar


def test_days_off_come_and_go(world: World) -> None:
    client = signed_in(world.jefa)
    day = timezone.localdate() + dt.timedelta(days=40)
    client.post(f"{ADDRESS}days-off", {"first": day.isoformat(), "last": "", "name": "Fiesta local"})
    client.post(
        f"{ADDRESS}days-off", {"first": day.isoformat(), "last": str(day + dt.timedelta(days=9)), "name": "Agosto"}
    )
    assert calendar_of(world.company).days_off == ((day, day), (day, day + dt.timedelta(days=9)))
    page = Page.of(client.get(ADDRESS))
    assert "Fiesta local" in page.text
    assert "Agosto" in page.text
    refused = client.post(f"{ADDRESS}days-off", {"first": day.isoformat(), "last": "2020-01-01", "name": "Al revés"})
    assert refused.status_code == 422

    one = DayOff.objects.get(name="Fiesta local")
    assert signed_in(world.zoe).post(f"{ADDRESS}days-off/{one.pk}/remove").status_code == 403
    signed_in(world.jefa).post(f"{ADDRESS}days-off/{one.pk}/remove")
    assert [kept.name for kept in DayOff.objects.all()] == ["Agosto"]


def test_only_who_administers_changes_it_and_nothing_that_can_not_be(world: World) -> None:
    assert signed_in(world.ana).get(ADDRESS).status_code == 403
    day = dt.date(2030, 1, 2)
    with pytest.raises(PermissionDenied):
        set_calendar(by=world.ana, region="", week=[OFFICE] * 7)
    with pytest.raises(PermissionDenied):
        add_day_off(by=world.ana, first=day, last=None, name="Mía")
    added = add_day_off(by=world.jefa, first=day, last=None, name="Nuestra")
    with pytest.raises(PermissionDenied):
        remove_day_off(added, by=world.ana)
    for week in ([()] * 7, [OFFICE] * 6, [((600, 540),)] * 7, [((0, 1441),)] * 7, [((540, 840), (800, 900))] * 7):
        with pytest.raises(ValidationError) as refused:
            set_calendar(by=world.jefa, region="", week=week)
        assert list(refused.value.message_dict) == ["week"]
    with pytest.raises(ValidationError) as refused:
        set_calendar(by=world.jefa, region="XX", week=[OFFICE] * 7)
    assert list(refused.value.message_dict) == ["region"]
    for last in (dt.date(2029, 1, 1), dt.date(2031, 1, 3)):
        with pytest.raises(ValidationError) as refused:
            add_day_off(by=world.jefa, first=day, last=last, name="Larga")
        assert list(refused.value.message_dict) == ["last"]
    assert not WorkingCalendar.objects.exists()
    assert DayOff.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("9:00–14:00, 15:00–18:00", OFFICE),
        ("9-14 y 15-18", OFFICE),
        ("9.00-14.00;15.00-18.00", OFFICE),
        ("9-14, 14-18", ((540, 1080),)),
        ("0-24", ((0, 1440),)),
        ("", ()),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, hours: tuple[tuple[int, int], ...]) -> None:
    assert HoursField().clean(text) == hours
    assert HoursField().clean(written(hours)) == hours


@pytest.mark.parametrize("text", ["nueve", "9", "14-9", "9-25", "9:60-10", "9-14, 13-18", "24-24"])
def test_what_are_no_hours_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        HoursField().clean(text)
