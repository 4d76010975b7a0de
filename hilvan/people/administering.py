"""What an administrator changes: users, teams, roles and the company itself. ``by`` is the administrator.

All raise ``PermissionDenied`` for somebody else and ``ValidationError``, by field, for what can't be. Whatever is
changed, somebody stays who can sign in and administers: administrators change these things one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from .identifiers import check_tax_id
from .models import ROLE_NAMES, Company, Membership, Role, Team, User
from .permissions import Action, Grants, Scope
from .services import able_to_sign_in, create_user
from .zones import country_of


@transaction.atomic
def invite_user(*, by: User, role: Role, teams: Iterable[Team] = (), **fields: str) -> User:
    """A new user, who will choose a password; ``fields`` as of ``create_user``."""
    company = _administered(by)
    _check_of_company(company, role, *teams)
    user = create_user(company=company, role=role.code, **fields)  # type: ignore[arg-type]
    _put_teams(user, teams)
    return user


@transaction.atomic
def change_user(user: User, *, by: User, role: Role, teams: Iterable[Team], **fields: str) -> User:
    """``fields``: name, username, email, language, time_zone."""
    company = _administered(by)
    _check_of_company(company, user, role, *teams)
    user.role = role
    normal: dict[str, Callable[[str], str]] = {
        "email": User.objects.normalize_email,
        "username": User.normalize_username,
    }
    for name, value in fields.items():
        setattr(user, name, normal[name](value) if name in normal else value)
    user.full_clean(exclude=["company", "role", "password"], validate_constraints=False, validate_unique=False)
    try:
        with transaction.atomic():
            user.save(update_fields=["role", *fields])
    except IntegrityError as error:
        raise ValidationError({"username": _("This user name is taken.")}) from error
    _put_teams(user, teams)
    _keep_an_administrator(company, "role")
    return user


@transaction.atomic
def put_active(user: User, *, by: User, active: bool) -> None:
    """Let somebody in no more (sessions and tokens end at once), or again. What he did and has stays his."""
    company = _administered(by)
    _check_of_company(company, user)
    user.is_active = active
    user.save(update_fields=["is_active"])
    _keep_an_administrator(company)


@transaction.atomic
def put_team(team: Team | None, *, by: User, name: str, members: Collection[User], active: bool = True) -> Team:
    """A team as it is to be; a new one for None."""
    company = _administered(by)
    _check_of_company(company, *members)
    team = team or Team(company=company)
    _check_of_company(company, team)
    team.name, team.is_active = name.strip(), active
    team.full_clean(exclude=["company"], validate_constraints=False)
    try:
        with transaction.atomic():
            team.save()
    except IntegrityError as error:
        raise ValidationError({"name": _("There is a team of this name already.")}) from error
    team.memberships.exclude(user__in=members).delete()
    _join(company, [(team, member) for member in members])
    return team


@transaction.atomic
def put_role(role: Role | None, *, by: User, name: str, administers: bool, grants: Grants) -> Role:
    """A role as it is to be; a new one, with a code made from its name, for None."""
    company = _administered(by)
    if role is None:
        role = Role(company=company, code=_free_code(company, name))
    _check_of_company(company, role)
    role.name, role.administers, role.grants = name.strip(), administers, _checked(grants)
    if not role.name and role.code not in ROLE_NAMES:
        raise ValidationError({"name": _("A role needs a name.")})
    role.full_clean(exclude=["company", "grants"], validate_constraints=False)
    role.save()
    _keep_an_administrator(company, "administers")
    return role


@transaction.atomic
def change_company(
    *, by: User, name: str, tax_id: str, language: str, time_zone: str, notify_self: bool = False
) -> Company:
    company = _administered(by)
    company.notify_self = notify_self
    put_company(company, name=name, tax_id=tax_id, language=language, time_zone=time_zone)
    return company


def put_company(company: Company, *, name: str, tax_id: str, language: str, time_zone: str) -> None:
    """Save a company under these; its tax identifier is judged by the country in which its time zone lies."""
    company.name, company.language, company.time_zone = name.strip(), language, time_zone
    try:
        company.tax_id = check_tax_id(tax_id, country_of(time_zone))
    except ValidationError as error:
        raise ValidationError({"tax_id": error}) from error
    company.full_clean()
    company.save()


def _administered(by: User) -> Company:
    """The company that ``by`` administers, locked: of two who demote each other at once, one is refused."""
    if not (by.is_active and by.role.administers):
        raise PermissionDenied(_("Only who administers the company may do this."))
    return Company.objects.select_for_update().get(pk=by.company_id)


def _check_of_company(company: Company, *things: User | Team | Role) -> None:
    if any(thing.company_id != company.pk for thing in things):
        raise PermissionDenied(_("This does not exist."))


def _keep_an_administrator(company: Company, field: str | None = None) -> None:
    if not able_to_sign_in().filter(company=company, role__administers=True).exists():
        refusal = _("Then nobody could administer the company any more: give that role to somebody else first.")
        raise ValidationError({field: refusal} if field else refusal, code="last_administrator")


def _put_teams(user: User, teams: Iterable[Team]) -> None:
    user.memberships.exclude(team__in=(kept := list(teams))).delete()
    _join(user.company, [(team, user) for team in kept])


def _join(company: Company, pairs: Iterable[tuple[Team, User]]) -> None:
    Membership.objects.bulk_create(
        [Membership(company=company, team=team, user=user) for team, user in pairs], ignore_conflicts=True
    )


def _free_code(company: Company, name: str) -> str:
    """A code for a new role that no other has: "ventas", "ventas-2"."""
    taken = set(Role.objects.filter(company=company).values_list("code", flat=True))
    slug, n = slugify(name)[:34] or "role", 1
    while (code := slug if n == 1 else f"{slug}-{n}") in taken:
        n += 1
    return code


def _checked(grants: Mapping[str, Mapping[str, str]]) -> Grants:
    """Only known actions and scopes; a kind without any is left out."""
    try:
        checked = {
            kind: {str(Action(action)): str(Scope(scope)) for action, scope in granted.items()}
            for kind, granted in grants.items()
        }
    except ValueError as error:
        raise ValidationError({"grants": _("This value is not valid.")}) from error
    return {kind: granted for kind, granted in checked.items() if granted}
