"""The activity as it stands, and its situations: how it has stood."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hilvan.people.models import Company, Team, User
from hilvan.records.models import Fold, Record, visible

from .configuration import ActivityResult, ActivityType

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

FAR_FUTURE = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)


class State(models.TextChoices):
    NEW = "new", _("New")
    ON_HOLD = "on_hold", _("On hold")
    IN_PROGRESS = "in_progress", _("In progress")
    CLOSED = "closed", _("Closed")


class Priority(models.IntegerChoices):
    LOW = 0, _("Low")
    NORMAL = 1, _("Normal")
    HIGH = 2, _("High")
    URGENT = 3, _("Urgent")


class HoldReason(models.TextChoices):
    CUSTOMER = "customer", _("Customer")
    SUPPLIER = "supplier", _("Supplier")
    PART = "part", _("Part")
    COLLEAGUE = "colleague", _("Colleague")
    PAYMENT = "payment", _("Payment")
    OTHER = "other", pgettext_lazy("waiting for", "Other")


def link(to: type[models.Model], label: _StrOrPromise, *, required: bool = False) -> Any:
    """A reference without a constraint of its own: the composite one with the company guards it on ``Activity``."""
    return models.ForeignKey(
        to,
        models.PROTECT,
        verbose_name=label,
        null=not required,
        blank=not required,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )


class Standing(models.Model):
    """How an activity stands: every column that can change, and the origin, which can't.

    The description is left out of the situations, being long: a past one is rebuilt from the changes.
    """

    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    type = link(ActivityType, _("type"), required=True)
    subject = models.CharField(_("subject"), max_length=255)
    priority = models.SmallIntegerField(_("priority"), choices=Priority, default=Priority.NORMAL)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.NEW)
    assignee = link(User, _("assignee"))
    team = link(Team, _("team"))
    origin = link(Record, _("origin"))
    party = link(Record, _("customer or supplier"))
    contact = link(Record, _("contact"))
    place = models.CharField(_("place or video link"), max_length=500, blank=True, default="")
    start_at = models.DateTimeField(_("start"), null=True, blank=True)
    end_at = models.DateTimeField(_("end"), null=True, blank=True)
    all_day = models.BooleanField(_("whole days"), default=False)
    deferred = models.BooleanField(_("deferred"), default=False)
    promised_start_at = models.DateTimeField(_("first promised start"), null=True, blank=True)
    promised_end_at = models.DateTimeField(_("first promised end"), null=True, blank=True)
    deferrals = models.PositiveSmallIntegerField(_("times deferred"), default=0)
    remind_at = models.DateTimeField(_("reminder"), null=True, blank=True)
    estimated_minutes = models.PositiveIntegerField(_("estimated time, minutes"), null=True, blank=True)
    spent_minutes = models.PositiveIntegerField(_("spent time, minutes"), null=True, blank=True)
    begun_at = models.DateTimeField(_("really begun"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    result = link(ActivityResult, _("result"))
    hold_reason = models.CharField(_("waiting for"), max_length=12, choices=HoldReason, blank=True, default="")
    hold_for_user = link(User, _("waiting for the person"))
    hold_for_record = link(Record, _("waiting for the record"))
    hold_until = models.DateTimeField(_("on hold until"), null=True, blank=True)
    hold_returns_to = models.CharField(_("returns to"), max_length=12, choices=State, blank=True, default="")
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)
    # Lists page by key, so what they sort by is never null: without an end, an activity stands last.
    end_sort = models.GeneratedField(
        expression=Coalesce(F("end_at"), Value(FAR_FUTURE)), output_field=models.DateTimeField(), db_persist=True
    )
    subject_key = models.GeneratedField(
        expression=Fold(F("subject")), output_field=models.TextField(db_collation="C"), db_persist=True
    )

    class Meta:
        abstract = True


class ActivityQuerySet(models.QuerySet["Activity"]):
    def visible_to(self, user: User) -> ActivityQuerySet:
        return self.filter(visible(user, "record__"), company=user.company_id)

    def open(self) -> ActivityQuerySet:
        return self.exclude(state=State.CLOSED)


class Activity(Standing):
    """The current standing of an activity, with its description."""

    record = models.OneToOneField(Record, models.PROTECT, primary_key=True, related_name="as_activity")
    description = models.TextField(_("description"), blank=True, default="")
    # How often what people's calendars have of it was changed (SEQUENCE, RFC 5545, 3.8.7.4). No part of the history.
    sequence = models.PositiveIntegerField(default=0, editable=False)

    objects: ClassVar[ActivityQuerySet] = ActivityQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="activity_state_known"),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="activity_priority_known"),
            models.CheckConstraint(
                condition=Q(end_at=None) | Q(start_at=None) | Q(end_at__gte=F("start_at")),
                name="activity_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(deferred=False) | Q(start_at__isnull=False, end_at__isnull=False),
                name="activity_deferred_has_dates",
            ),
            models.CheckConstraint(condition=~Q(subject=""), name="activity_has_subject"),
        ]
        indexes = [
            models.Index(
                fields=["company", "assignee", "end_sort", "record"],
                condition=~Q(state=State.CLOSED),
                name="activity_open_of_assignee",
            ),
            models.Index(fields=["company", "state", "end_sort", "record"], name="activity_by_state"),
            models.Index(fields=["company", "end_sort", "record"], name="activity_by_end"),
            models.Index(
                fields=["company", "end_sort", "record"], condition=~Q(state=State.CLOSED), name="activity_open_by_end"
            ),
            models.Index(
                fields=["hold_until"],
                condition=Q(state=State.ON_HOLD, hold_until__isnull=False),
                name="activity_hold_due",
            ),
            models.Index(
                fields=["start_at"], condition=Q(deferred=True) & ~Q(state=State.CLOSED), name="activity_deferral_due"
            ),
            models.Index(
                F("company"),
                F("closed_at").desc(nulls_last=True),
                F("record").desc(),
                condition=Q(state=State.CLOSED),
                name="activity_closed_newest",
            ),
            models.Index(fields=["company", "-record"], name="activity_newest"),
            models.Index(fields=["origin", "end_sort"], name="activity_of_origin"),
            models.Index(fields=["party", "end_sort"], name="activity_of_party"),
            models.Index(fields=["contact"], condition=Q(contact__isnull=False), name="activity_of_contact"),
            models.Index(fields=["team", "end_sort"], name="activity_of_team"),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def number(self) -> str:
        return self.record.number


RELATED = (
    "company", "type", "assignee", "team", "origin", "party", "contact", "result", "hold_for_user", "hold_for_record",
)  # fmt: skip
"""What all of an activity tells of (``select_related``)."""


def bigint(key: int) -> Cast:
    """A key of a situation's activity: a bare integer may have four bytes, and the index of the constraint that keeps
    situations from overlapping knows those of eight alone."""
    return Cast(Value(key), models.BigIntegerField())


class Situation(Standing):
    """How an activity stood during an interval. Written by the database's triggers alone."""

    written_by_database = True

    activity = models.ForeignKey(
        Record, models.DO_NOTHING, related_name="situations", db_constraint=False, db_index=False
    )
    valid = DateTimeRangeField(_("valid"))

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="situation_never_overlaps",
                expressions=[("activity", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
            ),
            models.UniqueConstraint(
                fields=["activity"], condition=Q(valid__upper_inf=True), name="situation_current_once"
            ),
        ]
        indexes = [
            GistIndex(fields=["company", "valid"], condition=~Q(state=State.CLOSED), name="situation_open_at"),
            models.Index(F("company"), Func(F("valid"), function="lower"), name="situation_by_start"),
            models.Index(F("company"), Func(F("valid"), function="upper"), name="situation_by_end"),
            models.Index(fields=["party"], name="situation_of_party"),
            models.Index(
                F("company"),
                F("closed_at").desc(nulls_last=True),
                F("activity").desc(),
                condition=Q(state=State.CLOSED),
                name="situation_closed_newest",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.valid}"
