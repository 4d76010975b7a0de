from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from .clients import Clients
from .running import Hilvan


@pytest.fixture(scope="session")
def installed() -> Iterator[tuple[Hilvan, str]]:
    """One for all tests, since the first start takes long; with a token for its API."""
    folder = Path(tempfile.mkdtemp(prefix="hilvan-test-"))
    folder.chmod(0o711)  # the server's user must get through
    hilvan = Hilvan(folder / "data")
    try:
        hilvan.start()
        yield hilvan, hilvan.token()
    finally:
        hilvan.stop()
        shutil.rmtree(folder)


@pytest.fixture
def hilvan(installed: tuple[Hilvan, str]) -> Hilvan:
    """It runs when the test begins."""
    running, _ = installed
    running.ensure()
    return running


@pytest.fixture
def clients(hilvan: Hilvan, installed: tuple[Hilvan, str]) -> Clients:
    return Clients(hilvan, installed[1])
