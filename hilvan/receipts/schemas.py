"""What the API takes for receipts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from hilvan.records.references import RecordRef, TeamRef, UserRef
from hilvan.trade.schemas import MethodCode

Euros = Annotated[Decimal, Field(gt=0, max_digits=16, decimal_places=2)]


class ReceiptFields(BaseModel):
    """What is left out is the invoice's. ``by_terms``: one for each part of its payment terms that is not covered."""

    model_config = ConfigDict(extra="forbid")

    title: str | None = None
    party: RecordRef | None = None
    contact: RecordRef | None = None
    owner: UserRef | None = None
    team: TeamRef | None = None
    invoice: RecordRef | None = None
    by_terms: bool = False
    amount: Euros | None = None
    due_on: dt.date | None = None
    method: MethodCode | None = None
    notes: str | None = None


class Collection(BaseModel):
    model_config = ConfigDict(extra="forbid")

    amount: Euros | None = None
    paid_on: dt.date | None = None
    method: MethodCode = ""


class Reason(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = ""
