"""Who may see the pages of administration."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from hilvan.people.models import User
from hilvan.web.views_lists import signed_in


def administers(user: User) -> bool:
    return user.role.administers


def administrator(request: HttpRequest) -> User:
    """Who asks; raises ``PermissionDenied`` (403) for who does not administer the company."""
    user = signed_in(request)
    if not administers(user):
        raise PermissionDenied
    return user
