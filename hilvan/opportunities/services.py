"""Every change of an opportunity. Pages, API, imports and tests call these."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from hilvan.people.models import Company, Team, User
from hilvan.records.history import Actor, Channel, acting
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from hilvan.records.services import (
    bear,
    check_all,
    check_contact,
    check_head,
    check_text,
    clean,
    put,
    refuse,
    required_text,
    save,
    take,
)
from hilvan.trade.services import why_blocked

from .models import LOST, WON, LostReason, Opportunity, Stage

ENDING = ("stage", "probability", "ended_from", "closed_at", "lost_reason", "lost_cause")
OWN = ("probability", "expected_amount", "expected_close_on", "source", "description")


class Fields(TypedDict, total=False):
    """What a person can set on an opportunity, at birth and later.

    ``party`` is its customer. ``stage`` is the code of an open one, of whatever pipeline, at birth by default the first
    one of the first: to win and to lose have their own services. ``probability`` is in per cent; without it (or None) a
    new stage brings its usual one. ``expected_amount`` is in euros.
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


def draft_opportunity(
    *, actor: Actor, stages: Mapping[str, Stage] | None = None, **fields: Unpack[Fields]
) -> Opportunity:
    """A new opportunity, checked and not saved; ``stages`` are the ``open_stages`` where the caller has them already.

    Raises ``ValidationError`` (by field).
    """
    opportunity = Opportunity(company=actor.company, record=Record(), stage="")
    stages = open_stages(actor.company) if stages is None else stages
    if not fields.get("stage"):
        fields["stage"] = next(iter(stages), "")
    changed = _put(opportunity, fields, stages)
    _check(opportunity, actor, changed | {"party", "stage"}, stages)
    return opportunity


@transaction.atomic
def create_opportunity(
    *, actor: Actor, origin: Record | None = None, ref: str = "", **fields: Unpack[Fields]
) -> Record:
    """A new opportunity of ``party``, a customer that is not blocked.

    Raises ``ValidationError`` (by field) and ``PermissionDenied``.
    """
    return bear(kinds["opportunity"], draft_opportunity(actor=actor, **fields), actor, origin=origin, ref=ref)


@transaction.atomic
def change_opportunity(record: Record, *, actor: Actor, **fields: Unpack[Fields]) -> Opportunity:
    """Set some fields. Raises ``ValidationError`` (by field) and ``PermissionDenied``."""
    opportunity = take(record, Opportunity, actor)
    was_open = opportunity.is_open
    stages = open_stages(actor.company) if "stage" in fields else {}
    changed = _put(opportunity, fields, stages)
    _check(opportunity, actor, changed, stages, was_open=was_open)
    acting(actor, "opportunity.change")
    save(opportunity, changed)
    return opportunity


@transaction.atomic
def win_opportunity(record: Record, *, actor: Actor) -> Opportunity:
    """The customer buys. Raises ``ValidationError`` where it is not open, and ``PermissionDenied``."""
    opportunity = take(record, Opportunity, actor)
    _check_open(opportunity)
    acting(actor, "opportunity.win")
    save(opportunity, put_end(opportunity, WON, closed_at=actor.now))
    return opportunity


@transaction.atomic
def lose_opportunity(record: Record, *, actor: Actor, cause: str = "", reason: str = "") -> Opportunity:
    """The customer does not buy: for one of the company's reasons (its code), for this one in words, or for both.

    Raises ``ValidationError`` (by field, or where it is not open) and ``PermissionDenied``.
    """
    opportunity = take(record, Opportunity, actor)
    _check_open(opportunity)
    chosen = LostReason.objects.filter(company=actor.company, code=cause, is_active=True).first() if cause else None
    reason = (reason or "").strip()
    check_all(
        lambda: refuse({"cause": _("This does not exist.")} if cause and chosen is None else {}),
        lambda: check_text(reason, field="reason", at_most=300),
        lambda: refuse({} if cause or reason else {"reason": _("Say why it was lost.")}),
    )
    acting(actor, "opportunity.lose", note=reason)
    save(opportunity, put_end(opportunity, LOST, closed_at=actor.now, lost_reason=reason, lost_cause=chosen))
    return opportunity


