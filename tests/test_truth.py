"""What Hilván says as of an instant, held against what real event logs say by themselves.

The logs, and the program which computes the true situation from a log alone, stand beside the project, in
``../shared/data``.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.db.models import Count

from hilvan.activities import counts, invariants, selection
from hilvan.activities.models import Situation
from hilvan.activities.selection import Filters
from hilvan.activities.services import change_activity
from hilvan.importing.eventlog import Result, import_file
from hilvan.notifications.models import Notice
from hilvan.people.models import User
from hilvan.people.services import create_user
from hilvan.records.history import Actor, Channel
from hilvan.records.models import Change, Record
from hilvan.records.services import found_company

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
EVENTS = {"helpdesk": 21_348, "volvo": 6_660}
MICROSECOND = dt.timedelta(microseconds=1)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (DATA / "truth.py").is_file(), reason="the real event logs are not here: ../shared/data"),
]


@pytest.fixture
def truth() -> ModuleType:
    spec = importlib.util.spec_from_file_location("truth", DATA / "truth.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("log", EVENTS)
def test_what_was_is_what_the_log_says(committed: None, truth: ModuleType, tmp_path: Path, log: str) -> None:
    path = tmp_path / f"{log}.jsonl"
    subprocess.run([sys.executable, DATA / "truth.py", log, "--export", path], check=True, stdout=subprocess.DEVNULL)
    company = found_company(name=log)
    user = create_user(company=company, username="jefa", email="jefa@ebro.example", role="manager")
    cases = truth.load(log)
    instants = some_instants(cases, 200)
    true = {at: true_counts(truth, cases, at) for at in instants}

    result = import_file(path, company=company)

    assert (result.events, result.applied, result.refused) == (EVENTS[log], EVENTS[log], 0)
    assert {at: summed(user, at) for at in instants} == true
    while counts.fold():
        pass
    assert {at: summed(user, at) for at in instants} == true
    assert {at: counted(user, at) for at in instants} == true
    the_lists_are_true(truth, cases, user, instants[:10])
    the_situations_are_true(truth, cases, random.Random(50).sample(sorted(cases), 50))
    each_handover_has_its_notice_and_none_is_sent(truth, cases)
    assert list(invariants.violations()) == []
    a_second_import_changes_nothing(path, user)
    what_was_changed_by_hand_is_refused(path, user, cases)


def some_instants(cases: dict[str, Any], how_many: int) -> list[dt.datetime]:
    """A third anywhere, a third exactly on an event, a third one microsecond before an event; shuffled."""
    chance = random.Random(2026)
    events = [event.at for case in cases.values() for event in case]
    first, last = min(events), max(events)
    thirds: list[Iterator[dt.datetime]] = [
        (first + chance.random() * (last - first) for _n in range(how_many)),
        iter(chance.sample(events, how_many)),
        (at - MICROSECOND for at in chance.sample(events, how_many)),
    ]
    instants = [next(thirds[n % 3]) for n in range(how_many)]
    chance.shuffle(instants)
    return instants


Counted = dict[tuple[str, str], int]
"""(state, name of the assignee or "") → how many."""


def true_counts(truth: ModuleType, cases: Any, at: dt.datetime) -> Counted:
    by_assignee = truth.counts(truth.as_of(cases, at))["by_assignee_state"]
    return {(state, assignee): n for assignee, states in by_assignee.items() for state, n in states.items()}


def summed(user: User, at: dt.datetime) -> Counted:
    """From the sums of the changes."""
    rows = counts.summary(user, Filters(), group_by=["state", "assignee"], as_of=at)
    return {(row["state"], row["assignee__name"] or ""): row["count"] for row in rows}


def counted(user: User, at: dt.datetime) -> Counted:
    """By counting the situations."""
    situations = selection.select(user, Filters(), as_of=at).order_by().values_list("state", "assignee__name")
    return {(state, name or ""): n for state, name, n in situations.annotate(n=Count("pk"))}


def the_lists_are_true(truth: ModuleType, cases: Any, user: User, instants: list[dt.datetime]) -> None:
    for at in instants:
        listed: list[tuple[str, str, str | None, str | None]] = []
        cursor = None
        while True:
            page = selection.page(user, Filters(), as_of=at, cursor=cursor, size=500)
            listed += [(row["ref"], row["state"], row["assignee__name"], row["team__name"]) for row in page.items]
            if not (cursor := page.next):
                break
        true = [(ref, event.state, event.assignee, event.team) for ref, event in truth.as_of(cases, at).items()]
        assert Counter(listed) == Counter(true), at


def the_situations_are_true(truth: ModuleType, cases: Any, refs: list[str]) -> None:
    for ref in refs:
        situations = Situation.objects.filter(activity__ref=ref).select_related("assignee", "team").order_by("valid")
        told = [
            {
                "from": one.valid.lower.astimezone(dt.UTC).isoformat(),
                "to": one.valid.upper.astimezone(dt.UTC).isoformat() if one.valid.upper else None,
                "state": one.state,
                "assignee": one.assignee.name if one.assignee else None,
                "team": one.team.name if one.team else None,
            }
            for one in situations
        ]
        assert told == truth.intervals(cases[ref]), ref


def each_handover_has_its_notice_and_none_is_sent(truth: ModuleType, cases: Any) -> None:
    true = Counter((ref, to, at) for at, _seq, ref, _before, to, _state in truth.handovers(cases))
    notices = Notice.objects.values_list("record__ref", "recipient__name", "created_at")
    assert Counter(notices) == true
    assert not Notice.objects.exclude(state="suppressed", suppressed_by="import").exists()


def a_second_import_changes_nothing(path: Path, user: User) -> None:
    before = what_there_is()
    result = import_file(path, company=user.company)
    assert (result.applied, result.known, result.refused) == (0, result.events, 0)
    assert what_there_is() == before


def what_was_changed_by_hand_is_refused(path: Path, user: User, cases: Any) -> None:
    """With each of its rows and the reason, those that were known and a new one; the others go on."""
    mine, other = sorted(cases)[:2]
    record = Record.objects.get(kind="activity", ref=mine)
    change_activity(record, actor=Actor.of(user, Channel.SCREEN), subject="Lo llevo yo")
    lines = path.read_text().splitlines()
    later = {"at": "2020-01-01T00:00:00Z", "seq": 10**6, "note": "sigue", "subject": "Sigue"}
    lines += [json.dumps(later | {"ref": ref}) for ref in (mine, other)]
    path.write_text("\n".join(lines))
    before = what_there_is()

    result: Result = import_file(path, company=user.company)

    rows = [row for row, line in enumerate(lines, start=1) if json.loads(line)["ref"] == mine]
    assert [refusal.row for refusal in result.refusals] == rows
    assert len({refusal.reason for refusal in result.refusals}) == 1
    assert (result.applied, result.refused) == (1, len(rows))
    after = what_there_is()
    assert after["changes"] == before["changes"] + 1  # the other's
    record.refresh_from_db()
    assert record.title == "Lo llevo yo"


def what_there_is() -> dict[str, Any]:
    return {
        "changes": Change.objects.count(),
        "situations": list(Situation.objects.order_by("activity", "valid").values_list("activity", "valid", "state")),
        "notices": Notice.objects.count(),
        "records": Record.objects.count(),
    }
