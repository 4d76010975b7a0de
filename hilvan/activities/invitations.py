"""What people's calendars have of an activity, and who is told when it changes (RFC 5546).

An activity with dates is a *meeting* for those who take part in it: its participants, and its assignee too where there
are participants or its type is the meeting. Each of them is sent an invitation once, the same event with a higher
sequence whenever its time, place or subject changes, and its cancellation when it is cancelled, loses its dates, or
they no longer take part. A notice says only that there is news: what is sent is how things stand when it is sent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hilvan.notifications.models import Notice, Outsider, Reason, Suppression
from hilvan.notifications.models import State as Delivery
from hilvan.notifications.services import plan, suppression, unreachable, write
from hilvan.people.models import User
from hilvan.records.history import Actor, Channel

from . import participants
from .models import Activity, Answer, Participant, State
from .participants import Invited, Key, Planned

MEETING, CANCELLED = "meeting", "cancelled"
"""The codes of a type and of a result."""

NEWS = (Reason.MEETING, Reason.MEETING_CHANGED, Reason.MEETING_CANCELLED)


@dataclass(frozen=True)
class Meeting:
    """What a calendar shows of an activity, and in whose it stands."""

    shown: tuple[object, ...]
    people: Mapping[Key, User | Outsider]
    over_at: dt.datetime | None


NOWHERE = Meeting((), {}, None)


def meeting(activity: Activity, people: Sequence[Participant]) -> Meeting:
    """With nobody in it where it has no dates or is cancelled."""
    taking_part: dict[Key, User | Outsider] = {}
    if stands(activity):
        if activity.assignee is not None and (people or activity.type.code == MEETING):
            taking_part["user", activity.assignee.pk] = activity.assignee
        taking_part |= {participants.key_of(one): person_of(one) for one in people}
    return Meeting(
        (activity.start_at, activity.end_at, activity.all_day, activity.subject, activity.place),
        taking_part,
        activity.end_at or activity.start_at,
    )


def stands(activity: Activity) -> bool:
    """Whether it has a place in calendars: it has dates, and is not cancelled."""
    is_cancelled = activity.state == State.CLOSED and activity.result is not None and activity.result.code == CANCELLED
    return bool(activity.start_at or activity.end_at) and not is_cancelled


def person_of(one: Participant) -> User | Outsider:
    """To whom one writes."""
    return one.user or Outsider(one.called, one.card.email, one.card.language)


class Calendars:
    """Follows one change of an activity: made before it, asked what to save with it, and told once it is saved."""

    def __init__(self, activity: Activity) -> None:
        self.activity = activity
        self.is_new = activity.pk is None
        self.present = [] if self.is_new else participants.participants_of(activity)
        self.planned = Planned(self.present, [], [], [])
        self.before = NOWHERE if self.is_new else meeting(activity, self.present)
        self.after = self.before
        self.assignee = None if self.is_new else activity.assignee

    def plan(self, invited: Sequence[Invited] | None, actor: Actor) -> None:
        """Who takes part from now on; None: who does. Raises ``ValidationError`` by field."""
        self.planned = participants.plan(self.present, invited, actor)

    def settle(self, actor: Actor) -> list[str]:
        """With the change made and not saved: raises the event's sequence, and has those who said something to other
        dates asked again; answers which of the activity's columns are to be saved for it."""
        self.after = meeting(self.activity, self.planned.all)
        if not self.is_new and self.after.shown[:3] != self.before.shown[:3]:
            for one in self.planned.stay:
                if one.answer != Answer.NEEDS_ACTION and (one.user is None or one.user != actor.user):
                    one.answer = Answer.NEEDS_ACTION
                    self.planned.changed.append(one)
        if self.is_new or not self._news():
            return []
        self.activity.sequence += 1
        return ["sequence"]

    def tell(self, actor: Actor) -> None:
        """Once the activity is saved: write down its participants, and what they are told."""
        participants.save(self.planned, self.activity)
        if actor.channel is Channel.IMPORT:
            return
        news = self._news()
        if self.activity.assignee is not None and self.activity.assignee != self.assignee:
            news.pop(("user", self.activity.assignee.pk), None)  # the mail of the assignment brings it
        if news:
            invited = {} if self.is_new else self._invited()
            notices = (self._notice(key, reason, key in invited, actor) for key, reason in news.items())
            write([notice for notice in notices if notice is not None])

    def _news(self) -> dict[Key, Reason]:
        """What is new for whom."""
        news = {}
        for key in {**self.before.people, **self.after.people}:
            if key not in self.before.people:
                news[key] = Reason.MEETING
            elif key not in self.after.people:
                news[key] = Reason.MEETING_CANCELLED
            elif self.before.shown != self.after.shown:
                news[key] = Reason.MEETING_CHANGED
        return news

    def _notice(self, key: Key, reason: Reason, has_it: bool, actor: Actor) -> Notice | None:
        """What is written down for somebody, sent or not; None where he never was told what is over now.

        ``has_it``: his calendar has the event. It then follows his own changes, too.
        """
        is_gone = reason is Reason.MEETING_CANCELLED
        person = (self.before if is_gone else self.after).people[key]
        over_at = (self.before if is_gone else self.after).over_at
        is_over = over_at is not None and over_at <= actor.now
        is_closed = self.activity.state == State.CLOSED and stands(self.activity)
        if is_gone and (not has_it or is_over or is_closed):
            return None
        if is_closed:
            why_not: Suppression | None = Suppression.BORN_CLOSED
        elif is_over:
            why_not = Suppression.OVER
        elif has_it or isinstance(person, Outsider):
            why_not = unreachable(person)
        else:
            why_not = suppression(person, actor)
        if not has_it:
            reason = Reason.MEETING
        return plan(self.activity.record, person, reason, actor=actor, why_not=why_not)

    def _invited(self) -> set[Key]:
        """Of whom it was in the calendar: whose last notice that was not held back is no cancellation."""
        notices = Notice.objects.filter(record=self.activity.pk, reason__in=(Reason.ASSIGNED, *NEWS))
        last = notices.exclude(state=Delivery.SUPPRESSED).order_by("recipient", "address", "-pk")
        told = {
            (user, "" if user else address.casefold())
            for user, address, reason in last.distinct("recipient", "address").values_list(
                "recipient", "address", "reason"
            )
            if reason != Reason.MEETING_CANCELLED
        }
        people = {**self.after.people, **self.before.people}
        return {
            key
            for key, person in people.items()
            if ((person.pk, "") if isinstance(person, User) else (None, person.address.casefold())) in told
        }
