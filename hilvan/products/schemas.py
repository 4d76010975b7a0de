"""What the API takes for a product."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from hilvan.records.references import TeamRef, UserRef
from hilvan.trade.schemas import Percent, TreatmentCode

Price = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=4)]


class ProductFields(BaseModel):
    """All of them can be left out: what a new product needs, the service says."""

    model_config = ConfigDict(extra="forbid")

    title: str | None = None
    owner: UserRef | None = None
    team: TeamRef | None = None
    code: str | None = None
    nature: Literal["goods", "service"] = "goods"
    unit: str | None = None
    price: Price | None = None
    cost: Price | None = None
    vat_rate: Percent | None = None
    treatment: TreatmentCode = "S1"
    description: str | None = None
