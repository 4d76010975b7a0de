"""The forms of opportunities: one to write it down and to change it, one to lose and one to reopen it."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.formats import get_format
from django.utils.translation import gettext_lazy as _

from hilvan.activities.forms import DayInput
from hilvan.people.models import User
from hilvan.records.forms import RecordField, RecordForm, TeamField, UserField

from .models import ENDS, REASON_NAMES, STAGE_NAMES, LostReason, Source
from .services import open_stages


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


class StageField(forms.ChoiceField):
    """The open stages of the user's company, by pipeline where there are several; until then those of every company.

    ``empty`` names the choice of none, where there is one.
    """

    user: User

    def __init__(self, *, empty: Any = None, **kwargs: Any) -> None:
        self.first = [] if empty is None else [("", empty)]
        usual = [(code, name) for code, name in STAGE_NAMES.items() if code not in ENDS]
        super().__init__(choices=[*self.first, *usual], required=empty is None, **kwargs)

    def prepare(self, current: Any = None) -> None:
        """``current``, the code of a stage that is no longer offered, stays so for what stands in it."""
        by_pipeline: dict[str, list[tuple[str, str]]] = {}
        for stage in open_stages(self.user.company).values():
            by_pipeline.setdefault(str(stage.pipeline), []).append((stage.code, str(stage)))
        groups = list(by_pipeline.items())
        self.choices = [*self.first, *(groups if len(groups) > 1 else groups[0][1] if groups else [])]
        if current and current not in ENDS and not self.valid_value(current):
            self.choices = [(current, current), *self.choices]


class CauseField(forms.ChoiceField):
    """The company's reasons for which opportunities are lost; until it is known those of every company."""

    user: User

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=[("", "—"), *REASON_NAMES.items()], **kwargs)

    def prepare(self, current: Any = None) -> None:
        offered = LostReason.objects.filter(company=self.user.company_id, is_active=True)
        self.choices = [("", "—"), *((reason.code, str(reason)) for reason in offered)]


class OpportunityForm(RecordForm):
    title = forms.CharField(label=_("What it is about"), max_length=255)
    party = RecordField(label=_("Customer"), kinds=("customer",))
    contact = RecordField(label=_("Contact"), required=False, kinds=lambda kind: kind.is_contact, near="party")
    stage = StageField(label=_("Stage"))
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
        if self.initial.get("stage") in ENDS:
            del self.fields["stage"], self.fields["probability"]

    def service_fields(self) -> dict[str, Any]:
        """A probability that stayed as it was while the stage changed gives way to the usual one of the new stage."""
        values = super().service_fields()
        if "stage" in self.changed_data and "probability" not in self.changed_data:
            values["probability"] = None
        return values


class LoseForm(RecordForm):
    cause = CauseField(label=_("Reason"), required=False)
    reason = forms.CharField(
        label=_("Why was it lost?"),
        max_length=300,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("One of the two at least."),
    )


class ReopenForm(RecordForm):
    stage = StageField(label=_("Stage"), empty=_("The one in which it was"))
    reason = forms.CharField(label=_("Why is it reopened?"), max_length=1000, widget=forms.Textarea({"rows": 2}))
