"""The disk is full, or may not be written."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from .clients import Clients
from .running import Hilvan, eventually

pytestmark = pytest.mark.slow

SIZE = "200m"


@pytest.fixture
def disk() -> Iterator[Path]:
    """A disk of its own, so small that it can be filled."""
    folder = Path(tempfile.mkdtemp(prefix="hilvan-test-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=711", "hilvan-test", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        folder.rmdir()
        pytest.skip("only root can mount a small disk, and not everywhere")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)
    folder.rmdir()


def fill(disk: Path) -> Path:
    """A file that leaves no room for anything else."""
    filler = disk / "filler"
    with open(filler, "ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            try:
                while file.write(b"\0" * size):
                    pass
            except OSError:
                continue
    return filler


def refusal(hilvan: Hilvan) -> str:
    """What `hilvan run` says at once instead of running."""
    done = hilvan.command("run", "--port", str(hilvan.port))
    assert (done.returncode, done.stdout) == (1, "")
    first, *log = done.stderr.splitlines()
    assert first.startswith("hilvan: ")
    assert all(line.startswith("    ") for line in log)  # PostgreSQL's own words
    return done.stderr


def test_a_full_disk_refuses_writes_until_there_is_room_and_a_start_on_it_says_why(disk: Path) -> None:
    hilvan = Hilvan(disk / "data")  # its log is there too
    hilvan.start()
    try:
        clients = Clients(hilvan, hilvan.token())
        before = [hilvan.of(part) for part in ("supervisor", "web", "serving", "worker")]
        with clients.writing():
            clients.write_on(20)
            filler = fill(disk)
            eventually(lambda: clients.statuses[503] > 20)
            filler.unlink()
            clients.write_on(20)
        assert [hilvan.of(part) for part in ("supervisor", "web", "serving", "worker")] == before
        assert clients.odd == []
        assert set(clients.statuses) <= {200, 201, 503}
        clients.assert_all_is_there()
    finally:
        hilvan.stop()

    new = Hilvan(disk / "new")
    filler = fill(disk)
    assert "No space left on device" in refusal(hilvan)
    assert "No space left on device" in refusal(new)
    filler.unlink()
    eventually(lambda: subprocess.run(["mount", "-o", "remount,ro", disk], check=False).returncode == 0)  # once unused
    assert "Read-only file system" in refusal(hilvan)
    assert "Read-only file system" in refusal(new)
