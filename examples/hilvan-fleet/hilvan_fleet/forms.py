"""The forms of vehicles: one to write it down with its lines and to change it, one to retire it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hilvan.activities.forms import DayInput
from hilvan.records.forms import RecordField, RecordForm, TeamField, UserField
from hilvan.trade.forms import NumberField

from .models import SERVICE_FIELDS, Fuel
from .services import MOST_SERVICES

SPARE_ROWS = 3
"""Empty rows at the foot: one fills in these, saves, and finds others. It needs no script."""


class ServiceForm(forms.Form):
    """One row; emptied, it is taken away."""

    use_required_attribute = False

    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    done_on = forms.DateField(label=_("Day"), widget=DayInput())
    what = forms.CharField(label=_("What was done"), max_length=300)
    odometer = forms.IntegerField(
        label=_("Kilometres"), min_value=0, max_value=2_000_000_000, widget=forms.NumberInput({"inputmode": "numeric"})
    )
    cost = NumberField(label=_("Cost, €"), required=False, max_digits=10, min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label or ""

    @property
    def is_empty(self) -> bool:
        return not any(str(self.data.get(self.add_prefix(name), "")).strip() for name in SERVICE_FIELDS)


class Rows:
    """The rows of the lines, as they were sent or to be filled in."""

    def __init__(self, prefix: str, *, initial: Any = (), data: Mapping[str, Any] | None = None) -> None:
        self.prefix = prefix
        if data is None:
            self.forms = [ServiceForm(prefix=f"{prefix}-{at}", initial=line) for at, line in enumerate(initial or ())]
        else:
            indices = {int(found[1]) for key in data if (found := re.fullmatch(rf"{prefix}-(\d{{1,4}})-\w+", key))}
            sent = [ServiceForm(data, prefix=f"{prefix}-{at}") for at in sorted(indices)]
            self.forms = [row for row in sent if not row.is_empty][: MOST_SERVICES + 1]

    @property
    def shown(self) -> list[ServiceForm]:
        """With the spare ones."""
        following = max((int(str(row.prefix).rpartition("-")[2]) for row in self.forms), default=-1) + 1
        spare = [ServiceForm(prefix=f"{self.prefix}-{following + more}") for more in range(SPARE_ROWS)]
        return [*self.forms, *spare]


class ServicesWidget(forms.Widget):
    rows: Rows | None = None

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Rows:
        """Always the same rows, which keep what a service had against them."""
        self.rows = self.rows or Rows(name, data=data)
        return self.rows

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        rows = value if isinstance(value, Rows) else Rows(name, initial=value)
        return render_to_string("fleet/services_field.html", {"rows": rows})

    def use_required_attribute(self, initial: Any) -> bool:
        return False

    def id_for_label(self, id_: str | None, index: str | None = None) -> str:
        return ""


class ServicesField(forms.Field):
    """The lines of a vehicle: gives what ``services.ServiceFields`` names."""

    wide = True
    widget = ServicesWidget

    def clean(self, value: Rows) -> list[dict[str, Any]]:
        if not all(row.is_valid() for row in value.forms):
            raise ValidationError(_("Some services are not right yet."), code="services")
        return [row.cleaned_data for row in value.forms]

    def bound_data(self, data: Any, initial: Any) -> Any:
        return data


class VehicleForm(RecordForm):
    with_rows = ("services",)

    title = forms.CharField(label=_("What it is called"), max_length=255)
    party = RecordField(label=_("Customer"), kinds=("customer",))
    plate = forms.CharField(label=_("Plate"), max_length=20)
    model_name = forms.CharField(label=_("Make and model"), max_length=100, required=False)
    fuel = forms.ChoiceField(label=_("Fuel"), choices=[("", "—"), *Fuel.choices], required=False)
    inspection_on = forms.DateField(label=_("Next inspection"), required=False, widget=DayInput())
    owner = UserField(label=_("Responsible"), required=False)
    team = TeamField(label=_("Team"), required=False)
    services = ServicesField(label=_("Services"), required=False)
    driver_note = forms.CharField(
        label=_("Note for drivers"), max_length=10_000, required=False, widget=forms.Textarea({"rows": 4})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("owner", self.user)

    def add_error(self, field: str | None, error: Any) -> None:
        """What the service has against "services.2.odometer" goes beside that."""
        if field is not None and (found := re.fullmatch(r"services\.(\d+)\.(\w+)", field)):
            row = self["services"].data.forms[int(found[1])]
            row.add_error(found[2], error)
            field, error = "services", ValidationError(gettext("Some services are not right yet."), code="services")
            if self.has_error("services"):
                return
        super().add_error(field, error)


class RetireForm(forms.Form):
    reason = forms.CharField(label=_("Why is it retired?"), max_length=1000, widget=forms.Textarea({"rows": 2}))
