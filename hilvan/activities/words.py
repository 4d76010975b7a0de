"""An activity's history in plain words: who did what, when and through what; one line for each transaction.

What is said follows from what changed, not from the name of the change: a state written by SQL or by an import reads
like the same change made on screen.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.db.models import Field, Model
from django.utils import formats
from django.utils.text import Truncator, get_text_list
from django.utils.translation import gettext as _

from hilvan.people.models import Team, User
from hilvan.records.history import Entry
from hilvan.records.kinds import kinds
from hilvan.records.models import Change, Record
from hilvan.records.search import among
from hilvan.web.history import CHANNELS, NOTHING
from hilvan.web.words import label_of

from . import moments
from .models import (
    Activity,
    ActivityResult,
    ActivityType,
    Answer,
    HoldReason,
    Participant,
    Role,
    Situation,
    State,
)

FIELDS: dict[str, Field[Any, Any]] = {str(field.column): field for field in Activity._meta.concrete_fields}
# Written by the system along with what is told.
IMPLIED = {
    "record_id", "company_id", "promised_start_at", "promised_end_at", "deferrals", "begun_at", "closed_at",
    "hold_returns_to", "all_day",
}  # fmt: skip
HOLD = {"hold_reason", "hold_for_user_id", "hold_for_record_id", "hold_until"}
REFERENCES: dict[type[Model], set[str]] = {
    User: {"assignee_id", "hold_for_user_id"},
    Team: {"team_id"},
    ActivityType: {"type_id"},
    ActivityResult: {"result_id"},
    Record: {"origin_id", "party_id", "contact_id", "hold_for_record_id"},
}
PARTICIPANTS = Participant._meta.db_table
LONGEST = 200

Pair = tuple[Any, Any]


def told(told: Sequence[Entry], user: User) -> list[dict[str, Any]]:
    """Entries of activities as lines of ``components/timeline.html``; as many queries whatever their number."""
    words = Words(user, told)
    of_whole_days = _whole_days(told)
    return [words.line(entry, all_day) for entry, all_day in zip(told, of_whole_days, strict=True)]


def _whole_days(told: Sequence[Entry]) -> list[bool]:
    """Whether the activity was of whole days when each entry was written: so are its dates to be read."""
    stood: dict[int, list[tuple[Any, bool]]] = defaultdict(list)
    situations = Situation.objects.filter(among("activity_id", [*{entry.record.pk for entry in told}]))
    for key, valid, all_day in situations.values_list("activity", "valid", "all_day"):
        stood[key].append((valid, all_day))
    return [next((all_day for valid, all_day in stood[entry.record.pk] if entry.at in valid), False) for entry in told]


class Words:
    """What a history's identifiers mean to a user: the names of those of now, and no record that he may not see."""

    def __init__(self, user: User, told: Iterable[Entry]) -> None:
        self.user = user
        ids: dict[type[Model], set[int]] = {model: set() for model in REFERENCES}
        for entry in told:
            for model, columns in REFERENCES.items():
                ids[model].update(
                    one for column in columns for one in entry.fields.get(column, ()) if isinstance(one, int)
                )
        self.participants = _participants_named(told, user)
        self.names: dict[type[Model], dict[int, str]] = {
            User: _names(User.objects.filter(company=user.company_id, pk__in=ids[User])),
            Team: _names(Team.objects.filter(company=user.company_id, pk__in=ids[Team])),
            ActivityType: _names(ActivityType.objects.filter(company=user.company_id, pk__in=ids[ActivityType])),
            ActivityResult: _names(ActivityResult.objects.filter(company=user.company_id, pk__in=ids[ActivityResult])),
            Record: _names(Record.objects.visible_to(user).filter(pk__in=ids[Record])),
        }

    def line(self, entry: Entry, all_day: bool) -> dict[str, Any]:
        fields = {name: pair for name, pair in entry.fields.items() if name in FIELDS}
        said = [step for tell in STEPS if (step := tell(self, entry, fields, all_day))]
        rest = self.others(fields, all_day)
        if rest:
            said.append(("pencil", _("changed %(what)s") % {"what": rest}))
        icon, text = said[0][0] if said else "pencil", "; ".join(text for _icon, text in said)
        return {
            "actor": _who(entry),
            "text": text or _("changed nothing that shows"),
            "icon": icon,
            "detail": self.through(entry),
        }

    def through(self, entry: Entry) -> str:
        how = str(CHANNELS.get(entry.channel, entry.channel))
        if entry.imported:
            day = formats.date_format(self.local(entry.recorded_at), "SHORT_DATE_FORMAT")
            how = _("import of %(day)s") % {"day": day}
        if entry.raw:
            how += " · " + _("in the original: “%(text)s”") % {"text": Truncator(str(entry.raw)).chars(LONGEST)}
        return f"({how})"

    def others(self, fields: dict[str, Pair], all_day: bool) -> str:
        """What no sentence of its own tells: "priority: Normal → High"."""
        parts = []
        for column, (before, after) in fields.items():
            if column in IMPLIED:
                continue
            label = label_of(kinds["activity"], column).lower()
            if column == "description":
                parts.append(label)
            else:
                parts.append(f"{label}: {self.value(column, before, all_day)} → {self.value(column, after, all_day)}")
        return "; ".join(parts)

    def value(self, column: str, value: Any, all_day: bool = False) -> str:
        """A column's value as people read it."""
        if value is None or value == "":
            return NOTHING
        for model, columns in REFERENCES.items():
            if column in columns:
                return self.names[model].get(value) or _("something that you may not see")
        field = FIELDS[column]
        if field.choices:
            return str(dict(field.flatchoices).get(value, value))
        if field.get_internal_type() == "DateTimeField":
            return self.when(column, value, all_day)
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, int):
            return str(value)
        return _("“%(text)s”") % {"text": Truncator(str(value)).chars(LONGEST)}

    def when(self, column: str, value: str, all_day: bool) -> str:
        instant = dt.datetime.fromisoformat(value)
        if all_day and column in {"start_at", "end_at"}:
            days = dict(
                zip(("start_at", "end_at"), moments.days(instant, instant, self.user.company.zone), strict=True)
            )
            return formats.date_format(days[column] or instant, "SHORT_DATE_FORMAT")
        return formats.date_format(self.local(instant), "SHORT_DATETIME_FORMAT")

    def local(self, instant: dt.datetime) -> dt.datetime:
        return instant.astimezone(self.user.zone)


