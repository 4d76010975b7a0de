"""What the API takes for a customer and for a contact."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict

from hilvan.records.references import RecordRef, TeamRef, UserRef


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
    allow_duplicate: bool = True
    """False asks to be refused (409) where there may be such a customer already."""


class ContactFields(BaseModel):
    """All of them can be left out: what a new contact needs, the service says."""

    model_config = ConfigDict(extra="forbid")

    title: str | None = None
    party: RecordRef | None = None
    owner: UserRef | None = None
    team: TeamRef | None = None
    position: str | None = None
    department: str | None = None
    phone: str | None = None
    mobile: str | None = None
    email: str | None = None
    language: Literal["es", "ca", "gl", "eu", "en", "fr", "pt", "de", "it", ""] | None = None
    consent: Literal["unknown", "yes", "no"] = "unknown"
    consent_since: dt.date | None = None
    notes: str | None = None


class Blocking(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = ""
