"""What the API takes for work orders."""

from __future__ import annotations

import base64
import binascii
from decimal import Decimal
from typing import Annotated, Any

from django.utils.translation import gettext as _
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from hilvan.activities.schemas import Instant
from hilvan.records.references import RecordSchema, UserRef
from hilvan.trade.schemas import DocumentFields

LARGEST = 400_000
"""Characters of a drawn signature in base64: a telephone's takes a tenth of it."""


def decoded(given: Any) -> bytes:
    """The bytes of a text in base64; whatever stands before a comma (a data URL's beginning) counts for nothing."""
    broken = _("The drawing did not arrive whole: draw it again.")
    if not isinstance(given, str) or len(given) > LARGEST:
        raise ValueError(broken)
    try:
        return base64.b64decode(given.rpartition(",")[2], validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(broken) from error


_picture = WithJsonSchema({"type": "string", "contentEncoding": "base64", "maxLength": LARGEST})
Drawn = Annotated[bytes, BeforeValidator(decoded), _picture]
"""A PNG in base64, as a data URL or without its beginning."""


class WorkOrderFields(DocumentFields):
    """``owner`` is the technician, ``delivery_address`` the place, ``notes`` what is to be done.

    ``tasks`` replaces all of them.
    """

    start_at: Instant | None = None
    end_at: Instant | None = None
    hourly_rate: Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=4)] | None = None
    tasks: list[Annotated[str, Field(max_length=500)]] = Field(default_factory=list)
    report: Annotated[str, Field(max_length=10_000)] | None = None


class Reason(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = ""


class Report(BaseModel):
    model_config = ConfigDict(extra="forbid")

    report: str = ""


class Signing(Report):
    signed_by: str = ""
    drawn: Drawn = b""


class NewTime(RecordSchema):
    """Instants with an offset; without ``person`` one's own."""

    person: UserRef | None = None
    started_at: Instant
    ended_at: Instant
    note: Annotated[str, Field(max_length=300)] = ""


class ChangedTime(RecordSchema):
    person: UserRef | None = None
    started_at: Instant | None = None
    ended_at: Instant | None = None
    note: Annotated[str, Field(max_length=300)] | None = None


class Tick(BaseModel):
    model_config = ConfigDict(extra="forbid")

    done: bool = True
