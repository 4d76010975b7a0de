"""What every kind's services share: birth of a record, permission, archiving, and the Create menu's computation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Model
from django.utils.translation import gettext as _

from hilvan.people.models import Company, Team, User
from hilvan.people.permissions import Action, Scope
from hilvan.people.services import create_company

from .history import Actor, acting
from .kinds import Kind, Prefilled, Start, kinds
from .models import Record, within


class Refused(Exception):
    """What can't be done to a record as it stands now; the text says why, ``allowed`` what can be done instead."""

    def __init__(self, reason: str, allowed: Sequence[str] = ()) -> None:
        self.allowed = allowed
        super().__init__(reason)


@dataclass(frozen=True)
class Similar:
    """A record which might be the very one that is being written down, and why, in words."""

    record: Record
    why: str


class MayExist(Refused):
    """What is to be written down may be there already; whoever says so (``allow_duplicate``) does it all the same."""

    def __init__(self, similar: Sequence[Similar]) -> None:
        self.similar = similar
        super().__init__(_("It may exist already."))


def found_company(*, name: str, tax_id: str = "", language: str = "es", time_zone: str = "Europe/Madrid") -> Company:
    """A new company with its roles and with what each kind needs (types of activity, pipelines …)."""
    with transaction.atomic():
        company = create_company(name=name, tax_id=tax_id, language=language, time_zone=time_zone)
        for kind in kinds:
            kind.set_up_company(company)
    return company


def next_numbers(company: Company, prefix: str, year: int, how_many: int = 1) -> list[str]:
    """The next numbers of a series ("OPO-2026-000042"): never the same twice; a rollback leaves a gap."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT hilvan_next_numbers(%s, %s, %s, %s)", [company.pk, prefix, year, how_many])
        return [f"{prefix}-{year}-{number:06}" for (number,) in cursor.fetchall()]


def birth(
    kind: Kind,
    actor: Actor,
    *,
    title: str,
    party: Record | None = None,
    origin: Record | None = None,
    owner: User | None = None,
    team: Team | None = None,
    ref: str = "",
) -> Record:
    """Save the parent row of a new record, with the next number of its kind's series.

    Raises ``PermissionDenied`` where the actor may not make such a record and ``ValidationError`` where origin, party
    or responsible is not the company's, or another record of the kind has this ``ref``.
    """
    if actor.user is not None and not actor.user.may(Action.CREATE, kind.name):
        raise PermissionDenied(_("You may not create this."))
    check_company(actor, party=party, origin=origin, owner=owner, team=team)
    if origin is not None and origin.archived_at is not None and actor.at is None:
        raise ValidationError({"origin": _("The record is archived.")})
    born = actor.now
    record = Record(
        company=actor.company,
        kind=kind.name,
        number=next_numbers(actor.company, kind.draft_prefix or kind.prefix, born.astimezone(actor.company.zone).year)[
            0
        ],
        title=title,
        party=party,
        origin=origin,
        root=root_of(origin) if kind.follows_origin else None,
        owner=owner,
        team=team,
        created_by=actor.user,
        created_at=born,
        ref=ref,
    )
    try:
        record.save(force_insert=True)
    except IntegrityError as error:  # whoever calls this is a transaction which ends with it
        taken = _("Another record has this reference already.")
        raise as_validation_error(error, {"record_ref_once_in_kind": ("ref", taken)}) from error
    if kind.is_party:
        record.party = record
        record.save(update_fields=["party"])
    return record


def bear(kind: Kind, model: Any, actor: Actor, *, origin: Record | None, ref: str, note: str = "") -> Record:
    """Save a new model of a kind with its Record, of which ``put`` has set the head on ``model.record``.

    Raises what ``birth`` raises.
    """
    head = model.record
    acting(actor, f"{kind.name}.create", note=note)
    model.record = birth(
        kind,
        actor,
        title=head.title,
        party=head.party,
        origin=origin,
        owner=head.owner,
        team=head.team,
        ref=ref,
    )
    model.save(force_insert=True)
    return model.record  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Newborn:
    """A model that a kind's ``draft`` has made, the instant of its birth and its foreign reference."""

    model: Any
    at: dt.datetime
    ref: str = ""


