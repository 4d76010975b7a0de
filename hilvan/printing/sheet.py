"""What is printed of a record, in words: the head of the sheet, and blocks one below the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

Pair = tuple["_StrOrPromise", "_StrOrPromise"]
"""A label, and what it is about."""


@dataclass(frozen=True)
class Column:
    """``numeric`` ones stand at the right; of the others the first takes what room there is."""

    label: _StrOrPromise
    numeric: bool = False


@dataclass(frozen=True)
class Table:
    """A row of one cell takes the whole width. Its head is there again on each page that it goes on to."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[_StrOrPromise]]
    heading: _StrOrPromise = ""


@dataclass(frozen=True)
class Totals:
    """What it comes to, at the right, with the table from which it follows (taxes by rate) at the left."""

    total: Pair
    sums: Sequence[Pair] = ()
    table: Table | None = None


@dataclass(frozen=True)
class Facts:
    """Labels, with what each is about."""

    rows: Sequence[Pair]
    heading: _StrOrPromise = ""


@dataclass(frozen=True)
class Prose:
    """Text as it was written, in its lines."""

    text: _StrOrPromise
    heading: _StrOrPromise = ""


@dataclass(frozen=True)
class Signatures:
    """Room to sign, side by side: under each line stands what the signature means."""

    labels: Sequence[_StrOrPromise]


Block = Table | Totals | Facts | Prose | Signatures


@dataclass(frozen=True)
class Addressee:
    """Whom it is for, or where it goes: ``label`` says which, ``lines`` follow the name."""

    label: _StrOrPromise
    name: str
    lines: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """``mark`` says across each page why it is not to be taken for the document itself: "Draft", "Cancelled".

    ``drawing`` is a picture (PNG) of a signature, for the first of ``Signatures``; ``printer.try_image`` has tried it.
    """

    title: _StrOrPromise
    number: str
    mark: _StrOrPromise = ""
    facts: Sequence[Pair] = ()
    addressees: Sequence[Addressee] = ()
    body: Sequence[Block] = field(default=())
    drawing: bytes = b""


def said(*pairs: tuple[_StrOrPromise, Any]) -> list[Pair]:
    """Without those of which there is nothing to say."""
    return [(label, str(value)) for label, value in pairs if value not in (None, "")]


def lines_of(*texts: str) -> list[str]:
    """The lines of addresses and the like, without empty ones."""
    return [line.strip() for text in texts for line in text.splitlines() if line.strip()]


def filled(blocks: Iterable[Block | None]) -> list[Block]:
    """Without the blocks in which nothing stands."""
    return [one for one in blocks if one is not None and not _is_empty(one)]


def _is_empty(block: Block) -> bool:
    match block:
        case Facts():
            return not block.rows
        case Prose():
            return not block.text
        case _:
            return False