Step = tuple[str, str]
"""An icon and a part of the sentence."""


def _birth(words: Words, entry: Entry, fields: dict[str, Pair], all_day: bool) -> Step | None:
    """What was written down at birth, short: the page shows the rest."""
    if "record_id" not in fields or fields["record_id"][0] is not None:
        return None
    state = fields.get("state", (None, State.NEW))[1]
    text = {
        State.NEW: _("created it"),
        State.IN_PROGRESS: _("created it, already begun"),
        State.ON_HOLD: _("created it, on hold"),
        State.CLOSED: _("noted it down, already closed"),
    }[State(state)]
    if fields.get("deferred", (None, False))[1]:
        text += ", " + _("deferred until %(when)s") % {"when": words.value("start_at", fields["start_at"][1], all_day)}
    assignment = _assignment(words, entry, fields, all_day)
    fields.clear()
    return "plus", "; ".join(filter(None, [text, assignment[1] if assignment else ""]))


def _state(words: Words, entry: Entry, fields: dict[str, Pair], all_day: bool) -> Step | None:
    if "state" not in fields:
        return None
    before, after = fields.pop("state")
    told = {name: fields.pop(name, (None, None))[1] for name in (*HOLD, "result_id")}
    if before == State.CLOSED:
        step = ("arrow-back-up", _("reopened it") if after == State.IN_PROGRESS else _("reopened it as new"))
    elif after == State.IN_PROGRESS:
        step = ("player-play", _("resumed it") if before == State.ON_HOLD else _("began it"))
    elif after == State.NEW:
        step = ("arrow-back-up", _("gave it back to the queue"))
    elif after == State.CLOSED:
        result = words.value("result_id", told["result_id"]) if told["result_id"] else ""
        step = ("circle-check", _("closed it: %(result)s") % {"result": result} if result else _("closed it"))
    else:
        step = ("hourglass", _held(words, told))
    return step


def _held(words: Words, told: dict[str, Any]) -> str:
    text = _("put it on hold")
    if told["hold_reason"]:
        text = _("put it on hold, waiting for: %(reason)s") % {
            "reason": str(HoldReason(told["hold_reason"]).label).lower()
        }
    for column in ("hold_for_user_id", "hold_for_record_id"):
        if told[column]:
            text += f" ({words.value(column, told[column])})"
    if told["hold_until"]:
        text += ", " + _("until %(when)s") % {"when": words.value("hold_until", told["hold_until"])}
    return text


def _deferral(words: Words, entry: Entry, fields: dict[str, Pair], all_day: bool) -> Step | None:
    if fields.get("deferred") == (True, False):
        fields.pop("deferred")
        return "calendar", _("its deferral is over: it is to be done now")
    if not (fields.get("deferred", (None, False))[1] or (entry.verb == "activity.defer" and "start_at" in fields)):
        return None
    fields.pop("deferred", None)
    start, end = fields.pop("start_at", None), fields.pop("end_at", None)
    values = {
        "start": words.value("start_at", start[1], all_day) if start else "",
        "end": words.value("end_at", end[1], all_day) if end else "",
    }
    if start and end:
        text = _("deferred it to %(start)s – %(end)s") % values
    elif start:
        text = _("deferred it: from %(start)s on") % values
    elif end:
        text = _("deferred it: until %(end)s") % values
    else:
        text = _("deferred it")
    return "calendar-pause", text


