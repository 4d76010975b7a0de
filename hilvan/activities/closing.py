"""What other parts do when an activity has been closed, within its transaction.

A part adds its own in ``ready()``: an incident notes its first answer.
"""

from __future__ import annotations

from collections.abc import Callable

from hilvan.records.history import Actor

from .models import Activity

when_closed: list[Callable[[Activity, Actor], object]] = []


def closed(activity: Activity, actor: Actor) -> None:
    for do in when_closed:
        do(activity, actor)
