"""The first use, and what is sent to people about their accounts."""

from __future__ import annotations

import secrets

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from hilvan.notifications.models import Notice, Reason
from hilvan.notifications.services import tell_of_oneself
from hilvan.people import guesses
from hilvan.people.administering import put_company
from hilvan.people.guesses import Limit
from hilvan.people.models import Company, User
from hilvan.people.services import able_to_sign_in, create_user
from hilvan.records.history import Actor, Channel
from hilvan.records.services import found_company

from .models import FirstUseCode

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No letters that are taken for others or for digits."""


class AlreadySetUp(Exception):
    """Somebody can sign in: there is no first use any more."""


def is_first_use() -> bool:
    return not able_to_sign_in().exists()


def new_code() -> str:
    """A code for the first use (59 bits), which replaces the one before. Only a digest under the secret key is kept.

    So it is good for this installation alone: a copy of the database under another key knows it not.
    """
    symbols = "".join(secrets.choice(ALPHABET) for _ in range(12))
    FirstUseCode.objects.update_or_create(pk=1, defaults={"digest": _digest(symbols)})
    return "-".join(symbols[n : n + 4] for n in (0, 4, 8))


@transaction.atomic
def set_up(*, company: dict[str, str], administrator: dict[str, str]) -> User:
    """Complete the company that ``hilvan migrate`` made, with its first administrator; the code serves no more.

    ``company`` as of ``put_company``, ``administrator`` as of ``create_user``. The code has been checked before. Raises
    ``ValidationError`` by field, and ``AlreadySetUp`` for the second of two who do it at once.
    """
    first = Company.objects.select_for_update().order_by("id").first() or found_company(name=company["name"])
    if not is_first_use():
        raise AlreadySetUp
    put_company(first, **company)
    user = create_user(company=first, role="administrator", **administrator)  # type: ignore[arg-type]
    FirstUseCode.objects.all().delete()
    return user


def check_code(code: str, *, address: str) -> None:
    """Raise ``ValidationError`` for a wrong code, and for one that is tried too soon after wrong ones."""
    limits = [
        Limit(("first use from", address), free=5, longest=900),
        Limit(("first use",), free=30, longest=5),  # whoever guesses must not shut out who has the code
    ]
    guesses.take(limits)
    symbols = "".join(code.upper().split()).replace("-", "")
    kept = FirstUseCode.objects.first()
    if kept is None or not constant_time_compare(kept.digest, _digest(symbols)):
        raise ValidationError(
            _("This is not the code. It stands in the terminal in which Hilván was started last."), code="wrong"
        )
    guesses.give_back(limits)


def _digest(symbols: str) -> str:
    return salted_hmac("hilvan.administration.first_use", symbols, algorithm="sha256").hexdigest()


def invite(user: User, *, by: User) -> Notice:
    """Send a user a link to choose a password: as an invitation until there is one."""
    reason = Reason.PASSWORD if user.has_usable_password() else Reason.INVITATION
    return tell_of_oneself(user, reason, actor=Actor.of(by, Channel.SCREEN))


def forgotten(who: str, *, address: str) -> None:
    """Send a link to choose a password to the active users of this e-mail or user name; whether there are any, and
    whether they were sent one already just now, the caller does not learn.

    Raises ``ValidationError`` where too much is asked from one address, whatever is asked.
    """
    guesses.take([Limit(("forgotten from", address), free=10, longest=900)])
    if not who or "\x00" in who:
        return
    for user in User.objects.filter(Q(email__iexact=who) | Q(username__iexact=who), is_active=True).exclude(email=""):
        try:
            guesses.take([Limit(("forgotten of", str(user.pk)), free=3, longest=3600)])
        except ValidationError:
            continue
        reason = Reason.PASSWORD if user.has_usable_password() else Reason.INVITATION
        tell_of_oneself(user, reason, actor=Actor(user.company, Channel.SCREEN))


def test_mail(user: User) -> Notice:
    """Send a message to oneself; the ledger tells what the server said."""
    return tell_of_oneself(user, Reason.MAIL_TEST, actor=Actor.of(user, Channel.SCREEN))
