"""Notes, and whom they mention."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from hilvan.people.models import Company, User
from hilvan.records.models import Record, new_uuid


class Note(models.Model):
    """What somebody wrote about a record, in Markdown. Without an author it is the program itself."""

    uuid = models.UUIDField(default=new_uuid, unique=True, editable=False)
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_index=False)
    record = models.ForeignKey(Record, models.PROTECT, related_name="notes", db_index=False)
    author = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    text = models.TextField(_("note"))
    created_at = models.DateTimeField(_("created"))
    edited_at = models.DateTimeField(_("edited"), null=True, blank=True)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        constraints = [models.CheckConstraint(condition=~models.Q(text=""), name="note_says_something")]
        indexes = [models.Index(fields=["record", "-id"], name="note_of_record")]

    def __str__(self) -> str:
        return self.text[:80]


class Mention(models.Model):
    """A colleague named in a note, from when on."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_index=False)
    note = models.ForeignKey(Note, models.PROTECT, related_name="mentions", db_index=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["note", "user"], name="mention_once_in_note")]
        indexes = [models.Index(fields=["user", "-id"], name="mention_of_user")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.note_id}"
