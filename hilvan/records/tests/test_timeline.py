"""The timeline of a record: along the document flow, as far as one may see, one page after the other."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hilvan.activities.services import defer, transition
from hilvan.conversation.services import write_note
from hilvan.records.links import link, made_of
from hilvan.records.models import Link, LinkKind, Record
from hilvan.records.timeline import Around, Asked, around, flow, timeline, words
from tests.api.client import Program, wrong
from tests.pages import signed_in
from tests.world import World


def numbers(records: Around) -> set[str]:
    return set(Record.objects.filter(pk__in=records.ids).values_list("number", flat=True))


@pytest.fixture
def chain(world: World) -> dict[str, Record]:
    """customer → opportunity → incident → second opportunity, each with an activity; and something beside it."""
    customer = world.customer()
    first = world.opportunity("Horno", party=customer, origin=customer)
    incident = world.incident("Avería", party=customer, origin=first)
    second = world.opportunity("Repuesto", party=customer, origin=incident)
    aside = world.incident("Aparte", party=customer, origin=first)
    return {
        "customer": customer, "first": first, "incident": incident, "second": second, "aside": aside,
        "call": world.activity("Llamar", origin=incident, assignee=world.luis),
        "follow": world.activity("Volver a llamar", origin=second),
    }  # fmt: skip


def named(chain: dict[str, Record], *names: str) -> set[str]:
    return {chain[name].number for name in names}


def test_it_follows_the_flow_up_and_down_but_not_beside_it(world: World, chain: dict[str, Record]) -> None:
    assert numbers(around(chain["incident"], world.ana)) == named(
        chain, "first", "incident", "second", "call", "follow"
    )
    assert numbers(around(chain["second"], world.ana)) == named(chain, "first", "incident", "second", "follow")
    assert numbers(around(chain["call"], world.ana)) == named(chain, "first", "incident", "call")
    assert numbers(around(chain["customer"], world.ana)) == named(chain, *chain)


def test_it_follows_links_that_say_of_what_something_was_made(world: World, chain: dict[str, Record]) -> None:
    made = world.opportunity("De varias", party=chain["customer"], origin=chain["aside"])
    made_of(made, [chain["aside"], chain["second"]], at=timezone.now())
    assert Link.objects.filter(record=made, kind=LinkKind.SOURCE).count() == 1  # the origin says the other one
    assert made.number in numbers(around(chain["incident"], world.ana))
    assert named(chain, "aside", "second", "incident", "first") <= numbers(around(made, world.ana))
    assert "call" not in numbers(around(made, world.ana))
    related = world.incident("Parecida")
    link(made, related, actor=world.actor())
    assert related.number not in numbers(around(made, world.ana))


def test_a_circle_of_links_has_an_end(world: World, chain: dict[str, Record]) -> None:
    link(chain["first"], chain["second"], actor=world.actor(), kind=LinkKind.SOURCE)
    assert named(chain, "first", "incident", "second") <= numbers(around(chain["first"], world.ana))
    page = signed_in(world.ana).get(f"/opportunities/{chain['first'].number}")
    assert page.status_code == 200


def test_what_one_may_not_see_is_neither_told_nor_walked_through(world: World) -> None:
    mine = world.opportunity("Mía", owner=world.eva)
    hidden = world.incident("Oculta", origin=mine)
    beyond = world.opportunity("Detrás", origin=hidden, owner=world.eva)
    assert numbers(around(mine, world.ana)) == {mine.number, hidden.number, beyond.number}
    assert numbers(around(mine, world.eva)) == {mine.number}
    assert numbers(around(beyond, world.eva)) == {beyond.number}
    told = Program(world.eva).get(f"/records/{mine.number}/timeline")["items"]
    assert {item["record"]["number"] for item in told} == {mine.number}
    party = mine.party
    assert party is not None
    assert hidden.number not in numbers(around(party, world.eva))


def test_a_person_brings_what_names_him(world: World) -> None:
    contact = world.contact()
    named_him = world.opportunity(contact=contact, party=contact.party)
    call = world.activity(contact=contact)
    other = world.opportunity()
    found = numbers(around(contact, world.ana))
    assert {contact.number, named_him.number, call.number} <= found
    assert other.number not in found


def test_it_tells_births_changes_of_state_notes_files_and_notices_in_order(committed_world: World) -> None:
    world = committed_world
    opportunity = world.opportunity()
    call = world.activity("Llamar", origin=opportunity, assignee=world.luis)
    transition(call, actor=world.actor(), to="in_progress")
    soon = timezone.now() + dt.timedelta(days=2)
    defer(call, actor=world.actor(), start_at=soon, end_at=soon, reason="Está fuera")
    write_note(opportunity, actor=world.actor(), text="Lo pide para el lunes")
    world.do(opportunity, "win")
    transition(call, actor=world.actor(), to="closed")

    page = signed_in(world.ana).get(f"/opportunities/{opportunity.number}")
    lines = page.context["timeline"]["lines"]
    texts = [(line["about"]["number"] if line["about"] else "", line["text"].split(":")[0]) for line in lines]
    assert texts == [
        (call.number, "closed it"), ("", texts[1][1]), ("", "wrote a note"), (call.number, texts[3][1]),
        (call.number, "began it"), (call.number, "Notice to Luis Peña"),
        (call.number, "created it; assigned it to Luis Peña"),
        ("", "Created"),
    ]  # fmt: skip
    assert texts[1][1].startswith("Stage")
    assert texts[3][1].startswith("deferred it to")
    assert [line["day"] is not None for line in lines] == [True] + [False] * 7
    assert "Lo pide para el lunes" in lines[2]["html"]
    assert lines[3]["quote"] == "Está fuera"

    program = Program(world.ana)

    def told(**asked: Any) -> list[str]:
        return [item["verb"] for item in program.get(f"/records/{opportunity.number}/timeline", **asked)["items"]]

    everything = told()
    assert told(what="activities") == ["activity.close", "activity.defer", "activity.start", "activity.create"]
    assert told(what="documents") == ["opportunity.win", "opportunity.create"]
    assert told(what="notes") == ["note.create"]
    assert told(what="notices") == ["notice.assigned"]
    assert told(what="changes") == told(what="files") == []
    assert sorted(told(what=",".join(words()))) == sorted(everything)
    assert told(what="documents,notes") == ["opportunity.win", "note.create", "opportunity.create"]
    assert told(q="lunes") == ["note.create"]
    assert told(q="está FUERA") == told(q="esta fuera") == ["activity.defer"]
    assert told(q="llamar", what="activities") == told(what="activities")
    assert told(actor="luis") == []
    assert told(actor="me,luis") == everything
    assert told(actor="none") == []
    before = program.get(f"/records/{opportunity.number}/timeline")["items"][4]["at"]
    assert told(as_of=before) == everything[4:]


def test_a_notice_that_nobody_wanted_sent_is_no_event(world: World) -> None:
    record = world.activity(assignee=world.ana)
    items, _following = timeline(around(record, world.ana), world.ana, Asked())
    assert [item.what for item in items] == ["activities"]


def test_pages_follow_each_other_without_gap_or_repetition(committed_world: World) -> None:
    world = committed_world
    opportunity = world.opportunity()
    for n in range(7):
        world.activity(f"Tarea {n}", origin=opportunity, assignee=world.luis)
        write_note(opportunity, actor=world.actor(), text=f"Nota {n}")
    records = around(opportunity, world.ana)
    everything, end = timeline(records, world.ana, Asked(), limit=200)
    assert (len(everything), end) == (22, None)
    for size in (1, 2, 5):
        paged, place = timeline(records, world.ana, Asked(), limit=size)
        while place is not None:
            more, place = timeline(records, world.ana, Asked(), before=place, limit=size)
            paged += more
        assert [item.place for item in paged] == [item.place for item in everything]

    client = signed_in(world.ana)
    answer = client.get(
        f"/opportunities/{opportunity.number}/timeline", {"what": "activities", "who": str(world.ana.pk)}
    )
    assert len(answer.context["lines"]) == 7
    panel = client.get(f"/opportunities/{opportunity.number}/timeline", headers={"HX-Request": "true"})
    assert panel.content.decode().lstrip().startswith('<section class="panel" id="timeline">')


@pytest.mark.parametrize(
    "asked", [{"what": "dragons"}, {"actor": "zoe"}, {"cursor": "WzFd"}, {"as_of": "3000-01-01"}], ids=str
)
def test_a_parameter_that_is_not_understood_is_named(world: World, asked: dict[str, str]) -> None:
    record = world.customer()
    assert wrong(Program(world.ana).get(f"/records/{record.number}/timeline", 422, **asked)) == list(asked)
    client = signed_in(world.ana)
    page = f"/customers/{record.number}/timeline"
    expected = 404 if "cursor" in asked or "as_of" in asked else 200
    assert client.get(page, {**asked, "who": "x", "of": "x"}).status_code == expected


@pytest.mark.slow
def test_it_costs_the_same_however_long_it_is(world: World) -> None:
    customer = world.customer()

    def fill(how_many: int) -> None:
        for n in range(how_many):
            incident = world.incident(party=customer)
            world.activity(origin=incident, assignee=world.luis)
            write_note(incident, actor=world.actor(), text=f"Nota {n}")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/customers/{customer.number}").status_code == 200
        return len(captured)

    client = signed_in(world.ana)
    fill(1)
    queries()
    one = queries()
    fill(40)
    assert queries() <= one


def test_the_flow_is_one_query_and_nearest_first(world: World, chain: dict[str, Record]) -> None:
    with CaptureQueriesContext(connection) as captured:
        found = flow(chain["incident"], Record.objects.visible_to(world.ana), most=50, left_out=["activity"])
    assert len(captured) == 1
    assert [(key, depth) for key, _kind, depth in found] == [
        (chain["incident"].pk, 0), (chain["first"].pk, -1), (chain["second"].pk, 1),
    ]  # fmt: skip
    few = flow(chain["incident"], Record.objects.visible_to(world.ana), most=1)
    assert [key for key, _kind, _depth in few] == [chain["incident"].pk]


def test_what_was_made_of_several_says_so_at_its_birth_and_each_of_these_says_what_was_made_of_it(
    committed_world: World,
) -> None:
    world = committed_world
    sources = [world.incident("Una"), world.incident("Otra")]
    with transaction.atomic():
        made = world.opportunity("De las dos", origin=sources[0])
        made_of(made, sources, at=timezone.now())
    client = signed_in(world.ana)
    lines = client.get(f"/opportunities/{made.number}").context["timeline"]["lines"]
    born = next(line for line in lines if line["text"] == "Created" and line["about"] is None)
    assert f"Linked with: {sources[1]}" in born["detail"]
    lines = client.get(f"/incidents/{sources[1].number}").context["timeline"]["lines"]
    assert [line["text"] for line in lines if line["about"] is None] == [f"Linked with {made}", "Created"]
