"""Hundreds of nasty strings through every text field of every page: kept as they are, or refused beside the field.

The forms are those of the pages (``tests.every_page``), filled in as a person would, with the strings in their text
fields: first in those that take any text, then in those that do not (dates, numbers, addresses, records).
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import resolve

from hilvan.records.models import Record
from tests.every_page import SIGNED_OUT, Full, addresses, fill, variants
from tests.pages import Form, Page, faults, signed_in
from tests.world import PASSWORD, World

NAUGHTY = Path(__file__).resolve().parents[2] / "shared" / "data" / "text" / "naughty_strings.json"
PLAIN = "zambomba8"
BETWEEN = " · "
LONGEST = 20_000
TRIES = 6
EVERY_ONE = bool(os.environ.get("HILVAN_TEST_EVERY_STRING"))
HARDEST = [
    "a\x00b", "\x01\x1f\x7f\x85", "\ufeff\u200b\u202e", "\r\n\t\v\f", "'\"></textarea><img src=x onerror=alert(1)>",
    "%(name)s %s {0} {{ 7 * 7 }}", "\U0001f469\u200d\U0001f467 \U0010ffff", "ﷺ" * 80, "e\u0301" * 100, "x" * 100_001,
    "1e400", "9" * 400, "31/02/2026", "0000-00-00", "10000-01-01",
]  # fmt: skip
ROW = re.compile(r"-\d+-")
LEFT_BY_A_REFUSAL = {"people_guesses", "django_session"}
FITTING = {
    "email": "nora@ebro.example",
    "date": "2030-01-01",
    "time": "10:00",
    "datetime-local": "2030-01-01T10:00",
    "number": "1",
    "password": PASSWORD,
}
"""What is typed by who fills a form in, by the types of its controls."""
NAMED = {"iban": "ES6000491500051234567892", "creditor_id": "ES23ZZZ47690558N", "mandate_signed_on": "2020-01-01",
         "started_at": "2020-01-01T10:00", "ended_at": "2020-01-01T11:00"}  # fmt: skip
"""The same by the names of controls, where the type does not tell what fits."""


@dataclass
class Filled:
    """A form that is taken as ``data`` fill it in; its text fields are ``free`` for any text, or ``strict``."""

    name: str
    path: str
    form: Form
    data: dict[str, Any]
    free: list[str]
    strict: list[str]

    def __str__(self) -> str:
        return f"{self.name} at {self.path}"


@contextmanager
def undone(client: Client) -> Iterator[None]:
    """What happens within, with all its constraints, as if it had never been; the client stays signed in."""
    cookies: Any = client.cookies.copy()
    with transaction.atomic():
        yield
        client.cookies = cookies
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)


def written(since: int) -> list[Any]:
    """The rows that this transaction has written after another's number, and kept."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_stat_xact_user_tables WHERE n_tup_ins + n_tup_upd > 0")
        tables = sorted({name for (name,) in cursor.fetchall()} - LEFT_BY_A_REFUSAL)
    if not tables:
        return []
    rows = " UNION ALL ".join(f'SELECT to_jsonb(t) FROM "{t}" t WHERE xmin::text::bigint > %(since)s' for t in tables)
    with connection.cursor() as cursor:
        cursor.execute(rows, {"since": since})
        return [json.loads(row) if isinstance(row, str) else row for (row,) in cursor.fetchall()]


