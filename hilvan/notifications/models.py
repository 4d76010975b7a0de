"""The ledger of notices."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hilvan.people.models import Company, User
from hilvan.records.models import Record, new_uuid, sees_all, visible


class Reason(models.TextChoices):
    ASSIGNED = "assigned", _("Assigned")
    HOLD_OVER = "hold_over", _("The hold is over")
    DEFERRAL_BEGUN = "deferral_begun", _("The deferral is over")
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
    NO_ADDRESS = "no_address", _("the person has no e-mail address")
    INACTIVE = "inactive", _("the person is not active")


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

    def in_short(self) -> NoticeQuerySet:
        """With all that a list shows, and without the messages themselves."""
        return self.select_related("recipient", "record").defer("text", "html", "calendar")


class Notice(models.Model):
    """One message to one person about one record (or about the person), from the reason for it to what became of it.

    ``due_at`` is from when on a worker may take it: for one being sent, when the worker that has it counts as dead.
    ``attempts`` counts the times that a worker took it. ``answer`` is what the mail server said last. Subject, text,
    HTML and calendar (RFC 5545) are written at the first attempt and kept, so that a repetition is the same message
    with the same Message-ID.
    """

    uuid = models.UUIDField(default=new_uuid, unique=True, editable=False)
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_index=False)
    record = models.ForeignKey(Record, models.PROTECT, null=True, related_name="notices", db_index=False)
    recipient = models.ForeignKey(User, models.PROTECT, related_name="notices", verbose_name=_("recipient"))
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

    objects: ClassVar[NoticeQuerySet] = NoticeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state__in=["queued", "sending"]), name="notice_due"),
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
        ]

    def __str__(self) -> str:
        return f"{self.reason} to {self.recipient_id} about {self.record_id}"

    def readable_by(self, user: User) -> bool:
        """Whether ``user``, who sees the notice, may read the message: it names all that its recipient may see."""
        return user.role.administers or user.pk == self.recipient_id or sees_all(user)
