"""Birth, change and walls, through the services of each kind."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone
from psycopg.errors import ForeignKeyViolation

from hilvan.people.permissions import Action, Scope
from hilvan.records.install import missing_triggers
from hilvan.records.kinds import Kind, State
from hilvan.records.models import Change, Record
from hilvan.records.services import may
from tests.world import World

from .making import born, every_kind, heading, least, with_party


def at_once(statement: str, values: list[Any]) -> None:
    """One statement with all its constraints checked; undone where it is refused."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def states_of(kind: Kind) -> list[State | None]:
    return list(kind.states.values()) if kind.state_of else [None]


@every_kind
def test_it_is_born_with_number_company_maker_and_row(world: World, kind: Kind) -> None:
    year = timezone.now().astimezone(world.company.zone).year

    record = Record.objects.get(pk=born(kind, world).pk)

    assert record.number.startswith(f"{kind.draft_prefix or kind.prefix}-{year}-")
    assert (record.kind, record.title, record.company) == (kind.name, "Algo nuevo", world.company)
    assert (record.created_by, record.origin, record.archived_at) == (world.ana, None, None)
    assert (record.party_id == record.pk) is kind.is_party
    assert getattr(record, kind.accessor).company_id == world.company.pk


@every_kind
def test_its_models_defaults_make_a_record(world: World, kind: Kind) -> None:
    if not least(kind, world).keys() <= {"title", "party"}:
        pytest.skip("needs more than its Record: an import of these goes through services of its own")
    record = Record.objects.create(
        company=world.company,
        kind=kind.name,
        number=f"{kind.prefix}-2020-1",
        title="Nada más",
        created_at=timezone.now(),
    )
    model = kind.model(record=record, company=world.company)
    model.save(force_insert=True)

    model = kind.model._default_manager.select_related("record").get(pk=record.pk)
    assert json.loads(json.dumps(kind.describe(model))) == kind.describe(model)
    assert kind.state(model) in states_of(kind)
    assert all(fact.value not in (None, "") for fact in kind.facts(model))
    for column in kind.columns:
        column.value(model)


@every_kind
def test_it_is_told_in_json_and_in_words(world: World, kind: Kind) -> None:
    record = born(kind, world)
    model = getattr(Record.objects.get(pk=record.pk), kind.accessor)
    assert json.loads(json.dumps(kind.describe(model))) == kind.describe(model)
    assert kind.state(model) in states_of(kind)
    if kind.in_state is not None:
        standing = [
            code
            for code in kind.states
            if kind.model._default_manager.filter(kind.in_state(code), pk=record.pk).exists()
        ]
        assert [kind.states[code] for code in standing] == [kind.state(model)]
    card = kind.contact_card(record)
    assert card is None or card.name in {record.title, record.party.title if record.party else None}


@every_kind
def test_form_schema_and_service_name_the_same_fields(kind: Kind) -> None:
    of_schema = set(kind.schema.model_fields) - {"origin", "ref", "note", "state", "result", "deferred"}
    of_form = set(kind.form.base_fields) - {"deferred"}
    assert of_form <= of_schema
    assert kind.schema.model_config["extra"] == "forbid"
    assert not [name for name, field in kind.schema.model_fields.items() if field.is_required()]
    for verb in kind.verbs:
        taken = set(inspect.signature(verb.run).parameters) - {"record", "actor"}
        assert set(verb.form.base_fields if verb.form else ()) == taken
        assert set(verb.schema.model_fields if verb.schema else ()) == taken


@every_kind
def test_without_anything_it_says_by_field_what_is_missing(world: World, kind: Kind) -> None:
    with pytest.raises(ValidationError) as refused:
        kind.create(actor=world.actor())
    assert refused.value.message_dict.keys() <= least(kind, world).keys()


@every_kind
@pytest.mark.parametrize("text", ["\x00", " ", "x" * 256])
def test_its_heading_is_a_text_of_255_characters_without_nul(world: World, kind: Kind, text: str) -> None:
    record = born(kind, world)
    fields = {**least(kind, world), heading(kind): text}
    count = Record.objects.count()
    with pytest.raises(ValidationError) as refused:
        kind.create(actor=world.actor(), **fields)
    assert list(refused.value.message_dict) == [heading(kind)]
    with pytest.raises(ValidationError) as refused:
        kind.change(record, actor=world.actor(), **{heading(kind): text})
    assert list(refused.value.message_dict) == [heading(kind)]

    assert Record.objects.count() == count
    record.refresh_from_db()
    assert record.title == "Algo nuevo"


