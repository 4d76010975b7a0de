"""The real ``hilvan run`` on the filled database: its start, its memory, its end; and a server that takes its mails."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from aiosmtpd.controller import Controller

from hilvan.notifications.tests.mailserver import MailServer

from .clients import Http


class Program:
    """A running Hilván: ``first_answer`` are the seconds from its start to its first page."""

    def __init__(self, folder: Path, more: dict[str, str] | None = None) -> None:
        self.port, self._folder = free_port(), folder
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HILVAN_")}
        environment |= {"HILVAN_DATA": str(folder), **(more or {})}
        command = [sys.executable, "-m", "hilvan.cli", "run", "--port", str(self.port)]
        begun = time.perf_counter()
        self._process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        try:
            self._await(begun + 60)
        except BaseException:
            self.stop()
            raise
        self.first_answer = time.perf_counter() - begun
        self.processor_of_start = sum(processor_of(pid) for pid in family(self._process.pid))

    def _await(self, last: float) -> None:
        while time.perf_counter() < last and self._process.poll() is None:
            with suppress(OSError):
                status, _head, _body = Http(self.port, {}).ask("GET", "/sign-in/")
                if status != 200:
                    raise RuntimeError(f"The page of the sign-in answers {status}.")
                return
            time.sleep(0.01)
        raise RuntimeError("Hilván does not answer.")

    def memory(self) -> float:
        """MiB of all its processes but PostgreSQL's, shared pages in equal parts (PSS)."""
        kilobytes = 0
        for pid in family(self._process.pid):
            with suppress(OSError):
                if b"hilvan.cli" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
                    kilobytes += int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1])
        return kilobytes / 1024

    def processor(self) -> float:
        """Seconds of the processor that it and PostgreSQL have used so far."""
        return sum(processor_of(pid) for pid in family(self._process.pid) + family(server_of(self._folder)))

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait(30)


@contextmanager
def running(folder: Path, more: dict[str, str] | None = None) -> Iterator[Program]:
    program = Program(folder, more)
    try:
        yield program
    finally:
        program.stop()


def family(pid: int) -> list[int]:
    """A process and all that came of it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def server_of(folder: Path) -> int:
    """The process of the PostgreSQL in a data folder of Hilván's."""
    return int((folder / "postgres/data/postmaster.pid").read_text().split("\n")[0])


def processor_of(pid: int) -> float:
    """Seconds of the processor, its ended children's included (proc_pid_stat(5), fields 14 to 17)."""
    with suppress(OSError):
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(int(word) for word in words[11:15]) / os.sysconf("SC_CLK_TCK")
    return 0.0


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """An SMTP server on loopback that accepts whatever comes, at once."""
    server = MailServer(free_port())
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
