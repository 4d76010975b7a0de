"""What wakes by itself: a hold whose time is over, a deferral whose start has come.

Each is an ordinary change, under the activity's lock, in one transaction with the notice of it: so it happens exactly
once, however many workers look for what is due, and whenever one of them is killed. It counts from the instant at which
it is done, a few seconds after it was due; an activity that was due while no worker ran wakes when one starts.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from hilvan.notifications.models import Reason
from hilvan.notifications.services import notify
from hilvan.records.history import Actor, Channel, acting
from hilvan.records.models import Change

from .models import Activity, State
from .services import transition


def end_holds() -> int:
    """Take what is on hold until now back to the state that it had, and tell its assignee; answers how many."""
    due = Activity.objects.filter(state=State.ON_HOLD, hold_until__lte=timezone.now()).order_by("hold_until")
    return _each(due, _end_hold)


def end_deferrals() -> int:
    """Put what was deferred until now among what is to be done, and tell its assignee; answers how many."""
    due = Activity.objects.open().filter(deferred=True, start_at__lte=timezone.now()).order_by("start_at")
    return _each(due, _end_deferral)


def _each(due: QuerySet[Activity], wake: Callable[[Activity, Actor], Reason]) -> int:
    """One transaction for each, so that none waits for another; what somebody is just changing is left for later."""
    woken = 0
    while True:
        with transaction.atomic():
            activity = (
                due.filter(archived_at=None)
                .select_for_update(no_key=True, skip_locked=True, of=("self",))
                .select_related("record__company", "assignee")
                .first()
            )
            if activity is None:
                return woken
            actor = Actor(activity.record.company, Channel.AUTOMATION)
            imported = _is_as_imported(activity)
            reason = wake(activity, actor)
            if activity.assignee is not None:
                notify(activity.record, activity.assignee, reason, actor=actor, imported=imported)
            woken += 1


def _end_hold(activity: Activity, actor: Actor) -> Reason:
    transition(activity.record, actor=actor, to=activity.hold_returns_to or State.NEW)
    return Reason.HOLD_OVER


def _end_deferral(activity: Activity, actor: Actor) -> Reason:
    acting(actor, "activity.wake")
    activity.deferred = False
    activity.save(update_fields=["deferred"])
    return Reason.DEFERRAL_BEGUN


def _is_as_imported(activity: Activity) -> bool:
    """Whether nobody has touched it since it was imported: what is imported tells nobody, then or later."""
    latest = Change.objects.filter(record=activity.pk).order_by("-at", "-id").values_list("batch", flat=True)[:1]
    return latest[0] is not None
