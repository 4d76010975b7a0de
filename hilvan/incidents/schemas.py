"""What the API takes for an incident."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict

from hilvan.activities.models import Priority
from hilvan.records.references import RecordRef, TeamRef, UserRef

PriorityCode = Annotated[
    Literal["low", "normal", "high", "urgent"], AfterValidator(lambda code: Priority[code.upper()].value)
]
"""A code outside, a number within."""
CategoryCode = Literal["fault", "question", "complaint", "delivery", "billing", "other"]
ChannelCode = Literal["phone", "email", "web", "in_person", "other"]


class IncidentFields(BaseModel):
    """All of them can be left out: what a new incident needs, the service says."""

    model_config = ConfigDict(extra="forbid")

    title: str | None = None
    party: RecordRef | None = None
    contact: RecordRef | None = None
    owner: UserRef | None = None
    team: TeamRef | None = None
    priority: PriorityCode | None = None
    category: CategoryCode | None = None
    channel: ChannelCode | None = None
    description: str | None = None


class Holding(BaseModel):
    model_config = ConfigDict(extra="forbid")

    waiting_for: Literal["", "customer", "supplier", "part", "colleague", "payment", "other"] = ""
    reason: str = ""


class Merging(BaseModel):
    model_config = ConfigDict(extra="forbid")

    into: RecordRef | None = None


class Closing(BaseModel):
    model_config = ConfigDict(extra="forbid")

    resolution: str = ""


class Reopening(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = ""
