"""What a user has chosen of an import, what was read of a row, and what becomes of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from django.core.exceptions import PermissionDenied, ValidationError

from hilvan.records.kinds import Step
from hilvan.records.models import Record
from hilvan.records.services import Newborn, Refused

from .values import Mark, Order

NEW, CHANGED, SAME, REFUSED = "new", "changed", "same", "refused"
MOST_UNKNOWN = 100
"""Words without a meaning that an import keeps, for the user to say it."""

Reason = tuple[int, str]
"""The column's place (-1: none) and what is wrong with it."""


@dataclass(frozen=True)
class Choices:
    """What a user has chosen of an import. ``fields``: the column's place, as text → the field's name."""

    fields: dict[str, str]
    existing: Literal["skip", "change"] = "skip"
    parties: Literal["refuse", "create"] = "refuse"
    people: Literal["refuse", "nobody", "inactive"] = "refuse"
    order: Order = ""
    mark: Mark = ""
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    """Field → the file's word, folded → a word of the field's options; "" leaves the field empty."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Plan:
    """What becomes of one row."""

    line: int
    outcome: str = NEW
    reasons: list[Reason] = field(default_factory=list)
    record: Record | None = None
    """The record that exists; in earnest also the new one."""
    newborn: Newborn | None = None
    steps: Sequence[Step] = ()
    change: dict[str, Any] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    """By what a later row of the file is the same."""

    def refuse(self, *reasons: Reason) -> None:
        self.outcome, self.newborn, self.steps, self.change = REFUSED, None, (), {}
        self.reasons = list(reasons)


@dataclass
class Read:
    """A row's values by field, and what is wrong by field."""

    line: int
    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def wrong(self, error: ValidationError | Refused | PermissionDenied) -> None:
        if isinstance(error, ValidationError) and hasattr(error, "error_dict"):
            for name, messages in error.message_dict.items():
                self.errors[name] += messages
        else:
            self.errors["__all__"] += error.messages if isinstance(error, ValidationError) else [str(error)]
