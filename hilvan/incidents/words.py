"""How an incident's clock is told: what is due and when, how much working time is left, and what was missed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from hilvan.activities.models import FAR_FUTURE, Priority
from hilvan.records.kinds import Fact
from hilvan.working_time.calendar import Calendar, working_time_between
from hilvan.working_time.services import calendar_of

from .models import Incident

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


def urgency(incident: Incident) -> str:
    """The priority where it is worth a word."""
    return incident.get_priority_display() if incident.priority > Priority.NORMAL else ""


def due(incident: Incident) -> Fact:
    """The next due instant of an open one, short, for lists and cards; nothing while its clock stands."""
    if not incident.is_open:
        return Fact(_("Due"), "")
    if incident.due_sort == FAR_FUTURE:
        return Fact(_("Due"), gettext("clock stopped") if incident.held_at else "")
    if incident.due_sort < timezone.now():
        return Fact(_("Due"), gettext("out of time: %(when)s") % {"when": instant(incident.due_sort)}, tone="late")
    return Fact(_("Due"), instant(incident.due_sort))


def clock(incident: Incident) -> list[Fact]:
    """First answer and resolution: until when, how much working time is left, whether it was kept."""
    calendar = calendar_of(incident.company)
    told = [
        _told(_("First answer"), incident.answer_due_at, incident.answered_at, incident, calendar),
        _told(_("Resolution"), incident.resolution_due_at, incident.closed_at, incident, calendar),
    ]
    if incident.held_at is not None:
        since = {"when": instant(incident.held_at), "reason": incident.get_waiting_for_display().lower()}
        told.append(Fact(_("Clock stopped"), gettext("since %(when)s, waiting for: %(reason)s") % since))
    return [fact for fact in told if fact.value]


def _told(
    label: _StrOrPromise,
    due_at: dt.datetime | None,
    done_at: dt.datetime | None,
    incident: Incident,
    calendar: Calendar,
) -> Fact:
    if due_at is None:
        return Fact(label, "")
    until = done_at or incident.held_at or timezone.now()
    late = until > due_at
    passed = {"when": instant(due_at), "time": hours(abs(working_time_between(until, due_at, calendar)))}
    if done_at is not None:
        said = gettext("in time") if not late else gettext("%(time)s late") % passed
    elif late:
        said = gettext("out of time since %(when)s (%(time)s)") % passed
    elif incident.held_at is not None:
        said = gettext("%(time)s left") % passed
    else:
        said = gettext("until %(when)s (%(time)s left)") % passed
    return Fact(label, said, tone="late" if late else "")


def hours(time: dt.timedelta) -> str:
    """Working time: "12 h 30 min"."""
    whole, minutes = divmod(round(time.total_seconds() / 60), 60)
    parts = [
        gettext("%(n)d h") % {"n": whole} if whole else "",
        gettext("%(n)d min") % {"n": minutes} if minutes or not whole else "",
    ]
    return " ".join(filter(None, parts))


def instant(at: dt.datetime) -> str:
    """ "24 nov 16:00", with the year where it is not this one."""
    local = timezone.localtime(at)
    day = pgettext("date", "j M") if local.year == timezone.localdate().year else pgettext("date", "j M Y")
    return f"{date_format(local, day)} {date_format(local, 'H:i')}"