def newest() -> int:
    """The number that the next transaction gets, or one before it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1")
        return int(cursor.fetchone()[0])


def said(value: Any) -> Iterator[str]:
    """Every text and number within a value of JSON."""
    if isinstance(value, str | int | float):
        yield str(value)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from said(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from said(inner)


def canonical(text: str) -> str:
    """With single blanks and none around and composed (NFC), as lines are kept; a number at its shortest."""
    try:
        return f"{Decimal(text).normalize():f}"
    except (InvalidOperation, ValueError):
        return unicodedata.normalize("NFC", " ".join(text.split()))


class Typist:
    """Who types: an administrator, or somebody who is not signed in."""

    def __init__(self, full: Full) -> None:
        self.full = full
        self.insider, self.stranger = signed_in(full.world.jefa), Client()
        for client in (self.insider, self.stranger):
            client.raise_request_exception = False

    def client(self, name: str) -> Client:
        return self.stranger if name in SIGNED_OUT else self.insider

    def forms(self) -> list[Filled]:
        """Every form of every page that has a text field, once for each view (and kind, where it asks otherwise), ready
        to be sent.

        To change a record is the form with which it was made, over the same service's checks: left out, unless asked.
        """
        found: dict[Any, Filled] = {}
        for address in variants(self.full) + addresses(self.full):
            response = self.client(address.name).get(address.path, follow=address.name == "choose_password")
            here = response.request["PATH_INFO"]
            for form in Page.of(response).forms:
                path = urljoin(here, form.action) if form.action else address.path
                match = resolve(urlsplit(path).path)
                of_kind = str(match.kwargs.get("kind")) if match.url_name in {"record_new", "record_verb"} else ""
                of_view = () if form.texts == ["as_of"] else (match.func, of_kind)
                for name in [name for name in form.texts if (row := ROW.search(name)) and row[0] != "-0-"]:
                    del form.controls[name]  # a table's rows are all alike
                key = (form.method, *of_view, *sorted(form.texts))
                if form.texts and key not in found and (EVERY_ONE or match.url_name != "record_edit"):
                    found[key] = self.filled_in(str(match.url_name), path, form)
        return list(found.values())

    def filled_in(self, name: str, path: str, form: Form) -> Filled:
        """With no more than what is asked for: first what must be, then what is missed."""
        data = {**form.data, **{one: self.fitting(form, one, path) for one in form.controls if is_missing(form, one)}}
        one = Filled(name, path, form, data, form.texts, [])
        while True:
            with undone(self.client(name)):
                response = self.send(one, dict.fromkeys(one.free, PLAIN))
            refused = refusals(response)
            assert response.status_code in ((422,) if refused else (200, 302, 422)), one
            if not refused:
                return one
            assert not refused & set(one.strict) or any(not data[strict] for strict in refused), (str(one), refused)
            data |= {
                missed: self.fitting(form, missed, path) for missed in refused - set(one.free) if not data.get(missed)
            }
            one.free = [text for text in one.free if text not in refused]
            one.strict = [text for text in form.texts if text not in one.free]

    def fitting(self, form: Form, name: str, path: str) -> str:
        control = form.controls[name]
        if control.name == "select":
            return next(filter(None, form.choices.get(name, [])), "")
        if of_kinds := control.attributes.get("data-kinds"):
            known = self.full.records[of_kinds.split(",")[0]]
            others = Record.objects.filter(company=known.company, kind=known.kind).exclude(pk=known.pk).order_by("pk")
            # None goes into itself.
            return next(str(one.number) for one in [known, *others] if one.number not in path)
        if name in NAMED:
            return NAMED[name]
        kind = "number" if control.attributes.get("inputmode") == "decimal" else control.attributes.get("type", "")
        return FITTING.get(kind, PLAIN)

    def send(self, one: Filled, typed: dict[str, str]) -> Any:
        client = self.client(one.name)
        return (client.post if one.form.method == "post" else client.get)(one.path, {**one.data, **typed})


def is_missing(form: Form, name: str) -> bool:
    return "required" in form.controls[name].attributes and not form.data.get(name)


def refusals(response: Any) -> set[str]:
    """The names of the fields beside which an error stands."""
    return {name for form in Page.of(response).forms for name in form.refused}


def send_and_look(typist: Typist, one: Filled, typed: dict[str, str], *, follow: bool = False) -> set[str]:
    """Taken as typed, or refused beside the fields whose names it returns, what was typed kept, nothing written."""
    client = typist.client(one.name)
    before = newest()
    with undone(client):
        response = typist.send(one, typed)
        told = f"{one}: {typed!r:.300} {response.status_code}"
        if response.status_code == 302:
            if one.form.method == "post":
                kept = {"", *map(canonical, said(written(before)))}
                lost = {name for name, text in shown(one.form, typed).items() if not is_kept(text, kept)}
                # A dash is how many tables say "none".
                lost -= {name for name in lost & {"tax_id", "iban"} if not any(map(str.isalnum, typed[name]))}
                assert {name: typed[name] for name in lost} == {}, told
            if follow:
                response = client.get(response.headers["Location"], follow=True)
                assert response.status_code == 200, told
                assert faults(response) == [], told
            return set()
        assert response.status_code in (200, 422), told
        assert written(before) == [], told
    page = Page.of(response)
    assert faults(response) == [], told
    refused = refusals(response)
    assert response.status_code == 200 or refused or "alert" in page.attribute("role"), told
    same = [form for form in page.forms if rowless(form.texts) >= rowless(one.form.texts)]
    for name, text in shown(one.form, typed).items():
        if is_typed(one.form, name, text) and (same or response.status_code == 422):
            # The blank ones of a table's rows are left out.
            kept = {value for form in same for key, value in form.data.items() if rowless([key]) == rowless([name])}
            if name == "iban":  # is shown in groups of four
                kept, text = {"".join(value.split()) for value in kept}, "".join(text.split())
            assert kept & {text, text.strip()}, (told, name)
    return refused


def rowless(names: list[str]) -> set[str]:
    """The names of controls, those of a table's rows as one."""
    return {ROW.sub("-", name) for name in names}


