"""What the API takes for a document and its lines."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from hilvan.people.models import User
from hilvan.records.references import RecordRef, RecordSchema, TeamRef, UserRef

from .models import PaymentTerms


class ToTerms:
    def find(self, user: User, text: str) -> PaymentTerms | None:
        return PaymentTerms.objects.filter(company=user.company_id, name__iexact=text).first()


TermsRef = Annotated[str, ToTerms()]
Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)]
RegimeCode = Literal["general", "surcharge", "reverse_charge", "intra_community", "export"]
TreatmentCode = Literal["S1", "S2", "E1", "E2", "E3", "E4", "E5", "E6", "N1", "N2"]
MethodCode = Literal["", "transfer", "direct_debit", "cash", "card", "promissory_note", "other"]


class LineSchema(RecordSchema):
    """A line; what is left out is the product's. ``id``: a line that stays; ``source``: the line it takes from."""

    id: int | None = None
    source: int | None = None
    product: RecordRef | None = None
    description: Annotated[str, Field(max_length=1000)] = ""
    quantity: Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=3)] = Decimal(1)
    unit: Annotated[str, Field(max_length=20)] = ""
    price: Annotated[Decimal, Field(max_digits=14, decimal_places=4)] | None = None
    discount: Percent = Decimal(0)
    vat_rate: Percent | None = None
    treatment: TreatmentCode | None = None


class DocumentFields(BaseModel):
    """All of them can be left out: what a new document needs, the service says. ``lines`` replaces all of them."""

    model_config = ConfigDict(extra="forbid")

    title: str | None = None
    party: RecordRef | None = None
    contact: RecordRef | None = None
    owner: UserRef | None = None
    team: TeamRef | None = None
    dated: dt.date | None = None
    reference: str | None = None
    lines: list[LineSchema] = Field(default_factory=list)
    terms: TermsRef | None = None
    payment_method: MethodCode | None = None
    regime: RegimeCode | None = None
    withholding_rate: Percent | None = None
    billing_name: str | None = None
    billing_tax_id: str | None = None
    billing_address: str | None = None
    delivery_address: str | None = None
    notes: str | None = None
