"""Activity, who takes part in it, its type and results, its situations, and the counts over time."""

from .activity import (
    FAR_FUTURE,
    RELATED,
    Activity,
    ActivityQuerySet,
    HoldReason,
    Priority,
    Situation,
    Standing,
    State,
    bigint,
)
from .configuration import RESULT_NAMES, TYPE_NAMES, ActivityResult, ActivityType
from .counts import Count, CountDelta
from .participants import Answer, Participant, Role

__all__ = [
    "FAR_FUTURE",
    "RELATED",
    "RESULT_NAMES",
    "TYPE_NAMES",
    "Activity",
    "ActivityQuerySet",
    "ActivityResult",
    "ActivityType",
    "Answer",
    "Count",
    "CountDelta",
    "HoldReason",
    "Participant",
    "Priority",
    "Role",
    "Situation",
    "Standing",
    "State",
    "bigint",
]