def bear_all(kind: Kind, newborns: Sequence[Newborn], actor: Actor) -> None:
    """Save many at once, as ``bear`` saves one, inside ``writing_at(None, …)``: each is born at its own past instant.

    The number of queries does not depend on theirs. Raises ``PermissionDenied``, and ``IntegrityError`` where another
    record of the kind has one of the references.
    """
    if actor.user is not None and not actor.user.may(Action.CREATE, kind.name):
        raise PermissionDenied(_("You may not create this."))
    years = [newborn.at.astimezone(actor.company.zone).year for newborn in newborns]
    numbers = {
        year: iter(next_numbers(actor.company, kind.draft_prefix or kind.prefix, year, years.count(year)))
        for year in sorted(set(years))
    }
    for newborn, year in zip(newborns, years, strict=True):
        record = newborn.model.record
        record.company, record.kind, record.number = actor.company, kind.name, next(numbers[year])
        record.root = root_of(record.origin) if kind.follows_origin else None
        record.created_by, record.created_at, record.ref = actor.user, newborn.at, newborn.ref
    acting(actor, f"{kind.name}.create")
    records = [newborn.model.record for newborn in newborns]
    Record.objects.bulk_create(records)
    for newborn in newborns:
        newborn.model.record = newborn.model.record  # its key is known now
    kind.model._default_manager.bulk_create(newborn.model for newborn in newborns)
    if kind.is_party:
        Record.objects.filter(pk__in=[record.pk for record in records]).update(party=F("pk"))


def root_of(origin: Record | None) -> Record | None:
    """The first in the chain of origins that does not itself follow its origin."""
    if origin is None:
        return None
    return origin.root if kinds[origin.kind].follows_origin else origin


def check_company(actor: Actor, **references: Any) -> None:
    """Raise ``ValidationError`` (by field) for a reference to something of another company's."""
    wrong = {
        name: _("This does not exist.")
        for name, target in references.items()
        if target is not None and target.company_id != actor.company.pk
    }
    if wrong:
        raise ValidationError(wrong)


def may(user: User, action: Action, record: Record) -> bool:
    """Whether the user may do this to this record, which he sees. No query for the scopes "all" and "none"."""
    scope = user.scope(record.kind, action)
    if scope in (Scope.ALL, Scope.NONE):
        return scope is Scope.ALL and record.company_id == user.company_id
    return Record.objects.filter(within(scope, user), pk=record.pk, company=user.company_id).exists()


def require(actor: Actor, action: Action, record: Record) -> None:
    """Raise ``PermissionDenied`` where the actor may not do this to this record."""
    if actor.company.pk != record.company_id or (actor.user and not may(actor.user, action, record)):
        raise PermissionDenied(_("You may not change this."))


@transaction.atomic
def archive(record: Record, *, actor: Actor, archived: bool = True) -> Record:
    """Take a record out of the lists (or bring it back): nothing is deleted by it."""
    require(actor, Action.CHANGE, record)
    acting(actor, f"{record.kind}.{'archive' if archived else 'unarchive'}")
    record = lock(record)
    record.archived_at = actor.now if archived else None
    record.save(update_fields=["archived_at"])
    return record


def lock(record: Record) -> Record:
    """The record's row, fresh, and ours until the transaction ends. References to it by others don't wait."""
    return Record.objects.select_for_update(no_key=True, of=("self",)).get(pk=record.pk)


# What a person sets on the Record itself; a kind's other fields stand on its own table.
HEAD = ("title", "party", "owner", "team")


M = TypeVar("M", bound=Model)


def take(record: Record, model: type[M], actor: Actor) -> M:
    """The row of the kind's own table with its Record, fresh, and ours until the transaction ends.

    Raises ``PermissionDenied`` where the actor may not change it.
    """
    lock(record)
    require(actor, Action.CHANGE, record)
    return model._default_manager.select_related("record").get(pk=record.pk)


def put(model: Any, fields: Mapping[str, Any]) -> set[str]:
    """Set fields on a kind's model, those of ``HEAD`` on its Record; answers which of them are other than before.

    Text is stripped; None, where a column can't be nothing, is the empty text or the column's usual value.
    """
    changed = set()
    for name, value in fields.items():
        target = model.record if name in HEAD else model
        field = target._meta.get_field(name)
        if value is None and not field.null:
            value = "" if field.empty_strings_allowed else field.get_default()
        before = getattr(target, field.attname)
        setattr(target, name, value.strip() if isinstance(value, str) else value)
        if getattr(target, field.attname) != before:
            changed.add(name)
    return changed


def save(model: Any, changed: Collection[str]) -> None:
    """Write the changed fields of a kind's model and of its Record."""
    if head := [name for name in changed if name in HEAD]:
        model.record.save(update_fields=head)
    if own := [name for name in changed if name not in HEAD]:
        model.save(update_fields=own)


def check_head(record: Record, actor: Actor, changed: Collection[str], *, parties: Collection[str] = ()) -> None:
    """Raise ``ValidationError`` (by field) where what stands on the Record itself is not as it should be.

    ``parties`` are the kinds of which the party may be; without it any party.
    """
    given = {name: getattr(record, name) for name in ("party", "owner", "team") if name in changed}
    party, owner = given.get("party"), given.get("owner")
    parties = parties or [kind.name for kind in kinds if kind.is_party]
    errors: dict[str, Any] = {}
    if party is not None and party.kind not in parties:
        names = ", ".join(str(kinds[name].label) for name in parties)
        errors["party"] = _("It must be one of these: %(kinds)s.") % {"kinds": names}
    if owner is not None and not owner.is_active and actor.at is None:
        errors["owner"] = _("%(name)s no longer works here.") % {"name": owner.name}
    check_all(lambda: clean(record, "title"), lambda: check_company(actor, **given), lambda: refuse(errors))


