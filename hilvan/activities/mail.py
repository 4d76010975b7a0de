"""The mail to an assignee: what it says, and the event for the recipient's calendar."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import icalendar
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from hilvan.notifications.mail import Content, one_line, sender
from hilvan.notifications.models import Notice, Reason
from hilvan.people.models import User
from hilvan.records.kinds import ContactCard, Fact
from hilvan.records.models import Record
from hilvan.web.links import call_url, map_url, record_url, write_url

from . import moments
from .models import Activity, Priority

MEETING = "meeting"
BEGINNING = 600
"""Characters of the description that the mail shows."""


@dataclass(frozen=True)
class Line(Fact):
    """A fact of the mail; for a party or a contact with the ways to reach it."""

    ways: list[Fact] = field(default_factory=list)


def to_assignee(notice: Notice) -> Content:
    """What the assignee reads, in the language and zone in force. It names nothing he may not see."""
    activity = Activity.objects.select_related("record__company", "type", "origin", "party", "contact").get(
        pk=notice.record_id
    )
    named = _visible(activity, notice.recipient)
    link = _address(activity.record)
    party = f" · {Truncator(named['party'].title).chars(80)}" if "party" in named else ""
    description = Truncator(activity.description.strip()).chars(BEGINNING)
    context = {
        "headline": _headline(notice),
        "activity": activity,
        "lines": _lines(activity, named, notice.recipient),
        "description": description,
        "link": link,
        "company": activity.record.company,
        "language": notice.recipient.speaks,
    }
    return Content(
        subject=one_line(f"{activity.type}: {activity.subject}{party} [{activity.number}]"),
        text=render_to_string("activities/mail/to_assignee.txt", context).strip() + "\n",
        html=render_to_string("activities/mail/to_assignee.html", context),
        calendar=_calendar(notice, activity, description, link),
    )


def _headline(notice: Notice) -> str:
    if notice.reason == Reason.HOLD_OVER:
        return _("An activity of yours is no longer on hold")
    if notice.reason == Reason.DEFERRAL_BEGUN:
        return _("An activity of yours that was deferred begins now")
    if notice.caused_by is None:
        return _("An activity has been assigned to you")
    if notice.caused_by == notice.recipient:
        return _("You have assigned an activity to yourself")
    return _("%(name)s has assigned an activity to you") % {"name": notice.caused_by.name}


def _visible(activity: Activity, recipient: User) -> dict[str, Record]:
    """Origin, party and contact, as far as the recipient may see them."""
    named = {name: getattr(activity, name) for name in ("origin", "party", "contact")}
    seen = set(
        Record.objects.visible_to(recipient)
        .filter(pk__in=[record.pk for record in named.values() if record is not None])
        .values_list("pk", flat=True)
    )
    return {name: record for name, record in named.items() if record is not None and record.pk in seen}


def _lines(activity: Activity, named: dict[str, Record], recipient: User) -> list[Line]:
    lines = [Line(_("Type"), activity.type)]
    if (origin := named.get("origin")) and origin not in (named.get("party"), named.get("contact")):
        lines.append(Line(_("Origin"), f"{origin.number} {origin.title}", _address(origin)))
    for record in (named.get("party"), named.get("contact")):
        if record is not None:
            card = record.declaration.contact_card(record)
            lines.append(
                Line(record.declaration.label, record.title, _address(record), _ways(card, record) if card else [])
            )
    lines += _dates(activity, recipient)
    if activity.place:
        is_link = activity.place.startswith(("https://", "http://"))
        lines.append(Line(_("Place"), activity.place, activity.place if is_link else ""))
    lines.append(Line(_("Priority"), Priority(activity.priority).label))
    return lines


def _ways(card: ContactCard, record: Record) -> list[Fact]:
    """How to reach somebody, each with what a click does; a name only where it is another than the record's."""
    ways = [
        Fact("", "" if card.name == record.title else card.name),
        Fact(_("Telephone"), card.phone, call_url(card.phone)),
        Fact(_("E-mail"), card.email, write_url(card.email)),
        Fact(_("Address"), card.address, map_url(card.address)),
    ]
    return [way for way in ways if way.value]


