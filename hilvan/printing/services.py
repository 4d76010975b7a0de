"""What an administrator changes of the letterhead."""

from __future__ import annotations

from typing import Any, TypedDict, Unpack

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from hilvan.people.identifiers import check_iban
from hilvan.people.models import User
from hilvan.records.services import check_all, clean

from .logos import clean_logo
from .models import Letterhead, letterhead_of

TEXTS = ("address", "phone", "email", "website", "iban", "registry")


class LetterheadFields(TypedDict, total=False):
    """``logo`` is a file, or False to take the logo away."""

    address: str
    phone: str
    email: str
    website: str
    iban: str
    registry: str
    logo: File[Any] | bool | None


@transaction.atomic
def put_letterhead(*, by: User, **fields: Unpack[LetterheadFields]) -> Letterhead:
    """Set some of it. Raises ``PermissionDenied`` and ``ValidationError`` (by field)."""
    if not by.role.administers:
        raise PermissionDenied(_("You may not change this."))
    letterhead = letterhead_of(by.company)
    given: dict[str, Any] = dict(fields)
    for name in TEXTS:
        if name in given:
            setattr(letterhead, name, given[name].strip())
    check_all(
        lambda: _put_iban(letterhead),
        lambda: clean(letterhead, *TEXTS),
        lambda: _put_logo(letterhead, given.get("logo")),
    )
    letterhead.save()
    return letterhead


def _put_iban(letterhead: Letterhead) -> None:
    try:
        letterhead.iban = check_iban(letterhead.iban) if letterhead.iban else ""
    except ValidationError as error:
        raise ValidationError({"iban": error}) from error


def _put_logo(letterhead: Letterhead, logo: File[Any] | bool | None) -> None:
    if logo is False:
        letterhead.logo = b""
    elif isinstance(logo, File):
        try:
            letterhead.logo = clean_logo(logo)
        except ValidationError as error:
            raise ValidationError({"logo": error}) from error
