"""What a person asks of the list and the board, as it stands in the address."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hilvan.people.models import Team, User
from hilvan.records.forms import RecordField
from hilvan.records.history import parse_instant
from hilvan.records.kinds import kinds

from .forms import DayInput
from .models import ActivityType, State
from .selection import ORDERS, Filters

OPEN = frozenset({State.NEW.value, State.ON_HOLD.value, State.IN_PROGRESS.value})
STATES = [("", pgettext_lazy("states", "Open")), *State.choices, ("all", pgettext_lazy("states", "All"))]
NO_TEAM = frozenset({0})


@dataclass(frozen=True)
class QuickView:
    label: Any
    asks: dict[str, str]


EVERY_STATE = pgettext_lazy("activities", "All")
QUICK_VIEWS = (
    QuickView(pgettext_lazy("activities", "Open"), {}),
    QuickView(pgettext_lazy("activities", "Mine"), {"assignee": "me", "deferred": "no"}),
    QuickView(_("My team’s, unassigned"), {"assignee": "nobody", "team": "mine"}),
    QuickView(pgettext_lazy("activities", "On hold"), {"state": "on_hold"}),
    QuickView(pgettext_lazy("activities", "Deferred"), {"deferred": "yes"}),
    QuickView(pgettext_lazy("activities", "Closed"), {"state": "closed", "order": "-number"}),
    QuickView(EVERY_STATE, {"state": "all", "order": "-number"}),
)


class InstantField(forms.CharField):
    """A past instant, RFC 3339; without an offset it is the clock's in ``zone``."""

    zone: dt.tzinfo = dt.UTC

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return parse_instant(text, self.zone) if text else None


class FilterForm(forms.Form):
    """The filters of list and board. Nothing chosen: what is open."""

    q = forms.CharField(
        label=_("Text or number"), required=False, max_length=200, widget=forms.TextInput({"type": "search"})
    )
    state = forms.ChoiceField(label=_("State"), required=False, choices=STATES)
    assignee = forms.ChoiceField(label=_("Assigned to"), required=False)
    team = forms.ChoiceField(label=_("Team"), required=False)
    type = forms.ChoiceField(label=_("Type"), required=False)
    party = RecordField(label=_("Customer or supplier"), required=False, kinds=())
    contact = RecordField(label=_("Contact"), required=False, kinds=(), near="party")
    origin = RecordField(label=_("Origin"), required=False, kinds=())
    start_from = forms.DateField(label=_("Starts from"), required=False, widget=DayInput)
    start_until = forms.DateField(label=_("Starts until"), required=False, widget=DayInput)
    end_from = forms.DateField(label=_("Ends from"), required=False, widget=DayInput)
    end_until = forms.DateField(label=_("Ends until"), required=False, widget=DayInput)
    deferred = forms.ChoiceField(
        label=_("Deferred, not begun"),
        required=False,
        choices=[("", _("Whatever")), ("yes", _("Only these")), ("no", _("Without these"))],
    )
    archived = forms.BooleanField(label=_("Archived, too"), required=False)
    order = forms.ChoiceField(
        required=False, choices=[("", ""), *((name, name) for name in ORDERS)], widget=forms.HiddenInput
    )
    as_of = InstantField(label=_("Instant"), required=False, widget=forms.HiddenInput)

    main = ("q", "state", "assignee", "team", "type", "party")
    more = ("contact", "origin", "start_from", "start_until", "end_from", "end_until", "deferred", "archived")

    def __init__(self, *args: Any, user: User, board: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["as_of"].zone = user.zone  # type: ignore[attr-defined]
        chosen = self.data.get("assignee", "")
        people = User.objects.filter(company=user.company_id).filter(
            Q(is_active=True) | Q(pk=int(chosen) if chosen.isdecimal() and len(chosen) < 19 else 0)
        )
        self._choices(
            "assignee",
            [("", _("Anybody")), ("me", _("Me")), ("nobody", _("Nobody"))],
            people.order_by("name").values_list("pk", "name"),
        )
        self._choices(
            "team",
            [("", _("Any team")), ("mine", _("My teams")), ("none", _("No team"))],
            Team.objects.filter(company=user.company_id).order_by("name").values_list("pk", "name"),
        )
        self._choices(
            "type",
            [("", _("Any type"))],
            [(one.code, str(one)) for one in ActivityType.objects.filter(company=user.company_id)],
        )
        for name, among in (
            ("party", tuple(kind.name for kind in kinds if kind.is_party)),
            ("contact", tuple(kind.name for kind in kinds if kind.is_contact)),
            ("origin", tuple(kind.name for kind in kinds)),
        ):
            field = self.fields[name]
            assert isinstance(field, RecordField)
            field.user, field.kinds = user, among
            field.widget.attrs["data-kinds"] = ",".join(among)
        if board:
            del self.fields["state"]

    def _choices(self, name: str, first: list[tuple[str, Any]], rest: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [*first, *((str(key), label) for key, label in rest)]

    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.main if name in self.fields]

    def more_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.more]

    def asked(self) -> dict[str, str]:
        """The address's parameters that say something, without the place in the list."""
        return {name: value for name in self.fields if (value := self.data.get(name, "").strip())}

    def filters(self) -> Filters:
        """What ``selection`` takes; the form must be valid."""
        data = self.cleaned_data
        state = data.get("state", "all")
        return Filters(
            states=frozenset() if state == "all" else frozenset({state}) if state else OPEN,
            assignees=self._among("assignee", me=frozenset({self.user.pk}), nobody=frozenset({None})),
            teams=self._among("team", mine=frozenset(self.user.team_ids) or NO_TEAM, none=frozenset({None})),
            types=frozenset({data["type"]}) if data["type"] else frozenset(),
            origin=data["origin"].pk if data["origin"] else None,
            party=data["party"].pk if data["party"] else None,
            contact=data["contact"].pk if data["contact"] else None,
            start_after=self._midnight("start_from"),
            start_before=self._midnight("start_until", days=1),
            # A whole day ends with the next midnight: that one still belongs to it.
            end_after=self._midnight("end_from", past=dt.timedelta(microseconds=1)),
            end_before=self._midnight("end_until", days=1, past=dt.timedelta(microseconds=1)),
            deferred={"yes": True, "no": False}.get(data["deferred"]),
            archived=data["archived"],
            q=data["q"],
        )

    def clean_q(self) -> str:
        text: str = self.cleaned_data["q"]
        if "\x00" in text:
            raise ValidationError(_("NUL characters are not allowed."), code="nul")
        return text

    def _among(self, name: str, **special: frozenset[int | None]) -> frozenset[int | None]:
        value = self.cleaned_data[name]
        if not value:
            return frozenset()
        return special[value] if value in special else frozenset({int(value)})

    def _midnight(self, name: str, *, days: int = 0, past: dt.timedelta = dt.timedelta()) -> dt.datetime | None:
        day: dt.date | None = self.cleaned_data[name]
        if day is None:
            return None
        try:
            day += dt.timedelta(days=days)
            return dt.datetime.combine(day, dt.time(), self.user.zone).astimezone(dt.UTC) + past
        except OverflowError:
            return dt.datetime.max.replace(tzinfo=dt.UTC) if days else dt.datetime.min.replace(tzinfo=dt.UTC)
