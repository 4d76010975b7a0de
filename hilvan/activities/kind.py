"""The declaration of the activity, which starts from any record."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from hilvan.people.models import User
from hilvan.records.kinds import ANY, ChildTable, Kind, Prefilled, Start, kinds
from hilvan.records.kinds import State as KindState
from hilvan.records.models import Record
from hilvan.records.services import contact_of

from . import services
from .forms import ActivityForm
from .importing import IMPORTING
from .models import RELATED, Activity, Participant, Priority, State
from .presentation import describe
from .schemas import NewActivity
from .type_services import set_up_company

TONES = {State.NEW: "new", State.ON_HOLD: "hold", State.IN_PROGRESS: "progress", State.CLOSED: "closed"}
STATES = {state.value: KindState(state.value, state.label, TONES[state]) for state in State}


def prefill(origin: Record, user: User) -> dict[str, Prefilled]:
    """Party, contact and what it is about come from the origin; it is for who creates it, unless changed."""
    source = kinds[origin.kind].from_label
    values: dict[str, Prefilled] = {"assignee": Prefilled(user, _("because you create it"))}
    if origin.party_id is not None:
        values["party"] = Prefilled(origin.party, source)
    if contact := contact_of(origin):
        values["contact"] = Prefilled(contact, source)
    if origin.kind == "activity":
        before: Activity = origin.as_activity
        values["subject"] = Prefilled(before.subject, source)
        if before.type.next_type is not None:
            values["type"] = Prefilled(before.type.next_type, _("from the type “%(type)s”") % {"type": before.type})
        for name in ("team", "place"):
            if value := getattr(before, name):
                values[name] = Prefilled(value, source)
    elif not (origin.declaration.is_party or origin.declaration.is_contact):
        model = getattr(origin, origin.declaration.accessor)
        values["subject"] = Prefilled(origin.declaration.about(model) or origin.title, source)
    return values


def taking_part(user: User) -> QuerySet[Participant, int]:
    return Participant.objects.filter(user=user.pk).values_list("activity", flat=True)


def state_of(activity: Any) -> KindState:
    return STATES[activity.state]


ACTIVITY = Kind(
    name="activity",
    model=Activity,
    label=_("Activity"),
    label_plural=_("Activities"),
    new_label=_("New activity"),
    from_label=_("from the activity"),
    icon="person_search",
    prefix="ACT",
    path="activities",
    section=_("CRM"),
    position=10,
    shortcut="a",
    create=services.create_activity,
    change=services.change_activity,
    archive=services.archive_activity,
    form=ActivityForm,
    schema=NewActivity,
    describe=describe,
    state_of=state_of,
    states=STATES,
    related=RELATED,
    codes={"priority": {priority.value: priority.name.lower() for priority in Priority}},
    starts_from={ANY: Start(prefill)},
    prose=("description",),
    child_tables=(ChildTable(Participant, "activity_id"),),
    bookkeeping=frozenset({"sequence"}),
    follows_origin=True,
    also_seen=taking_part,
    logs_itself=True,
    copied_to_record=frozenset({"title", "party_id", "owner_id", "team_id", "archived_at"}),
    set_up_company=set_up_company,
    importing=IMPORTING,
)
