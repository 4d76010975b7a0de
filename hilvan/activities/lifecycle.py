"""Which change of state is allowed."""

from __future__ import annotations

from django.utils.translation import gettext as _

from hilvan.records.services import Refused

from .models import State

TRANSITIONS: dict[State, tuple[State, ...]] = {
    State.NEW: (State.IN_PROGRESS, State.ON_HOLD, State.CLOSED),
    State.IN_PROGRESS: (State.ON_HOLD, State.CLOSED, State.NEW),
    State.ON_HOLD: (State.IN_PROGRESS, State.CLOSED, State.NEW),
    State.CLOSED: (State.IN_PROGRESS, State.NEW),
}


class TransitionRefused(Refused):
    """A change of state that is not allowed; ``allowed`` are those that are, and the text says so to a person."""

    def __init__(self, current: State, to: str) -> None:
        self.current = current
        allowed = TRANSITIONS[current]
        reason = _("From “%(current)s” an activity can go to %(allowed)s, not to “%(to)s”.") % {
            "current": current.label,
            "allowed": ", ".join(f"“{state.label}”" for state in allowed),
            "to": State(to).label if to in State.values else to,
        }
        super().__init__(reason, allowed)


def check(current: str, to: str) -> None:
    """Raise ``TransitionRefused`` where an activity may not go from ``current`` to ``to``."""
    if to not in TRANSITIONS[State(current)]:
        raise TransitionRefused(State(current), to)
