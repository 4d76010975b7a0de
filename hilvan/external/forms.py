"""The form of a record of another application."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from hilvan.records.forms import RecordField, RecordForm, TeamField, UserField


class ExternalForm(RecordForm):
    title = forms.CharField(label=_("Title"), max_length=255)
    system = forms.CharField(
        label=_("System"), max_length=60, help_text=_("The application where it lives, in one word: jira, erp…")
    )
    external_id = forms.CharField(label=_("Identifier there"), max_length=200)
    url = forms.CharField(
        label=_("Address"), max_length=2000, required=False, widget=forms.URLInput({"placeholder": "https://"})
    )
    party = RecordField(label=_("Customer or supplier"), required=False, kinds=lambda kind: kind.is_party)
    owner = UserField(label=_("Responsible"), required=False)
    team = TeamField(label=_("Team"), required=False)
