"""Opportunity; the pipelines and stages through which it goes; the reasons for which it is lost; where it came from."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import ForeignObject, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hilvan.people.models import Company
from hilvan.records.models import Record

WON, LOST = "won", "lost"
ENDS = (WON, LOST)
"""The stages in which an opportunity ends: of each company, and of no pipeline."""

# The names with which every company starts, as gettext knows them.
PIPELINE_NAMES = {"sales": _("Sales")}
STAGE_NAMES = {
    "qualification": _("Qualification"),
    "proposal": _("Proposal"),
    "negotiation": _("Negotiation"),
    WON: _("Won"),
    LOST: _("Lost"),
}
REASON_NAMES = {
    "price": _("Price"),
    "competitor": _("Chose a competitor"),
    "no_budget": _("No budget"),
    "postponed": _("Postponed without date"),
    "no_answer": _("Does not answer"),
    "other": pgettext_lazy("reason", "Other"),
}


class Tone(models.TextChoices):
    """The colour in which a stage is shown, beside its word."""

    NEW = "new", _("Blue")
    PROGRESS = "progress", _("Petrol")
    HOLD = "hold", _("Amber")
    GOOD = "good", _("Green")
    BAD = "bad", _("Red")
    PLAIN = "plain", _("Grey")


class Choice(models.Model):
    """What a company lets its people choose from: never deleted, at most no longer offered."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=100, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        abstract = True
        ordering = ["position", "id"]


class Pipeline(Choice):
    """A way of selling with stages of its own. The first active one is where an opportunity starts."""

    class Meta(Choice.Meta):
        verbose_name = _("pipeline")
        verbose_name_plural = _("pipelines")
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="pipeline_once_in_company")]

    def __str__(self) -> str:
        return self.name or str(PIPELINE_NAMES.get(self.code, self.code))


class Stage(Choice):
    """Where an opportunity stands. Its code is its company's only one, so that it tells the pipeline too.

    ``probability`` is the usual one, in per cent. The two that end it (``ENDS``) belong to no pipeline.
    """

    pipeline = models.ForeignKey(Pipeline, models.PROTECT, null=True, blank=True, related_name="stages")
    probability = models.PositiveSmallIntegerField(
        _("usual probability, %"), validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    tone = models.CharField(_("colour"), max_length=10, choices=Tone, default=Tone.PROGRESS)

    class Meta(Choice.Meta):
        verbose_name = _("stage")
        verbose_name_plural = _("stages")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="stage_once_in_company"),
            models.CheckConstraint(
                condition=Q(probability__gte=0, probability__lte=100), name="stage_probability_in_per_cent"
            ),
            models.CheckConstraint(
                condition=Q(code__in=ENDS, pipeline=None) | (~Q(code__in=ENDS) & Q(pipeline__isnull=False)),
                name="stage_ends_or_is_of_a_pipeline",
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(STAGE_NAMES.get(self.code, self.code))


class LostReason(Choice):
    """A reason for which opportunities are lost, to choose from."""

    class Meta(Choice.Meta):
        verbose_name = _("reason")
        verbose_name_plural = _("reasons")
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="lost_reason_once_in_company")]

    def __str__(self) -> str:
        return self.name or str(REASON_NAMES.get(self.code, self.code))


class Source(models.TextChoices):
    """How the opportunity came about."""

    WEBSITE = "website", _("Website")
    REFERRAL = "referral", _("Referral")
    CAMPAIGN = "campaign", _("Campaign")
    EVENT = "event", _("Trade fair or event")
    PROSPECTING = "prospecting", _("Prospecting")
    EXISTING_CUSTOMER = "existing_customer", _("Existing customer")
    OTHER = "other", _("Other")


class Opportunity(models.Model):
    """What might be sold: probability in per cent, amount in euros without VAT.

    ``stage`` is the code of a ``Stage`` of the company's, which the database guards; ``ended_from`` that of the stage
    in which it was when it was won or lost ("" where that is not known): it tells of which pipeline it was.
    """

    record = models.OneToOneField(Record, models.PROTECT, primary_key=True, related_name="as_opportunity")
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    contact = models.ForeignKey(
        Record, models.PROTECT, verbose_name=_("contact"), null=True, blank=True, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    stage = models.CharField(_("stage"), max_length=40, default="qualification")
    ended_from = models.CharField(_("stage before the end"), max_length=40, blank=True, default="")
    probability = models.PositiveSmallIntegerField(
        _("probability, %"), default=10, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    expected_amount = models.DecimalField(
        _("expected amount"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    expected_close_on = models.DateField(_("expected close"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=20, choices=Source, blank=True, default="")
    description = models.TextField(_("description"), max_length=100_000, blank=True, default="")
    lost_cause = models.ForeignKey(
        LostReason, models.PROTECT, verbose_name=_("reason of the loss"), null=True, blank=True, related_name="+",
        db_constraint=False, db_index=False,
    )  # fmt: skip
    lost_reason = models.CharField(_("why it was lost"), max_length=300, blank=True, default="")
    closed_at = models.DateTimeField(_("won or lost"), null=True, blank=True)

    # By the code that the history has told from the first day on, not by a key: so every past instant can be shown.
    standing = ForeignObject(
        Stage, models.DO_NOTHING, from_fields=["company", "stage"], to_fields=["company", "code"], related_name="+"
    )
    left = ForeignObject(
        Stage, models.DO_NOTHING, from_fields=["company", "ended_from"], to_fields=["company", "code"],
        related_name="+", null=True,
    )  # fmt: skip

    class Meta:
        verbose_name = _("opportunity")
        verbose_name_plural = _("opportunities")
        constraints = [
            models.CheckConstraint(
                condition=Q(probability__gte=0, probability__lte=100), name="opportunity_probability_in_per_cent"
            ),
            models.CheckConstraint(
                condition=Q(expected_amount=None) | Q(expected_amount__gte=0), name="opportunity_amount_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(stage__in=ENDS, closed_at__isnull=False) | (~Q(stage__in=ENDS) & Q(closed_at=None)),
                name="opportunity_ended_with_its_instant",
            ),
            models.CheckConstraint(
                condition=Q(stage=LOST) & (~Q(lost_reason="") | Q(lost_cause__isnull=False))
                | (~Q(stage=LOST) & Q(lost_reason="", lost_cause=None)),
                name="opportunity_lost_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(stage__in=ENDS) | Q(ended_from=""), name="opportunity_ended_from_where_it_ended"
            ),
        ]
        indexes = [models.Index(fields=["company", "stage", "-record"], name="opportunity_by_stage")]

    def __str__(self) -> str:
        return self.record.title

    @property
    def is_open(self) -> bool:
        return self.stage not in ENDS

    @property
    def pipeline(self) -> Pipeline | None:
        """That of its stage, or of the one in which it was; None where that is not known."""
        if self.is_open:
            return self.standing.pipeline
        return self.left.pipeline if self.ended_from and self.left else None

    def get_stage_display(self) -> str:
        return str(self.standing)
