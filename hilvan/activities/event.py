"""An activity as an event for calendars (iCalendar, RFC 5545), and what it asks of them (iTIP, RFC 5546).

All messages of an activity carry the same event (UID), a later one with a higher SEQUENCE. Its ORGANIZER is Hilván's
address under the name of the assignee: who is responsible may change, the organizer of an event may not.
docs/decisions/0017-participants-and-invitations.md tells why it is so.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from email.utils import parseaddr
from zoneinfo import ZoneInfo

import icalendar
from django.conf import settings
from django.utils import timezone

from hilvan.notifications.mail import one_line
from hilvan.notifications.models import Notice
from hilvan.people.models import User

from . import moments
from .invitations import NEWS, meeting, stands
from .models import Activity, Answer, Participant, Role
from .participants import Key, key_of

LINK = re.compile(r"https?://[^\s<>\"]+")
AROUND = dt.timedelta(days=366)
"""So far around an event its time zone is told."""


def is_invited(notice: Notice, activity: Activity, people: Sequence[Participant]) -> bool:
    """Whether the recipient takes part as things stand now."""
    return own_key(notice, people) in meeting(activity, people).people


def own_key(notice: Notice, people: Sequence[Participant]) -> Key:
    """Who the recipient is among those who take part."""
    if notice.recipient_id is not None:
        return "user", notice.recipient_id
    address = notice.address.casefold()
    return next((key_of(one) for one in people if one.user is None and one.card.email.casefold() == address), ("", ""))


def calendar(notice: Notice, activity: Activity, people: Sequence[Participant], description: str, link: str) -> str:
    """What the message asks the recipient's calendar to do: take the event (REQUEST), let go of it (CANCEL), or, where
    there is nothing to take part in, show the planned dates (PUBLISH). Empty where there are none."""
    if is_invited(notice, activity, people):
        method = "REQUEST"
    elif notice.reason in NEWS:
        method = "CANCEL"
    elif stands(activity):
        method = "PUBLISH"
    else:
        return ""
    event = icalendar.Event()
    event.add("uid", str(activity.record.uuid))
    event.add("sequence", activity.sequence)
    event.add("dtstamp", timezone.now())
    start, end = span(activity)
    if start is not None:
        event.add("dtstart", start)
    if end is not None:
        event.add("dtend", end)
    event.add("summary", activity.subject)
    if text := f"{description}\n\n{link}".strip():
        event.add("description", text)
    if link:
        event.add("url", link)
    if activity.place:
        event.add("location", activity.place)
        for url in LINK.findall(activity.place):
            event.add("conference", url, parameters={"VALUE": "URI"})
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if activity.all_day else "OPAQUE")
    in_charge = activity.assignee or activity.record.company
    event.add("organizer", _person(in_charge.name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))
    if method != "PUBLISH":
        for attendee in _attendees(notice, activity, people, alone=method == "CANCEL"):
            event.add("attendee", attendee)
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Hilvan//Hilvan//ES")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    if (first := activity.start_at or activity.end_at) and not activity.all_day:
        zone = activity.record.company.zone
        calendar.add_component(time_zone(zone, first - AROUND, (activity.end_at or first) + AROUND))
    calendar.add_component(event)
    return str(calendar.to_ical().decode()).replace("\r\n", "\n")  # the mail puts the line ends back


def span(activity: Activity) -> tuple[dt.date | None, dt.date | None]:
    """Start and exclusive end of the event: dates for whole days, otherwise times on the company's clock.

    With one of the two alone the event stands there: for the day, for the type's usual duration, or for a moment.
    """
    start, end, zone = activity.start_at, activity.end_at, activity.record.company.zone
    if activity.all_day:
        first, last = moments.days(start, end, zone)
        return first or last, (day := last or first) and day + moments.DAY
    if start and not end and activity.type.duration:
        end = start + dt.timedelta(minutes=activity.type.duration)
    begin = start or end
    return begin and begin.astimezone(zone), end.astimezone(zone) if end and end != begin else None


def time_zone(zone: ZoneInfo, first: dt.datetime, last: dt.datetime) -> icalendar.Timezone:
    """What the clocks of a zone do from one instant to another (RFC 5545, 3.6.5).

    (icalendar 7.3 can tell a zone too, but has summer time begin an hour late: its onset is a time on the clock that it
    ends, TZOFFSETFROM.)
    """
    component = icalendar.Timezone()
    component.add("tzid", zone.key)
    before = first.astimezone(zone)
    for instant in (first, *_changes_of_clocks(zone, first, last)):
        after = instant.astimezone(zone)
        observance = icalendar.TimezoneDaylight() if after.dst() else icalendar.TimezoneStandard()
        offset = before.utcoffset() or dt.timedelta()
        observance.add("dtstart", (instant.astimezone(dt.UTC) + offset).replace(tzinfo=None))
        observance.add("tzoffsetfrom", offset)
        observance.add("tzoffsetto", after.utcoffset())
        observance.add("tzname", after.tzname())
        component.add_component(observance)
        before = after
    return component


def _changes_of_clocks(zone: ZoneInfo, first: dt.datetime, last: dt.datetime) -> Iterator[dt.datetime]:
    """The instants at which the zone's clocks are changed, to the second."""

    def offset(seconds: int) -> dt.timedelta | None:
        return dt.datetime.fromtimestamp(seconds, zone).utcoffset()

    day, end = int(first.timestamp()), int(last.timestamp())
    while day < end:
        earlier, later = day, day + 24 * 3600
        if offset(earlier) != offset(later):
            while later - earlier > 1:
                middle = (earlier + later) // 2
                if offset(middle) == offset(earlier):
                    earlier = middle
                else:
                    later = middle
            yield dt.datetime.fromtimestamp(later, dt.UTC)
        day += 24 * 3600


def _attendees(
    notice: Notice, activity: Activity, people: Sequence[Participant], *, alone: bool
) -> Iterator[icalendar.vCalAddress]:
    """Who takes part, as far as the recipient is told: somebody without an account learns no other outsider's address.

    Calendars are not asked to answer (RSVP): nobody reads yet what they would send.
    """
    answers = {key_of(one): one for one in people}
    for key, person in meeting(activity, people).people.items():
        is_recipient = key == own_key(notice, people)
        if not is_recipient and (alone or (notice.recipient_id is None and not isinstance(person, User))):
            continue
        participant = answers.get(key)
        chairs = isinstance(person, User) and person == activity.assignee
        answer = participant.answer if participant else Answer.NEEDS_ACTION if is_recipient else Answer.ACCEPTED
        address = person.email if isinstance(person, User) else person.address
        if not address:
            continue
        attendee = _person(person.name, address)
        optional = participant is not None and participant.role == Role.OPTIONAL
        attendee.params["ROLE"] = "CHAIR" if chairs else "OPT-PARTICIPANT" if optional else "REQ-PARTICIPANT"
        attendee.params["PARTSTAT"] = answer.replace("_", "-").upper()
        attendee.params["RSVP"] = "FALSE"
        yield attendee
    if alone and not is_invited(notice, activity, people):
        yield _person(notice.to.name, notice.address)


def _person(name: str, address: str) -> icalendar.vCalAddress:
    person = icalendar.vCalAddress(f"mailto:{address}")
    person.params["CN"] = one_line(name)
    return person
