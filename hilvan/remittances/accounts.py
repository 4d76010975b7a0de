"""What an administrator changes of the company's own bank accounts. None is ever deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict, Unpack

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from hilvan.people.identifiers import check_bic, check_creditor_id, check_iban
from hilvan.people.models import User
from hilvan.records.services import as_validation_error, check_all, clean

from .models import BankAccount

CHECKS: dict[str, Callable[[str], str]] = {"iban": check_iban, "bic": check_bic, "creditor_id": check_creditor_id}


class AccountFields(TypedDict, total=False):
    name: str
    iban: str
    bic: str
    creditor_id: str
    ahead: int
    is_active: bool


@transaction.atomic
def put_account(account: BankAccount | None, *, by: User, **fields: Unpack[AccountFields]) -> BankAccount:
    """An account as it is to be; for None a new one. Raises ``PermissionDenied`` and ``ValidationError`` (by field)."""
    if not by.role.administers or (account is not None and account.company_id != by.company_id):
        raise PermissionDenied(_("You may not change this."))
    account = account or BankAccount(company=by.company)
    for name, value in fields.items():
        setattr(account, name, value.strip() if isinstance(value, str) else value)
    check_all(
        *(lambda name=name: _shorten(account, name) for name in CHECKS),
        lambda: clean(account, "name", "iban", "bic", "creditor_id", "ahead"),
    )
    try:
        with transaction.atomic():
            account.save()
    except IntegrityError as error:
        taken = ("iban", _("This account is here already."))
        raise as_validation_error(error, {"bank_account_once_in_company": taken}) from error
    return account


def _shorten(account: BankAccount, name: str) -> None:
    try:
        setattr(account, name, CHECKS[name](getattr(account, name)))
    except ValidationError as error:
        raise ValidationError({name: error}) from error
