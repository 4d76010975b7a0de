"""The table in docs/performance.md: one section for each N, between markers, renewed by each run."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable
from pathlib import Path

import django
import granian
from django.db import connection
from django.utils import timezone

from .measures import Line

HEADINGS = Line("what", "clients", "Hilván", "raw", "ratio", "processor", "target")


def write(path: Path, how_many: int, lines: Iterable[Line], load: tuple[float, float]) -> None:
    """Renew the section of this N, or add it."""
    begin, end = f"<!-- bench {how_many} -->", f"<!-- /bench {how_many} -->"
    section = f"{begin}\n{_section(how_many, lines, load)}\n{end}"
    text = path.read_text() if path.exists() else ""
    if begin in text:
        text = re.sub(f"{begin}.*?{end}", lambda _: section, text, flags=re.DOTALL)
    else:
        text = f"{text.rstrip()}\n\n{section}\n".lstrip()
    path.write_text(text)


def _section(how_many: int, lines: Iterable[Line], load: tuple[float, float]) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version')")
        (postgresql,) = cursor.fetchone()
    rows = [HEADINGS, Line(*(["---"] * 7)), *lines]
    table = "\n".join(f"| {' | '.join(vars(row).values())} |" for row in rows)
    return (
        f"## {how_many:,} activities\n\n{timezone.now():%Y-%m-%d}, {_machine()}; Python {platform.python_version()},"
        f" Django {django.__version__}, granian {granian.__version__}, PostgreSQL {postgresql}."
        f" Load of the machine, all its users together: {load[0]:.1f} before, {load[1]:.1f} after.\n\n{table}"
    )


def _machine() -> str:
    model = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 1024**2
    return f"{os.cpu_count()} cores of {model[1] if model else platform.machine()}, {memory:.0f} GiB"
