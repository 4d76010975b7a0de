"""What a company has set of its working calendar. Without a row of its own it works as ``FIRST_WEEK`` says."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hilvan.people.models import Company

# Hours of Monday to Sunday, in minutes since midnight: 9 to 14 and 15 to 18 on Monday to Friday.
FIRST_WEEK: list[list[list[int]]] = [[[540, 840], [900, 1080]]] * 5 + [[], []]


def first_week() -> list[list[list[int]]]:
    return FIRST_WEEK


class Region(models.TextChoices):
    """The subdivisions of Spain with holidays of their own (ISO 3166-2:ES), as the library ``holidays`` names them."""

    ANDALUSIA = "AN", _("Andalusia")
    ARAGON = "AR", _("Aragon")
    ASTURIAS = "AS", _("Asturias")
    BALEARIC_ISLANDS = "IB", _("Balearic Islands")
    CANARY_ISLANDS = "CN", _("Canary Islands")
    CANTABRIA = "CB", _("Cantabria")
    CASTILE_AND_LEON = "CL", _("Castile and León")
    CASTILE_LA_MANCHA = "CM", _("Castile-La Mancha")
    CATALONIA = "CT", _("Catalonia")
    CEUTA = "CE", _("Ceuta")
    EXTREMADURA = "EX", _("Extremadura")
    GALICIA = "GA", _("Galicia")
    LA_RIOJA = "RI", _("La Rioja")
    MADRID = "MD", _("Community of Madrid")
    MELILLA = "ML", _("Melilla")
    MURCIA = "MC", _("Region of Murcia")
    NAVARRE = "NC", _("Navarre")
    BASQUE_COUNTRY = "PV", _("Basque Country")
    VALENCIA = "VC", _("Valencian Community")


class WorkingCalendar(models.Model):
    """A company's hours by weekday, and the region whose holidays it keeps."""

    company = models.OneToOneField(Company, models.PROTECT, primary_key=True, related_name="working_calendar")
    region = models.CharField(_("region"), max_length=2, choices=Region, blank=True, default="")
    week = models.JSONField(_("hours"), default=first_week)

    def __str__(self) -> str:
        return f"{self.company_id} {self.region}"


class DayOff(models.Model):
    """A day, or several, on which the company does not work, besides the public holidays."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    first = models.DateField(_("from"))
    last = models.DateField(_("until"))
    name = models.CharField(_("what for"), max_length=100)

    class Meta:
        ordering = ["first", "id"]
        constraints = [models.CheckConstraint(condition=Q(last__gte=F("first")), name="day_off_ends_after_start")]
        indexes = [models.Index(fields=["company", "first"], name="day_off_by_day")]

    def __str__(self) -> str:
        return self.name
