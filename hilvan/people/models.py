"""Companies, users, teams, roles and tokens."""

from __future__ import annotations

import zoneinfo
from functools import cached_property
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from .permissions import Action, Scope, no_grants

LANGUAGE_CHOICES = [("es", _("Spanish")), ("en", _("English"))]
# The roles that every company starts with, under the names which gettext knows.
ROLE_NAMES = {
    "administrator": _("Administrator"),
    "manager": _("Manager"),
    "member": _("Member"),
    "collaborator": _("Collaborator"),
    "reader": _("Reader"),
}


def validate_time_zone(name: str) -> None:
    """Refuse what is no zone of the IANA database."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("“%(name)s” is not a known time zone."), params={"name": name}, code="time_zone")


class Company(models.Model):
    """A legal person that keeps its records here, apart from every other company's."""

    name = models.CharField(_("name"), max_length=200)
    tax_id = models.CharField(_("tax identifier"), max_length=20, blank=True)
    language = models.CharField(_("language"), max_length=8, choices=LANGUAGE_CHOICES, default="es")
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="Europe/Madrid", validators=[validate_time_zone]
    )
    notify_self = models.BooleanField(
        _("send mail for what one assigns to oneself"),
        default=False,
        help_text=_("Each user can choose otherwise."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)


class Role(models.Model):
    """What its holders may do: ``grants[kind or "*"][action]`` is the scope, see ``permissions``."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="roles")
    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=100, blank=True)
    administers = models.BooleanField(_("administers the company"), default=False)
    grants = models.JSONField(_("grants"), default=no_grants)

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="role_code_once_in_company")]

    def __str__(self) -> str:
        return self.name or str(ROLE_NAMES.get(self.code, self.code))

    def scope(self, kind: str, action: Action) -> Scope:
        """Over which records of ``kind`` the role allows ``action``; the kind's own grant beats that of ``*``."""
        for key in (kind, "*"):
            if action in (granted := self.grants.get(key, {})):
                return Scope(granted[action])
        return Scope.NONE


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        """Sign-in asks with this; case does not matter."""
        return self.select_related("company", "role").get(username__iexact=username)


class User(AbstractBaseUser):
    """A person with an account. Never deleted: who leaves becomes inactive and stays in the history."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="users")
    role = models.ForeignKey(Role, models.PROTECT, related_name="users")
    username = models.CharField(
        _("user name"),
        max_length=150,
        unique=True,
        validators=[RegexValidator(r"^[\w.@+-]+\Z", _("Letters, digits and @ . + - _ only."))],
    )
    name = models.CharField(_("name"), max_length=200)
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(_("language"), max_length=8, choices=LANGUAGE_CHOICES, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, validators=[validate_time_zone])
    notify_self = models.BooleanField(_("send mail for what I assign to myself"), null=True, blank=True)
    signature = models.TextField(_("signature"), max_length=2000, blank=True, default="")
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name", "email"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [models.UniqueConstraint(Lower("username"), name="user_name_once")]
        indexes = [models.Index(fields=["company", "name"], name="user_by_name")]

    def __str__(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split()[0] if self.name.strip() else self.username

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone or self.company.time_zone)

    @property
    def speaks(self) -> str:
        """The language that screen and mails use for this user."""
        return self.language or self.company.language or settings.LANGUAGE_CODE

    @cached_property
    def team_ids(self) -> frozenset[int]:
        return frozenset(self.memberships.values_list("team_id", flat=True))

    @cached_property
    def mate_ids(self) -> frozenset[int]:
        """Everybody in one of the user's teams, the user too."""
        mates = Membership.objects.filter(team_id__in=self.team_ids).values_list("user_id", flat=True)
        return frozenset(mates) | {self.pk}

    def scope(self, kind: str, action: Action) -> Scope:
        return self.role.scope(kind, action) if self.is_active else Scope.NONE

    def may(self, action: Action, kind: str) -> bool:
        """Whether the user may do it to some records of the kind at all."""
        return self.scope(kind, action) is not Scope.NONE


class Team(models.Model):
    """People who share a queue: what is assigned to a team waits until a member claims it."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="teams")
    name = models.CharField(_("name"), max_length=200)
    is_active = models.BooleanField(_("active"), default=True)
    members: models.ManyToManyField[User, Membership] = models.ManyToManyField(
        User, through="Membership", related_name="teams"
    )

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="team_name_once_in_company")]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="member_once_in_team")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.team_id}"


class Token(models.Model):
    """Lets a program act for a user. Only the digest is kept: the token itself is shown once."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    user = models.ForeignKey(User, models.PROTECT, related_name="tokens")
    label = models.CharField(_("label"), max_length=200, blank=True)
    digest = models.BinaryField(_("digest"), max_length=32, unique=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    def __str__(self) -> str:
        return self.label or f"token {self.pk}"


class Guesses(models.Model):
    """How often something secret was guessed wrong, by whom or of whom, and when the next guess is taken (``guesses``).

    ``key`` is a digest: neither names nor addresses are kept.
    """

    key = models.CharField(primary_key=True, max_length=64)
    failures = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    free_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["last_at"], name="guesses_by_last")]

    def __str__(self) -> str:
        return f"{self.failures} until {self.free_at}"