@transaction.atomic
def reopen_opportunity(record: Record, *, actor: Actor, reason: str, stage: str = "") -> Opportunity:
    """What had been won or lost is open again, for this reason: in this stage, else in that in which it was.

    Raises ``ValidationError`` (by field, or where it is open) and ``PermissionDenied``.
    """
    opportunity = take(record, Opportunity, actor)
    if opportunity.is_open:
        raise ValidationError(_("The opportunity is open."), code="not_now")
    stages = open_stages(actor.company)
    if not stage:
        stage = opportunity.ended_from if opportunity.ended_from in stages else next(iter(stages), "")
    check_all(
        lambda: refuse({} if stage in stages else {"stage": _not_a_stage(stages)}),
        lambda: required_text(reason, missing=_("Say why it is reopened.")),
    )
    acting(actor, "opportunity.reopen", note=reason.strip())
    opportunity.stage, opportunity.probability = stage, stages[stage].probability
    opportunity.ended_from = opportunity.lost_reason = ""
    opportunity.closed_at = opportunity.lost_cause = None
    save(opportunity, ENDING)
    return opportunity


def open_stages(company: Company) -> dict[str, Stage]:
    """By code, in their order, the stages in which an opportunity can be put: one query."""
    stages = Stage.objects.filter(company=company.pk, is_active=True, pipeline__is_active=True)
    ordered = stages.select_related("pipeline").order_by("pipeline__position", "pipeline", "position", "id")
    return {stage.code: stage for stage in ordered}


def put_end(
    opportunity: Opportunity,
    stage: str,
    *,
    closed_at: dt.datetime,
    lost_reason: str = "",
    lost_cause: LostReason | None = None,
) -> set[str]:
    """Set on an open one, unsaved, that it was won or lost; answers the names of the fields."""
    opportunity.ended_from, opportunity.stage = opportunity.stage, stage
    opportunity.probability = 100 if stage == WON else 0
    opportunity.closed_at, opportunity.lost_reason, opportunity.lost_cause = closed_at, lost_reason, lost_cause
    return set(ENDING)


def _put(opportunity: Opportunity, fields: Fields, stages: Mapping[str, Stage]) -> set[str]:
    """Set the fields; where no probability is given, a new stage brings its usual one."""
    given: dict[str, Any] = {**fields}
    stage = given.get("stage", opportunity.stage)
    if given.get("probability") is None:
        given.pop("probability", None)
        if stage != opportunity.stage and stage in stages:
            given["probability"] = stages[stage].probability
    return put(opportunity, given)


def _check(
    opportunity: Opportunity,
    actor: Actor,
    changed: Collection[str],
    stages: Mapping[str, Stage],
    *,
    was_open: bool = True,
) -> None:
    errors: dict[str, Any] = {}
    party = opportunity.record.party if "party" in changed else None
    if "party" in changed and party is None:
        errors["party"] = _("Say for which customer it is.")
    elif actor.channel is not Channel.IMPORT and (why := why_blocked(party)):
        errors["party"] = why
    if not was_open and {"stage", "probability"} & set(changed):
        errors["stage"] = _("It has been won or lost: reopen it first.")
    elif "stage" in changed and opportunity.stage not in stages:
        errors["stage"] = _not_a_stage(stages)
    named = {"party", "contact"} & set(changed)
    check_all(
        lambda: check_head(opportunity.record, actor, changed, parties=["customer"]),
        lambda: check_contact(actor, opportunity.contact, opportunity.record.party) if named else None,
        lambda: refuse(errors),
        lambda: clean(opportunity, *(name for name in OWN if name not in errors)),
    )


def _check_open(opportunity: Opportunity) -> None:
    if opportunity.stage == WON:
        raise ValidationError(_("The opportunity has been won already."), code="not_now")
    if opportunity.stage == LOST:
        raise ValidationError(_("The opportunity has been lost already."), code="not_now")


def _not_a_stage(stages: Mapping[str, Stage]) -> str:
    return _("It can stand in: %(stages)s. To win or to lose it is a step of its own.") % {
        "stages": ", ".join(map(str, stages.values()))
    }
