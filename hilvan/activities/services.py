"""Every change of an activity. Pages, API, imports, jobs and tests call these.

Each one locks the activity's own row: its trigger goes on to the Record, so all who change an activity take the two
rows in the same order, plain SQL too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from hilvan.notifications.models import Reason
from hilvan.notifications.services import notify
from hilvan.people.models import Team, User
from hilvan.people.permissions import Action
from hilvan.records.history import Actor, acting
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from hilvan.records.services import (
    Refused,
    bear,
    check_all,
    check_company,
    check_contact,
    check_text,
    clean,
    refuse,
    require,
    required_text,
)

from .closing import closed
from .invitations import Calendars
from .lifecycle import check
from .models import Activity, ActivityResult, ActivityType, HoldReason, State
from .moments import ends_before_start
from .participants import Invited

MAX_DESCRIPTION = 100_000


class Fields(TypedDict, total=False):
    """What a person can set on an activity, at birth and later. Instants are aware; times in minutes."""

    type: ActivityType
    subject: str
    description: str
    priority: int
    assignee: User | None
    team: Team | None
    party: Record | None
    contact: Record | None
    place: str
    start_at: dt.datetime | None
    end_at: dt.datetime | None
    all_day: bool
    remind_at: dt.datetime | None
    estimated_minutes: int | None
    spent_minutes: int | None


def draft_activity(
    *,
    actor: Actor,
    origin: Record | None = None,
    deferred: bool = False,
    state: str = State.NEW,
    result: ActivityResult | None = None,
    note: str = "",
    participants: Sequence[Invited] = (),
    **fields: Unpack[Fields],
) -> Activity:
    """A new activity with its Record, checked and not saved. Raises ``ValidationError`` (by field)."""
    activity_type = fields.get("type")
    if activity_type is None:
        raise ValidationError({"type": _("Say of what type it is.")})
    fields.setdefault("subject", activity_type.default_subject)
    if fields.get("assignee") is None and fields.get("team") is None:
        usual = activity_type.default_assignee
        fields["assignee"] = usual if usual and usual.is_active else None
    if fields.get("party") is None and origin is not None:
        fields["party"] = origin.party
    if fields.get("party") is None and (contact := fields.get("contact")) is not None:
        fields["party"] = contact.party
    if state not in State.values or state == State.ON_HOLD:
        raise ValidationError({"state": _("An activity can only be created new, in progress or closed.")})
    activity = Activity(company=actor.company, origin=origin, state=state, deferred=deferred, **fields)
    check_all(
        lambda: _check(activity, actor),
        lambda: check_text(note, field="note", at_most=MAX_DESCRIPTION),
        lambda: Calendars(activity).plan(participants, actor),
    )
    if state == State.CLOSED:
        put_closed(activity, actor, result)
    elif state == State.IN_PROGRESS:
        activity.begun_at = actor.now
    activity.promised_start_at, activity.promised_end_at = activity.start_at, activity.end_at
    activity.record = Record(
        title=activity.subject, party=activity.party, origin=origin, owner=activity.assignee, team=activity.team
    )
    return activity


@transaction.atomic
def create_activity(
    *,
    actor: Actor,
    origin: Record | None = None,
    deferred: bool = False,
    state: str = State.NEW,
    result: ActivityResult | None = None,
    note: str = "",
    ref: str = "",
    participants: Sequence[Invited] = (),
    **fields: Unpack[Fields],
) -> Record:
    """A new activity, on ``origin`` or on nothing; tells its assignee, and invites who takes part in it.

    ``deferred`` demands both dates. ``state`` and ``result`` are for what is noted afterwards (born closed, or already
    begun). Party comes from the origin or the contact, usual subject and assignee from the type where none is given.
    Raises ``ValidationError`` (by field) and ``PermissionDenied``.
    """
    activity = draft_activity(
        actor=actor,
        origin=origin,
        deferred=deferred,
        state=state,
        result=result,
        note=note,
        participants=participants,
        **fields,
    )
    calendars = Calendars(activity)
    calendars.plan(participants, actor)
    calendars.settle(actor)
    bear(kinds["activity"], activity, actor, origin=origin, ref=ref, note=note)
    _tell_assignee(activity, actor, None, born_closed=state == State.CLOSED)
    calendars.tell(actor)
    if state == State.CLOSED:
        closed(activity, actor)
    return activity.record


@transaction.atomic
def change_activity(
    record: Record, *, actor: Actor, participants: Sequence[Invited] | None = None, **fields: Unpack[Fields]
) -> Activity:
    """Set some fields, and who takes part where it is given; tells a new assignee and whose calendar has it.

    Raises ``ValidationError`` (by field) and ``PermissionDenied``.
    """
    activity = lock(record, actor)
    calendars = Calendars(activity)
    before = activity.assignee
    for name, value in fields.items():
        setattr(activity, name, value)
    check_all(lambda: _check(activity, actor, changed=fields), lambda: calendars.plan(participants, actor))
    if activity.promised_start_at is None:
        activity.promised_start_at = activity.start_at
    if activity.promised_end_at is None:
        activity.promised_end_at = activity.end_at
    only = participants is None and fields.keys() <= {"assignee", "team"}
    acting(actor, "activity.assign" if only else "activity.change")
    activity.save(update_fields=[*fields, "promised_start_at", "promised_end_at", *calendars.settle(actor)])
    _tell_assignee(activity, actor, before)
    calendars.tell(actor)
    return activity


@transaction.atomic
def transition(
    record: Record,
    *,
    actor: Actor,
    to: str,
    reason: str = "",
    hold_for: User | Record | None = None,
    until: dt.datetime | None = None,
    result: ActivityResult | None = None,
    note: str = "",
) -> Activity:
    """Take an activity to another state.

    On hold: ``reason`` is a ``HoldReason``, ``hold_for`` a user or a record that is waited for, ``until`` when it is to
    return by itself to the state that it had. Closed: ``result`` (see ``results_of``) and ``note``. Reopening:
    ``reason`` in words. Raises ``TransitionRefused``, ``ValidationError`` (by field) and ``PermissionDenied``.
    """
    activity = lock(record, actor)
    calendars = Calendars(activity)
    check(activity.state, to)
    before = State(activity.state)
    verb = {State.IN_PROGRESS: "start", State.ON_HOLD: "hold", State.CLOSED: "close", State.NEW: "return"}[State(to)]
    activity.hold_reason, activity.hold_for_user, activity.hold_for_record = "", None, None
    activity.hold_until, activity.hold_returns_to = None, ""
    if before is State.CLOSED:
        verb = "reopen"
        note = required_text(reason, missing=_("Say why it is reopened."))
        activity.closed_at = activity.result = None
    activity.state = to
    if to == State.ON_HOLD:
        _hold(activity, actor, before, reason, hold_for, until)
    elif to == State.CLOSED:
        put_closed(activity, actor, result)
    elif to == State.IN_PROGRESS and activity.begun_at is None:
        activity.begun_at = actor.now
    check_text(note, field="note", at_most=MAX_DESCRIPTION)
    acting(actor, f"activity.{verb}", note=note)
    activity.save(
        update_fields=[
            "state",
            "hold_reason",
            "hold_for_user",
            "hold_for_record",
            "hold_until",
            "hold_returns_to",
            "begun_at",
            "closed_at",
            "result",
            *calendars.settle(actor),
        ]
    )
    calendars.tell(actor)
    if to == State.CLOSED:
        closed(activity, actor)
    return activity


@transaction.atomic
def defer(
    record: Record,
    *,
    actor: Actor,
    start_at: dt.datetime | None,
    end_at: dt.datetime | None,
    all_day: bool = False,
    reason: str,
) -> Activity:
    """Put an open activity off until ``start_at``. The first promised dates stay, the times it is deferred are counted.

    Raises ``ValidationError`` (by field; ``deferred`` for a closed one) and ``PermissionDenied``.
    """
    activity = lock(record, actor)
    calendars = Calendars(activity)
    if activity.state == State.CLOSED:
        raise ValidationError({"deferred": _("A closed activity can't be deferred.")})
    activity.deferred, activity.start_at, activity.end_at, activity.all_day = True, start_at, end_at, all_day
    if activity.promised_start_at is None:
        activity.promised_start_at = start_at
    if activity.promised_end_at is None:
        activity.promised_end_at = end_at
    activity.deferrals += 1
    check_all(
        lambda: required_text(reason, missing=_("Say why it is deferred.")),
        lambda: _check(activity, actor, changed={"start_at": start_at, "end_at": end_at}),
    )
    acting(actor, "activity.defer", note=reason.strip())
    activity.save(
        update_fields=[
            "deferred",
            "start_at",
            "end_at",
            "all_day",
            "promised_start_at",
            "promised_end_at",
            "deferrals",
            *calendars.settle(actor),
        ]
    )
    calendars.tell(actor)
    return activity


@transaction.atomic
def claim_activity(record: Record, *, actor: Actor) -> Activity:
    """The actor takes what waits in a queue. Raises ``Refused`` where somebody was first, and ``PermissionDenied``."""
    activity = lock(record, actor)
    if activity.assignee is not None and activity.assignee != actor.user:
        raise Refused(_("%(name)s has already taken it.") % {"name": activity.assignee})
    return change_activity(record, actor=actor, assignee=actor.user)


@transaction.atomic
def archive_activity(record: Record, *, actor: Actor, archived: bool = True) -> Activity:
    """Take an activity out of the lists and counts, or bring it back."""
    activity = lock(record, actor)
    acting(actor, "activity.archive" if archived else "activity.unarchive")
    activity.archived_at = actor.now if archived else None
    activity.save(update_fields=["archived_at"])
    return activity


def lock(record: Record, actor: Actor) -> Activity:
    """The activity's row, fresh, and ours until the transaction ends; raises ``PermissionDenied``."""
    activity = (
        Activity.objects.select_for_update(no_key=True, of=("self",))
        .select_related("record__company", "type", "assignee")  # the rest is rarely asked for: ten joins cost 5 ms
        .get(pk=record.pk)
    )
    require(actor, Action.CHANGE, activity.record)
    return activity


