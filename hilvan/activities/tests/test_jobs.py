"""What the worker does for activities."""

from __future__ import annotations

from django.utils import timezone

from hilvan.activities import counts
from hilvan.activities.jobs import fold_counts
from hilvan.activities.models import CountDelta
from hilvan.records.jobs import jobs
from tests.world import World


def test_the_worker_folds_all_the_deltas_and_the_counts_stay(world: World) -> None:
    for n in range(5):
        world.activity(f"Número {n}", assignee=world.ana)
    before = counts.at(world.company, timezone.now())
    assert CountDelta.objects.exists()

    assert fold_counts in [job.run for job in jobs]
    fold_counts()

    assert not CountDelta.objects.exists()
    assert counts.at(world.company, timezone.now()) == before == {("new", world.ana.pk): 5}
