"""Remittances: what can be collected, what the bank is told, and what becomes of it."""

from __future__ import annotations

import datetime as dt
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from hilvan.parties.services import change_customer
from hilvan.receipts.services import create_receipt, return_receipt
from hilvan.records import invariants
from hilvan.records.history import entries
from hilvan.records.kinds import kinds
from hilvan.records.models import Link, Record
from hilvan.records.services import creatable, prefill
from hilvan.remittances.accounts import put_account
from hilvan.remittances.eligible import candidates
from hilvan.remittances.models import BankAccount, Item, Remittance
from hilvan.remittances.sepa import plain
from hilvan.remittances.services import change_remittance, create_remittance, first_day, send_remittance
from hilvan.remittances.target import days_after, is_target_day
from tests.api.client import Program
from tests.pages import Page, faults, signed_in
from tests.world import World

SCHEMA = Path(__file__).parents[4] / "shared/data/sepa/pain.008.001.08.xsd"
NAMESPACE = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"}
IBAN = "ES7921000813610123456789"


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def account(world: World, **fields: Any) -> BankAccount:
    usual = {"name": "La Caixa", "iban": "ES91 2100 0418 4502 0005 1332", "creditor_id": "ES23ZZZ47690558N"}
    return put_account(None, by=world.jefa, **{**usual, **fields})


def payer(world: World, title: str = "Panadería Sol", **fields: Any) -> Record:
    """A customer with an account and a mandate."""
    number = Record.objects.filter(kind="customer").count()
    usual = {"iban": IBAN, "mandate_reference": f"MAN-{number}", "mandate_signed_on": dt.date(2026, 1, 2)}
    return world.customer(title, **{**usual, **fields})


def receipt(world: World, party: Record | None = None, amount: str = "121", **fields: Any) -> Record:
    fields = {"title": "Cuota", "due_on": dt.date(2026, 1, 31), "method": "direct_debit", **fields}
    made = create_receipt(actor=world.actor(), party=party or payer(world), amount=Decimal(amount), **fields)
    return Record.objects.get(pk=made.pk)


def remittance(world: World, *receipts: Record, **fields: Any) -> Record:
    return create_remittance(actor=world.actor(), title="Remesa de enero", receipts=list(receipts), **fields)


def standing(record: Record) -> Remittance:
    return Remittance.objects.select_related("record", "account").get(pk=record.pk)


def state(record: Record) -> str:
    model = record.declaration.model._default_manager.select_related("record").get(pk=record.pk)
    found = record.declaration.state(model)
    assert found is not None
    return found.code


def texts(record: Record, path: str) -> list[str | None]:
    return [one.text for one in ET.fromstring(standing(record).file).findall(f".//p:{path}", NAMESPACE)]


def test_it_is_sent_collected_and_its_receipts_with_it(committed_world: World) -> None:
    world = committed_world
    account(world)
    first, second = receipt(world), receipt(world, amount="0.05")
    record = remittance(world, first, second)
    assert (standing(record).total, standing(record).count, state(first)) == (Decimal("121.05"), 2, "in_remittance")
    assert set(Link.objects.filter(record=record).values_list("other", flat=True)) == {first.pk, second.pk}

    world.do(record, "send")
    assert texts(record, "GrpHdr/p:CtrlSum") == ["121.05"]
    assert texts(record, "InstdAmt") == ["121.00", "0.05"]
    assert texts(record, "EndToEndId") == [first.number, second.number]
    assert texts(record, "SeqTp") == ["FRST"]

    world.do(record, "collect")
    assert [state(one) for one in (record, first, second)] == ["collected"] * 3
    assert first.payments.get().note == record.number
    assert entries(first)[0].verb == "remittance.collect"
    assert invariants.violations() == []


def test_what_is_sent_again_under_a_mandate_is_recurrent_and_a_single_one_is_not_sent_twice(world: World) -> None:
    account(world)
    party, once = payer(world), payer(world, "Una vez", mandate_once=True)
    world.do(remittance(world, receipt(world, party), receipt(world, party), receipt(world, once)), "send")
    assert sorted(Item.objects.values_list("sequence", flat=True)) == ["FRST", "OOFF", "RCUR"]
    record = remittance(world, receipt(world, party))
    world.do(record, "send")
    assert texts(record, "SeqTp") == ["RCUR"]
    with pytest.raises(ValidationError) as refused:
        remittance(world, receipt(world, once))
    assert "has been used" in refused.value.message_dict["receipts"][0]


