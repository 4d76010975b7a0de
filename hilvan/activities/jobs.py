"""What the worker does for activities, again and again."""

from __future__ import annotations

from . import counts, waking

BATCH = 10_000


def wake_what_is_due() -> None:
    waking.end_holds()
    waking.end_deferrals()


def fold_counts() -> None:
    """Fold all the deltas that there are, in short transactions."""
    while counts.fold(BATCH) == BATCH:
        pass
