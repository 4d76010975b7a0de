"""The declaration of the incident, and how it is told."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hilvan.activities.models import Priority
from hilvan.parties.kind import card_of_people
from hilvan.people.models import User
from hilvan.records.kinds import Column, Fact, Kind, Prefilled, Start, Verb, kinds
from hilvan.records.kinds import State as KindState
from hilvan.records.models import Record
from hilvan.records.presentation import reference, value
from hilvan.records.services import contact_of
from hilvan.web.links import record_url

from . import services
from .board import BOARD, CATEGORY, LATE, PRIORITY, STATES
from .forms import CloseForm, HoldForm, IncidentForm, MergeForm, ReopenForm
from .models import Channel, Incident, State
from .schemas import Closing, Holding, IncidentFields, Merging, Reopening
from .words import clock, due, urgency

# Through what an incident reached us that came up in an activity of this type.
CHANNELS = {
    "call": Channel.PHONE,
    "email": Channel.EMAIL,
    "meeting": Channel.IN_PERSON,
    "visit": Channel.IN_PERSON,
}


def state_of(incident: Incident) -> KindState:
    return STATES[incident.state]


def prefill(origin: Record, user: User) -> dict[str, Prefilled]:
    """Party, contact, and what an opportunity or an activity is about; from an activity its channel and description."""
    source = kinds[origin.kind].from_label
    values = {"owner": Prefilled(user, _("because you create it"))}
    if origin.party is not None:
        values["party"] = Prefilled(origin.party, source)
    if contact := contact_of(origin):
        values["contact"] = Prefilled(contact, source)
    if not (origin.declaration.is_party or origin.declaration.is_contact):
        values["title"] = Prefilled(origin.title, source)
    if origin.kind == "activity":
        activity = origin.as_activity
        if activity.description:
            values["description"] = Prefilled(activity.description, source)
        if channel := CHANNELS.get(activity.type.code):
            values["channel"] = Prefilled(channel.value, _("from the type “%(type)s”") % {"type": activity.type})
    return values


def describe(incident: Incident) -> dict[str, Any]:
    return {
        "contact": reference(incident.contact),
        "state": incident.state,
        "priority": Priority(incident.priority).name.lower(),
        "category": incident.category,
        "channel": incident.channel,
        "description": incident.description,
        "resolution": incident.resolution,
        "closed_at": value(incident.closed_at),
        "answer_due_at": value(incident.answer_due_at),
        "answered_at": value(incident.answered_at),
        "resolution_due_at": value(incident.resolution_due_at),
        "waiting_for": incident.waiting_for,
        "held_at": value(incident.held_at),
        "duplicate_of": reference(incident.duplicate_of),
    }


def facts(incident: Incident) -> list[Fact]:
    """A priority above the normal one, since when and until when, how its clock stands; of what it is a duplicate."""
    told = [
        Fact(_("Priority"), urgency(incident)),
        Fact(_("Category"), incident.get_category_display()),
        Fact(_("Reported"), timezone.localdate(incident.record.created_at)),
    ]
    if incident.closed_at is not None:
        told.append(Fact(_("Closed on"), timezone.localdate(incident.closed_at)))
    if other := incident.duplicate_of:
        told.append(Fact(_("Duplicate of"), other.number, record_url(other.kind, other.number)))
    elif not incident._state.adding:  # a page of the past has no clock that runs
        told += clock(incident)
    return [fact for fact in told if fact.value]


ORIGINS = (
    *(
        "customer",
        "supplier",
        "contact",
        "product",
        "opportunity",
        "activity",
        "sales_order",
        "delivery_note",
        "invoice",
    ),
    *(
        "credit_note",
        "purchase_order",
        "goods_receipt",
        "supplier_invoice",
        "receipt",
        "remittance",
        "work_order",
        "external",
    ),
)

INCIDENT = Kind(
    name="incident",
    model=Incident,
    label=_("Incident"),
    label_plural=_("Incidents"),
    new_label=_("New incident"),
    from_label=_("from the incident"),
    icon="alert-triangle",
    prefix="INC",
    path="incidents",
    section=_("CRM"),
    position=30,
    shortcut="i",
    create=services.create_incident,
    change=services.change_incident,
    form=IncidentForm,
    schema=IncidentFields,
    describe=describe,
    state_of=state_of,
    codes={"priority": {priority.value: priority.name.lower() for priority in Priority}},
    states=STATES,
    in_state=lambda code: Q(state=code),
    facts=facts,
    columns=(
        Column(_("Priority"), urgency, of="priority"),
        Column(_("Category"), lambda incident: incident.get_category_display(), of="category"),
        Column(_("Due"), due, numeric=True),
        Column(_("Reported"), lambda incident: timezone.localdate(incident.record.created_at), numeric=True),
    ),
    filters=(LATE, PRIORITY, CATEGORY),
    board=BOARD,
    related=("contact", "duplicate_of"),
    verbs=(
        Verb(
            name="start",
            label=_("Begin"),
            icon="player-play",
            run=services.start_incident,
            offered=lambda incident: incident.state == State.OPEN,
        ),
        Verb(
            name="resume",
            label=_("Resume"),
            icon="player-play",
            run=services.resume_incident,
            offered=lambda incident: incident.state == State.ON_HOLD,
        ),
        Verb(
            name="answer",
            label=_("Answered"),
            icon="message",
            run=services.answer_incident,
            offered=lambda incident: incident.is_open and incident.answered_at is None,
        ),
        Verb(
            name="hold",
            label=_("Put on hold…"),
            icon="hourglass",
            run=services.hold_incident,
            offered=lambda incident: incident.state in (State.OPEN, State.IN_PROGRESS),
            form=HoldForm,
            schema=Holding,
        ),
        Verb(
            name="close",
            label=_("Close…"),
            icon="circle-check",
            run=services.close_incident,
            offered=lambda incident: incident.is_open,
            form=CloseForm,
            schema=Closing,
        ),
        Verb(
            name="merge",
            label=_("Duplicate of…"),
            icon="copy",
            run=services.merge_incident,
            offered=lambda incident: incident.is_open,
            form=MergeForm,
            schema=Merging,
        ),
        Verb(
            name="reopen",
            label=_("Reopen…"),
            icon="arrow-back-up",
            run=services.reopen_incident,
            offered=lambda incident: not incident.is_open,
            form=ReopenForm,
            schema=Reopening,
        ),
    ),
    starts_from={kind: Start(prefill) for kind in ORIGINS},
    prose=("description", "resolution"),
    contact_card=card_of_people,
)
