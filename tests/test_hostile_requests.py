"""Requests that no page of Hilván would send: each gets a clear answer, none an error of ours or half a change."""

from __future__ import annotations

import pytest
from django.test import Client

from hilvan.activities.models import ActivityType
from hilvan.activities.services import create_activity
from hilvan.people.models import User
from hilvan.records.models import Change, Record
from tests.pages import faults, signed_in
from tests.world import World

FORM = "application/x-www-form-urlencoded"
NEW = "/activities/new"


@pytest.fixture
def client(world: World) -> Client:
    client = signed_in(world.jefa)
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"subject=" + b"x" * 3_000_000, FORM, 413),
        (b"&".join(b"f%d=1" % n for n in range(1001)), FORM, 413),
        (b"subject=Llamar&type=task", f"{FORM}; charset=latin-1", 400),
        (b"no boundary", "multipart/form-data", 400),
        (b"--x\r\nnothing", "multipart/form-data; boundary=x", 422),
        (b"subject=caf\xe9%ff&type=\xff", FORM, 422),
        (b'{"subject": "Llamar"}', "application/json", 422),
        (b"<subject/>", "text/xml", 422),
        (b"%" * 1000 + b"&" * 900, FORM, 422),
        (b"", FORM, 422),
    ],
    ids=["big", "many", "latin-1", "boundary", "cut", "bytes", "json", "xml", "percents", "empty"],
)
def test_a_body_that_is_no_form_is_refused_with_a_page(
    client: Client, body: bytes, content_type: str, status: int
) -> None:
    response = client.generic("POST", NEW, body, content_type)
    assert response.status_code == status
    assert faults(response) == []
    assert not Record.objects.exists()


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE"])
@pytest.mark.parametrize("path", ["/", NEW, "/customers/", "/profile/", "/sign-in/", "/search"])
def test_another_method_changes_nothing(client: Client, method: str, path: str) -> None:
    response = client.generic(method, path, b"type=task&subject=Llamar&name=Otra", FORM)
    assert response.status_code in (200, 302, 405)
    assert not Record.objects.exists()
    assert User.objects.get(username="jefa").name == "Josefa Ruiz"


@pytest.mark.parametrize(
    "path",
    [
        "/customers/CLI-2026-99999999999999999999999999",
        "/customers/CLI-2026-000001%00",
        "/customers/%ff%fe",
        "/administration/users/99999999999999999999999999",
        "/administration/users/-1",
        "/administration/teams/9223372036854775808",
        "/activities/ACT-2026-000001/transition/on%20hold",
        "/activities/ACT-2026-000001/transition/gone",
        "/notices/00000000-0000-0000-0000-00000000000g",
        "/password/%00/%00/nothing",
        "/" + "x" * 7000,
        "/..%2f..%2fetc/passwd",
    ],
)
def test_what_an_address_names_wrongly_is_not_there(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert faults(response) == []


@pytest.mark.parametrize(
    "path", ["/activities/", "/activities/board", "/customers/", "/search", "/notices/", "/lookup"]
)
@pytest.mark.parametrize(
    "query",
    [
        "q=%ff%fe%00",
        "q=a&q=b&state=new&state=zzz",
        "cursor=%00&before=1e400&after=-1",
        "state=%00&assignee=99999999999999999999999&type=-1&team=1e3&party=%00",
        "as_of=0000-00-00T00:00Z&order=subject;drop",
        "as_of=10000-01-01&kind=%00&kinds=%00,,activity&near=%00",
        "as_of=2026-02-31&archived=2&owner=999",
        "&".join(f"f{n}=1" for n in range(900)),
        "=&=&&&%%%",
    ],
)
def test_a_query_that_makes_no_sense_is_no_error_of_ours(client: Client, path: str, query: str) -> None:
    response = client.get(f"{path}?{query}")
    assert response.status_code in (200, 302, 404, 422)


def test_what_another_company_has_cannot_be_named_in_a_form(client: Client, world: World) -> None:
    mine, foreign_type = world.activity(), ActivityType.objects.get(company=world.other_company, code="task")
    foreign = create_activity(actor=world.actor(world.zoe), subject="Ajena", type=foreign_type)
    before = Change.objects.count()
    for path, fields in {
        f"/activities/{mine.number}/assign": {"assignee": world.zoe.pk},
        f"/activities/{mine.number}/edit": {"subject": "Otra", "type": foreign_type.pk},
        f"/activities/{mine.number}/transition/on_hold": {"reason": "other", "hold_for_activity": foreign.title},
        f"/administration/users/{world.ana.pk}": {"name": "Ana", "username": "ana", "role": world.zoe.role_id},
    }.items():
        response = client.post(path, fields)
        assert response.status_code == 422, path
    assert client.get(f"/administration/users/{world.zoe.pk}").status_code == 404
    assert Change.objects.count() == before
