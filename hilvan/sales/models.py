"""Sales order, delivery note, invoice, credit note."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hilvan.records.models import Record
from hilvan.trade.models import CommercialDocument, Done

NOT_VALID_FROM = dt.date(2027, 1, 1)
"""From then on an invoice must leave a chained record with the tax agency (RD 1007/2023, as RDL 15/2025 has it), which
this program does not do yet: a company in Spain is told so on each of its invoices."""


class OrderState(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("order", "Draft")
    CONFIRMED = "confirmed", pgettext_lazy("order", "Confirmed")
    CANCELLED = "cancelled", pgettext_lazy("order", "Cancelled")


class NoteState(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("delivery note", "Draft")
    DELIVERED = "delivered", pgettext_lazy("delivery note", "Delivered")
    CANCELLED = "cancelled", pgettext_lazy("delivery note", "Cancelled")


class InvoiceState(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("invoice", "Draft")
    ISSUED = "issued", pgettext_lazy("invoice", "Issued")


class SalesOrder(CommercialDocument):
    noted = {"delivered": "delivery_note", "invoiced": "invoice"}

    record = models.OneToOneField(Record, models.PROTECT, primary_key=True, related_name="as_sales_order")
    state = models.CharField(_("state"), max_length=10, choices=OrderState, default=OrderState.DRAFT)
    deliver_on = models.DateField(_("to be delivered on"), null=True, blank=True)
    delivered = models.CharField(_("delivered"), max_length=8, choices=Done, default=Done.NOTHING)
    invoiced = models.CharField(_("invoiced"), max_length=8, choices=Done, default=Done.NOTHING)

    class Meta:
        verbose_name = _("sales order")
        verbose_name_plural = _("sales orders")
        constraints = [models.CheckConstraint(condition=Q(state__in=OrderState.values), name="sales_order_state_known")]
        indexes = [models.Index(fields=["company", "state", "-record"], name="sales_order_by_state")]


class DeliveryNote(CommercialDocument):
    takes_from = frozenset({"sales_order"})
    noted = {"invoiced": "invoice"}

    record = models.OneToOneField(Record, models.PROTECT, primary_key=True, related_name="as_delivery_note")
    state = models.CharField(_("state"), max_length=10, choices=NoteState, default=NoteState.DRAFT)
    received_by = models.CharField(_("received by"), max_length=100, blank=True, default="")
    invoiced = models.CharField(_("invoiced"), max_length=8, choices=Done, default=Done.NOTHING)

    class Meta:
        verbose_name = _("delivery note")
        verbose_name_plural = _("delivery notes")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=NoteState.values), name="delivery_note_state_known")
        ]
        indexes = [models.Index(fields=["company", "state", "-record"], name="delivery_note_by_state")]


class Issued(CommercialDocument):
    """What is issued with a number without gaps: ``issued_at`` is the instant at which it was."""

    state = models.CharField(_("state"), max_length=8, choices=InvoiceState, default=InvoiceState.DRAFT)
    issued_at = models.DateTimeField(_("issued"), null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def is_issued(self) -> bool:
        return self.state == InvoiceState.ISSUED


class Invoice(Issued):
    """``due_on`` is the day of the last part. ``paid`` is what has been collected of it, in euros, kept by receipts;
    ``rectified`` what its credit notes took back, negative as their totals are."""

    takes_from = frozenset({"sales_order", "delivery_note", "work_order"})

    record = models.OneToOneField(Record, models.PROTECT, primary_key=True, related_name="as_invoice")
    due_on = models.DateField(_("due on"), null=True, blank=True)
    paid = models.DecimalField(_("paid"), max_digits=16, decimal_places=2, default=0)
    rectified = models.DecimalField(_("rectified"), max_digits=16, decimal_places=2, default=0)

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=InvoiceState.values), name="invoice_state_known"),
            models.CheckConstraint(
                condition=Q(state="draft", issued_at=None) | Q(state="issued", issued_at__isnull=False),
                name="invoice_issued_at_an_instant",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "state", "-record"], name="invoice_by_state"),
            models.Index(fields=["company", "due_on"], condition=Q(state="issued"), name="invoice_by_due_day"),
        ]

    @property
    def outstanding(self) -> Decimal:
        """What is still to be paid, in euros; negative where more was paid than credit notes have left."""
        return self.total + self.rectified - self.paid


class Rectification(models.TextChoices):
    """Why an invoice is rectified (art. 80 LIVA and art. 15 RD 1619/2012; codes of the tax agency, list L2)."""

    R1 = "R1", _("R1: error in law, discount, return (art. 80.1, 80.2 and 80.6 LIVA)")
    R2 = "R2", _("R2: insolvency proceedings (art. 80.3 LIVA)")
    R3 = "R3", _("R3: bad debt (art. 80.4 LIVA)")
    R4 = "R4", _("R4: another cause")
    R5 = "R5", _("R5: of a simplified invoice")


class CreditNote(Issued):
    """Takes back an issued invoice, wholly or in part, by differences: its totals are negative."""

    takes_from = frozenset({"invoice"})
    sign = -1

    record = models.OneToOneField(Record, models.PROTECT, primary_key=True, related_name="as_credit_note")
    rectifies = models.ForeignKey(
        Record, models.PROTECT, verbose_name=_("rectifies"), null=True, blank=True, related_name="+",
        db_constraint=False,
    )  # fmt: skip
    rectification = models.CharField(
        _("kind of rectification"), max_length=2, choices=Rectification, default=Rectification.R1
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("credit note")
        verbose_name_plural = _("credit notes")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=InvoiceState.values), name="credit_note_state_known"),
            models.CheckConstraint(
                condition=Q(rectification__in=Rectification.values), name="credit_note_rectification_known"
            ),
            models.CheckConstraint(
                condition=Q(state="draft", issued_at=None) | Q(state="issued", issued_at__isnull=False),
                name="credit_note_issued_at_an_instant",
            ),
        ]
        indexes = [models.Index(fields=["company", "state", "-record"], name="credit_note_by_state")]
