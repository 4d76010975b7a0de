"""What the API takes for sales documents."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict

from hilvan.records.references import RecordRef
from hilvan.trade.schemas import DocumentFields


class OrderFields(DocumentFields):
    deliver_on: dt.date | None = None


class NoteFields(DocumentFields):
    received_by: str | None = None


class InvoiceFields(DocumentFields):
    pass


class CreditNoteFields(DocumentFields):
    rectifies: RecordRef | None = None
    rectification: Literal["R1", "R2", "R3", "R4", "R5"] = "R1"
    reason: str | None = None


class Reason(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = ""


class Reception(BaseModel):
    model_config = ConfigDict(extra="forbid")

    received_by: str = ""
