"""The form of a product."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from hilvan.records.forms import RecordForm, TeamField, UserField
from hilvan.trade.forms import NumberField
from hilvan.trade.taxes import Treatment

from .models import Nature


class ProductForm(RecordForm):
    title = forms.CharField(label=_("Name"), max_length=255)
    code = forms.CharField(label=_("Code"), max_length=40, required=False)
    nature = forms.ChoiceField(label=_("Goods or service"), choices=Nature.choices, initial=Nature.GOODS)
    unit = forms.CharField(label=_("Unit"), max_length=20, required=False, help_text=_("piece, hour, kg, m…"))
    price = NumberField(label=_("Price, €"), required=False, decimal_places=4, min_value=0)
    cost = NumberField(label=_("Cost, €"), required=False, decimal_places=4, min_value=0)
    vat_rate = NumberField(label=_("VAT, %"), max_digits=5, min_value=0, max_value=100, initial=Decimal(21))
    treatment = forms.ChoiceField(label=_("Taxation"), choices=Treatment.choices, initial=Treatment.TAXED)
    owner = UserField(label=_("Responsible"), required=False)
    team = TeamField(label=_("Team"), required=False)
    description = forms.CharField(
        label=_("Description"), max_length=100_000, required=False, widget=forms.Textarea({"rows": 4})
    )
