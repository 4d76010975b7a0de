"""Clients that cost little: each is a process which repeats its requests for some seconds and answers how it went.

HTTP by a bare socket that is kept open: a library's client takes more of the processor than Hilván's answer does.
"""

from __future__ import annotations

import multiprocessing
import socket
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from typing import Any

WARMING = 3
Work = Callable[[], None]
"""One repetition; raises where the answer is not what it should be."""


@dataclass(frozen=True)
class Rate:
    """What some clients did together."""

    per_second: float
    milliseconds: float
    """The median of one repetition."""
    repetitions: int


class Http:
    """One kept-alive connection to a server on this machine, with the headers that all requests carry."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = "".join(f"{name}: {value}\r\n" for name, value in {"Host": f"127.0.0.1:{port}", **headers}.items())

    def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes, bytes]:
        """The answer's status, its head and its body."""
        kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
        self._socket.sendall(f"{method} {path} HTTP/1.1\r\n{self._head}{kind}\r\n".encode() + body)
        answer = bytearray()
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += self._more()
        head = bytes(answer[:end])
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        while len(answer) < end + 4 + length:
            answer += self._more()
        return int(head[9:12]), head, bytes(answer[end + 4 :])

    def _more(self) -> bytes:
        if not (received := self._socket.recv(1 << 18)):
            raise ConnectionError("The server has closed the connection.")
        return received


@dataclass(frozen=True)
class Asking:
    """The same address (or several in turn), again and again; each answer must have this status."""

    port: int
    headers: dict[str, str]
    method: str
    paths: tuple[str, ...]
    bodies: tuple[bytes, ...] = (b"",)
    status: int = 200

    def __call__(self, number: int) -> Work:
        http = Http(self.port, self.headers)
        turns = cycle([(path, body) for path in self.paths for body in self.bodies])

        def ask() -> None:
            path, body = next(turns)
            status, _head, answer = http.ask(self.method, path, body)
            if status != self.status:
                raise AssertionError(f"{self.method} {path}: {status} {answer[:500]!r}")

        return ask


Preparing = Callable[[int], Work]
"""Called in the client's process, for the client of this number: opens what it needs and gives its work."""


def together(preparing: Preparing, *, clients: int, seconds: float) -> Rate:
    """So many clients at once, for so long, after some repetitions that do not count."""
    context = multiprocessing.get_context("fork")
    ready, results = context.Barrier(clients), context.SimpleQueue()
    processes = [
        context.Process(target=_repeat, args=[preparing, number, seconds, ready, results], daemon=True)
        for number in range(clients)
    ]
    for process in processes:
        process.start()
    outcomes = [results.get() for _ in processes]
    for process in processes:
        process.join()
    if failures := [one for one in outcomes if isinstance(one, str)]:
        raise RuntimeError(failures[0])
    return Rate(
        per_second=sum(len(times) / sum(times) for times in outcomes),
        milliseconds=1000 * statistics.median([one for times in outcomes for one in times]),
        repetitions=sum(len(times) + WARMING for times in outcomes),
    )


def _repeat(preparing: Preparing, number: int, seconds: float, ready: Any, results: Any) -> None:
    try:
        work = preparing(number)
        for _ in range(WARMING):
            work()
        ready.wait(60)
        times: list[float] = []
        last = time.perf_counter() + seconds
        while (begun := time.perf_counter()) < last or len(times) < 3:
            work()
            times.append(time.perf_counter() - begun)
        results.put(times)
    except Exception as error:
        ready.abort()
        results.put(f"{type(error).__name__}: {error}")
