"""The forms of quotes: one to write it down and to change it, one to reject and one to reopen it."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from hilvan.activities.forms import DayInput
from hilvan.trade.forms import DocumentForm


class QuoteForm(DocumentForm):
    valid_until = forms.DateField(
        label=_("Valid until"), required=False, widget=DayInput(), help_text=_("Without it, for 30 days.")
    )

    field_order = ("title", "party", "contact", "dated", "valid_until")


class RejectForm(forms.Form):
    reason = forms.CharField(label=_("Why was it rejected?"), max_length=300, widget=forms.Textarea({"rows": 3}))


class ReopenForm(forms.Form):
    reason = forms.CharField(label=_("Why is it reopened?"), max_length=1000, widget=forms.Textarea({"rows": 2}))
