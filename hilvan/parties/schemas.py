"""What the API takes for a customer, a supplier and a contact."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict

from hilvan.records.references import RecordRef, TeamRef, UserRef
from hilvan.trade.schemas import MethodCode, Percent, RegimeCode, TermsRef


class PartyFields(BaseModel):
    """All of them can be left out: what a new one needs, the service says."""

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
    terms: TermsRef | None = None
    payment_method: MethodCode | None = None
    regime: RegimeCode = "general"
    withholding_rate: Percent | None = None
    language: Literal["", "es", "en"] | None = None
    notes: str | None = None
    allow_duplicate: bool = True
    """False asks to be refused (409) where there may be such a party already."""


class CustomerFields(PartyFields):
    iban: str | None = None
    bic: str | None = None
    mandate_reference: str | None = None
    mandate_signed_on: dt.date | None = None
    mandate_scheme: Literal["", "CORE", "B2B"] | None = None
    mandate_once: bool = False


class SupplierFields(PartyFields):
    same_as: RecordRef | None = None


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
