"""Customer: how to reach it, and what it is to the tax office. Contact: a person, and how to reach it."""

from __future__ import annotations

from django.core.validators import URLValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hilvan.people.identifiers import SPAIN
from hilvan.people.models import Company
from hilvan.records.models import Record


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


class Consent(models.TextChoices):
    """Whether a person may be written to with news and offers."""

    UNKNOWN = "unknown", _("Not asked yet")
    YES = "yes", _("Yes")
    NO = "no", _("No")


class Language(models.TextChoices):
    """In what one writes to a person (ISO 639-1)."""

    SPANISH = "es", _("Spanish")
    CATALAN = "ca", _("Catalan")
    GALICIAN = "gl", _("Galician")
    BASQUE = "eu", _("Basque")
    ENGLISH = "en", _("English")
    FRENCH = "fr", _("French")
    PORTUGUESE = "pt", _("Portuguese")
    GERMAN = "de", _("German")
    ITALIAN = "it", _("Italian")


class Contact(models.Model):
    """A person. Its name is the record's title, its customer the record's party."""

    record = models.OneToOneField(Record, models.PROTECT, primary_key=True, related_name="as_contact")
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    position = models.CharField(_("job title"), max_length=100, blank=True, default="")
    department = models.CharField(_("department"), max_length=100, blank=True, default="")
    phone = models.CharField(_("telephone"), max_length=40, blank=True, default="")
    mobile = models.CharField(_("mobile"), max_length=40, blank=True, default="")
    email = models.EmailField(_("e-mail"), blank=True, default="")
    language = models.CharField(_("preferred language"), max_length=2, choices=Language, blank=True, default="")
    consent = models.CharField(_("may be written to"), max_length=8, choices=Consent, default=Consent.UNKNOWN)
    consent_since = models.DateField(_("consent since"), null=True, blank=True)
    notes = models.TextField(_("notes"), max_length=100_000, blank=True, default="")

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            models.CheckConstraint(condition=Q(consent__in=Consent.values), name="contact_consent_known"),
            models.CheckConstraint(
                condition=Q(consent=Consent.UNKNOWN, consent_since=None)
                | ~Q(consent=Consent.UNKNOWN) & Q(consent_since__isnull=False),
                name="contact_consent_since_a_day",
            ),
        ]

    def __str__(self) -> str:
        return self.record.title
