"""``/records``: any record, its history and timeline, and what can be created from it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from hilvan.people.api import Asked, Call, Paged, Several, TeamJSON, UserJSON, read_cursor, row_id, write_cursor
from hilvan.people.models import User

from . import timeline as flow
from .history import entries_of, parse_instant, stood
from .kinds import kinds
from .models import Record, RecordQuerySet
from .presentation import coded, entries_json, head, timeline_json, whole
from .references import users_named
from .search import matching
from .services import creatable

router = Router(tags=["records"])


class ReferenceJSON(BaseModel):
    """A record that is referred to."""

    id: str
    kind: str
    number: str
    title: str


class HeadJSON(ReferenceJSON):
    """What every record has in common."""

    ref: str
    party: ReferenceJSON | None
    origin: ReferenceJSON | None
    owner: UserJSON | None
    team: TeamJSON | None
    created_at: str = Field(json_schema_extra={"format": "date-time"})
    archived_at: str | None


class RecordJSON(HeadJSON):
    """A record with the fields of its kind."""

    model_config = ConfigDict(extra="allow")


class RecordPage(BaseModel):
    items: list[HeadJSON]
    next: str | None


class ChangeJSON(BaseModel):
    """Values as they are kept: planned times are instants, a whole day's end the midnight after it."""

    field: str
    before: Any
    after: Any


class EntryJSON(BaseModel):
    """What one transaction changed in a record. ``at`` is when it counts, ``recorded_at`` when it was written."""

    record: ReferenceJSON
    at: str = Field(json_schema_extra={"format": "date-time"})
    recorded_at: str = Field(json_schema_extra={"format": "date-time"})
    actor: UserJSON | None
    channel: str
    verb: str
    note: str
    raw: str
    changes: list[ChangeJSON]


class EntryPage(BaseModel):
    items: list[EntryJSON]
    next: str | None


class TimelineItemJSON(EntryJSON):
    """``what`` is the word by which one asks for it (``?what=``); a notice has ``notice`` instead of changes."""

    what: str
    notice: dict[str, Any] | None = None


class TimelinePage(BaseModel):
    items: list[TimelineItemJSON]
    next: str | None


class PrefilledJSON(BaseModel):
    value: Any
    source: str


class CreatableJSON(BaseModel):
    kind: str
    label: str
    allowed: bool
    why_not: str | None
    prefill: dict[str, PrefilledJSON]


class CreatableList(BaseModel):
    items: list[CreatableJSON]


class AskedOfAny(Paged):
    """What a list of records of any kind can be asked for."""

    q: str = Field(default="", description="Words of the record or of its party; also numbers and parts of them.")
    party: str = Field(default="", description="The id or number of a customer or supplier.")
    owner: Several = Field(default_factory=list, description="User names or ids, `me`, `none`.")
    archived: bool = Field(default=False, description="Archived ones, too.")


class AskedRecords(AskedOfAny):
    kind: Several = Field(default_factory=list)


class AskedAsOf(Asked):
    as_of: str = Field(default="", description="A past instant, RFC 3339.")

    def instant(self, user: User) -> dt.datetime | None:
        """Raises ``ValidationError`` (``as_of``) for what is no past instant."""
        try:
            return parse_instant(self.as_of, user.zone) if self.as_of else None
        except ValidationError as error:
            raise ValidationError({"as_of": error}) from error


class AskedTimeline(AskedAsOf, Paged):
    what: Several = Field(
        default_factory=list, description="`activities`, `documents`, `changes`, `notes`, `files`, `notices`."
    )
    actor: Several = Field(default_factory=list, description="User names or ids, `me`, `none` (the program).")
    q: str = Field(default="", description="Words of the record, of a note, a file or a reason.")


@router.get("/records", response=RecordPage, summary="Records of any kind, newest first")
def records(request: Call, asked: Query[AskedRecords]) -> Any:
    if unknown := [name for name in asked.kind if name not in kinds]:
        raise ValidationError({"kind": _("There is no kind “%(kind)s”.") % {"kind": unknown[0]}})
    query = Record.objects.visible_to(request.auth)
    if asked.kind:
        query = query.filter(kind__in=asked.kind)
    rows, following = newest(narrowed(query, asked, request.auth), asked)
    return {"items": [head(record) for record in rows], "next": following}


@router.get("/records/{id}", response=RecordJSON, url_name="record", summary="A record, now or at an instant")
def record(request: Call, id: str, asked: Query[AskedAsOf]) -> Any:
    return representation(find(request.auth, id), asked.instant(request.auth))


