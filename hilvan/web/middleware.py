"""What every answer carries, and in which language and time zone it speaks."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)

Next = Callable[[HttpRequest], HttpResponse]


def content_security_policy(get_response: Next) -> Next:
    """Only what this server sends may be loaded or run, and nothing inline; a view may set a policy of its own."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response

    return answer


def language_and_zone(get_response: Next) -> Next:
    """The user's language and clock; before sign-in the language chosen, else the browser's, else the site's."""

    def answer(request: HttpRequest) -> HttpResponse:
        user = request.user
        language = user.speaks if user.is_authenticated else translation.get_language_from_request(request)
        zone = user.zone if user.is_authenticated else timezone.get_default_timezone()
        with translation.override(language), timezone.override(zone):
            request.LANGUAGE_CODE = language
            response = get_response(request)
            response.headers.setdefault("Content-Language", language)
            if not user.is_authenticated:
                patch_vary_headers(response, ["Accept-Language"])
            return response

    return answer
