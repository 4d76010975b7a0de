"""What an administrator changes of pipelines, stages and reasons of loss; and those with which a company starts.

None is ever deleted, nor gets another code: what is not active is no longer offered, and stays where it was chosen.
"""

from __future__ import annotations

from typing import TypedDict, TypeVar, Unpack

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from hilvan.people.models import Company, User
from hilvan.records.services import check_all, clean, refuse

from .models import ENDS, PIPELINE_NAMES, REASON_NAMES, STAGE_NAMES, Choice, LostReason, Pipeline, Stage, Tone
from .services import open_stages

USUAL_NAMES = {Pipeline: PIPELINE_NAMES, Stage: STAGE_NAMES, LostReason: REASON_NAMES}
C = TypeVar("C", bound=Choice)

# Code, usual probability in per cent, tone.
FIRST_STAGES = (("qualification", 10, Tone.NEW), ("proposal", 40, Tone.PROGRESS), ("negotiation", 70, Tone.PROGRESS))
FIRST_ENDS = (("won", 100, Tone.GOOD), ("lost", 0, Tone.BAD))


class ChoiceFields(TypedDict, total=False):
    name: str
    position: int
    is_active: bool


class StageFields(ChoiceFields, total=False):
    probability: int
    tone: str


@transaction.atomic
def put_pipeline(pipeline: Pipeline | None, *, by: User, **fields: Unpack[ChoiceFields]) -> Pipeline:
    """A pipeline as it is to be; for None a new one, with one stage to begin with.

    Raises ``PermissionDenied`` and ``ValidationError`` (by field).
    """
    company = _administered(by)
    is_new = pipeline is None
    pipeline = _put(pipeline or Pipeline(company=company), by, {**fields})
    if is_new:
        Stage.objects.create(
            company=company,
            pipeline=pipeline,
            code=_free_code(Stage, company, f"{pipeline.code}-1"),
            name=_("First stage"),
            probability=10,
            tone=Tone.NEW,
            position=1,
        )
    _check_startable(company)
    return pipeline


@transaction.atomic
def put_stage(
    stage: Stage | None, *, by: User, pipeline: Pipeline | None = None, **fields: Unpack[StageFields]
) -> Stage:
    """A stage as it is to be; for None a new one of ``pipeline``. An existing one keeps its pipeline.

    The two that end an opportunity keep their probability, their tone and their place, and are always active.
    """
    company = _administered(by)
    given = {**fields}
    if stage is None:
        stage = Stage(company=company, pipeline=pipeline)
        if pipeline is None or pipeline.company_id != company.pk:
            raise PermissionDenied(_("This does not exist."))
    elif stage.code in ENDS:
        given = {name: value for name, value in given.items() if name == "name"}
    stage = _put(stage, by, given, "probability", "tone")
    _check_startable(company)
    return stage


@transaction.atomic
def put_lost_reason(reason: LostReason | None, *, by: User, **fields: Unpack[ChoiceFields]) -> LostReason:
    """A reason of loss as it is to be; for None a new one."""
    return _put(reason or LostReason(company=_administered(by)), by, {**fields})


def set_up_company(company: Company) -> None:
    """The pipeline with its stages, the two ends and the reasons of loss that a company starts with."""
    pipeline = Pipeline.objects.create(company=company, code="sales", position=1)
    Stage.objects.bulk_create(
        Stage(
            company=company,
            pipeline=None if code in ENDS else pipeline,
            code=code,
            probability=probability,
            tone=tone,
            position=position,
        )
        for position, (code, probability, tone) in enumerate((*FIRST_STAGES, *FIRST_ENDS), start=1)
    )
    LostReason.objects.bulk_create(
        LostReason(company=company, code=code, position=position) for position, code in enumerate(REASON_NAMES, start=1)
    )


def _put(choice: C, by: User, fields: dict[str, object], *more: str) -> C:
    """Set what is given, check and save; a new one gets a code made from its name."""
    company = _administered(by)
    if choice.company_id != company.pk:
        raise PermissionDenied(_("This does not exist."))
    for name, value in fields.items():
        setattr(choice, name, value.strip() if isinstance(value, str) else value)
    if choice.pk is None:
        choice.code = _free_code(type(choice), company, choice.name)
    nameless = not choice.name and choice.code not in USUAL_NAMES[type(choice)]
    check_all(
        lambda: clean(choice, "name", "position", "is_active", *more),
        lambda: refuse({"name": _("Give it a name.")} if nameless else {}),
    )
    choice.save()
    return choice


def _administered(by: User) -> Company:
    """The company, locked: what is checked of all its stages together holds when it is committed."""
    if not (by.is_active and by.role.administers):
        raise PermissionDenied(_("Only who administers the company may do this."))
    return Company.objects.select_for_update(no_key=True).get(pk=by.company_id)


def _check_startable(company: Company) -> None:
    """In each active pipeline, and in one at least, an opportunity must be able to start."""
    stages = open_stages(company)
    active = Pipeline.objects.filter(company=company, is_active=True)
    if not stages or {stage.pipeline_id for stage in stages.values()} != {one.pk for one in active}:
        raise ValidationError({"is_active": _("One pipeline at least, and one stage of each, has to be active.")})


def _free_code(model: type[Choice], company: Company, name: str) -> str:
    """A code that is not taken yet, as the API knows it: "demostracion", "demostracion-2"."""
    taken = {*model._default_manager.filter(company=company).values_list("code", flat=True), *USUAL_NAMES[model]}
    slug, n = slugify(name)[:34] or "other", 1
    while (code := slug if n == 1 else f"{slug}-{n}") in taken:
        n += 1
    return code