def test_what_the_bank_returns_leaves_it_and_can_be_sent_again(committed_world: World) -> None:
    world = committed_world
    account(world)
    first, second = receipt(world), receipt(world, amount="50")
    record = remittance(world, first, second)
    with pytest.raises(ValidationError):
        return_receipt(first, actor=world.actor(), reason="Aún no se ha enviado")
    world.do(record, "send")
    world.do(first, "return", reason="Sin fondos")
    world.do(record, "collect")
    world.do(second, "return", reason="No conforme")
    items = Item.objects.filter(record=record).order_by("pk")
    assert [(one.returned_reason, one.void) for one in items] == [("Sin fondos", False), ("No conforme", False)]
    assert [state(one) for one in (record, first, second)] == ["collected", "returned", "returned"]
    assert [one.amount for one in second.payments.order_by("pk")] == [Decimal("50.00"), Decimal("-50.00")]
    assert entries(record)[0].verb == "receipt.return"
    assert invariants.violations() == []
    text = Page.of(signed_in(world.ana).get(f"/remittances/{record.number}")).text
    assert "No conforme" in text
    again = remittance(world, first, second)
    world.do(again, "send")
    assert texts(again, "SeqTp") == ["FRST"]


def test_a_cancelled_one_sets_its_receipts_free(world: World) -> None:
    account(world)
    one = receipt(world)
    record = remittance(world, one)
    world.do(record, "send")
    world.do(record, "cancel", reason="El banco la rechazó")
    assert [state(record), state(one)] == ["cancelled", "overdue"]
    assert remittance(world, one)


def test_a_draft_changes_its_receipts_and_a_sent_one_does_not(world: World) -> None:
    account(world)
    first, second = receipt(world), receipt(world)
    record = remittance(world, first)
    change_remittance(record, actor=world.actor(), receipts=[second])
    assert [state(first), state(second)] == ["overdue", "in_remittance"]
    assert [item.receipt_id for item in Item.objects.all()] == [second.pk]
    world.do(record, "send")
    for fields in ({"receipts": [first]}, {"scheme": "B2B"}, {"collect_on": dt.date(2030, 1, 2)}):
        with pytest.raises(ValidationError) as refused:
            change_remittance(record, actor=world.actor(), **fields)
        assert list(refused.value.message_dict) == list(fields)
    change_remittance(record, actor=world.actor(), title="Otra", receipts=[second])
    assert standing(record).total == Decimal("121.00")


def test_each_receipt_that_cannot_be_collected_says_why(world: World) -> None:
    account(world)
    wanting = {
        "Its payment method is not direct debit.": receipt(world, method="cash"),
        "The customer has no IBAN.": receipt(world, world.customer()),
        "The customer’s account is not in SEPA.": receipt(world, payer(world, iban="BR1500000000000010932840814P2")),
        "The customer has no mandate.": receipt(world, world.customer(iban=IBAN)),
        "It is in a remittance already.": (taken := receipt(world)),
        "It has been collected already.": (paid := receipt(world)),
        "It is cancelled.": (gone := receipt(world)),
    }
    remittance(world, taken)
    world.do(paid, "collect")
    world.do(gone, "cancel", reason="Ya no")
    for why, record in wanting.items():
        fresh = Record.objects.get(pk=record.pk)
        entry = next(entry for entry in creatable(fresh, world.ana) if entry.kind.name == "remittance")
        assert entry.why_not == why
        with pytest.raises(ValidationError) as refused:
            remittance(world, fresh)
        assert refused.value.message_dict == {"receipts": [f"{fresh}: {why}"]}
    with pytest.raises(ValidationError) as refused:
        remittance(world, receipt(world, payer(world, mandate_scheme="B2B")))
    assert "Its mandate is for B2B." in refused.value.message_dict["receipts"][0]
    assert Remittance.objects.count() == 1
    offered = {one.receipt.record: one.why_not for one in candidates(world.ana)}
    assert taken not in offered
    assert offered[wanting["The customer has no mandate."]] == "The customer has no mandate."


def test_two_at_once_do_not_take_the_same_receipt(committed_world: World) -> None:
    world = committed_world
    account(world)
    one = receipt(world)
    start = threading.Barrier(2)
    refusals: list[ValidationError] = []

    def attempt() -> None:
        start.wait()
        try:
            remittance(world, one)
        except ValidationError as error:
            refusals.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [error.message_dict for error in refusals] == [{"receipts": [f"{one}: Ya está en una remesa."]}]
    assert Item.objects.count() == 1


