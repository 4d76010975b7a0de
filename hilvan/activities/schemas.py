"""What the API takes for an activity, and what it can be asked."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from pydantic import Field, PlainValidator, WithJsonSchema

from hilvan.people.api import MOST, PAGE, Separated, Several
from hilvan.people.models import User
from hilvan.records.api import AskedAsOf
from hilvan.records.models import Record
from hilvan.records.references import (
    NOT_GIVEN,
    RecordRef,
    RecordSchema,
    TeamRef,
    ToRecord,
    ToUser,
    UserName,
    UserRef,
    resolve,
    teams_named,
    users_named,
)
from hilvan.records.services import refuse

from . import moments
from .models import Activity, ActivityResult, ActivityType, Priority
from .participants import MOST as MOST_PARTICIPANTS
from .participants import Invited
from .selection import Filters
from .services import results_of


def _instant(value: Any) -> dt.datetime:
    moment = _moment(value)
    if not isinstance(moment, dt.datetime):
        raise ValueError(_("An instant with its offset is expected: 2026-03-01T09:00:00+01:00."))
    return moment


def _moment(value: Any) -> dt.datetime | dt.date:
    """From RFC 3339; a "+" that was not escaped in an address arrives as a blank."""
    text = re.sub(r" (?=\d\d:?\d\d$)", "+", value) if isinstance(value, str) else ""
    try:
        moment = dt.datetime.fromisoformat(text) if "T" in text or ":" in text else dt.date.fromisoformat(text)
    except ValueError:
        moment = None
    aware = not isinstance(moment, dt.datetime) or moment.tzinfo is not None
    if moment is None or not aware or not 1900 <= moment.year < 3000:
        raise ValueError(_("A date, or an instant with its offset, is expected: 2026-03-01T09:00:00+01:00."))
    return moment


_INSTANT: dict[str, Any] = {"type": "string", "format": "date-time"}
Instant = Annotated[dt.datetime, PlainValidator(_instant), WithJsonSchema(_INSTANT)]
"""An instant with its offset (RFC 3339)."""
Moment = Annotated[
    dt.datetime | dt.date,
    PlainValidator(_moment),
    WithJsonSchema({"anyOf": [_INSTANT, {"type": "string", "format": "date"}]}),
]
"""An instant with its offset, or a plain date for whole days, the end included."""

PriorityCode = Literal["low", "normal", "high", "urgent"]
StateCode = Literal["new", "on_hold", "in_progress", "closed"]
RoleCode = Literal["required", "optional"]
AnswerCode = Literal["needs_action", "accepted", "declined", "tentative"]
PRIORITIES = {priority.name.lower(): priority.value for priority in Priority}


class ParticipantFields(RecordSchema):
    """Who takes part: a user, a contact, or an e-mail address with a name. One that is there already keeps his answer
    unless another one is given."""

    user: UserName | None = None
    contact: str | None = Field(default=None, description="The id or number of a contact.")
    email: str = ""
    name: str = ""
    role: RoleCode = "required"
    answer: AnswerCode | None = None


class ActivityFields(RecordSchema):
    """What can be set on an activity, at birth and later."""

    type: str = NOT_GIVEN
    subject: str = NOT_GIVEN
    description: str = NOT_GIVEN
    priority: PriorityCode = NOT_GIVEN
    assignee: UserRef | None = None
    team: TeamRef | None = None
    party: RecordRef | None = None
    contact: RecordRef | None = None
    place: str = NOT_GIVEN
    participants: list[ParticipantFields] = Field(default=NOT_GIVEN, max_length=MOST_PARTICIPANTS)
    start_at: Moment | None = None
    end_at: Moment | None = None
    all_day: bool = NOT_GIVEN
    remind_at: Instant | None = None
    estimated_minutes: int | None = Field(default=None, ge=0, le=10_000_000)
    spent_minutes: int | None = Field(default=None, ge=0, le=10_000_000)

    def service_fields(self, user: User, before: Activity | None = None) -> dict[str, Any]:
        """``before`` is the activity to be changed: of start and end, the one that is not given stays."""
        values = resolve(self, user)
        if "participants" in values:
            values["participants"] = invited(self.participants, user)
        if "type" in values:
            values["type"] = type_of(values["type"], user)
        if "priority" in values:
            values["priority"] = PRIORITIES[values["priority"]]
        return values | span_of(values, before, user)


class NewActivity(ActivityFields):
    """An activity to be created; with a state and a result for what is noted afterwards."""

    deferred: bool = NOT_GIVEN
    state: StateCode = NOT_GIVEN
    result: str | None = None
    note: str = NOT_GIVEN

    def service_fields(self, user: User, before: Activity | None = None) -> dict[str, Any]:
        values = super().service_fields(user, before)
        if values.get("result") is not None:
            if "type" not in values:
                raise ValidationError({"type": _("Say of what type it is.")})
            values["result"] = result_of(values["result"], values["type"])
        return values


class Transition(RecordSchema):
    to: StateCode
    reason: str = Field(default="", description="On hold: what it waits for. Reopening: why, in words.")
    hold_for: UserRef | None = Field(default=None, alias="for", description="A user or a record that is waited for.")
    until: Moment | None = None
    result: str | None = None
    note: str = ""

    def words(self, activity: Activity, user: User) -> dict[str, Any]:
        """What ``services.transition`` takes besides the activity and the actor."""
        until = self.until and moments.span(self.until, None, user.company.zone).start_at
        waited_for = None
        if self.hold_for:
            waited_for = ToUser().find(user, self.hold_for) or ToRecord().find(user, self.hold_for)
            if waited_for is None:
                raise ValidationError({"for": _("This does not exist.")})
        result = result_of(self.result, activity.type) if self.result else None
        words = {"to": self.to, "reason": self.reason, "until": until, "note": self.note}
        return words | {"hold_for": waited_for, "result": result}


class Deferral(RecordSchema):
    start_at: Moment | None = None
    end_at: Moment | None = None
    all_day: bool = NOT_GIVEN
    reason: str = ""

    def words(self, user: User) -> dict[str, Any]:
        given: dict[str, Any] = {"start_at": self.start_at, "end_at": self.end_at}
        if "all_day" in self.model_fields_set:
            given["all_day"] = self.all_day
        return {**span_of(given, None, user), "reason": self.reason}


class AskedActivities(AskedAsOf):
    """Which activities. Empty means: whatever."""

    state: Annotated[list[StateCode], Separated] = Field(default_factory=list)
    assignee: Several = Field(default_factory=list, description="User names or ids, `me`, `none`.")
    team: Several = Field(default_factory=list, description="Names or ids, `none`.")
    type: Several = Field(default_factory=list)
    priority: Annotated[list[PriorityCode], Separated] = Field(default_factory=list)
    origin: str = Field(default="", description="The id or number of a record.")
    party: str = Field(default="", description="The id or number of a customer or supplier.")
    contact: str = Field(default="", description="The id or number of a contact: on it, or concerning it.")
    ref: str = Field(default="", description="The foreign reference, exactly.")
    start_after: Moment | None = None
    start_before: Moment | None = None
    end_after: Moment | None = None
    end_before: Moment | None = None
    deferred: bool | None = Field(default=None, description="Deferred and not begun yet, or not.")
    archived: bool = Field(default=False, description="Archived ones, too.")
    q: str = Field(default="", description="Words in the subject, in the number or in the foreign reference.")

    def filters(self, user: User) -> Filters:
        """Raises ``ValidationError`` (by field) for what does not exist."""
        if self.type:
            for code in self.type:
                type_of(code, user)
        borders = {
            name: moments.span(given, None, user.company.zone).start_at
            for name in ("start_after", "start_before", "end_after", "end_before")
            if (given := getattr(self, name)) is not None
        }
        return Filters(
            states=frozenset(self.state),
            assignees=users_named(self.assignee, user, "assignee"),
            teams=teams_named(self.team, user, "team"),
            types=frozenset(self.type),
            priorities=frozenset(PRIORITIES[code] for code in self.priority),
            origin=self._record("origin", user),
            party=self._record("party", user),
            contact=self._record("contact", user),
            ref=self.ref,
            deferred=self.deferred,
            archived=self.archived,
            q=self.q,
            **borders,
        )

    def _record(self, name: str, user: User) -> int | None:
        if not (text := getattr(self, name)):
            return None
        found: Record | None = ToRecord().find(user, text)
        if found is None:
            raise ValidationError({name: _("This does not exist.")})
        return found.pk


class AskedPage(AskedActivities):
    order: str = "end"
    limit: int = Field(default=PAGE, ge=1, le=MOST)
    cursor: str = Field(default="", description="`next` of the page before.")


class AskedSummary(AskedActivities):
    group_by: Several = Field(default_factory=lambda: ["state"])


class Reply(RecordSchema):
    answer: AnswerCode


def invited(given: Sequence[ParticipantFields], user: User) -> list[Invited]:
    """Who is meant, in as many queries whatever their number. Raises ``ValidationError`` (``participants.0.user``)."""
    users = ToUser().find_all(user, [one.user for one in given if one.user])
    contacts = ToRecord().find_all(user, [one.contact for one in given if one.contact])
    people, errors = [], {}
    for n, one in enumerate(given):
        user_, contact = users.get(one.user or ""), contacts.get(one.contact or "")
        if sum(map(bool, (one.user, one.contact, one.email))) != 1:
            errors[f"participants.{n}"] = _("Give one of these: user, contact, email.")
        elif one.user and user_ is None:
            errors[f"participants.{n}.user"] = _("This does not exist.")
        elif one.contact and contact is None:
            errors[f"participants.{n}.contact"] = _("This does not exist.")
        people.append(Invited(user_, contact, one.email, one.name.strip(), one.role, one.answer))
    refuse(errors)
    return people


def type_of(code: str, user: User) -> ActivityType:
    """The company's type of this code. Raises ``ValidationError`` (``type``)."""
    types = ActivityType.objects.filter(company=user.company_id)
    if (found := next((one for one in types if one.code == code), None)) is None:
        names = ", ".join(one.code for one in types)
        raise ValidationError({"type": _("Possible values: %(names)s.") % {"names": names}})
    return found


