"""Searching: which records hold the words that somebody typed. Pages, suggestions, lists and API ask the same.

Each word must stand in the record's document or be one by which its party is known: endings, accents and case ignored,
of the last word (which may still be being typed) its beginning too. Where nothing holds them, what resembles them.
docs/decisions/0014-search.md tells why it is done so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.search import SearchQueryField
from django.db import connection
from django.db.models import BooleanField, F, FloatField, Func, Q, Value
from django.db.models.lookups import Contains, IsNull

from hilvan.people.models import User

from .models import Document, Plain, Record, visible

RARE = 500
"""So many records at most are named one by one. What more of them hold is common: newest first finds it soon."""
MOST_WORDS = 12
LONGEST = 60
PIECE = re.compile(r"[^\W_]+")


def matching(text: str, user: User, prefix: str = "") -> Q:
    """The condition of holding what was typed, for a query of what ``user`` may see with the record at ``prefix``.

    Asks the database two questions, one more where nothing holds it. No text is no condition.
    """
    if not text.strip():
        return Q()
    words = words_of(text)
    if not words:  # signs alone
        return Q(Contains(F(f"{prefix}document__key"), Plain(Value(text.replace("\x00", "").strip()))))
    parties = _parties(words, user)
    documents = Document.objects.filter(_holding(words, parties), company=user.company_id)
    found = list(documents.values_list("record_id", flat=True)[: RARE + 1])
    if len(found) > RARE:
        return _holding(words, parties, f"{prefix}document__")
    return Q(among(f"{prefix}pk", found or resembling(words, user)))


def _holding(words: list[str], parties: list[list[int]], document: str = "") -> Q:
    """Each of the words, or one of the parties that are known by it; with the document at ``document``."""
    condition = Q()
    for query, known in zip(_queries(words), parties, strict=True):
        asks_nothing = Q(IsNull(query, True))  # a word like "the"
        condition &= Q(_holds(query, document)) | Q(among(f"{document}party", known)) | asks_nothing
    for piece in pieces(words):
        condition |= Q(_holds(_word(piece, True, "C"), document))
    return condition


def _parties(words: list[str], user: User) -> list[list[int]]:
    """For each word the parties that are called or known by it, as far as the user may see them: no record is found by
    what one may not know of its customer."""
    each = [_holds(query) for query in _queries(words, "BC")]
    condition = Q()
    for one in each:
        condition |= Q(one)
    documents = Document.objects.filter(condition, visible(user, "record__"), company=user.company_id)
    rows = list(documents.filter(party=F("record")).values_list("record_id", *each))
    return [[pk for pk, *held in rows if held[n]] for n in range(len(words))]


def resembling(words: list[str], user: User) -> list[int]:
    """The records of the company whose headings are most like the words, mistyped."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT hilvan_resembling(%s, %s, %s)",
            [user.company_id, sorted(map(folded, words), key=len, reverse=True), RARE],
        )
        return [pk for (pk,) in cursor.fetchall()]


def best_first(records: Iterable[Record], text: str) -> list[Record]:
    """These records, few enough for one look, by how well they hold the words; of equals the newest first."""
    records = list(records)
    words = words_of(text)
    if not words or len(records) < 2:
        return records
    rank: Any = Value(0.0)
    for query in _queries(words):
        rank += Func(F("vector"), query, function="ts_rank", output_field=FloatField())
    documents = Document.objects.filter(pk__in=[record.pk for record in records])
    ranks = dict(documents.annotate(rank=rank).values_list("pk", "rank"))
    return sorted(records, key=lambda record: (-(ranks.get(record.pk) or 0), -record.pk))


def words_of(text: str) -> list[str]:
    """The words of a text, the last ones left out of one that is too long to mean anything."""
    return [word[:LONGEST] for word in PIECE.findall(unicodedata.normalize("NFC", text))[:MOST_WORDS]]


def folded(word: str) -> str:
    """A word as searches compare it: what the database's ``hilvan_plain`` makes of it."""
    return "".join(sign for sign in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(sign))


def pieces(words: list[str]) -> list[str]:
    """What was typed with blanks, in one piece: a telephone, with and without its country; a tax identifier."""
    whole = "".join(words)
    if len(words) < 2 or len(whole) > LONGEST or sum(sign.isdigit() for sign in whole) < 5:
        return []
    return [whole, whole[-9:]] if whole.isdigit() and 9 < len(whole) < 16 else [whole]


def _queries(words: list[str], weights: str | None = None) -> list[Func]:
    """What each word asks for; the last one is still being typed."""
    return [_word(word, n == len(words), weights) for n, word in enumerate(words, 1)]


def _word(word: str, typing: bool, weights: str | None = None) -> Func:
    return Func(Value(word), Value(typing), Value(weights), function="hilvan_word", output_field=SearchQueryField())


def _holds(query: Func, document: str = "") -> Func:
    return Func(
        F(f"{document}vector"),
        query,
        template="(%(expressions)s)",
        arg_joiner=" @@ ",
        output_field=BooleanField(),
    )


def among(key: str, keys: list[int]) -> Func:
    """Whether a key is one of these: unlike IN it is one parameter, however many they are (written by hand: Django
    would look at each of them)."""
    return Func(
        F(key),
        Value("{" + ",".join(map(str, keys)) + "}"),
        template="(%(expressions)s::bigint[]))",
        arg_joiner=" = ANY(",
        output_field=BooleanField(),
    )
