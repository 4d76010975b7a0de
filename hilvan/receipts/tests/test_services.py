"""Receipts: of an invoice by its terms and never more than it, collected in parts, returned, and what is owed."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from hilvan.receipts.models import Receipt
from hilvan.receipts.services import change_receipt, collect_receipt, create_receipt, uncovered
from hilvan.records import invariants
from hilvan.records.history import entries
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from hilvan.records.services import creatable, prefill
from hilvan.sales.models import Invoice
from hilvan.trade.kind import euros
from hilvan.trade.models import PaymentTerms, parts
from tests.every_kind.test_services import at_once
from tests.pages import Page, signed_in
from tests.world import World


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


DATED = dt.date(2026, 1, 15)


def issued(world: World, amount: str = "100", days: tuple[int, ...] = (), **fields: Any) -> Record:
    """An issued invoice of so many euros and 21 % VAT, due after so many days each."""
    terms = PaymentTerms.objects.create(company=world.company, name=f"A {days}", days=list(days)) if days else None
    fields.setdefault("party", world.customer())
    record = world.record(
        "invoice",
        title="Trabajos",
        dated=DATED,
        terms=terms,
        billing_tax_id="B12345674",
        billing_address="Calle Mayor 1, Zaragoza",
        lines=[{"description": "Trabajo", "price": Decimal(amount)}],
        **fields,
    )
    world.do(record, "issue")
    return Record.objects.get(pk=record.pk)


def receipt(world: World, amount: str = "50", **fields: Any) -> Record:
    fields = {"title": "Cuota", "party": world.customer(), "due_on": DATED, **fields}
    return create_receipt(actor=world.actor(), amount=Decimal(amount), **fields)


def standing(record: Record) -> Receipt:
    return Receipt.objects.select_related("record", "invoice", "remittance").get(pk=record.pk)


def state(record: Record) -> str:
    found = kinds["receipt"].state(standing(record))
    assert found is not None
    return found.code


def of(invoice: Record) -> list[tuple[str, dt.date, Decimal]]:
    receipts = Receipt.objects.filter(invoice=invoice).select_related("record").order_by("pk")
    return [(one.record.title, one.due_on, one.amount) for one in receipts]


def test_from_an_invoice_there_is_one_for_each_part_of_its_terms(world: World) -> None:
    invoice = issued(world, days=(30, 60, 90), payment_method="direct_debit")
    taken = {name: one.value for name, one in prefill(kinds["receipt"], invoice, world.ana).items()}
    assert taken.items() >= {
        "amount": Decimal("40.33"),
        "due_on": dt.date(2026, 2, 14),
        "method": "direct_debit",
        "by_terms": True,
    }.items()  # fmt: skip

    first = create_receipt(actor=world.actor(), origin=invoice, **taken)

    title = f"Invoice {invoice.number}"
    assert of(invoice) == [
        (f"{title} (1/3)", dt.date(2026, 2, 14), Decimal("40.33")),
        (f"{title} (2/3)", dt.date(2026, 3, 16), Decimal("40.33")),
        (f"{title} (3/3)", dt.date(2026, 4, 15), Decimal("40.34")),
    ]
    assert first.title == f"{title} (1/3)"
    assert {one.party for one in Record.objects.filter(kind="receipt")} == {invoice.party}
    entry = next(entry for entry in creatable(invoice, world.ana) if entry.kind.name == "receipt")
    assert entry.why_not == "Receipts cover all of it already."


def test_what_receipts_cover_already_is_left_out(world: World) -> None:
    invoice = issued(world, days=(30, 60))
    create_receipt(actor=world.actor(), origin=invoice, amount=Decimal(70), due_on=DATED)
    assert uncovered(invoice) == [(2, dt.date(2026, 3, 16), Decimal("51.00"))]
    create_receipt(actor=world.actor(), origin=invoice, by_terms=True)
    assert of(invoice)[1:] == [(f"Invoice {invoice.number} (2/2)", dt.date(2026, 3, 16), Decimal("51.00"))]


def test_what_a_credit_note_took_back_is_not_claimed(world: World) -> None:
    invoice = issued(world)
    taken = {name: one.value for name, one in prefill(kinds["credit_note"], invoice, world.ana).items()}
    world.do(kinds["credit_note"].create(actor=world.actor(), origin=invoice, **taken), "issue")
    assert uncovered(Record.objects.get(pk=invoice.pk)) == []


def test_an_amount_of_its_own_and_the_terms_exclude_each_other(world: World) -> None:
    invoice = issued(world, days=(30, 60))
    with pytest.raises(ValidationError) as refused:
        create_receipt(actor=world.actor(), origin=invoice, by_terms=True, amount=Decimal(10), due_on=DATED)
    assert set(refused.value.message_dict) == {"amount", "due_on"}
    assert of(invoice) == []


@given(total=st.decimals("0.01", 10**9, places=2), days=st.lists(st.integers(0, 365), min_size=1, max_size=12))
def test_the_parts_come_to_the_total_exactly(total: Decimal, days: list[int]) -> None:
    assert sum(amount for _due, amount in parts(total, PaymentTerms(days=days), DATED)) == total


def test_the_receipts_of_an_invoice_never_come_to_more_than_it(world: World) -> None:
    invoice = issued(world)
    record = receipt(world, "121", party=invoice.party, invoice=invoice)
    with pytest.raises(ValidationError) as refused:
        receipt(world, "0.01", party=invoice.party, invoice=invoice)
    assert refused.value.message_dict == {"amount": ["It is more than what is left of the invoice."]}
    with pytest.raises(ValidationError):
        change_receipt(record, actor=world.actor(), amount=Decimal("121.01"))
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE receipts_receipt SET amount = 122 WHERE record_id = %s", [record.pk])
    assert [amount for _title, _due, amount in of(invoice)] == [Decimal("121.00")]
    world.do(record, "cancel", reason="Mal hecho")
    receipt(world, "121", party=invoice.party, invoice=invoice)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE receipts_receipt SET collected = 21 WHERE record_id = %s",
        "UPDATE receipts_payment SET amount = 9 WHERE record_id = %s",
        "UPDATE sales_invoice SET paid = 9 FROM receipts_receipt r WHERE invoice_id = sales_invoice.record_id"
        " AND r.record_id = %s",
    ],
)
def test_what_is_collected_is_what_was_paid_whoever_writes_it(world: World, statement: str) -> None:
    record = create_receipt(actor=world.actor(), origin=issued(world), by_terms=True)
    collect_receipt(record, actor=world.actor(), amount=Decimal(10))
    with pytest.raises(IntegrityError):
        at_once(statement, [record.pk])


def test_two_at_once_do_not_cover_an_invoice_twice(committed_world: World) -> None:
    world = committed_world
    invoice = issued(world, days=(30, 60))
    other = receipt(world, "1", party=invoice.party, invoice=invoice)
    start = threading.Barrier(3)
    refusals: list[Exception] = []

    def attempt(work: Any) -> None:
        start.wait()
        try:
            work()
        except (ValidationError, DatabaseError) as error:
            refusals.append(error)
        finally:
            connection.close()

    works = [
        lambda: create_receipt(actor=world.actor(), origin=invoice, by_terms=True),
        lambda: create_receipt(actor=world.actor(), origin=invoice, by_terms=True),
        lambda: change_receipt(other, actor=world.actor(), amount=Decimal(30)),
    ]
    threads = [threading.Thread(target=attempt, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(one) for one in refusals if not isinstance(one, ValidationError)] == []
    assert len(refusals) >= 1
    assert sum(amount for _title, _due, amount in of(invoice)) <= Decimal("121.00")
    assert uncovered(invoice) == [] or len(refusals) > 1


def test_it_is_collected_in_parts_and_the_invoice_knows(committed_world: World) -> None:
    world = committed_world
    invoice = issued(world)
    record = create_receipt(actor=world.actor(), origin=invoice, by_terms=True)
    collect_receipt(record, actor=world.actor(), amount=Decimal(21), paid_on=DATED, method="cash")
    assert (standing(record).outstanding, state(record)) == (Decimal("100.00"), "overdue")
    assert Invoice.objects.get(pk=invoice.pk).paid == Decimal("21.00")
    with pytest.raises(ValidationError) as refused:
        collect_receipt(record, actor=world.actor(), amount=Decimal("100.01"))
    assert refused.value.message_dict == {"amount": ["It is more than what is left to collect."]}
    collect_receipt(record, actor=world.actor())
    assert state(record) == "collected"
    assert Invoice.objects.get(pk=invoice.pk).outstanding == 0
    told = [(one.amount, one.method) for one in record.payments.order_by("pk")]
    assert told == [(Decimal("21.00"), "cash"), (Decimal("100.00"), "")]
    assert entries(record)[0].verb == "receipt.collect"
    assert invariants.violations() == []


def test_what_the_bank_takes_back_is_due_again_with_the_reason(world: World) -> None:
    invoice = issued(world)
    record = create_receipt(actor=world.actor(), origin=invoice, by_terms=True)
    collect_receipt(record, actor=world.actor(), amount=Decimal(21))
    collect_receipt(record, actor=world.actor(), method="direct_debit")
    world.do(record, "return", reason="Sin fondos")
    after = standing(record)
    assert (after.collected, after.returned_reason, state(record)) == (Decimal("21.00"), "Sin fondos", "returned")
    assert Invoice.objects.get(pk=invoice.pk).paid == Decimal("21.00")
    with pytest.raises(ValidationError):
        world.do(record, "return", reason="Otra vez")
    assert record.payments.count() == 3


def test_nothing_collected_is_lost_by_a_change(world: World) -> None:
    record = receipt(world)
    collect_receipt(record, actor=world.actor(), amount=Decimal(20))
    for fields in ({"amount": Decimal(19)}, {"party": world.customer("Otro")}):
        with pytest.raises(ValidationError) as refused:
            change_receipt(record, actor=world.actor(), **fields)
        assert list(refused.value.message_dict) == list(fields)
    with pytest.raises(ValidationError):
        world.do(record, "cancel", reason="Ya no")
    for paid_on in (timezone.localdate() + dt.timedelta(days=2),):
        with pytest.raises(ValidationError):
            collect_receipt(record, actor=world.actor(), paid_on=paid_on)
    assert (standing(record).amount, standing(record).collected) == (Decimal("50.00"), Decimal("20.00"))


def test_an_invoice_of_another_customer_or_a_draft_is_refused(world: World) -> None:
    invoice = issued(world)
    draft = world.record("invoice", title="Borrador", party=invoice.party)
    for fields in ({"invoice": invoice}, {"invoice": draft, "party": invoice.party}):
        with pytest.raises(ValidationError) as refused:
            receipt(world, **fields)
        assert list(refused.value.message_dict) == ["invoice"]
    assert not Receipt.objects.exists()


def test_a_call_about_an_overdue_one_says_what_to_claim_and_shows_all_that_is_owed(world: World) -> None:
    customer = world.customer()
    late = receipt(world, "1210", party=customer)
    receipt(world, "100", party=customer, due_on=timezone.localdate() + dt.timedelta(days=30))
    collect_receipt(receipt(world, "33", party=customer), actor=world.actor())
    values = prefill(kinds["activity"], late, world.ana)
    assert values["subject"].value == f"Claim {late.number}, {euros(Decimal(1210))}"
    call = world.activity("Reclamar", origin=late, party=customer)
    for record, address in ((customer, "customers"), (late, "receipts"), (call, "activities")):
        text = Page.of(signed_in(world.ana).get(f"/{address}/{record.number}")).text
        assert "Owes €1,310.00 in all" in text, address
        assert "€1,210.00 overdue" in text
    assert "in all" not in Page.of(signed_in(world.ana).get(f"/activities/{world.activity().number}")).text


def test_the_form_of_an_invoice_makes_all_parts_and_without_the_tick_one(world: World) -> None:
    invoice = issued(world, days=(30, 60))
    client = signed_in(world.ana)
    address = f"/receipts/new?origin={invoice.number}"
    data = {name: value for name, value in Page.of(client.get(address)).data.items() if value}
    alone = {name: value for name, value in data.items() if name != "by_terms"} | {"amount": "10.50"}
    assert client.post(address, data | {"amount": "10.50"}).status_code == 422
    assert client.post(address, alone).status_code == 302
    data = {name: value for name, value in Page.of(client.get(address)).data.items() if value}
    assert client.post(address, data).status_code == 302
    assert [amount for _title, _due, amount in of(invoice)] == [Decimal("10.50"), Decimal("50.00"), Decimal("60.50")]


def test_what_is_owed_costs_the_same_for_one_and_for_many(world: World) -> None:
    customer = world.customer()
    client = signed_in(world.ana)

    def cost() -> int:
        client.get(f"/customers/{customer.number}")
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/customers/{customer.number}")
        return len(queries)

    receipt(world, party=customer)
    one = cost()
    for _n in range(20):
        receipt(world, party=customer)
    assert cost() == one
