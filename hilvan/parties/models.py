"""Customer: how to reach it, and what it is to the tax office."""

from __future__ import annotations

from django.core.validators import URLValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hilvan.people.models import Company
from hilvan.records.models import Record

from .identifiers import SPAIN


class Customer(models.Model):
    """Whom one sells to. Its name is the record's title, its salesperson the record's responsible."""

    record = models.OneToOneField(Record, models.PROTECT, primary_key=True, related_name="as_customer")
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    tax_id = models.CharField(_("tax identifier"), max_length=20, blank=True, default="")
    phone = models.CharField(_("telephone"), max_length=40, blank=True, default="")
    email = models.EmailField(_("e-mail"), blank=True, default="")
    website = models.URLField(
        _("website"), blank=True, default="", validators=[URLValidator(schemes=["http", "https"])]
    )
    address = models.CharField(_("address"), max_length=300, blank=True, default="")
    postal_code = models.CharField(_("postal code"), max_length=12, blank=True, default="")
    city = models.CharField(_("city"), max_length=100, blank=True, default="")
    province = models.CharField(_("province"), max_length=100, blank=True, default="")
    country = models.CharField(_("country"), max_length=2, default=SPAIN)
    notes = models.TextField(_("notes"), max_length=100_000, blank=True, default="")
    blocked = models.BooleanField(_("blocked"), default=False)
    blocked_reason = models.CharField(_("why it is blocked"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.CheckConstraint(condition=Q(country__regex=r"^[A-Z]{2}$"), name="customer_country_is_a_code"),
            models.CheckConstraint(
                condition=Q(blocked=True) & ~Q(blocked_reason="") | Q(blocked=False, blocked_reason=""),
                name="customer_blocked_with_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["company", "tax_id"], condition=~Q(tax_id=""), name="customer_by_tax_id")]

    def __str__(self) -> str:
        return self.record.title
