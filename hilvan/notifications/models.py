"""The ledger of notices."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hilvan.people.models import Company, User
from hilvan.records.models import Record, new_uuid, visible


class Reason(models.TextChoices):
    ASSIGNED = "assigned", _("Assigned")


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
        return of_company if user.role.administers else of_company.filter(visible(user, "record__"))

    def waiting(self) -> NoticeQuerySet:
        """What is still to be sent, being sent included."""
        return self.filter(state__in=[State.QUEUED, State.SENDING])

    def in_short(self) -> NoticeQuerySet:
        """With all that a list shows, and without the messages themselves."""
        return self.select_related("recipient", "record").defer("text", "html", "calendar")


class Notice(models.Model):
    """One message to one person about one record, from the reason for it to what became of it.

    ``due_at`` is from when on a worker may take it: for one being sent, when the worker that has it counts as dead.
    ``attempts`` counts the times that a worker took it. ``answer`` is what the mail server said last. Subject, text,
    HTML and calendar (RFC 5545) are written at the first attempt and kept, so that a repetition is the same message
    with the same Message-ID.
    """

    uuid = models.UUIDField(default=new_uuid, unique=True, editable=False)
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_index=False)
    record = models.ForeignKey(Record, models.PROTECT, related_name="notices", db_index=False)
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
            )
        ]

    def __str__(self) -> str:
        return f"{self.reason} to {self.recipient_id} about {self.record_id}"
