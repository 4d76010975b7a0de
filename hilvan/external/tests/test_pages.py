"""The page of a record of another application, and the form that a link over there opens."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hilvan.external.services import create_external
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from tests.every_kind.making import least
from tests.pages import Page, faults, signed_in
from tests.world import PASSWORD, World

TOLD = {"system": "jira", "id": "WEB-17", "title": "La web va lenta", "url": "https://jira.example/browse/WEB-17"}


def address(made: str = "activity", **told: str) -> str:
    return f"/create/{made}?{urlencode({**TOLD, **told})}"


def ticket(world: World, **fields: Any) -> Record:
    told = {"system": "jira", "external_id": "WEB-17", "title": TOLD["title"], "url": TOLD["url"]}
    return create_external(actor=world.actor(), **{**told, **fields})


def test_its_page_leads_out_and_says_where_to(world: World) -> None:
    record = ticket(world, url="https://jira.example:8443/browse/WEB-17?a=1&b=2", party=world.customer())
    page = Page.of(signed_in(world.ana).get(f"/external-records/{record.number}"))
    ways = [one.attributes for one in page.tags if one.attributes.get("href", "").startswith("https://jira.example")]
    assert {way["href"] for way in ways} == {"https://jira.example:8443/browse/WEB-17?a=1&b=2"}
    assert [way["rel"] for way in ways] == ["noopener noreferrer", "noreferrer"]
    assert "Open in jira jira.example:8443" in page.text
    assert {"Activities", "Timeline"} <= set(page.text.split())
    assert f"/activities/new?origin={record.number}" in page.links


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_link_opens_the_form_prefilled_and_writes_nothing(world: World, language: str) -> None:
    client = signed_in(world.ana, language)
    with CaptureQueriesContext(connection) as queries:
        response = client.get(address(priority="2"))
    assert response.status_code == 200
    assert faults(response) == []
    assert not [one["sql"] for one in queries if one["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert not Record.objects.exists()
    page = Page.of(response)
    assert page.data["subject"] == "La web va lenta"
    assert page.data["priority"] == "2"
    assert {"es": "del registro externo", "en": "from the external record"}[language] in page.text
    assert "jira · WEB-17" in page.text
    (way,) = [one.attributes for one in page.tags if one.attributes.get("href") == TOLD["url"]]
    assert way["rel"] == "noopener noreferrer"
    assert "jira.example" in page.text


def test_saving_writes_both_down_linked(world: World) -> None:
    client = signed_in(world.ana)
    form = Page.of(client.get(address())).data
    customer = world.customer()
    response = client.post(address(), {**form, "subject": "Mirarlo", "party": customer.number})
    activity = Record.objects.get(kind="activity")
    assert response["Location"] == f"/activities/{activity.number}"
    origin = Record.objects.get(kind="external")
    assert (activity.title, activity.origin) == ("Mirarlo", origin)
    assert (origin.title, origin.party, origin.created_by) == (TOLD["title"], customer, world.ana)
    assert (origin.as_external.system, origin.as_external.external_id) == ("jira", "WEB-17")
    assert origin.as_external.url == TOLD["url"]
    assert "Mirarlo" in Page.of(client.get(f"/external-records/{origin.number}")).text
    assert origin.number in Page.of(client.get(f"/activities/{activity.number}")).text


def test_what_is_refused_keeps_what_was_typed_and_writes_nothing(world: World) -> None:
    response = signed_in(world.ana).post(address(), {"subject": "x" * 256, "type": world.type().pk})
    assert response.status_code == 422
    page = Page.of(response)
    assert page.data["subject"] == "x" * 256
    assert "jira · WEB-17" in page.text
    assert not Record.objects.exists()


def test_a_post_from_elsewhere_is_refused(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.ana)
    assert client.post(address(), {"subject": "Forjada", "type": world.type().pk}).status_code == 403
    assert not Record.objects.exists()


def test_a_record_that_is_known_is_not_changed_by_the_address(world: World) -> None:
    record = ticket(world)
    client = signed_in(world.ana)
    forged = address(title="Cambio de IBAN", url="https://evil.example/", subject="Llamar", system="JIRA")
    response = client.get(forged)
    assert response["Location"] == f"/activities/new?{urlencode({'origin': record.number, 'subject': 'Llamar'})}"
    page = Page.of(client.get(response["Location"]))
    assert page.data["subject"] == "Llamar"
    assert "evil.example" not in page.text

    client.post(forged, {"subject": "Llamar", "type": world.type().pk, "party": world.customer().number})
    assert Record.objects.get(kind="activity").origin == record
    record.refresh_from_db()
    assert (record.title, record.party, record.as_external.url) == (TOLD["title"], None, TOLD["url"])


def test_another_companys_record_of_the_same_name_is_not_touched(world: World) -> None:
    theirs = create_external(actor=world.actor(world.zoe), system="jira", external_id="WEB-17", title="Suya")
    client = signed_in(world.ana)
    assert "Suya" not in client.get(address()).content.decode()
    client.post(address(), {"subject": "Mirarlo", "type": world.type().pk})
    ours = Record.objects.get(kind="activity").origin
    assert ours is not None
    assert ours != theirs
    assert ours.company == world.company
    theirs.refresh_from_db()
    assert theirs.title == "Suya"


def test_who_may_not_see_the_record_finds_nothing_behind_the_address(world: World) -> None:
    ticket(world)
    client = signed_in(world.eva)
    assert client.get(address()).status_code == 404
    assert client.post(address(), {"subject": "x", "type": world.type().pk}).status_code == 404
    assert not Record.objects.filter(kind="activity").exists()


def test_who_may_not_create_is_told_so(world: World) -> None:
    client = signed_in(world.luis)
    world.luis.role = world.company.roles.get(code="reader")
    world.luis.save(update_fields=["role"])
    assert client.get(address()).status_code == 403
    assert client.post(address(), {"subject": "x", "type": world.type().pk}).status_code == 403
    assert not Record.objects.exists()


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({"url": "javascript:alert(document.cookie)"}, "url"),
        ({"url": "data:text/html,<script>alert(1)</script>"}, "url"),
        ({"url": "https://bank.example@evil.example/"}, "url"),
        ({"url": "https://x.example/" + "x" * 2000}, "url"),
        ({"title": "x" * 256}, "title"),
        ({"title": ""}, "title"),
        ({"title": "\x00"}, "title"),
        ({"system": ""}, "system"),
        ({"system": "<b>jira</b>"}, "system"),
        ({"id": ""}, "id"),
        ({"id": "x" * 201}, "id"),
        ({"id": "\u202e71"}, "id"),
    ],
)
@pytest.mark.parametrize("is_known", [False, True])
def test_an_address_that_is_not_right_says_what_is_wrong(
    world: World, told: dict[str, str], named: str, is_known: bool
) -> None:
    if is_known:
        ticket(world)
    count = Record.objects.count()
    client = signed_in(world.ana)
    for response in (client.get(address(**told)), client.post(address(**told), {"subject": "x"})):
        assert response.status_code == 400
        assert faults(response) == []
        page = Page.of(response)
        assert "This link can't be used" in page.text
        assert f"( {named} )" in page.text
        assert not [link for link in page.links if link.startswith(("javascript", "data"))]
    assert Record.objects.count() == count


@pytest.mark.parametrize(
    "title", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7|add:7 }} %s 'x'"]
)
def test_a_naughty_title_is_shown_as_it_is(world: World, title: str) -> None:
    response = signed_in(world.ana).get(address(title=title))
    assert response.status_code == 200
    assert faults(response) == []
    assert Page.of(response).data["subject"] == title


def test_who_is_not_signed_in_comes_back_to_it_after_signing_in(world: World) -> None:
    client = Client()
    there = address(title="Ñu & Cía, 50 % + IVA")
    response = client.get(there)
    assert response.status_code == 302
    forms = Page.of(client.get(response["Location"])).forms
    form = next(one for one in forms if "username" in one.controls)
    response = client.post(response["Location"], {**form.data, "username": "ana", "password": PASSWORD})
    assert response["Location"] == there
    assert Page.of(client.get(there)).data["subject"] == "Ñu & Cía, 50 % + IVA"
    assert not Record.objects.exists()


@pytest.mark.parametrize("made", [kind.name for kind in kinds if "external" in kind.starts_from])
def test_other_documents_begin_on_it_too(world: World, made: str) -> None:
    kind = kinds[made]
    client = signed_in(world.ana)
    response = client.get(address(made))
    assert response.status_code == 200
    assert faults(response) == []
    assert "jira · WEB-17" in Page.of(response).text
    assert Page.of(response).data["title"] == TOLD["title"]
    assert not Record.objects.exists()
    record = kind.create(actor=world.actor(), origin=ticket(world), **least(kind, world))
    assert record.origin == Record.objects.get(kind="external")


@pytest.mark.parametrize("made", ["customer", "external", "nonsense"])
def test_what_does_not_start_from_it_is_no_address(world: World, made: str) -> None:
    assert signed_in(world.ana).get(address(made)).status_code == 404
