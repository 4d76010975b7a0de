"""The board of opportunities: a pipeline's stages side by side, and at the right what was won and lost lately."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hilvan.people.models import Company
from hilvan.records.kinds import Board, Fact, Filter, Lane, State

from .models import ENDS, LOST, WON, Opportunity, Pipeline, Stage
from .words import day, money, percent

LATELY = dt.timedelta(days=90)
"""So long what has ended stays on the board."""
WEIGHTED = F("expected_amount") * F("probability") / 100
"""What an opportunity is worth as likely as it is, in euros."""


def active(company: Company) -> QuerySet[Pipeline]:
    return Pipeline.objects.filter(company=company.pk, is_active=True)


def several(company: Company) -> list[tuple[str, str]]:
    """The pipelines to choose from; none where there is but one."""
    pipelines = [(one.code, str(one)) for one in active(company)]
    return pipelines if len(pipelines) > 1 else []


def of_pipeline(code: str) -> Q:
    """Being of that pipeline: by the stage, or by the one in which it was when it ended."""
    return Q(standing__pipeline__code=code) | Q(stage__in=ENDS, left__pipeline__code=code)


def lanes(company: Company, part: str) -> list[Lane]:
    """The stages of a pipeline, those no longer active only where something stands in them; then the two ends."""
    pipelines = list(active(company))
    pipeline = next((one for one in pipelines if one.code == part), pipelines[0])
    occupied = Exists(Opportunity.objects.filter(company=company.pk, stage=OuterRef("code")))
    of_it = Q(pipeline=None) | Q(pipeline=pipeline) & (Q(is_active=True) | occupied)
    stages = list(Stage.objects.filter(of_it, company=company.pk).order_by("position", "id"))
    # What ended before it was noted in which stage it was, belongs to the first pipeline.
    ended = Q(left__pipeline=pipeline) | (Q(ended_from="") if pipeline == pipelines[0] else Q(pk__in=[]))
    since = timezone.now() - LATELY
    return [
        *(Lane(as_state(stage), Q(stage=stage.code)) for stage in stages if stage.code not in ENDS),
        *(
            Lane(as_state(stage), Q(stage=stage.code, closed_at__gte=since) & ended, _("last 90 days"))
            for stage in stages
            if stage.code in ENDS
        ),
    ]


def as_state(stage: Stage) -> State:
    return State(stage.code, str(stage), stage.tone)


def moves(opportunity: Any, lanes: Sequence[Lane]) -> dict[str, str]:
    """From an open stage to any other, and to the ends by their verbs; from an end back to an open one."""
    codes = [lane.state.code for lane in lanes if lane.state.code != opportunity.stage]
    if opportunity.is_open:
        return {code: {WON: "win", LOST: "lose"}.get(code, "") for code in codes}
    return {code: "reopen" for code in codes if code not in ENDS}


def card(opportunity: Any) -> list[Fact]:
    """The amount; of an open one its probability where it is not the stage's usual one, and until when, red if over."""
    told = [Fact(_("Amount"), money(opportunity.expected_amount))]
    if opportunity.is_open:
        if opportunity.probability != opportunity.standing.probability:
            told.append(Fact(_("Probability"), percent(opportunity.probability)))
        closes_on = opportunity.expected_close_on
        late = closes_on is not None and closes_on < timezone.localdate()
        told.append(Fact(_("Overdue") if late else _("Expected close"), day(closes_on), tone="late" if late else ""))
    return [fact for fact in told if fact.value]


def say_sums(sums: Mapping[str, Any]) -> list[Fact]:
    told = [Fact(_("Amount"), money(sums["amount"]))]
    if sums["weighted"] and sums["weighted"] != sums["amount"]:
        told.append(Fact(_("weighted"), money(sums["weighted"])))
    return [fact for fact in told if sums["amount"]]


PIPELINE = Filter("pipeline", _("Pipeline"), several, of_pipeline)
BOARD = Board(
    lanes=lanes,
    moves=moves,
    changes="stage",
    parts=several,
    part_label=_("Pipeline"),
    card=card,
    order=(F("expected_close_on").asc(nulls_last=True), "-record"),
    sums={"amount": F("expected_amount"), "weighted": WEIGHTED},
    say_sums=say_sums,
)
