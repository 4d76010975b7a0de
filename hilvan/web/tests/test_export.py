"""Lists as files."""

from __future__ import annotations

import csv
import datetime as dt
import io
import tracemalloc
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from hilvan.people.models import Role
from hilvan.records.kinds import Kind
from hilvan.records.services import archive
from hilvan.web import export
from tests.every_kind.making import born, every_kind, with_party
from tests.pages import signed_in
from tests.world import World

FORMULAS = ["=HYPERLINK(A1)", "+1+1", "-2+3", "@SUM(A1)", "＝1+1", "#N/A"]


def fetched(client: Client, address: str) -> tuple[bytes, Any]:
    response: Any = client.get(address)
    assert response.status_code == 200, address
    return b"".join(response.streaming_content), response


def csv_rows(client: Client, address: str, delimiter: str = ",") -> list[dict[str, str]]:
    content, _response = fetched(client, address)
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=delimiter))


def xlsx_rows(client: Client, address: str) -> list[dict[str, Any]]:
    content, _response = fetched(client, address)
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    headings, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    return [dict(zip(headings, row, strict=True)) for row in rows]


def test_a_list_is_exported_whole_with_its_filters_newest_first(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "CHUNK", 2)
    for n in range(5):
        world.customer(f"Sol {n}", city="Zaragoza")
    world.customer("Luna")
    archive(world.customer("Sol antiguo"), actor=world.actor())

    rows = csv_rows(signed_in(world.ana), "/customers/export?format=csv&q=sol")

    assert [row["Name"] for row in rows] == [f"Sol {n}" for n in (4, 3, 2, 1, 0)]
    assert {row["City"] for row in rows} == {"Zaragoza"}
    assert rows[0]["State"] == "Active"
    assert rows[0]["Created by"] == "Ana Gil"


@every_kind
def test_every_kind_is_exported_in_as_many_queries_whatever_its_rows(kind: Kind, world: World) -> None:
    client = signed_in(world.ana)
    address = f"/{kind.path}/export?format="
    first = born(kind, world)

    def queries() -> int:
        fetched(client, f"{address}csv")
        with CaptureQueriesContext(connection) as captured:
            rows = csv_rows(client, f"{address}csv")
        assert first.number in {row["Number"] for row in rows}
        return len(captured)

    one = queries()
    for _n in range(5):
        born(kind, world, **with_party(kind, world))
    assert queries() == one
    assert first.number in {row["Number"] for row in xlsx_rows(client, f"{address}xlsx")}


