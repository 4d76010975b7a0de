"""A mail server on loopback: real SMTP, whose answers a test chooses by recipient."""

from __future__ import annotations

import asyncio
import email
import email.policy
import queue
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any, TypeVar

from aiosmtpd.controller import Controller
from pytest_django import Settings

PATIENCE = 15
"""Seconds after which a test that waits for a message fails."""


@dataclass
class MailServer:
    """``refusals``: recipient → answer to RCPT ("550 no such user"); one in ``hanging`` never gets an answer.

    ``on_message`` is called once a message is there, before the server says so.
    """

    port: int = 0
    refusals: dict[str, str] = field(default_factory=dict)
    hanging: set[str] = field(default_factory=set)
    on_message: Callable[[], None] = lambda: None
    tried: queue.Queue[str] = field(default_factory=queue.Queue)
    """The recipients for whom somebody asked, in that order."""
    _messages: queue.Queue[bytes] = field(default_factory=queue.Queue)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def next(self, patience: float = PATIENCE) -> EmailMessage:
        """The next message that arrives; raises ``queue.Empty`` where none does."""
        raw = self._messages.get(timeout=patience)
        return email.message_from_bytes(raw, policy=email.policy.default)

    def stop_hanging(self) -> None:
        """Let those who wait for an answer have it."""
        self.hanging.clear()

    def all(self) -> list[EmailMessage]:
        """What has arrived and was not taken yet."""
        return [self.next() for _ in range(self._messages.qsize())]

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        self.tried.put(address)
        while address in self.hanging:
            await asyncio.sleep(0.02)
        if refusal := self.refusals.get(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self._messages.put(envelope.content)
        self.on_message()
        return "250 accepted"


M = TypeVar("M", bound=MailServer)


@contextmanager
def running(settings: Settings, kind: type[M]) -> Iterator[M]:
    """A server of that kind runs, and Hilván's mail goes there."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    server = kind(port)
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_URL, settings.EMAIL_HOST, settings.EMAIL_PORT = server.url, "127.0.0.1", port
    settings.DEFAULT_FROM_EMAIL = "Hilván <hilvan@ebro.example>"
    settings.BASE_URL = "https://hilvan.ebro.example"
    try:
        yield server
    finally:
        controller.stop()
