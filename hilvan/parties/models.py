"""Customer, supplier: how to reach them, what they are to the tax office. Contact: a person, and how to reach it."""

from __future__ import annotations

from django.core.validators import RegexValidator, URLValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hilvan.people.identifiers import SPAIN, say_iban
from hilvan.people.models import Company
from hilvan.records.models import Record
from hilvan.trade.models import TradingParty

from .countries import country_name


class Party(TradingParty):
    """Whom one trades with. Its name is the record's title."""

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

    record: models.OneToOneField[Record, Record]

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(condition=Q(country__regex=r"^[A-Z]{2}$"), name="%(class)s_country_is_a_code"),
            models.CheckConstraint(
                condition=Q(blocked=True) & ~Q(blocked_reason="") | Q(blocked=False, blocked_reason=""),
                name="%(class)s_blocked_with_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["company", "tax_id"], condition=~Q(tax_id=""), name="%(class)s_by_tax_id")]

    def __str__(self) -> str:
        return self.record.title

    def get_country_display(self) -> str:
        """Its name, as Django gives the names of choices."""
        return country_name(self.country)


class Scheme(models.TextChoices):
    """The rulebook under which a mandate was signed: anybody's, or between businesses (which returns nothing)."""

    CORE = "CORE", "CORE"
    B2B = "B2B", "B2B"


class Customer(Party):
    """Whom one sells to. Its salesperson is the record's responsible.

    ``iban`` and ``bic`` are of the account from which it pays; the mandate is that of its SEPA direct debits, and good
    for a single one with ``mandate_once``.
    """

    record = models.OneToOneField(Record, models.PROTECT, primary_key=True, related_name="as_customer")
    iban = models.CharField("IBAN", max_length=34, blank=True, default="")
    bic = models.CharField("BIC", max_length=11, blank=True, default="")
    mandate_reference = models.CharField(
        _("mandate"), max_length=35, blank=True, default="",
        validators=[
            RegexValidator(r"^(?!/)[A-Za-z0-9/?:().,'+ -]*$", _("Only letters without accents, digits and /-?:().,'+"))
        ],
    )  # fmt: skip
    mandate_signed_on = models.DateField(_("mandate signed on"), null=True, blank=True)
    mandate_scheme = models.CharField(_("scheme of the mandate"), max_length=4, choices=Scheme, blank=True, default="")
    mandate_once = models.BooleanField(_("for a single direct debit"), default=False)

    class Meta(Party.Meta):
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            *Party.Meta.constraints,
            models.CheckConstraint(
                condition=Q(mandate_scheme__in=["", *Scheme.values]), name="customer_mandate_scheme_known"
            ),
            models.CheckConstraint(
                condition=Q(mandate_reference="", mandate_signed_on=None)
                | ~Q(mandate_reference="") & ~Q(mandate_scheme="") & Q(mandate_signed_on__isnull=False),
                name="customer_mandate_whole",
            ),
        ]

    def get_iban_display(self) -> str:
        return say_iban(self.iban)


class Supplier(Party):
    """Whom one buys from. ``same_as`` is the customer that it is, too: one party, two records that know each other."""

    record = models.OneToOneField(Record, models.PROTECT, primary_key=True, related_name="as_supplier")
    same_as = models.OneToOneField(
        Record, models.PROTECT, verbose_name=_("also a customer"), null=True, blank=True, related_name="also_supplier",
        db_constraint=False,
    )  # fmt: skip

    class Meta(Party.Meta):
        verbose_name = _("supplier")
        verbose_name_plural = _("suppliers")


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
