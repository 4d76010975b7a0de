"""The description of the API is valid and complete."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from openapi_spec_validator import OpenAPIV31SpecValidator

from hilvan.records.kinds import kinds


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    response = Client().get("/api/v1/openapi.json")
    assert response.status_code == 200
    answer: dict[str, Any] = response.json()
    return answer


def test_it_is_openapi_3_1_without_an_error(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(described).iter_errors()) == []


def test_every_operation_declares_its_answer_its_problems_and_the_token(described: dict[str, Any]) -> None:
    ids = set()
    for address, operations in described["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {address}"
            ids.add(operation["operationId"])
            answers = operation["responses"]
            good = [status for status in answers if status.startswith("2")]
            endings = {"content": "application/octet-stream", "file": "application/xml", "pdf": "application/pdf"}
            answered = endings.get(address.rpartition("/")[2], "application/json")
            assert good, where
            assert all(list(answers[status]["content"]) == [answered] for status in good), where
            assert {"401", "422", "500", "503"} <= answers.keys(), where
            assert ("404" in answers) == ("{" in address), where
            assert operation["security"] == [{"KnownToken": []}], where
            assert ("requestBody" in operation) <= (method != "get"), where
    assert len(ids) == sum(len(operations) for operations in described["paths"].values())


def test_it_has_the_addresses_of_the_contract_and_of_every_kind(described: dict[str, Any]) -> None:
    wanted = {
        "/activities": {"get", "post"},
        "/activities/{id}": {"get", "patch"},
        "/activities/{id}/transitions": {"post"},
        "/activities/{id}/defer": {"post"},
        "/activities/{id}/history": {"get"},
        "/activities/{id}/notices": {"get"},
        "/activities/{id}/situations": {"get"},
        "/activities/summary": {"get"},
        "/activities/flow": {"get"},
        "/users": {"get"},
        "/teams": {"get"},
        "/me": {"get"},
        "/records": {"get"},
        "/records/{id}": {"get"},
        "/records/{id}/timeline": {"get"},
        "/records/{id}/changes": {"get"},
        "/records/{id}/creatable": {"get"},
        "/records/{id}/links": {"get", "post"},
        "/records/{id}/links/{link}": {"delete"},
        "/records/{id}/attachments": {"get", "post"},
        "/records/{id}/attachments/{attachment}": {"delete"},
        "/records/{id}/attachments/{attachment}/content": {"get"},
        "/records/{id}/comments": {"get", "post"},
        "/records/{id}/comments/{comment}": {"patch"},
    }
    if "external" in kinds:
        wanted["/external/{system}/{external_id}"] = {"get", "put"}
    for kind in kinds:
        wanted[f"/{kind.path}"] = {"get", "post"}
        wanted[f"/{kind.path}/{{id}}"] = {"get", "patch"}
        if any(kind.start_from(other.name) for other in kinds):
            wanted[f"/records/{{id}}/create/{kind.name}"] = {"post"}
        wanted |= {f"/{kind.path}/{{id}}/{verb.name}": {"post"} for verb in kind.verbs}
        if kind.family:
            wanted |= {f"/{kind.family}": {"get", "post"}, f"/{kind.family}/{{id}}": {"get", "patch"}}
            wanted |= {f"/{kind.family}/{{id}}/{verb.name}": {"post"} for verb in kind.verbs}
    for address, methods in wanted.items():
        assert methods <= described["paths"][f"/api/v1{address}"].keys(), address


def test_the_activity_is_described_field_by_field(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    assert schemas["ActivityJSON"]["properties"]["assignee"] == {
        "anyOf": [{"$ref": "#/components/schemas/UserJSON"}, {"type": "null"}]
    }
    given = schemas["NewActivity"]
    assert given["additionalProperties"] is False
    assert given["properties"].keys() >= {"type", "subject", "origin", "assignee", "deferred", "start_at", "ref"}
    assert "null" not in str(given["properties"]["subject"])
    hold = schemas["Transition"]["properties"]
    assert hold.keys() == {"to", "reason", "for", "until", "result", "note"}
