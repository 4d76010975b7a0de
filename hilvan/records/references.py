"""How other programs name things: a record by its id or number, a user by id or user name, a team by its id.

A field of a kind's schema says with its type what it refers to; ``resolve`` finds it for a user, or says beside the
field that it does not exist. What one may not see does not exist.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from typing import Annotated, Any, Protocol, get_args, runtime_checkable

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema, field_validator

from hilvan.people.models import Team, User

from .models import Record


@runtime_checkable
class Reference(Protocol):
    """Marks a field of a schema: finds what a text refers to, for a user; None where there is no such thing."""

    def find(self, user: User, text: str) -> Any: ...


class ToRecord:
    def find(self, user: User, text: str) -> Record | None:
        return Record.objects.find(user, text)

    def find_all(self, user: User, texts: Collection[str]) -> dict[str, Record]:
        """What each of these refers to, of those that refer to something; in one query."""
        wanted = {text: _as_uuid(text) for text in texts if "\x00" not in text}
        if not wanted:
            return {}
        condition = Q(uuid__in=[key for key in wanted.values() if key is not None])
        condition |= Q(number__in=[text.upper() for text, key in wanted.items() if key is None])
        records = Record.objects.visible_to(user).filter(condition)
        found: dict[Any, Record] = {key: one for one in records for key in (one.uuid, one.number)}
        return {text: one for text, key in wanted.items() if (one := found.get(key or text.upper()))}


class ToUser:
    def find(self, user: User, text: str) -> User | None:
        condition = Q(username__iexact=text)
        if text.isdecimal() and len(text) < 19:
            condition |= Q(pk=int(text))
        return User.objects.filter(condition, company=user.company_id).select_related("company", "role").first()

    def find_all(self, user: User, texts: Collection[str]) -> dict[str, User]:
        """Who each of these is, of those who exist; in one query."""
        wanted = [text for text in texts if "\x00" not in text]
        if not wanted:
            return {}
        keys = [int(text) for text in wanted if text.isdecimal() and len(text) < 19]
        condition = Q(folded__in=[text.lower() for text in wanted]) | Q(pk__in=keys)
        users = User.objects.alias(folded=Lower("username")).filter(condition, company=user.company_id)
        found = {sign: one for one in users.select_related("company", "role") for sign in _signs(one)}
        return {text: one for text in wanted if (one := found.get(text.lower()))}


def _signs(user: User) -> tuple[str, str]:
    return str(user.pk), user.username.lower()


def _as_uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


class ToTeam:
    def find(self, user: User, text: str) -> Team | None:
        condition = Q(name__iexact=text)
        if text.isdecimal() and len(text) < 19:
            condition |= Q(pk=int(text))
        return Team.objects.filter(condition, company=user.company_id).first()


_as_text = BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)

_text_or_number = WithJsonSchema({"type": ["string", "integer"]})

RecordRef = Annotated[str, ToRecord()]
UserName = Annotated[str, _as_text, _text_or_number]
UserRef = Annotated[UserName, ToUser()]
TeamRef = Annotated[str, _as_text, _text_or_number, ToTeam()]

NOT_GIVEN: Any = None
"""The default of a field that may be left out but not be null: never read, since only what was given counts."""


class RecordSchema(BaseModel):
    """What a program gives for a record. Unknown fields are refused, as are texts that no database could keep."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*")
    @classmethod
    def storable(cls, value: Any) -> Any:
        if isinstance(value, str):
            if "\x00" in value:
                raise ValueError(_("NUL characters are not allowed."))
            if any("\ud800" <= character <= "\udfff" for character in value):  # half of a pair, JSON allows it
                raise ValueError(_("This text is not valid Unicode."))
        return value

    def service_fields(self, user: User) -> dict[str, Any]:
        """The fields that were given, by the names and with the values which the kind's services take."""
        return resolve(self, user)


def resolve(data: BaseModel, user: User) -> dict[str, Any]:
    """The fields that were given, references replaced by what they refer to.

    Raises ``ValidationError`` (by field) for what does not exist or may not be seen by ``user``.
    """
    values: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    for name in (name for name in type(data).model_fields if name in data.model_fields_set):
        value = getattr(data, name)
        reference = _reference(type(data), name)
        if reference is not None and value is not None:
            found = reference.find(user, value) if "\x00" not in value else None
            if found is None:
                errors[name] = _("This does not exist.")
            value = found
        if isinstance(value, list):
            value = [_part(part, user, f"{name}.{at}", errors) for at, part in enumerate(value)]
        values[name] = value
    if errors:
        raise ValidationError(errors)
    return values


def _part(part: Any, user: User, where: str, errors: dict[str, Any]) -> Any:
    """An element of a list: the fields of what is itself a schema ("lines.0.product" names one), else what it is."""
    if not isinstance(part, RecordSchema):
        return part
    try:
        return resolve(part, user)
    except ValidationError as error:
        errors.update({f"{where}.{name}": messages for name, messages in error.message_dict.items()})
        return None


def users_named(values: Iterable[str], user: User, field: str) -> frozenset[int | None]:
    """The keys of the users with these ids or user names; "me" is the user, "none" is nobody (None).

    Raises ``ValidationError`` (``field``) for one who does not exist.
    """
    users = User.objects.filter(company=user.company_id)
    return _named(values, users.values_list("pk", "username"), {"me": user.pk, "none": None}, field)


def teams_named(values: Iterable[str], user: User, field: str) -> frozenset[int | None]:
    """The keys of the teams with these ids or names; "none" is no team (None)."""
    teams = Team.objects.filter(company=user.company_id)
    return _named(values, teams.values_list("pk", "name"), {"none": None}, field)


def _named(
    values: Iterable[str], among: Iterable[tuple[int, str]], special: dict[str, int | None], field: str
) -> frozenset[int | None]:
    wanted = {value.casefold() for value in values}
    known = dict(special)
    if wanted - special.keys():
        known |= {text: key for key, name in among for text in (name.casefold(), str(key))}
    if missing := wanted - known.keys():
        raise ValidationError({field: _("“%(value)s” does not exist.") % {"value": min(missing)}})
    return frozenset(known[value] for value in wanted)


def _reference(schema: type[BaseModel], name: str) -> Reference | None:
    info = schema.model_fields[name]
    marks = [*info.metadata]
    for part in (info.annotation, *get_args(info.annotation)):
        marks.extend(getattr(part, "__metadata__", ()))
    return next((mark for mark in marks if isinstance(mark, Reference)), None)
