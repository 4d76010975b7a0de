"""What is measured: each measure beside its limit and its target, in short rounds that take turns."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import connections
from django.test import Client
from django.utils import timezone

from hilvan.activities.models import Activity
from hilvan.notifications.models import Notice
from hilvan.people.models import User
from hilvan.postgres import Cluster
from hilvan.records.install import OWNER

from .clients import Asking, Preparing, Rate, together
from .filling import PAST, Filled
from .raw import Inserts, Selects, statements_of
from .serving import Program

API = "/api/v1"


@dataclass(frozen=True)
class Target:
    """In words, and whether (Hilván, the limit) meets it."""

    words: str
    met: Callable[[Rate, Rate], bool]


def at_least(rate: float) -> Target:
    return Target(f"≥ {rate:g}/s", lambda ours, raw: ours.per_second >= rate)


def at_most(milliseconds: float) -> Target:
    return Target(f"≤ {milliseconds:g} ms", lambda ours, raw: ours.milliseconds <= milliseconds)


EIGHTH = Target("≥ 1/8 of raw", lambda ours, raw: ours.per_second >= raw.per_second / 8)


@dataclass(frozen=True)
class Measure:
    name: str
    clients: int
    ours: Preparing
    raw: Preparing
    target: Target | None = None


@dataclass(frozen=True)
class Line:
    """A line of the table: as it is written."""

    name: str
    clients: str
    ours: str
    raw: str
    ratio: str
    processor: str
    """Milliseconds of the processor for each answer, Hilván's and PostgreSQL's together: the figure that other users of
    the machine disturb least (they still empty its caches)."""
    target: str


def all_of(filled: Filled, program: Program, cluster: Cluster) -> Iterator[Measure]:
    """The measures over HTTP, writing ones last."""
    api = {"Authorization": f"Bearer {filled.token}"}
    token, page = Client(headers=api, SERVER_NAME="127.0.0.1"), Client(SERVER_NAME="127.0.0.1")
    page.force_login(User.objects.get(username=filled.user))
    cookie = {"Cookie": f"sessionid={page.cookies['sessionid'].value}"}
    then = (timezone.now() - PAST / 3).isoformat().replace("+00:00", "Z")
    mine = f"{API}/activities?assignee=me&state=new,on_hold,in_progress&order=end"

    def reading(name: str, path: str, *, clients: int = 1, target: Target | None = None) -> Measure:
        is_api = path.startswith(API)
        statements = statements_of(token if is_api else page, path)
        asking = Asking(program.port, api if is_api else cookie, "GET", (path,))
        return Measure(name, clients, asking, Selects(cluster.url(), statements), target)

    yield reading("list: mine, open, by end (JSON)", mine)
    yield reading("list: mine, open, by end (JSON)", mine, clients=4, target=at_least(300))
    yield reading("list: mine, open, as of a past instant (JSON)", f"{mine}&as_of={then}")
    yield reading("list: mine, open, by end (page)", "/activities/?assignee=me&deferred=no", target=at_most(25))
    yield reading("timeline of 200 entries (JSON), its first page", f"{API}/records/{filled.long}/timeline", clients=4,
                  target=at_least(150))  # fmt: skip
    yield reading("timeline of 200 entries (JSON), all at once", f"{API}/records/{filled.long}/timeline?limit=200")
    groups = f"{API}/activities/summary?group_by=state,assignee"
    yield reading("counts by state and assignee", groups, target=at_most(30))
    yield reading("counts as of a past instant", f"{groups}&as_of={then}", target=at_most(30))
    yield reading("board (page)", "/activities/board")
    yield reading("board as of a past instant (page)", f"/activities/board?as_of={then}")
    yield reading("search for two words (page)", "/search?q=caldera+zaragoza")
    yield reading("search for a number (page)", f"/search?q={filled.customer}")
    yield reading("an activity (page)", f"/activities/{filled.activity}")
    yield reading("a customer (page)", f"/customers/{filled.customer}")

    creating = Asking(program.port, api, "POST", (f"{API}/activities",), (new_activity(filled),), status=201)
    creating(0)()
    newest = Activity.objects.latest("record_id").record_id
    inserting = Inserts(cluster.url(), newest)
    yield Measure("create by API, the assignee to be told", 1, creating, inserting)
    yield Measure("create by API, the assignee to be told", 4, creating, inserting, EIGHTH)


def new_activity(filled: Filled) -> bytes:
    return json.dumps(
        {
            "type": "call",
            "subject": "Llamar por la oferta",
            "description": "Quieren cambiarla antes del invierno.",
            "origin": filled.long,
            "assignee": filled.colleague,
            "start_at": "2026-12-01T09:00:00+01:00",
            "end_at": "2026-12-02T09:00:00+01:00",
        }
    ).encode()


def measured(measure: Measure, program: Program, *, rounds: int, seconds: float) -> Line:
    """The medians of some rounds, limit and Hilván in turn."""
    connections.close_all()  # before there are further processes
    raw, ours, used = [], [], 0.0
    for _ in range(rounds):
        raw.append(together(measure.raw, clients=measure.clients, seconds=seconds))
        before = program.processor()
        ours.append(together(measure.ours, clients=measure.clients, seconds=seconds))
        used += program.processor() - before
    limit, rate = median(raw), median(ours)
    target = measure.target
    return Line(
        measure.name,
        str(measure.clients),
        said(rate),
        said(limit),
        f"{rate.per_second / limit.per_second:.2f}",
        f"{1000 * used / sum(one.repetitions for one in ours):.1f} ms",
        f"{target.words}: {'met' if target.met(rate, limit) else 'missed'}" if target else "",
    )


def median(rates: list[Rate]) -> Rate:
    return Rate(
        statistics.median(rate.per_second for rate in rates),
        statistics.median(rate.milliseconds for rate in rates),
        sum(rate.repetitions for rate in rates),
    )


def said(rate: Rate) -> str:
    return f"{rate.per_second:,.0f}/s, {rate.milliseconds:.1f} ms"


def of_process(name: str, value: float, unit: str, most: float, processor: float | None = None) -> Line:
    met = "met" if value <= most else "missed"
    used = "" if processor is None else f"{processor:.2f} s"
    return Line(name, "", f"{value:.{0 if unit == 'MiB' else 2}f} {unit}", "", "", used, f"≤ {most:g} {unit}: {met}")


def put_aside() -> None:
    """What earlier rounds left in the ledger is not to be sent."""
    with connections[OWNER].cursor() as cursor:
        cursor.execute(
            f"UPDATE {Notice._meta.db_table} SET state = 'suppressed', suppressed_by = 'import' WHERE state = 'queued'"
        )
