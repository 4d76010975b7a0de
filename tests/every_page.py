"""Every page of the program, from the resolver: a new one is walked without being named anywhere.

The pages are those of a company with long names and far more rows than a page shows (``fill``). An address that is no
page, or that these walks can't open, says why in ``NO_PAGES``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve, reverse

from hilvan.activities.lifecycle import TRANSITIONS
from hilvan.activities.models import State as ActivityState
from hilvan.activities.services import transition
from hilvan.activities.type_services import put_result, put_type
from hilvan.people.services import create_team, create_user, password_link
from hilvan.records.forms import RecordField
from hilvan.records.kinds import Kind, kinds
from hilvan.records.models import Record
from hilvan.records.services import prefill
from tests.every_kind.making import born, heading, least, ready_for
from tests.pages import Page, signed_in
from tests.world import World

POST_ONLY = "takes POST alone"
PART = "is a part of a page, which its script asks for"
FILE = "is a file"
NO_PAGES = {
    "home": "leads to the list of activities",
    "first_use": "answers while there is nobody; the tests of the first use walk it",
    "notice_html": "is a message itself, in a frame of its notice's page in which no script may run",
    "create_from_elsewhere": "begins in another application: ``variants`` has it",
    "record_create_each": "begins with the rows that were chosen in a list: ``variants`` has it",
    "work_order_time": "begins with a time that was worked: the tests of work orders open it",
    **dict.fromkeys(("activity_told", "suggestions", "record_lookup", "mentionable", "line_values"), PART),
    **dict.fromkeys(("mail_test_state", "import_progress"), PART),
    **dict.fromkeys(("attachment", "import_refused", "letterhead_logo", "record_pdf", "remittance_file"), FILE),
    **dict.fromkeys(("activity_claim", "activity_answer", "record_archive", "record_move", "record_note"), POST_ONLY),
    **dict.fromkeys(("notice_again", "mail_test", "line_totals", "import_start", "import_forget"), POST_ONLY),
    **dict.fromkeys(("user_active", "user_invite", "user_link", "logout", "set_language"), POST_ONLY),
    **dict.fromkeys(("day_off_add", "day_off_remove", "work_order_task"), POST_ONLY),
}
"""Addresses that are none, with the reason, besides the exports (``left_out``)."""
SIGNED_OUT = {"login", "password_reset", "choose_password"}
"""Pages for who is not signed in."""
ALIKE = {"record_timeline", "record_notes", "record_links"}
"""Pages in which nothing but the heading depends on the kind: one stands for all."""
OF_RECORDS = {"kind", "number", "verb", "to"}
"""What an address may name that the registry knows."""

ROWS = 55
FEW = 12
"""Rows of kinds whose lists are the kernel's as those of parties are."""
LONG = "Construcciones y Reformas Integrales del Valle Medio del Ebro y Comarcas Limítrofes, Sociedad Cooperativa"
UNBREAKABLE = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
AT_LENGTH = f"{LONG}.\n\n{UNBREAKABLE}\n" * 4


@dataclass
class Full:
    """What ``fill`` has made: of each kind the record whose pages are walked, and for each verb one that offers it."""

    world: World
    records: dict[str, Record] = field(default_factory=dict)
    ready: dict[tuple[str, str], Record] = field(default_factory=dict)
    in_state: dict[str, Record] = field(default_factory=dict)
    """Activities."""


def fill(world: World, rows: int = ROWS) -> Full:
    """``rows`` records of every kind, most of one party, and of every kind one born of each other; people in plenty."""
    full = Full(world)
    _fill_administration(world)
    for kind in sorted(kinds, key=lambda kind: not kind.is_party):
        party: dict[str, Any] = _party(kind, full)
        for n in range(rows if kind.is_party or kind.follows_origin else min(rows, FEW)):
            named: dict[str, Any] = {heading(kind): f"{LONG} {n}" if n else UNBREAKABLE}
            record = born(kind, world, **party, **named, **(_at_length(kind) if n < 2 else {}))
            if n == 1:
                full.records[kind.name] = record
        for verb in reversed(kind.verbs):  # what the first of them begins, on one record at a time, is still so
            full.ready[kind.name, verb.name] = ready_for(verb, kind, world)
    for origin in list(full.records.values()):
        for kind in kinds:
            start = kind.start_from(origin.kind)
            if start and not start.why_not(origin, world.ana):
                taken = {name: one.value for name, one in prefill(kind, origin, world.ana).items()}
                kind.create(actor=world.actor(), origin=origin, **{**least(kind, world), **taken, heading(kind): LONG})
    for state in ActivityState:
        record = world.activity(f"{LONG} {state}", assignee=world.luis, origin=full.records["activity"])
        reason: dict[str, Any] = {"reason": "customer", "note": LONG} if state == ActivityState.ON_HOLD else {}
        if state != ActivityState.NEW:
            transition(record, actor=world.actor(), to=state, **reason)
        full.in_state[state] = record
    if "import_list" in names() and "customer" in kinds:
        table = SimpleUploadedFile("clientes.csv", f"Nombre;NIF\n{LONG};X\n{UNBREAKABLE};\n".encode())
        signed_in(world.jefa).post(reverse("import_list"), {"kind": "customer", "file": table})
    return full


def _fill_administration(world: World) -> None:
    people = [
        create_user(
            company=world.company,
            username=f"persona.{'larguisima.' * 4}{n}",
            name=f"María del Pilar Fernández de Córdoba y Martínez-Bordiú {n}",
            email=f"{'nombre-muy-largo-' * 3}{n}@ebro.example",
        )
        for n in range(30)
    ]
    for n in range(12):
        create_team(company=world.company, name=f"Equipo de asistencia técnica de la zona {n}", members=people)
    for n in range(30):
        of_all = put_type(None, by=world.jefa, name=f"Inspección técnica reglamentaria trimestral número {n}")
        for type in (of_all, world.type("call")):
            put_result(None, by=world.jefa, type=type, name=f"Visto bueno con reservas {n}", position=n, is_active=True)


