"""Lines, series, terms of payment, and the columns that every document of buying and selling begins with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hilvan.people.models import LANGUAGE_CHOICES, Company
from hilvan.records.models import Record

from .taxes import RATES, Regime, Treatment

PER_CENT = [MinValueValidator(0), MaxValueValidator(100)]


class PaymentMethod(models.TextChoices):
    TRANSFER = "transfer", _("Bank transfer")
    DIRECT_DEBIT = "direct_debit", _("Direct debit")
    CASH = "cash", _("Cash")
    CARD = "card", _("Card")
    PROMISSORY_NOTE = "promissory_note", _("Promissory note")
    OTHER = "other", _("Other")


class PaymentTerms(models.Model):
    """When a document's total is due: in equal parts, each so many days after its date.

    With ``payment_day`` each is put off to that day of the month (or the month's last). At most 60 days are allowed
    between businesses (Ley 3/2004, art. 4).
    """

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=100)
    days = ArrayField(models.PositiveSmallIntegerField(validators=[MaxValueValidator(365)]), verbose_name=_("days"))
    payment_day = models.PositiveSmallIntegerField(
        _("day of payment"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(31)]
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("payment terms")
        verbose_name_plural = _("payment terms")
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="terms_name_once_in_company"),
            models.CheckConstraint(condition=Q(days__len__gte=1), name="terms_have_a_day"),
        ]

    def __str__(self) -> str:
        return self.name


class Series(models.Model):
    """The last number given out in a series without gaps, of a kind and a year; its row is locked last of all."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    prefix = models.CharField(max_length=10)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)
    last_on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "prefix", "year"], name="series_once_in_a_year")]

    def __str__(self) -> str:
        return f"{self.prefix}-{self.year}-{self.last:06}"


class Done(models.TextChoices):
    """How much of a document has been delivered, or invoiced."""

    NOTHING = "nothing", pgettext_lazy("how much", "Nothing")
    PART = "part", pgettext_lazy("how much", "Part")
    ALL = "all", pgettext_lazy("how much", "All")


class TradingParty(models.Model):
    """What one trades on with a party: its documents start with these."""

    terms = models.ForeignKey(
        PaymentTerms, models.PROTECT, verbose_name=_("payment terms"), null=True, blank=True, related_name="+"
    )
    payment_method = models.CharField(_("payment method"), max_length=20, choices=PaymentMethod, blank=True, default="")
    regime = models.CharField(_("tax regime"), max_length=20, choices=Regime, default=Regime.GENERAL)
    withholding_rate = models.DecimalField(
        _("withholding (IRPF), %"), max_digits=5, decimal_places=2, default=0, validators=PER_CENT
    )
    language = models.CharField(
        _("language of documents"), max_length=8, choices=LANGUAGE_CHOICES, blank=True, default=""
    )
    """Of what is printed for it; without it the company's."""

    class Meta:
        abstract = True


class Priced(models.Model):
    """What a line takes over from a product: unit, euros a unit without VAT, VAT rate in per cent, treatment."""

    unit = models.CharField(_("unit"), max_length=20, blank=True, default="")
    price = models.DecimalField(
        _("price"), max_digits=14, decimal_places=4, default=0, validators=[MinValueValidator(0)]
    )
    cost = models.DecimalField(_("cost"), max_digits=14, decimal_places=4, default=0, validators=[MinValueValidator(0)])
    vat_rate = models.DecimalField(_("VAT, %"), max_digits=5, decimal_places=2, default=RATES[0], validators=PER_CENT)
    treatment = models.CharField(_("taxation"), max_length=2, choices=Treatment, default=Treatment.TAXED)

    class Meta:
        abstract = True


class Line(models.Model):
    """A line of a document: so many of this at that price, euros a unit without VAT.

    ``source`` is the line of another document from whose quantity this one takes (a delivery note's from an order's);
    a ``void`` line takes nothing (its document has been cancelled). A quantity of 0 is a line of text alone.
    """

    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_index=False)
    record = models.ForeignKey(Record, models.PROTECT, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField(_("position"))
    product = models.ForeignKey(
        Record, models.PROTECT, verbose_name=_("product"), null=True, blank=True, related_name="+", db_constraint=False
    )
    description = models.CharField(_("description"), max_length=1000)
    quantity = models.DecimalField(_("quantity"), max_digits=12, decimal_places=3, default=1)
    unit = models.CharField(_("unit"), max_length=20, blank=True, default="")
    price = models.DecimalField(_("price"), max_digits=14, decimal_places=4, default=0)
    discount = models.DecimalField(_("discount, %"), max_digits=5, decimal_places=2, default=0, validators=PER_CENT)
    vat_rate = models.DecimalField(_("VAT, %"), max_digits=5, decimal_places=2, default=RATES[0], validators=PER_CENT)
    treatment = models.CharField(_("taxation"), max_length=2, choices=Treatment, default=Treatment.TAXED)
    amount = models.DecimalField(_("amount"), max_digits=16, decimal_places=2)
    source = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="taken_by", db_constraint=False
    )
    void = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        constraints = [
            models.CheckConstraint(condition=Q(treatment__in=Treatment.values), name="line_treatment_known"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="line_quantity_not_negative"),
            models.CheckConstraint(condition=Q(discount__gte=0, discount__lte=100), name="line_discount_in_per_cent"),
            models.CheckConstraint(condition=Q(vat_rate__gte=0, vat_rate__lte=100), name="line_vat_in_per_cent"),
        ]
        indexes = [models.Index(fields=["record", "position"], name="line_of_record")]

    def __str__(self) -> str:
        return self.description


