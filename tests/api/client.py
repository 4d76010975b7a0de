"""A program with a token."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from django.test import Client

from hilvan.people.models import User
from hilvan.people.services import create_token


class Program:
    """Calls the API for a user; each call answers the JSON, having checked the status."""

    def __init__(self, user: User, *, language: str = "en") -> None:
        headers = {"Authorization": f"Bearer {create_token(user)}", "Accept-Language": language}
        self.client = Client(headers=headers, raise_request_exception=False)

    def get(self, path: str, status: int = 200, /, **asked: Any) -> Any:
        query = "?" + urlencode(asked, doseq=True) if asked else ""
        return self._checked(self.client.get(f"/api/v1{path}{query}"), status)

    def post(self, path: str, data: Any = None, status: int = 201) -> Any:
        return self._checked(self.send("POST", path, data), status)

    def patch(self, path: str, data: Any, status: int = 200) -> Any:
        return self._checked(self.send("PATCH", path, data), status)

    def put(self, path: str, data: Any, status: int = 200) -> Any:
        return self._checked(self.send("PUT", path, data), status)

    def send(self, method: str, path: str, data: Any = None) -> Any:
        body = data if isinstance(data, (bytes, str)) else b"" if data is None else json.dumps(data)
        return self.client.generic(method, f"/api/v1{path}", body, content_type="application/json")

    def _checked(self, response: Any, status: int) -> Any:
        assert response.status_code == status, response.content.decode()
        kind = "application/json; charset=utf-8" if status < 400 else "application/problem+json"
        assert response.headers["Content-Type"] == kind
        answer = response.json()
        if status >= 400:
            assert answer["status"] == status
        return answer


def wrong(problem: dict[str, Any]) -> list[str]:
    """The fields of a 422."""
    assert all(error.keys() == {"field", "code", "message"} and error["message"] for error in problem["errors"])
    return [error["field"] for error in problem["errors"]]


def user_json(user: User) -> dict[str, Any]:
    return {
        "id": user.pk,
        "username": user.username,
        "name": user.name,
        "email": user.email,
        "active": user.is_active,
    }
