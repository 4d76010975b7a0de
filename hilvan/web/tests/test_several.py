"""Create on lists: from one row its menu, from several one form and one command."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from hilvan.activities.models import Activity
from hilvan.people.models import Role
from hilvan.records import several
from hilvan.records.kinds import Kind, kinds
from hilvan.records.models import Change, Record
from hilvan.web import views_several
from tests.every_kind.making import born, with_party
from tests.pages import Page, faults, signed_in
from tests.world import World

EACH = "/customers/create/activities"
STARTS = [
    pytest.param(origin, made, id=f"{made.name} from {origin.name}")
    for origin in kinds
    # what has been made of each of its lines is a question of its own for each document
    if not any(child.model._meta.model_name == "line" for child in origin.child_tables)
    for made in kinds
    if (start := made.start_from(origin.name)) and not start.gathers
]


def chosen(*records: Record, **more: str) -> str:
    return urlencode([("record", record.number) for record in records] + list(more.items()))


def entries(client: Client, address: str) -> list[tuple[str, bool, str]]:
    """What the menu at an address offers: label, whether it can be used, and how many of them can."""
    response = client.get(address)
    assert response.status_code == 200
    assert faults(response) == []
    with translation.override("en"):
        return [(str(one["label"]), one["allowed"], one.get("note", "")) for one in response.context["entries"]]


def typed(client: Client, address: str, **more: Any) -> dict[str, Any]:
    """What the form at an address would send, with ``more``."""
    page = Page.of(client.get(address))
    several = {
        name: [tag.attributes["value"] for tag in page.tags if tag.attributes.get("name") == name]
        for name in ("record", "own")
    }
    return {**page.data, **several, **more}


def activities() -> list[tuple[str, str | None, str | None]]:
    """Subject, origin and party of each activity, by number."""
    rows = Activity.objects.order_by("pk")
    return [(one.subject, one.origin and one.origin.title, one.party and one.party.title) for one in rows]


def test_a_list_offers_its_rows_to_be_ticked_to_who_may_create_something(world: World) -> None:
    record = world.customer("Sol")

    page = Page.of(signed_in(world.ana).get("/customers/?q=sol"))
    assert [tag.attributes["value"] for tag in page.tags if tag.attributes.get("name") == "record"] == [record.number]
    assert page.data["q"] == "sol"
    world.luis.role = Role.objects.get(company=world.company, code="reader")
    world.luis.save()
    page = Page.of(signed_in(world.luis).get("/customers/"))
    assert not [tag for tag in page.tags if tag.attributes.get("name") == "record"]
    assert "/customers/export?format=csv" in page.links


def test_the_menu_of_one_row_is_that_of_its_record(world: World) -> None:
    world.needs("opportunity")
    record = world.customer()
    world.do(record, "block", reason="No paga")

    response = signed_in(world.ana).get(f"/customers/create?{chosen(record)}")

    by_label = {str(entry["label"]): entry for entry in response.context["entries"]}
    assert by_label["Activity"]["url"] == f"/activities/new?origin={record.number}"
    assert not by_label["Opportunity"]["allowed"]
    assert "No paga" in Page.of(response).text


def test_the_menu_of_several_rows_says_of_how_many_each_kind_can_be_made(world: World) -> None:
    world.needs("opportunity")
    records = [world.customer(f"Sol {n}") for n in range(3)]
    client = signed_in(world.ana)

    offered = entries(client, f"/customers/create?{chosen(*records)}")
    assert offered[:2] == [("Activity", True, ""), ("Opportunity", True, "")]
    world.do(records[0], "block", reason="No paga")
    assert entries(client, f"/customers/create?{chosen(*records)}")[:2] == [
        ("Activity", True, ""), ("Opportunity", True, "2 of 3"),
    ]  # fmt: skip
    for record in records[1:]:
        world.do(record, "block", reason="No paga")
    assert entries(client, f"/customers/create?{chosen(*records)}")[1] == ("Opportunity", False, "0 of 3")


def test_without_a_row_the_menu_says_how_to_choose_some(world: World) -> None:
    assert "tick several" in Page.of(signed_in(world.ana).get("/customers/create")).text


def test_the_script_is_answered_with_the_menu_alone(world: World) -> None:
    address = f"/customers/create?{chosen(world.customer())}"
    content = signed_in(world.ana).get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in content
    assert "menu-item" in content


def test_one_command_makes_one_from_each_with_its_own_origin_party_and_contact(world: World) -> None:
    records = [world.customer(f"Sol {n}") for n in range(3)]
    client = signed_in(world.ana)
    address = f"{EACH}?{chosen(*records, q='sol')}"
    before = Change.objects.count()

    response = client.post(
        address, typed(client, address, subject="Felicitar", assignee=str(world.luis.pk)), follow=True
    )

    assert response.redirect_chain == [("/customers/?q=sol", 302)]
    assert activities() == [("Felicitar", f"Sol {n}", f"Sol {n}") for n in range(3)]
    assert {one.assignee for one in Activity.objects.all()} == {world.luis}
    assert "3 records have been created, from ACT-" in response.content.decode()
    [(_transaction, channel, actor)] = set(
        Change.objects.order_by("pk")[before:].values_list("transaction", "channel", "actor")
    )
    assert (channel, actor) == ("screen", world.ana.pk)


def test_what_each_has_of_its_own_is_left_to_each_unless_said_for_all(world: World) -> None:
    world.needs("opportunity")
    marta = world.contact("Marta", party=world.customer("Sol"))
    one = world.opportunity("Horno", party=marta.party, contact=marta)
    other = world.opportunity("Cámara", party=world.customer("Luna"))
    client = signed_in(world.ana)
    address = f"/opportunities/create/activities?{chosen(one, other)}"

    page = Page.of(client.get(address))
    assert "Each takes over its own: customer or supplier, contact, subject." in page.text
    assert page.data["subject"] == ""
    assert "party" not in page.data
    client.post(address, typed(client, address))
    assert activities() == [("Horno", "Horno", "Sol"), ("Cámara", "Cámara", "Luna")]
    assert [activity.contact for activity in Activity.objects.order_by("pk")] == [marta, None]
    client.post(address, typed(client, address, subject="Llamar"))
    assert [subject for subject, *_rest in activities()[2:]] == ["Llamar", "Llamar"]


def test_what_all_take_over_alike_stands_in_the_form(world: World) -> None:
    world.needs("opportunity")
    sol = world.customer("Sol")
    records = [world.opportunity(f"Horno {n}", party=sol) for n in range(2)]
    client = signed_in(world.ana)
    address = f"/opportunities/create/activities?{chosen(*records)}"

    assert Page.of(client.get(address)).data["party"] == f"{sol.number} Sol"


def test_another_kind_is_made_from_several_by_the_same_command(world: World) -> None:
    world.needs("opportunity")
    records = [world.customer("Sol", owner=world.luis), world.customer("Luna", owner=world.ana)]
    client = signed_in(world.ana)
    address = f"/customers/create/opportunities?{chosen(*records)}"

    page = Page.of(client.get(address))
    assert "Each one’s own" in page.text
    client.post(address, typed(client, address, title="Campaña de otoño"))

    made = Record.objects.filter(kind="opportunity").order_by("pk")
    assert [(one.title, one.party, one.origin, one.owner) for one in made] == [
        ("Campaña de otoño", records[0], records[0], world.luis),
        ("Campaña de otoño", records[1], records[1], world.ana),
    ]


def test_those_that_cannot_are_named_with_the_reason_and_left_out(world: World) -> None:
    world.needs("opportunity")
    good, bad = world.customer("Sol"), world.customer("Luna")
    world.do(bad, "block", reason="No paga")
    client = signed_in(world.ana)
    address = f"/customers/create/opportunities?{chosen(good, bad)}"

    page = Page.of(client.get(address))
    assert f"{bad.number} Luna Luna is blocked: No paga" in page.text
    client.post(address, typed(client, address, title="Campaña"))

    assert [one.origin for one in Record.objects.filter(kind="opportunity")] == [good]


def test_where_none_can_the_list_says_why(world: World) -> None:
    world.needs("opportunity")
    bad = world.customer("Luna")
    world.do(bad, "block", reason="No paga")

    response = signed_in(world.ana).get(f"/customers/create/opportunities?{chosen(bad)}", follow=True)

    assert response.redirect_chain == [("/customers/", 302)]
    assert "No paga" in response.content.decode()


def test_who_is_unticked_in_the_form_is_left_out(world: World) -> None:
    records = [world.customer(f"Sol {n}") for n in range(3)]
    client = signed_in(world.ana)
    address = f"{EACH}?{chosen(*records)}"

    client.post(address, typed(client, address, subject="Felicitar", record=[records[1].number]))

    assert activities() == [("Felicitar", "Sol 1", "Sol 1")]


def test_the_form_stays_as_it_was_shown_when_one_alone_is_left(world: World) -> None:
    world.needs("opportunity")
    marta = world.contact("Marta", party=world.customer("Sol"))
    records = [world.opportunity("Horno", party=marta.party, contact=marta), world.opportunity("Cámara")]
    client = signed_in(world.ana)
    address = f"/opportunities/create/activities?{chosen(*records)}"

    client.post(address, typed(client, address, record=[records[0].number]))

    assert activities() == [("Horno", "Horno", "Sol")]
    assert Activity.objects.get().contact == marta


def refused(client: Client, address: str, data: dict[str, Any]) -> str:
    response = client.post(address, data)
    assert response.status_code == 422
    assert not Record.objects.filter(kind__in=["activity", "opportunity"]).exists()
    return Page.of(response).text


def test_a_form_that_is_wrong_keeps_what_was_chosen_and_typed(world: World) -> None:
    records = [world.customer(f"Sol {n}") for n in range(3)]
    client = signed_in(world.ana)
    address = f"{EACH}?{chosen(*records)}"
    data = typed(client, address, subject="Felicitar", deferred="on", record=[records[0].number, records[2].number])

    response = client.post(address, data)

    assert response.status_code == 422
    page = Page.of(response)
    assert "A deferred activity needs its start and its end." in page.text
    assert page.data["subject"] == "Felicitar"
    assert [tag.attributes["value"] for tag in page.tags if tag.attributes.get("name") == "record"] == data["record"]
    assert not Activity.objects.exists()


def test_what_changed_while_the_form_was_open_refuses_all_and_says_so(world: World) -> None:
    world.needs("opportunity")
    records = [world.customer("Sol"), world.customer("Luna")]
    client = signed_in(world.ana)
    address = f"/customers/create/opportunities?{chosen(*records)}"
    data = typed(client, address, title="Campaña")
    world.do(records[1], "block", reason="No paga")

    assert f"{records[1].number} Luna: Luna is blocked: No paga" in refused(client, address, data)
    assert "Choose at least one record." in refused(client, address, {**data, "record": []})
    assert "is not there any more" in refused(
        client, address, {**data, "record": [records[0].number, "CLI-1999-000001"]}
    )


def test_a_service_that_refuses_one_leaves_none(world: World) -> None:
    marta = world.contact("Marta", party=world.customer("Sol"))
    records = [world.customer("Luna"), marta.party]
    client = signed_in(world.ana)
    found = several.candidates(kinds["activity"], [one for one in records if one], world.ana)

    with pytest.raises(several.RefusedFor) as refusal:
        several.create_from_each(
            kinds["activity"], found[::-1], actor=world.actor(), type=world.type(), subject="Llamar", contact=marta
        )

    assert refusal.value.origin == records[0]
    assert list(refusal.value.error.error_dict) == ["contact"]
    assert not Activity.objects.exists()
    assert client.get("/activities/").status_code == 200


def test_forged_numbers_are_not_there(world: World) -> None:
    world.needs("opportunity")
    mine = world.opportunity("De Eva", party=world.customer(), by=world.eva)
    secret = world.opportunity("Secreta", party=mine.party)
    client = signed_in(world.eva)

    page = Page.of(client.get(f"/opportunities/create/activities?{chosen(mine, secret)}"))
    assert "Secreta" not in page.text
    assert "1 of the chosen records is not there any more." in page.text
    for address in (
        f"/opportunities/create/activities?{chosen(secret)}",
        "/opportunities/create/activities?record=%00",
        "/opportunities/create/activities",
        f"/customers/create/activities?{chosen(mine)}",
        f"/opportunities/create/customers?{chosen(mine)}",
    ):
        assert client.get(address).status_code == 404, address
    assert "Secreta" not in Page.of(client.get(f"/opportunities/create?{chosen(secret)}")).text
    data = typed(client, f"/opportunities/create/activities?{chosen(mine)}", record=[secret.number])
    assert "is not there any more" in refused_by(client, f"/opportunities/create/activities?{chosen(mine)}", data)
    assert not Activity.objects.exists()


def refused_by(client: Client, address: str, data: dict[str, Any]) -> str:
    response = client.post(address, data)
    assert response.status_code == 422
    return Page.of(response).text


def test_who_may_not_create_such_a_record_is_refused(world: World) -> None:
    record = world.customer()
    reader = Role.objects.get(company=world.company, code="reader")
    world.luis.role = reader
    world.luis.save()

    assert signed_in(world.luis).get(f"{EACH}?{chosen(record)}").status_code == 403
    assert signed_in(world.zoe).get(f"{EACH}?{chosen(record)}").status_code == 404


def test_at_most_so_many_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    records = [world.customer(f"Sol {n}") for n in range(3)]
    monkeypatch.setattr(views_several, "AT_MOST", 2)
    client = signed_in(world.ana)

    for address in (f"{EACH}?{chosen(*records)}", f"{EACH}?all=1&q=sol"):
        response = client.get(address, follow=True)
        assert "At most 2 records at once" in response.content.decode(), address
    assert "At most 2 records at once" in Page.of(client.get(f"/customers/create?{chosen(*records)}")).text
    client.post(f"{EACH}?{chosen(*records[:2])}", {"record": [one.number for one in records], "subject": "X"})
    assert not Activity.objects.exists()


def test_all_that_the_filters_let_through_on_every_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hilvan.web.views_lists.PAGE", 2)
    for n in range(5):
        world.customer(f"Sol {n}")
    world.customer("Luna")
    client = signed_in(world.ana)

    assert "All pages (5)" in Page.of(client.get("/customers/?q=sol")).text
    address = f"{EACH}?all=1&q=sol"
    data = typed(client, address, subject="Felicitar")
    world.customer("Sol tardío")  # was not among those that the form named
    client.post(address, data)

    assert [origin for _subject, origin, _party in activities()] == [f"Sol {n}" for n in (4, 3, 2, 1, 0)]


def test_all_that_the_filters_of_activities_let_through(world: World) -> None:
    for n in range(3):
        world.activity(f"Llamar {n}", assignee=world.ana)
    world.activity("De Luis", assignee=world.luis)
    client = signed_in(world.ana)
    address = "/activities/create/activities?all=1&assignee=me"

    client.post(address, typed(client, address))

    follow_ups = Activity.objects.exclude(origin=None).order_by("subject")
    assert [(one.subject, one.origin and one.origin.title) for one in follow_ups] == [
        (f"Llamar {n}", f"Llamar {n}") for n in range(3)
    ]
    assert client.get("/activities/create/activities?all=1&end_from=nonsense").status_code == 404


@pytest.mark.parametrize(("origin", "made"), STARTS)
def test_to_ask_costs_the_same_with_one_and_with_many(origin: Kind, made: Kind, world: World) -> None:
    client = signed_in(world.ana)

    def queries(records: list[Record]) -> int:
        addresses = [
            f"/{origin.path}/create?{chosen(*records)}",
            f"/{origin.path}/create/{made.path}?{chosen(*records)}",
        ]
        if not all(client.get(address).status_code == 200 for address in addresses):
            pytest.skip("none can be made from such a one when it is new")
        with CaptureQueriesContext(connection) as captured:
            _menu, form = [client.get(address) for address in addresses]
        named = [tag.attributes["value"] for tag in Page.of(form).tags if tag.attributes.get("name") == "record"]
        assert named == [record.number for record in records]
        return len(captured)

    records = []
    for n in range(12):
        records.append(born(origin, world, **with_party(origin, world, title=f"Sol {n}", owner=world.luis)))
    assert queries(records) == queries(records[:2])
