"""The forms of work orders: the order itself, its changes of state, and what is noted on it piece by piece."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hilvan.activities.forms import YEARS
from hilvan.activities.moments import out_of_range
from hilvan.records.forms import RecordField, RecordForm, UserField
from hilvan.trade.forms import DocumentForm, NumberField

from .schemas import decoded


class MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class MomentField(forms.DateTimeField):
    """An instant on the user's clock."""

    widget = MomentInput

    def clean(self, value: Any) -> Any:
        instant = super().clean(value)
        if instant is not None and instant.year not in YEARS:
            raise out_of_range()
        return instant


class TasksField(forms.CharField):
    """Tasks, one a line: gives their texts."""

    from_cell = False
    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        return [line.strip() for line in super().clean(value).split("\n") if line.strip()]


class WorkOrderForm(DocumentForm):
    owner = UserField(label=_("Technician"), required=False)
    delivery_address = forms.CharField(
        label=_("Place"), max_length=1000, required=False, widget=forms.Textarea({"rows": 2})
    )
    notes = forms.CharField(
        label=_("What is to be done"), max_length=100_000, required=False, widget=forms.Textarea({"rows": 3})
    )
    start_at = MomentField(label=_("Planned start"), required=False)
    end_at = MomentField(label=_("Planned end"), required=False)
    tasks = TasksField(
        label=_("Tasks"), required=False, widget=forms.Textarea({"rows": 4}), help_text=_("One a line, to be ticked.")
    )
    hourly_rate = NumberField(
        label=_("Price of an hour, €"), required=False, decimal_places=4, min_value=0,
        help_text=_("The hours worked become a line of the order. Without it they are not charged."),
    )  # fmt: skip
    report = forms.CharField(
        label=_("What was done"), max_length=10_000, required=False, widget=forms.Textarea({"rows": 4})
    )

    field_order = (
        "title", "party", "contact", "owner", "team", "start_at", "end_at", "delivery_address", "notes", "tasks",
        "report", "lines", "hourly_rate", "dated", "reference",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.changing:
            del self.fields["report"]
            if "owner" not in self.sources:  # who writes an order down is seldom who does it
                del self.initial["owner"]


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea({"rows": 2}))


class FinishForm(forms.Form):
    report = forms.CharField(
        label=_("What was done"), max_length=10_000, required=False, widget=forms.Textarea({"rows": 4})
    )


class DrawnWidget(forms.HiddenInput):
    """A canvas to draw on, where there is a script; the drawing is sent as a data URL."""

    input_type = "text"
    template_name = "work_orders/drawn.html"


class DrawnField(forms.CharField):
    """What was drawn: gives the bytes of a PNG, none where nothing was."""

    widget = DrawnWidget

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return decoded(text)
        except ValueError as error:
            raise ValidationError(str(error), code="drawn") from error


class SignForm(forms.Form):
    signed_by = forms.CharField(label=_("Name of who signs"), max_length=100)
    drawn = DrawnField(label=_("Signature"), required=False)
    report = forms.CharField(
        label=_("What was done"), max_length=10_000, required=False, widget=forms.Textarea({"rows": 3})
    )


class MaterialForm(RecordForm):
    """One line, as a technician notes it: what, how many; the price is the product's unless he says otherwise."""

    product = RecordField(label=_("Product"), required=False, kinds=("product",))
    quantity = NumberField(
        label=_("Quantity"), max_digits=12, decimal_places=3, min_value=Decimal("0.001"), initial=Decimal(1)
    )
    description = forms.CharField(
        label=_("Description"), max_length=1000, required=False, help_text=_("Without it, the product’s.")
    )
    price = NumberField(
        label=_("Price, €"), required=False, decimal_places=4, help_text=_("Without it, the product’s.")
    )


class TimeForm(RecordForm):
    person = UserField(label=_("Technician"), empty_label=None)
    started_at = MomentField(label=_("From"))
    ended_at = MomentField(label=pgettext_lazy("end of a time", "To"), required=False)
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("person", self.user)
        self.fields["ended_at"].required = not self.changing or self.initial.get("ended_at") is not None