@every_kind
def test_nobody_may_make_or_change_it_without_the_right(world: World, kind: Kind) -> None:
    record = born(kind, world)
    world.luis.role = world.company.roles.get(code="reader")
    with pytest.raises(PermissionDenied):
        born(kind, world, by=world.luis)
    for user in (world.luis, world.eva, world.zoe):
        with pytest.raises(PermissionDenied):
            kind.change(record, actor=world.actor(user), **{heading(kind): "Otra cosa"})
    record.refresh_from_db()
    assert record.title == "Algo nuevo"


@every_kind
def test_who_sees_it(world: World, kind: Kind) -> None:
    record = born(kind, world)
    sees = {
        user.username: Record.objects.visible_to(user).filter(pk=record.pk).exists()
        for user in (world.jefa, world.ana, world.luis, world.eva, world.zoe)
    }
    # The role of a collaborator sees every customer, and of most else what is hers or her team's.
    sees_all = world.eva.scope(kind.name, Action.VIEW) is Scope.ALL
    assert sees == {"jefa": True, "ana": True, "luis": True, "eva": sees_all, "zoe": False}
    for reference in (str(record.uuid), record.number, record.number.lower()):
        assert Record.objects.find(world.luis, reference) == record
        assert Record.objects.find(world.zoe, reference) is None
    assert not may(world.zoe, Action.VIEW, record)


@every_kind
def test_what_is_entrusted_to_her_a_collaborator_sees_and_changes(world: World, kind: Kind) -> None:
    responsible = "assignee" if "assignee" in kind.form.base_fields else "owner"
    record = born(kind, world, **{responsible: world.eva})
    assert Record.objects.visible_to(world.eva).filter(pk=record.pk).exists()
    if world.eva.may(Action.CHANGE, kind.name):
        kind.change(record, actor=world.actor(world.eva), **{heading(kind): "Mía"})
        record.refresh_from_db()
        assert record.title == "Mía"


@every_kind
def test_no_reference_crosses_the_wall_between_companies(world: World, kind: Kind) -> None:
    record = born(kind, world)
    foreign = world.customer("Ajena", by=world.zoe)
    own = with_party(kind, world)
    responsible = "assignee" if "assignee" in kind.form.base_fields else "owner"
    references: dict[str, Any] = {responsible: world.zoe, "origin": foreign} | with_party(kind, world, by=world.zoe)
    for name, value in references.items():
        with pytest.raises(ValidationError) as refused:
            born(kind, world, **{**own, name: value})
        assert list(refused.value.message_dict) == [name]
        if name != "origin":
            with pytest.raises(ValidationError):
                kind.change(record, actor=world.actor(), **{name: value})
    assert list(Record.objects.filter(kind=kind.name, company=world.company)) == [record]
    for column, key in (("party_id", foreign.pk), ("owner_id", world.zoe.pk)):
        with pytest.raises(IntegrityError):
            at_once(f"UPDATE records_record SET {column} = %s WHERE id = %s", [key, record.pk])


@every_kind
@pytest.mark.parametrize("column", ["company_id", "kind", "number", "uuid", "origin_id", "created_by_id", "created_at"])
def test_what_was_fixed_at_birth_the_database_keeps(world: World, kind: Kind, column: str) -> None:
    record = born(kind, world)
    value = {
        "company_id": world.other_company.pk,
        "kind": "other",
        "number": "XX-2020-000001",
        "uuid": "00000000-0000-7000-8000-000000000000",
        "origin_id": world.customer().pk,
        "created_by_id": world.luis.pk,
        "created_at": timezone.now(),
    }[column]
    with pytest.raises(DatabaseError) as refused:
        at_once(f"UPDATE records_record SET {column} = %s WHERE id = %s", [value, record.pk])
    # The company is guarded twice: by the keys that other rows have to it, too.
    expected = {"HV004", ForeignKeyViolation.sqlstate} if column == "company_id" else {"HV004"}
    assert refused.value.__cause__.sqlstate in expected  # type: ignore[union-attr]


@every_kind
def test_the_row_of_its_own_table_stays_in_its_company(world: World, kind: Kind) -> None:
    record = born(kind, world)
    table = kind.model._meta.db_table
    with pytest.raises(DatabaseError):
        at_once(f"UPDATE {table} SET company_id = %s WHERE record_id = %s", [world.other_company.pk, record.pk])

    stray = Record.objects.create(
        company=world.other_company, kind=kind.name, number="ZZ-2020-1", title="Ajena", created_at=timezone.now()
    )
    columns = [field.column for field in kind.model._meta.concrete_fields if not field.generated]
    others = ", ".join(f'"{name}"' for name in columns if name != "record_id")
    copy = f"INSERT INTO {table} (record_id, {others}) SELECT %s, {others} FROM {table} WHERE record_id = %s"
    with pytest.raises(IntegrityError):
        at_once(copy, [stray.pk, record.pk])


def test_every_table_writes_its_history(db: None) -> None:
    assert missing_triggers() == []
    assert not Change.objects.exists()
