"""The form of a receipt, and of its changes of state."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from hilvan.activities.forms import DayInput
from hilvan.records.forms import RecordField, RecordForm, TeamField, UserField
from hilvan.records.models import Record
from hilvan.trade.forms import NumberField
from hilvan.trade.kind import euros
from hilvan.trade.models import PaymentMethod

from .services import uncovered

METHODS = [("", "—"), *PaymentMethod.choices]


class ReceiptForm(RecordForm):
    title = forms.CharField(label=_("What it is about"), max_length=255)
    party = RecordField(label=_("Customer"), kinds=("customer",))
    contact = RecordField(label=_("Contact"), required=False, kinds=lambda kind: kind.is_contact, near="party")
    invoice = RecordField(label=_("Invoice"), required=False, kinds=("invoice",), near="party")
    by_terms = forms.BooleanField(label=_("One for each part of the invoice’s payment terms"), required=False)
    amount = NumberField(label=_("Amount, €"), max_digits=16)
    due_on = forms.DateField(label=_("Due on"), widget=DayInput())
    method = forms.ChoiceField(label=_("Payment method"), required=False, choices=METHODS)
    owner = UserField(label=_("Responsible"), required=False)
    team = TeamField(label=_("Team"), required=False)
    notes = forms.CharField(label=_("Notes"), max_length=100_000, required=False, widget=forms.Textarea({"rows": 3}))

    of_parts = ("amount", "due_on")
    """What the payment terms say, where there is to be one for each of their parts."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("owner", self.user)
        if self.changing:
            del self.fields["by_terms"]
            return
        if isinstance(invoice := self.initial.get("invoice"), Record):
            self.fields["by_terms"].help_text = " · ".join(
                f"{date_format(due_on, 'SHORT_DATE_FORMAT')}: {euros(amount)}"
                for _number, due_on, amount in uncovered(invoice)
            )
        for name in self.of_parts:
            field: Any = self.fields[name]
            field.shown_when = "#id_by_terms=false"
            field.required = not self.data.get("by_terms")

    def service_fields(self) -> dict[str, Any]:
        """What was said of the one receipt counts for several only where somebody has written it."""
        values = super().service_fields()
        if values.get("by_terms"):
            values = {name: one for name, one in values.items() if name not in self.of_parts or self._is_written(name)}
        return values

    def _is_written(self, name: str) -> bool:
        return name in self.changed_data and self.cleaned_data[name] is not None


class CollectForm(forms.Form):
    amount = NumberField(
        label=_("Amount, €"), max_digits=16, required=False, help_text=_("Without it, all that is left.")
    )
    paid_on = forms.DateField(
        label=_("Collected on"), required=False, widget=DayInput(), help_text=_("Without it, today.")
    )
    method = forms.ChoiceField(
        label=_("Payment method"), required=False, choices=METHODS, help_text=_("Without it, the receipt’s.")
    )


class ReturnForm(forms.Form):
    reason = forms.CharField(label=_("Why was it returned?"), max_length=300)


class CancelForm(forms.Form):
    reason = forms.CharField(label=_("Why is it cancelled?"), max_length=1000, widget=forms.Textarea({"rows": 2}))
