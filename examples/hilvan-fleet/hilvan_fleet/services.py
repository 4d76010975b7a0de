"""Every change of a vehicle and of its lines. Pages, API, imports and tests call these."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from itertools import pairwise
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from hilvan.people.models import Team, User
from hilvan.records.history import Actor, acting
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from hilvan.records.services import (
    as_validation_error,
    bear,
    check_all,
    check_head,
    clean,
    put,
    refuse,
    required_text,
    save,
    take,
)

from .models import SERVICE_FIELDS, Service, Vehicle

OWN = ("plate", "model_name", "fuel", "inspection_on", "driver_note")
MOST_SERVICES = 500


class ServiceFields(TypedDict, total=False):
    """A line; with the ``id`` of one that exists it stays that one."""

    id: int | None
    done_on: dt.date | None
    odometer: int | None
    what: str
    cost: Decimal | None


class Fields(TypedDict, total=False):
    """What a person can set on a vehicle. ``party`` is the customer whose it is; ``services`` are all of its lines."""

    title: str
    party: Record | None
    owner: User | None
    team: Team | None
    plate: str
    model_name: str
    fuel: str
    inspection_on: dt.date | None
    driver_note: str
    services: Sequence[ServiceFields]


@transaction.atomic
def create_vehicle(*, actor: Actor, origin: Record | None = None, ref: str = "", **fields: Unpack[Fields]) -> Record:
    """A new vehicle. Raises ``ValidationError`` (by field, "services.0.what") and ``PermissionDenied``."""
    vehicle = Vehicle(company=actor.company, record=Record())
    lines = _lines(vehicle, fields.pop("services", ()), {})
    _check(vehicle, actor, put(vehicle, fields) | {"party", "plate"}, lines)
    with _plate_is_free():
        record = bear(kinds["vehicle"], vehicle, actor, origin=origin, ref=ref)
    _save_lines(record, lines, {})
    return record


@transaction.atomic
def change_vehicle(record: Record, *, actor: Actor, **fields: Unpack[Fields]) -> Vehicle:
    """Set some fields; where ``services`` are given, those are all. Raises what ``create_vehicle`` raises."""
    vehicle = take(record, Vehicle, actor)
    current = {line.pk: line for line in Service.objects.filter(record=record)} if "services" in fields else {}
    lines = _lines(vehicle, fields.pop("services", ()), current)
    changed = put(vehicle, fields)
    _check(vehicle, actor, changed, lines)
    acting(actor, "vehicle.change")
    with _plate_is_free():
        save(vehicle, changed)
    _save_lines(vehicle.record, lines, current)
    return vehicle


@transaction.atomic
def retire_vehicle(record: Record, *, actor: Actor, reason: str) -> Vehicle:
    """It drives no more. Raises ``ValidationError`` (``reason``, or where it is retired) and ``PermissionDenied``."""
    vehicle = take(record, Vehicle, actor)
    if not vehicle.in_service:
        raise ValidationError(_("The vehicle is retired already."), code="not_now")
    reason = required_text(reason, missing=_("Say why it is retired."))
    vehicle.retired_at = actor.now
    acting(actor, "vehicle.retire", note=reason)
    save(vehicle, {"retired_at"})
    return vehicle


@transaction.atomic
def reinstate_vehicle(record: Record, *, actor: Actor) -> Vehicle:
    """It drives again. Raises ``ValidationError`` where it is in service, and ``PermissionDenied``."""
    vehicle = take(record, Vehicle, actor)
    if vehicle.in_service:
        raise ValidationError(_("The vehicle is in service."), code="not_now")
    vehicle.retired_at = None
    acting(actor, "vehicle.reinstate")
    save(vehicle, {"retired_at"})
    return vehicle


def _lines(vehicle: Vehicle, given: Sequence[ServiceFields], current: Mapping[int, Service]) -> list[Service]:
    """The lines as given, those that exist by their ``id``; not saved."""
    lines = []
    for one in given:
        line = current.get(one.get("id") or 0) or Service(company_id=vehicle.company_id)
        for name in SERVICE_FIELDS:
            value: Any = one.get(name)
            setattr(line, name, value.strip() if isinstance(value, str) else value)
        line.what, line.cost = line.what or "", line.cost or Decimal(0)
        lines.append(line)
    return lines


def _save_lines(record: Record, lines: Sequence[Service], current: Mapping[int, Service]) -> None:
    for line in lines:
        line.record = record
        line.save()
    Service.objects.filter(pk__in=current.keys() - {line.pk for line in lines}).delete()


def _check(vehicle: Vehicle, actor: Actor, changed: Collection[str], lines: Sequence[Service]) -> None:
    """Bring the plate to its one form; raise ``ValidationError`` (by field) where something is wrong."""
    vehicle.plate = re.sub(r"[\s.-]", "", vehicle.plate).upper()
    missing = {}
    if "plate" in changed and not vehicle.plate:
        missing["plate"] = _("Write its plate.")
    if "party" in changed and vehicle.record.party is None:
        missing["party"] = _("Say whose it is.")
    check_all(
        lambda: check_head(vehicle.record, actor, changed, parties=["customer"]),
        lambda: refuse(missing),
        lambda: clean(vehicle, *OWN),
        lambda: _check_lines(lines),
    )


def _check_lines(lines: Sequence[Service]) -> None:
    errors: dict[str, Any] = {}
    if len(lines) > MOST_SERVICES:
        errors["services"] = _("At most %(n)d services.") % {"n": MOST_SERVICES}
    for at, line in enumerate(lines):
        try:
            clean(line, *SERVICE_FIELDS)
        except ValidationError as error:
            errors |= {f"services.{at}.{name}": said for name, said in error.message_dict.items()}
    refuse(errors)
    in_order = sorted(enumerate(lines), key=lambda pair: (pair[1].done_on, pair[1].odometer))
    for (_at, before), (at, after) in pairwise(in_order):
        if after.odometer < before.odometer:
            errors[f"services.{at}.odometer"] = _("It had %(n)s km before that day.") % {
                "n": number_format(before.odometer, force_grouping=True)
            }
    refuse(errors)


@contextmanager
def _plate_is_free() -> Iterator[None]:
    """The database alone knows, also of who saves the same plate at this moment; its refusal is told by field."""
    try:
        yield
    except IntegrityError as error:
        taken = _("Another vehicle has this plate.")
        raise as_validation_error(error, {"fleet_plate_once_in_company": ("plate", taken)}) from error
