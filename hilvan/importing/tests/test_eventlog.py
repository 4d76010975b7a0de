"""What the import of an event log makes of small logs."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from hilvan.activities.models import Activity, Situation
from hilvan.activities.services import change_activity
from hilvan.importing import eventlog
from hilvan.importing.eventlog import Refusal, Result, import_file
from hilvan.importing.models import ImportedEvent
from hilvan.notifications.models import Notice
from hilvan.people.models import Company, Team, User
from hilvan.records import history
from hilvan.records.kinds import kinds
from hilvan.records.models import Change, Record
from tests.world import World, at

INCIDENT = {"kind": "incident", "ref": "T-7", "title": "No imprime"}


@pytest.fixture
def log(tmp_path: Path) -> Any:
    """Writes the events (dictionaries, or lines as they are) and answers the file."""

    def write(*events: dict[str, Any] | str) -> Path:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.jsonl"
        lines = (event if isinstance(event, str) else json.dumps(event) for event in events)
        path.write_text("".join(f"{line}\n" for line in lines))
        return path

    return write


def event(ref: str, when: str, seq: int, **fields: Any) -> dict[str, Any]:
    if (kind := (fields.get("origin") or {}).get("kind", "activity")) not in kinds:
        pytest.skip(f"There is no kind {kind}.")
    return {"ref": ref, "at": when, "seq": seq, **fields}


def activity(company: Company, ref: str) -> Activity:
    return Activity.objects.select_related("record", "assignee", "team", "origin", "type").get(
        company=company, record__ref=ref
    )


def situations(company: Company, ref: str) -> list[tuple[str, str | None, str]]:
    """(from, state, name of the assignee or ""), oldest first."""
    found = Situation.objects.filter(company=company, activity__ref=ref).select_related("assignee").order_by("valid")
    return [(one.valid.lower.isoformat(), one.state, one.assignee.name if one.assignee else "") for one in found]


def outcome(result: Result) -> tuple[int, int, int, list[Refusal]]:
    assert result.events == result.applied + result.known + result.refused
    return result.applied, result.known, result.refused, result.refusals


def test_the_first_event_makes_the_activity_and_the_later_ones_set_what_they_give(world: World, log: Any) -> None:
    result = import_file(
        log(
            event("A", "2020-03-02T09:00:00Z", 1, state="new", assignee="Rosa", team="N1", origin=INCIDENT),
            event("A", "2020-03-03T10:00:00+02:00", 2, state="in_progress"),
            event("A", "2020-03-04T09:00:00Z", 3, subject="Cambiar el tóner", type="visit", assignee=None),
        ),
        company=world.company,
    )

    assert outcome(result) == (3, 0, 0, [])
    made = activity(world.company, "A")
    assert (made.record.number, made.subject, made.type.code) == ("ACT-2020-000001", "Cambiar el tóner", "visit")
    assert (made.state, made.assignee, made.team and made.team.name) == ("in_progress", None, "N1")
    assert made.record.created_at == at("2020-03-02T09:00:00Z")
    assert (made.begun_at, made.closed_at) == (at("2020-03-03T08:00:00Z"), None)
    assert made.record.title == "Cambiar el tóner"
    assert situations(world.company, "A") == [
        ("2020-03-02T09:00:00+00:00", "new", "Rosa"),
        ("2020-03-03T08:00:00+00:00", "in_progress", "Rosa"),
        ("2020-03-04T09:00:00+00:00", "in_progress", ""),
    ]
    verbs = [entry.verb for entry in history.entries(made.record)]
    assert verbs == ["activity.change", "activity.start", "activity.create"]


def test_the_subject_is_the_title_of_the_origin_or_the_reference(world: World, log: Any) -> None:
    when = "2020-03-02T09:00:00Z"
    import_file(
        log(event("A", when, 1), event("B", when, 2, origin=INCIDENT), event("C", when, 3, subject=" Llamar ")),
        company=world.company,
    )
    assert [activity(world.company, ref).subject for ref in "ABC"] == ["A", "No imprime", "Llamar"]
    assert activity(world.company, "A").state == "new"


def test_the_number_takes_the_year_of_the_first_event_where_the_company_is(world: World, log: Any) -> None:
    import_file(log(event("A", "2019-12-31T23:30:00Z", 1, origin=INCIDENT)), company=world.company)
    made = activity(world.company, "A")
    assert (made.record.number, made.origin and made.origin.number) == ("ACT-2020-000001", "INC-2020-000001")


def test_any_first_state_and_any_change_of_state_is_accepted(world: World, log: Any) -> None:
    states = ["closed", "on_hold", "closed", "new", "in_progress", "on_hold", "in_progress", "closed"]
    import_file(
        log(*(event("A", f"2020-03-0{n}T09:00:00Z", n, state=state) for n, state in enumerate(states, start=1))),
        company=world.company,
    )
    assert [state for _from, state, _who in situations(world.company, "A")] == states
    made = activity(world.company, "A")
    assert (made.begun_at, made.closed_at) == (at("2020-03-05T09:00:00Z"), at("2020-03-08T09:00:00Z"))
    reopened = Situation.objects.filter(activity=made.record, state="on_hold").order_by("valid")
    assert [one.closed_at for one in reopened] == [None, None]


def test_an_event_that_changes_nothing_makes_no_history(world: World, log: Any) -> None:
    result = import_file(
        log(
            event("A", "2020-03-02T09:00:00Z", 1, state="in_progress", assignee="Rosa", raw="Accepted"),
            event("A", "2020-03-03T09:00:00Z", 2, state="in_progress", assignee="Rosa", raw="Accepted again"),
        ),
        company=world.company,
    )
    assert outcome(result) == (2, 0, 0, [])
    assert len(situations(world.company, "A")) == 1
    assert len(history.entries(activity(world.company, "A").record)) == 1


def test_of_equal_instants_the_last_in_sequence_counts_and_the_others_stay_in_the_changes(
    world: World, log: Any
) -> None:
    when = "2020-03-02T09:00:00Z"
    import_file(
        log(
            event("A", when, 7, state="on_hold"),
            event("A", when, 5, state="new"),
            event("A", when, 6, state="in_progress"),
            event("B", when, 1, state="new"),
            event("B", "2020-03-03T09:00:00Z", 2, state="closed"),
            event("B", "2020-03-03T09:00:00Z", 3, state="new"),
        ),
        company=world.company,
    )
    assert situations(world.company, "A") == [("2020-03-02T09:00:00+00:00", "on_hold", "")]
    assert situations(world.company, "B") == [("2020-03-02T09:00:00+00:00", "new", "")]
    changes = Change.objects.filter(record=activity(world.company, "B").record, table_name="activities_activity")
    assert [change.payload.data["diff"]["state"][1] for change in changes.order_by("id")] == ["new", "closed", "new"]


def test_note_raw_and_actor_stand_in_the_change_of_their_event_alone(world: World, log: Any) -> None:
    result = import_file(
        log(
            event("A", "2020-03-02T09:00:00Z", 1, note="Llamó enfadado", raw="Queued", actor="Rosa"),
            event("A", "2020-03-03T09:00:00Z", 2, state="closed", raw="Completed/Closed", actor=world.ana.name),
            event("A", "2020-03-04T09:00:00Z", 3, state="new"),
        ),
        company=world.company,
    )
    made = activity(world.company, "A")
    told = [
        (entry.note, entry.raw, entry.actor.name if entry.actor else "", entry.channel, entry.imported)
        for entry in history.entries(made.record)
    ]
    assert told == [
        ("", "", "", "import", True),
        ("", "Completed/Closed", "Ana Gil", "import", True),
        ("Llamó enfadado", "Queued", "Rosa", "import", True),
    ]
    assert made.record.created_by == User.objects.get(company=world.company, name="Rosa")
    assert set(Change.objects.filter(record=made.record).values_list("batch", flat=True)) == {result.batch}


def test_unknown_people_and_teams_become_inactive_ones_and_known_ones_are_found(world: World, log: Any) -> None:
    long = "Ñ" * 200
    import_file(
        log(
            event("A", "2020-03-02T09:00:00Z", 1, assignee="  Rosa  del Río ", team="Org line A2"),
            event("B", "2020-03-02T09:00:00Z", 2, assignee="Ana Gil", team="Ventas"),
            event("C", "2020-03-02T09:00:00Z", 3, assignee=long),
        ),
        company=world.company,
    )
    rosa = User.objects.get(company=world.company, name="  Rosa  del Río ")
    assert (rosa.is_active, rosa.username) == (False, "rosa-del-rio")
    assert not Team.objects.get(company=world.company, name="Org line A2").is_active
    found = activity(world.company, "B")
    assert (found.assignee, found.team) == (world.ana, world.ventas)
    assert User.objects.filter(name=long, is_active=False).count() == 1


def test_an_origin_is_made_once_and_counts_from_the_first_event(world: World, log: Any) -> None:
    import_file(
        log(
            event("A", "2020-03-02T09:00:00Z", 1, origin=INCIDENT),
            event("B", "2020-03-03T09:00:00Z", 2, origin=INCIDENT | {"title": "Otro título"}),
            event("A", "2020-03-04T09:00:00Z", 3, state="closed", origin=INCIDENT),
        ),
        company=world.company,
    )
    incident = Record.objects.get(kind="incident")
    assert (incident.ref, incident.title, incident.number) == (
        "T-7",
        "No imprime",
        "INC-2020-000001",
    )
    assert {activity(world.company, ref).origin for ref in "AB"} == {incident}
    assert activity(world.company, "A").record.root == incident
    assert history.as_of(incident, at("2020-03-02T08:59:59Z")) == {}
    assert history.as_of(incident, at("2020-03-02T09:00:00Z")).keys() == {"records_record", "incidents_incident"}


def test_an_origin_that_is_there_already_is_taken_with_its_party(world: World, log: Any) -> None:
    customer = world.customer()
    incident = world.incident(party=customer, ref="T-7")
    import_file(log(event("A", "2020-03-02T09:00:00Z", 1, origin=INCIDENT)), company=world.company)
    made = activity(world.company, "A")
    assert (made.origin, made.party, made.subject) == (incident, customer, "No imprime")
    assert Record.objects.filter(kind="incident").count() == 1


@pytest.mark.parametrize("kind", ["customer", "opportunity", "incident"])
def test_a_record_of_any_kind_can_be_the_origin(world: World, log: Any, kind: str) -> None:
    origin = {"kind": kind, "ref": "X 1"}
    import_file(log(event("A", "2020-03-02T09:00:00Z", 1, origin=origin)), company=world.company)
    made = activity(world.company, "A")
    assert made.origin is not None
    assert (made.origin.kind, made.origin.title) == (kind, "X 1")
    assert made.party == (made.origin if kind == "customer" else None)


def test_a_follow_up_stands_on_an_activity_of_the_log(world: World, log: Any) -> None:
    follow_up = {"kind": "activity", "ref": "A"}
    result = import_file(
        log(
            event("A", "2020-03-02T09:00:00Z", 1, origin=INCIDENT),
            event("B", "2020-03-03T09:00:00Z", 2, origin=follow_up),
            event("C", "2020-03-03T09:00:00Z", 3, origin=follow_up | {"ref": "Z"}),
        ),
        company=world.company,
    )
    applied, _known, refused, refusals = outcome(result)
    assert (applied, refused, refusals[0].row) == (2, 1, 3)
    first, second = activity(world.company, "A"), activity(world.company, "B")
    assert (second.origin, second.record.root) == (first.record, first.origin)


def test_the_order_of_the_lines_does_not_matter(world: World, log: Any) -> None:
    result = import_file(
        log(
            event("A", "2020-03-04T09:00:00Z", 3, state="closed"),
            "",
            event("A", "2020-03-02T09:00:00Z", 1, state="new"),
            event("A", "2020-03-03T09:00:00Z", 2, state="in_progress"),
        ),
        company=world.company,
    )
    assert outcome(result) == (3, 0, 0, [])
    assert [state for _from, state, _who in situations(world.company, "A")] == ["new", "in_progress", "closed"]


def test_importing_again_changes_nothing_and_new_later_events_are_added(world: World, log: Any) -> None:
    events = [
        event("A", "2020-03-02T09:00:00Z", 1, state="new"),
        event("A", "2020-03-03T09:00:00Z", 2, state="new"),
        event("A", "2020-03-04T09:00:00Z", 3, state="closed"),
    ]
    import_file(log(*events), company=world.company)
    before = list(Change.objects.values_list("id", "at"))

    assert outcome(import_file(log(*events), company=world.company)) == (0, 3, 0, [])
    assert list(Change.objects.values_list("id", "at")) == before

    more = [
        event("A", "2020-03-04T09:00:00Z", 2, state="on_hold"),  # not known, and before the last one
        event("A", "2020-03-04T09:00:00Z", 4, state="in_progress"),
    ]
    applied, known, refused, refusals = outcome(import_file(log(*events, *more), company=world.company))
    assert (applied, known, refused) == (1, 3, 1)
    assert refusals[0].row == 4
    assert situations(world.company, "A") == [
        ("2020-03-02T09:00:00+00:00", "new", ""),
        ("2020-03-04T09:00:00+00:00", "in_progress", ""),
    ]
    assert ImportedEvent.objects.count() == 4


def test_what_was_changed_in_hilvan_since_is_refused_and_the_others_go_on(committed_world: World, log: Any) -> None:
    world = committed_world
    events = [
        event("A", "2020-03-02T09:00:00Z", 1, state="new"),
        event("B", "2020-03-02T09:00:00Z", 2, state="new"),
    ]
    import_file(log(*events), company=world.company)
    made = activity(world.company, "A")
    change_activity(made.record, actor=world.actor(), subject="Lo llevo yo")
    before = Change.objects.count()

    result = import_file(log(*events, event("A", "2020-03-05T09:00:00Z", 3, state="closed")), company=world.company)

    applied, known, refused, refusals = outcome(result)
    assert (applied, known, refused) == (0, 1, 2)
    assert [refusal.row for refusal in refusals] == [1, 3]
    assert len({refusal.reason for refusal in refusals}) == 1
    assert Change.objects.count() == before
    assert activity(world.company, "A").subject == "Lo llevo yo"


def test_an_activity_that_was_not_imported_is_left_alone(world: World, log: Any) -> None:
    record = world.activity(ref="A")
    result = import_file(log(event("A", "2020-03-02T09:00:00Z", 1, state="closed")), company=world.company)
    assert outcome(result)[:3] == (0, 0, 1)
    assert activity(world.company, "A").record == record
    assert activity(world.company, "A").state == "new"


def test_an_event_is_refused_where_it_does_not_fit_what_was_before(world: World, log: Any) -> None:
    planned = {"start_at": "2020-04-01T09:00:00Z", "end_at": "2020-04-01T10:00:00Z"}
    result = import_file(
        log(
            event("A", "2020-03-02T09:00:00Z", 1, origin=INCIDENT, **planned),
            event("A", "2020-03-03T09:00:00Z", 2, end_at="2020-03-31T00:00:00Z", state="closed"),
            event("A", "2020-03-03T09:00:00Z", 3, state="closed", origin=INCIDENT | {"ref": "T-8"}),
            event("A", "2020-03-03T09:00:00Z", 4, end_at="2020-04-02T00:00:00Z"),
        ),
        company=world.company,
    )
    applied, _known, refused, refusals = outcome(result)
    assert (applied, refused, [refusal.row for refusal in refusals]) == (2, 2, [2, 3])
    made = activity(world.company, "A")
    assert (made.state, made.end_at, made.promised_end_at) == (
        "new",
        at("2020-04-02T00:00:00Z"),
        at("2020-04-01T10:00:00Z"),
    )
    assert Record.objects.filter(kind="incident").count() == 1


def test_plain_dates_are_whole_days_where_the_company_is(world: World, log: Any) -> None:
    import_file(
        log(event("A", "2020-03-02T09:00:00Z", 1, start_at="2020-03-28", end_at="2020-03-29")), company=world.company
    )
    made = activity(world.company, "A")
    assert (made.start_at, made.end_at, made.all_day) == (at("2020-03-27T23:00:00Z"), at("2020-03-29T22:00:00Z"), True)


def test_companies_are_apart(world: World, log: Any) -> None:
    path = log(event("A", "2020-03-02T09:00:00Z", 1, state="new", assignee="Ana Gil", origin=INCIDENT))
    for company in (world.company, world.other_company):
        assert outcome(import_file(path, company=company)) == (1, 0, 0, [])
    here, there = activity(world.company, "A"), activity(world.other_company, "A")
    assert here.record.number == there.record.number
    assert here.assignee == world.ana
    assert there.assignee is not None
    assert (there.assignee.company, there.assignee.is_active) == (world.other_company, False)
    assert there.origin is not None
    assert there.origin.company == world.other_company


def test_each_new_assignee_has_a_notice_that_is_not_sent(world: World, log: Any) -> None:
    path = log(
        event("A", "2020-03-02T09:00:00Z", 1, assignee="Luis Peña", actor="Ana Gil"),
        event("A", "2020-03-03T09:00:00Z", 2, assignee="Luis Peña", state="in_progress"),
        event("A", "2020-03-04T09:00:00Z", 3, assignee=None),
        event("A", "2020-03-05T09:00:00Z", 4, assignee="Rosa"),
        event("A", "2020-03-06T09:00:00Z", 5, assignee="Luis Peña"),
    )
    for _time in range(2):
        import_file(path, company=world.company)
    notices = Notice.objects.select_related("recipient").order_by("id")
    assert [
        (one.recipient and one.recipient.name, one.state, one.suppressed_by, one.created_at.day) for one in notices
    ] == [
        ("Luis Peña", "suppressed", "import", 2),
        ("Rosa", "suppressed", "import", 5),
        ("Luis Peña", "suppressed", "import", 6),
    ]
    assert notices[0].caused_by == world.ana


def test_with_notify_the_ordinary_rules_decide(world: World, log: Any) -> None:
    begun = timezone.now()
    import_file(
        log(
            event("A", "2020-03-02T09:00:00Z", 1, assignee="Luis Peña"),
            event("B", "2020-03-03T09:00:00Z", 2, assignee="Rosa"),
            event("C", "2020-03-04T09:00:00Z", 3, assignee="Luis Peña", state="closed"),
            event("D", "2020-03-05T09:00:00Z", 4, assignee="Ana Gil", actor="Ana Gil"),
        ),
        company=world.company,
        notify=True,
    )
    notices = Notice.objects.order_by("id")
    assert [(one.state, one.suppressed_by) for one in notices] == [
        ("queued", ""),
        ("suppressed", "inactive"),
        ("suppressed", "born_closed"),
        ("suppressed", "oneself"),
    ]
    assert notices[0].due_at >= begun


def test_the_command_imports_into_the_company_that_is_named(committed_world: World, log: Any) -> None:
    world = committed_world
    path = log(event("A", "2020-03-02T09:00:00Z", 1, origin=INCIDENT), "{")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "hilvan.cli", "import", str(path), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    refused = run("--company", "Nadie")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert not Record.objects.exists()

    done = run("--company", world.other_company.name)
    assert (done.returncode, done.stderr) == (1, "")  # for the line that was refused
    first, second = done.stdout.splitlines()
    assert first.startswith(f"{path.name} → {world.other_company.name}: 2 ")
    assert "2: " in second
    assert activity(world.other_company, "A").record.number == "ACT-2020-000001"


def test_an_import_can_be_interrupted_and_started_again(
    committed_world: World, log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eventlog, "BATCH", 2)
    path = log(*(event(f"{n % 3}", f"2020-03-0{n + 1}T09:00:00Z", n, assignee=f"P{n}") for n in range(5)))

    def stop(done: int, total: int) -> None:
        assert (done, total) == (2, 5)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_file(path, company=committed_world.company, progress=stop)
    assert Record.objects.filter(kind="activity").count() == 2

    seen: list[tuple[int, int]] = []
    result = import_file(path, company=committed_world.company, progress=lambda done, total: seen.append((done, total)))
    assert outcome(result) == (3, 2, 0, [])
    assert seen == [(2, 5), (4, 5), (5, 5)]
    assert [who for _from, _state, who in situations(committed_world.company, "0")] == ["P0", "P3"]


def test_the_result_tells_the_first_refusals_in_the_order_of_the_lines_and_counts_the_others(
    world: World, log: Any
) -> None:
    future = (timezone.now() + dt.timedelta(hours=1)).isoformat()
    result = import_file(
        log(event("A", "2020-03-02T09:00:00Z", 1), *(event("B", future, n) for n in range(30))), company=world.company
    )
    assert outcome(result)[:3] == (1, 0, 30)
    assert [refusal.row for refusal in result.refusals] == list(range(2, 32))
    assert len(str(result).splitlines()) == 1 + 20 + 1
    assert not Record.objects.filter(ref="B").exists()
