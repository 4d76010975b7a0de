"""The form of the working calendar: a text of hours for each weekday, as people write them."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from .calendar import Hours
from .models import Region

SPAN = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*[-–—]\s*(\d{1,2})(?:[:.](\d{2}))?")


class HoursField(forms.CharField):
    """ "9:00–14:00, 15:00–18:00", nothing for a day without work; cleaned to spans of minutes since midnight."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False,
            max_length=100,
            widget=forms.TextInput({"autocomplete": "off", "placeholder": _("not worked")}),
            **kwargs,
        )

    def prepare_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else written(value)

    def to_python(self, value: Any) -> Any:
        text = str(super().to_python(value))
        spans: list[tuple[int, int]] = []
        for part in filter(None, (part.strip() for part in re.split(r"[,;]|\s[ya]\s", text))):
            match = SPAN.fullmatch(part)
            if match is None:
                raise ValidationError(_("Write it like this: 9:00–14:00, 15:00–18:00"), code="hours")
            hour, minute, until_hour, until_minute = (int(number or 0) for number in match.groups())
            begins, ends = hour * 60 + minute, until_hour * 60 + until_minute
            if minute > 59 or until_minute > 59 or not begins < ends <= 1440 or (spans and begins < spans[-1][1]):
                raise ValidationError(_("Each time comes after the one before it, within the day."), code="order")
            if spans and begins == spans[-1][1]:
                begins = spans.pop()[0]
            spans.append((begins, ends))
        return tuple(spans)


def written(hours: Hours) -> str:
    """Hours as the field takes them."""
    return ", ".join("–".join(f"{at // 60}:{at % 60:02}" for at in span) for span in hours)


class CalendarForm(forms.Form):
    region = forms.ChoiceField(
        label=_("Public holidays of"), required=False, choices=[("", _("All of Spain alone")), *Region.choices]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for n, name in WEEKDAYS.items():
            self.fields[f"day_{n}"] = HoursField(label=str(name).capitalize())

    @property
    def week(self) -> list[Hours]:
        """The hours of Monday to Sunday; the form must be valid."""
        return [self.cleaned_data[f"day_{n}"] for n in WEEKDAYS]


class DayOffForm(forms.Form):
    first = forms.DateField(label=_("From"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    last = forms.DateField(
        label=_("Until"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Empty: that day alone."),
    )
    name = forms.CharField(
        label=_("What for"),
        max_length=100,
        widget=forms.TextInput({"placeholder": _("Local holiday, August…")}),
    )
