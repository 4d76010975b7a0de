"""What the API takes for purchase documents."""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, ConfigDict

from hilvan.trade.schemas import DocumentFields


class OrderFields(DocumentFields):
    expected_on: dt.date | None = None


class GoodsReceiptFields(DocumentFields):
    pass


class SupplierInvoiceFields(DocumentFields):
    pass


class Reason(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = ""
