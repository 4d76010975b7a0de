"""What holds for the pages of every kind of record, a plugin's too."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from hilvan.people.models import User
from hilvan.people.permissions import Action, Scope
from hilvan.records.kinds import Kind, kinds
from hilvan.records.models import Record
from hilvan.records.services import archive, creatable
from hilvan.web.links import record_url
from tests.pages import Page, faults, signed_in
from tests.world import World

from .making import admits, born, every_kind, heading, least, prose, ready_to_make, with_party

every_start = pytest.mark.parametrize(
    ("origin_kind", "kind"),
    [
        pytest.param(origin, kind, id=f"{kind.name} from {origin.name}")
        for origin in kinds
        for kind in kinds
        if kind.start_from(origin.name)
    ],
)


def page_of(record: Record) -> str:
    return record_url(record.kind, record.number)


def typed(kind: Kind, world: World) -> dict[str, str]:
    """What a person types or chooses in the form of a new record: no more than must be."""
    fields = kind.form.base_fields
    return {name: fields[name].prepare_value(value) for name, value in least(kind, world).items()}


def addresses(record: Record) -> list[str]:
    path = f"/{record.declaration.path}/"
    return [path, f"{path}new", page_of(record), f"{page_of(record)}/edit"]


@every_kind
def test_no_value_stands_on_its_page_as_the_program_writes_it(kind: Kind, world: World) -> None:
    page = signed_in(world.ana).get(page_of(born(kind, world))).content.decode()
    assert [sign for sign in ("{&#x27;", "Decimal(", "datetime.", "&lt;Record") if sign in page] == []


@every_kind
@pytest.mark.parametrize("language", ["es", "en"])
def test_pages_answer_in_both_languages_without_inline_code(kind: Kind, language: str, world: World) -> None:
    client = signed_in(world.ana, language)
    for address in addresses(born(kind, world)):
        response = client.get(address)
        assert response.status_code == 200, address
        assert faults(response) == [], address
        assert f'<html lang="{language}"' in response.content.decode()


@every_kind
def test_verbs_have_pages_of_their_own(kind: Kind, world: World) -> None:
    record = born(kind, world)
    client = signed_in(world.ana)
    model = getattr(record, kind.accessor)
    for verb in kind.verbs:
        if verb.offered(model):
            response = client.get(f"{page_of(record)}/{verb.name}")
            assert response.status_code == 200
            assert faults(response) == []


@every_kind
def test_another_company_finds_nothing(kind: Kind, world: World) -> None:
    assert_hidden(world.zoe, born(kind, world))


@every_kind
def test_who_sees_only_his_own_finds_nothing_of_others(kind: Kind, world: World) -> None:
    if world.eva.scope(kind.name, Action.VIEW) is Scope.ALL:
        pytest.skip("Collaborators see all of this kind.")
    assert_hidden(world.eva, born(kind, world))


def assert_hidden(user: User, record: Record) -> None:
    client = signed_in(user)
    path, page = f"/{record.declaration.path}/", page_of(record)
    verbs = [f"{page}/{verb.name}" for verb in record.declaration.verbs]
    around = [f"{page}/{name}" for name in ("timeline", "files", "links", "notes")]
    for address in [
        *around,
        page,
        f"{page}/edit",
        f"{path}new?origin={record.number}",
        f"{page}?as_of=2020-01-01",
        *verbs,
    ]:
        assert client.get(address).status_code in {403, 404}, address
        assert record.title not in client.get(address).content.decode()
    for address in [f"{page}/edit", f"{page}/archive", *verbs, *around[1:]]:
        assert client.post(address, {"archived": "1"}).status_code in {403, 404}, address
    for address in [
        path,
        f"/search?q={record.number}",
        f"/search?party={record.number}",
        f"/lookup?kinds={record.kind}&q=",
    ]:
        assert record.title not in client.get(address).content.decode(), address
        assert page not in Page.of(client.get(address)).links, address
    assert Record.objects.get(pk=record.pk).archived_at is None


@every_kind
def test_a_refused_form_keeps_what_was_typed_and_creates_nothing(kind: Kind, world: World) -> None:
    client = signed_in(world.ana)
    data = Page.of(client.get(f"/{kind.path}/new")).data
    name, other = heading(kind), prose(kind)

    response = client.post(f"/{kind.path}/new", {**data, name: "", other: "Lo que ya estaba escrito"})

    assert response.status_code == 422
    page = Page.of(response)
    assert page.data[other] == "Lo que ya estaba escrito"
    assert f"id_{name}_error" in page.attribute("id")
    assert not Record.objects.filter(kind=kind.name).exists()


@every_kind
def test_only_what_was_changed_is_saved(kind: Kind, world: World) -> None:
    record = born(kind, world)
    client = signed_in(world.ana)
    data = Page.of(client.get(f"{page_of(record)}/edit")).data
    other = prose(kind)

    response = client.post(f"{page_of(record)}/edit", {**data, other: "Ahora con más detalle"})

    assert response.status_code == 302
    assert response.headers["Location"] == page_of(record)
    after = Record.objects.get(pk=record.pk)
    assert (after.title, after.owner, after.party) == (record.title, record.owner, record.party)
    assert getattr(getattr(after, kind.accessor), other) == "Ahora con más detalle"


@every_start
def test_it_is_born_from_its_origin_prefilled_and_both_pages_link_each_other(
    origin_kind: Kind, kind: Kind, world: World
) -> None:
    origin = ready_to_make(kind, origin_kind, world, **with_party(origin_kind, world))
    client = signed_in(world.ana)
    entry = next(entry for entry in creatable(origin, world.ana) if entry.kind is kind)
    assert entry.allowed
    address = f"/{kind.path}/new?origin={origin.number}"
    assert address in Page.of(client.get(page_of(origin))).links

    form = client.get(address)
    page = Page.of(form)
    for filled, prefilled in entry.start.prefill(origin, world.ana).items():
        if prefilled.value not in (None, "") and filled in form.context["form"].fields:
            assert f"id_{filled}_source" in page.attribute("id"), filled
            with translation.override("en"):
                assert str(prefilled.source) in page.text
    fields = (
        typed(kind, world)
        | {name: value for name, value in page.data.items() if value}
        | {heading(kind): "Lo que nace"}
    )
    response = client.post(address, fields)

    assert response.status_code == 302
    made = Record.objects.get(kind=kind.name, title="Lo que nace")
    assert response.headers["Location"] == page_of(made)
    assert made.origin == origin
    if origin.party is not None and admits(kind, origin.party):
        assert made.party == origin.party
    assert page_of(made) in Page.of(client.get(page_of(origin))).links
    assert page_of(origin) in Page.of(client.get(page_of(made))).links


@every_kind
def test_what_is_archived_leaves_the_list_and_creates_nothing_until_it_is_brought_back(
    kind: Kind, world: World
) -> None:
    record = born(kind, world)
    client = signed_in(world.ana)

    client.post(f"{page_of(record)}/archive", {"archived": "1"})
    assert page_of(record) not in Page.of(client.get(f"/{kind.path}/")).links
    assert [entry.allowed for entry in creatable(Record.objects.get(pk=record.pk), world.ana)].count(True) == 0
    assert client.get(page_of(record)).status_code == 200

    client.post(f"{page_of(record)}/archive", {"archived": "0"})
    assert page_of(record) in Page.of(client.get(f"/{kind.path}/")).links


@every_kind
def test_a_list_costs_the_same_for_one_and_for_fifty_rows(kind: Kind, world: World) -> None:
    def fill(how_many: int) -> None:
        for _n in range(how_many):
            born(kind, world, **with_party(kind, world))

    fill(1)
    client = signed_in(world.ana)
    one = queries(client, f"/{kind.path}/")
    fill(49)
    assert queries(client, f"/{kind.path}/") == one


@every_kind
def test_a_page_costs_the_same_with_one_and_with_a_dozen_of_all_that_it_shows(kind: Kind, world: World) -> None:
    record = born(kind, world)
    client = signed_in(world.ana)

    def fill(how_many: int) -> None:
        for _n in range(how_many):
            world.activity(origin=record, assignee=world.luis)
            for other in kinds:
                if not other.is_party and not other.follows_origin:
                    party: Any = {"party": record.party} if record.party and admits(other, record.party) else {}
                    start = other.start_from(kind.name)
                    apart = other is kind or (start is not None and bool(start.why_not(record, world.ana)))
                    born(other, world, origin=None if apart else record, **party)

    fill(1)
    one = queries(client, page_of(record))
    fill(11)
    # Never more; fewer where the newest lines of the timeline name fewer sorts of things.
    assert queries(client, page_of(record)) <= one


def queries(client: Client, address: str) -> int:
    client.get(address)  # what is asked once and kept (the session, the zone's data) is not counted
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_an_archived_record_says_so_in_its_create_menu(world: World) -> None:
    record = world.customer()
    archive(record, actor=world.actor())

    page = Page.of(signed_in(world.ana).get(page_of(record)))

    assert "The record is archived." in page.text
    assert not [link for link in page.links if "/new?origin=" in link]