def test_what_a_draft_lacks_sending_says(world: World) -> None:
    record = remittance(world, collect_on=dt.date(2026, 1, 5))
    with pytest.raises(ValidationError) as refused:
        send_remittance(record, actor=world.actor())
    assert set(refused.value.message_dict) == {"account", "collect_on", "receipts"}
    own = account(world)
    one = receipt(world)
    change_remittance(
        record, actor=world.actor(), account=own, collect_on=first_day(own, timezone.localdate()), receipts=[one]
    )
    change_customer(one.party, actor=world.actor(), iban="")  # type: ignore[arg-type]
    with pytest.raises(ValidationError) as refused:
        send_remittance(record, actor=world.actor())
    assert refused.value.message_dict == {"receipts": [f"{one}: The customer has no IBAN."]}
    assert (standing(record).state, standing(record).file) == ("draft", "")


def test_banks_work_on_target_days() -> None:
    closed = [dt.date(2026, 1, 1), dt.date(2026, 4, 3), dt.date(2026, 4, 6), dt.date(2026, 5, 1), dt.date(2026, 12, 25)]
    assert not any(is_target_day(day) for day in [*closed, dt.date(2026, 11, 28), dt.date(2026, 11, 29)])
    assert is_target_day(dt.date(2026, 12, 8))  # a holiday of Spain's alone
    assert days_after(dt.date(2026, 4, 2), 1) == dt.date(2026, 4, 7)
    assert days_after(dt.date(2026, 11, 28), 2) == dt.date(2026, 12, 2)


def test_a_day_on_which_banks_do_not_settle_is_refused(world: World) -> None:
    account(world)
    with pytest.raises(ValidationError) as refused:
        remittance(world, collect_on=dt.date(2030, 12, 25))
    assert list(refused.value.message_dict) == ["collect_on"]


@pytest.mark.skipif(not SCHEMA.exists(), reason="the schemas of ISO 20022 are not beside the project")
@pytest.mark.parametrize(("scheme", "bic"), [("CORE", ""), ("B2B", "CAIXESBBXXX")])
def test_the_file_of_two_hundred_is_valid_against_its_schema(world: World, scheme: str, bic: str) -> None:
    account(world, bic=bic)
    world.company.name = "Ñandú & Çía «Ágora», S.L. "
    names = ["Muñoz & Ibáñez <Hermanos>", "Ó" * 90, "«Café» 100 % €uro; {x}_y", "東京 Ελλάς", "O'Neill"]
    parties = [payer(world, name, mandate_scheme=scheme, bic=bic) for name in names]
    receipts = [
        receipt(world, parties[n % 5], str(Decimal(n + 1) * Decimal("1000.01")), title=f"Cuota {n} «ñ» & más " * 6)
        for n in range(200)
    ]
    record = remittance(world, *receipts, scheme=scheme)
    with CaptureQueriesContext(connection) as queries:
        send_remittance(record, actor=world.actor())
    assert len(queries) < 40
    file = standing(record).file
    xmlschema.XMLSchema(SCHEMA).validate(file)
    assert texts(record, "GrpHdr/p:NbOfTxs") == ["200"]
    assert texts(record, "GrpHdr/p:CtrlSum") == [str(Decimal(20100) * Decimal("1000.01"))]
    assert texts(record, "InstdAmt") == [str(Decimal(n + 1) * Decimal("1000.01")) for n in (*range(5), *range(5, 200))]
    assert set(texts(record, "LclInstrm/p:Cd")) == {scheme}
    assert sorted(texts(record, "PmtInf/p:NbOfTxs"), key=str) == ["195", "5"]
    told = {name for name in texts(record, "Dbtr/p:Nm") if name}
    assert told >= {"Munoz + Ibanez Hermanos", "O" * 70, "O'Neill"}
    assert all(len(name) <= 70 and plain(name, 70) == name for name in told)


