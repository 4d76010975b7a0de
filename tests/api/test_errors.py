"""Every error has one shape, and nothing that a program sends is answered with 500."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.db import OperationalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hilvan.activities import services
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from tests.world import World

from .client import Program, wrong

NAUGHTY = Path(__file__).resolve().parents[3] / "shared" / "data" / "text" / "naughty_strings.json"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"\xff\xfe{",
        b"nope",
        b'{"subject": "\xe1"}',
        b"[" * 100_000,
        b'{"spent_minutes": ' + b"9" * 5000 + b"}",
    ],
    ids=["open", "empty", "bytes", "word", "latin-1", "deep", "digits"],
)
def test_a_body_that_is_not_json_is_refused(world: World, body: bytes) -> None:
    response = Program(world.ana).send("POST", "/activities", body)
    assert response.status_code == (422 if body == b"" else 400)
    problem = json.loads(response.content)
    assert problem.keys() >= {"type", "title", "status", "detail"}
    assert not Record.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "task", "subject": "\\ud800"}',
        '{"type": "task", "\\ud800": 1}',
        '{"type": "\\u0000", "subject": "Una"}',
        '{"type": "task", "subject": "Una", "ref": "\\u0000"}',
        '{"type": "task", "subject": "Una", "origin": "\\u0000"}',
        '{"type": "task", "subject": "Una", "assignee": "\\u0000"}',
        '{"type": "task", "subject": "Una", "spent_minutes": NaN}',
        '{"type": "task", "subject": "Una", "spent_minutes": 1e999}',
        '{"type": "task", "subject": "Una", "spent_minutes": 99999999999999999999}',
        '{"type": "task", "subject": "Una", "team": 99999999999999999999}',
        '{"type": "task", "subject": "Una", "note": "\\u0000"}',
        '"task"',
        "null",
        "7",
    ],
)
def test_a_value_that_no_database_can_hold_is_refused(world: World, text: str) -> None:
    Program(world.ana).post("/activities", text, 422)
    assert not Record.objects.exists()


def test_a_body_that_is_too_big_is_refused(world: World) -> None:
    problem = Program(world.ana).post("/activities", {"type": "task", "subject": "x" * 3_000_000}, 413)
    assert problem["title"] == "Content Too Large" or problem["title"] == "Request Entity Too Large"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "TRACE"])
def test_a_method_that_an_address_does_not_have_is_refused_with_those_it_has(world: World, method: str) -> None:
    response = Program(world.ana).send(method, "/activities")
    assert (response.status_code, response.headers["Content-Type"]) == (405, "application/problem+json")
    assert response.headers["Allow"] == "GET, POST"


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/activities/",
        "/activities/x/y/z",
        "/activities/%00",
        "/activities/%ff",
        "/records/9" + "9" * 400,
        "/",
    ],
)
def test_an_address_that_does_not_exist_is_a_problem_too(world: World, path: str) -> None:
    Program(world.ana).get(path, 404)


def test_an_error_of_ours_tells_nothing_of_the_inside(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**fields: Any) -> None:
        raise RuntimeError("password of the database")

    monkeypatch.setattr(services, "create_activity", fails)
    problem = Program(world.ana).post("/activities", {"type": "task", "subject": "Una"}, 500)
    assert problem.keys() == {"type", "title", "status", "detail"}
    assert "password" not in str(problem)


def test_while_the_database_is_away_a_program_is_told_to_come_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**fields: Any) -> None:
        raise OperationalError("the database system is starting up")

    monkeypatch.setattr(services, "create_activity", fails)
    program = Program(world.ana)
    assert program.post("/activities", {"type": "task", "subject": "Una"}, 503).keys() == {
        *("type", "title", "status", "detail")
    }
    assert program.send("POST", "/activities", {"type": "task", "subject": "Una"}).headers["Retry-After"] == "5"


def test_messages_speak_the_language_asked_for_else_the_users(world: World) -> None:
    def message(**headers: str) -> tuple[str, str]:
        client = Program(world.ana).client
        client.defaults.pop("HTTP_ACCEPT_LANGUAGE")
        response = client.get("/api/v1/activities?as_of=x", headers=headers)
        return response.headers["Content-Language"], response.json()["errors"][0]["message"]

    assert message(**{"Accept-Language": "en"}) == ("en", "“x” is not an instant.")
    assert message()[0] == message(**{"Accept-Language": "es-ES"})[0] == "es"


@pytest.mark.slow
def test_naughty_strings_are_kept_as_they_are_or_refused(committed_world: World) -> None:
    if not NAUGHTY.exists():
        pytest.skip("the list of naughty strings is not here")
    program = Program(committed_world.ana)
    record = committed_world.activity()
    for text in json.loads(NAUGHTY.read_text()):
        response = program.send("PATCH", f"/activities/{record.number}", {"subject": text, "place": text})
        assert response.status_code in (200, 422), text
        if response.status_code == 200:
            assert json.loads(response.content)["subject"] == text.strip()
        else:
            assert set(wrong(json.loads(response.content))) <= {"subject", "place"}
        assert program.client.get("/api/v1/activities", {"q": text, "party": text}).status_code in (200, 422)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = (
    "subject type assignee team party origin start_at end_at all_day priority state to reason for until result note ref"
    " title stage expected_amount expected_close_on tax_id"
)
ADDRESSES = [
    *(f"/{kind.path}" for kind in kinds),
    *(f"/records/{{}}/create/{kind.name}" for kind in kinds if kind.start_from("activity")),
    *("/activities/{}", "/activities/{}/transitions", "/activities/{}/defer"),
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    address=st.sampled_from(ADDRESSES),
    data=st.dictionaries(st.sampled_from(NAMES.split()), anything, max_size=4),
)
def test_whatever_is_sent_is_done_or_refused(world: World, address: str, data: dict[str, Any]) -> None:
    record = Record.objects.filter(kind="activity").first() or world.activity()
    method = "PATCH" if address.endswith("{}") else "POST"
    response = Program(world.ana).send(method, address.format(record.number), data)
    assert response.status_code in (200, 201, 409, 422), response.content


HOSTILE = ["a\x00,%s", "-1", "1e400", "9" * 400, "10000-01-01T00:00:00Z"]


@pytest.mark.slow
def test_whatever_stands_in_a_query_or_an_address_is_answered_or_refused(committed_world: World) -> None:
    """Every GET of the description, each of its parameters with each of these, twice."""
    program = Program(committed_world.ana)
    record = committed_world.activity()
    for path, operations in program.client.get("/api/v1/openapi.json").json()["paths"].items():
        parameters = operations.get("get", {}).get("parameters", [])
        names = [one["name"] for one in parameters if one["in"] == "query"]
        for value in HOSTILE if "get" in operations else ():
            wrongly = re.sub(r"\{\w+\}", quote(value, safe=""), path)
            rightly = re.sub(r"\{\w+\}", record.number, path)
            asked: list[tuple[str, dict[str, Any]]] = [(wrongly, {})] + [
                (rightly, {name: given}) for name in names for given in (value, [value, value])
            ]
            for address, query in asked:
                response = program.client.get(address, query)
                assert response.status_code in (200, 404, 422), (address, query)


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "multipart/form-data", "", "\xff"])
def test_a_body_of_another_type_is_read_as_json_or_refused(world: World, content_type: str) -> None:
    for body in (b"<subject/>", b"subject=Una&type=task", b"--x\r\n"):
        response = Program(world.ana).client.generic("POST", "/api/v1/activities", body, content_type)
        assert response.status_code in (400, 415, 422)
    assert not Record.objects.exists()


def test_of_a_name_that_is_given_twice_the_last_one_counts(world: World) -> None:
    made = Program(world.ana).post("/activities", '{"type": "task", "subject": "Una", "subject": "Otra"}')
    assert made["subject"] == "Otra"
