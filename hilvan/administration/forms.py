"""The forms of administration, of the first use and of oneself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hilvan.people import zones
from hilvan.people.models import LANGUAGE_CHOICES, Role, Team, User

TAX_ID_HELP = _("NIF, NIE, CIF or EU VAT number.")


class ZoneField(forms.ChoiceField):
    """A time zone; ``empty`` names the choice of none, where there is one."""

    def __init__(self, *, empty: Any = None, **kwargs: Any) -> None:
        first = [] if empty is None else [("", empty)]
        super().__init__(
            label=_("Time zone"), required=empty is None, choices=lambda: [*first, *zones.choices()], **kwargs
        )

    def keep(self, zone: str) -> None:
        """Have it offer this one too, chosen before by another way."""
        if zone and not self.valid_value(zone):
            self.choices = [*cast("Iterable[Any]", self.choices), (zone, zone)]


def language_field(*, empty: Any = None) -> forms.ChoiceField:
    first = [] if empty is None else [("", empty)]
    return forms.ChoiceField(label=_("Language"), required=empty is None, choices=[*first, *LANGUAGE_CHOICES])


class PasswordsForm(forms.Form):
    """A new password, twice. Whether it is a good one the service says."""

    password = forms.CharField(
        label=_("Password"), strip=False, max_length=4096,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=_("At least 8 characters, no common word."),
    )  # fmt: skip
    password_again = forms.CharField(
        label=_("Password again"), strip=False, max_length=4096,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )  # fmt: skip

    def clean(self) -> None:
        given = self.cleaned_data
        if "password" in given and "password_again" in given and given["password"] != given["password_again"]:
            self.add_error("password_again", _("The two are different."))


class FirstUseForm(PasswordsForm):
    code = forms.CharField(
        label=_("Code"), max_length=40, widget=forms.TextInput({"autocomplete": "off", "autofocus": True}),
        help_text=_("It stands in the terminal in which Hilván was started."),
    )  # fmt: skip
    company = forms.CharField(
        label=_("Company"), max_length=200, widget=forms.TextInput({"autocomplete": "organization"})
    )
    tax_id = forms.CharField(label=_("Tax identifier"), max_length=40, required=False, help_text=TAX_ID_HELP)
    language = language_field()
    time_zone = ZoneField()
    name = forms.CharField(label=_("Your name"), max_length=200, widget=forms.TextInput({"autocomplete": "name"}))
    username = forms.CharField(
        label=_("User name"), max_length=150, widget=forms.TextInput({"autocomplete": "username"})
    )
    email = forms.EmailField(label=_("E-mail"), widget=forms.EmailInput({"autocomplete": "email"}))

    def company_fields(self) -> dict[str, str]:
        given = self.cleaned_data
        return {"name": given["company"], **{name: given[name] for name in ("tax_id", "language", "time_zone")}}

    def administrator_fields(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("name", "username", "email", "password")}


class ForgottenForm(forms.Form):
    who = forms.CharField(
        label=_("E-mail or user name"), max_length=254, widget=forms.TextInput({"autocomplete": "username"})
    )


class CompanyForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)
    tax_id = forms.CharField(label=_("Tax identifier"), max_length=40, required=False, help_text=TAX_ID_HELP)
    language = language_field()
    time_zone = ZoneField(
        help_text=_(
            "In it whole days begin and years end: dates without a time, numbers, reports by day. Instants stay as "
            "they are; whole days noted before may then show a neighbouring day."
        )
    )
    notify_self = forms.BooleanField(
        label=_("Send mail for what one assigns to oneself"), required=False,
        help_text=_("Each user can choose otherwise."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = self.fields["time_zone"]
        assert isinstance(zone, ZoneField)
        zone.keep(self.initial["time_zone"])


class UserForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)
    username = forms.CharField(label=_("User name"), max_length=150, help_text=_("To sign in with."))
    email = forms.EmailField(label=_("E-mail"), required=False)
    role = forms.ModelChoiceField(label=_("Role"), queryset=Role.objects.none(), empty_label=None)
    language = language_field(empty=_("The company’s"))
    time_zone = ZoneField(empty=_("The company’s"))
    teams = forms.ModelMultipleChoiceField(
        label=_("Teams"), required=False, queryset=Team.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, by: User, user: User | None = None, **kwargs: Any) -> None:
        if user is not None:
            kwargs["initial"] = {
                **{
                    name: getattr(user, name) for name in ("name", "username", "email", "language", "time_zone", "role")
                },
                "teams": user.teams.all(),
            }
        super().__init__(*args, **kwargs)
        role, teams, zone = self.fields["role"], self.fields["teams"], self.fields["time_zone"]
        assert isinstance(role, forms.ModelChoiceField)
        assert isinstance(teams, forms.ModelMultipleChoiceField)
        assert isinstance(zone, ZoneField)
        role.queryset = Role.objects.filter(company=by.company_id).order_by("id")
        present = Q(pk__in=user.teams.values("pk")) if user else Q(pk__in=[])
        teams.queryset = Team.objects.filter(Q(is_active=True) | present, company=by.company_id).order_by("name")
        if user is not None:
            zone.keep(user.time_zone)
        else:
            self.initial.setdefault("role", role.queryset.filter(code="member").first())
        if not teams.queryset.exists():
            del self.fields["teams"]

    def service_fields(self) -> dict[str, Any]:
        return {"teams": [], **self.cleaned_data}


class TeamForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)
    members = forms.ModelMultipleChoiceField(
        label=_("Members"), required=False, queryset=User.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    active = forms.BooleanField(
        label=_("Active"), required=False, initial=True,
        help_text=_("One that is not active is no longer offered; what is assigned to it stays."),
    )  # fmt: skip

    def __init__(self, *args: Any, by: User, team: Team | None = None, **kwargs: Any) -> None:
        if team is not None:
            kwargs["initial"] = {"name": team.name, "members": team.members.all(), "active": team.is_active}
        super().__init__(*args, **kwargs)
        members = self.fields["members"]
        assert isinstance(members, forms.ModelMultipleChoiceField)
        present = Q(pk__in=team.members.values("pk")) if team else Q(pk__in=[])
        members.queryset = User.objects.filter(Q(is_active=True) | present, company=by.company_id).order_by("name")
        if team is None:
            del self.fields["active"]


class ProfileForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200, widget=forms.TextInput({"autocomplete": "name"}))
    language = language_field(empty=_("The company’s"))
    time_zone = ZoneField(empty=_("The company’s"))
    notify_self = forms.TypedChoiceField(
        label=_("Mail for what I assign to myself"), required=False,
        choices=[("", _("As the company has chosen")), ("1", _("Yes")), ("0", _("No"))],
        coerce=lambda value: value == "1", empty_value=None,
    )  # fmt: skip
    signature = forms.CharField(
        label=_("Signature"), required=False, max_length=2000, widget=forms.Textarea({"rows": 4}),
        help_text=_("It stands at the foot of the invitations that you cause."),
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        kwargs["initial"] = {
            **{name: getattr(user, name) for name in ("name", "language", "time_zone", "signature")},
            "notify_self": "" if user.notify_self is None else str(int(user.notify_self)),
        }
        super().__init__(*args, **kwargs)
        zone = self.fields["time_zone"]
        assert isinstance(zone, ZoneField)
        zone.keep(user.time_zone)
