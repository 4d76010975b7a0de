"""External: a record of another application. Its heading is the record's title."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hilvan.people.models import Company
from hilvan.records.models import Record


def check_identifier(text: str) -> None:
    """Raise ``ValidationError`` for what people can't read: control characters, what turns the writing round."""
    if not text.isprintable():
        raise ValidationError(gettext("Only visible characters, please."), code="invisible")


def check_address(text: str) -> None:
    """Raise ``ValidationError`` for all but an address of the web (http, https) that says where it leads.

    A host of the house ("http://erp:8069/…") is one; a name and password before the host are not (RFC 9110, 4.2.4).
    """
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets, ports
        known = False
    if not known or not text.isprintable() or set(' \\<>"`') & set(text):
        raise ValidationError(gettext("Only addresses that begin with http:// or https://."), code="address")
    if "@" in parts.netloc:
        raise ValidationError(gettext("An address with a user name or a password is not taken."), code="credentials")


class External(models.Model):
    """``system`` and ``external_id`` say which one it is; the address, where it is looked at."""

    record = models.OneToOneField(Record, models.PROTECT, primary_key=True, related_name="as_external")
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    system = models.CharField(
        _("system"),
        max_length=60,
        default="",
        validators=[RegexValidator(r"^[a-z0-9]([a-z0-9._-]*[a-z0-9])?\Z", _("Letters, digits, “.”, “-” and “_”."))],
    )
    external_id = models.CharField(_("identifier there"), max_length=200, default="", validators=[check_identifier])
    url = models.CharField(_("address"), max_length=2000, blank=True, default="", validators=[check_address])

    class Meta:
        verbose_name = _("external record")
        verbose_name_plural = _("external records")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "system", "external_id"],
                condition=~Q(external_id=""),
                name="external_once_in_company",
            ),
            models.CheckConstraint(
                condition=Q(url="") | Q(url__iregex=r"^https?://"), name="external_url_is_of_the_web"
            ),
        ]

    def __str__(self) -> str:
        return self.record.title

    @property
    def host(self) -> str:
        """Where its address leads ("erp.example:8443"); "" without one."""
        return urlsplit(self.url).netloc
