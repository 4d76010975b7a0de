"""Which lines are events, and what is said of the others."""

from __future__ import annotations

import json
import zoneinfo
from typing import Any

import pytest
from django.utils import translation

from hilvan.importing.events import Origin, Reader, Unreadable
from tests.world import at

READER = Reader(
    zone=zoneinfo.ZoneInfo("Europe/Madrid"),
    types={"task", "call"},
    kinds=["activity", "incident"],
    now=at("2026-01-01T00:00:00Z"),
)
LEAST: dict[str, Any] = {"ref": "A", "at": "2020-03-02T09:00:00Z", "seq": 1}


def read(**fields: Any) -> Any:
    return READER.read(1, json.dumps(LEAST | fields).encode())


def test_an_event_sets_only_what_it_gives() -> None:
    assert read().given == {}
    assert read(assignee=None, team="", start_at=None).given == {"assignee": None, "team": None, "start_at": None}
    assert read(state=None, type=None, subject=None, origin=None, note=None).given == {}
    assert read(origin={"kind": "incident", "ref": "7"}).origin == Origin("incident", "7", "7")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "This is not JSON."),
        ("[" * 100_000, "This is not JSON."),
        ("[1]", "This is no JSON object."),
        ('{"ref": "\\ud800", "at": "2020-03-02T09:00:00Z", "seq": 1}', "This is not JSON."),
        ('{"at": "2020-03-02T09:00:00Z", "seq": 1}', "“ref” is missing."),
        ('{"ref": "A", "seq": 1}', "“at” is missing."),
        ('{"ref": "A", "at": "2020-03-02T09:00:00Z"}', "“seq” is missing."),
    ],
)
def test_a_line_that_is_no_event_says_why(line: str, reason: str) -> None:
    with translation.override("en"), pytest.raises(Unreadable) as refused:
        READER.read(1, line.encode())
    assert str(refused.value) == reason


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"ref": ""}, "“ref” is missing."),
        ({"ref": 7}, "“ref” must be a text of at most 200 characters."),
        ({"ref": "x" * 201}, "“ref” must be a text of at most 200 characters."),
        ({"ref": "a\x00"}, "NUL characters are not allowed."),
        ({"seq": "1"}, "“seq” must be a whole number."),
        ({"seq": True}, "“seq” must be a whole number."),
        ({"seq": 2**63}, "“seq” must be a whole number."),
        ({"at": 1583139600}, "“at” must be an instant with its offset, as 2026-01-31T12:00:00+01:00."),
        ({"at": "2020-03-02T09:00:00"}, "“at” must be an instant with its offset, as 2026-01-31T12:00:00+01:00."),
        ({"at": "0001-01-01T00:00+14:00"}, "“at” must be an instant with its offset, as 2026-01-31T12:00:00+01:00."),
        ({"at": "2026-01-01T00:00:01Z"}, "The instant lies in the future."),
        ({"state": "open"}, "“state” must be one of: closed, in_progress, new, on_hold."),
        ({"state": ["new"]}, "“state” must be a text of at most 100000 characters."),
        ({"type": "letter"}, "“type” must be one of: call, task."),
        ({"origin": "T-7"}, "“origin” must be an object with kind, ref and title."),
        ({"origin": {"kind": "ticket", "ref": "7"}}, "“origin.kind” must be one of: activity, incident."),
        ({"origin": {"ref": "7"}}, "“origin.kind” must be one of: activity, incident."),
        ({"origin": {"kind": "incident"}}, "“origin.ref” is missing."),
        ({"subject": " "}, "“subject” is missing."),
        ({"start_at": "mañana"}, "“start_at” must be an instant with its offset, as 2026-01-31T12:00:00+01:00."),
        ({"start_at": "2020-02-30"}, "“start_at” must be an instant with its offset, as 2026-01-31T12:00:00+01:00."),
        ({"start_at": "2020-03-03", "end_at": "2020-03-02"}, "The end lies before the start."),
        ({"asignee": "Rosa"}, "“asignee” is no field of an event."),
    ],
)
def test_a_field_that_is_wrong_is_named(fields: dict[str, Any], reason: str) -> None:
    with translation.override("en"), pytest.raises(Unreadable) as refused:
        read(**fields)
    assert str(refused.value) == reason
