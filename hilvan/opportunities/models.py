"""Opportunity, its stages and where it may come from."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hilvan.people.models import Company
from hilvan.records.models import Record


class Stage(models.TextChoices):
    QUALIFICATION = "qualification", _("Qualification")
    PROPOSAL = "proposal", _("Proposal")
    NEGOTIATION = "negotiation", _("Negotiation")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")


ENDS = (Stage.WON, Stage.LOST)
OPEN = tuple(stage for stage in Stage if stage not in ENDS)
PROBABILITY = {Stage.QUALIFICATION: 10, Stage.PROPOSAL: 40, Stage.NEGOTIATION: 70, Stage.WON: 100, Stage.LOST: 0}
"""The usual probability of each stage, in per cent."""


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
    """What might be sold: probability in per cent, amount in euros without VAT."""

    record = models.OneToOneField(Record, models.PROTECT, primary_key=True, related_name="as_opportunity")
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    contact = models.ForeignKey(
        Record, models.PROTECT, verbose_name=_("contact"), null=True, blank=True, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    stage = models.CharField(_("stage"), max_length=20, choices=Stage, default=Stage.QUALIFICATION)
    probability = models.PositiveSmallIntegerField(
        _("probability, %"),
        default=PROBABILITY[Stage.QUALIFICATION],
        validators=[MinValueValidator(0), MaxValueValidator(100)],
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
    lost_reason = models.CharField(_("why it was lost"), max_length=300, blank=True, default="")
    closed_at = models.DateTimeField(_("won or lost"), null=True, blank=True)

    class Meta:
        verbose_name = _("opportunity")
        verbose_name_plural = _("opportunities")
        constraints = [
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="opportunity_stage_known"),
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
                condition=Q(stage=Stage.LOST) & ~Q(lost_reason="") | (~Q(stage=Stage.LOST) & Q(lost_reason="")),
                name="opportunity_lost_with_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["company", "stage", "-record"], name="opportunity_by_stage")]

    def __str__(self) -> str:
        return self.record.title

    @property
    def is_open(self) -> bool:
        return self.stage not in ENDS
