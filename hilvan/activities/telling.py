"""Who will be told of an activity, said before it is saved."""

from __future__ import annotations

from django.conf import settings
from django.http import QueryDict
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from hilvan.notifications.services import foretell, unreachable
from hilvan.people.models import User
from hilvan.records.history import Actor, Channel

from .forms_participants import known
from .invitations import person_of
from .models import Activity, Participant
from .participants import fetch_cards, key_of, participants_of

NAMED = 5
"""So many of those who will be invited are named; of more it is said how many."""


def told_lines(user: User, asked: QueryDict) -> list[str]:
    """What saving would do, in words, for a new activity or for ``activity`` (a number), as its form stands."""
    activity = None
    if number := asked.get("activity"):
        activity = Activity.objects.visible_to(user).select_related("record").filter(record__number=number).first()
    lines = _invitations(user, asked, activity)
    if lines and activity is not None and asked.get("assignee") == str(activity.assignee_id):
        return lines  # who has it already need not be spoken of where somebody else will be told
    return list(filter(None, [_assignment(user, asked, activity), *lines]))


def _assignment(user: User, asked: QueryDict, activity: Activity | None) -> str:
    chosen = asked.get("assignee", "")
    if not (chosen.isdecimal() and len(chosen) < 19):
        return ""
    assignee = User.objects.filter(company=user.company_id, pk=int(chosen)).select_related("company").first()
    if assignee is None:
        return ""
    if activity is not None and activity.assignee_id == assignee.pk:
        return _("Nobody will be told: it is %(name)s’s already.") % {"name": assignee.get_short_name()}
    return foretell(assignee, Actor.of(user, Channel.SCREEN))


def _invitations(user: User, asked: QueryDict, activity: Activity | None) -> list[str]:
    """Who takes part, and whether an invitation goes out."""
    present = [] if activity is None else participants_of(activity)
    signs = {key_of(one) for one in present} | {("email", one.card.email.casefold()) for one in present}
    new = [
        Participant(user=one.user, contact=one.contact, email=one.email, name=one.name)
        for one in known(asked.getlist("participants"), user)
        if one.key not in signs and one.user != user
    ]
    fetch_cards([one.contact for one in new if one.contact is not None])
    lines = []
    reached: list[str] = []
    for one in new:
        if (why_not := unreachable(person_of(one))) is None:
            reached.append(one.called)
        else:
            lines.append(_("%(name)s will not be told: %(reason)s.") % {"name": one.called, "reason": why_not.label})
    if reached:
        more = len(reached) - NAMED
        named = [*reached[:NAMED], _("%(n)d more") % {"n": more}] if more > 0 else reached
        lines.insert(0, _invited(asked) % {"names": get_text_list(named, _("and"))})
    if present:
        lines.append(_("Whoever is invited already will be told of another time, place or subject."))
    return lines


def _invited(asked: QueryDict) -> str:
    if not any(asked.get(f"{name}_at_date") for name in ("start", "end")):
        return _("Without a start or an end nobody is invited: %(names)s.")
    if not settings.EMAIL_URL:
        return _("Invited by mail as soon as a mail server is set up: %(names)s.")
    return _("Invited by mail, now: %(names)s.")
