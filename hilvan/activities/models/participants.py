"""Who takes part in an activity."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hilvan.people.models import Company, User
from hilvan.records.kinds import ContactCard
from hilvan.records.models import Record

from .activity import Activity, link


class Role(models.TextChoices):
    """Whether one's presence is needed (ROLE, RFC 5545, 3.2.16)."""

    REQUIRED = "required", pgettext_lazy("presence", "Required")
    OPTIONAL = "optional", pgettext_lazy("presence", "Optional")


class Answer(models.TextChoices):
    """What somebody said to an invitation (PARTSTAT, RFC 5545, 3.2.12)."""

    NEEDS_ACTION = "needs_action", _("Not answered yet")
    ACCEPTED = "accepted", _("Comes")
    DECLINED = "declined", _("Does not come")
    TENTATIVE = "tentative", _("May come")


class Participant(models.Model):
    """Who takes part in an activity besides its assignee: a user, a contact, or whoever has an address."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    activity = models.ForeignKey(
        Activity, models.PROTECT, related_name="participants", db_constraint=False, db_index=False
    )
    user = link(User, _("user"))
    contact = link(Record, _("contact"))
    email = models.EmailField(_("e-mail"), blank=True, default="")
    name = models.CharField(_("name"), max_length=200, blank=True, default="")
    role = models.CharField(_("presence"), max_length=8, choices=Role, default=Role.REQUIRED)
    answer = models.CharField(_("answer"), max_length=12, choices=Answer, default=Answer.NEEDS_ACTION)

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, contact=None, email="")
                | Q(user=None, contact__isnull=False, email="")
                | Q(user=None, contact=None) & ~Q(email=""),
                name="participant_is_one_of_three",
            ),
            models.UniqueConstraint(fields=["activity", "user"], name="participant_user_once"),
            models.UniqueConstraint(fields=["activity", "contact"], name="participant_contact_once"),
            models.UniqueConstraint(
                fields=["activity", "email"], condition=~Q(email=""), name="participant_address_once"
            ),
        ]
        # What somebody sees because he takes part in it.
        indexes = [
            models.Index(fields=["user", "activity"], condition=Q(user__isnull=False), name="participant_by_user")
        ]

    def __str__(self) -> str:
        return self.called

    @property
    def called(self) -> str:
        """The name by which one knows him."""
        if self.user is not None:
            return str(self.user.name)
        return str(self.contact.title) if self.contact is not None else self.name or self.email

    @property
    def card(self) -> ContactCard:
        """How to reach him now."""
        if self.user is not None:
            return ContactCard(self.user.name, email=self.user.email, language=self.user.speaks)
        if self.contact is not None:
            return self.contact.declaration.contact_card(self.contact) or ContactCard(self.contact.title)
        return ContactCard(self.called, email=self.email)
