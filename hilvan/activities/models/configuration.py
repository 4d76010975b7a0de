"""The types of activities and their results: configuration of a company's."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from hilvan.people.models import Company, User

# The types and results that every company starts with, under the names which gettext knows.
TYPE_NAMES = {
    "call": _("Call"),
    "email": _("E-mail"),
    "meeting": _("Meeting"),
    "visit": _("Visit"),
    "task": _("Task"),
}
RESULT_NAMES = {
    "done": _("Done"),
    "cancelled": _("Cancelled"),
    "answered": _("Answered"),
    "no_answer": _("No answer"),
    "left_message": _("Left a message"),
}


class ActivityType(models.Model):
    """What kind of work an activity is: configuration of its company's."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="activity_types")
    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=100, blank=True)
    icon = models.CharField(_("icon"), max_length=40, default="task")
    color = models.CharField(_("colour"), max_length=20, blank=True)
    duration = models.PositiveIntegerField(_("usual duration, minutes"), null=True, blank=True)
    default_subject = models.CharField(_("usual subject"), max_length=255, blank=True)
    default_assignee = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    result_required = models.BooleanField(_("a result is required"), default=False)
    next_type = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("activity type")
        verbose_name_plural = _("activity types")
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="activity_type_once_in_company")]

    def __str__(self) -> str:
        return self.name or str(TYPE_NAMES.get(self.code, self.code))


class ActivityResult(models.Model):
    """With what an activity can be closed; one without a type serves for all of them."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    type = models.ForeignKey(ActivityType, models.PROTECT, null=True, blank=True, related_name="results")
    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=100, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("result")
        verbose_name_plural = _("results")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "type", "code"], name="activity_result_once_in_type", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.name or str(RESULT_NAMES.get(self.code, self.code))
