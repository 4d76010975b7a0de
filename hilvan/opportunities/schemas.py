"""What the API takes for an opportunity."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from hilvan.records.references import RecordRef, TeamRef, UserRef

StageCode = Annotated[str, Field(description="The code of a stage of the company's: `qualification`, `proposal` …")]
SourceCode = Literal["", "website", "referral", "campaign", "event", "prospecting", "existing_customer", "other"]


class OpportunityFields(BaseModel):
    """All of them can be left out: what a new opportunity needs, the service says."""

    model_config = ConfigDict(extra="forbid")

    title: str | None = None
    party: RecordRef | None = None
    contact: RecordRef | None = None
    owner: UserRef | None = None
    team: TeamRef | None = None
    stage: StageCode | None = None
    probability: Annotated[int, Field(ge=0, le=100)] | None = None
    expected_amount: Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)] | None = None
    expected_close_on: dt.date | None = None
    source: SourceCode | None = None
    description: str | None = None


class Loss(BaseModel):
    model_config = ConfigDict(extra="forbid")

    cause: Annotated[str, Field(description="The code of one of the company's reasons: `price`, `competitor` …")] = ""
    reason: str = ""


class Reopening(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = ""
    stage: Annotated[str, Field(description="Without one, that in which it was.")] = ""
