"""The ledger of notices."""

from __future__ import annotations

import zoneinfo
from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hilvan.people.models import Company, User
from hilvan.records.models import Record, new_uuid, sees_all, visible


class Reason(models.TextChoices):
    ASSIGNED = "assigned", _("Assigned")
    HOLD_OVER = "hold_over", _("The hold is over")
    DEFERRAL_BEGUN = "deferral_begun", _("The deferral is over")
    MEETING = "meeting", _("Invited to take part")
    MEETING_CHANGED = "meeting_changed", _("What one takes part in has changed")
    MEETING_CANCELLED = "meeting_cancelled", _("One no longer takes part")
    MENTION = "mention", _("Mentioned in a note")
    INVITATION = "invitation", _("Invitation")
    PASSWORD = "password", _("Forgotten password")
    MAIL_TEST = "mail_test", _("Test message")


ABOUT_ONESELF = (Reason.INVITATION, Reason.PASSWORD, Reason.MAIL_TEST)
"""What is about its recipient and no record."""


class State(models.TextChoices):
    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    SUPPRESSED = "suppressed", _("Not sent")


class Suppression(models.TextChoices):
    """Why a notice is not sent."""

    ONESELF = "oneself", _("assigned to oneself")
    BORN_CLOSED = "born_closed", _("noted when already closed")
    IMPORT = "import", _("imported")
    OVER = "over", _("it is over already")
    UNSEEN = "unseen", _("the person may not see the record")
    NO_ADDRESS = "no_address", _("the person has no e-mail address")
    INACTIVE = "inactive", _("the person is not active")


@dataclass(frozen=True)
class Outsider:
    """Somebody without an account, who is written to all the same."""

    name: str
    address: str
    language: str = ""
    """ISO 639-1; where Hilván does not speak it, the company's stands in."""


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: User) -> NoticeQuerySet:
        """All of the company's for who administers it, for others those about records that they may see."""
        of_company = self.filter(company=user.company_id)
        if user.role.administers:
            return of_company
        return of_company.filter(visible(user, "record__"), record__isnull=False)

    def waiting(self) -> NoticeQuerySet:
        """What is still to be sent, being sent included."""
        return self.filter(state__in=[State.QUEUED, State.SENDING])

    def of_messages(self, keys: Collection[int]) -> NoticeQuerySet:
        """The notices with these keys and all that their messages tell besides: what becomes of one becomes of all."""
        return self.filter(Q(pk__in=keys) | Q(carrier__in=keys))

    def in_short(self) -> NoticeQuerySet:
        """With all that a list shows, and without the messages themselves."""
        return self.select_related("recipient", "record").defer("text", "html", "calendar")


class Notice(models.Model):
    """One message to one person about one record (or about the person), from the reason for it to what became of it.

    Whoever has no account (an ``Outsider``) stands in ``name`` and ``language`` instead of in ``recipient``.
    ``due_at`` is from when on a worker may take it: for one being sent, when the worker that has it counts as dead.
    ``attempts`` counts the times that a worker took it. ``answer`` is what the mail server said last. Subject, text,
    HTML and calendar (RFC 5545) are written at the first attempt and kept, so that a repetition is the same message
    with the same Message-ID.

    What one command over several records (``batch``) tells a person is one message: the first notice *carries* the
    others, has the content and is sent; they share its fate.
    """

    uuid = models.UUIDField(default=new_uuid, unique=True, editable=False)
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_index=False)
    record = models.ForeignKey(Record, models.PROTECT, null=True, related_name="notices", db_index=False)
    recipient = models.ForeignKey(User, models.PROTECT, null=True, related_name="notices", verbose_name=_("recipient"))
    name = models.CharField(_("name"), max_length=255, blank=True, default="")
    language = models.CharField(_("language"), max_length=8, blank=True, default="")
    address = models.EmailField(_("address"), blank=True)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    caused_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("caused by"))
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.QUEUED)
    suppressed_by = models.CharField(_("why not sent"), max_length=20, choices=Suppression, blank=True, default="")
    created_at = models.DateTimeField(_("created"))
    due_at = models.DateTimeField(_("due"))
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    answer = models.TextField(_("the server's words"), blank=True, default="")
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    subject = models.CharField(_("subject"), max_length=500, blank=True, default="")
    text = models.TextField(blank=True, default="")
    html = models.TextField(blank=True, default="")
    calendar = models.TextField(blank=True, default="")
    batch = models.UUIDField(null=True, editable=False)
    carrier = models.ForeignKey("self", models.PROTECT, null=True, related_name="carried", db_index=False)

    objects: ClassVar[NoticeQuerySet] = NoticeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state__in=["queued", "sending"], carrier=None), name="notice_due"
            ),
            models.Index(fields=["due_at"], condition=Q(state="sending"), name="notice_leased"),
            models.Index(
                fields=["batch", "recipient"], condition=Q(batch__isnull=False, carrier=None), name="notice_of_batch"
            ),
            models.Index(fields=["carrier"], condition=Q(carrier__isnull=False), name="notice_carried"),
            models.Index(fields=["record", "-id"], name="notice_of_record"),
            models.Index(fields=["company", "-id"], name="notice_newest"),
            models.Index(fields=["company", "state", "-id"], name="notice_newest_of_state"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="suppressed") ^ Q(suppressed_by=""), name="notice_suppressed_says_why"
            ),
            models.CheckConstraint(
                condition=Q(record__isnull=True) ^ ~Q(reason__in=ABOUT_ONESELF), name="notice_is_about_something"
            ),
            models.CheckConstraint(condition=Q(recipient=None) ^ Q(name=""), name="notice_is_to_somebody"),
            models.CheckConstraint(condition=Q(carrier=None) | Q(batch__isnull=False), name="notice_carried_in_batch"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} to {self.recipient_id or self.address} about {self.record_id}"

    def together(self) -> list[Notice]:
        """All whose message this one carries, itself first."""
        return [self, *self.carried.select_related("record").order_by("pk")] if self.batch else [self]

    @property
    def to(self) -> User | Outsider:
        return self.recipient or Outsider(self.name, self.address, self.language)

    @property
    def speaks(self) -> str:
        """The language of the message."""
        if self.recipient is not None:
            return self.recipient.speaks
        return self.language if self.language in dict(settings.LANGUAGES) else self.company.language

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The time zone of the message."""
        return self.company.zone if self.recipient is None else self.recipient.zone

    def readable_by(self, user: User) -> bool:
        """Whether ``user``, who sees the notice, may read the message: it names all that its recipient may see."""
        return user.role.administers or self.recipient_id in (None, user.pk) or sees_all(user)
