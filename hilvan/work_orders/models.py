"""Work order, its tasks, and the time that was worked on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hilvan.people.models import Company, User
from hilvan.records.models import Attachment, Record
from hilvan.trade.models import CommercialDocument, Done, Line


class State(models.TextChoices):
    PLANNED = "planned", pgettext_lazy("work order", "Planned")
    IN_PROGRESS = "in_progress", pgettext_lazy("work order", "In progress")
    DONE = "done", pgettext_lazy("work order", "Done")
    CANCELLED = "cancelled", pgettext_lazy("work order", "Cancelled")


OPEN = (State.PLANNED, State.IN_PROGRESS)
"""In these states something is still to be done, and lines, times and tasks can be changed."""


class WorkOrder(CommercialDocument):
    """``start_at`` to ``end_at`` is when it is planned; ``begun_at`` and ``finished_at`` are written by the services.

    ``hourly_rate`` is the price of an hour in euros without VAT; 0 where hours are not charged. ``labour`` is the line
    into which finishing turned the hours. ``report`` tells what was done. ``notes`` what is to be done. ``signature``
    is what the customer drew; without it ``signed_by`` was only typed. The place is ``delivery_address``.
    """

    takes_from = frozenset({"sales_order"})
    noted = {"invoiced": "invoice"}

    record = models.OneToOneField(Record, models.PROTECT, primary_key=True, related_name="as_work_order")
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.PLANNED)
    start_at = models.DateTimeField(_("planned start"), null=True, blank=True)
    end_at = models.DateTimeField(_("planned end"), null=True, blank=True)
    begun_at = models.DateTimeField(_("begun"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    hourly_rate = models.DecimalField(
        _("price of an hour"), max_digits=14, decimal_places=4, default=0, validators=[MinValueValidator(0)]
    )
    labour = models.ForeignKey(
        Line, models.PROTECT, verbose_name=_("line of the hours"), null=True, blank=True, related_name="+",
        db_constraint=False, db_index=False,
    )  # fmt: skip
    report = models.TextField(_("what was done"), max_length=10_000, blank=True, default="")
    signed_by = models.CharField(_("signed by"), max_length=100, blank=True, default="")
    signed_at = models.DateTimeField(_("signed"), null=True, blank=True)
    signature = models.ForeignKey(
        Attachment, models.PROTECT, verbose_name=_("signature"), null=True, blank=True, related_name="+",
        db_constraint=False, db_index=False,
    )  # fmt: skip
    invoiced = models.CharField(_("invoiced"), max_length=8, choices=Done, default=Done.NOTHING)

    class Meta:
        verbose_name = _("work order")
        verbose_name_plural = _("work orders")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="work_order_state_known"),
            models.CheckConstraint(
                condition=Q(start_at=None) | Q(end_at=None) | Q(end_at__gte=F("start_at")),
                name="work_order_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(signed_at=None, signed_by="", signature=None)
                | (Q(signed_at__isnull=False, state=State.DONE) & ~Q(signed_by="")),
                name="work_order_signed_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "state", "-record"], name="work_order_by_state"),
            models.Index(fields=["company", "start_at"], name="work_order_by_start"),
        ]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def place(self) -> str:
        """Where the work is done, as it is written on an envelope."""
        return self.delivery_address or self.billing_address

    @property
    def tasks(self) -> list[str]:
        """As forms and services take them."""
        return [task.text for task in self.record.work_tasks.order_by("position", "id")]


class Task(models.Model):
    """One thing to be done; ``done_at`` and ``done_by`` once somebody has ticked it."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_index=False)
    record = models.ForeignKey(Record, models.PROTECT, related_name="work_tasks")
    position = models.PositiveSmallIntegerField(_("position"))
    text = models.CharField(_("task"), max_length=500)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    done_by = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("done by"), null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")

    def __str__(self) -> str:
        return self.text


class Time(models.Model):
    """A stretch of work of one person's; without ``ended_at`` it is running."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_index=False)
    record = models.ForeignKey(Record, models.PROTECT, related_name="work_times")
    person = models.ForeignKey(User, models.PROTECT, verbose_name=_("technician"), related_name="+", db_index=False)
    started_at = models.DateTimeField(_("from"))
    ended_at = models.DateTimeField(pgettext_lazy("end of a time", "to"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("working time")
        verbose_name_plural = _("working times")
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")), name="time_ends_after_start"
            ),
            models.UniqueConstraint(
                fields=["company", "person"], condition=Q(ended_at=None), name="one_running_time_of_a_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"


def hours_of(times: Iterable[Time], until: dt.datetime | None = None) -> Decimal:
    """The hours of these stretches together, to the hundredth; a running one counts up to ``until``, or not at all."""
    ends = ((time.started_at, time.ended_at or until) for time in times)
    seconds = sum(max((end - start).total_seconds(), 0) for start, end in ends if end is not None)
    return (Decimal(seconds) / 3600).quantize(Decimal("0.01"))
