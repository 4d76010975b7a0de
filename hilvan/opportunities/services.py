"""Every change of an opportunity. Pages, API, imports and tests call these."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from hilvan.parties.services import why_blocked
from hilvan.people.models import Team, User
from hilvan.records.history import Actor, Channel, acting
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from hilvan.records.services import (
    bear,
    check_all,
    check_contact,
    check_head,
    clean,
    put,
    refuse,
    required_text,
    save,
    take,
)

from .models import OPEN, PROBABILITY, Opportunity, Stage

OWN = ("stage", "probability", "expected_amount", "expected_close_on", "source", "description")


class Fields(TypedDict, total=False):
    """What a person can set on an opportunity, at birth and later.

    ``party`` is its customer. ``probability`` is in per cent; without it (or None) a new stage brings its usual one.
    ``expected_amount`` is in euros. ``stage`` is an open one: to win and to lose have their own services.
    """

    title: str
    party: Record | None
    contact: Record | None
    owner: User | None
    team: Team | None
    stage: str
    probability: int | None
    expected_amount: Decimal | None
    expected_close_on: dt.date | None
    source: str
    description: str


@transaction.atomic
def create_opportunity(
    *, actor: Actor, origin: Record | None = None, ref: str = "", **fields: Unpack[Fields]
) -> Record:
    """A new opportunity of ``party``, a customer that is not blocked.

    Raises ``ValidationError`` (by field) and ``PermissionDenied``.
    """
    opportunity = Opportunity(company=actor.company, record=Record())
    changed = _put(opportunity, fields)
    _check(opportunity, actor, changed | {"party", "stage"})
    return bear(kinds["opportunity"], opportunity, actor, origin=origin, ref=ref)


@transaction.atomic
def change_opportunity(record: Record, *, actor: Actor, **fields: Unpack[Fields]) -> Opportunity:
    """Set some fields. Raises ``ValidationError`` (by field) and ``PermissionDenied``."""
    opportunity = take(record, Opportunity, actor)
    was_open = opportunity.is_open
    changed = _put(opportunity, fields)
    _check(opportunity, actor, changed, was_open=was_open)
    acting(actor, "opportunity.change")
    save(opportunity, changed)
    return opportunity


@transaction.atomic
def win_opportunity(record: Record, *, actor: Actor) -> Opportunity:
    """The customer buys. Raises ``ValidationError`` where it is not open, and ``PermissionDenied``."""
    opportunity = take(record, Opportunity, actor)
    _check_open(opportunity)
    acting(actor, "opportunity.win")
    return _end(opportunity, Stage.WON, closed_at=actor.now)


@transaction.atomic
def lose_opportunity(record: Record, *, actor: Actor, reason: str) -> Opportunity:
    """The customer does not buy, for this reason.

    Raises ``ValidationError`` (``reason``, or where it is not open) and ``PermissionDenied``.
    """
    opportunity = take(record, Opportunity, actor)
    _check_open(opportunity)
    reason = required_text(reason, missing=_("Say why it was lost."), at_most=300)
    acting(actor, "opportunity.lose", note=reason)
    return _end(opportunity, Stage.LOST, closed_at=actor.now, lost_reason=reason)


@transaction.atomic
def reopen_opportunity(record: Record, *, actor: Actor, reason: str, stage: str = Stage.NEGOTIATION) -> Opportunity:
    """What had been won or lost is open again, for this reason, in this stage.

    Raises ``ValidationError`` (by field, or where it is open) and ``PermissionDenied``.
    """
    opportunity = take(record, Opportunity, actor)
    if opportunity.is_open:
        raise ValidationError(_("The opportunity is open."), code="not_now")
    check_all(
        lambda: refuse({} if stage in OPEN else {"stage": _not_a_stage()}),
        lambda: required_text(reason, missing=_("Say why it is reopened.")),
    )
    acting(actor, "opportunity.reopen", note=reason.strip())
    return _end(opportunity, Stage(stage), closed_at=None)


def _end(
    opportunity: Opportunity, stage: Stage, *, closed_at: dt.datetime | None, lost_reason: str = ""
) -> Opportunity:
    opportunity.stage, opportunity.probability = stage, PROBABILITY[stage]
    opportunity.closed_at, opportunity.lost_reason = closed_at, lost_reason
    save(opportunity, {"stage", "probability", "closed_at", "lost_reason"})
    return opportunity


def _put(opportunity: Opportunity, fields: Fields) -> set[str]:
    """Set the fields; where no probability is given, a new stage brings its usual one."""
    given: dict[str, Any] = {**fields}
    stage = given.get("stage", opportunity.stage)
    if given.get("probability") is None:
        given.pop("probability", None)
        if stage != opportunity.stage and stage in OPEN:
            given["probability"] = PROBABILITY[Stage(stage)]
    return put(opportunity, given)


def _check(opportunity: Opportunity, actor: Actor, changed: Collection[str], *, was_open: bool = True) -> None:
    errors: dict[str, Any] = {}
    party = opportunity.record.party if "party" in changed else None
    if "party" in changed and party is None:
        errors["party"] = _("Say for which customer it is.")
    elif actor.channel is not Channel.IMPORT and (why := why_blocked(party)):
        errors["party"] = why
    if not was_open and {"stage", "probability"} & set(changed):
        errors["stage"] = _("It has been won or lost: reopen it first.")
    elif was_open and opportunity.stage not in OPEN:
        errors["stage"] = _not_a_stage()
    named = {"party", "contact"} & set(changed)
    check_all(
        lambda: check_head(opportunity.record, actor, changed, parties=["customer"]),
        lambda: check_contact(actor, opportunity.contact, opportunity.record.party) if named else None,
        lambda: refuse(errors),
        lambda: clean(opportunity, *(name for name in OWN if name not in errors)),
    )


def _check_open(opportunity: Opportunity) -> None:
    if opportunity.stage == Stage.WON:
        raise ValidationError(_("The opportunity has been won already."), code="not_now")
    if opportunity.stage == Stage.LOST:
        raise ValidationError(_("The opportunity has been lost already."), code="not_now")


def _not_a_stage() -> str:
    return _("It can stand in: %(stages)s. To win or to lose it is a step of its own.") % {
        "stages": ", ".join(str(stage.label) for stage in OPEN)
    }
