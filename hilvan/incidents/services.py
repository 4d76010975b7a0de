"""Every change of an incident. Pages, API, imports and tests call these."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from hilvan.people.models import Team, User
from hilvan.records.history import Actor, acting
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from hilvan.records.services import bear, check_all, check_contact, check_head, clean, put, required_text, save, take

from .models import Incident, State

OWN = ("priority", "category", "channel", "description")
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
    """A new incident. Raises ``ValidationError`` (by field) and ``PermissionDenied``."""
    incident = Incident(company=actor.company, record=Record())
    _check(incident, actor, put(incident, fields))
    return bear(kinds["incident"], incident, actor, origin=origin, ref=ref)


@transaction.atomic
def change_incident(record: Record, *, actor: Actor, **fields: Unpack[Fields]) -> Incident:
    """Set some fields. Raises ``ValidationError`` (by field) and ``PermissionDenied``."""
    incident = take(record, Incident, actor)
    changed = put(incident, fields)
    _check(incident, actor, changed)
    acting(actor, "incident.change")
    save(incident, changed)
    return incident


@transaction.atomic
def close_incident(record: Record, *, actor: Actor, resolution: str) -> Incident:
    """It is resolved, and this is how.

    Raises ``ValidationError`` (``resolution``, or where it is closed) and ``PermissionDenied``.
    """
    incident = take(record, Incident, actor)
    if not incident.is_open:
        raise ValidationError(_("The incident is closed already."), code="not_now")
    incident.resolution = required_text(
        resolution, field="resolution", missing=_("Say how it was resolved."), at_most=MAX_RESOLUTION
    )
    incident.state, incident.closed_at = State.CLOSED, actor.now
    acting(actor, "incident.close")
    save(incident, {"state", "closed_at", "resolution"})
    return incident


@transaction.atomic
def reopen_incident(record: Record, *, actor: Actor, reason: str) -> Incident:
    """It is not resolved after all, for this reason.

    Raises ``ValidationError`` (``reason``, or where it is open) and ``PermissionDenied``.
    """
    incident = take(record, Incident, actor)
    if incident.is_open:
        raise ValidationError(_("The incident is open."), code="not_now")
    reason = required_text(reason, missing=_("Say why it is reopened."))
    incident.state, incident.closed_at, incident.resolution = State.OPEN, None, ""
    acting(actor, "incident.reopen", note=reason)
    save(incident, {"state", "closed_at", "resolution"})
    return incident


def _check(incident: Incident, actor: Actor, changed: Collection[str]) -> None:
    named = {"party", "contact"} & set(changed)
    check_all(
        lambda: check_head(incident.record, actor, changed),
        lambda: check_contact(actor, incident.contact, incident.record.party) if named else None,
        lambda: clean(incident, *OWN),
    )
