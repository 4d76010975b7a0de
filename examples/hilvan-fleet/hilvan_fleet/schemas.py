"""What the API takes for a vehicle."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from hilvan.records.references import RecordRef, RecordSchema, TeamRef, UserRef


class ServiceSchema(RecordSchema):
    """A line. ``id``: one that stays."""

    id: int | None = None
    done_on: dt.date | None = None
    odometer: Annotated[int, Field(ge=0, le=2_000_000_000)] | None = None
    what: Annotated[str, Field(max_length=300)] = ""
    cost: Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=2)] = Decimal(0)


class VehicleFields(BaseModel):
    """All can be left out: what a new vehicle needs, the service says. ``services`` replaces all of them."""

    model_config = ConfigDict(extra="forbid")

    title: str | None = None
    party: RecordRef | None = None
    owner: UserRef | None = None
    team: TeamRef | None = None
    plate: str | None = None
    model_name: str | None = None
    fuel: Literal["", "petrol", "diesel", "electric", "other"] = ""
    inspection_on: dt.date | None = None
    driver_note: str | None = None
    services: list[ServiceSchema] = Field(default_factory=list)


class Retirement(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = ""
