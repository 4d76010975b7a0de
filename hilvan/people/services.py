"""Changes to companies, users, teams and tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.text import slugify
from django.utils.translation import gettext as _

from .models import Company, Membership, Role, Team, Token, User
from .permissions import FIRST_ROLES


@transaction.atomic
def create_company(*, name: str, tax_id: str = "", language: str = "es", time_zone: str = "Europe/Madrid") -> Company:
    """A company with its first roles; ``records.services.found_company`` also sets up the kinds."""
    company = Company(name=name, tax_id=tax_id, language=language, time_zone=time_zone)
    company.full_clean()
    company.save(force_insert=True)
    Role.objects.bulk_create(
        Role(company=company, code=code, administers=administers, grants=granted)
        for code, (administers, granted) in FIRST_ROLES.items()
    )
    return company


@transaction.atomic
def create_user(
    *,
    company: Company,
    username: str,
    email: str,
    name: str = "",
    role: str = "member",
    password: str | None = None,
    language: str = "",
    time_zone: str = "",
    active: bool = True,
) -> User:
    """A user of ``company`` with the role of that code; without a password none can sign in until it is set.

    Raises ``ValidationError`` (by field) for a user name that is taken, a weak password or an unknown role.
    """
    found = Role.objects.filter(company=company, code=role).first()
    if found is None:
        raise ValidationError({"role": _("There is no role “%(role)s”.") % {"role": role}})
    user = User(
        company=company,
        role=found,
        username=User.normalize_username(username),  # which may make it longer than may be
        name=name or username,
        email=User.objects.normalize_email(email),
        language=language,
        time_zone=time_zone,
        is_active=active,
    )
    if password is None:
        user.set_unusable_password()
    else:
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise ValidationError({"password": error.messages}) from error
        user.set_password(password)
    user.full_clean(exclude=["company", "role"], validate_constraints=False, validate_unique=False)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise ValidationError({"username": _("This user name is taken.")}) from error
    return user


@transaction.atomic
def ensure_inactive_users(company: Company, names: Iterable[str]) -> dict[str, User]:
    """The company's users of exactly these names; who is unknown becomes an inactive one.

    For people met in imported history. Their user names are unique slugs of the names.
    """
    wanted = set(names)
    found = {user.name: user for user in User.objects.filter(company=company, name__in=wanted).order_by("-id")}
    missing = sorted(wanted - found.keys())
    if not missing:
        return found
    slugs = {name: slugify(name)[:140] or "user" for name in missing}
    taken: set[str] = set()
    for slug in set(slugs.values()):
        found_names = User.objects.filter(username__istartswith=slug).values_list("username", flat=True)
        taken.update(username.lower() for username in found_names)
    role = Role.objects.get(company=company, code="reader")
    for name in missing:
        username, n = slugs[name], 1
        while username in taken:
            n += 1
            username = f"{slugs[name]}-{n}"
        taken.add(username)
        found[name] = User(company=company, role=role, username=username, name=name, is_active=False)
        found[name].set_unusable_password()
    User.objects.bulk_create(found[name] for name in missing)
    return found


@transaction.atomic
def ensure_teams(company: Company, names: Iterable[str]) -> dict[str, Team]:
    """The company's teams of exactly these names; who is unknown becomes an inactive team."""
    wanted = set(names)
    found = {team.name: team for team in Team.objects.filter(company=company, name__in=wanted)}
    missing = [Team(company=company, name=name, is_active=False) for name in sorted(wanted - found.keys())]
    Team.objects.bulk_create(missing)
    return found | {team.name: team for team in missing}


@transaction.atomic
def create_team(*, company: Company, name: str, members: Iterable[User] = ()) -> Team:
    team = Team.objects.create(company=company, name=name)
    Membership.objects.bulk_create(Membership(company=company, team=team, user=user) for user in members)
    return team


def create_token(user: User, *, label: str = "") -> str:
    """A new token of the user's; returned once, kept as its digest alone."""
    token = f"hil_{secrets.token_urlsafe(32)}"
    Token.objects.create(company=user.company, user=user, label=label, digest=_digest(token))
    return token


def user_of_token(token: str) -> User | None:
    """The active user for whom this token acts, with company and role; None for any other token."""
    known = User.objects.filter(tokens__digest=_digest(token), tokens__revoked_at=None, is_active=True)
    return next(iter(known.select_related("company", "role")), None)


def revoke_token(token: Token) -> None:
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])


def able_to_sign_in() -> QuerySet[User]:
    """The active users who have a password."""
    return User.objects.filter(is_active=True).exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)


def change_oneself(
    user: User, *, name: str, language: str, time_zone: str, notify_self: bool | None, signature: str
) -> None:
    """What a user changes of his own account; an empty language or zone is the company's."""
    user.name, user.language, user.time_zone, user.notify_self = name.strip(), language, time_zone, notify_self
    user.signature = signature.strip()
    fields = ["name", "language", "time_zone", "notify_self", "signature"]
    user.clean_fields(exclude={field.name for field in User._meta.fields} - set(fields))
    user.save(update_fields=fields)


def choose_language(user: User, language: str) -> None:
    """In which language screen and mails speak to the user from now on."""
    user.language = language
    user.save(update_fields=["language"])


def password_link(user: User) -> str:
    """The path of a page where the user chooses a password, good for one use within Django's reset time."""
    return f"/password/{password_key(user)}/"


def password_key(user: User) -> str:
    """What makes that path secret: who, and a token that ends with the password, the e-mail or the next sign-in."""
    return f"{urlsafe_base64_encode(force_bytes(user.pk))}/{default_token_generator.make_token(user)}"


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
