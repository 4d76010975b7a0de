"""The pages of activities: ``lists`` (list and board), ``page`` (one activity), ``changes`` (what its buttons do),
``calls`` (a call already made), ``types`` (their types and results)."""

from __future__ import annotations

from django.http import HttpRequest


def wants_part(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page; when it restores a page from the history, it wants all of it."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers
