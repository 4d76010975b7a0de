"""What the API takes for a quote."""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, ConfigDict

from hilvan.trade.schemas import DocumentFields


class QuoteFields(DocumentFields):
    valid_until: dt.date | None = None


class Reason(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = ""
