"""Keeps Hilván's processes running side by side and ends them together.

Signals are awaited, not handled: they are blocked and taken one by one, so no handler runs in the middle of
anything and a second Ctrl-C is harmless. Each child leads a process group of its own, so that the terminal's
Ctrl-C reaches only the supervisor and whatever a child started ends with it.

Run as a program this file is what a child starts as (``_become``). That is done there rather than in
subprocess's ``preexec_fn``, which runs Python between fork and exec and can deadlock where the parent has
threads.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

ENDINGS = {signal.SIGINT, signal.SIGTERM}
PATIENCE = 8.0  # seconds that children have to end by themselves
STABLE = 10.0  # seconds; a child that ran that long did not "die at once"
PAUSES = (
    0.5,
    1.0,
    2.0,
    4.0,
)  # seconds before each restart of a child that died at once; then the supervisor gives up
_PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """A program to keep running."""

    name: str
    command: Sequence[str]
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _started: float = field(default=0.0, init=False)
    _due: float = field(default=0.0, init=False)
    _early_deaths: int = field(default=0, init=False)

    def tend(self, now: float) -> bool:
        """Starts it if it is due, notices its death; false where it has died at once too often."""
        if self._process is None:
            if now >= self._due:
                self._start(now)
            return True
        if (code := self._process.poll()) is None:
            return True
        self.end(signal.SIGKILL)  # what it leaves behind might hold its port
        self._process = None
        self._early_deaths = self._early_deaths + 1 if now - self._started < STABLE else 0
        if self._early_deaths > len(PAUSES):
            _say(f"{self.name} ended at once {self._early_deaths} times (last exit status {code}); giving up.")
            return False
        self._due = now + PAUSES[max(0, self._early_deaths - 1)]
        _say(f"{self.name} ended (exit status {code}); starting it again.")
        return True

    def _start(self, now: float) -> None:
        # -I and -S: as fast as Python starts; the program that it becomes is not bound by them.
        wrapper = [sys.executable, "-IS", __file__, str(os.getpid())]
        self._process = subprocess.Popen([*wrapper, *self.command], stdin=subprocess.DEVNULL, process_group=0)  # noqa: S603
        self._started = now

    def end(self, how: signal.Signals) -> None:
        """Signals all processes of its group."""
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, how)

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None


def supervise(children: Sequence[Child], *, watch: Callable[[], None] = lambda: None) -> int:
    """Runs the children until SIGINT or SIGTERM; returns 0 then, and 1 where it had to give up.

    A child that ends is started again after a pause. ``watch`` is called several times a second, between the
    signals; what it raises ends the children and goes on to the caller. Call it in the main thread, before
    there are others: the kernel kills children at the death of the thread that started them.
    """
    awaited = ENDINGS | {signal.SIGCHLD}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
    try:
        while True:
            now = time.monotonic()
            going = [child.tend(now) for child in children]  # a list: all are tended
            if not all(going):
                return 1
            watch()
            if (got := signal.sigtimedwait(awaited, 0.2)) and got.si_signo in ENDINGS:
                return 0
    finally:
        _end(children)
        while signal.sigtimedwait(awaited, 0):
            pass
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end(children: Sequence[Child]) -> None:
    for child in children:
        child.end(signal.SIGTERM)
    last = time.monotonic() + PATIENCE
    while any(child.running() for child in children) and time.monotonic() < last:
        time.sleep(0.05)
    for child in children:
        if child.running():
            _say(f"{child.name} did not end within {PATIENCE:.0f} s; killed.")
        child.end(signal.SIGKILL)


def _say(line: str) -> None:
    sys.stderr.write(f"hilvan: {line}\n")


def _become(supervisor: int, command: list[str]) -> None:
    """Turns this process into the command, which the kernel ends when the supervisor dies in any way."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != supervisor:  # it died before that call
            sys.exit(1)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS | {signal.SIGCHLD})
    os.execvp(command[0], command)  # noqa: S606


if __name__ == "__main__":
    _become(int(sys.argv[1]), sys.argv[2:])
