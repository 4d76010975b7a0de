"""Chains of documents: how much of one another has taken, and what is left.

A line's quantity is taken by lines of other documents that name it as their ``source``: a delivery note's take from an
order's, an invoice's from either. On those from which is taken it is noted how much (``CommercialDocument.noted``).
``Chain`` is one side of trade, sales or purchases: whom its documents are for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from django.db import connection

from hilvan.records.history import Actor, acting
from hilvan.records.kinds import Kind
from hilvan.records.models import Record
from hilvan.records.services import lock, put, save, take

from . import taxes
from .models import CommercialDocument, Done, Line
from .services import LineFields, bear_document, change_document, require_state

Document = TypeVar("Document", bound=CommercialDocument)


@dataclass(frozen=True)
class Chain:
    """``parties`` are the kinds of whom its documents are for."""

    parties: tuple[str, ...]

    def bear(
        self,
        kind: Kind,
        actor: Actor,
        *,
        origin: Record | None,
        ref: str,
        fields: Mapping[str, Any],
        lines: Sequence[LineFields],
    ) -> Record:
        """A new document of this kind, a draft, as ``bear_document`` saves it; what it takes is noted."""
        document: Any = kind.model(company=actor.company, record=Record())
        lock_givers(lines)
        record = bear_document(
            kind, document, actor, parties=self.parties, origin=origin, ref=ref, fields=fields, lines=lines
        )
        self.settle(givers(record))
        return record

    def change(
        self,
        record: Record,
        model: type[Document],
        actor: Actor,
        *,
        states: Sequence[str],
        fields: Mapping[str, Any],
        lines: Sequence[LineFields] | None,
    ) -> Document:
        """Set fields, and all lines if they are given, of a document in one of these states; raises as ``bear``."""
        lock_givers(lines or ())
        document = take(record, model, actor)
        require_state(document, *states)
        before = givers(record)
        acting(actor, f"{record.kind}.change")
        change_document(document, actor, parties=self.parties, fields=fields, lines=lines)
        if lines is not None:
            self.settle(before | givers(record) | {record.pk})
        return document

    def void(self, record: Record) -> None:
        """The lines of a cancelled document take nothing any more."""
        above = givers(record)
        record.lines.update(void=True)
        self.settle(above)

    def settle(self, records: Iterable[int]) -> None:
        """Note on these documents how much of each has been delivered, received, invoiced."""
        for record in Record.objects.filter(pk__in=list(records)).order_by("pk"):
            document = getattr(record, record.declaration.accessor)
            if document.noted:
                lines = list(record.lines.all())
                done = {column: _done(lines, taker) for column, taker in document.noted.items()}
                save(document, put(document, done))


def lock_givers(lines: Iterable[LineFields]) -> None:
    """Lock the documents from whose lines these take: two who take at once wait here, not at each other's lines."""
    if keys := [line["source"] for line in lines if line.get("source")]:
        for record in Record.objects.filter(lines__in=keys).distinct().order_by("pk"):
            lock(record)


def givers(record: Record) -> set[int]:
    """The documents from whose lines this one's take, and those from which these do."""
    found: set[int] = set()
    level = {record.pk}
    while level:
        above = Line.objects.filter(taken_by__record__in=level).values_list("record_id", flat=True).distinct()
        level = set(above) - found
        found |= level
    return found


def left(lines: Iterable[Line], taker: str) -> dict[int, Decimal]:
    """What is left of each line for documents of this kind, by the line's key: its quantity without what they took.

    What was taken from a line's takers counts too: an invoice of a delivery note is one of its order. One query.
    """
    remaining = {line.pk: line.quantity for line in lines}
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE below AS ("
            " SELECT source_id AS root, id, quantity, record_id FROM trade_line WHERE source_id = ANY(%s) AND NOT void"
            " UNION ALL SELECT b.root, l.id, l.quantity, l.record_id FROM below b"
            " JOIN trade_line l ON l.source_id = b.id AND NOT l.void"
            ") SELECT b.root, sum(b.quantity) FROM below b JOIN records_record r ON r.id = b.record_id"
            " WHERE r.kind = %s GROUP BY b.root",
            [list(remaining), taker],
        )
        for line, taken in cursor.fetchall():
            remaining[line] -= taken
    return remaining


def lines_from(origin: Record, kind: Kind) -> list[LineFields]:
    """The lines that a new document of ``kind`` takes over from one; only what is left where it takes from it."""
    takes = origin.kind in getattr(kind.model, "takes_from", ())
    lines = list(origin.lines.select_related("product").order_by("position", "id"))
    quantities = left(lines, kind.name) if takes else {line.pk: line.quantity for line in lines}
    return [
        LineFields(
            source=line.pk if takes and line.quantity else None,
            product=line.product,
            description=line.description,
            quantity=quantities[line.pk],
            unit=line.unit,
            price=line.price,
            discount=line.discount,
            vat_rate=line.vat_rate,
            treatment=line.treatment,
        )
        for line in lines
        if quantities[line.pk] > 0 or not line.quantity
    ]


def _done(lines: Sequence[Line], taker: str) -> Done:
    whole = sum((line.quantity for line in lines), taxes.ZERO)
    rest = sum(left(lines, taker).values(), taxes.ZERO)
    return Done.ALL if whole and not rest else Done.NOTHING if rest == whole else Done.PART
