"""Which events have been imported."""

from __future__ import annotations

from django.db import models

from hilvan.people.models import Company
from hilvan.records.models import Record


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
