"""Who will be told of an assignment, said before it is saved."""

from __future__ import annotations

from django.http import QueryDict
from django.utils.translation import gettext as _

from hilvan.notifications.services import foretell
from hilvan.people.models import User
from hilvan.records.history import Actor, Channel

from .models import Activity


def told_line(user: User, asked: QueryDict) -> str:
    """What saving would do, in words, for ``assignee`` (an id) of a new activity or of ``activity`` (a number)."""
    chosen = asked.get("assignee", "")
    if not (chosen.isdecimal() and len(chosen) < 19):
        return ""
    assignee = User.objects.filter(company=user.company_id, pk=int(chosen)).select_related("company").first()
    if assignee is None:
        return ""
    now = Activity.objects.visible_to(user).filter(record__number=asked.get("activity", ""), assignee=assignee)
    if asked.get("activity") and now.exists():
        return _("Nobody will be told: it is %(name)s’s already.") % {"name": assignee.get_short_name()}
    return foretell(assignee, Actor.of(user, Channel.SCREEN))
