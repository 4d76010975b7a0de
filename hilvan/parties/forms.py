"""The forms of customers and contacts: one of each to write it down and to change it, one to block a customer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hilvan.activities.forms import DayInput
from hilvan.people.identifiers import SPAIN
from hilvan.records.forms import RecordField, RecordForm, TeamField, UserField

from .models import Consent, Language


class CustomerForm(RecordForm):
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
    country = forms.CharField(
        label=_("Country"), max_length=2, initial=SPAIN, help_text=_("Its two-letter code: ES, PT, FR…")
    )
    owner = UserField(label=_("Salesperson"), required=False)
    team = TeamField(label=_("Team"), required=False)
    notes = forms.CharField(label=_("Notes"), max_length=100_000, required=False, widget=forms.Textarea({"rows": 4}))

    def service_fields(self) -> dict[str, Any]:
        """With the answer to the question whether it is meant so (``web/components/duplicates.html``)."""
        return super().service_fields() | {"allow_duplicate": bool(self.data.get("allow_duplicate"))}


class ContactForm(RecordForm):
    title = forms.CharField(label=_("Name"), max_length=255)
    party = RecordField(label=_("Customer"), required=False, kinds=lambda kind: kind.is_party)
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
