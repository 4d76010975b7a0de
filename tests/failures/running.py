"""``hilvan run`` as a process of its own, on a folder and a port of its own, whose parts a test can kill."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from hilvan.postgres import Cluster
from tests.world import PASSWORD

PATIENCE = 300.0
"""Seconds after which a test gives up waiting: many, since the machine may be busy with other things."""

PARTS = ("supervisor", "web", "serving", "worker", "postmaster")
SERVING = 2  # what `hilvan run` starts

T = TypeVar("T")


def eventually(true: Callable[[], T], seconds: float = PATIENCE) -> T:
    """The first value that counts as true."""
    last = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < last, "it did not come true in time"
        threading.Event().wait(0.02)
    return value


class Hilvan:
    def __init__(self, data: Path) -> None:
        self.data = data
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.database = Cluster(data).url()
        self._log = data.with_suffix(".log")
        outside = {name: value for name, value in os.environ.items() if not name.startswith("HILVAN_")}
        self._environment = {**outside, "HILVAN_DATA": str(data)}
        self._run: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once it says that it answers."""
        said = len(self.log())
        with open(self._log, "ab") as log:
            command = [*_HILVAN, "run", "--port", str(self.port)]
            self._run = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log, process_group=0)
        run = self._run
        eventually(lambda: run.poll() is not None or "Ctrl-C ends it." in self.log()[said:])
        assert run.poll() is None, self.log()[said:]

    def ensure(self) -> None:
        """It runs, whatever an earlier test has left of it."""
        if self._run is None or self._run.poll() is not None:
            self.start()

    def stop(self) -> None:
        """As Ctrl-C does; then nothing is left."""
        if self._run is None:
            return
        everything = self.everything()
        self._run.send_signal(signal.SIGINT)
        try:
            assert self._run.wait(PATIENCE) == 0
            assert not alive(everything)
        finally:
            self.kill(everything)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*_HILVAN, *arguments], env=self._environment, capture_output=True, text=True, check=False
        )

    def token(self) -> str:
        """Of an administrator, made now."""
        made = self.command("user", "create", "jefa", "--email", "jefa@ebro.example", "--admin", "--password", PASSWORD)
        assert made.returncode == 0, made.stderr
        return self.command("token", "create", "jefa").stdout.strip()

    def log(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    # -- Its processes --

    def of(self, part: str) -> list[int]:
        """The processes of one of ``PARTS``; waits until all of them are there."""
        assert self._run is not None
        supervisor = self._run.pid
        match part:
            case "supervisor":
                return [supervisor]
            case "web":  # starts those that serve
                return eventually(lambda: _children(supervisor, "hilvan web"))
            case "serving":
                [web] = self.of("web")
                return eventually(lambda: found if len(found := _children(web, "hilvan web")) == SERVING else [])
            case "worker":
                return eventually(lambda: _children(supervisor, "hilvan worker"))
            case "postmaster":
                return eventually(lambda: [number for number in _numbers() if self._is_postmaster(number)])
        raise ValueError(part)

    def everything(self) -> list[int]:
        return [process for part in PARTS for process in self.of(part)]

    def kill(self, processes: Iterable[int], how: signal.Signals = signal.SIGKILL) -> None:
        """All at once; returns when the supervisor, if it is one of them, has been taken note of."""
        for process in alive(processes):
            os.kill(process, how)
        if self._run and self._run.pid in processes and how == signal.SIGKILL:
            self._run.wait()

    def _is_postmaster(self, number: int) -> bool:
        words = _command(number).split("\0")
        return words[0].endswith("/postgres") and str(self.data / "postgres/data") in words


def _numbers() -> list[int]:
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]


def _children(parent: int, name: str) -> list[int]:
    """Those of this name, as ``ps -e`` shows it."""
    return alive(number for number in _numbers() if _name_and_parent(number) == (name, parent))


_HILVAN = [sys.executable, "-P", "-m", "hilvan.cli"]


def alive(processes: Iterable[int]) -> list[int]:
    """Those that run still; one that is dead and not yet waited for has no command line."""
    return [process for process in processes if _command(process)]


def _command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def _name_and_parent(process: int) -> tuple[str, int]:
    try:
        before, _, after = Path(f"/proc/{process}/stat").read_text().rpartition(")")
    except OSError:
        return "", 0
    return before.partition("(")[2], int(after.split()[1])
