"""The forms of sales documents, and of their changes of state."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from hilvan.activities.forms import DayInput
from hilvan.records.forms import RecordField
from hilvan.trade.forms import DocumentForm

from .models import Rectification


class OrderForm(DocumentForm):
    deliver_on = forms.DateField(label=_("To be delivered on"), required=False, widget=DayInput())

    field_order = ("title", "party", "contact", "dated", "deliver_on")


class NoteForm(DocumentForm):
    received_by = forms.CharField(label=_("Received by"), max_length=100, required=False)


class InvoiceForm(DocumentForm):
    pass


class CreditNoteForm(DocumentForm):
    rectifies = RecordField(label=_("Invoice that it rectifies"), required=False, kinds=("invoice",), near="party")
    rectification = forms.ChoiceField(
        label=_("Kind of rectification"), choices=Rectification.choices, initial=Rectification.R1
    )
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)

    field_order = ("title", "party", "rectifies", "rectification", "reason", "contact", "dated")


class CancelForm(forms.Form):
    reason = forms.CharField(label=_("Why is it cancelled?"), max_length=1000, widget=forms.Textarea({"rows": 2}))


class DeliverForm(forms.Form):
    received_by = forms.CharField(label=_("Received by"), max_length=100, required=False)
