"""Receipt, and the payments by which it is collected."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hilvan.people.models import Company
from hilvan.records.models import Record
from hilvan.trade.models import PaymentMethod


class Receipt(models.Model):
    """An amount due, in euros. How it stands follows from its columns (``kind.state_of``).

    ``collected`` is the sum of its payments. ``remittance`` is the one by which it is, or was, collected; one that the
    bank has returned is in none until it is sent again.
    """

    record = models.OneToOneField(Record, models.PROTECT, primary_key=True, related_name="as_receipt")
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    contact = models.ForeignKey(
        Record, models.PROTECT, verbose_name=_("contact"), null=True, blank=True, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    invoice = models.ForeignKey(
        Record, models.PROTECT, verbose_name=_("invoice"), null=True, blank=True, related_name="+",
        db_constraint=False,
    )  # fmt: skip
    amount = models.DecimalField(_("amount"), max_digits=16, decimal_places=2)
    due_on = models.DateField(_("due on"))
    method = models.CharField(_("payment method"), max_length=20, choices=PaymentMethod, blank=True, default="")
    collected = models.DecimalField(_("collected"), max_digits=16, decimal_places=2, default=0)
    remittance = models.ForeignKey(
        Record, models.PROTECT, verbose_name=_("remittance"), null=True, blank=True, related_name="+",
        db_constraint=False,
    )  # fmt: skip
    returned_on = models.DateField(_("returned on"), null=True, blank=True)
    returned_reason = models.CharField(_("why it was returned"), max_length=300, blank=True, default="")
    cancelled = models.BooleanField(_("cancelled"), default=False)
    notes = models.TextField(_("notes"), max_length=100_000, blank=True, default="")

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="receipt_of_an_amount"),
            models.CheckConstraint(
                condition=Q(collected__gte=0, collected__lte=F("amount")), name="receipt_collected_within_amount"
            ),
            models.CheckConstraint(
                condition=Q(cancelled=False) | Q(collected=0, remittance=None), name="receipt_cancelled_is_nowhere"
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "due_on"],
                condition=Q(cancelled=False, collected__lt=F("amount")),
                name="receipt_open_by_due_day",
            )
        ]

    def __str__(self) -> str:
        return self.record.title

    @property
    def outstanding(self) -> Decimal:
        """What is still to be collected, in euros."""
        return Decimal(0) if self.cancelled else self.amount - self.collected

    @property
    def is_open(self) -> bool:
        return self.outstanding > 0

    @property
    def in_remittance(self) -> bool:
        return self.remittance_id is not None and self.is_open


OPEN = Q(cancelled=False, collected__lt=F("amount"))
"""The condition, on receipts, of being still due."""


class Payment(models.Model):
    """What came in of a receipt on a day, in euros; negative where the bank took it back."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_index=False)
    record = models.ForeignKey(Record, models.PROTECT, related_name="payments")
    amount = models.DecimalField(_("amount"), max_digits=16, decimal_places=2)
    paid_on = models.DateField(_("paid on"))
    method = models.CharField(_("payment method"), max_length=20, choices=PaymentMethod, blank=True, default="")
    note = models.CharField(_("note"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="payment_of_an_amount")]

    def __str__(self) -> str:
        return f"{self.paid_on} {self.amount}"