def result_of(code: str, activity_type: ActivityType) -> ActivityResult:
    """The result of this code with which such an activity can be closed. Raises ``ValidationError`` (``result``)."""
    possible = results_of(activity_type)
    if (found := next((one for one in possible if one.code == code), None)) is None:
        names = ", ".join(one.code for one in possible)
        raise ValidationError({"result": _("Possible values: %(names)s.") % {"names": names}})
    return found


def span_of(values: dict[str, Any], before: Activity | None, user: User) -> dict[str, Any]:
    """Start, end and whether they are whole days, as they are kept; of a change, only where one of them is given."""
    if not values.keys() & {"start_at", "end_at", "all_day"}:
        return {}
    zone = user.company.zone
    dates: dict[str, dt.date | dt.datetime | None] = {"start_at": None, "end_at": None}
    if before is not None:
        dates = {"start_at": before.start_at, "end_at": before.end_at}
        if values.get("all_day", before.all_day):
            dates = dict(zip(dates, moments.days(before.start_at, before.end_at, zone), strict=True))
    dates |= {name: values[name] for name in dates if name in values}
    span = moments.span(dates["start_at"], dates["end_at"], zone)
    wanted = values.get("all_day", span.all_day)
    if wanted != span.all_day and (span.start_at or span.end_at) and (wanted or values.keys() & dates.keys()):
        raise ValidationError(
            {"all_day": _("Whole days are given as dates, anything else as instants with their offset.")}
        )
    return {"start_at": span.start_at, "end_at": span.end_at, "all_day": wanted}
