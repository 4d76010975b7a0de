"""What the shell of every page shows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from .navigation import navigation, new_entries


def shell(request: HttpRequest) -> dict[str, Any]:
    """The menus of ``base.html``, for whoever has signed in."""
    user = getattr(request, "user", None)  # an error may come before anybody is known
    if user is None or not user.is_authenticated:
        return {}
    return {
        "navigation": navigation(user, request.path),
        "new_entries": new_entries(user),
        "company": user.company,
    }