def is_typed(form: Form, name: str, text: str) -> bool:
    """Whether it can be typed at all: an address written by hand may hold what the page's control could not."""
    fits = len(text) <= int(form.controls[name].attributes.get("maxlength", len(text)))
    return form.method == "post" or (fits and "\x00" not in text and name != "as_of")


def is_kept(text: str, kept: set[str]) -> bool:
    """As it is, or line by line: a list of tasks."""
    return canonical(text) in kept or {canonical(line) for line in text.split("\n")} <= kept


def shown(form: Form, typed: dict[str, str]) -> dict[str, str]:
    """What was typed but passwords, which no page shows and no table keeps."""
    return {name: text for name, text in typed.items() if form.controls[name].attributes.get("type") != "password"}


def joined(texts: list[str], at_most: int) -> list[list[str]]:
    """The texts in as few portions as fit, joined, into so many characters."""
    portions: list[list[str]] = [[]]
    for text in texts:
        if portions[-1] and len(BETWEEN.join([*portions[-1], text])) > at_most:
            portions.append([])
        portions[-1].append(text)
    return portions


@pytest.mark.slow
@pytest.mark.parametrize("half", [0, 1])
def test_naughty_strings_through_every_field(committed_world: World, half: int) -> None:
    """The hardest ones each alone in another field; of all the others, through a field that takes any text, as many at
    once as it takes, through the strict ones in turn.

    Short fields take few at once: unless asked for every one (``HILVAN_TEST_EVERY_STRING=1``: an hour), those of each
    form get another share.
    """
    if not NAUGHTY.exists():
        pytest.skip("the list of naughty strings is not here")
    texts = [text.encode(errors="ignore").decode() for text in json.loads(NAUGHTY.read_text())]
    typist = Typist(fill(committed_world, rows=2))
    forms = typist.forms()[half::2]
    for at, one in enumerate(forms):
        for n in range(len(HARDEST))[: None if EVERY_ONE else TRIES]:
            for names in filter(None, (one.free, one.strict)):
                typed = {name: HARDEST[(at + n + place) % len(HARDEST)] for place, name in enumerate(names)}
                send_and_look(typist, one, typed, follow=True)
        portions = {
            name: joined(texts, int(one.form.controls[name].attributes.get("maxlength", LONGEST))) for name in one.free
        }
        most = max(map(len, portions.values()), default=0)
        alone: dict[str, list[str]] = {}
        for n in islice(range(at * TRIES, at * TRIES + most), None if EVERY_ONE else TRIES):
            # Each field another portion, so that none is taken for its neighbour's.
            chosen = {name: some[(n + place) % len(some)] for place, (name, some) in enumerate(portions.items())}
            for name in send_and_look(typist, one, {name: BETWEEN.join(some) for name, some in chosen.items()}):
                alone.setdefault(name, []).extend(chosen.get(name, ()))
        for name, some in alone.items():
            for text in islice(dict.fromkeys(some), None if EVERY_ONE else TRIES):
                send_and_look(typist, one, {name: text})
    strict = [one for one in forms if one.strict]
    for n, text in enumerate(texts):
        one = strict[n % len(strict)]
        send_and_look(typist, one, dict.fromkeys(one.strict, text))
