"""Incident, what it may be about and through what it reached us; the service levels that are promised."""

from __future__ import annotations

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Least
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hilvan.activities.models import FAR_FUTURE, HoldReason, Priority
from hilvan.people.models import Company
from hilvan.records.models import Record


class State(models.TextChoices):
    OPEN = "open", pgettext_lazy("incident", "Open")
    IN_PROGRESS = "in_progress", pgettext_lazy("incident", "In progress")
    ON_HOLD = "on_hold", pgettext_lazy("incident", "On hold")
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


class ServiceLevel(models.Model):
    """What a company promises for incidents of a priority, in minutes of working time; None where it does not."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    priority = models.SmallIntegerField(_("priority"), choices=Priority)
    answer_minutes = models.PositiveIntegerField(_("first answer, minutes"), null=True, blank=True)
    resolution_minutes = models.PositiveIntegerField(_("resolution, minutes"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "priority"], name="service_level_once_in_priority"),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="service_level_priority_known"),
        ]

    def __str__(self) -> str:
        return self.get_priority_display()


def _running(column: str, unless: Q | None = None) -> Case:
    """The due instant while it counts: not where the clock was stopped before it was reached."""
    stopped = Q(held_at__isnull=False) & Q(**{f"{column}__gt": F("held_at")})
    counts = Q(**{f"{column}__isnull": False}) & ~stopped
    return Case(When(counts & unless if unless else counts, then=F(column)), default=Value(FAR_FUTURE))


class Incident(models.Model):
    """What went wrong. The due instants are those promised: of the first answer and of the resolution.

    ``held_at`` is since when the clock stands, ``held_seconds`` the working time that has not counted so far, on hold
    or closed. ``due_sort`` is the next due instant which still runs, or which has passed: then it is out of time.
    """

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
    answer_due_at = models.DateTimeField(_("first answer due"), null=True, blank=True)
    answered_at = models.DateTimeField(_("first answer"), null=True, blank=True)
    resolution_due_at = models.DateTimeField(_("resolution due"), null=True, blank=True)
    waiting_for = models.CharField(_("waiting for"), max_length=12, choices=HoldReason, blank=True, default="")
    held_at = models.DateTimeField(_("on hold since"), null=True, blank=True)
    held_seconds = models.PositiveIntegerField(_("working time on hold, seconds"), null=True, blank=True)
    duplicate_of = models.ForeignKey(
        Record, models.PROTECT, verbose_name=_("duplicate of"), null=True, blank=True, related_name="+",
        db_constraint=False, db_index=False,
    )  # fmt: skip
    due_sort = models.GeneratedField(
        expression=Case(
            When(state=State.CLOSED, then=Value(FAR_FUTURE)),
            default=Least(_running("answer_due_at", Q(answered_at=None)), _running("resolution_due_at")),
        ),
        output_field=models.DateTimeField(),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        constraints = [
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="incident_priority_known"),
            models.CheckConstraint(condition=Q(category__in=Category.values), name="incident_category_known"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="incident_channel_known"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="incident_state_known"),
            models.CheckConstraint(
                condition=Q(state=State.CLOSED, closed_at__isnull=False)
                & (~Q(resolution="") | Q(duplicate_of__isnull=False))
                | ~Q(state=State.CLOSED) & Q(closed_at=None, resolution="", duplicate_of=None),
                name="incident_closed_with_a_resolution",
            ),
            models.CheckConstraint(
                condition=Q(state=State.ON_HOLD, held_at__isnull=False) & ~Q(waiting_for="")
                | ~Q(state=State.ON_HOLD) & Q(held_at=None, waiting_for=""),
                name="incident_on_hold_with_a_reason",
            ),
            models.CheckConstraint(condition=~Q(duplicate_of=F("record")), name="incident_no_duplicate_of_itself"),
        ]
        indexes = [
            models.Index(fields=["company", "state", "-record"], name="incident_by_state"),
            models.Index(fields=["company", "due_sort", "record"], name="incident_by_due"),
            models.Index(fields=["duplicate_of"], condition=Q(duplicate_of__isnull=False), name="incident_duplicates"),
        ]

    def __str__(self) -> str:
        return self.record.title

    @property
    def is_open(self) -> bool:
        return self.state != State.CLOSED
