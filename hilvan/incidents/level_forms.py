"""The form of the service levels: for each priority two times, in hours."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hilvan.activities.models import Priority

from .levels import LONGEST, Level


class HoursField(forms.DecimalField):
    """Working hours with a decimal at most a hundredth; empty: nothing is promised."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False,
            min_value=0,
            max_value=LONGEST // 60,
            max_digits=6,
            decimal_places=2,
            localize=True,
            widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off", "size": 6}),
            **kwargs,
        )

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, dt.timedelta):
            return value
        hours = value.total_seconds() / 3600
        return f"{hours:.2f}".rstrip("0").rstrip(".")

    def clean(self, value: Any) -> dt.timedelta | None:
        hours = super().clean(value)
        return None if hours is None else dt.timedelta(seconds=round(float(hours) * 3600))


class LevelsForm(forms.Form):
    """Fields ``answer_3`` and ``resolution_3`` for the priority 3, and so on."""

    def __init__(self, data: Any, *, levels: dict[Priority, Level]) -> None:
        initial: dict[str, Any] = {}
        for priority, level in levels.items():
            initial |= {f"answer_{priority}": level.answer, f"resolution_{priority}": level.resolution}
        super().__init__(data, initial=initial)
        self.levels = levels
        for priority in levels:
            for name, label in (("answer", _("First answer")), ("resolution", _("Resolution"))):
                field = HoursField(label=f"{priority.label}: {label}")
                field.widget.attrs["aria-label"] = field.label
                self.fields[f"{name}_{priority}"] = field

    @property
    def rows(self) -> list[tuple[Priority, forms.BoundField, forms.BoundField]]:
        return [(priority, self[f"answer_{priority}"], self[f"resolution_{priority}"]) for priority in self.levels]

    def chosen(self) -> dict[Priority, Level]:
        """What is to be; the form must be valid."""
        data = self.cleaned_data
        return {one: Level(data[f"answer_{one}"], data[f"resolution_{one}"]) for one in self.levels}
