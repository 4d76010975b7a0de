"""How many activities of which state and assignee, now, as of any instant, and day by day: exact, and from sums.

The count at an instant is the sum of the net changes of whole months, days and quarters of an hour before it, of the
deltas that are not folded yet, and of the situations that began and ended in the quarter under way: some thousand rows
instead of all the activities. One statement, so that a fold which runs meanwhile never shows.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Count as CountOf
from django.utils import timezone
from django.utils.translation import gettext as _

from hilvan.people.models import Company, User
from hilvan.records.models import sees_all, visible

from .models import FAR_FUTURE, Situation, State
from .selection import Filters, select

GROUPS = {
    "state": ("state",),
    "assignee": ("assignee_id", "assignee__name", "assignee__username"),
    "team": ("team_id", "team__name"),
    "type": ("type__code",),
    "priority": ("priority",),
}

_AT = """
    SELECT c.state, c.assignee_id, sum(c.n)::bigint AS n FROM (
      SELECT state, assignee_id, n FROM activities_count
       WHERE company_id = %(company)s AND level = 'month' AND bucket < %(month)s
      UNION ALL
      SELECT state, assignee_id, n FROM activities_count
       WHERE company_id = %(company)s AND level = 'day' AND bucket >= %(month)s AND bucket < %(day)s
      UNION ALL
      SELECT state, assignee_id, n FROM activities_count
       WHERE company_id = %(company)s AND level = 'quarter' AND bucket >= %(day)s AND bucket < %(quarter)s
      UNION ALL
      SELECT state, assignee_id, n FROM activities_countdelta
       WHERE company_id = %(company)s AND bucket < %(quarter)s
      UNION ALL
      SELECT state, assignee_id, 1 FROM activities_situation
       WHERE company_id = %(company)s AND archived_at IS NULL AND lower(valid) BETWEEN %(quarter)s AND %(at)s
      UNION ALL
      SELECT state, assignee_id, -1 FROM activities_situation
       WHERE company_id = %(company)s AND archived_at IS NULL AND upper(valid) BETWEEN %(quarter)s AND %(at)s
    ) c GROUP BY 1, 2 HAVING sum(c.n) <> 0
