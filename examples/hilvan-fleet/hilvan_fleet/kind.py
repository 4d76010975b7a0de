"""The declaration of the vehicle, and how it is told."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hilvan.parties.kind import card_of_people
from hilvan.people.models import Company, User
from hilvan.records.kinds import ChildTable, Column, Fact, Filter, Kind, Prefilled, Start, State, Verb, kinds
from hilvan.records.models import Record
from hilvan.records.presentation import value
from hilvan.trade.kind import start

from . import services
from .forms import RetireForm, VehicleForm
from .models import SERVICE_FIELDS, Service, Vehicle
from .schemas import Retirement, VehicleFields

STATES = {
    "in_service": State("in_service", _("In service"), "good"),
    "retired": State("retired", _("Retired"), "plain"),
}
SOON = dt.timedelta(days=30)


def state_of(vehicle: Vehicle) -> State:
    return STATES["in_service" if vehicle.in_service else "retired"]


def in_state(code: str) -> Q:
    return Q(retired_at__isnull=code == "in_service")


def inspections(company: Company) -> list[tuple[str, Any]]:
    return [("overdue", _("Overdue")), ("soon", _("Within 30 days"))]


def inspection_is(when: str) -> Q:
    today = timezone.localdate()
    days = Q(inspection_on__lt=today) if when == "overdue" else Q(inspection_on__range=(today, today + SOON))
    return days & Q(retired_at=None)


def prefill(origin: Record, user: User) -> dict[str, Prefilled]:
    """From a customer: whose it is, and who is responsible for him."""
    source = kinds[origin.kind].from_label
    values = {"party": Prefilled(origin, source), "owner": Prefilled(user, _("because you create it"))}
    if origin.owner is not None and origin.owner.is_active:
        values["owner"] = Prefilled(origin.owner, source)
    return values


def prefill_incident(vehicle: Record, user: User) -> dict[str, Prefilled]:
    """What is wrong is for the person to say; of which vehicle is said."""
    source = kinds["vehicle"].from_label
    return {
        "party": Prefilled(vehicle.party, source),
        "title": Prefilled(f"{vehicle.title} ({vehicle.as_vehicle.plate})", source),
        "owner": Prefilled(vehicle.owner, source) if vehicle.owner else Prefilled(user, _("because you create it")),
    }


def prefill_quote(vehicle: Record, user: User) -> dict[str, Prefilled]:
    """On the customer's terms; the next service is offered at what the last one cost."""
    values = start(kinds["quote"], vehicle, user)
    last = Service.objects.filter(record=vehicle).order_by("-done_on", "-pk").first()
    if last is not None:
        line = {"description": last.what, "quantity": Decimal(1), "price": last.cost}
        values["lines"] = Prefilled([line], _("from the last service"))
    return values


def why_no_quote(vehicle: Record, user: User) -> str:
    return "" if vehicle.as_vehicle.in_service else gettext("The vehicle is retired.")


def describe(vehicle: Vehicle) -> dict[str, Any]:
    lines = sorted(vehicle.record.vehicle_services.all(), key=lambda line: (line.done_on, line.pk))
    return {
        **{name: value(getattr(vehicle, name)) for name in (*services.OWN, "retired_at")},
        "services": [
            {"id": line.pk, **{name: value(getattr(line, name)) for name in SERVICE_FIELDS}} for line in lines
        ],
    }


def facts(vehicle: Vehicle) -> list[Fact]:
    today = timezone.localdate()
    late = vehicle.in_service and vehicle.inspection_on is not None and vehicle.inspection_on < today
    told = [
        Fact(_("Plate"), vehicle.plate),
        Fact(
            _("Inspection overdue since") if late else _("Next inspection"),
            vehicle.inspection_on if vehicle.in_service else None,
            tone="late" if late else "",
        ),
    ]
    return [fact for fact in told if fact.value]


VEHICLE = Kind(
    name="vehicle",
    model=Vehicle,
    label=_("Vehicle"),
    label_plural=_("Vehicles"),
    new_label=_("New vehicle"),
    from_label=_("from the vehicle"),
    icon="truck",
    prefix="VEH",
    path="vehicles",
    section=_("Fleet"),
    position=460,
    create=services.create_vehicle,
    change=services.change_vehicle,
    form=VehicleForm,
    schema=VehicleFields,
    describe=describe,
    state_of=state_of,
    states=STATES,
    in_state=in_state,
    facts=facts,
    columns=(
        Column(_("Plate"), lambda vehicle: vehicle.plate, of="plate"),
        Column(_("Make and model"), lambda vehicle: vehicle.model_name, of="model_name"),
        Column(_("Next inspection"), lambda vehicle: vehicle.inspection_on, numeric=True, of="inspection_on"),
    ),
    filters=(Filter("inspection", _("Inspection"), inspections, inspection_is),),
    collected=("vehicle_services",),
    in_panels=frozenset({"services"}),
    verbs=(
        Verb(
            name="retire",
            label=_("Retire…"),
            icon="archive",
            run=services.retire_vehicle,
            offered=lambda vehicle: vehicle.in_service,
            form=RetireForm,
            schema=Retirement,
        ),
        Verb(
            name="reinstate",
            label=_("Put back into service"),
            icon="arrow-back-up",
            run=services.reinstate_vehicle,
            offered=lambda vehicle: not vehicle.in_service,
        ),
    ),
    starts_from={"customer": Start(prefill)},
    leads_to={"incident": Start(prefill_incident), "quote": Start(prefill_quote, why_no_quote)},
    child_tables=(ChildTable(Service, "record_id"),),
    known_by=("plate",),
    prose=("driver_note",),
    contact_card=card_of_people,
)
