"""What the API takes for remittances."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field

from hilvan.people.identifiers import check_iban
from hilvan.people.models import User
from hilvan.records.references import RecordSchema, TeamRef, ToRecord, UserRef

from .models import BankAccount


class ToAccount:
    """By its IBAN or its name."""

    def find(self, user: User, text: str) -> BankAccount | None:
        accounts = BankAccount.objects.filter(company=user.company_id)
        try:
            return accounts.filter(iban=check_iban(text)).first()
        except ValidationError:
            return accounts.filter(name__iexact=text).first()


class RemittanceFields(RecordSchema):
    """``account`` is one of our accounts, by its IBAN or its name; ``receipts`` are all of them, by id or number."""

    title: str | None = None
    owner: UserRef | None = None
    team: TeamRef | None = None
    account: Annotated[str, ToAccount()] | None = None
    collect_on: dt.date | None = None
    scheme: Literal["CORE", "B2B"] = "CORE"
    receipts: list[str] = Field(default_factory=list, max_length=2000)
    notes: str | None = None

    def service_fields(self, user: User) -> dict[str, Any]:
        fields = super().service_fields(user)
        if "receipts" in fields:
            found = ToRecord().find_all(user, self.receipts)
            if missing := [text for text in self.receipts if text not in found]:
                raise ValidationError({"receipts": _("“%(value)s” does not exist.") % {"value": missing[0]}})
            fields["receipts"] = [found[text] for text in self.receipts]
        return fields


class Collection(BaseModel):
    model_config = ConfigDict(extra="forbid")

    paid_on: dt.date | None = None


class Reason(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = ""