"""


def summary(
    user: User, filters: Filters, *, group_by: list[str], as_of: dt.datetime | None = None
) -> list[dict[str, Any]]:
    """Counts by the groups asked for; rows with the columns of ``GROUPS`` and ``count``.

    From the sums where the user sees all the company's activities and no filter is asked; otherwise by counting the
    situations. Raises ``ValidationError`` (``group_by``) for an unknown group.
    """
    if unknown := set(group_by) - GROUPS.keys():
        raise ValidationError(
            {"group_by": _("It can be grouped by: %(names)s. Unknown: %(unknown)s.")
             % {"names": ", ".join(GROUPS), "unknown": ", ".join(sorted(unknown))}}
        )  # fmt: skip
    if set(group_by) <= {"state", "assignee"} and not filters and sees_all(user):
        counted = Counter[tuple[Any, ...]]()
        names: dict[int, tuple[str, str]] = {}
        by_state_and_assignee = at(user.company, as_of or FAR_FUTURE)
        if "assignee" in group_by:
            ids = {assignee for _state, assignee in by_state_and_assignee if assignee is not None}
            names = {
                key: (name, username)
                for key, name, username in User.objects.filter(pk__in=ids).values_list("pk", "name", "username")
            }
        for (state, assignee), n in by_state_and_assignee.items():
            values = {"state": state, "assignee": assignee}
            counted[tuple(values[group] for group in group_by)] += n
        rows = []
        for key, n in counted.items():
            row: dict[str, Any] = {"count": n}
            for group, value in zip(group_by, key, strict=True):
                if group == "state":
                    row["state"] = value
                else:
                    row["assignee_id"] = value
                    row["assignee__name"], row["assignee__username"] = names.get(value, (None, None))
            if n:
                rows.append(row)
        return rows
    columns = [column for group in group_by for column in GROUPS[group]]
    query = select(user, filters, as_of=as_of).order_by()
    if not columns:
        return [{"count": query.count()}]
    return list(query.values(*columns).annotate(count=CountOf("pk")).order_by(*columns))


def at(company: Company, instant: dt.datetime) -> dict[tuple[str, int | None], int]:
    """The company's activities at an instant, archived ones apart: (state, assignee) → how many."""
    utc = instant.astimezone(dt.UTC)
    day = utc.replace(hour=0, minute=0, second=0, microsecond=0)
    borders = {
        "at": utc,
        "quarter": utc.replace(minute=utc.minute // 15 * 15, second=0, microsecond=0),
        "day": day,
        "month": day.replace(day=1),
    }
    with connection.cursor() as cursor:
        cursor.execute(_AT, {"company": company.pk, **borders})
        return {(state, assignee): n for state, assignee, n in cursor.fetchall()}


def flow(user: User, *, start: dt.date, end: dt.date, zone: dt.tzinfo) -> list[dict[str, Any]]:
    """How many that the user sees stood in each state at the end of each day from ``start`` to ``end`` in ``zone``.

    The rows are ``{"day": date, "at": the instant of the border, state: n, …}``; a day not over counts as of now.
    """
    now = timezone.now()
    midnights = [
        dt.datetime.combine(start + dt.timedelta(days=n), dt.time(), zone) for n in range((end - start).days + 2)
    ]
    borders = [min(midnight, now) for midnight in midnights]
    count = _of_company if sees_all(user) else _of_those_seen
    standing, changes = count(user, borders[0], borders[-1])
    rows = []
    for n, border in enumerate(borders[1:]):
        while changes and changes[0][0] < border:
            _bucket, state, by = changes.pop(0)
            standing[state] += by
        rows.append(
            {"day": start + dt.timedelta(days=n), "at": border, **{state: standing[state] for state in State.values}}
        )
    return rows


Standing = tuple[Counter[str], list[tuple[dt.datetime, str, int]]]
"""How many stand in each state just before an instant, and the net changes from then on, in their order."""


def _of_company(user: User, start: dt.datetime, end: dt.datetime) -> Standing:
    standing = Counter[str]()
    for (state, _assignee), n in at(user.company, start - dt.timedelta(microseconds=1)).items():
        standing[state] += n
    return standing, _changes_between(user.company, start, end)


def _of_those_seen(user: User, start: dt.datetime, end: dt.datetime) -> Standing:
    """From the situations themselves, for one who sees only some activities."""
    seen = Situation.objects.filter(visible(user, "activity__"), company=user.company_id, archived_at=None)
    standing, changes = Counter[str](), []
    for state, valid in seen.filter(valid__overlap=(start, end)).values_list("state", "valid"):
        if valid.lower < start:
            standing[state] += 1
        else:
            changes.append((valid.lower, state, 1))
        if valid.upper is not None:
            changes.append((valid.upper, state, -1))
    return standing, sorted(changes)


def _changes_between(company: Company, start: dt.datetime, end: dt.datetime) -> list[tuple[dt.datetime, str, int]]:
    """The net changes by quarter of an hour and state: folded and not; a zone's midnight is a quarter's border."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bucket, state, sum(n)::bigint FROM ("
            " SELECT bucket, state, n FROM activities_count"
            "  WHERE company_id = %(company)s AND level = 'quarter' AND bucket >= %(start)s AND bucket < %(end)s"
            " UNION ALL SELECT bucket, state, n FROM activities_countdelta"
            "  WHERE company_id = %(company)s AND bucket >= %(start)s AND bucket < %(end)s"
            ") c GROUP BY 1, 2 ORDER BY 1",
            {"company": company.pk, "start": start, "end": end},
        )
        return list(cursor.fetchall())


def fold(how_many: int = 10_000) -> int:
    """Fold up to so many deltas into the sums; answers how many. A job of the worker's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT hilvan_fold_counts(%s)", [how_many])
        (folded,) = cursor.fetchone()
    return int(folded)
