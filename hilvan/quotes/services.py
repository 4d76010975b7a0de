"""Every change of a quote. Pages, API, imports and tests call these."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Unpack

from django.db import transaction
from django.utils.translation import gettext as _

from hilvan.records.history import Actor, acting
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from hilvan.records.services import refuse, required_text, take
from hilvan.trade.services import (
    DocumentFields,
    LineFields,
    bear_document,
    change_document,
    require_lines,
    require_state,
    turn,
)

from .models import Quote, State

VALID_FOR = dt.timedelta(days=30)
"""How long a quote stands unless it says otherwise."""
PARTIES = ("customer",)


class Fields(DocumentFields, total=False):
    """``valid_until`` is the last day on which the customer can accept; without it, 30 days after its date."""

    valid_until: dt.date | None


@transaction.atomic
def create_quote(
    *,
    actor: Actor,
    origin: Record | None = None,
    ref: str = "",
    lines: Sequence[LineFields] = (),
    **fields: Unpack[Fields],
) -> Record:
    """A new quote, a draft; one that is born of a quote is its new version, which replaces it.

    Raises ``ValidationError`` (by field; a line's as "lines.0.price") and ``PermissionDenied``.
    """
    quote = Quote(company=actor.company, record=Record())
    if origin is not None and origin.kind == "quote":
        before = take(origin, Quote, actor)
        require_state(before, State.SENT, State.REJECTED)
        quote.version, quote.replaces = before.version + 1, origin
        turn(before, actor, "replace", state=State.REPLACED)
    day = fields.get("dated") or actor.now.astimezone(actor.company.zone).date()
    fields["valid_until"] = fields.get("valid_until") or day + VALID_FOR
    _check_validity(fields["valid_until"], day)
    return bear_document(
        kinds["quote"], quote, actor, parties=PARTIES, origin=origin, ref=ref, fields=fields, lines=lines
    )


@transaction.atomic
def change_quote(
    record: Record, *, actor: Actor, lines: Sequence[LineFields] | None = None, **fields: Unpack[Fields]
) -> Quote:
    """Set some fields, and all lines if they are given, of a draft. Raises as ``create_quote``."""
    quote = take(record, Quote, actor)
    require_state(quote, State.DRAFT)
    _check_validity(fields.get("valid_until", quote.valid_until), fields.get("dated") or quote.dated)
    acting(actor, "quote.change")
    change_document(quote, actor, parties=PARTIES, fields=fields, lines=lines)
    return quote


@transaction.atomic
def send_quote(record: Record, *, actor: Actor) -> Quote:
    """The customer has it. Raises ``ValidationError`` where it is no draft or has no lines."""
    quote = take(record, Quote, actor)
    require_state(quote, State.DRAFT)
    require_lines(record)
    return turn(quote, actor, "send", state=State.SENT, sent_on=_today(actor))


@transaction.atomic
def accept_quote(record: Record, *, actor: Actor) -> Quote:
    """The customer accepts. Raises ``ValidationError`` where it is not (as good as) sent."""
    quote = take(record, Quote, actor)
    require_state(quote, State.DRAFT, State.SENT)
    require_lines(record)
    return turn(quote, actor, "accept", state=State.ACCEPTED, answered_on=_today(actor))


@transaction.atomic
def reject_quote(record: Record, *, actor: Actor, reason: str) -> Quote:
    """The customer does not want it, for this reason. Raises ``ValidationError``."""
    quote = take(record, Quote, actor)
    require_state(quote, State.DRAFT, State.SENT)
    said = required_text(reason, missing=_("Say why it was rejected."), at_most=300)
    return turn(
        quote, actor, "reject", state=State.REJECTED, note=said, answered_on=_today(actor), rejected_reason=said
    )


@transaction.atomic
def reopen_quote(record: Record, *, actor: Actor, reason: str) -> Quote:
    """What was sent, accepted or rejected is a draft again, for this reason. Raises ``ValidationError``."""
    quote = take(record, Quote, actor)
    require_state(quote, State.SENT, State.ACCEPTED, State.REJECTED)
    said = required_text(reason, missing=_("Say why it is reopened."))
    return turn(
        quote, actor, "reopen", state=State.DRAFT, note=said, sent_on=None, answered_on=None, rejected_reason=""
    )


def _check_validity(until: dt.date | None, day: dt.date) -> None:
    refuse({"valid_until": _("It ends before the quote's date.")} if until is not None and until < day else {})


def _today(actor: Actor) -> dt.date:
    return actor.now.astimezone(actor.company.zone).date()
