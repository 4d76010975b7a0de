"""The document flow around a record as a small graph; for a party, all in which it takes part.

The graph is drawn from top to bottom, each record one row below the last of those that it came from, edges that another
way implies left out. The same stands below it as a list.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils.translation import gettext as _

from hilvan.people.models import User
from hilvan.records.kinds import Kind, State, kinds
from hilvan.records.models import Link, LinkKind, Record
from hilvan.records.timeline import flow as flow_of

from .links import as_of_query, record_url

MOST = 60
ABREAST = 3
"""Nodes in a row; of more, the last one stands for the rest."""
WIDTH, HEIGHT, GAP, DROP = 176, 48, 16, 28
"""Of a node, and between nodes beside and below each other, in pixels."""
NEWEST = 3


@dataclass
class Node:
    """A record in the flow, with the keys of what it came from; drawn at (x, y)."""

    record: Record
    kind: Kind
    url: str
    current: bool
    state: State | None = None
    sources: set[int] = field(default_factory=set)
    x: int = 0
    y: int = 0
    row: int = 0
    hidden: bool = False

    @property
    def name(self) -> str:
        """What a screen reader says of it."""
        return ", ".join(
            str(one)
            for one in (
                self.kind.label,
                self.record.number,
                self.record.title,
                self.state.label if self.state else "",
                _("this record") if self.current else "",
            )
            if one
        )


@dataclass(frozen=True)
class Graph:
    nodes: list[Node]
    """From top to bottom, those not drawn too."""
    edges: list[str]
    """As paths (SVG 2, 9.3)."""
    more: list[tuple[int, int, int]]
    """(x, y, how many) where nodes are not drawn."""
    width: int
    height: int


def flow_panel(record: Record, user: User, as_of: dt.datetime | None) -> dict[str, Any] | None:
    """The graph; None where the record stands alone. A party's flow would be all its business: it has another panel.

    As many queries as there are kinds in it, and three.
    """
    if record.declaration.is_party:
        return None
    nodes = _nodes(record, user, as_of)
    return {"graph": _draw(nodes)} if len(nodes) > 1 else None


def _nodes(record: Record, user: User, as_of: dt.datetime | None) -> dict[int, Node]:
    """The records of the flow that the user may see, by key. Activities only where something came from them."""
    followers = [kind.name for kind in kinds if kind.follows_origin]
    visible = Record.objects.visible_to(user)
    keys = [key for key, *_rest in flow_of(record, visible, most=MOST, left_out=followers)]
    records = visible.filter(pk__in=keys).order_by("id")
    if as_of is not None:
        records = records.filter(created_at__lte=as_of)
    nodes = {
        one.pk: Node(
            one,
            kinds[one.kind],
            record_url(one.kind, one.number) + as_of_query(as_of),
            one.pk == record.pk,
            sources={one.origin_id} & set(keys) if one.origin_id else set(),
        )
        for one in records
    }
    for made, source in Link.objects.filter(record__in=nodes, other__in=nodes, kind=LinkKind.SOURCE).values_list(
        "record", "other"
    ):
        nodes[made].sources.add(source)
    for node in nodes.values():
        node.sources &= nodes.keys()
    if as_of is None:
        _put_states(nodes)
    return nodes


def _put_states(nodes: dict[int, Node]) -> None:
    """How each of them stands: one query for each kind that has states."""
    of_kind: dict[str, list[int]] = defaultdict(list)
    for key, node in nodes.items():
        of_kind[node.kind.name].append(key)
    for name, keys in of_kind.items():
        if (kind := kinds[name]).state_of is not None:
            models = kind.model._default_manager.select_related("record", *kind.related).in_bulk(keys)
            for key, model in models.items():
                nodes[key].state = kind.state(model)


def _draw(nodes: dict[int, Node]) -> Graph:
    rows: dict[int, list[Node]] = defaultdict(list)
    for key in sorted(nodes):  # what something is made of is older than it
        node = nodes[key]
        node.row = 1 + max((nodes[one].row for one in node.sources if one < key), default=-1)
        rows[node.row].append(node)
    edges, more = [], []
    places: dict[int, tuple[int, int]] = {}
    for number in sorted(rows):
        row = sorted(
            rows[number], key=lambda node: (min((nodes[one].x for one in node.sources), default=0), node.record.pk)
        )
        drawn = row
        if len(row) > ABREAST:
            drawn = row[: ABREAST - 1]
            if current := next((node for node in row[ABREAST - 1 :] if node.current), None):
                drawn = [*row[: ABREAST - 2], current]
            more.append(((ABREAST - 1) * (WIDTH + GAP), number * (HEIGHT + DROP), len(row) - len(drawn)))
        for node in row:
            node.hidden = node not in drawn
            at = ABREAST - 1 if node.hidden else drawn.index(node)
            node.x, node.y = at * (WIDTH + GAP), number * (HEIGHT + DROP)
            places[node.record.pk] = node.x, node.y
    seen = set()
    for node in nodes.values():
        for source in _direct(node, nodes):
            ends = (places[source], places[node.record.pk])
            if ends not in seen:
                seen.add(ends)
                edges.append(_path(*ends))
    abreast = max(min(len(row), ABREAST) for row in rows.values())
    return Graph(
        sorted(nodes.values(), key=lambda node: (node.y, node.x, node.record.pk)),
        edges,
        more,
        abreast * (WIDTH + GAP) - GAP,
        len(rows) * (HEIGHT + DROP) - DROP,
    )


def _direct(node: Node, nodes: dict[int, Node]) -> set[int]:
    """What it came from, without what this came from in its turn."""
    beyond: set[int] = set()
    waiting = [one for source in node.sources for one in nodes[source].sources]
    while waiting:
        key = waiting.pop()
        if key not in beyond:
            beyond.add(key)
            waiting += nodes[key].sources
    return node.sources - beyond


def _path(above: tuple[int, int], below: tuple[int, int]) -> str:
    """From the lower side of one node to the upper side of another one."""
    x1, y1 = above[0] + 24, above[1] + HEIGHT
    x2, y2 = below[0] + 24, below[1]
    middle = y2 - DROP // 2
    return f"M{x1} {y1}V{middle}H{x2}V{y2}" if x1 != x2 else f"M{x1} {y1}V{y2}"


def takes_part_panel(record: Record, user: User, as_of: dt.datetime | None) -> dict[str, Any] | None:
    """All in which a party takes part, by kind: how many, and the newest; but activities and contacts (other panels).

    Two queries.
    """
    if not record.declaration.is_party:
        return None
    others = [kind for kind in kinds if not (kind.follows_origin or kind.is_contact)]
    records = Record.objects.visible_to(user).filter(party=record.pk, kind__in=[kind.name for kind in others])
    records = records.exclude(pk=record.pk).unarchived()
    if as_of is not None:
        records = records.filter(created_at__lte=as_of)
    counts = dict(records.order_by().values_list("kind").annotate(Count("pk")))
    place = Window(RowNumber(), partition_by=F("kind"), order_by=F("pk").desc())
    newest: dict[str, list[Record]] = defaultdict(list)
    for one in records.alias(place=place).filter(place__lte=NEWEST).select_related("owner").order_by("-pk"):
        newest[one.kind].append(one)
    groups = [
        {
            "kind": kind,
            "count": counts[kind.name],
            "records": newest[kind.name],
            "all_url": reverse("record_list", kwargs={"kind": kind}, query={"party": record.number}),
        }
        for kind in others
        if kind.name in counts
    ]
    return {"groups": groups} if groups else None
