"""The forms of opportunities: one to write it down and to change it, one to lose and one to reopen it."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.formats import get_format
from django.utils.translation import gettext_lazy as _

from hilvan.activities.forms import DayInput
from hilvan.records.forms import RecordField, RecordForm, TeamField, UserField

from .models import OPEN, Source, Stage


class AmountField(forms.DecimalField):
    """Euros as people write them in their language: "12.400,00 €", "12400,5" or "12.400" in Spanish."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_digits=14,
            decimal_places=2,
            min_value=0,
            localize=True,
            widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
            **kwargs,
        )

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            text = re.sub(r"[\s€]", "", value)
            decimal, thousand = (",", ".") if get_format("DECIMAL_SEPARATOR") == "," else (".", ",")
            if decimal in text or re.fullmatch(rf"\d{{1,3}}({re.escape(thousand)}\d{{3}})+", text):
                text = text.replace(thousand, "")
            value = text.replace(decimal, ".")
        return super().to_python(value)


class OpportunityForm(RecordForm):
    title = forms.CharField(label=_("What it is about"), max_length=255)
    party = RecordField(label=_("Customer"), kinds=("customer",))
    contact = RecordField(label=_("Contact"), required=False, kinds=lambda kind: kind.is_contact, near="party")
    stage = forms.ChoiceField(label=_("Stage"), choices=[(stage.value, stage.label) for stage in OPEN])
    probability = forms.IntegerField(
        label=_("Probability, %"),
        required=False,
        min_value=0,
        max_value=100,
        help_text=_("Without it, the usual one of the stage."),
    )
    expected_amount = AmountField(label=_("Expected amount, €"), required=False)
    expected_close_on = forms.DateField(label=_("Expected close"), required=False, widget=DayInput())
    source = forms.ChoiceField(label=_("Source"), required=False, choices=[("", "—"), *Source.choices])
    owner = UserField(label=_("Responsible"), required=False)
    team = TeamField(label=_("Team"), required=False)
    description = forms.CharField(
        label=_("Description"), max_length=100_000, required=False, widget=forms.Textarea({"rows": 5})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("owner", self.user)
        if self.initial.get("stage") in (Stage.WON, Stage.LOST):
            del self.fields["stage"], self.fields["probability"]

    def service_fields(self) -> dict[str, Any]:
        """A probability that stayed as it was while the stage changed gives way to the usual one of the new stage."""
        values = super().service_fields()
        if "stage" in self.changed_data and "probability" not in self.changed_data:
            values["probability"] = None
        return values


class LoseForm(forms.Form):
    reason = forms.CharField(label=_("Why was it lost?"), max_length=300, widget=forms.Textarea({"rows": 3}))


class ReopenForm(forms.Form):
    stage = forms.ChoiceField(
        label=_("Stage"), choices=[(stage.value, stage.label) for stage in OPEN], initial=Stage.NEGOTIATION
    )
    reason = forms.CharField(label=_("Why is it reopened?"), max_length=1000, widget=forms.Textarea({"rows": 2}))
