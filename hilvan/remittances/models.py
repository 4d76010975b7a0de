"""The company's own bank accounts, remittances, and what each of them collects."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hilvan.parties.models import Scheme
from hilvan.people.identifiers import say_iban
from hilvan.people.models import Company
from hilvan.records.models import Record


class BankAccount(models.Model):
    """An account of the company's own, to which direct debits are collected.

    ``creditor_id`` is the identifier that the bank gave the company as a creditor (AT-02). ``ahead`` is how many days
    on which banks work (TARGET) before the collection the bank wants the file.
    """

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=100)
    iban = models.CharField("IBAN", max_length=34)
    bic = models.CharField("BIC", max_length=11, blank=True, default="")
    creditor_id = models.CharField(_("creditor identifier"), max_length=35)
    ahead = models.PositiveSmallIntegerField(_("days ahead"), default=2, validators=[MaxValueValidator(30)])
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("bank account")
        verbose_name_plural = _("bank accounts")
        constraints = [models.UniqueConstraint(fields=["company", "iban"], name="bank_account_once_in_company")]

    def __str__(self) -> str:
        return self.name

    def get_iban_display(self) -> str:
        return say_iban(self.iban)


class RemittanceState(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("remittance", "Draft")
    SENT = "sent", pgettext_lazy("remittance", "Sent")
    COLLECTED = "collected", pgettext_lazy("remittance", "Collected")
    CANCELLED = "cancelled", pgettext_lazy("remittance", "Cancelled")


class Remittance(models.Model):
    """``file`` is what the bank got, made when it was sent; ``total``, in euros, and ``count`` are of its items."""

    record = models.OneToOneField(Record, models.PROTECT, primary_key=True, related_name="as_remittance")
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    state = models.CharField(_("state"), max_length=10, choices=RemittanceState, default=RemittanceState.DRAFT)
    account = models.ForeignKey(
        BankAccount, models.PROTECT, verbose_name=_("bank account"), null=True, blank=True, related_name="+",
        db_constraint=False, db_index=False,
    )  # fmt: skip
    collect_on = models.DateField(_("to be collected on"), null=True, blank=True)
    scheme = models.CharField(_("scheme"), max_length=4, choices=Scheme, default=Scheme.CORE)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    total = models.DecimalField(_("total"), max_digits=16, decimal_places=2, default=0)
    count = models.PositiveIntegerField(_("receipts"), default=0)
    file = models.TextField(default="", editable=False)
    notes = models.TextField(_("notes"), max_length=100_000, blank=True, default="")

    class Meta:
        verbose_name = _("remittance")
        verbose_name_plural = _("remittances")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=RemittanceState.values), name="remittance_state_known"),
            models.CheckConstraint(condition=Q(scheme__in=Scheme.values), name="remittance_scheme_known"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "cancelled"]) | ~Q(file="") & Q(sent_at__isnull=False),
                name="remittance_sent_with_its_file",
            ),
        ]
        indexes = [models.Index(fields=["company", "state", "-record"], name="remittance_by_state")]

    def __str__(self) -> str:
        return self.record.title


class Sequence(models.TextChoices):
    """Where a direct debit stands among those of its mandate (ISO 20022, SequenceType3Code)."""

    FIRST = "FRST", _("First")
    RECURRENT = "RCUR", _("Recurrent")
    ONE_OFF = "OOFF", _("Single")


class Item(models.Model):
    """A receipt in a remittance, with what the bank was told of it; ``void`` where the remittance was cancelled."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_index=False)
    record = models.ForeignKey(Record, models.PROTECT, related_name="remittance_items")
    receipt = models.ForeignKey(
        Record, models.PROTECT, verbose_name=_("receipt"), related_name="+", db_constraint=False
    )
    amount = models.DecimalField(_("amount"), max_digits=16, decimal_places=2)
    iban = models.CharField("IBAN", max_length=34)
    mandate = models.CharField(_("mandate"), max_length=35)
    sequence = models.CharField(_("sequence"), max_length=4, choices=Sequence, blank=True, default="")
    returned_on = models.DateField(_("returned on"), null=True, blank=True)
    returned_reason = models.CharField(_("why it was returned"), max_length=300, blank=True, default="")
    void = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("receipt in a remittance")
        verbose_name_plural = _("receipts in remittances")
        constraints = [
            models.UniqueConstraint(
                fields=["receipt"], condition=Q(returned_on=None, void=False), name="receipt_in_one_remittance"
            ),
        ]
        indexes = [models.Index(fields=["company", "mandate"], name="item_of_mandate")]

    def __str__(self) -> str:
        return f"{self.mandate} {self.amount}"
