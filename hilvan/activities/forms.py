"""The forms of activities: one to write it down, one for each change of state, one to defer."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hilvan.people.models import User
from hilvan.records.forms import RecordField, RecordForm, TeamField, UserField

from . import moments
from .forms_participants import ParticipantsField
from .models import ActivityResult, ActivityType, HoldReason, Priority, State
from .participants import Invited, participants_of
from .services import results_of

YEARS = range(1900, 3000)
"""Outside them a typed year is a slip."""

NOTED_WITHIN = dt.timedelta(days=31)
"""So long after it was made a call can still be noted."""


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class ClockInput(forms.TimeInput):
    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class MomentWidget(forms.MultiWidget):
    """A date and, if wanted, a time."""

    template_name = "activities/moment.html"

    def __init__(self) -> None:
        super().__init__({"date": DayInput(), "time": ClockInput()})

    def decompress(self, value: Any) -> list[Any]:
        if isinstance(value, dt.datetime):
            return [value.date(), value.time()]
        return [value, None]


class MomentField(forms.MultiValueField):
    """A date, or a date with a time on the user's clock: gives ``date`` or an aware ``datetime``."""

    widget = MomentWidget

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(
            (forms.DateField(required=False), forms.TimeField(required=False)), require_all_fields=False, **kwargs
        )
        self.zone: dt.tzinfo = dt.UTC

    def compress(self, data_list: list[Any]) -> dt.date | dt.datetime | None:
        if not data_list or data_list == [None, None]:
            return None
        day, time = data_list
        if day is None:
            raise ValidationError(_("Give the day, too."), code="day")
        if day.year not in YEARS:
            raise moments.out_of_range()
        return day if time is None else at_wall_time(day, time, self.zone)


def at_wall_time(day: dt.date, time: dt.time, zone: dt.tzinfo) -> dt.datetime:
    """The instant of a clock's time in a zone; raises ``ValidationError`` for one that they skip that day."""
    instant = dt.datetime.combine(day, time, zone)
    if instant.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) != instant.replace(tzinfo=None):
        raise ValidationError(_("The clocks skip this time on that day."), code="skipped")
    return instant.astimezone(dt.UTC)


class Spanning:
    """What the forms with a start and an end share."""

    fields: dict[str, forms.Field]
    cleaned_data: dict[str, Any]

    def spans(self, zone: dt.tzinfo) -> None:
        for field in self.fields.values():
            if isinstance(field, MomentField):
                field.zone = zone

    def put_span(self, data: dict[str, Any], company_zone: dt.tzinfo) -> dict[str, Any]:
        span = moments.span(data.pop("start_at", None), data.pop("end_at", None), company_zone)
        return {**data, "start_at": span.start_at, "end_at": span.end_at, "all_day": span.all_day}


def initial_moments(activity: Any, zone: dt.tzinfo, company_zone: dt.tzinfo) -> dict[str, Any]:
    """What the two moment fields show of an activity."""
    if activity.all_day:
        start, end = moments.days(activity.start_at, activity.end_at, company_zone)
        return {"start_at": start, "end_at": end}
    return {
        name: value.astimezone(zone) if (value := getattr(activity, name)) else None for name in ("start_at", "end_at")
    }


