from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from .mailserver import MailServer, running


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[MailServer]:
    with running(settings, MailServer) as server:
        yield server
