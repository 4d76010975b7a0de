"""Product."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hilvan.people.models import Company
from hilvan.records.models import Record
from hilvan.trade.models import Priced


class Nature(models.TextChoices):
    GOODS = "goods", _("Goods")
    SERVICE = "service", _("Service")


class Product(Priced):
    """What is sold or bought. Its name is the record's title."""

    record = models.OneToOneField(Record, models.PROTECT, primary_key=True, related_name="as_product")
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    code = models.CharField(_("code"), max_length=40, blank=True, default="")
    nature = models.CharField(_("goods or service"), max_length=8, choices=Nature, default=Nature.GOODS)
    description = models.TextField(_("description"), max_length=100_000, blank=True, default="")

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "code"], condition=~Q(code=""), name="product_code_once_in_company"
            ),
            models.CheckConstraint(condition=Q(nature__in=Nature.values), name="product_nature_known"),
            models.CheckConstraint(condition=Q(price__gte=0, cost__gte=0), name="product_price_not_negative"),
        ]

    def __str__(self) -> str:
        return self.record.title
