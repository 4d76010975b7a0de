"""The mail of one command that gave several activities to a person: one message which lists them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import icalendar
from django.template.loader import render_to_string
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from hilvan.notifications.mail import Content, one_line
from hilvan.notifications.models import Notice
from hilvan.records.kinds import kinds
from hilvan.records.models import Record

from . import event, mail
from .models import Activity, Participant
from .participants import people_of


def content(notices: Sequence[Notice]) -> Content:
    """What the recipient of these notices reads: what they have in common once, and of each the rest."""
    first = notices[0]
    recipient = first.recipient
    assert recipient is not None  # who is assigned something has an account
    activities = _activities(notices)
    people = people_of(activities)
    seen = Record.objects.visible_to(recipient).in_bulk(
        {key for one in activities for key in (one.origin_id, one.party_id, one.contact_id)} - {None}
    )
    lines = {
        one.pk: mail.lines(
            one,
            {name: getattr(one, name) for name in ("origin", "party", "contact") if getattr(one, f"{name}_id") in seen},
            recipient,
            people[one.pk],
        )
        for one in activities
    }
    common = [line for line in lines[activities[0].pk] if all(line in others for others in lines.values())]
    descriptions = {one.description.strip() for one in activities}
    subjects = dict.fromkeys(one.subject for one in activities)
    context = {
        "headline": _headline(first, len(activities)),
        "title": Truncator(" · ".join(subjects)).chars(200),
        "common": common,
        "description": Truncator(descriptions.pop()).chars(mail.BEGINNING) if len(descriptions) == 1 else "",
        "activities": [
            {
                "activity": one,
                "link": mail.address(one.record),
                "lines": [line for line in lines[one.pk] if line not in common],
            }
            for one in activities
        ],
        "foot": _("Please answer in Hilván: nobody reads what is sent to this address."),
        "company": first.company,
        "language": first.speaks,
    }
    words = {"n": len(activities), "subject": Truncator(", ".join(subjects)).chars(100)}
    return Content(
        subject=one_line(_("%(n)d activities: %(subject)s") % words),
        text=render_to_string("activities/mail/several.txt", context).strip() + "\n",
        html=render_to_string("activities/mail/several.html", context),
        calendar=_calendar(first, activities, people),
    )


def _activities(notices: Sequence[Notice]) -> list[Activity]:
    """In the order of their notices, with all that a line says of their people."""
    parties = [one.accessor for one in kinds if one.is_party]
    contacts = [one.accessor for one in kinds if one.is_contact]
    paths = [f"party__{name}" for name in parties]
    paths += [f"contact__{name}" for name in contacts]
    paths += [f"contact__party__{name}" for name in parties]
    found = Activity.objects.select_related(
        "record__company", "type", "result", "assignee", "origin", "party", "contact__party", *paths
    ).in_bulk([notice.record_id for notice in notices])
    return [found[notice.record_id] for notice in notices if notice.record_id is not None]


def _headline(notice: Notice, n: int) -> str:
    if notice.caused_by is None:
        return _("%(n)d activities have been assigned to you") % {"n": n}
    if notice.caused_by == notice.recipient:
        return _("You have assigned %(n)d activities to yourself") % {"n": n}
    return _("%(name)s has assigned %(n)d activities to you") % {"name": notice.caused_by.name, "n": n}


def _calendar(notice: Notice, activities: Iterable[Activity], people: Mapping[int, Sequence[Participant]]) -> str:
    """The events of them all, only to be shown: an invitation is to one event alone (RFC 5546, 3.2.2)."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Hilvan//Hilvan//ES")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    zones: set[str] = set()
    for activity in activities:
        text = event.calendar(
            notice, activity, people[activity.pk], activity.description.strip(), mail.address(activity.record)
        )
        for component in icalendar.Calendar.from_ical(text).subcomponents if text else ():
            component.pop("ATTENDEE", None)
            if (zone := component.get("TZID")) not in zones:
                calendar.add_component(component)
            if zone:
                zones.add(zone)
    return str(calendar.to_ical().decode()).replace("\r\n", "\n") if calendar.subcomponents else ""
