"""The form of a role: what it grants, as a matrix of kinds and actions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hilvan.people.models import ROLE_NAMES, Role
from hilvan.people.permissions import Action, Grants, Scope
from hilvan.records.kinds import ANY, kinds

# Nothing deletes records yet: what a role grants of it is left as it is.
ACTIONS = {
    Action.VIEW: _("See"),
    Action.CREATE: pgettext_lazy("verb", "Create"),
    Action.CHANGE: _("Change"),
}
SCOPES = [
    (Scope.ALL.value, pgettext_lazy("records", "All")),
    (Scope.TEAM.value, _("Own and the teams’")),
    (Scope.OWN.value, pgettext_lazy("records", "Own")),
    (Scope.NONE.value, pgettext_lazy("records", "None")),
]
YES_OR_NO = [(Scope.ALL.value, _("Yes")), (Scope.NONE.value, _("No"))]
AS_ABOVE = ("", _("As all"))


class RoleForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100, required=False)
    administers = forms.BooleanField(
        label=_("Administers the company"), required=False,
        help_text=_("Users, teams, roles, activity types, mail, and every notice that is sent."),
    )  # fmt: skip

    def __init__(self, *args: Any, role: Role, **kwargs: Any) -> None:
        """``role``: the one that is changed, or one whose grants a new one starts with (then without a key)."""
        self.role = role
        kwargs["initial"] = {"name": role.name, "administers": role.administers}
        super().__init__(*args, **kwargs)
        if role.code in ROLE_NAMES:
            self.fields["name"].widget.attrs["placeholder"] = str(ROLE_NAMES[role.code])
            self.fields["name"].help_text = _("Empty: the usual name, in each one’s language.")
        else:
            self.fields["name"].required = True
        for kind in (ANY, *(kind.name for kind in kinds)):
            granted = role.grants.get(kind, {})
            for action, label in ACTIONS.items():
                choices = YES_OR_NO if action is Action.CREATE else SCOPES
                initial = granted.get(action, "" if kind != ANY else Scope.NONE.value)
                if action is Action.CREATE and initial in (Scope.OWN, Scope.TEAM):
                    initial = Scope.ALL.value
                field = forms.ChoiceField(
                    label=label,
                    choices=choices if kind == ANY else [AS_ABOVE, *choices],
                    required=kind == ANY,
                    initial=initial,
                )
                of = _("All records") if kind == ANY else kinds[kind].label_plural
                field.widget.attrs["aria-label"] = f"{of}: {label}"
                self.fields[_name(kind, action)] = field

    def rows(self) -> list[dict[str, Any]]:
        """The matrix, as its table shows it."""
        rows: list[dict[str, Any]] = [{"label": _("All records"), "icon": "list", "name": ANY}]
        rows += [{"label": kind.label_plural, "icon": kind.icon, "name": kind.name} for kind in kinds]
        return [{**row, "fields": [self[_name(row["name"], action)] for action in ACTIONS]} for row in rows]

    def service_fields(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {"name": given["name"], "administers": given["administers"], "grants": self._grants()}

    def _grants(self) -> Grants:
        grants = {}
        for kind in {ANY, *(kind.name for kind in kinds), *self.role.grants}:
            granted = {
                action: scope for action, scope in self.role.grants.get(kind, {}).items() if action not in ACTIONS
            }
            for action in ACTIONS:
                if kind == ANY or kind in kinds:
                    scope = self.cleaned_data[_name(kind, action)]
                else:  # of a plugin that is away now
                    scope = self.role.grants[kind].get(action, "")
                if scope:
                    granted[action] = scope
            grants[kind] = {str(action): scope for action, scope in granted.items()}
        return grants


def _name(kind: str, action: Action) -> str:
    return f"{'all' if kind == ANY else kind}-{action}"