def _party(kind: Kind, full: Full) -> dict[str, Record]:
    """The party of most records of a kind: the first one that fits."""
    wanted = kind.form.base_fields.get("party")
    if kind.is_party or not isinstance(wanted, RecordField):
        return {}
    possible = (one for one in full.records.values() if one.declaration.is_party)
    fits = wanted.fits or (lambda one: one.name in wanted.kinds)
    return {"party": party} if (party := next((one for one in possible if fits(one.declaration)), None)) else {}


def _at_length(kind: Kind) -> dict[str, Any]:
    """Something in every field in which one may write freely and at length."""
    return {
        name: AT_LENGTH if isinstance(one.widget, forms.Textarea) else LONG[: one.max_length]
        for name, one in kind.form.base_fields.items()
        if type(one) is forms.CharField and name in {*kind.prose, "place", "position", "department", "city", "address"}
    }


@dataclass(frozen=True)
class Address:
    """A page: the name of its address in the resolver, and where it is."""

    name: str
    path: str


def names() -> dict[str, URLPattern]:
    """Every named address but the API's."""

    def within(resolver: URLResolver) -> Iterator[URLPattern]:
        for one in resolver.url_patterns:
            if isinstance(one, URLPattern):
                yield one
            elif one.namespace != "api":
                yield from within(one)

    return {str(one.name): one for one in within(get_resolver())}


def left_out() -> dict[str, str]:
    """The addresses that are no pages, of those that are there, with the reason."""
    exports = {name: FILE for name in names() if name.endswith("_export")}
    return {name: why for name, why in (NO_PAGES | exports).items() if name in names()}


def addresses(full: Full) -> list[Address]:
    """All of them, each once. What names another thing than a record is where a link of the others leads."""
    client = signed_in(full.world.jefa)
    pages = {name: one for name, one in names().items() if name not in left_out()}
    waiting = [
        Address(name, reverse(name, kwargs=values))
        for name, one in pages.items()
        if name in SIGNED_OUT or one.pattern.converters.keys() <= OF_RECORDS
        for values in _values(name, full)
    ]
    found: dict[str, Address] = {}
    known = {one.name for one in waiting}
    while waiting:
        one = waiting.pop(0)
        if found.setdefault(one.path, one) is not one or one.name in SIGNED_OUT:
            continue
        for link in sorted(Page.of(client.get(one.path)).links):
            name = name_of(link)
            if name in pages.keys() - known:
                known.add(name)
                waiting.append(Address(name, link))
    lost = sorted(pages.keys() - known)
    assert not lost, f"no page links to {lost}"
    return list(found.values())


def name_of(link: str) -> str:
    """The name of the address to which a link of a page leads; none for those that lead away."""
    try:
        return str(resolve(urlsplit(link).path).url_name) if link.startswith("/") else ""
    except Resolver404:
        return ""


def _values(name: str, full: Full) -> Iterator[dict[str, Any]]:
    """What may stand in the address of this name, from the registry."""
    wanted = names()[name].pattern.converters.keys()
    if name == "choose_password":
        uid, token = password_link(full.world.eva).split("/")[2:4]
        yield {"uidb64": uid, "token": token}
    elif "kind" in wanted:
        for kind in islice(kinds, 1) if name in ALIKE else kinds:
            of_kind = {"kind": kind, "number": full.records[kind.name].number}
            if "verb" in wanted:
                for verb in kind.verbs:
                    yield {"kind": kind, "number": full.ready[kind.name, verb.name].number, "verb": verb.name}
            elif name != "record_board" or kind.board:
                yield {key: value for key, value in of_kind.items() if key in wanted}
    elif "number" in wanted:
        for state, record in full.in_state.items():
            if "to" in wanted:
                yield from ({"number": record.number, "to": to} for to in TRANSITIONS[ActivityState(state)])
            else:
                yield {"number": record.number}
    else:
        yield {}


def variants(full: Full) -> list[Address]:
    """Pages that an address alone does not show: of the past, of a search, with nothing in them, that are not there."""
    past = f"?as_of={dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    paths = [
        f"/activities/{past}",
        f"/activities/board{past}",
        f"/search?q={LONG[:14]}",
        f"/activities/{full.in_state[ActivityState.CLOSED].number}?closed=1",
        "/notices/?state=failed",
    ]
    parties = [one for one in full.records.values() if one.declaration.is_party]
    for kind in kinds:
        page = reverse("record_page", kwargs={"kind": kind, "number": full.records[kind.name].number})
        paths += [f"/{kind.path}/?q=zzzz", f"{page}{past}"]
        if origin := next((party for party in parties if kind.start_from(party.kind)), None):
            paths.append(reverse("record_new", kwargs={"kind": kind}, query={"origin": origin.number}))
    for party in parties:
        each = {"kind": party.declaration, "made": kinds["activity"]}
        paths.append(reverse("record_create_each", kwargs=each, query={"record": party.number}))
        paths.append(f"/search?party={party.number}")
    if "create_from_elsewhere" in names():
        told = {"system": "jira", "id": "WEB-17", "title": LONG, "url": "https://jira.example/browse/WEB-17"}
        paths.append(reverse("create_from_elsewhere", kwargs={"made": "activity"}, query=told))
    return [Address("", path) for path in paths]
