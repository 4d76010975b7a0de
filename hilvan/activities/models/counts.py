"""How many activities there are of each state and assignee, over time."""

from __future__ import annotations

from django.db import models

from hilvan.people.models import Company, User


class CountDelta(models.Model):
    """One more or one less activity of a state and an assignee, from a quarter of an hour on; not folded yet."""

    written_by_database = True

    company = models.ForeignKey(Company, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    bucket = models.DateTimeField()
    state = models.CharField(max_length=12)
    assignee = models.ForeignKey(
        User, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    n = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["company", "bucket"], name="delta_by_bucket")]

    def __str__(self) -> str:
        return f"{self.n:+} {self.state} from {self.bucket}"


class Count(models.Model):
    """The folded deltas: the net change in a whole month, day (UTC) or quarter of an hour.

    Zones differ from UTC by multiples of a quarter of an hour, so that every zone's midnight is a border.
    """

    written_by_database = True

    class Level(models.TextChoices):
        MONTH = "month"
        DAY = "day"
        QUARTER = "quarter"

    company = models.ForeignKey(Company, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    level = models.CharField(max_length=7, choices=Level)
    bucket = models.DateTimeField()
    state = models.CharField(max_length=12)
    assignee = models.ForeignKey(
        User, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    n = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "level", "bucket", "state", "assignee"], name="count_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.n:+} {self.state} in the {self.level} of {self.bucket}"
