"""The import of tables: what will happen, what has happened, and what was refused."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hilvan.activities.models import Activity
from hilvan.importing.models import Stage, TableImport
from hilvan.importing.tables import running, services
from hilvan.importing.tables.plans import Choices
from hilvan.notifications.models import Notice, Suppression
from hilvan.people.models import User
from hilvan.records import invariants
from hilvan.records.history import entries
from hilvan.records.kinds import kinds
from hilvan.records.models import Change, Record
from tests.world import World

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "crm_sales"


def bring(world: World, kind: str, text: str | bytes, *, by: User | None = None, **chosen: Any) -> TableImport:
    """A table, checked; ``chosen`` replaces what was guessed."""
    data = text.encode() if isinstance(text, str) else text
    table = services.upload(io.BytesIO(data), name="table.csv", kind=kinds[kind], user=by or world.jefa)
    if chosen:
        table = services.choose(table, Choices(**{**table.choices, **chosen}), user=by or world.jefa)
    return running.run(table)


def carry_out(table: TableImport) -> TableImport:
    table = services.start(table)
    return running.run(table)


def told(table: TableImport) -> list[tuple[int, str, str]]:
    """Row by row: the line, the outcome and why."""
    return [
        (row.line, row.outcome, services.in_words(table.columns, row.reasons)) for row in table.rows.order_by("line")
    ]


CUSTOMERS = (
    "Razón social;NIF;Teléfono;País;Observaciones;Otra cosa\n"
    "Panadería Sol;B75777847;976 123 456;España;Buen cliente;x\n"
    "Mala S.L.;B99999999;;Francia;;\n"
    "Boulangerie;;;France;;\n"
)


def test_nothing_is_written_before_it_is_told_to(world: World) -> None:
    before = Record.objects.count(), Change.objects.count()
    table = bring(world, "customer", CUSTOMERS)
    assert (Record.objects.count(), Change.objects.count()) == before
    assert table.stage == Stage.CHECKED
    assert table.choices["fields"] == {"0": "title", "1": "tax_id", "2": "phone", "3": "country", "4": "notes"}
    assert told(table) == [
        (2, "new", ""),
        (3, "refused", "NIF: No es un NIF, NIE, CIF o NIF-IVA de la UE válido."),
        (4, "new", ""),
    ]


def test_what_was_refused_can_be_corrected_and_loaded_again(world: World) -> None:
    table = carry_out(bring(world, "customer", CUSTOMERS))
    assert table.counts == {"new": 2, "refused": 1}
    rows = list(services.refused_rows(table))
    assert [len(row) for row in rows] == [7, 7]
    assert rows[0][1:] == table.columns
    rows[1][2] = "B75777847"  # now it is the other's
    again = bring(world, "customer", "\n".join(";".join(row) for row in rows), existing="skip")
    assert again.choices["fields"] == {"1": "title", "2": "tax_id", "3": "phone", "4": "country", "5": "notes"}
    number = Record.objects.get(title="Panadería Sol").number
    assert told(again) == [(2, "same", f"Ya existe: {number} (mismo campo «Identificador fiscal»).")]
    rows[1][2] = ""
    assert carry_out(bring(world, "customer", "\n".join(";".join(row) for row in rows))).counts == {"new": 1}
    assert Record.objects.get(title="Mala S.L.").as_customer.country == "FR"


def test_a_row_is_the_same_by_its_surest_key(world: World) -> None:
    sol = world.customer("Panadería Sol", tax_id="B75777847", phone="1")
    mar = world.customer("Hermanos Mar", phone="1")
    table = bring(
        world, "customer",
        "name;tax_id;phone\nOtro nombre;B-75777847;2\nHERMANOS MAR;;3\nPanadería Sol;A28015865;4\nLuna;;5\nluna;;6\n",
        existing="change",
    )  # fmt: skip
    assert [(line, outcome) for line, outcome, _why in told(table)] == [
        (2, "changed"), (3, "changed"), (4, "new"), (5, "new"), (6, "same"),
    ]  # fmt: skip
    assert Record.objects.get(pk=sol.pk).title == "Panadería Sol"
    carry_out(table)
    sol.refresh_from_db()
    assert (sol.title, sol.as_customer.phone) == ("Otro nombre", "2")
    assert Record.objects.get(pk=mar.pk).as_customer.phone == "3"


def test_a_change_leaves_what_the_table_does_not_say_and_what_one_may_not_change(world: World) -> None:
    sol = world.customer("Panadería Sol", phone="1", city="Zaragoza")
    table = carry_out(
        bring(world, "customer", f"number;city;phone\n{sol.number};;2\nCLI-2020-000001;x;1\n", existing="change")
    )
    assert told(table)[1][1] == "refused"
    sol = Record.objects.get(pk=sol.pk)
    assert (sol.title, sol.as_customer.city, sol.as_customer.phone) == ("Panadería Sol", "Zaragoza", "2")
    assert entries(sol)[0].channel == "import"


OPPORTUNITIES = (
    "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"
    "A1,Ana Gil,Horno,Panadería Sol,Won,2016-10-20,2017-03-01,1054\n"
    "A2,ana,Horno,Panadería Sol,Lost,2016-10-20,2017-03-02,0\n"
    "A3,,Horno,Panadería Sol,Engaging,2016-10-20,,\n"
    "A4,Nadie Nunca,Horno,Panadería Sol,Prospecting,,,\n"
    "A5,,Horno,,Won,2016-10-20,2017-03-01,1\n"
    "A6,,Horno,Nueva,Won,2017-03-01,2016-10-20,1\n"
    "A7,,Horno,Nueva,Mystery,2016-10-20,,1\n"
    "A8,,Horno,Nueva,Won,2199-01-01,,1\n"
    "A1,,Horno,Panadería Sol,Won,2016-10-20,2017-03-01,1054\n"
)


def test_opportunities_arrive_won_and_lost_on_their_days(world: World) -> None:
    world.needs("opportunity")
    world.customer("Panadería Sol")
    table = bring(world, "opportunity", OPPORTUNITIES, parties="create", people="inactive")
    assert [outcome for _line, outcome, _why in told(table)] == [
        "new", "new", "new", "new", "refused", "refused", "refused", "refused", "same",
    ]  # fmt: skip
    assert table.unknown == {"stage": {"Mystery": 1}}
    assert not User.objects.filter(name="Nadie Nunca").exists()
    choices = Choices(**{**table.choices, "words": {"stage": {"mystery": "won"}}})
    table = carry_out(running.run(services.choose(table, choices, user=world.jefa)))
    assert table.counts == {"new": 5, "refused": 3, "same": 1}

    won = Record.objects.get(ref="A1")
    zone = world.company.zone
    assert won.as_opportunity.stage == "won"
    assert won.as_opportunity.closed_at == dt.datetime(2017, 3, 1, tzinfo=zone)
    assert won.created_at == dt.datetime(2016, 10, 20, tzinfo=zone)
    assert won.number.startswith("OPO-2016-")
    assert won.owner == world.ana
    assert [(entry.at, entry.verb, entry.channel, entry.imported) for entry in entries(won)] == [
        (dt.datetime(2017, 3, 1, tzinfo=zone), "opportunity.win", "import", True),
        (dt.datetime(2016, 10, 20, tzinfo=zone), "opportunity.create", "import", True),
    ]
    assert {change.batch for change in won.changes.all()} == {table.uuid}
    assert Record.objects.get(ref="A2").as_opportunity.stage == "lost"
    assert Record.objects.get(ref="A3").as_opportunity.stage == "proposal"
    assert not User.objects.get(name="Nadie Nunca").is_active
    assert Record.objects.get(kind="customer", title="Nueva").created_at <= Record.objects.get(ref="A7").created_at


def test_activities_come_in_and_nobody_is_told(world: World) -> None:
    sol = world.customer("Panadería Sol")
    table = carry_out(bring(
        world, "activity",
        "Asunto;Tipo;Asignado a;Fecha;Estado;Resultado;Cerrada;Cliente;Prioridad\n"
        f"Llamar;Llamada;Luis Peña;4/3/2026 9:00;Cerrado;Contestada;5/3/2026;{sol.number};Alta\n"
        "Preparar;;luis;;;;;;\n"
        "Llamar;Llamada;;;Cerrado;;;;\n",
        fields={"0": "subject", "1": "type", "2": "assignee", "3": "start_at", "4": "state", "5": "result",
                "6": "closed_on", "7": "party", "8": "priority"},
    ))  # fmt: skip
    assert [outcome for _line, outcome, _why in told(table)] == ["new", "new", "refused"], told(table)
    call = Activity.objects.get(subject="Llamar")
    assert (call.state, call.result.code, call.priority, call.party) == ("closed", "answered", 2, sol)
    assert call.closed_at == dt.datetime(2026, 3, 5, tzinfo=world.company.zone)
    assert {notice.suppressed_by for notice in Notice.objects.filter(recipient=world.luis)} == {Suppression.IMPORT}
    assert Notice.objects.filter(recipient=world.luis).count() == 2
    assert Activity.objects.get(subject="Preparar").type.code == "task"


def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(world: World) -> None:
    world.customer("Panadería Sol")

    def queries(rows: int) -> int:
        text = "title;party;owner;stage;created_at;closed_on\n" + "\n".join(
            f"Horno {rows} {n};Panadería Sol;ana;won;2020-01-01;2020-02-{n % 28 + 1:02}" for n in range(rows)
        )
        table = services.start(bring(world, "opportunity", text))
        with CaptureQueriesContext(connection) as seen:
            running.advance(table.pk)
        table.refresh_from_db()
        assert table.counts == {"new": rows}
        return len(seen)

    world.needs("opportunity")
    assert queries(2) == queries(200)


def test_what_another_has_taken_meanwhile_refuses_its_row_alone(world: World) -> None:
    table = bring(world, "customer", "name;ref\nUna;R1\nDos;R2\nTres;R3\n")
    other = kinds["customer"].create(actor=world.actor(world.jefa), title="Cuatro", ref="R2")
    Record.objects.filter(pk=other.pk).update(archived_at=None)
    table = carry_out(table)
    assert [outcome for _line, outcome, _why in told(table)] == ["new", "same", "new"]


def test_who_may_not_create_a_kind_may_not_import_it(world: World) -> None:
    with pytest.raises(PermissionDenied):
        bring(world, "customer", CUSTOMERS, by=world.eva)
    assert not TableImport.objects.exists()


def test_unknown_users_are_made_for_administrators_alone(world: World) -> None:
    world.customer("Panadería Sol")
    table = bring(world, "customer", "name;owner\nLuna;Nadie\n", by=world.ana, people="inactive")
    assert [outcome for _line, outcome, _why in told(table)] == ["refused"]


def test_an_import_that_was_killed_goes_on_where_it_stood(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = committed_world
    monkeypatch.setattr(running, "BATCH", 10)
    text = "name\n" + "\n".join(f"Cliente {n:03}" for n in range(35))
    table = services.start(bring(world, "customer", text))
    assert running.advance(table.pk)

    class Killed(BaseException):
        pass

    def killed(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as kill:
        kill.setattr(running, "_keep", killed)  # after the records, before the batch is committed
        with pytest.raises(Killed):
            running.advance(table.pk)
    table.refresh_from_db()
    assert (table.done, Record.objects.filter(kind="customer").count()) == (10, 10)
    assert running.run(table).counts == {"new": 35}
    assert Record.objects.filter(kind="customer").count() == 35
    assert invariants.violations() == []


def test_tables_are_forgotten_when_their_time_is_over(world: World) -> None:
    table = carry_out(bring(world, "customer", "name\nLuna\n"))
    services.forget_expired()
    assert TableImport.objects.count() == 1
    TableImport.objects.update(expires_at=table.created_at)
    services.forget_expired()
    assert not TableImport.objects.exists()
    assert Record.objects.filter(title="Luna").exists()


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason="the real opportunities are not here: ../shared/data/crm_sales")
def test_8800_real_opportunities_come_in(committed_world: World) -> None:
    world = committed_world
    world.needs("opportunity")
    accounts = carry_out(bring(world, "customer", (DATA / "accounts.csv").read_bytes()))
    assert accounts.counts == {"new": 83, "refused": 2}  # "Philipines" and "Korea" are no countries
    table = bring(world, "opportunity", (DATA / "sales_pipeline.csv").read_bytes(), parties="create", people="inactive")
    table = carry_out(table)
    assert table.counts == {"new": 7375, "refused": 1425}  # those without an account
    stages = [Record.objects.filter(as_opportunity__stage=stage).count() for stage in ("won", "lost")]
    assert stages == [4238, 2473]
    assert Record.objects.filter(kind="customer").count() == 85
    assert User.objects.filter(company=world.company, is_active=False).count() == 30
