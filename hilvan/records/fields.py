"""Columns that Django does not bring."""

from __future__ import annotations

from typing import Any

from django.db import models


class XidField(models.Field):  # type: ignore[type-arg]
    """PostgreSQL's 64-bit transaction id (``xid8``), which never wraps round."""

    description = "PostgreSQL transaction id"

    def db_type(self, connection: Any) -> str:
        return "xid8"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> int | None:
        return None if value is None else int(value)

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else str(value)
