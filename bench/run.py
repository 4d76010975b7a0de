"""One run of the bench, on a cluster that is there."""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Iterator

from django.db import connections

from hilvan.activities import invariants as of_activities
from hilvan.postgres import Cluster
from hilvan.records import install
from hilvan.records import invariants as of_records
from hilvan.web.staticfiles import collect

from . import filling, measures, report
from .clients import Http
from .filling import Filled
from .measures import Line
from .serving import mail_server, running

CHECKED = 100_000
"""Up to so many activities the whole history is replayed after filling, as ``hilvan check`` does."""
STARTS = 3
MAILS = 10


def fill(how_many: int) -> Filled:
    begun = time.monotonic()
    install.migrate()
    filled = filling.fill(how_many)
    say(f"{how_many:,} activities filled in {time.monotonic() - begun:.0f} s")
    if how_many <= CHECKED and (wrong := [*of_records.violations(), *of_activities.violations()]):
        raise AssertionError("\n".join(wrong[:10]))
    return filled


def measure(cluster: Cluster, filled: dict[str, str], options: argparse.Namespace) -> None:
    collect()
    before = os.getloadavg()[0]
    lines = list(_measured(cluster, Filled(**filled), options))
    report.write(options.into, options.how_many, lines, (before, os.getloadavg()[0]))


def _measured(cluster: Cluster, filled: Filled, options: argparse.Namespace) -> Iterator[Line]:
    starts, used = [], []
    for _ in range(STARTS):
        with running(cluster.folder) as program:
            starts.append(program.first_answer)
            used.append(program.processor_of_start)
            time.sleep(2)
            memory = program.memory()
    yield told(measures.of_process("start to first answer", statistics.median(starts), "s", 2, statistics.median(used)))
    yield told(measures.of_process("memory, idle, two web processes and all others", memory, "MiB", 200))
    with running(cluster.folder) as program:
        for one in measures.all_of(filled, program, cluster):
            yield told(measures.measured(one, program, rounds=options.rounds, seconds=options.seconds))
        yield told(measures.of_process("memory after all this", program.memory(), "MiB", 200))
    measures.put_aside()
    with mail_server() as server, running(cluster.folder, {"HILVAN_EMAIL_URL": server.url}) as program:
        api = Http(program.port, {"Authorization": f"Bearer {filled.token}"})
        times = []
        for _ in range(MAILS):
            begun = time.perf_counter()
            api.ask("POST", f"{measures.API}/activities", measures.new_activity(filled))
            server.next()
            times.append(time.perf_counter() - begun)
        yield told(
            measures.of_process("assignment by API to its mail accepted by SMTP", statistics.median(times), "s", 1)
        )
    connections.close_all()


def told(line: Line) -> Line:
    say(" | ".join(vars(line).values()))
    return line


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
