"""Every change of a record of another application. Pages, API, imports and tests call these."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from hilvan.people.models import Company, Team, User
from hilvan.records.history import Actor, acting
from hilvan.records.kinds import Kind, kinds
from hilvan.records.models import Record
from hilvan.records.services import as_validation_error, bear, check_all, check_head, clean, put, save, take

from .models import External

OWN = ("system", "external_id", "url")


class Fields(TypedDict, total=False):
    """What can be set on an external record, at birth and later. ``system`` is kept in small letters."""

    title: str
    party: Record | None
    owner: User | None
    team: Team | None
    system: str
    external_id: str
    url: str


class Told(TypedDict, total=False):
    """What another application tells of its record."""

    title: str
    url: str
    party: Record | None


def draft_external(*, actor: Actor, **fields: Unpack[Fields]) -> External:
    """A new one with its Record, checked and not saved. Raises ``ValidationError`` (by field)."""
    external = External(company=actor.company, record=Record(company=actor.company, kind="external"))
    _check(external, actor, put(external, fields) | set(OWN))
    return external


@transaction.atomic
def create_external(*, actor: Actor, origin: Record | None = None, ref: str = "", **fields: Unpack[Fields]) -> Record:
    """A record of another application. Raises ``ValidationError`` (by field) and ``PermissionDenied``."""
    external = draft_external(actor=actor, **fields)
    with _once():
        return bear(kinds["external"], external, actor, origin=origin, ref=ref)


@transaction.atomic
def change_external(record: Record, *, actor: Actor, **fields: Unpack[Fields]) -> External:
    """Set some fields. Raises ``ValidationError`` (by field) and ``PermissionDenied``."""
    external = take(record, External, actor)
    changed = put(external, fields)
    _check(external, actor, changed)
    acting(actor, "external.change")
    with _once():
        save(external, changed)
    return external


@transaction.atomic
def put_external(*, actor: Actor, system: str, external_id: str, **told: Unpack[Told]) -> tuple[Record, bool]:
    """The record of this identity, as told: born (True), or changed where it exists. Twice is as good as once.

    What is not told stays as it is. Raises ``ValidationError`` (by field) and ``PermissionDenied``.
    """
    record, is_new = _found_or_born(actor, system, external_id, told)
    if not is_new:
        change_external(record, actor=actor, **told)
    return record, is_new


@transaction.atomic
def create_on(kind: Kind, elsewhere: External, *, actor: Actor, **fields: Any) -> Record:
    """A record of ``kind`` which starts from one of another application; that one is born with it, with its party.

    One that exists stays as it is, whatever ``elsewhere`` says of it. Raises what ``kind.create`` raises.
    """
    told = Told(title=elsewhere.record.title, url=elsewhere.url, party=fields.get("party"))
    origin, _is_new = _found_or_born(actor, elsewhere.system, elsewhere.external_id, told)
    made: Record = kind.create(actor=actor, origin=origin, **fields)
    return made


def held(company: Company, system: str, external_id: str) -> Record | None:
    """The company's record of this identity, whoever may see it."""
    if "\x00" in system + external_id:
        return None  # the database would refuse the question
    identity = {"as_external__system": system.strip().lower(), "as_external__external_id": external_id.strip()}
    return Record.objects.filter(company=company, **identity).first()


def _found_or_born(actor: Actor, system: str, external_id: str, told: Told) -> tuple[Record, bool]:
    if record := held(actor.company, system, external_id):
        return record, False
    try:
        return create_external(actor=actor, system=system, external_id=external_id, **told), True
    except ValidationError:
        if record := held(actor.company, system, external_id):  # somebody else was told of it at the same moment
            return record, False
        raise


def _check(external: External, actor: Actor, changed: Collection[str]) -> None:
    external.system = external.system.lower()
    check_all(
        lambda: check_head(external.record, actor, changed),
        lambda: clean(external, *(name for name in OWN if name in changed)),
    )


@contextmanager
def _once() -> Iterator[None]:
    """The database alone knows of who writes the same down at this moment; its refusal is told by field."""
    try:
        yield
    except IntegrityError as error:
        taken = _("This record of that system is there already.")
        raise as_validation_error(error, {"external_once_in_company": ("external_id", taken)}) from error