def test_each_chunk_is_one_query_however_many_rows(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.needs("opportunity")
    party = world.customer()
    client = signed_in(world.ana)

    def queries() -> int:
        fetched(client, "/opportunities/export?format=csv")
        with CaptureQueriesContext(connection) as captured:
            fetched(client, "/opportunities/export?format=csv")
        return len(captured)

    world.opportunity(party=party)
    one = queries()
    for _n in range(19):
        world.opportunity(party=party, contact=world.contact(party=party))
    assert queries() == one
    monkeypatch.setattr(export, "CHUNK", 10)
    assert queries() == one + 2


def test_amounts_dates_and_instants_are_cells_of_these_types(world: World) -> None:
    world.needs("opportunity")
    record = world.opportunity(
        "Horno", expected_amount=Decimal("12400.50"), expected_close_on=dt.date(2030, 12, 15), probability=60
    )

    [row] = xlsx_rows(signed_in(world.ana), "/opportunities/export?format=xlsx")

    assert row["Number"] == record.number
    assert row["Expected amount, €"] == 12400.5
    assert row["Expected close"] == dt.datetime(2030, 12, 15)  # noqa: DTZ001 (a sheet has no zones)
    assert row["Probability, %"] == 60
    made = record.created_at.astimezone(world.company.zone).replace(tzinfo=None, microsecond=0)
    assert abs(row["Created"] - made) < dt.timedelta(seconds=1)
    assert record.party is not None
    assert (row["Customer"], row["Customer, number"]) == (record.party.title, record.party.number)


@pytest.mark.parametrize(("language", "delimiter", "amount"), [("es", ";", "12400,50"), ("en", ",", "12400.50")])
def test_a_csv_is_written_as_the_spreadsheet_of_the_language_reads_it(
    world: World, language: str, delimiter: str, amount: str
) -> None:
    world.needs("opportunity")
    world.opportunity("Horno; grande, «ñ»", expected_amount=Decimal("12400.50"))

    content, response = fetched(signed_in(world.ana, language), "/opportunities/export?format=csv")

    assert content.startswith(b"\xef\xbb\xbf")
    [heading, row] = csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=delimiter)
    assert "Horno; grande, «ñ»" in row
    assert amount in row
    with translation.override(language):
        assert translation.gettext("Number") == heading[0]
    today = timezone.now().astimezone(world.company.zone).date()
    assert f"{today.isoformat()}.csv" in response["Content-Disposition"]
    assert response["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("title", FORMULAS)
def test_what_looks_like_a_formula_is_only_text(world: World, title: str) -> None:
    world.customer(title, notes="\t=1+1", phone="+34 976 12 34 56")
    client = signed_in(world.ana)

    [row] = csv_rows(client, "/customers/export?format=csv")
    assert row["Name"] == (title if title == "#N/A" else f"'{title}")
    assert row["Telephone"] == "'+34 976 12 34 56"

    content, _response = fetched(client, "/customers/export?format=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    [cell] = [cell for cell in sheet[2] if cell.value == title]
    assert cell.data_type == "s"


def test_control_characters_and_years_before_spreadsheets_break_no_file(world: World) -> None:
    world.needs("opportunity")
    world.opportunity("Uno\x1b[31m", expected_close_on=dt.date(1066, 10, 14))
    client = signed_in(world.ana)

    [row] = xlsx_rows(client, "/opportunities/export?format=xlsx")

    assert row["What it is about"] == "Uno[31m"
    assert row["Expected close"] == "1066-10-14"
    assert csv_rows(client, "/opportunities/export?format=csv")[0]["Expected close"] == "1066-10-14"


def test_nobody_exports_what_he_may_not_see(world: World) -> None:
    world.needs("opportunity")
    party = world.customer()
    world.opportunity("De Ana", party=party)
    mine = world.opportunity("De Eva", party=party, by=world.eva)
    world.needs("customer")

    assert [row["Number"] for row in csv_rows(signed_in(world.eva), "/opportunities/export?format=csv")] == [
        mine.number
    ]
    assert csv_rows(signed_in(world.zoe), "/opportunities/export?format=csv") == []
    Role.objects.filter(company=world.other_company, code="member").update(grants={})
    assert signed_in(world.zoe).get("/opportunities/export?format=csv").status_code == 404
    assert Client().get("/opportunities/export?format=csv").status_code == 302


@pytest.mark.parametrize("kind", ["", "pdf", "csv%00"])
def test_another_format_does_not_exist(world: World, kind: str) -> None:
    assert signed_in(world.ana).get(f"/customers/export?format={kind}").status_code == 404


def test_more_rows_than_a_file_takes_are_refused_on_the_list(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(export.LIMITS, "xlsx", 2)
    for n in range(3):
        world.customer(f"Sol {n}")
    client = signed_in(world.ana)

    response = client.get("/customers/export?format=xlsx&q=sol", follow=True)

    assert response.redirect_chain == [("/customers/?q=sol", 302)]
    assert "These are more than 2 rows: choose fewer with the filters." in response.content.decode()
    assert len(csv_rows(client, "/customers/export?format=csv")) == 3


def test_so_many_exports_at_once_and_no_more(world: World) -> None:
    client = signed_in(world.ana)
    assert export.AT_ONCE.acquire(blocking=False)
    assert export.AT_ONCE.acquire(blocking=False)
    try:
        response = client.get("/customers/export?format=csv", follow=True)
    finally:
        export.AT_ONCE.release()
        export.AT_ONCE.release()

    assert response.redirect_chain == [("/customers/", 302)]
    assert "Other exports are under way" in response.content.decode()
    assert csv_rows(client, "/customers/export?format=csv") == []


def test_an_export_that_fails_gives_its_turn_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(world.ana)
    client.raise_request_exception = False

    def broken(*_args: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(export, "write_csv", broken)
        assert [client.get("/customers/export?format=csv").status_code for _n in range(3)] == [500] * 3
    assert csv_rows(client, "/customers/export?format=csv") == []


@pytest.mark.parametrize("write", [export.write_csv, export.write_xlsx])
def test_the_memory_of_an_export_does_not_grow_with_its_rows(write: Any) -> None:
    def peak(rows: int) -> int:
        with io.FileIO("/dev/null", "w") if write is export.write_csv else io.BytesIO() as file:
            tracemalloc.start()
            write(file, ["a", "b"], (["texto " * 20, n] for n in range(rows)))
            _now, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        return most

    few = peak(500)
    assert peak(10_000) < few + 1_000_000


def test_notices_users_and_teams_are_exported_too(world: World) -> None:
    record = world.activity("Llamar a Marta", by=world.luis, assignee=world.ana)
    world.activity(assignee=world.ana)
    client = signed_in(world.jefa)

    [notice] = csv_rows(client, "/notices/export?format=csv&state=queued")
    assert (notice["Recipient"], notice["About"], notice["About, number"], notice["Caused by"]) == (
        "Ana Gil", "Llamar a Marta", record.number, "Luis Peña",
    )  # fmt: skip
    assert len(csv_rows(client, "/notices/export?format=csv")) == 2
    users = csv_rows(client, "/administration/users/export?format=csv")
    assert {row["User name"]: row["Teams"] for row in users} == {
        "jefa": "",
        "ana": "Ventas",
        "luis": "Ventas",
        "eva": "",
    }
    assert csv_rows(client, "/administration/users/export?format=csv&q=peña")[0]["Name"] == "Luis Peña"
    [team] = xlsx_rows(client, "/administration/teams/export?format=xlsx")
    assert sorted(team["Members"].split(", ")) == ["Ana Gil", "Luis Peña"]
    for part in ("users", "teams"):
        assert signed_in(world.ana).get(f"/administration/{part}/export?format=csv").status_code == 403
