"""The lines of a document on its page, with its totals by rate; now, or as they stood at an instant."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hilvan.people.models import User
from hilvan.records import history
from hilvan.records.models import Record

from . import taxes
from .kind import ordered
from .models import CommercialDocument, Line
from .services import breakdown_of


def lines_panel(record: Record, user: User, as_of: dt.datetime | None) -> dict[str, Any] | None:
    kind = record.declaration
    if not issubclass(kind.model, CommercialDocument):
        return None
    if as_of is None:
        document = getattr(record, kind.accessor)
        lines = ordered(Record.objects.prefetch_related("lines__product").get(pk=record.pk))
    else:
        document = history.stood(record, as_of)
        lines = history.children_stood(record, Line, as_of)
        lines.sort(key=lambda line: line.position)
    groups = document.breakdown
    if as_of is not None:  # which the history leaves out, since it follows from the lines
        sums = taxes.totals(lines, regime=document.regime, withholding_rate=document.withholding_rate)
        groups = breakdown_of(sums, document.sign)
    return {"document": document, "lines": lines, "groups": groups}
