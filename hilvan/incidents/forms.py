"""The forms of incidents: one to write it down and to change it, one for each verb that asks something."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hilvan.activities.models import HoldReason, Priority
from hilvan.records.forms import RecordField, RecordForm, TeamField, UserField

from .models import Category, Channel
from .services import MAX_RESOLUTION


class IncidentForm(RecordForm):
    title = forms.CharField(label=_("What happens"), max_length=255)
    party = RecordField(label=_("Customer or supplier"), required=False, kinds=lambda kind: kind.is_party)
    contact = RecordField(label=_("Contact"), required=False, kinds=lambda kind: kind.is_contact, near="party")
    priority = forms.TypedChoiceField(
        label=_("Priority"), choices=Priority.choices, coerce=int, initial=Priority.NORMAL
    )
    category = forms.ChoiceField(label=_("Category"), choices=Category.choices, initial=Category.OTHER)
    channel = forms.ChoiceField(label=_("It reached us by"), choices=Channel.choices, initial=Channel.OTHER)
    owner = UserField(label=_("Responsible"), required=False)
    team = TeamField(label=_("Team"), required=False)
    description = forms.CharField(
        label=_("Description"), max_length=100_000, required=False, widget=forms.Textarea({"rows": 6})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("owner", self.user)


class HoldForm(forms.Form):
    waiting_for = forms.ChoiceField(label=_("Waiting for"), choices=HoldReason.choices)
    reason = forms.CharField(label=_("In words"), max_length=1000, required=False, widget=forms.Textarea({"rows": 2}))


class MergeForm(RecordForm):
    into = RecordField(label=_("The incident that stays"), kinds=("incident",))


class CloseForm(forms.Form):
    resolution = forms.CharField(
        label=_("How was it resolved?"), max_length=MAX_RESOLUTION, widget=forms.Textarea({"rows": 4})
    )


class ReopenForm(forms.Form):
    reason = forms.CharField(label=_("Why is it reopened?"), max_length=1000, widget=forms.Textarea({"rows": 2}))
