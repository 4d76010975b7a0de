"""The records around a record: what it came from and what came of it; for a party, all in which it takes part."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from hilvan.people.models import User
from hilvan.records.kinds import kinds
from hilvan.records.models import Record

from .links import as_of_query, record_url

MOST = 60
TAKES_PART = 10

# Up from the record to the first of its origins, and down to all that was born of it: (id, its origin).
_CHAIN = """
WITH RECURSIVE up AS (
  SELECT id, origin_id, 0 AS depth FROM records_record WHERE id = %(record)s
  UNION ALL SELECT r.id, r.origin_id, up.depth - 1 FROM up JOIN records_record r ON r.id = up.origin_id
), down AS (
  SELECT id, 0 AS depth FROM records_record WHERE id = %(record)s
  UNION ALL SELECT r.id, down.depth + 1 FROM down JOIN records_record r ON r.origin_id = down.id
   WHERE NOT r.kind = ANY(%(left_out)s)
)
(SELECT id FROM up ORDER BY depth) UNION (SELECT id FROM down ORDER BY depth, id LIMIT %(most)s)
"""


@dataclass
class Node:
    """A record in the flow, with what was born of it."""

    record: Record
    url: str
    icon: str
    current: bool
    born: list[Node] = field(default_factory=list)


def flow(record: Record, user: User, as_of: dt.datetime | None = None) -> list[Node]:
    """The roots of the flow around a record, as far as ``user`` may see it; empty where it stands alone.

    Activities are left out, except where the record came from one. Two queries.
    """
    followers = [kind.name for kind in kinds if kind.follows_origin]
    with connection.cursor() as cursor:
        cursor.execute(_CHAIN, {"record": record.pk, "left_out": followers, "most": MOST})
        ids = [key for (key,) in cursor.fetchall()]
    if len(ids) < 2:
        return []
    records = Record.objects.visible_to(user).filter(pk__in=ids).order_by("id")
    if as_of is not None:
        records = records.filter(created_at__lte=as_of)
    nodes = {one.pk: _node(one, one.pk == record.pk, as_of) for one in records}
    roots: list[Node] = []
    for node in nodes.values():
        above = nodes.get(node.record.origin_id or 0)
        (above.born if above else roots).append(node)
    return roots if len(nodes) > 1 else []


def _node(record: Record, current: bool, as_of: dt.datetime | None) -> Node:
    url = record_url(record.kind, record.number) + as_of_query(as_of)
    return Node(record, url, kinds[record.kind].icon, current)


def flow_panel(record: Record, user: User, as_of: dt.datetime | None) -> dict[str, Any] | None:
    """A party's flow would be all its business, which has a panel of its own."""
    roots = [] if record.declaration.is_party else flow(record, user, as_of)
    return {"flow": roots} if roots else None


def takes_part_panel(record: Record, user: User, as_of: dt.datetime | None) -> dict[str, Any] | None:
    """The newest records in which a party takes part, but activities and contacts, which have panels of their own."""
    if not record.declaration.is_party:
        return None
    others = [kind.name for kind in kinds if not (kind.follows_origin or kind.is_contact)]
    records = Record.objects.visible_to(user).filter(party=record.pk, kind__in=others).exclude(pk=record.pk)
    if as_of is not None:
        records = records.filter(created_at__lte=as_of)
    newest = list(records.select_related("owner").order_by("-pk")[:TAKES_PART])
    return {"party": record, "takes_part": newest} if newest else None
