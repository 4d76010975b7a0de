"""The page of one activity, now and as it stood at an instant."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from hilvan.notifications.models import Notice
from hilvan.people.models import User
from hilvan.people.permissions import Action
from hilvan.records import history
from hilvan.records.models import Record
from hilvan.records.services import may
from hilvan.web import panels, timeline
from hilvan.web.links import as_of_query, call_url, map_url, record_url, write_url
from hilvan.web.views_lists import signed_in
from hilvan.web.views_records import asked_instant, create_menu

from .. import selection, statebar
from ..models import Activity, Answer, Role, State
from ..participants import participants_of, seen_contacts, stood
from ..rows import Shown, days_late

TONES = {
    Answer.NEEDS_ACTION.value: ("new", "clock"),
    Answer.ACCEPTED.value: ("good", "check"),
    Answer.DECLINED.value: ("bad", "x"),
    Answer.TENTATIVE.value: ("warn", "hourglass"),
}
"""How the badge of an answer looks: its tone and its icon."""


@require_GET
def activity_page(request: HttpRequest, number: str) -> HttpResponse:
    """What it is, how it stands, what can be done with it; at a past instant, how it stood."""
    user = signed_in(request)
    record = visible_activity(user, number)
    try:
        as_of = asked_instant(request, user)
    except ValidationError as error:
        return render(request, "activities/page.html", {"number": number, "errors": error.messages}, status=422)
    context: dict[str, Any] = {
        "number": number,
        "as_of": as_of,
        "as_of_unsettled": as_of is not None and not history.is_settled(as_of),
    }
    row = selection.row(record, user, as_of=as_of)
    if row is None:
        return render(request, "activities/page.html", {**context, "born": record.created_at}, status=404)

    at = as_of or timezone.now()
    shown = Shown(user, as_of)
    context |= {
        "record": record,
        "activity": shown.row(row),
        "tracking": _tracking(row, shown),
        "description": _description(record, as_of),
        "estimated": row["estimated_minutes"] and row["estimated_minutes"] * 60,
        "spent": row["spent_minutes"] and row["spent_minutes"] * 60,
        "segments": statebar.segments(record, at),
        "participants": _participants(record, user, as_of),
        "panels": panels.of(record, user, as_of),
        "timeline": timeline.panel(record, user, as_of),
        **_card(row),
        "as_of_query": as_of_query(as_of),
    }
    if as_of is None:
        may_change = may(user, Action.CHANGE, record)
        context |= {
            "may_change": may_change,
            "creatable": create_menu(record, user),
            "archive_url": record_url("activity", number, "record_archive"),
            "edit_url": record_url("activity", number, "record_edit"),
            "moves": context["activity"]["moves"] if may_change else [],
            "may_claim": may_change and row["assignee_id"] is None and row["team_id"] in user.team_ids,
            "is_open": row["state"] != State.CLOSED,
            "last_notice": row["assignee_id"] and _last_notice(record, row["assignee_id"]),
            "answers": Answer.choices,
            "asks_me": _asks(context["participants"]) and row["state"] != State.CLOSED,
            "offer_next": request.GET.get("closed") == "1" and row["state"] == State.CLOSED,
            "next_type": record.as_activity.type.next_type,
        }
    return render(request, "activities/page.html", context)


def visible_activity(user: User, number: str) -> Record:
    """The activity of this number; what one may not see does not exist."""
    record = (
        Record.objects.visible_to(user)
        .filter(kind="activity", number=number)
        .select_related("company", "as_activity__type__next_type")
        .first()
    )
    if record is None:
        raise Http404
    return record


def _tracking(row: dict[str, Any], shown: Shown) -> dict[str, Any]:
    """Planned, promised and real times."""
    start, end = shown.moments(row["start_at"], row["end_at"], row["all_day"])
    promised_start, promised_end = shown.moments(row["promised_start_at"], row["promised_end_at"], row["all_day"])
    return {
        "start": start,
        "end": end,
        "promised_start": promised_start if promised_start != start else None,
        "promised_end": promised_end if promised_end != end else None,
        "days_late": days_late(row, shown.company),
    }


def _description(record: Record, as_of: dt.datetime | None) -> str:
    """The text, which the situations leave out: of the past, rebuilt from the changes."""
    if as_of is None:
        activity: Activity = record.as_activity
        return activity.description
    rows = history.as_of(record, as_of).get(Activity._meta.db_table, {})
    return str(rows.get(record.pk, {}).get("description") or "")


def _card(row: dict[str, Any]) -> dict[str, Any]:
    """How to reach the contact, else the party, and what a click does: as one can now, also on a page of the past."""
    people: tuple[Record | None, ...] = (row["contact"], row["party"])
    for one in people:
        if one is not None and (card := one.declaration.contact_card(one)):
            ways = {"call": call_url(card.phone), "write": write_url(card.email), "map": map_url(card.address)}
            return {"card": card, "ways": ways}
    return {}


def _participants(record: Record, user: User, as_of: dt.datetime | None) -> list[dict[str, Any]]:
    """Who takes part, and how to reach him: a contact's telephone and page only for who may see it."""
    people = participants_of(record.as_activity) if as_of is None else stood(record, as_of)
    seen = seen_contacts(people, user)
    return [
        {
            "key": one.pk,
            "name": one.called,
            "url": record_url(one.contact.kind, one.contact.number) if one.contact_id in seen else "",
            "icon": "user" if one.user_id else "id" if one.contact_id else "mail",
            "phone": one.card.phone if one.contact_id in seen else "",
            "call": call_url(one.card.phone) if one.contact_id in seen else "",
            "email": one.card.email,
            "write": write_url(one.card.email),
            "optional": one.role == Role.OPTIONAL,
            "answer": one.answer,
            "answer_label": one.get_answer_display(),
            "tone": TONES[one.answer][0],
            "answer_icon": TONES[one.answer][1],
            "is_me": one.user_id == user.pk,
        }
        for one in people
    ]


def _asks(people: list[dict[str, Any]]) -> bool:
    """Whether the reader has not said yet whether he takes part."""
    return any(one["is_me"] and one["answer"] == Answer.NEEDS_ACTION for one in people)


def _last_notice(record: Record, assignee: int) -> Notice | None:
    """What became of the last mail to the assignee."""
    return Notice.objects.filter(record=record, recipient=assignee).order_by("-id").first()
