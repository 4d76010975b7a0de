"""Each of the processes is killed under 20 clients that write, alone and with others."""

from __future__ import annotations

import pytest

from .clients import GONE, Clients
from .running import PARTS, Hilvan, alive, eventually

pytestmark = pytest.mark.slow


def test_web_and_worker_that_are_killed_are_started_again_and_nothing_is_lost(hilvan: Hilvan, clients: Clients) -> None:
    database = hilvan.of("postmaster")
    with clients.writing():
        clients.write_on()
        for part in ("web", "serving", "worker"):
            one, *_ = hilvan.of(part)
            hilvan.kill([one])
            clients.write_on()
            assert one not in hilvan.of(part)

    assert hilvan.of("postmaster") == database
    assert clients.odd == []
    assert set(clients.statuses) <= {200, 201, GONE}
    clients.assert_all_is_there()


@pytest.mark.parametrize("killed", [["supervisor"], ["supervisor", "web"], PARTS], ids=" ".join)
def test_a_killed_hilvan_ends_whole_and_its_next_start_finds_all_that_it_acknowledged(
    hilvan: Hilvan, clients: Clients, killed: list[str]
) -> None:
    """The last one is what a power cut leaves, but for what the disk had not written yet."""
    of_before = hilvan.everything()
    with clients.writing():
        clients.write_on()
        hilvan.kill([process for part in killed for process in hilvan.of(part)])
        hilvan.start()
        clients.write_on()

    eventually(lambda: set(alive(of_before)) <= set(hilvan.of("postmaster")))  # it is taken over, where it still runs
    assert clients.odd == []
    assert set(clients.statuses) <= {200, 201, 503, GONE}
    clients.assert_all_is_there()
