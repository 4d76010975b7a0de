"""The web server (granian): processes that answer requests, each with some threads."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from hilvan.supervisor import end_with

THREADS = 8
"""Requests that one process has under way at once: most of each is waiting for the database."""


def serve(host: str, port: int, processes: int) -> None:
    """Serve until SIGTERM or SIGINT. The processes are forked from this one and share what it has loaded.

    One that dies is replaced. They die with this one, however it dies: else they would keep the port for ever.
    """
    multiprocessing.set_start_method("fork")
    this = os.getpid()

    def load(target: str) -> Callable[..., Any]:
        """What each process does first."""
        end_with(this, signal.SIGKILL)
        return import_string(target)  # type: ignore[no-any-return]

    Granian(
        settings.WSGI_APPLICATION,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=processes,
        blocking_threads=THREADS,
        websockets=False,
        log_level=LogLevels.error,
        workers_kill_timeout=5,
        respawn_failed_workers=True,
        working_dir=settings.ROOT,
    ).serve(target_loader=load)