class ActivityForm(Spanning, RecordForm):
    """To write an activity down, and to change it."""

    type = forms.ModelChoiceField(label=_("Type"), queryset=ActivityType.objects.none(), empty_label=None)
    subject = forms.CharField(label=_("Subject"), max_length=255)
    assignee = UserField(label=_("Assigned to"), required=False)
    team = TeamField(label=_("Team"), required=False)
    priority = forms.TypedChoiceField(
        label=_("Priority"), choices=Priority.choices, coerce=int, initial=Priority.NORMAL, required=False,
        empty_value=Priority.NORMAL.value,  # type: ignore[arg-type]  # what it gives, not what is typed
    )  # fmt: skip
    deferred = forms.BooleanField(
        label=_("Deferred"), required=False, help_text=_("It stays out of what is to be done until its start.")
    )
    start_at = MomentField(label=_("Start"))
    end_at = MomentField(label=_("End"))
    party = RecordField(label=_("Customer or supplier"), required=False, kinds=lambda kind: kind.is_party)
    contact = RecordField(label=_("Contact"), required=False, kinds=lambda kind: kind.is_contact, near="party")
    place = forms.CharField(label=_("Place or video link"), max_length=500, required=False)
    participants = ParticipantsField(
        label=_("Participants"),
        help_text=_("Users, contacts, or any e-mail address. With a start or an end they are invited by mail."),
    )
    description = forms.CharField(label=_("Description"), required=False, widget=forms.Textarea({"rows": 5}))
    estimated_minutes = forms.IntegerField(
        label=_("Estimated time, minutes"), required=False, min_value=0, max_value=10_000_000
    )
    spent_minutes = forms.IntegerField(
        label=_("Spent time, minutes"), required=False, min_value=0, max_value=10_000_000
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        company = self.user.company
        types = self.fields["type"]
        assert isinstance(types, forms.ModelChoiceField)
        types.queryset = ActivityType.objects.filter(company=company, is_active=True)
        self.spans(self.user.zone)
        participants = self.fields["participants"]
        assert isinstance(participants, ParticipantsField)
        participants.user = self.user
        participants.prepare(self.initial.get("participants"))
        tells(self.fields["assignee"], self.initial.get("number", ""))
        if self.changing:
            del self.fields["deferred"]
        else:
            del self.fields["spent_minutes"]
            # What starts from nothing is one's own until said otherwise, and so stands in somebody's list.
            self.initial.setdefault("assignee", self.user)

    @classmethod
    def initial_of(cls, model: Any, user: User) -> dict[str, Any]:
        people = [Invited(one.user, one.contact, one.email, one.name, one.role) for one in participants_of(model)]
        dates = initial_moments(model, user.zone, user.company.zone)
        return super().initial_of(model, user) | dates | {"participants": people, "number": model.number}

    def service_fields(self) -> dict[str, Any]:
        data = self.put_span(dict(self.cleaned_data), self.user.company.zone)
        if self.changing and data["participants"] == self.initial["participants"]:
            del data["participants"]
        return data


class CallForm(RecordForm):
    """A call already made: with whom, what came of it, when."""

    party = RecordField(label=_("Customer or supplier"), required=False, kinds=lambda kind: kind.is_party)
    contact = RecordField(label=_("Contact"), required=False, kinds=lambda kind: kind.is_contact, near="party")
    result = forms.ModelChoiceField(
        label=_("Result"), queryset=ActivityResult.objects.none(), empty_label=None, widget=forms.RadioSelect
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=100_000, widget=forms.Textarea({"rows": 4}))
    subject = forms.CharField(
        label=_("Subject"), required=False, max_length=255, help_text=_("Without it, with whom you spoke.")
    )
    start_at = forms.DateTimeField(
        label=_("When"), widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    spent_minutes = forms.IntegerField(label=_("Minutes"), required=False, min_value=0, max_value=24 * 60)

    def __init__(self, *args: Any, call: ActivityType, now: dt.datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.call, self.now = call, now
        self.initial.setdefault("start_at", now)
        results = self.fields["result"]
        assert isinstance(results, forms.ModelChoiceField)
        possible = results_of(call)
        possible = [one for one in possible if one.type_id is not None] or possible
        results.queryset = ActivityResult.objects.filter(pk__in=[one.pk for one in possible])
        results.choices = [(one.pk, str(one)) for one in possible]
        self.initial.setdefault("result", possible[0].pk if possible else None)

    def clean_start_at(self) -> dt.datetime:
        at: dt.datetime = self.cleaned_data["start_at"]
        if at > self.now:
            raise ValidationError(_("It may not lie in the future."), code="future")
        if at < self.now - NOTED_WITHIN:
            raise ValidationError(_("A call is noted within %(n)d days."), code="past", params={"n": NOTED_WITHIN.days})
        return at

    def service_fields(self) -> dict[str, Any]:
        """A call of ours, closed now; its real time stands in start and end."""
        data = dict(self.cleaned_data)
        who = data["contact"] or data["party"]
        if not data["subject"]:
            data["subject"] = gettext("Call with %(name)s") % {"name": who.title} if who else str(self.call)
        data["subject"] = Truncator(data["subject"]).chars(255)
        ended = data["start_at"] + dt.timedelta(minutes=data["spent_minutes"] or 0)
        data["end_at"] = max(data["start_at"], min(ended, self.now))
        return {**data, "type": self.call, "assignee": self.user, "state": State.CLOSED}


class TransitionForm(forms.Form):
    """A change of state; which fields it has depends on where it goes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.user = kwargs.pop("user")
        self.activity = kwargs.pop("activity")
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, (RecordField, UserField, TeamField)):
                field.user = self.user
                field.prepare(self.initial.get(name))

    def service_fields(self) -> dict[str, Any]:
        """The cleaned values, by the names which the service takes."""
        return dict(self.cleaned_data)


class StartForm(TransitionForm):
    pass


class ReopenForm(TransitionForm):
    reason = forms.CharField(label=_("Why is it reopened?"), max_length=1000)


class HoldForm(TransitionForm):
    reason = forms.ChoiceField(label=_("Waiting for"), choices=[("", "—"), *HoldReason.choices])
    hold_for = UserField(label=_("For whom"), required=False, empty_label="—")
    hold_for_activity = RecordField(label=_("Or for another activity"), required=False, kinds=("activity",))
    until = forms.DateTimeField(
        label=_("Until"),
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea({"rows": 2}))

    def service_fields(self) -> dict[str, Any]:
        data = super().service_fields()
        activity = data.pop("hold_for_activity")
        return {**data, "hold_for": data["hold_for"] or activity}

    def clean(self) -> None:
        if self.cleaned_data.get("hold_for") and self.cleaned_data.get("hold_for_activity"):
            self.add_error("hold_for_activity", _("Say a person or an activity, not both."))


class CloseForm(TransitionForm):
    result = forms.ModelChoiceField(label=_("Result"), queryset=ActivityResult.objects.none(), required=False)
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        results = self.fields["result"]
        assert isinstance(results, forms.ModelChoiceField)
        possible = results_of(self.activity.type)
        results.queryset = ActivityResult.objects.filter(pk__in=[one.pk for one in possible])
        results.choices = [("", "—"), *((one.pk, str(one)) for one in possible)]
        results.required = self.activity.type.result_required


class DeferForm(Spanning, TransitionForm):
    start_at = MomentField(label=_("New start"))
    end_at = MomentField(label=_("New end"))
    reason = forms.CharField(label=_("Why?"), max_length=1000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.spans(self.user.zone)

    def service_fields(self) -> dict[str, Any]:
        return self.put_span(super().service_fields(), self.user.company.zone)


class AssignForm(TransitionForm):
    assignee = UserField(label=_("Assigned to"), required=False)
    team = TeamField(label=_("Team"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tells(self.fields["assignee"], self.activity.record.number)


def tells(field: forms.Field, activity: str = "") -> None:
    """Have the field of an assignee fetch the lines that say who will be told (``activities/told.html``), whenever
    something in its form changes."""
    field.widget.attrs |= {
        "hx-get": reverse("activity_told", query={"activity": activity} if activity else None),
        "hx-trigger": "load, change from:closest form",
        "hx-include": "[name=assignee], [name=participants], [name^=start_at], [name^=end_at]",
        "hx-target": "#told",
    }
