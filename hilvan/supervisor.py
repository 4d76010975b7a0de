"""Keeps Hilván's processes running side by side and ends them together.

Signals are awaited, not handled: they are blocked and taken one by one, so no handler runs in the middle of
anything and a second Ctrl-C is harmless. Each child leads a process group of its own, so that the terminal's
Ctrl-C reaches only the supervisor and whatever a child started ends with it.

A child goes on from here in a process of its own (fork): it shares the memory of all that is loaded already and
need not load it again. That is safe as long as the supervisor has no threads.
"""

import ctypes
import gc
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

ENDINGS = {signal.SIGINT, signal.SIGTERM}
PATIENCE = 8.0  # seconds that children have to end by themselves
STABLE = 10.0  # seconds; a child that ran that long did not "die at once"
PAUSES = (0.5, 1.0, 2.0, 4.0)  # seconds before each restart of a child that died at once
_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15


@dataclass
class Child:
    """What is to be kept running; ``work`` may end by ``sys.exit``."""

    name: str
    work: Callable[[], object]
    _process: "Process | None" = field(default=None, init=False)
    _started: float = field(default=0.0, init=False)
    _due: float = field(default=0.0, init=False)
    _early_deaths: int = field(default=0, init=False)
    _has_worked: bool = field(default=False, init=False)

    def tend(self, now: float) -> bool:
        """Starts it if it is due, notices its death; false where from its first start on it has always died at once.

        One that has worked before is started again for ever; and at once where somebody (the kernel, short of memory)
        killed it, which tells nothing of the next start.
        """
        if self._process is None:
            if now >= self._due:
                self._process, self._started = Process(self.name, self.work), now
            return True
        if (code := self._process.poll()) is None:
            return True
        self.end(signal.SIGKILL)  # what it leaves behind might hold its port
        self._process = None
        early = now - self._started < STABLE
        self._has_worked |= not early
        if code == -signal.SIGKILL:
            self._due = now
        elif early and self._early_deaths == len(PAUSES) and not self._has_worked:
            say(f"{self.name} ended at once {len(PAUSES) + 1} times (last exit status {code}); giving up.")
            return False
        else:
            self._early_deaths = min(self._early_deaths + 1, len(PAUSES)) if early else 0
            self._due = now + PAUSES[max(0, self._early_deaths - 1)]
        say(f"{self.name} ended (exit status {code}); starting it again.")
        return True

    def end(self, how: signal.Signals) -> None:
        """Signals all processes of its group."""
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, how)

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None


class Process:
    """A process with a group of its own that does some work and ends; the kernel ends it when this one dies in any way.

    ``ps -e`` shows it under the name.
    """

    def __init__(self, name: str, work: Callable[[], object]) -> None:
        if threading.active_count() > 1:
            raise RuntimeError("A process with threads can't be forked: one of them might hold a lock.")
        sys.stdout.flush()
        sys.stderr.flush()
        supervisor = os.getpid()
        self._code: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            os._exit(_do(name, work, supervisor))
        with suppress(OSError):  # here too: whoever comes first
            os.setpgid(self.pid, self.pid)

    def poll(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        if self._code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self._code = os.waitstatus_to_exitcode(status) if pid else None
        return self._code


def _do(name: str, work: Callable[[], object], supervisor: int) -> int:
    """The life of a child, as if it had just been started; its exit status."""
    try:
        os.setpgid(0, 0)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_NAME, f"hilvan {name}".encode())
        end_with(supervisor, signal.SIGTERM)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS | {signal.SIGCHLD})
        work()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def end_with(parent: int, how: signal.Signals) -> None:
    """From now on the kernel sends this process the signal when its parent, of that number, dies in any way."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, how)
        if os.getppid() != parent:  # it died before that call
            sys.exit(1)


def supervise(children: Sequence[Child], *, watch: Callable[[], None] = lambda: None) -> int:
    """Runs the children until SIGINT or SIGTERM; returns 0 then, and 1 where it had to give up.

    A child that ends is started again after a pause. ``watch`` is called several times a second, between the
    signals; what it raises ends the children and goes on to the caller. Call it in the main thread, before
    there are others: the kernel kills children at the death of the thread that started them.
    """
    awaited = ENDINGS | {signal.SIGCHLD}
    gc.collect()
    gc.freeze()  # a collection would write to each object, and what is written to is no longer shared
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
            say(f"{child.name} did not end within {PATIENCE:.0f} s; killed.")
        child.end(signal.SIGKILL)


def say(line: str) -> None:
    """On standard error, if that can be written: the disk where it ends up may be full."""
    with suppress(OSError):
        sys.stderr.write(f"hilvan: {line}\n")
        sys.stderr.flush()
