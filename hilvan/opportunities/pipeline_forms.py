"""The forms of pipelines, stages and reasons of loss."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import ENDS, Choice, Tone
from .pipelines import USUAL_NAMES


class ChoiceForm(forms.Form):
    """What every choice has; the one that every company starts with has a name in each language."""

    name = forms.CharField(label=_("Name"), max_length=100, required=False)
    position = forms.IntegerField(
        label=_("Position"), min_value=0, max_value=9999, initial=100, help_text=_("The lowest comes first.")
    )
    is_active = forms.BooleanField(
        label=_("Active"), required=False, initial=True, help_text=_("Others are no longer offered.")
    )

    def __init__(self, *args: Any, choice: Choice | None = None, **kwargs: Any) -> None:
        if choice is not None:
            kwargs["initial"] = {name: getattr(choice, name) for name in self.base_fields}
        super().__init__(*args, **kwargs)
        usual = USUAL_NAMES[type(choice)].get(choice.code) if choice else None
        name = self.fields["name"]
        if usual:
            name.widget.attrs["placeholder"] = str(usual)
            name.help_text = _("Empty: the usual name, in each one’s language.")
        else:
            name.required = True


class StageForm(ChoiceForm):
    probability = forms.IntegerField(label=_("Usual probability, %"), min_value=0, max_value=100, initial=50)
    tone = forms.ChoiceField(label=_("Colour"), choices=Tone.choices, initial=Tone.PROGRESS)

    field_order = ("name", "probability", "tone", "position", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if (choice := kwargs.get("choice")) is not None and choice.code in ENDS:
            for name in ("probability", "tone", "position", "is_active"):
                del self.fields[name]
