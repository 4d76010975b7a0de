"""The board of incidents: open, in progress, on hold, and what was closed lately; the most pressing first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hilvan.activities.models import Priority
from hilvan.people.models import Company
from hilvan.records.kinds import Board, Fact, Filter, Lane
from hilvan.records.kinds import State as KindState

from .models import Category, State
from .words import due, urgency

LATELY = dt.timedelta(days=30)
"""So long a closed one stays on the board."""
TONES = {State.OPEN: "new", State.IN_PROGRESS: "progress", State.ON_HOLD: "hold", State.CLOSED: "plain"}
STATES = {state.value: KindState(state.value, state.label, TONES[state]) for state in State}
# From a state to another: the verb.
VERBS: dict[str, dict[str, str]] = {
    State.OPEN: {State.IN_PROGRESS: "start", State.ON_HOLD: "hold", State.CLOSED: "close"},
    State.IN_PROGRESS: {State.ON_HOLD: "hold", State.CLOSED: "close"},
    State.ON_HOLD: {State.IN_PROGRESS: "resume", State.CLOSED: "close"},
    State.CLOSED: {State.OPEN: "reopen"},
}


def lanes(company: Company, part: str) -> list[Lane]:
    since = timezone.now() - LATELY
    still = [Lane(STATES[state], Q(state=state)) for state in State if state != State.CLOSED]
    return [*still, Lane(STATES[State.CLOSED], Q(state=State.CLOSED, closed_at__gte=since), _("last 30 days"))]


def moves(incident: Any, lanes: Sequence[Lane]) -> dict[str, str]:
    return VERBS[incident.state]


def card(incident: Any) -> list[Fact]:
    return [fact for fact in (Fact(_("Priority"), urgency(incident)), due(incident)) if fact.value]


LATE = Filter("late", _("Out of time"), lambda company: [("1", _("Only these"))], lambda value: Q(due_sort__lt=Now()))
PRIORITY = Filter(
    "priority",
    _("Priority"),
    lambda company: [(priority.name.lower(), priority.label) for priority in reversed(Priority)],
    lambda value: Q(priority=Priority[value.upper()]),
)
CATEGORY = Filter("category", _("Category"), lambda company: Category.choices, lambda value: Q(category=value))
BOARD = Board(lanes=lanes, moves=moves, card=card, order=("due_sort", "-priority", "-record"))
