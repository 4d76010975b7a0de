"""The demo company is believable, lies in the past, and tells nobody."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections import Counter
from itertools import pairwise

import pytest
from django.db.models import F, Q
from django.utils import timezone

from hilvan.activities import counts, invariants, selection
from hilvan.activities.models import Activity
from hilvan.activities.selection import Filters
from hilvan.demo import PASSWORD, seed
from hilvan.demo.diary import Cast, Step
from hilvan.demo.stories import Stories
from hilvan.notifications.models import Notice
from hilvan.people.models import Company, User
from hilvan.records.history import Actor
from hilvan.records.kinds import kinds
from hilvan.records.models import Change, Record
from tests.world import World, at

WHOLE = {"opportunity", "incident"} <= {kind.name for kind in kinds}
"""Whether all kinds of which the stories tell are here."""
MADRID = zoneinfo.ZoneInfo("Europe/Madrid")


@pytest.mark.slow
def test_the_demo_is_believable_and_lies_in_the_past(committed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_an_interrupted_seeding_goes_on(monkeypatch)
    company = Company.objects.order_by("id")[0]
    of_company = Q(company=company)

    made = Counter(Record.objects.filter(of_company).values_list("kind", flat=True))
    assert made["customer"] == 42
    assert 40 <= made["contact"] <= 70
    reached = Activity.objects.filter(of_company, contact__isnull=False)
    assert reached.count() > 100
    assert not reached.exclude(contact__party=F("party")).exists()
    if "opportunity" in kinds:
        assert 50 <= made["opportunity"] <= 60
        assert kinds["opportunity"].model._default_manager.values("stage").distinct().count() == 5
    if "incident" in kinds:
        assert 70 <= made["incident"] <= 80
        assert kinds["incident"].model._default_manager.exclude(state="closed").count() >= 8
    assert (330 if WHOLE else 100) <= made["activity"] <= 480

    now = timezone.now()
    activities = Activity.objects.filter(of_company)
    assert set(activities.values_list("state", flat=True)) == {"new", "on_hold", "in_progress", "closed"}
    assert activities.open().filter(end_at__lt=now).count() >= 8
    assert activities.open().filter(deferred=True, start_at__gt=now).count() >= 3
    assert activities.filter(deferrals__gt=0).count() >= 10
    assert activities.filter(origin__kind="activity").exists()
    for username in ("admin", "ventas", "soporte", "administracion", "tecnico"):
        user = User.objects.get(username=username)
        assert user.check_password(PASSWORD)
        mine = activities.open().filter(assignee=user)
        today = now.astimezone(MADRID).date()
        assert any(one.start_at and one.start_at.astimezone(MADRID).date() == today for one in mine)
        assert mine.filter(start_at__gt=now + dt.timedelta(days=1)).exists()

    changes = Change.objects.all()
    assert set(changes.values_list("channel", flat=True)) == {"import"}
    assert not changes.filter(Q(batch=None) | Q(at__gte=company.created_at)).exists()
    assert changes.earliest("at").at > now - dt.timedelta(days=100)
    assert set(Notice.objects.values_list("state", "suppressed_by")) == {("suppressed", "import")}
    assert list(invariants.violations()) == []

    before = Change.objects.count()
    assert seed() == PASSWORD
    assert Change.objects.count() == before

    assert_the_other_company_sees_only_its_own(company)


def assert_an_interrupted_seeding_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(cast: Cast, actor: Actor) -> None:
        raise KeyboardInterrupt

    tell = Stories.tell

    def tell_half(stories: Stories) -> list[Step]:
        steps = tell(stories)
        half = steps[: len(steps) // 2]
        return [*half, Step(half[-1].at + dt.timedelta(microseconds=1), "admin", stop)]

    with monkeypatch.context() as patched:
        patched.setattr(Stories, "tell", tell_half)
        with pytest.raises(KeyboardInterrupt):
            seed()
    part = Record.objects.count()
    assert seed() == PASSWORD
    assert Record.objects.count() > part > 100
    refs = Record.objects.exclude(ref="").values_list("kind", "ref")
    assert len(set(refs)) == len(refs)


def assert_the_other_company_sees_only_its_own(company: Company) -> None:
    other = User.objects.get(username="otra")
    assert other.company != company
    assert sorted(Record.objects.visible_to(other).values_list("kind", flat=True)) == ["activity", "customer"]
    assert [row["subject"] for row in selection.page(other, Filters()).items] == ["Preparar el pedido de cuadernos"]
    assert counts.summary(other, Filters(), group_by=["state"]) == [{"state": "new", "count": 1}]
    assert not Notice.objects.visible_to(other).exclude(company=other.company).exists()


@pytest.mark.parametrize("day", range(8))
def test_the_stories_are_the_same_for_the_same_instant_and_keep_to_the_past(day: int) -> None:
    now = at("2028-02-25T07:30:00Z") + dt.timedelta(days=day, hours=day)
    steps = Stories(now, MADRID).tell()

    assert [(step.at, step.who) for step in steps] == [(step.at, step.who) for step in Stories(now, MADRID).tell()]
    assert len({step.at for step in steps}) == len(steps) > (1200 if WHOLE else 600)
    assert all(before.at < after.at for before, after in pairwise(steps))
    assert now - dt.timedelta(days=100) < steps[0].at
    assert steps[-1].at < now
    assert {step.at.astimezone(MADRID).weekday() for step in steps} == set(range(5))


def test_where_a_company_is_already_nothing_is_seeded(world: World) -> None:
    assert seed() is None
    assert not Record.objects.exists()
