"""What the API takes for a customer."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from hilvan.records.references import TeamRef, UserRef


class CustomerFields(BaseModel):
    """All of them can be left out: what a new customer needs, the service says."""

    model_config = ConfigDict(extra="forbid")

    title: str | None = None
    owner: UserRef | None = None
    team: TeamRef | None = None
    tax_id: str | None = None
    phone: str | None = None
    email: str | None = None
    website: str | None = None
    address: str | None = None
    postal_code: str | None = None
    city: str | None = None
    province: str | None = None
    country: str | None = None
    notes: str | None = None


class Blocking(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = ""