def _dates(activity: Activity, recipient: User) -> list[Line]:
    company_zone = activity.record.company.zone
    if activity.all_day:
        first, last = moments.days(activity.start_at, activity.end_at, company_zone)
        shown = [(_("Start"), first and _day(first)), (_("End"), last and _day(last))]
    else:
        zone = f" ({recipient.zone.key})" if recipient.zone != company_zone else ""
        instants = [(_("Start"), activity.start_at), (_("End"), activity.end_at)]
        shown = [(label, at and _moment(at) + zone) for label, at in instants]
    return [Line(label, text) for label, text in shown if text]


def _moment(at: dt.datetime) -> str:
    local = timezone.localtime(at)
    return f"{_day(local.date())}, {date_format(local, 'TIME_FORMAT')}"


def _day(day: dt.date) -> str:
    return f"{date_format(day, 'l')}, {date_format(day, 'DATE_FORMAT')}"


def _calendar(notice: Notice, activity: Activity, description: str, link: str) -> str:
    """The planned dates as an event: an invitation for a meeting, else only to be shown (RFC 5546, 3.2.1 and 3.2.2).

    All notices of an activity give the same event, a later one replacing an earlier one. Empty without dates.
    """
    span = _event_span(activity)
    if span is None:
        return ""
    event = icalendar.Event()
    event.add("uid", str(activity.record.uuid))
    event.add("sequence", int((notice.created_at - activity.record.created_at).total_seconds()))
    event.add("dtstamp", notice.created_at.astimezone(dt.UTC))
    event.add("dtstart", span[0])
    if span[1] is not None:
        event.add("dtend", span[1])
    event.add("summary", activity.subject)
    event.add("description", f"{description}\n\n{link}".strip())
    event.add("url", link)
    if activity.place:
        event.add("location", activity.place)
    event.add("transp", "TRANSPARENT" if activity.all_day else "OPAQUE")
    name, address = sender(notice)
    cause = notice.caused_by
    if cause is not None and cause.email and cause != notice.recipient:
        name, address = cause.name, cause.email
    event.add("organizer", _person(name, address))
    is_meeting = activity.type.code == MEETING
    if is_meeting:
        attendee = _person(notice.recipient.name, notice.address)
        attendee.params.update({"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"})
        event.add("attendee", attendee)
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Hilvan//Hilvan//ES")
    calendar.add("version", "2.0")
    calendar.add("method", "REQUEST" if is_meeting else "PUBLISH")
    calendar.add_component(event)
    return str(calendar.to_ical().decode()).replace("\r\n", "\n")  # the mail puts the line ends back


def _event_span(activity: Activity) -> tuple[dt.date, dt.date | None] | None:
    """Start and exclusive end of the event: dates for whole days, otherwise instants in UTC.

    With one of the two alone the event stands there: for the day, for the type's usual duration, or for a moment.
    """
    start, end = activity.start_at, activity.end_at
    if start is None and end is None:
        return None
    if activity.all_day:
        first, last = moments.days(start, end, activity.record.company.zone)
        return first or last, (last or first) + moments.DAY  # type: ignore[operator, return-value]
    if start and not end and activity.type.duration:
        end = start + dt.timedelta(minutes=activity.type.duration)
    begin = start or end
    return begin.astimezone(dt.UTC), end.astimezone(dt.UTC) if end and end != begin else None  # type: ignore[union-attr]


def _person(name: str, address: str) -> icalendar.vCalAddress:
    person = icalendar.vCalAddress(f"mailto:{address}")
    person.params["CN"] = one_line(name)
    return person


def _address(record: Record) -> str:
    return settings.BASE_URL + record_url(record.kind, record.number)
