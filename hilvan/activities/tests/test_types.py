"""Types of activity and their results, as an administrator sets them up."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from hilvan.activities.models import ActivityResult, ActivityType
from hilvan.activities.services import results_of
from hilvan.activities.type_services import put_result, put_type
from tests.pages import Page, faults, signed_in
from tests.world import World, standing


def test_a_new_type_with_a_result_is_offered_at_once(world: World) -> None:
    client = signed_in(world.jefa)
    data = Page.of(client.get("/administration/activity-types/new")).data
    sent = {
        **data,
        "name": "Demostración",
        "icon": "eye",
        "color": "violet",
        "duration": "45",
        "next_type": world.type("call").pk,
    }
    answer = client.post("/administration/activity-types/new", sent)
    made = ActivityType.objects.get(company=world.company, code="demostracion")
    assert answer.headers["Location"] == f"/administration/activity-types/{made.pk}"
    assert (made.icon, made.color, made.duration, made.next_type) == ("eye", "violet", 45, world.type("call"))
    client.post(
        f"/administration/activity-types/{made.pk}/results/new", {"name": "Le gusta", "position": 1, "is_active": "on"}
    )
    assert [result.code for result in results_of(made)] == ["le-gusta", "done", "cancelled"]
    page = client.get(f"/administration/activity-types/{made.pk}")
    assert faults(page) == []
    assert "Le gusta" in Page.of(page).text
    assert str(made.pk) in {tag.attributes.get("value") for tag in Page.of(client.get("/activities/new")).tags}


def test_a_type_saved_as_it_is_shown_stays_as_it_was(world: World) -> None:
    client = signed_in(world.jefa)
    for before in ActivityType.objects.filter(company=world.company):
        page = f"/administration/activity-types/{before.pk}"
        assert client.post(page, Page.of(client.get(page)).data).status_code == 302
        after = ActivityType.objects.values().get(pk=before.pk)
        assert after == {name: getattr(before, name) for name in after}


def test_the_usual_assignee_gets_what_names_nobody(world: World) -> None:
    put_type(world.type("call"), by=world.jefa, default_assignee=world.luis)
    assert standing(world.activity(type="call")).assignee == world.luis
    assert standing(world.activity(type="call", assignee=world.ana)).assignee == world.ana
    assert standing(world.activity(type="call", team=world.ventas)).assignee is None
    assert standing(world.activity()).assignee is None


def test_a_type_that_is_not_active_is_not_offered_and_stays_where_it_was_chosen(world: World) -> None:
    record = world.activity(type="visit")
    put_type(world.type("visit"), by=world.jefa, is_active=False)
    client = signed_in(world.ana)
    assert client.get(f"/activities/{record.number}").status_code == 200
    offered = Page.of(client.get("/activities/new")).tags
    assert str(world.type("visit").pk) not in {tag.attributes.get("value") for tag in offered if tag.name == "option"}


def test_what_would_leave_nothing_to_choose_is_refused(world: World) -> None:
    types = list(ActivityType.objects.filter(company=world.company))
    for one in types[1:]:
        put_type(one, by=world.jefa, is_active=False)
    with pytest.raises(ValidationError) as refused:
        put_type(ActivityType.objects.get(pk=types[0].pk), by=world.jefa, is_active=False)
    assert list(refused.value.message_dict) == ["is_active"]
    assert ActivityType.objects.filter(company=world.company, is_active=True).count() == 1

    call = world.type("call")
    put_type(call, by=world.jefa, is_active=True)
    results = results_of(call)
    for result in results[:-1]:
        put_result(result, by=world.jefa, type=result.type, name="", position=1, is_active=False)
    with pytest.raises(ValidationError) as refused:
        put_result(results[-1], by=world.jefa, type=None, name="", position=1, is_active=False)
    assert list(refused.value.message_dict) == ["is_active"]
    assert results_of(call) == [results[-1]]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"name": ""}, "name"), ({"name": "x" * 101}, "name"), ({"color": "pink"}, "color"), ({"icon": "nothing"}, "icon"),
     ({"duration": "-5"}, "duration"), ({"position": "x"}, "position"), ({"name": "a\x00"}, "name")],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field(world: World, wrong: dict[str, str], field: str) -> None:
    client = signed_in(world.jefa)
    data = {**Page.of(client.get("/administration/activity-types/new")).data, "name": "Demostración"}
    before = ActivityType.objects.count()
    refused = client.post("/administration/activity-types/new", {**data, **wrong})
    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == [field]
    assert ActivityType.objects.count() == before


def test_services_refuse_others_and_what_is_another_companys(world: World) -> None:
    foreign = ActivityType.objects.get(company=world.other_company, code="call")
    for refused in (
        lambda: put_type(world.type("call"), by=world.ana, name="Otra"),
        lambda: put_type(foreign, by=world.jefa, name="Otra"),
        lambda: put_type(world.type("call"), by=world.jefa, next_type=foreign),
        lambda: put_type(world.type("call"), by=world.jefa, default_assignee=world.zoe),
        lambda: put_result(None, by=world.jefa, type=foreign, name="Otro", position=1, is_active=True),
    ):
        with pytest.raises(PermissionDenied):
            refused()
    assert not ActivityType.objects.filter(name="Otra").exists()
    assert not ActivityResult.objects.filter(name="Otro").exists()