class CommercialDocument(models.Model):
    """The columns that every document of buying and selling begins with. Amounts in euros.

    ``billing_…`` is the party as the document names it. ``breakdown`` holds the totals by rate (``taxes.Group``), kept
    with the document so that a later version of the program never tells an old one otherwise.
    """

    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    contact = models.ForeignKey(
        Record, models.PROTECT, verbose_name=_("contact"), null=True, blank=True, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    dated = models.DateField(_("date"), default=timezone.localdate)
    reference = models.CharField(_("their reference"), max_length=100, blank=True, default="")
    billing_name = models.CharField(_("name"), max_length=255, blank=True, default="")
    billing_tax_id = models.CharField(_("tax identifier"), max_length=20, blank=True, default="")
    billing_address = models.TextField(_("address"), max_length=1000, blank=True, default="")
    delivery_address = models.TextField(_("delivery address"), max_length=1000, blank=True, default="")
    terms = models.ForeignKey(
        PaymentTerms, models.PROTECT, verbose_name=_("payment terms"), null=True, blank=True, related_name="+",
        db_constraint=False, db_index=False,
    )  # fmt: skip
    payment_method = models.CharField(_("payment method"), max_length=20, choices=PaymentMethod, blank=True, default="")
    regime = models.CharField(_("tax regime"), max_length=20, choices=Regime, default=Regime.GENERAL)
    withholding_rate = models.DecimalField(
        _("withholding (IRPF), %"), max_digits=5, decimal_places=2, default=0, validators=PER_CENT
    )
    notes = models.TextField(_("notes"), max_length=100_000, blank=True, default="")
    net = models.DecimalField(_("net amount"), max_digits=16, decimal_places=2, default=0)
    vat = models.DecimalField(_("VAT"), max_digits=16, decimal_places=2, default=0)
    surcharge = models.DecimalField(_("equivalence surcharge"), max_digits=16, decimal_places=2, default=0)
    withholding = models.DecimalField(_("withholding"), max_digits=16, decimal_places=2, default=0)
    total = models.DecimalField(_("total"), max_digits=16, decimal_places=2, default=0)
    breakdown = models.JSONField(default=list, editable=False)

    record: models.OneToOneField[Record, Record]
    sign = 1
    """-1 for what reduces what is owed (a credit note): its totals are negative, its quantities are not."""
    takes_from: frozenset[str] = frozenset()
    """The kinds from whose lines those of such a document take: an invoice of an order never more than it has."""
    noted: Mapping[str, str] = {}
    """By column (a ``Done``) the kind of documents of which it notes how much of this one they have taken."""

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.record.title

    @property
    def lines(self) -> list[Any]:
        """As forms and services take them."""
        return [line_values(line) for line in self.record.lines.select_related("product").order_by("position", "id")]


LINE_FIELDS = ("product", "description", "quantity", "unit", "price", "discount", "vat_rate", "treatment")
"""What a person sets on a line."""


def line_values(line: Line) -> dict[str, Any]:
    """A line as forms and services take it: its fields, its key and what it takes from."""
    return {"id": line.pk, "source": line.source_id, **{name: getattr(line, name) for name in LINE_FIELDS}}


def parts(total: Decimal, terms: PaymentTerms | None, dated: dt.date) -> list[tuple[dt.date, Decimal]]:
    """What is due and when; together exactly the total. Without terms all of it on the document's day."""
    if terms is None:
        return [(dated, total)]
    share = (total / len(terms.days)).quantize(Decimal("0.01"))
    amounts = [share] * (len(terms.days) - 1)
    amounts.append(total - sum(amounts))
    return [(due(dated, days, terms.payment_day), amount) for days, amount in zip(terms.days, amounts, strict=True)]


def due(dated: dt.date, days: int, payment_day: int | None) -> dt.date:
    """So many days later, put off to the day of payment of that month or the next (or the month's last day)."""
    date = dated + dt.timedelta(days=days)
    if payment_day is None:
        return date
    if date.day > payment_day:
        date = date.replace(day=1) + dt.timedelta(days=31)
        date = date.replace(day=1)
    after = (date.replace(day=1) + dt.timedelta(days=31)).replace(day=1)
    last = (after - dt.timedelta(days=1)).day
    return date.replace(day=min(max(payment_day, date.day), last))
