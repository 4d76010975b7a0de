"""``/activities``: lists and single ones, now and as of an instant; changes of state, deferral, history, counts."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import BaseModel, Field

from hilvan.notifications.models import Notice
from hilvan.notifications.presentation import as_json as notice_json
from hilvan.people.api import Asked, Call, Paged, TeamJSON, UserJSON, read_cursor, row_id, write_cursor
from hilvan.people.models import User
from hilvan.records.api import AskedAsOf, EntryPage, ReferenceJSON, find, history
from hilvan.records.history import is_settled, stood
from hilvan.records.kind_api import CONFLICT, actor, archiving, creating_from, location, new_schema, taking
from hilvan.records.kinds import kinds
from hilvan.records.models import Record

from . import counts, participants, selection, services
from .models import Activity, Priority
from .presentation import apart, as_json
from .schemas import ActivityFields, AskedPage, AskedSummary, Deferral, Reply, Transition

router = Router(tags=["activities"])
KIND = kinds["activity"]
LONGEST_FLOW = dt.timedelta(days=3700)


class HoldJSON(BaseModel):
    reason: str | None
    for_: UserJSON | ReferenceJSON | None = Field(alias="for")
    until: str | None


class StandingJSON(BaseModel):
    """How an activity stands. Whole days are plain dates, the end included; everything else instants with offset."""

    type: str
    subject: str
    state: str
    priority: str
    assignee: UserJSON | None
    team: TeamJSON | None
    origin: ReferenceJSON | None
    party: ReferenceJSON | None
    contact: ReferenceJSON | None
    place: str
    start_at: str | None
    end_at: str | None
    all_day: bool
    deferred: bool
    deferrals: int
    promised_start_at: str | None
    promised_end_at: str | None
    remind_at: str | None
    estimated_minutes: int | None
    spent_minutes: int | None
    begun_at: str | None
    closed_at: str | None
    result: str | None
    hold: HoldJSON | None
    archived_at: str | None


class IdentityJSON(BaseModel):
    id: str
    kind: Literal["activity"]
    number: str
    ref: str
    created_at: str


class ListedJSON(StandingJSON, IdentityJSON):
    pass


class ParticipantJSON(BaseModel):
    """Who takes part: a user, a contact, or neither, but an address."""

    user: UserJSON | None
    contact: ReferenceJSON | None
    name: str
    email: str
    role: str
    answer: str


class ActivityJSON(ListedJSON):
    description: str
    participants: list[ParticipantJSON]


class ActivityPage(BaseModel):
    items: list[ListedJSON]
    next: str | None


class ActivityPageAsOf(ActivityPage):
    """``settled``: nothing that is still being written can change this answer any more."""

    settled: bool


class IntervalJSON(BaseModel):
    from_: str = Field(alias="from")
    to: str | None = Field(description="null: still.")


class SituationJSON(StandingJSON, IntervalJSON):
    pass


class SituationList(BaseModel):
    items: list[SituationJSON]


class NoticeJSON(BaseModel):
    """``recipient`` is null for somebody without an account."""

    id: str
    recipient: UserJSON | None
    name: str
    address: str
    reason: str
    caused_by: UserJSON | None
    state: str
    suppressed_by: str | None
    attempts: int
    answer: str
    created_at: str
    due_at: str
    sent_at: str | None


class NoticePage(BaseModel):
    items: list[NoticeJSON]
    next: str | None


class NamedJSON(BaseModel):
    id: int
    name: str


class CountJSON(BaseModel):
    """The groups asked for, and how many activities there are in each."""

    state: str | None = None
    assignee: NamedJSON | None = None
    team: NamedJSON | None = None
    type: str | None = None
    priority: str | None = None
    count: int


class Summary(BaseModel):
    settled: bool
    items: list[CountJSON]


class DayJSON(BaseModel):
    """How many stood in each state at the end of the day, or stand now."""

    day: dt.date
    at: str = Field(json_schema_extra={"format": "date-time"})
    new: int
    on_hold: int
    in_progress: int
    closed: int


class Flow(BaseModel):
    items: list[DayJSON]


class AskedFlow(Asked):
    start: dt.date | None = Field(
        default=None, ge=dt.date(1900, 1, 1), alias="from", description="The first day; by default 30 days before."
    )
    to: dt.date | None = Field(
        default=None, ge=dt.date(1900, 2, 1), description="The last day, included; by default today."
    )
    by: Literal["day"] = "day"
    tz: str = Field(default="", description="The time zone whose days these are; by default the user's.")


@router.get(
    "/activities", response=ActivityPage | ActivityPageAsOf, summary="List, now or as of an instant", by_alias=True
)
def activities(request: Call, asked: Query[AskedPage]) -> Any:
    as_of = asked.instant(request.auth)
    settled = as_of is not None and is_settled(as_of)
    page = selection.page(
        request.auth,
        asked.filters(request.auth),
        as_of=as_of,
        order=asked.order,
        cursor=asked.cursor or None,
        size=asked.limit,
    )
    zone = request.auth.company.zone
    answer: dict[str, Any] = {"items": [as_json(row, zone) for row in page.items], "next": page.next}
    return answer if as_of is None else {**answer, "settled": settled}


@router.post("/activities", response={201: ActivityJSON}, summary="Create, on a record or on nothing", by_alias=True)
@taking(data=new_schema(KIND))
def create_activity(request: Call, data: Any, response: HttpResponse) -> Any:
    record = services.create_activity(actor=actor(request), **data.service_fields(request.auth))
    response["Location"] = location(record)
    return as_it_stands(record, request.auth)


@router.get("/activities/summary", response=Summary, exclude_unset=True, summary="Exact counts by groups")
def summary(request: Call, asked: Query[AskedSummary]) -> Any:
    as_of = asked.instant(request.auth)
    settled = as_of is not None and is_settled(as_of)
    rows = counts.summary(request.auth, asked.filters(request.auth), group_by=asked.group_by, as_of=as_of)
    return {
        "settled": settled,
        "items": [counted(row, asked.group_by) for row in rows],
    }


@router.get("/activities/flow", response=Flow, summary="How many stood in each state, day by day")
def flow(request: Call, asked: Query[AskedFlow]) -> Any:
    zone = request.auth.zone
    if asked.tz:
        if asked.tz not in zoneinfo.available_timezones():
            raise ValidationError({"tz": _("“%(name)s” is not a known time zone.") % {"name": asked.tz}})
        zone = zoneinfo.ZoneInfo(asked.tz)
    today = timezone.now().astimezone(zone).date()
    end = asked.to or today
    start = asked.start or end - dt.timedelta(days=30)
    if end > today:
        raise ValidationError({"to": ValidationError(_("The instant lies in the future."), code="future")})
    if not dt.timedelta() <= end - start <= LONGEST_FLOW:
        wrong = _("The period may have at most %(n)d days, and may not end before it starts.")
        raise ValidationError({"from": wrong % {"n": LONGEST_FLOW.days}})
    days = counts.flow(request.auth, start=start, end=end, zone=zone)
    return {"items": [{**day, "at": day["at"].isoformat()} for day in days]}


@router.get(
    "/activities/{id}",
    response=ActivityJSON,
    url_name="activity",
    summary="One, now or as of an instant",
    by_alias=True,
)
def activity(request: Call, id: str, asked: Query[AskedAsOf]) -> Any:
    record = find(request.auth, id, "activity")
    as_of = asked.instant(request.auth)
    row = selection.row(record, request.auth, as_of=as_of)
    then = record.as_activity if as_of is None else stood(record, as_of)
    if row is None or then is None:
        raise Http404
    return {**as_json(row, request.auth.company.zone), **apart(then)}


@router.patch("/activities/{id}", response=ActivityJSON, summary="Change what is given", by_alias=True)
def change_activity(request: Call, id: str, data: ActivityFields) -> Any:
    record = find(request.auth, id, "activity")
    fields = data.service_fields(request.auth, record.as_activity)
    services.change_activity(record, actor=actor(request), **fields)
    return as_it_stands(record, request.auth)


@router.post(
    "/activities/{id}/transitions",
    response=ActivityJSON,
    summary="Change the state",
    by_alias=True,
    openapi_extra=CONFLICT,
)
def transition(request: Call, id: str, data: Transition) -> Any:
    record = find(request.auth, id, "activity")
    words = data.words(record.as_activity, request.auth)
    services.transition(record, actor=actor(request), **words)
    return as_it_stands(record, request.auth)


@router.post("/activities/{id}/defer", response=ActivityJSON, summary="Put off", by_alias=True)
def defer(request: Call, id: str, data: Deferral) -> Any:
    record = find(request.auth, id, "activity")
    services.defer(record, actor=actor(request), **data.words(request.auth))
    return as_it_stands(record, request.auth)


@router.post("/activities/{id}/answer", response=ActivityJSON, summary="Say whether one takes part", by_alias=True)
def answer(request: Call, id: str, data: Reply) -> Any:
    record = find(request.auth, id, "activity")
    participants.answer(record, actor=actor(request), answer=data.answer)
    return as_it_stands(record, request.auth)


@router.get("/activities/{id}/history", response=EntryPage, summary="What was changed, newest first")
def activity_history(request: Call, id: str, asked: Query[Paged]) -> Any:
    return history(Record.objects.filter(pk=find(request.auth, id, "activity").pk), request.auth, asked)


@router.get(
    "/activities/{id}/situations", response=SituationList, summary="How it has stood, oldest first", by_alias=True
)
def situations(request: Call, id: str) -> Any:
    zone = request.auth.company.zone
    rows = selection.situations(find(request.auth, id, "activity"), request.auth)
    return {
        "items": [
            {
                "from": row["valid"].lower.isoformat(),
                "to": row["valid"].upper.isoformat() if row["valid"].upper else None,
                **as_json(row, zone),
            }
            for row in rows
        ]
    }


@router.get("/activities/{id}/notices", response=NoticePage, summary="Who was told of it, newest first")
def notices(request: Call, id: str, asked: Query[Paged]) -> Any:
    query = Notice.objects.filter(record=find(request.auth, id, "activity").pk)
    if asked.cursor:
        query = query.filter(pk__lt=read_cursor(asked.cursor, row_id)[0])
    rows = list(query.select_related("recipient", "caused_by").order_by("-pk")[: asked.limit + 1])
    return {
        "items": [notice_json(notice) for notice in rows[: asked.limit]],
        "next": write_cursor(rows[asked.limit - 1].pk) if len(rows) > asked.limit else None,
    }


archiving(router, KIND)
creating_from(router, KIND)


def as_it_stands(record: Record, user: User) -> dict[str, Any]:
    """The activity fresh from the database: after a change also for one who by it can see it no longer."""
    row = selection.standing(record, user)
    return {**as_json(row, user.company.zone), **apart(Activity.objects.get(pk=record.pk))}


def counted(row: dict[str, Any], groups: list[str]) -> dict[str, Any]:
    """A row of ``counts.summary`` in the contract's words."""
    answer: dict[str, Any] = {}
    for group in groups:
        match group:
            case "assignee" | "team":
                key = row[f"{group}_id"]
                answer[group] = None if key is None else {"id": key, "name": row[f"{group}__name"]}
            case "priority":
                answer[group] = Priority(row["priority"]).name.lower()
            case _:
                answer[group] = row["type__code" if group == "type" else group]
    return {**answer, "count": row["count"]}
