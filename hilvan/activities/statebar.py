"""An activity's states on a time axis: how long it stood in each, from its birth to the instant of the page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.db.models import F, Func
from django.utils import formats
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from hilvan.records.models import Record
from hilvan.web.templatetags.hilvan import duration

from .models import HoldReason, Situation, State, bigint

NARROWEST = 1.5
"""Percent of the axis that even the shortest state takes, so that it can be seen."""
CAP = 5.0
"""Percent which the closed state takes at the end: it lasts for ever, and would squeeze the rest."""


@dataclass(frozen=True)
class Segment:
    """A stay in one state, neighbouring situations merged; ``percent_*`` is its place on the axis."""

    state: str
    label: str
    reason: str
    start: dt.datetime
    end: dt.datetime
    duration_label: str
    percent_x: float
    percent_width: float

    @property
    def lasted(self) -> dt.timedelta:
        return self.end - self.start


def segments(record: Record, until: dt.datetime) -> list[Segment]:
    """The stays of an activity up to an instant, oldest first, in one query. Their times sum up to the whole."""
    begin = Func(F("valid"), function="lower")
    situations = (
        Situation.objects.filter(activity=bigint(record.pk), company=record.company_id)
        .annotate(begin=begin)
        .filter(begin__lte=until)
        .order_by("begin")
        .values_list("state", "hold_reason", "begin")
    )
    return lay_out(list(situations), until)


def lay_out(situations: Iterable[tuple[str, str, dt.datetime]], until: dt.datetime) -> list[Segment]:
    """Segments from (state, hold reason, begin), oldest first; each lasts until the next one begins."""
    stays = [
        (state, reason, next(group)[2])
        for (state, reason), group in groupby(situations, key=lambda one: (one[0], one[1]))
    ]
    ends = [begin for _state, _reason, begin in stays[1:]] + [until]
    is_capped = len(stays) > 1 and stays[-1][0] == State.CLOSED
    measured = len(stays) - is_capped
    room = 100 - CAP * is_capped
    narrowest = min(NARROWEST, room / max(measured, 1) / 2)
    whole = max((ends[measured - 1] - stays[0][2]).total_seconds(), 1e-6) if stays else 1
    result: list[Segment] = []
    x = 0.0
    for n, ((state, reason, begin), end) in enumerate(zip(stays, ends, strict=True)):
        if n == measured:
            width = CAP
        elif measured == 1:
            width = room
        else:
            width = narrowest + (room - narrowest * measured) * (end - begin).total_seconds() / whole
        result.append(
            Segment(
                state=state,
                label=str(State(state).label),
                reason=str(HoldReason(reason).label).lower() if reason else "",
                start=begin,
                end=end,
                duration_label=_since(begin) if n == measured else duration((end - begin).total_seconds()),
                percent_x=round(x, 5),
                percent_width=round(width, 5),
            )
        )
        x += width
    return result


def _since(instant: dt.datetime) -> str:
    return _("since %(day)s") % {"day": formats.date_format(localtime(instant), "SHORT_DATE_FORMAT")}