def contact_of(record: Record) -> Record | None:
    """The person with whom a record has to do: itself where it is one, else the one that it names."""
    kind = record.declaration
    return record if kind.is_contact else getattr(getattr(record, kind.accessor), "contact", None)


def check_contact(actor: Actor, contact: Record | None, party: Record | None) -> None:
    """Raise ``ValidationError`` (``contact``) for what is no contact, or one of another party's."""
    check_company(actor, contact=contact)
    if contact is None:
        return
    if not contact.declaration.is_contact:
        raise ValidationError({"contact": _("This is no contact.")})
    if party is not None and contact.party is not None and contact.party != party:
        raise ValidationError({"contact": _("%(name)s is a contact of %(party)s.") % {
            "name": contact.title, "party": contact.party.title}})  # fmt: skip


def refuse(errors: Mapping[str, Any]) -> None:
    """Raise these errors, by field, if there are any."""
    if errors:
        raise ValidationError(dict(errors))


def required_text(text: str | None, *, missing: str, field: str = "reason", at_most: int = 1000) -> str:
    """What somebody must say, stripped; raises ``ValidationError`` (``field``): ``missing`` where there is nothing."""
    said = (text or "").strip()
    if not said:
        raise ValidationError({field: missing})
    check_text(said, field=field, at_most=at_most)
    return said


def check_text(text: str, *, field: str, at_most: int) -> None:
    """Raise ``ValidationError`` (``field``) for a text that is too long, or that the database could not keep."""
    if "\x00" in text:
        raise ValidationError({field: _("NUL characters are not allowed.")})
    if len(text) > at_most:
        raise ValidationError({field: _("At most %(n)d characters.") % {"n": at_most}})


def check_all(*checks: Callable[[], object]) -> None:
    """Run all of these and raise one ``ValidationError`` with what each of them found, by field."""
    errors: dict[str, Any] = {}
    for check in checks:
        try:
            check()
        except ValidationError as error:
            errors = error.update_error_dict(errors)
    refuse(errors)


@dataclass(frozen=True)
class Creatable:
    """One entry of a record's Create menu."""

    kind: Kind
    start: Start
    why_not: str

    @property
    def allowed(self) -> bool:
        return not self.why_not

    @property
    def label(self) -> str:
        return str(self.start.label or self.kind.label)


def creatable(origin: Record, user: User) -> list[Creatable]:
    """The Create menu of a record for this user: what can start from it, activity first, each with why not (yet)."""
    entries = []
    for kind in kinds:
        start = kind.start_from(origin.kind)
        if start is None:
            continue
        if not user.may(Action.CREATE, kind.name):
            why_not = _("You may not create this.")
        elif origin.archived_at is not None:
            why_not = _("The record is archived.")
        else:
            why_not = start.why_not(origin, user)
        entries.append(Creatable(kind, start, why_not))
    return entries


def prefill(kind: Kind, origin: Record, user: User) -> dict[str, Prefilled]:
    """What a new record of ``kind`` takes over from ``origin``; raises ``ValidationError`` where it can't be made."""
    entry = next((entry for entry in creatable(origin, user) if entry.kind is kind), None)
    if entry is None:
        raise ValidationError(_("This can't be created from here."), code="kind")
    if not entry.allowed:
        raise ValidationError(entry.why_not, code="not_now")
    return entry.start.prefill(origin, user)


def clean(model: Model, *names: str) -> None:
    """Check these plain fields of a model (length, choices, blank, NUL characters), all errors at once, by field.

    References are not checked here: the caller has just fetched them, and the database guards them.
    """
    errors: dict[str, Any] = {}
    try:
        model.clean_fields(exclude={field.name for field in model._meta.fields} - set(names))
    except ValidationError as error:
        errors = error.update_error_dict(errors)
    for name in names:
        if "\x00" in str(getattr(model, name)):
            errors.setdefault(name, []).append(ValidationError(_("NUL characters are not allowed."), code="nul"))
    if errors:
        raise ValidationError(errors)


def as_validation_error(error: IntegrityError, fields: dict[str, tuple[str, str]]) -> ValidationError:
    """The database's refusal as the error beside the field: ``fields`` maps a constraint to (field, message)."""
    diagnostics = getattr(error.__cause__, "diag", None)
    constraint = getattr(diagnostics, "constraint_name", None)
    if constraint in fields:
        field, message = fields[constraint]
        return ValidationError({field: message})
    raise error
