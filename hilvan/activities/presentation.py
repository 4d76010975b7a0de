"""How the API tells an activity, from a row of ``selection``, now or as of an instant."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hilvan.people.api import user_json
from hilvan.records.presentation import reference

from . import moments
from .models import Activity, Participant, Priority
from .participants import participants_of
from .selection import row_from


def describe(activity: Activity) -> dict[str, Any]:
    """An activity as any record's answer carries it, over what the record itself keeps only as copies."""
    described = full(activity)
    return {**described, "title": activity.subject, "owner": described["assignee"]}


def full(activity: Activity) -> dict[str, Any]:
    """All of an activity, as it stands or as it is rebuilt; its ``RELATED`` ones selected for the sake of speed."""
    return {**as_json(row_from(activity), activity.company.zone), **apart(activity)}


def apart(activity: Activity) -> dict[str, Any]:
    """What lists leave out."""
    people = [participant_json(one) for one in participants_of(activity)]
    return {"description": activity.description, "participants": people}


def as_json(row: dict[str, Any], company_zone: dt.tzinfo) -> dict[str, Any]:
    """One row of ``selection.page``: references by id, number and title; dates as DESIGN's contract says."""
    return {
        "id": str(row["uuid"]),
        "number": row["number"],
        "kind": "activity",
        "ref": row["ref"],
        "type": row["type__code"],
        "subject": row["subject"],
        "state": row["state"],
        "priority": Priority(row["priority"]).name.lower(),
        "assignee": user(row, "assignee"),
        "team": {"id": row["team_id"], "name": row["team__name"]} if row["team_id"] else None,
        "origin": reference(row["origin"]),
        "party": reference(row["party"]),
        "contact": reference(row["contact"]),
        "place": row["place"],
        **span(row, "start_at", "end_at", company_zone),
        "all_day": row["all_day"],
        "deferred": row["deferred"],
        "deferrals": row["deferrals"],
        **{
            f"promised_{name}": value
            for name, value in span(row, "promised_start_at", "promised_end_at", company_zone).items()
        },
        "remind_at": instant(row["remind_at"]),
        "estimated_minutes": row["estimated_minutes"],
        "spent_minutes": row["spent_minutes"],
        "begun_at": instant(row["begun_at"]),
        "closed_at": instant(row["closed_at"]),
        "result": row["result__code"],
        "hold": {
            "reason": row["hold_reason"] or None,
            "for": user(row, "hold_for_user") or reference(row["hold_for_record"]),
            "until": instant(row["hold_until"]),
        }
        if row["state"] == "on_hold"
        else None,
        "created_at": instant(row["created_at"]),
        "archived_at": instant(row["archived_at"]),
    }


def participant_json(one: Participant) -> dict[str, Any]:
    """Who takes part, with his answer. Whoever sees the activity is told his name and address."""
    return {
        "user": user_json(one.user),
        "contact": reference(one.contact),
        "name": one.called,
        "email": one.card.email,
        "role": one.role,
        "answer": one.answer,
    }


def user(row: dict[str, Any], name: str) -> dict[str, Any] | None:
    if row[f"{name}_id"] is None:
        return None
    return {
        "id": row[f"{name}_id"],
        "username": row[f"{name}__username"],
        "name": row[f"{name}__name"],
        "email": row[f"{name}__email"],
        "active": row[f"{name}__is_active"],
    }


def span(row: dict[str, Any], start: str, end: str, company_zone: dt.tzinfo) -> dict[str, str | None]:
    """Instants with an offset, or plain dates with the end included where the activity is of whole days."""
    if not row["all_day"]:
        return {"start_at": instant(row[start]), "end_at": instant(row[end])}
    first, last = moments.days(row[start], row[end], company_zone)
    return {"start_at": first.isoformat() if first else None, "end_at": last.isoformat() if last else None}


def instant(value: dt.datetime | None) -> str | None:
    return value.isoformat() if value else None
