"""Several people at the same opportunity at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from django.core.exceptions import ValidationError
from django.db import connection

from hilvan.opportunities.models import Opportunity
from hilvan.opportunities.services import lose_opportunity, win_opportunity
from hilvan.records.history import entries
from tests.world import World


def test_of_those_who_win_and_lose_it_at_once_the_first_one_counts(committed_world: World) -> None:
    record = committed_world.opportunity()
    actor = committed_world.actor()
    refused = []

    def end(n: int) -> bool:
        try:
            if n % 2:
                win_opportunity(record, actor=actor)
            else:
                lose_opportunity(record, actor=actor, reason="Cara")
        except ValidationError as error:
            refused.append(error.code)
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(end, range(8)))

    assert done.count(True) == 1
    assert refused == ["not_now"] * 7
    stage = "won" if done.index(True) % 2 else "lost"
    assert Opportunity.objects.get(pk=record.pk).stage == stage
    assert [entry.verb for entry in entries(record)] == [
        "opportunity.win" if stage == "won" else "opportunity.lose", "opportunity.create"
    ]  # fmt: skip