def results_of(activity_type: ActivityType) -> list[ActivityResult]:
    """The results with which an activity of this type can be closed: its own, then those for all types."""
    return sorted(
        ActivityResult.objects.filter(
            Q(type=activity_type) | Q(type=None), company=activity_type.company_id, is_active=True
        ),
        key=lambda result: (result.type_id is None, result.position, result.pk),
    )


def _hold(
    activity: Activity,
    actor: Actor,
    before: State,
    reason: str,
    hold_for: User | Record | None,
    until: dt.datetime | None,
) -> None:
    errors = {}
    if reason not in HoldReason.values:
        errors["reason"] = _("Say what it waits for: %(reasons)s.") % {
            "reasons": ", ".join(str(label) for label in HoldReason.labels)
        }
    if until is not None and until <= actor.now:
        errors["until"] = _("It must lie in the future.")
    check_all(lambda: refuse(errors), lambda: check_company(actor, **{"for": hold_for}))
    activity.hold_reason = reason
    activity.hold_for_user = hold_for if isinstance(hold_for, User) else None
    activity.hold_for_record = hold_for if isinstance(hold_for, Record) else None
    activity.hold_until = until
    activity.hold_returns_to = before


def put_closed(
    activity: Activity,
    actor: Actor,
    result: ActivityResult | None,
    possible: Collection[ActivityResult] | None = None,
) -> None:
    """Set, and do not save, when and with what result it was closed. Raises ``ValidationError`` (``result``).

    ``possible`` are the results of its type, where the caller has them already.
    """
    if possible is None:
        possible = results_of(activity.type)
    if result is None:
        if activity.type.result_required:
            raise ValidationError({"result": _("Say with what result it is closed.")})
        result = next((one for one in possible if one.code == "done"), None)
    elif result not in possible:
        raise ValidationError(
            {"result": _("The possible results are: %(names)s.") % {"names": ", ".join(map(str, possible))}}
        )
    activity.closed_at, activity.result = actor.now, result


