"""Which events have been imported; the tables that are being imported."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from hilvan.people.models import Company, User
from hilvan.records.models import Record, new_uuid


class ImportedEvent(models.Model):
    """An event of a log that has been applied to an activity: what a second import of the same file knows by.

    Also of those events that changed nothing and left no trace in the history.
    """

    # The composite reference with the company guards both (records/install.py).
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    record = models.ForeignKey(Record, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    at = models.DateTimeField()
    seq = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "at", "seq"], name="event_imported_once")]

    def __str__(self) -> str:
        return f"{self.record_id} at {self.at}, {self.seq}"


class Stage(models.TextChoices):
    """Where the import of a table stands."""

    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("Ready")
    IMPORTING = "importing", _("Being imported")
    DONE = "done", _("Imported")
    FAILED = "failed", _("Stopped")


UNDER_WAY = (Stage.CHECKING, Stage.IMPORTING)


class TableImportQuerySet(models.QuerySet["TableImport"]):
    def visible_to(self, user: User) -> TableImportQuerySet:
        """One's own; all of the company's for who administers it."""
        of_company = self.filter(company=user.company_id)
        return of_company if user.role.administers else of_company.filter(user=user)


class TableImport(models.Model):
    """A table that somebody imports: what its columns are, how far the worker has come, what came of it.

    ``choices`` are those of ``planning.Choices``. ``hints`` is what whole columns tell of their dates and numbers.
    ``unknown`` has the words of the file without a meaning: field → word → how often. ``done`` is the number of rows
    that have been checked, or in earnest imported; ``position`` the last one's line.
    """

    uuid = models.UUIDField(default=new_uuid, unique=True, editable=False)
    # The composite reference with the company guards the user (records/install.py).
    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    user = models.ForeignKey(User, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    kind = models.CharField(max_length=32)
    name = models.CharField(_("file"), max_length=255)
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.CHECKING)
    columns = ArrayField(models.TextField())
    choices = models.JSONField(default=dict)
    hints = models.JSONField(default=dict)
    unknown = models.JSONField(default=dict)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    failure = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects: ClassVar[TableImportQuerySet] = TableImportQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=models.Q(stage__in=UNDER_WAY), name="table_import_under_way"),
            models.Index(fields=["expires_at"], name="table_import_expiry"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_under_way(self) -> bool:
        return self.stage in UNDER_WAY


class TableRow(models.Model):
    """A row of the table: its cells, and what will become, or has become, of it. Deleted with the import."""

    table = models.ForeignKey(TableImport, models.CASCADE, related_name="rows", db_index=False)
    line = models.PositiveIntegerField()
    cells = models.JSONField()
    outcome = models.CharField(max_length=8, blank=True, default="")
    reasons = models.JSONField(default=list)
    """[[the column's place, -1 for none, what is wrong with it], …]"""
    keys = ArrayField(models.TextField(), default=list)
    number = models.CharField(max_length=40, blank=True, default="")
    """Of the record that it became, or is."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["table", "line"], name="table_row_once")]
        indexes = [models.Index(fields=["table", "outcome", "line"], name="table_row_by_outcome")]

    def __str__(self) -> str:
        return f"{self.table_id}, {self.line}"
