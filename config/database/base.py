"""Django finds a backend by this module's name and the class's (``DATABASES[…]["ENGINE"]``)."""

from __future__ import annotations

import datetime as dt
import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg.adapt import AdaptersMap, Loader
from psycopg.types.datetime import TimestamptzLoader

from hilvan.records.planned import PlannedOnce


class InstantLoader(Loader):
    """A ``timestamptz`` of a session in UTC, as all of Django's are ("2026-03-01 09:00:00+00"): Python's own parser
    takes it. Django's loader, made of psycopg's in Python, was a sixth of what a list of activities cost.
    """

    timezone = dt.UTC

    def load(self, data: Any) -> dt.datetime:
        try:
            return dt.datetime.fromisoformat(bytes(data).decode())
        except ValueError:  # infinity, years before Christ: psycopg says it properly
            return TimestamptzLoader(self.oid, self.connection).load(data)


class Cursor(base.ServerBindingCursor):
    """Parameters travel apart from the statement's text, so that one which is ``PlannedOnce`` can be."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        return super().execute(query, params, prepare=isinstance(query, PlannedOnce), **options)  # type: ignore[misc]


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        parameters = super().get_connection_params() | {"cursor_factory": Cursor, "prepare_threshold": 1}
        adapters = parameters["context"] = AdaptersMap(parameters["context"])
        if self.timezone == dt.UTC:
            adapters.register_loader("timestamptz", InstantLoader)
        return parameters

    def is_usable(self) -> bool:
        """Whether the connection still leads to the server, which Django asks before each request's first statement.

        The end of the other side makes a socket readable, as does whatever it says unasked: only then, and after an
        error, the server is asked. (To ask it each time was a fourteenth of what a list of activities cost.)
        """
        if self.connection is not None and not self.connection.closed and not self.errors_occurred:
            poll = select.poll()
            poll.register(self.connection.fileno(), select.POLLIN)
            if not poll.poll(0):
                return True
        return super().is_usable()
