"""Many change the same activities at once, through services and plain SQL: the history stays whole."""

from __future__ import annotations

import datetime as dt
import os
import random
import threading
import time
from collections import Counter

import psycopg
import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from hilvan.activities import counts
from hilvan.activities import invariants as activity_invariants
from hilvan.activities.lifecycle import TRANSITIONS, TransitionRefused
from hilvan.activities.models import State
from hilvan.activities.selection import Filters, page
from hilvan.activities.services import change_activity, transition
from hilvan.people.models import User
from hilvan.records import invariants
from hilvan.records.history import is_settled
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from tests.world import World

THREADS = 8
SECONDS = 10


def assert_whole() -> None:
    assert invariants.violations() == []
    assert activity_invariants.violations() == []


@pytest.mark.slow
def test_eight_threads_leave_no_gap_no_overlap_and_no_error(committed_world: World) -> None:
    world = committed_world
    parties = [kinds["customer"].create(actor=world.actor(), title=f"Cliente {n}") for n in range(3)]
    records = [world.activity(f"Tarea {n}", assignee=world.luis) for n in range(6)]
    people = [world.ana, world.luis, world.eva]
    outcome: Counter[str] = Counter()
    errors: list[BaseException] = []
    stop = time.monotonic() + SECONDS

    def through_services(rng: random.Random, record: Record, user: User) -> None:
        actor = world.actor(user)
        match rng.randrange(4):
            case 0:
                change_activity(record, actor=actor, subject=f"Asunto {rng.randrange(1000)}")
            case 1:
                change_activity(record, actor=actor, party=rng.choice(parties))
            case 2:
                change_activity(record, actor=actor, assignee=rng.choice([*people, None]))
            case _:
                to = rng.choice(list(State))
                transition(record, actor=actor, to=to, reason="customer")

    def through_sql(rng: random.Random, sql: psycopg.Connection[object]) -> None:
        some = [record.pk for record in rng.sample(records, 2)]
        with sql.transaction():
            for key in sorted(some) if rng.random() < 0.5 else some[:1]:
                sql.execute(
                    "UPDATE activities_activity SET subject = %s, party_id = %s, assignee_id = %s, state = %s"
                    " WHERE record_id = %s",
                    [
                        f"SQL {rng.randrange(1000)}",
                        rng.choice(parties).pk,
                        rng.choice(people).pk,
                        rng.choice(list(State)).value,
                        key,
                    ],
                )

    def work(seed: int) -> None:
        rng = random.Random(seed)
        try:
            with psycopg.connect(os.environ["HILVAN_DATABASE_URL"], autocommit=True) as sql:
                while time.monotonic() < stop:
                    try:
                        if seed % 2:
                            through_sql(rng, sql)
                        else:
                            through_services(rng, rng.choice(records), world.ana)
                        outcome["done"] += 1
                    except (TransitionRefused, ValidationError):
                        outcome["refused"] += 1
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        counts.fold(100)
        time.sleep(0.2)
    assert errors == []
    assert outcome["done"] > THREADS * SECONDS
    assert set(TRANSITIONS) == set(State)
    assert_whole()


def test_a_transaction_held_open_never_changes_a_settled_answer(committed_world: World) -> None:
    """The change counts from 5 s before it is committed; as of that instant the answer says that it may change."""
    world = committed_world
    record = world.activity("Antes")
    with psycopg.connect(os.environ["HILVAN_DATABASE_URL"]) as sql:
        sql.execute("UPDATE activities_activity SET subject = 'Después'")
        row = sql.execute("SELECT max(at) FROM records_change").fetchone()
        assert row is not None
        during = row[0]
        time.sleep(5)
        before = page(world.ana, Filters(), as_of=during).items[0]["subject"]
        assert (before, is_settled(during)) == ("Antes", False)
        sql.commit()
    assert page(world.ana, Filters(), as_of=during).items[0]["subject"] == "Después"
    assert not is_settled(during)
    assert Record.objects.get(pk=record.pk).title == "Después"
    assert_whole()


def test_a_transaction_that_lasts_longer_than_the_limit_cannot_commit(committed_world: World) -> None:
    """As if its first change were 31 s old, which only the owner can write."""
    record = committed_world.activity("Antes")
    with psycopg.connect(os.environ["HILVAN_DATABASE_OWNER_URL"]) as owner:
        owner.execute(
            "INSERT INTO records_change (company_id, record_id, table_name, row_id, operation, at, recorded_at,"
            " transaction, channel, verb, db_session, digest)"
            " VALUES (%s, %s, 'x', 1, 'U', clock_timestamp() - interval '31 s',"
            " clock_timestamp() - interval '31 s', pg_current_xact_id(), '', '', '', '')",
            [committed_world.company.pk, record.pk],
        )
        with pytest.raises(psycopg.Error) as refused:
            owner.commit()
    assert refused.value.sqlstate == "HV005"


def test_nothing_is_settled_from_before_which_a_transaction_still_counts_though_it_evaded_the_limit(
    committed_world: World,
) -> None:
    """As by SET CONSTRAINTS ALL IMMEDIATE, after which the limit is checked at the change instead of at the commit."""
    record = committed_world.activity("Antes")
    with psycopg.connect(os.environ["HILVAN_DATABASE_OWNER_URL"]) as owner:
        owner.execute("ALTER TABLE records_change DISABLE TRIGGER keep_limit")
        row = owner.execute(
            "INSERT INTO records_change (company_id, record_id, table_name, row_id, operation, at, recorded_at,"
            " transaction, channel, verb, db_session, digest)"
            " VALUES (%s, 0, 'x', 1, 'U', clock_timestamp() - interval '31 s', clock_timestamp() - interval '31 s',"
            " pg_current_xact_id(), '', '', '', '') RETURNING at",
            [committed_world.company.pk],
        ).fetchone()
        assert row is not None
        assert is_settled(row[0])
        owner.execute("UPDATE activities_activity SET subject = 'Después' WHERE record_id = %s", [record.pk])
        assert not is_settled(row[0])
        assert is_settled(row[0] - dt.timedelta(seconds=1))
        owner.rollback()
    assert is_settled(row[0])
