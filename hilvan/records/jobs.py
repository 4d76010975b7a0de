"""What is done again and again. A part names it when its app is ready, ``every(10)(fold)``; the worker runs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Work = Callable[[], object]


@dataclass(frozen=True)
class Job:
    run: Work
    seconds: float


jobs: list[Job] = []


def every(seconds: float) -> Callable[[Work], Work]:
    """Have the worker run a function, with such a pause after each run. Two workers may run it at once."""

    def register(run: Work) -> Work:
        jobs.append(Job(run, seconds))
        return run

    return register
