"""Incident, what it may be about and through what it reached us."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hilvan.activities.models import Priority
from hilvan.people.models import Company
from hilvan.records.models import Record


class State(models.TextChoices):
    OPEN = "open", pgettext_lazy("incident", "Open")
    CLOSED = "closed", pgettext_lazy("incident", "Closed")


class Category(models.TextChoices):
    FAULT = "fault", _("Fault")
    QUESTION = "question", _("Question")
    COMPLAINT = "complaint", _("Complaint")
    DELIVERY = "delivery", _("Delivery")
    BILLING = "billing", _("Billing")
    OTHER = "other", _("Other")


class Channel(models.TextChoices):
    """Through what it reached us."""

    PHONE = "phone", _("Telephone")
    EMAIL = "email", _("E-mail")
    WEB = "web", _("Website")
    IN_PERSON = "in_person", _("In person")
    OTHER = "other", _("Other")


class Incident(models.Model):
    record = models.OneToOneField(Record, models.PROTECT, primary_key=True, related_name="as_incident")
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    contact = models.ForeignKey(
        Record, models.PROTECT, verbose_name=_("contact"), null=True, blank=True, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.OPEN)
    priority = models.SmallIntegerField(_("priority"), choices=Priority, default=Priority.NORMAL)
    category = models.CharField(_("category"), max_length=20, choices=Category, default=Category.OTHER)
    channel = models.CharField(_("channel"), max_length=20, choices=Channel, default=Channel.OTHER)
    description = models.TextField(_("description"), max_length=100_000, blank=True, default="")
    resolution = models.TextField(_("resolution"), max_length=100_000, blank=True, default="")
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        constraints = [
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="incident_priority_known"),
            models.CheckConstraint(condition=Q(category__in=Category.values), name="incident_category_known"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="incident_channel_known"),
            models.CheckConstraint(
                condition=Q(state=State.CLOSED, closed_at__isnull=False) & ~Q(resolution="")
                | Q(state=State.OPEN, closed_at=None, resolution=""),
                name="incident_closed_with_a_resolution",
            ),
        ]
        indexes = [models.Index(fields=["company", "state", "-record"], name="incident_by_state")]

    def __str__(self) -> str:
        return self.record.title

    @property
    def is_open(self) -> bool:
        return self.state == State.OPEN
