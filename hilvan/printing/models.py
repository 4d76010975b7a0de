"""The company as its documents show it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from hilvan.people.identifiers import say_iban
from hilvan.people.models import Company


class Letterhead(models.Model):
    """What stands on a company's documents besides its name and tax identifier.

    ``iban`` is of the account to which customers pay; ``registry`` where the company is entered (art. 24 Código de
    Comercio). The logo is a PNG or an SVG (``logos``), empty where there is none.
    """

    company = models.OneToOneField(Company, models.PROTECT, primary_key=True, related_name="letterhead")
    address = models.TextField(_("address"), max_length=500, blank=True, default="")
    phone = models.CharField(_("telephone"), max_length=40, blank=True, default="")
    email = models.EmailField(_("e-mail"), blank=True, default="")
    website = models.CharField(_("website"), max_length=200, blank=True, default="")
    iban = models.CharField("IBAN", max_length=34, blank=True, default="")
    registry = models.CharField(_("registry"), max_length=300, blank=True, default="")
    logo = models.BinaryField(_("logo"), blank=True, default=b"")

    class Meta:
        verbose_name = _("letterhead")
        verbose_name_plural = _("letterheads")

    def __str__(self) -> str:
        return str(self.company)

    def get_iban_display(self) -> str:
        return say_iban(self.iban)


def letterhead_of(company: Company) -> Letterhead:
    """The company's own; an empty one where nobody has filled it in. One query."""
    return Letterhead.objects.filter(company=company).first() or Letterhead(company=company)
