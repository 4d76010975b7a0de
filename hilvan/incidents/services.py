"""Every change of an incident. Pages, API, imports and tests call these."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from hilvan.activities.models import Activity, HoldReason
from hilvan.people.models import Team, User
from hilvan.records.history import Actor, acting
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from hilvan.records.services import (
    bear,
    check_all,
    check_contact,
    check_head,
    check_text,
    clean,
    lock,
    put,
    refuse,
    required_text,
    save,
    take,
)

from .levels import DUE, go_on, promise
from .models import Incident, State

OWN = ("priority", "category", "channel", "description")
CLOSED = ("state", "closed_at", "resolution", "duplicate_of")
HELD = ("held_at", "waiting_for")
MAX_RESOLUTION = 100_000


class Fields(TypedDict, total=False):
    """What a person can set on an incident, at birth and later. Without a ``party`` it is an internal one."""

    title: str
    party: Record | None
    contact: Record | None
    owner: User | None
    team: Team | None
    priority: int
    category: str
    channel: str
    description: str


@transaction.atomic
def create_incident(*, actor: Actor, origin: Record | None = None, ref: str = "", **fields: Unpack[Fields]) -> Record:
    """A new incident, with what is promised for its priority. Raises ``ValidationError`` and ``PermissionDenied``."""
    incident = Incident(company=actor.company, record=Record())
    _check(incident, actor, put(incident, fields))
    promise(incident, actor.now)
    return bear(kinds["incident"], incident, actor, origin=origin, ref=ref)


@transaction.atomic
def change_incident(record: Record, *, actor: Actor, **fields: Unpack[Fields]) -> Incident:
    """Set some fields; another priority has another promise. Raises ``ValidationError`` and ``PermissionDenied``."""
    incident = take(record, Incident, actor)
    changed = put(incident, fields)
    _check(incident, actor, changed)
    if "priority" in changed and incident.is_open:
        promise(incident, incident.record.created_at)
        changed |= set(DUE)
    acting(actor, "incident.change")
    save(incident, changed)
    return incident


@transaction.atomic
def start_incident(record: Record, *, actor: Actor) -> Incident:
    """Somebody works on it. Raises ``ValidationError`` where that is so already, and ``PermissionDenied``."""
    incident = take(record, Incident, actor)
    if incident.state != State.OPEN:
        raise ValidationError(_("It is being worked on, on hold or closed."), code="not_now")
    incident.state = State.IN_PROGRESS
    acting(actor, "incident.start")
    save(incident, {"state"})
    return incident


@transaction.atomic
def answer_incident(record: Record, *, actor: Actor) -> Incident:
    """Who told of it has been answered. Raises ``ValidationError`` where that had been done, ``PermissionDenied``."""
    incident = take(record, Incident, actor)
    if not incident.is_open or incident.answered_at is not None:
        raise ValidationError(_("It has been answered already."), code="not_now")
    incident.answered_at = actor.now
    acting(actor, "incident.answer")
    save(incident, {"answered_at"})
    return incident


def answered_by(activity: Activity, actor: Actor) -> None:
    """Closing an activity on an open incident is its first answer: one that reached somebody outside.

    Any but a task, which is work of our own, and closed with any result but "cancelled" and "no answer".
    """
    root = activity.record.root
    outward = (
        activity.type.code != "task" and activity.result and activity.result.code not in ("cancelled", "no_answer")
    )
    if root is not None and root.kind == "incident" and outward:
        lock(root)
        unanswered = Incident.objects.filter(pk=root.pk, answered_at=None).exclude(state=State.CLOSED)
        unanswered.update(answered_at=activity.closed_at)


@transaction.atomic
def hold_incident(record: Record, *, actor: Actor, waiting_for: str, reason: str = "") -> Incident:
    """It waits (``waiting_for`` is a ``HoldReason``), and its clock stands meanwhile.

    Raises ``ValidationError`` (by field, or where it is on hold or closed) and ``PermissionDenied``.
    """
    incident = take(record, Incident, actor)
    if incident.state in (State.ON_HOLD, State.CLOSED):
        raise ValidationError(_("It is on hold or closed already."), code="not_now")
    reasons = ", ".join(str(label) for label in HoldReason.labels)
    unknown = waiting_for not in HoldReason.values
    check_all(
        lambda: refuse(
            {"waiting_for": _("Say what it waits for: %(reasons)s.") % {"reasons": reasons}} if unknown else {}
        ),
        lambda: check_text(reason, field="reason", at_most=1000),
    )
    incident.state, incident.held_at, incident.waiting_for = State.ON_HOLD, actor.now, waiting_for
    acting(actor, "incident.hold", note=reason.strip())
    save(incident, {"state", *HELD})
    return incident


@transaction.atomic
def resume_incident(record: Record, *, actor: Actor) -> Incident:
    """It goes on, and its clock too. Raises ``ValidationError`` where it is not on hold, and ``PermissionDenied``."""
    incident = take(record, Incident, actor)
    if incident.state != State.ON_HOLD:
        raise ValidationError(_("It is not on hold."), code="not_now")
    incident.state = State.IN_PROGRESS
    acting(actor, "incident.resume")
    save(incident, {"state", *_resumed(incident, actor)})
    return incident


@transaction.atomic
def close_incident(record: Record, *, actor: Actor, resolution: str) -> Incident:
    """It is resolved, and this is how.

    Raises ``ValidationError`` (``resolution``, or where it is closed) and ``PermissionDenied``.
    """
    incident = take(record, Incident, actor)
    _check_open(incident)
    incident.resolution = required_text(
        resolution, field="resolution", missing=_("Say how it was resolved."), at_most=MAX_RESOLUTION
    )
    acting(actor, "incident.close")
    return _closed(incident, actor)


@transaction.atomic
def merge_incident(record: Record, *, actor: Actor, into: Record | None) -> Incident:
    """It is the same as another one, which stays: this one is closed as its duplicate. Reopening parts them again.

    Its activities remain on it; the page of the other one shows them too.
    Raises ``ValidationError`` (``into``, or where it is closed) and ``PermissionDenied``.
    """
    for one in sorted({record, into or record}, key=lambda one: one.pk):  # two at once, each into the other
        lock(one)
    incident = take(record, Incident, actor)
    _check_open(incident)
    stays = Incident.objects.filter(pk=into.pk, company=actor.company).first() if into else None
    if stays is None:
        raise ValidationError({"into": _("Say which incident stays.")})
    if stays.pk == record.pk:
        raise ValidationError({"into": _("It can't be a duplicate of itself.")})
    if stays.duplicate_of is not None:
        other = {"number": stays.record.number, "other": stays.duplicate_of.number}
        raise ValidationError({"into": _("%(number)s is itself a duplicate, of %(other)s.") % other})
    incident.duplicate_of = into
    acting(actor, "incident.merge")
    return _closed(incident, actor)


@transaction.atomic
def reopen_incident(record: Record, *, actor: Actor, reason: str) -> Incident:
    """It is not resolved after all, or no duplicate, for this reason. The time since it was closed does not count.

    Raises ``ValidationError`` (``reason``, or where it is open) and ``PermissionDenied``.
    """
    incident = take(record, Incident, actor)
    if incident.closed_at is None:
        raise ValidationError(_("The incident is open."), code="not_now")
    reason = required_text(reason, missing=_("Say why it is reopened."))
    go_on(incident, incident.closed_at, actor.now)
    incident.state, incident.closed_at, incident.resolution, incident.duplicate_of = State.OPEN, None, "", None
    acting(actor, "incident.reopen", note=reason)
    save(incident, {*CLOSED, *DUE, "held_seconds"})
    return incident


def _closed(incident: Incident, actor: Actor) -> Incident:
    """Closes it; who had no answer until now has it by that."""
    resumed = _resumed(incident, actor) if incident.state == State.ON_HOLD else set()
    incident.state, incident.closed_at = State.CLOSED, actor.now
    incident.answered_at = incident.answered_at or incident.closed_at
    save(incident, {*CLOSED, "answered_at", *resumed})
    return incident


def _resumed(incident: Incident, actor: Actor) -> set[str]:
    assert incident.held_at is not None
    go_on(incident, incident.held_at, actor.now)
    incident.held_at, incident.waiting_for = None, ""
    return {*HELD, *DUE, "held_seconds"}


def _check_open(incident: Incident) -> None:
    if not incident.is_open:
        raise ValidationError(_("The incident is closed already."), code="not_now")


def _check(incident: Incident, actor: Actor, changed: Collection[str]) -> None:
    named = {"party", "contact"} & set(changed)
    check_all(
        lambda: check_head(incident.record, actor, changed),
        lambda: check_contact(actor, incident.contact, incident.record.party) if named else None,
        lambda: clean(incident, *OWN),
    )