@router.get("/records/{id}/changes", response=EntryPage, summary="The history of a record, newest first")
def changes(request: Call, id: str, asked: Query[Paged]) -> Any:
    return history(Record.objects.filter(pk=find(request.auth, id).pk), request.auth, asked)


@router.get(
    "/records/{id}/timeline", response=TimelinePage, summary="What happened to a record and along its document flow"
)
def timeline(request: Call, id: str, asked: Query[AskedTimeline]) -> Any:
    """Changes, activities, notes, files and notices, newest first: of the record, of what it came from and of what came
    of it; of a customer or supplier, of every record in which it takes part."""
    user = request.auth
    record = find(user, id)
    if unknown := set(asked.what) - set(flow.words()):
        raise ValidationError({"what": _("“%(value)s” does not exist.") % {"value": min(unknown)}})
    before = read_cursor(asked.cursor, _instant, _text, row_id) if asked.cursor else None
    items, following = flow.timeline(
        flow.around(record, user),
        user,
        flow.Asked(frozenset(asked.what), users_named(asked.actor, user, "actor"), asked.q, asked.instant(user)),
        before=(before[0], before[1], before[2]) if before else None,
        limit=asked.limit,
    )
    return {
        "items": timeline_json(items, user),
        "next": write_cursor(following[0].isoformat(), *following[1:]) if following else None,
    }


@router.get("/records/{id}/creatable", response=CreatableList, summary="The record's Create menu")
def create_menu(request: Call, id: str) -> Any:
    origin = find(request.auth, id)
    items = []
    for entry in creatable(origin, request.auth):
        prefill = entry.start.prefill(origin, request.auth) if entry.allowed else {}
        items.append(
            {
                "kind": entry.kind.name,
                "label": str(entry.kind.label),
                "allowed": entry.allowed,
                "why_not": str(entry.why_not) or None,
                "prefill": {
                    name: {"value": coded(entry.kind, name, one.value), "source": str(one.source)}
                    for name, one in prefill.items()
                },
            }
        )
    return {"items": items}


def find(user: User, reference: str, kind: str | None = None) -> Record:
    """The record of this id or number that the user may see, else 404; of that kind, where one is asked for."""
    found = Record.objects.select_related("company", "party", "origin", "owner", "team").find(user, reference)
    if found is None or (kind is not None and found.kind != kind):
        raise Http404
    return found


def representation(record: Record, as_of: dt.datetime | None = None) -> dict[str, Any]:
    """The record as it stands in the database now, or as it stood: 404 where it did not exist yet."""
    if as_of is not None:
        then = stood(record, as_of)
        if then is None:
            raise Http404
        return whole(then)
    kind = record.declaration
    models = kind.model._default_manager.select_related(
        *kind.related, "record__party", "record__origin", "record__owner", "record__team"
    )
    return whole(models.get(pk=record.pk))


def history(records: QuerySet[Record], user: User, asked: Paged) -> dict[str, Any]:
    """A page of the entries of these records together."""
    before = read_cursor(asked.cursor, _instant, row_id) if asked.cursor else None
    entries = entries_of(records, limit=asked.limit + 1, before=(before[0], before[1]) if before else None)
    at, last = entries[asked.limit - 1].place if len(entries) > asked.limit else (None, 0)
    return {
        "items": entries_json(entries[: asked.limit], user),
        "next": write_cursor(at.isoformat(), last) if at else None,
    }


def narrowed(query: RecordQuerySet, asked: AskedOfAny, user: User) -> RecordQuerySet:
    """The records that fit; raises ``ValidationError`` (by field) for a party or a person who does not exist."""
    if asked.party:
        party = Record.objects.find(user, asked.party)
        if party is None:
            raise ValidationError({"party": _("This does not exist.")})
        query = query.filter(party=party.pk)
    if asked.owner:
        owners = users_named(asked.owner, user, "owner")
        query = query.filter(Q(owner__in=owners - {None}) | (Q(owner=None) if None in owners else Q(pk__in=[])))
    if not asked.archived:
        query = query.filter(archived_at=None)
    return query.filter(matching(asked.q, user))


def newest(query: QuerySet[Record], asked: Paged) -> tuple[list[Record], str | None]:
    """A page of records, newest first, in one query; and the cursor of the next one."""
    if asked.cursor:
        query = query.filter(pk__lt=read_cursor(asked.cursor, row_id)[0])
    query = query.select_related("party", "origin", "owner", "team").order_by("-pk")
    rows = list(query[: asked.limit + 1])
    following = write_cursor(rows[asked.limit - 1].pk) if len(rows) > asked.limit else None
    return rows[: asked.limit], following


def _instant(text: Any) -> dt.datetime:
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("no text")
    return value
