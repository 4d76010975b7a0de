"""Quote and its states."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hilvan.records.models import Record
from hilvan.trade.models import CommercialDocument


class State(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("quote", "Draft")
    SENT = "sent", pgettext_lazy("quote", "Sent")
    ACCEPTED = "accepted", pgettext_lazy("quote", "Accepted")
    REJECTED = "rejected", pgettext_lazy("quote", "Rejected")
    REPLACED = "replaced", pgettext_lazy("quote", "Replaced")


class Quote(CommercialDocument):
    """``valid_until`` is its last day; ``version`` counts from 1, ``replaces`` is the one before."""

    record = models.OneToOneField(Record, models.PROTECT, primary_key=True, related_name="as_quote")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    replaces = models.OneToOneField(
        Record, models.PROTECT, verbose_name=_("replaces"), null=True, blank=True, related_name="quote_after",
        db_constraint=False,
    )  # fmt: skip
    sent_on = models.DateField(_("sent on"), null=True, blank=True)
    answered_on = models.DateField(_("answered on"), null=True, blank=True)
    rejected_reason = models.CharField(_("why it was rejected"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("quote")
        verbose_name_plural = _("quotes")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="quote_state_known"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=models.F("dated")), name="quote_valid_from_its_day"
            ),
        ]
        indexes = [models.Index(fields=["company", "state", "-record"], name="quote_by_state")]