def _check(activity: Activity, actor: Actor, changed: Fields | None = None) -> None:
    """Raise ``ValidationError`` (by field) where an activity is not as it should be; ``changed`` is what is new."""
    activity.subject = activity.subject.strip()
    errors: dict[str, Any] = {}
    if activity.deferred:
        for name in ("start_at", "end_at"):
            if getattr(activity, name) is None:
                errors[name] = _("A deferred activity needs its start and its end.")
    if ends_before_start(activity.start_at, activity.end_at, all_day=activity.all_day):
        errors["end_at"] = _("The end lies before the start.")
    new = {
        name: getattr(activity, name)
        for name in ("type", "assignee", "team", "origin", "party")
        if changed is None or name in changed
    }
    assignee: User | None = new.get("assignee")
    if assignee is not None and not assignee.is_active and actor.at is None:
        errors["assignee"] = _("%(name)s no longer works here.") % {"name": assignee.name}
    checks: list[Callable[[], object]] = [
        lambda: clean(activity, "subject", "priority", "place", "estimated_minutes", "spent_minutes"),
        lambda: check_text(activity.description, field="description", at_most=MAX_DESCRIPTION),
        lambda: check_company(actor, **new),
        lambda: refuse(errors),
    ]
    if changed is None or changed.keys() & {"contact", "party"}:
        checks.append(lambda: check_contact(actor, activity.contact, activity.party))
    check_all(*checks)


def _tell_assignee(activity: Activity, actor: Actor, before: User | None, *, born_closed: bool = False) -> None:
    if activity.assignee is not None and activity.assignee != before:
        notify(activity.record, activity.assignee, Reason.ASSIGNED, actor=actor, born_closed=born_closed)
