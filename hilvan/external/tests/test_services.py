"""Records of other applications: which is which, what is taken and what not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction

from hilvan.external.models import External
from hilvan.external.services import change_external, create_external, create_on, draft_external, held, put_external
from hilvan.records.history import entries
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from tests.world import World

TICKET: dict[str, Any] = {"system": "jira", "external_id": "WEB-17", "title": "La web va lenta"}
URL = "https://jira.example/browse/WEB-17"


def ticket(world: World, **fields: Any) -> Record:
    return create_external(actor=world.actor(), **{**TICKET, "url": URL, **fields})


def standing(record: Record) -> External:
    return External.objects.select_related("record").get(pk=record.pk)


def test_a_record_is_known_by_its_system_and_its_identifier_there_once_in_a_company(world: World) -> None:
    record = ticket(world, system=" JIRA ")
    assert (standing(record).system, standing(record).external_id) == ("jira", "WEB-17")
    assert held(world.company, "Jira", " WEB-17 ") == record
    assert held(world.company, "jira", "WEB-18") is None
    assert held(world.other_company, "jira", "WEB-17") is None
    assert held(world.company, "jira\x00", "WEB-17") is None

    other = ticket(world, external_id="WEB-18")
    for attempt in (
        lambda: ticket(world, title="Otra vez"),
        lambda: change_external(other, actor=world.actor(), external_id="WEB-17"),
    ):
        with pytest.raises(ValidationError) as refused:
            attempt()
        assert refused.value.message_dict == {"external_id": ["Este registro de ese sistema ya está."]}
    assert set(External.objects.values_list("external_id", flat=True)) == {"WEB-17", "WEB-18"}

    theirs = create_external(actor=world.actor(world.zoe), **TICKET)
    assert theirs != record
    ticket(world, system="erp")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)//http://x",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://host/x",
        "//host/x",
        "/activities/",
        "host/x",
        "http:",
        "http://",
        "http:///x",
        "https://[::1",
        "https://host:port/",
        "https://host:99999/",
        "java\tscript:alert(1)",
        "https://host/\r\nSet-Cookie: a=b",
        "https://host/a b",
        'https://host/"onclick="x',
        "https://host\\@other/",
        "https://bank.example@evil.example/",
        "https://user:password@host/",
        "https://host/\u202egpj.exe",
        "https://host/\x00",
        "https://host/" + "x" * 2000,
    ],
)
def test_only_addresses_of_the_web_are_taken(world: World, url: str) -> None:
    record = ticket(world)
    count = Record.objects.count()
    for attempt in (
        lambda: ticket(world, external_id="WEB-18", url=url),
        lambda: change_external(record, actor=world.actor(), url=url),
    ):
        with pytest.raises(ValidationError) as refused:
            attempt()
        assert list(refused.value.message_dict) == ["url"]
    assert Record.objects.count() == count
    assert standing(record).url == URL


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://erp:8069/web#id=7&model=sale.order", "erp:8069"),
        ("https://[::1]:8443/x", "[::1]:8443"),
        ("HTTPS://Peñalara.example/¿qué?x=ñ", "Peñalara.example"),
        ("", ""),
    ],
)
def test_an_address_of_the_house_is_one_and_tells_its_host(world: World, url: str, host: str) -> None:
    assert standing(ticket(world, url=url)).host == host


def test_the_database_itself_keeps_other_addresses_out(world: World) -> None:
    record = ticket(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        External.objects.filter(pk=record.pk).update(url="javascript:alert(1)")
    assert standing(record).url == URL


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("system", ""),
        ("system", "dos palabras"),
        ("system", "-jira"),
        ("system", "jirá"),
        ("system", "x" * 61),
        ("external_id", " "),
        ("external_id", "a\nb"),
        ("external_id", "\u202e71-BEW"),
        ("external_id", "x" * 201),
        ("title", ""),
        ("title", "x" * 256),
    ],
)
def test_what_names_it_is_one_visible_line(world: World, field: str, value: str) -> None:
    with pytest.raises(ValidationError) as refused:
        ticket(world, **{field: value})
    assert list(refused.value.message_dict) == [field]
    assert not External.objects.exists()


def test_putting_it_twice_is_as_good_as_once_and_what_is_other_stands_in_the_history(committed_world: World) -> None:
    world = committed_world
    customer = world.customer()
    named: dict[str, Any] = {"system": "jira", "external_id": "WEB-17"}
    told: dict[str, Any] = {"title": "La web va lenta", "url": URL, "party": customer}
    record, is_new = put_external(actor=world.actor(), **named, **told)
    assert is_new
    assert put_external(actor=world.actor(), **named, **told) == (record, False)
    assert [entry.verb for entry in entries(record)] == ["external.create"]

    assert put_external(actor=world.actor(world.luis), **named, title="La web no va") == (record, False)
    fresh = standing(record)
    assert (fresh.record.title, fresh.url, fresh.record.party) == ("La web no va", URL, customer)
    newest = entries(record)[0]
    assert (newest.verb, newest.actor) == ("external.change", world.luis)
    assert newest.fields == {"title": ("La web va lenta", "La web no va")}

    put_external(actor=world.actor(), **named, party=None)
    assert standing(record).record.party is None
    with pytest.raises(ValidationError) as refused:
        put_external(actor=world.actor(), **named, title="Otra", url="data:,x")
    assert list(refused.value.message_dict) == ["url"]
    assert standing(record).record.title == "La web no va"


def test_two_who_tell_of_it_at_one_moment_write_down_one(committed_world: World) -> None:
    world = committed_world

    def tell(n: int) -> tuple[Record, bool]:
        try:
            return put_external(actor=world.actor(), **TICKET)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(tell, range(4)))
    assert len({record.pk for record, _is_new in told}) == 1
    assert [is_new for _record, is_new in told].count(True) == 1
    assert Record.objects.filter(kind="external").count() == 1


def test_what_is_made_on_one_is_made_with_it_or_not_at_all(world: World) -> None:
    elsewhere = draft_external(actor=world.actor(), **TICKET, url=URL)
    assert not Record.objects.exists()
    with pytest.raises(ValidationError):
        create_on(kinds["activity"], elsewhere, actor=world.actor(), subject="Mirarlo")  # of no type
    assert not Record.objects.exists()

    customer = world.customer()
    made = create_on(
        kinds["activity"], elsewhere, actor=world.actor(), type=world.type(), subject="Mirarlo", party=customer
    )
    origin = Record.objects.get(kind="external")
    assert made.origin == origin
    assert (origin.title, origin.as_external.url, origin.party) == ("La web va lenta", URL, customer)


def test_what_is_made_on_one_that_exists_leaves_it_as_it_is(world: World) -> None:
    record = ticket(world)
    forged = draft_external(
        actor=world.actor(), system="jira", external_id="WEB-17", title="Cambio de IBAN", url="https://evil.example/"
    )
    made = create_on(
        kinds["activity"],
        forged,
        actor=world.actor(),
        type=world.type(),
        subject="Mirarlo",
        party=world.customer(),
    )
    assert made.origin == record
    fresh = standing(record)
    assert (fresh.record.title, fresh.url, fresh.record.party) == ("La web va lenta", URL, None)


def test_who_may_not_make_one_makes_nothing_on_one(world: World) -> None:
    world.luis.role = world.company.roles.get(code="reader")
    elsewhere = draft_external(actor=world.actor(world.luis), **TICKET)
    with pytest.raises(PermissionDenied):
        create_on(kinds["activity"], elsewhere, actor=world.actor(world.luis), type=world.type(), subject="Mirarlo")
    assert not Record.objects.exists()
