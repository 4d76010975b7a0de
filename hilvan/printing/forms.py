"""The form of the letterhead."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hilvan.people.identifiers import say_iban


class LetterheadForm(forms.Form):
    address = forms.CharField(
        label=_("Address"), max_length=500, required=False, widget=forms.Textarea({"rows": 3}),
        help_text=_("Without it an invoice lacks what the law demands."),
    )  # fmt: skip
    phone = forms.CharField(
        label=_("Telephone"), max_length=40, required=False, widget=forms.TextInput({"type": "tel"})
    )
    email = forms.EmailField(label=_("E-mail"), max_length=254, required=False)
    website = forms.CharField(
        label=_("Website"), max_length=200, required=False, widget=forms.TextInput({"inputmode": "url"})
    )
    iban = forms.CharField(
        label="IBAN", max_length=50, required=False, widget=forms.TextInput({"autocomplete": "off"}),
        help_text=_("To which customers pay: it stands on invoices that are paid by transfer."),
    )  # fmt: skip
    registry = forms.CharField(
        label=_("Registry"), max_length=300, required=False, widget=forms.Textarea({"rows": 2}),
        help_text=_("At the foot of each page: “Registro Mercantil de Zaragoza, tomo 1234, folio 56, hoja Z-7890”."),
    )  # fmt: skip
    logo = forms.FileField(
        label=_("Logo"), required=False,
        widget=forms.FileInput({"accept": ".png,.jpg,.jpeg,.svg,image/png,image/jpeg,image/svg+xml"}),
        help_text=_("PNG, JPEG or SVG, up to 1 MB."),
    )  # fmt: skip
    remove_logo = forms.BooleanField(label=_("Take the logo away"), required=False)

    def __init__(self, *args: Any, has_logo: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["iban"] = say_iban(self.initial.get("iban", ""))
        if not has_logo:
            del self.fields["remove_logo"]

    def service_fields(self) -> dict[str, Any]:
        fields = dict(self.cleaned_data)
        if fields.pop("remove_logo", False) and not fields["logo"]:
            fields["logo"] = False
        return fields
