"""The forms of activity types and of results."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hilvan.people.models import User
from hilvan.web.templatetags.hilvan import icon

from .models import RESULT_NAMES, TYPE_NAMES, ActivityResult, ActivityType

# Of the sprite those that can stand for a kind of work, each in a word.
ICONS = {
    "phone": _("Telephone"),
    "mail": _("Envelope"),
    "message": _("Speech bubble"),
    "users": _("People"),
    "map-pin": _("Place"),
    "checkbox": _("Tick"),
    "calendar": _("Calendar"),
    "file-text": _("Sheet"),
    "tools": _("Tools"),
    "truck": _("Lorry"),
    "coins": _("Coins"),
    "box": _("Box"),
    "target": _("Target"),
    "eye": _("Eye"),
    "flag": _("Flag"),
    "star": _("Star"),
}
COLORS = {
    "gray": _("Grey"),
    "blue": _("Blue"),
    "teal": _("Petrol"),
    "violet": _("Violet"),
    "orange": _("Orange"),
    "green": _("Green"),
    "red": _("Red"),
}
USUAL_NAME = _("Empty: the usual name, in each one’s language.")
POSITION = _("The lowest comes first.")


class TypeForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100, required=False)
    color = forms.ChoiceField(label=_("Colour"), choices=COLORS.items())
    icon = forms.ChoiceField(
        label=_("Icon"), widget=forms.RadioSelect,
        choices=lambda: [(name, icon(name, str(word), 20)) for name, word in ICONS.items()],
    )  # fmt: skip
    default_subject = forms.CharField(label=_("Usual subject"), max_length=255, required=False)
    default_assignee = forms.ModelChoiceField(
        label=_("Usual assignee"), queryset=User.objects.none(), required=False, empty_label=_("Nobody"),
        help_text=_("Gets it where neither a person nor a team is named."),
    )  # fmt: skip
    duration = forms.IntegerField(label=_("Usual duration, minutes"), required=False, min_value=1, max_value=100_000)
    next_type = forms.ModelChoiceField(
        label=_("Proposed next"), queryset=ActivityType.objects.none(), required=False,
        empty_label=pgettext_lazy("type", "None"), help_text=_("The type that its follow-up starts with."),
    )  # fmt: skip
    position = forms.IntegerField(label=_("Position"), min_value=0, max_value=9999, initial=100, help_text=POSITION)
    result_required = forms.BooleanField(label=_("A result is required to close"), required=False)
    is_active = forms.BooleanField(
        label=_("Active"), required=False, initial=True, help_text=_("Others are no longer offered.")
    )

    def __init__(self, *args: Any, by: User, type: ActivityType | None = None, **kwargs: Any) -> None:
        names = list(self.base_fields)
        kwargs["initial"] = (
            {name: getattr(type, name) for name in names} if type else {"icon": "checkbox", "color": "gray"}
        )
        super().__init__(*args, **kwargs)
        of_company = Q(company=by.company_id)
        assignee, following, icons = (self.fields[name] for name in ("default_assignee", "next_type", "icon"))
        assert isinstance(assignee, forms.ModelChoiceField)
        assert isinstance(following, forms.ModelChoiceField)
        assert isinstance(icons, forms.ChoiceField)
        present = Q(pk=type.default_assignee_id) if type else Q(pk=None)
        assignee.queryset = User.objects.filter(of_company, Q(is_active=True) | present).order_by("name")
        present = Q(pk=type.next_type_id) if type else Q(pk=None)
        following.queryset = ActivityType.objects.filter(of_company, Q(is_active=True) | present)
        if type and type.icon not in ICONS:
            icons.choices = [(type.icon, icon(type.icon, type.icon, 20)), *cast("Iterable[Any]", icons.choices)]
        name_or_usual(self, TYPE_NAMES.get(type.code) if type else None)


class ResultForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100, required=False)
    position = forms.IntegerField(label=_("Position"), min_value=0, max_value=9999, initial=100, help_text=POSITION)
    is_active = forms.BooleanField(
        label=_("Active"), required=False, initial=True, help_text=_("Others are no longer offered.")
    )

    def __init__(self, *args: Any, result: ActivityResult | None = None, **kwargs: Any) -> None:
        if result:
            kwargs["initial"] = {name: getattr(result, name) for name in self.base_fields}
        super().__init__(*args, **kwargs)
        name_or_usual(self, RESULT_NAMES.get(result.code) if result else None)


def name_or_usual(form: forms.Form, usual: Any) -> None:
    """What every company starts with has a name in each language; what was added must be given one."""
    name = form.fields["name"]
    if usual:
        name.widget.attrs["placeholder"] = str(usual)
        name.help_text = USUAL_NAME
    else:
        name.required = True
