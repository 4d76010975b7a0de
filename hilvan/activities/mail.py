"""The mails about an activity: to its assignee, and to whoever takes part in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from hilvan.notifications.mail import Content, one_line
from hilvan.notifications.models import Notice, Reason
from hilvan.people.models import User
from hilvan.records.kinds import ContactCard, Fact
from hilvan.records.models import Record
from hilvan.web.links import call_url, map_url, record_url, write_url

from . import event, moments
from .invitations import NEWS, stands
from .models import Activity, Participant, Priority
from .participants import participants_of

BEGINNING = 600
"""Characters of the description that the mail shows."""


@dataclass(frozen=True)
class Line(Fact):
    """A fact of the mail; for a party or a contact with the ways to reach it."""

    ways: list[Fact] = field(default_factory=list)


def content(notice: Notice) -> Content:
    """What the recipient reads, in the language and zone in force. It names nothing that he may not see."""
    activity = Activity.objects.select_related(
        "record__company", "type", "result", "assignee", "origin", "party", "contact"
    ).get(pk=notice.record_id)
    people = participants_of(activity)
    if notice.recipient is None:
        return _to_outsider(notice, activity, people)
    named = _visible(activity, notice.recipient)
    link = address(activity.record)
    party = f" · {Truncator(named['party'].title).chars(80)}" if "party" in named else ""
    description = Truncator(activity.description.strip()).chars(BEGINNING)
    context = {
        "headline": _headline(notice, activity, people),
        "activity": activity,
        "lines": lines(activity, named, notice.recipient, people),
        "description": description,
        "link": link,
        "signature": _signature(notice),
        "foot": _("Please answer in Hilván: nobody reads what is sent to this address."),
    }
    subject = f"{activity.type}: {activity.subject}{party} [{activity.number}]"
    return _content(notice, subject, context, event.calendar(notice, activity, people, description, link))


def _to_outsider(notice: Notice, activity: Activity, people: Sequence[Participant]) -> Content:
    """Who has no account reads when, where and with whom of the company, nothing that was written for colleagues."""
    company = activity.record.company
    colleagues = {one.pk: one.name for one in (activity.assignee, *(one.user for one in people)) if one is not None}
    lines = [*_dates(activity, company.zone, named=True), *_place(activity)]
    if colleagues:
        lines.append(Line(_("With"), ", ".join(colleagues.values())))
    by = notice.caused_by
    context = {
        "headline": _headline(notice, activity, people),
        "activity": activity,
        "lines": lines,
        "signature": _signature(notice),
        "foot": _("To answer, write back: it reaches %(name)s.") % {"name": by.name} if by and by.email else "",
    }
    return _content(
        notice, f"{activity.subject} [{activity.number}]", context, event.calendar(notice, activity, people, "", "")
    )


def _content(notice: Notice, subject: str, context: dict[str, object], calendar: str) -> Content:
    context |= {"company": notice.company, "language": notice.speaks}
    return Content(
        subject=one_line(_titled(notice, calendar) % {"subject": subject}),
        text=render_to_string("activities/mail/activity.txt", context).strip() + "\n",
        html=render_to_string("activities/mail/activity.html", context),
        calendar=calendar,
    )


def _titled(notice: Notice, calendar: str) -> str:
    if notice.reason not in NEWS:
        return "%(subject)s"
    if "METHOD:CANCEL" in calendar:
        return _("Cancelled: %(subject)s")
    if notice.reason == Reason.MEETING_CHANGED:
        return _("Changed: %(subject)s")
    return _("Invitation: %(subject)s") if notice.recipient is None else "%(subject)s"


def _headline(notice: Notice, activity: Activity, people: Sequence[Participant]) -> str:
    if notice.reason in NEWS:
        return _news(notice, activity, people)
    if notice.reason == Reason.HOLD_OVER:
        return _("An activity of yours is no longer on hold")
    if notice.reason == Reason.DEFERRAL_BEGUN:
        return _("An activity of yours that was deferred begins now")
    if notice.caused_by is None:
        return _("An activity has been assigned to you")
    if notice.caused_by == notice.recipient:
        return _("You have assigned an activity to yourself")
    return _("%(name)s has assigned an activity to you") % {"name": notice.caused_by.name}


def _news(notice: Notice, activity: Activity, people: Sequence[Participant]) -> str:
    """As things stand now, whatever the notice was written for."""
    who = {"name": notice.caused_by.name if notice.caused_by else notice.company.name}
    if not event.is_invited(notice, activity, people):
        if stands(activity):
            return _("%(name)s has changed who takes part: you are no longer expected") % who
        return _("%(name)s has cancelled it") % who
    if notice.reason == Reason.MEETING_CHANGED:
        return _("%(name)s has changed what you take part in") % who
    return _("%(name)s invites you to take part") % who


def _signature(notice: Notice) -> str:
    """Of who invites, at the foot of what he invites to."""
    return notice.caused_by.signature.strip() if notice.reason in NEWS and notice.caused_by else ""


def _visible(activity: Activity, recipient: User) -> dict[str, Record]:
    """Origin, party and contact, as far as the recipient may see them."""
    named = {name: getattr(activity, name) for name in ("origin", "party", "contact")}
    seen = set(
        Record.objects.visible_to(recipient)
        .filter(pk__in=[record.pk for record in named.values() if record is not None])
        .values_list("pk", flat=True)
    )
    return {name: record for name, record in named.items() if record is not None and record.pk in seen}


def lines(activity: Activity, named: dict[str, Record], recipient: User, people: Sequence[Participant]) -> list[Line]:
    """What there is to know of it; ``named`` are the records that the recipient may see."""
    lines = [Line(_("Type"), activity.type)]
    if (origin := named.get("origin")) and origin not in (named.get("party"), named.get("contact")):
        lines.append(Line(_("Origin"), f"{origin.number} {origin.title}", address(origin)))
    for record in (named.get("party"), named.get("contact")):
        if record is not None:
            card = record.declaration.contact_card(record)
            lines.append(
                Line(record.declaration.label, record.title, address(record), ways=_ways(card, record) if card else [])
            )
    zone = recipient.zone
    lines += _dates(activity, zone, named=zone != activity.record.company.zone)
    lines += _place(activity)
    if people:
        lines.append(Line(_("Participants"), ", ".join(one.called for one in people)))
    if activity.assignee is not None and activity.assignee != recipient:
        lines.append(Line(_("Assigned to"), activity.assignee.name))
    lines.append(Line(_("Priority"), Priority(activity.priority).label))
    return lines


def _place(activity: Activity) -> list[Line]:
    """Where it is; a link in it is one to click."""
    links = event.LINK.findall(activity.place)
    return [Line(_("Place"), activity.place, links[0] if links else "")] if activity.place else []


def _ways(card: ContactCard, record: Record) -> list[Fact]:
    """How to reach somebody, each with what a click does; a name only where it is another than the record's."""
    ways = [
        Fact("", "" if card.name == record.title else card.name),
        Fact(_("Telephone"), card.phone, call_url(card.phone)),
        Fact(_("E-mail"), card.email, write_url(card.email)),
        Fact(_("Address"), card.address, map_url(card.address)),
    ]
    return [way for way in ways if way.value]


def _dates(activity: Activity, zone: ZoneInfo, *, named: bool) -> list[Line]:
    """Start and end on the clocks of the zone in force, ``named`` where they may be taken for others."""
    if activity.all_day:
        first, last = moments.days(activity.start_at, activity.end_at, activity.record.company.zone)
        shown = [(_("Start"), first and _day(first)), (_("End"), last and _day(last))]
    else:
        suffix = f" ({zone.key})" if named else ""
        instants = [(_("Start"), activity.start_at), (_("End"), activity.end_at)]
        shown = [(label, at and _moment(at) + suffix) for label, at in instants]
    return [Line(label, text) for label, text in shown if text]


def _moment(at: dt.datetime) -> str:
    local = timezone.localtime(at)
    return f"{_day(local.date())}, {date_format(local, 'TIME_FORMAT')}"


def _day(day: dt.date) -> str:
    return f"{date_format(day, 'l')}, {date_format(day, 'DATE_FORMAT')}"


def address(record: Record) -> str:
    return settings.BASE_URL + record_url(record.kind, record.number)
