"""What is answered where no view does, and what the log says of it."""

from __future__ import annotations

import logging
import sys
from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

TOO_BIG = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)
AWAY = (OperationalError, InterfaceError)
"""How it shows that the database restarts, or took too long: the same may go well in a moment."""


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """413 for more than the settings let in (RFC 9110, 15.5.14), else 400."""
    too_big = isinstance(exception, TOO_BIG)
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if too_big else HTTPStatus.BAD_REQUEST
    return render(request, "400.html", {"too_big": too_big}, status=status)


def failed(request: HttpRequest) -> HttpResponse:
    """503 while the database is away, else 500. Asks nothing of the database, nor who is signed in."""
    if isinstance(sys.exc_info()[1], AWAY):
        return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": "5"})
    return HttpResponse(render_to_string("500.html"), status=500)


class WithoutTrace(logging.Filter):
    """Makes one line of what is logged of a database that is away: its traceback would be the same for each request."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info and record.exc_info[1]
        if isinstance(error, AWAY):
            record.msg, record.args = "%s: %s", (record.getMessage(), str(error).partition("\n")[0])
            record.exc_info = record.exc_text = None
        return True
