"""The first use comes before everything else."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from hilvan.web.middleware import Next

from .services import is_first_use

OPEN = ("/first-use/", "/password/", "/language/", "/api/")
"""What answers before anybody can sign in: its own page, a link that ``hilvan user create`` printed, programs."""


def first_use_first(get_response: Next) -> Next:
    """While nobody can sign in, every other address leads to the page of the first use."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.path.startswith(OPEN) or request.user.is_authenticated or not is_first_use():
            return get_response(request)
        return redirect("first_use")

    return answer
