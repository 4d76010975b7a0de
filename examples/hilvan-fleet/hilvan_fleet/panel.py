"""The services of a vehicle on its page, now or as they stood at an instant."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from hilvan.people.models import User
from hilvan.records import history
from hilvan.records.models import Record

from .models import Service


def services_panel(record: Record, user: User, as_of: dt.datetime | None) -> dict[str, Any] | None:
    if record.kind != "vehicle":
        return None
    if as_of is None:
        lines = list(Service.objects.filter(record=record))
    else:
        lines = history.children_stood(record, Service, as_of)
    lines.sort(key=lambda line: (line.done_on, line.pk), reverse=True)
    return {"services": lines, "total": sum((line.cost for line in lines), Decimal(0))}