def test_the_file_is_given_to_who_may_see_it(world: World) -> None:
    account(world)
    record = remittance(world, receipt(world))
    address = f"/remittances/{record.number}/file"
    assert signed_in(world.ana).get(address).status_code == 404
    world.do(record, "send")
    answer = signed_in(world.ana).get(address)
    assert answer.headers["Content-Type"] == "application/xml"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{record.number}.xml"'
    assert answer.content.decode() == standing(record).file
    assert Program(world.ana).client.get(f"/api/v1{address}").content == answer.content
    assert signed_in(world.zoe).get(address).status_code == 404
    assert Program(world.zoe).client.get(f"/api/v1{address}").status_code == 404


def test_from_a_receipt_it_starts_with_it_and_from_several_rows_with_all_of_them(world: World) -> None:
    account(world)
    first, second, third = receipt(world), receipt(world), receipt(world, method="cash")
    values = prefill(kinds["remittance"], first, world.ana)
    assert (values["receipts"].value, values["scheme"].value) == ([first], "CORE")
    client = signed_in(world.ana)
    rows = "&".join(f"record={one.number}" for one in (first, second, third))
    menu = client.get(f"/receipts/create?{rows}")
    entry = next(one for one in menu.context["entries"] if "/remittances/new" in one["url"])
    assert entry["note"] == "2 of 3"
    form = client.get(entry["url"])
    assert faults(form) == []
    chosen = [tag for tag in Page.of(form).tags if tag.attributes.get("name") == "receipts"]
    assert {tag.attributes["value"] for tag in chosen if "checked" in tag.attributes} == {first.number, second.number}
    data = {**Page.of(form).data, "receipts": [first.number, second.number]}
    assert client.post(entry["url"], data).status_code == 302
    assert Remittance.objects.get().count == 2
    assert client.get("/receipts/create/remittances?record=" + first.number).status_code == 404


def test_an_administrator_keeps_the_accounts_and_nobody_else(world: World) -> None:
    client = signed_in(world.jefa)
    page = client.get("/settings/bank-accounts/")
    assert faults(page) == []
    data = {
        "name": "Santander",
        "iban": "es91 2100 0418 4502 0005 1332",
        "creditor_id": "ES23ZZZ47690558N",
        "ahead": "2",
    }
    wrong = client.post("/settings/bank-accounts/new", {**data, "iban": "ES00", "creditor_id": "ES00"})
    assert wrong.status_code == 422
    assert Page.of(wrong).forms[-1].refused == {"iban", "creditor_id"}
    assert not BankAccount.objects.exists()
    assert client.post("/settings/bank-accounts/new", {**data, "is_active": "on"}).status_code == 302
    kept = BankAccount.objects.get()
    assert (kept.iban, kept.get_iban_display()) == ("ES9121000418450200051332", "ES91 2100 0418 4502 0005 1332")
    again = client.post("/settings/bank-accounts/new", data)
    assert Page.of(again).forms[-1].refused == {"iban"}
    for user, status in ((world.ana, 403), (world.zoe, 403)):
        for address in ("/settings/bank-accounts/", f"/settings/bank-accounts/{kept.pk}"):
            assert signed_in(user).get(address).status_code == status
    with pytest.raises(PermissionDenied):
        put_account(kept, by=world.ana, name="Mía")


def test_a_customers_account_and_mandate_are_checked(world: World) -> None:
    record = world.customer()
    for fields, wrong in (
        ({"iban": "ES9121000418450200051333"}, {"iban"}),
        ({"bic": "CAIX"}, {"bic"}),
        ({"mandate_reference": "M-1"}, {"mandate_signed_on"}),
        ({"mandate_signed_on": dt.date(2026, 1, 1)}, {"mandate_reference"}),
        ({"mandate_reference": "Ñ", "mandate_signed_on": dt.date(2026, 1, 1)}, {"mandate_reference"}),
        ({"mandate_reference": "M", "mandate_signed_on": dt.date(2999, 1, 1)}, {"mandate_signed_on"}),
    ):
        with pytest.raises(ValidationError) as refused:
            change_customer(record, actor=world.actor(), **fields)
        assert set(refused.value.message_dict) == wrong
    change_customer(
        record,
        actor=world.actor(),
        iban="ES79 2100 0813 6101 2345 6789",
        mandate_reference="M-1",
        mandate_signed_on=dt.date(2026, 1, 1),
    )
    told = Program(world.ana).get(f"/customers/{record.number}")
    assert (told["iban"], told["mandate_scheme"], told["mandate_once"]) == (IBAN, "CORE", False)
    assert "ES79 2100 0813 6101 2345 6789" in Page.of(signed_in(world.ana).get(f"/customers/{record.number}")).text
