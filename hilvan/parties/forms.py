"""The forms of customers and contacts: one of each to write it down and to change it, one to block a customer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hilvan.activities.forms import DayInput
from hilvan.people.identifiers import SPAIN, say_iban
from hilvan.people.models import LANGUAGE_CHOICES
from hilvan.records.forms import RecordField, RecordForm, TeamField, UserField
from hilvan.trade.forms import NumberField, TermsField
from hilvan.trade.models import PaymentMethod
from hilvan.trade.taxes import Regime

from .countries import countries
from .models import Consent, Language, Scheme


class PartyForm(RecordForm):
    title = forms.CharField(label=_("Name"), max_length=255)
    tax_id = forms.CharField(
        label=_("Tax identifier"), max_length=40, required=False, help_text=_("NIF, NIE, CIF or EU VAT number.")
    )
    phone = forms.CharField(
        label=_("Telephone"), max_length=40, required=False, widget=forms.TextInput({"type": "tel"})
    )
    email = forms.EmailField(label=_("E-mail"), max_length=254, required=False)
    website = forms.CharField(
        label=_("Website"), max_length=200, required=False, widget=forms.TextInput({"inputmode": "url"})
    )
    address = forms.CharField(label=_("Address"), max_length=300, required=False)
    postal_code = forms.CharField(label=_("Postal code"), max_length=12, required=False)
    city = forms.CharField(label=_("City"), max_length=100, required=False)
    province = forms.CharField(label=_("Province"), max_length=100, required=False)
    country = forms.ChoiceField(label=_("Country"), choices=countries, initial=SPAIN)
    terms = TermsField()
    payment_method = forms.ChoiceField(
        label=_("Payment method"), required=False, choices=[("", "—"), *PaymentMethod.choices]
    )
    regime = forms.ChoiceField(label=_("Tax regime"), choices=Regime.choices, initial=Regime.GENERAL)
    withholding_rate = NumberField(
        label=_("Withholding (IRPF), %"), required=False, max_digits=5, min_value=0, max_value=100
    )
    language = forms.ChoiceField(
        label=_("Language of documents"), required=False, choices=[("", _("The company’s")), *LANGUAGE_CHOICES]
    )
    owner = UserField(label=_("Salesperson"), required=False)
    team = TeamField(label=_("Team"), required=False)
    notes = forms.CharField(label=_("Notes"), max_length=100_000, required=False, widget=forms.Textarea({"rows": 4}))

    def service_fields(self) -> dict[str, Any]:
        """With the answer to the question whether it is meant so (``web/components/duplicates.html``)."""
        return super().service_fields() | {"allow_duplicate": bool(self.data.get("allow_duplicate"))}


class IbanField(forms.CharField):
    """An account, written in groups of four; cleaned to letters and digits, and checked by the service."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label="IBAN", max_length=50, widget=forms.TextInput({"autocomplete": "off"}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return say_iban("".join(value.split())) if isinstance(value, str) else value

    def to_python(self, value: Any) -> Any:
        return "".join(str(super().to_python(value)).split()).upper()


class CustomerForm(PartyForm):
    iban = IbanField(required=False)
    bic = forms.CharField(
        label="BIC", max_length=20, required=False, help_text=_("Only for accounts of banks that ask for it.")
    )
    mandate_reference = forms.CharField(
        label=_("Direct debit mandate"), max_length=35, required=False, help_text=_("The reference on what was signed.")
    )
    mandate_signed_on = forms.DateField(label=_("Mandate signed on"), required=False, widget=DayInput())
    mandate_scheme = forms.ChoiceField(
        label=_("Scheme of the mandate"), required=False, choices=[("", "—"), *Scheme.choices]
    )
    mandate_once = forms.BooleanField(label=_("The mandate is good for a single direct debit"), required=False)

    field_order = (
        "title", "tax_id", "phone", "email", "website", "address", "postal_code", "city", "province", "country",
        "terms", "payment_method", "regime", "withholding_rate", "language", "iban", "bic", "mandate_reference",
        "mandate_signed_on", "mandate_scheme", "mandate_once", "owner", "team", "notes",
    )  # fmt: skip


class SupplierForm(PartyForm):
    owner = UserField(label=_("Responsible"), required=False)
    same_as = RecordField(
        label=_("Also a customer"), required=False, kinds=("customer",), help_text=_("If it is one, too.")
    )


class ContactForm(RecordForm):
    title = forms.CharField(label=_("Name"), max_length=255)
    party = RecordField(label=_("Customer or supplier"), required=False, kinds=lambda kind: kind.is_party)
    position = forms.CharField(label=_("Job title"), max_length=100, required=False)
    department = forms.CharField(label=_("Department"), max_length=100, required=False)
    phone = forms.CharField(
        label=_("Telephone"), max_length=40, required=False, widget=forms.TextInput({"type": "tel"})
    )
    mobile = forms.CharField(label=_("Mobile"), max_length=40, required=False, widget=forms.TextInput({"type": "tel"}))
    email = forms.EmailField(label=_("E-mail"), max_length=254, required=False)
    language = forms.ChoiceField(label=_("Preferred language"), required=False, choices=[("", "—"), *Language.choices])
    consent = forms.ChoiceField(label=_("May be written to"), choices=Consent.choices, initial=Consent.UNKNOWN)
    consent_since = forms.DateField(
        label=_("Consent since"), required=False, widget=DayInput(), help_text=_("Without it, since today.")
    )
    owner = UserField(label=_("Responsible"), required=False)
    team = TeamField(label=_("Team"), required=False)
    notes = forms.CharField(label=_("Notes"), max_length=100_000, required=False, widget=forms.Textarea({"rows": 4}))


class BlockForm(forms.Form):
    reason = forms.CharField(label=_("Why is it blocked?"), max_length=300)
