"""Vehicle, and the services that are its lines. Its name is the record's title, whose it is the record's party."""

from __future__ import annotations

from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hilvan.people.models import Company
from hilvan.records.models import Record


class Fuel(models.TextChoices):
    PETROL = "petrol", _("Petrol")
    DIESEL = "diesel", _("Diesel")
    ELECTRIC = "electric", _("Electric")
    OTHER = "other", _("Other fuel")


class Vehicle(models.Model):
    record = models.OneToOneField(Record, models.PROTECT, primary_key=True, related_name="as_vehicle")
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    plate = models.CharField(_("plate"), max_length=12, blank=True, default="")
    model_name = models.CharField(_("make and model"), max_length=100, blank=True, default="")
    fuel = models.CharField(_("fuel"), max_length=10, choices=Fuel, blank=True, default="")
    inspection_on = models.DateField(_("next inspection"), null=True, blank=True)
    driver_note = models.TextField(_("note for drivers"), max_length=10_000, blank=True, default="")
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    class Meta:
        verbose_name = _("vehicle")
        verbose_name_plural = _("vehicles")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "plate"], condition=~Q(plate=""), name="fleet_plate_once_in_company"
            ),
        ]

    def __str__(self) -> str:
        return self.record.title

    @property
    def in_service(self) -> bool:
        return self.retired_at is None

    @property
    def services(self) -> list[dict[str, Any]]:
        """Its lines as the form and the services take them. One query."""
        rows = Service.objects.filter(record=self.record_id).order_by("done_on", "id")
        return [{"id": row.pk, **{name: getattr(row, name) for name in SERVICE_FIELDS}} for row in rows]


SERVICE_FIELDS = ("done_on", "odometer", "what", "cost")


class Service(models.Model):
    """What was done to a vehicle on a day. Kilometres; euros without VAT."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_index=False)
    record = models.ForeignKey(Record, models.PROTECT, related_name="vehicle_services", db_index=False)
    done_on = models.DateField(_("day"))
    odometer = models.PositiveIntegerField(_("kilometres"))
    what = models.CharField(_("what was done"), max_length=300)
    cost = models.DecimalField(_("cost"), max_digits=10, decimal_places=2, default=0, validators=[MinValueValidator(0)])

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        constraints = [models.CheckConstraint(condition=Q(cost__gte=0), name="fleet_cost_not_negative")]
        indexes = [models.Index(fields=["record", "done_on"], name="fleet_services_of_vehicle")]

    def __str__(self) -> str:
        return self.what
