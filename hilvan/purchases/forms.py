"""The forms of purchase documents, and of their changes of state."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from hilvan.activities.forms import DayInput
from hilvan.records.forms import RecordField
from hilvan.trade.forms import DocumentForm


class PurchaseForm(DocumentForm):
    party = RecordField(label=_("Supplier"), kinds=("supplier",))


class OrderForm(PurchaseForm):
    expected_on = forms.DateField(label=_("Expected on"), required=False, widget=DayInput())

    field_order = ("title", "party", "contact", "dated", "expected_on")


class GoodsReceiptForm(PurchaseForm):
    pass


class SupplierInvoiceForm(PurchaseForm):
    reference = forms.CharField(label=_("The supplier's number"), max_length=100, required=False)
    dated = forms.DateField(label=_("The supplier's date"), required=False, widget=DayInput())


class CancelForm(forms.Form):
    reason = forms.CharField(label=_("Why is it cancelled?"), max_length=1000, widget=forms.Textarea({"rows": 2}))
