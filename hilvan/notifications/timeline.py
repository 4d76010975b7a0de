"""Notices in the timelines of records: who was told what, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from hilvan.people.api import user_json
from hilvan.people.models import User
from hilvan.records.presentation import reference
from hilvan.records.search import among
from hilvan.records.timeline import Around, Asked, Item, Place, Source, older

from .ledger import detail
from .models import Notice, Suppression
from .presentation import as_json as notice_json

NAME = "notices"
AS_MEANT = (Suppression.ONESELF, Suppression.BORN_CLOSED, Suppression.IMPORT, Suppression.OVER)
"""Why a notice is not sent by anybody's wish: nothing happened. The ledger has these, a timeline has not."""


def read(around: Around, user: User, asked: Asked, before: Place | None, limit: int) -> list[Item]:
    notices = Notice.objects.filter(among("record_id", around.ids), older(before, NAME, "created_at", "pk"))
    notices = notices.exclude(suppressed_by__in=AS_MEANT)
    if asked.until is not None:
        notices = notices.filter(created_at__lte=asked.until)
    if asked.since is not None:
        notices = notices.filter(created_at__gte=asked.since)
    if asked.actors:
        actors = Q(caused_by__in=asked.actors - {None})
        notices = notices.filter(actors | Q(caused_by=None) if None in asked.actors else actors)
    for word in asked.q.split():
        to = Q(recipient__name__icontains=word) | Q(name__icontains=word)
        notices = notices.filter(to | Q(address__icontains=word) | Q(subject__icontains=word))
    newest = (
        notices.in_short().select_related("recipient", "record", "caused_by").order_by("-created_at", "-pk")[:limit]
    )
    return [Item((one.created_at, NAME, one.pk), NAME, one.record, one.caused_by, one) for one in newest if one.record]


def as_json(items: Sequence[Item], user: User) -> list[dict[str, Any]]:
    return [
        {
            "record": reference(item.record),
            "at": item.body.created_at.isoformat(),
            "recorded_at": item.body.created_at.isoformat(),
            "actor": user_json(item.actor),
            "channel": "mail",
            "verb": f"notice.{item.body.reason}",
            "note": "",
            "raw": "",
            "changes": [],
            "notice": notice_json(item.body),
        }
        for item in items
    ]


def told(items: Sequence[Item], user: User) -> list[dict[str, Any]]:
    """Lines of ``web/components/timeline.html``."""
    return [_line(item.body, user) for item in items]


def _line(notice: Notice, user: User) -> dict[str, Any]:
    values = {"name": notice.to.name, "reason": notice.get_reason_display().lower()}
    return {
        "text": _("Notice to %(name)s: %(reason)s") % values,
        "icon": "mail",
        "url": reverse("notice", args=[notice.uuid]) if notice.readable_by(user) else "",
        "detail": " · ".join(filter(None, [notice.get_state_display().lower(), detail(notice)])),
    }


SOURCE = Source(NAME, read, as_json)