def _assignment(words: Words, entry: Entry, fields: dict[str, Pair], all_day: bool) -> Step | None:
    texts = []
    born = "record_id" in fields
    if "assignee_id" in fields:
        before, after = fields.pop("assignee_id")
        name = words.value("assignee_id", after)
        if after is None:
            texts.append(_("left it without assignee") if before is not None else "")
        elif entry.actor is not None and after == entry.actor.pk:
            texts.append(_("assigned it to themselves") if born else _("took it"))
        else:
            texts.append(_("assigned it to %(name)s") % {"name": name})
    if "team_id" in fields:
        before, after = fields.pop("team_id")
        if after is not None:
            texts.append(_("gave it to the team %(name)s") % {"name": words.value("team_id", after)})
        elif before is not None:
            texts.append(_("took it away from the team %(name)s") % {"name": words.value("team_id", before)})
    text = "; ".join(filter(None, texts))
    return ("user-check", text) if text else None


def _participants(words: Words, entry: Entry, fields: dict[str, Pair], all_day: bool) -> Step | None:
    """Who was invited, who no longer is, what somebody said."""
    rows: dict[int, dict[str, Pair]] = {}
    for path, pair in entry.fields.items():
        table, _dot, rest = path.partition(".")
        if table == PARTICIPANTS:
            row, _dot, column = rest.partition(".")
            rows.setdefault(int(row), {})[column] = pair
    said: dict[str, list[str]] = {}
    for key, columns in sorted(rows.items()):
        user, name = words.participants.get(key, (None, _("somebody")))
        for sentence in _said_of(columns, is_own=entry.actor is not None and entry.actor.pk == user):
            said.setdefault(sentence, []).append(name)
    texts = [
        sentence % {"names": get_text_list(names, _("and"))} if "%(names)s" in sentence else sentence
        for sentence, names in said.items()
    ]
    return ("users", "; ".join(texts)) if texts else None


def _said_of(columns: dict[str, Pair], *, is_own: bool) -> Iterator[str]:
    """What became of one of them, as a sentence for all of whom it is true."""
    if "activity_id" in columns:
        yield _("invited %(names)s") if columns["activity_id"][0] is None else _("no longer expects %(names)s")
    elif "role" in columns:
        needed = columns["role"][1] == Role.REQUIRED
        yield _("needs %(names)s there") if needed else _("left it open to %(names)s to come")
    after = columns.get("answer", (None, None))[1]
    if "activity_id" in columns and (columns["activity_id"][0] is not None or after == Answer.NEEDS_ACTION):
        return
    if after == Answer.NEEDS_ACTION:
        yield _("asked again: %(names)s")
    elif after is not None and is_own:
        yield {
            Answer.ACCEPTED: _("said that they come"),
            Answer.DECLINED: _("said that they don’t come"),
            Answer.TENTATIVE: _("said that they may come"),
        }[Answer(after)]
    elif after is not None:
        yield {
            Answer.ACCEPTED: _("noted who comes: %(names)s"),
            Answer.DECLINED: _("noted who does not come: %(names)s"),
            Answer.TENTATIVE: _("noted who may come: %(names)s"),
        }[Answer(after)]


def _participants_named(told: Iterable[Entry], user: User) -> dict[int, tuple[int | None, str]]:
    """Who stands or stood in the rows of which these entries tell: row → the user's key, and a name for ``user``."""
    told = list(told)
    paths = {path for entry in told for path in entry.fields if path.startswith(f"{PARTICIPANTS}.")}
    if not paths:
        return {}
    births = Change.objects.filter(
        record__in={entry.record.pk for entry in told},
        table_name=PARTICIPANTS,
        row_id__in={int(path.split(".")[1]) for path in paths},
        operation="I",
    )
    rows = {
        row: {column: after for column, (_before, after) in data["diff"].items()}
        for row, data in births.values_list("row_id", "payload__data")
    }
    ids = [{row[column] for row in rows.values() if row.get(column)} for column in ("user_id", "contact_id")]
    users = dict(User.objects.filter(company=user.company_id, pk__in=ids[0]).values_list("pk", "name"))
    contacts = dict(Record.objects.visible_to(user).filter(pk__in=ids[1]).values_list("pk", "title"))

    def name(row: dict[str, Any]) -> str:
        if key := row.get("user_id"):
            return users.get(key, _("somebody"))
        if key := row.get("contact_id"):
            return contacts.get(key, _("somebody whom you may not see"))
        return str(row["name"] or row["email"])

    return {key: (row.get("user_id"), name(row)) for key, row in rows.items()}


def _archiving(words: Words, entry: Entry, fields: dict[str, Pair], all_day: bool) -> Step | None:
    if "archived_at" not in fields:
        return None
    _before, after = fields.pop("archived_at")
    return "archive", _("archived it") if after else _("brought it back from the archive")


STEPS: tuple[Callable[[Words, Entry, dict[str, Pair], bool], Step | None], ...] = (
    _birth,
    _state,
    _deferral,
    _assignment,
    _participants,
    _archiving,
)


def _who(entry: Entry) -> str:
    if entry.actor is not None:
        return entry.actor.name
    return {"sql": _("Somebody"), "import": _("Somebody")}.get(entry.channel, "Hilván")


def _names(found: Iterable[Any]) -> dict[int, str]:
    return {one.pk: str(one) for one in found}
