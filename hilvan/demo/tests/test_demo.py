"""The demo company is believable, lies in the past, and tells nobody."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections import Counter
from itertools import pairwise

import pytest
from django.db.models import F, Q, Sum
from django.utils import timezone
from stdnum import iban
from stdnum.es import nif

from hilvan.activities import counts, invariants, selection
from hilvan.activities.models import Activity
from hilvan.activities.selection import Filters
from hilvan.conversation.models import Note
from hilvan.demo import PASSWORD, seed
from hilvan.demo.diary import Cast, Step
from hilvan.demo.seeding import WHOLE
from hilvan.demo.stories import Stories
from hilvan.notifications.models import Notice
from hilvan.parties.models import Customer, Supplier
from hilvan.people.models import Company, User
from hilvan.records.history import Actor
from hilvan.records.kinds import kinds
from hilvan.records.models import Change, Record
from tests.world import World, at

if WHOLE:
    from hilvan.receipts.models import Receipt
    from hilvan.remittances.models import BankAccount, Item
    from hilvan.sales.models import CreditNote, Invoice

MADRID = zoneinfo.ZoneInfo("Europe/Madrid")


@pytest.mark.slow
def test_the_demo_is_believable_and_lies_in_the_past(committed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_an_interrupted_seeding_goes_on(monkeypatch)
    company = Company.objects.order_by("id")[0]
    of_company = Q(company=company)

    made = Counter(Record.objects.filter(of_company).values_list("kind", flat=True))
    assert made["customer"] == 42
    assert 40 <= made["contact"] <= 70
    reached = Activity.objects.filter(of_company, contact__isnull=False)
    assert reached.count() > 100
    assert not reached.exclude(contact__party=F("party")).exists()
    if "opportunity" in kinds:
        assert 50 <= made["opportunity"] <= 61
        assert kinds["opportunity"].model._default_manager.values("stage").distinct().count() >= 6
    if "incident" in kinds:
        assert 70 <= made["incident"] <= 80
        assert kinds["incident"].model._default_manager.exclude(state="closed").count() >= 8
    assert (330 if WHOLE else 100) <= made["activity"] <= 480

    now = timezone.now()
    activities = Activity.objects.filter(of_company)
    assert set(activities.values_list("state", flat=True)) == {"new", "on_hold", "in_progress", "closed"}
    assert activities.open().filter(end_at__lt=now).count() >= 8
    assert activities.open().filter(deferred=True, start_at__gt=now).count() >= 3
    assert activities.filter(deferrals__gt=0).count() >= 10
    assert activities.filter(origin__kind="activity").exists()
    for username in ("admin", "ventas", "soporte", "administracion", "tecnico"):
        user = User.objects.get(username=username)
        assert user.check_password(PASSWORD)
        mine = activities.open().filter(assignee=user)
        today = now.astimezone(MADRID).date()
        assert any(one.start_at and one.start_at.astimezone(MADRID).date() == today for one in mine)
        assert mine.filter(start_at__gt=now + dt.timedelta(days=1)).exists()

    changes = Change.objects.all()
    assert set(changes.values_list("channel", flat=True)) == {"import"}
    assert not changes.filter(Q(batch=None) | Q(at__gte=company.created_at)).exists()
    assert changes.earliest("at").at > now - dt.timedelta(days=100)
    assert set(Notice.objects.values_list("state", "suppressed_by")) == {("suppressed", "import")}
    assert list(invariants.violations()) == []
    if WHOLE:
        assert_a_deal_goes_all_the_way(company)
        assert_documents_stand_as_in_a_company(company)
        assert_receipts_come_to_what_is_owed(company)
        assert_everything_is_well_formed_and_nobodys(company)

    before = Change.objects.count()
    assert seed() == PASSWORD
    assert Change.objects.count() == before

    assert_the_other_company_sees_only_its_own(company)


def assert_an_interrupted_seeding_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(cast: Cast, actor: Actor) -> None:
        raise KeyboardInterrupt

    tell = Stories.tell

    def tell_half(stories: Stories) -> list[Step]:
        steps = tell(stories)
        half = steps[: len(steps) // 2]
        return [*half, Step(half[-1].at + dt.timedelta(microseconds=1), "admin", stop)]

    with monkeypatch.context() as patched:
        patched.setattr(Stories, "tell", tell_half)
        with pytest.raises(KeyboardInterrupt):
            seed()
    part = Record.objects.count()
    assert seed() == PASSWORD
    assert Record.objects.count() > part > 100
    refs = Record.objects.exclude(ref="").values_list("kind", "ref")
    assert len(set(refs)) == len(refs)


def assert_a_deal_goes_all_the_way(company: Company) -> None:
    """From an opportunity to a receipt that the bank returned, about which somebody is to call."""

    def made_of(origin: Record, kind: str) -> list[Record]:
        return list(Record.objects.filter(origin=origin, kind=kind).order_by("created_at", "id"))

    opportunity = Record.objects.get(company=company, kind="opportunity", ref="O-0001")
    assert opportunity.as_opportunity.stage == "won"
    (quote,) = made_of(opportunity, "quote")
    assert (quote.as_quote.state, quote.lines.count()) == ("accepted", 3)
    (order,) = made_of(quote, "sales_order")
    assert (order.as_sales_order.delivered, order.as_sales_order.invoiced) == ("all", "all")
    notes = made_of(order, "delivery_note")
    assert [(note.as_delivery_note.state, note.as_delivery_note.invoiced) for note in notes] == [
        ("delivered", "all")
    ] * 2
    (invoice,) = made_of(order, "invoice")
    collected, returned = (record.as_receipt for record in made_of(invoice, "receipt"))
    assert collected.amount + returned.amount == invoice.as_invoice.total == quote.as_quote.total
    assert collected.remittance is not None
    assert collected.remittance.as_remittance.state == "collected"
    assert collected.outstanding == 0
    assert invoice.as_invoice.paid == collected.amount
    assert (returned.outstanding, returned.remittance) == (returned.amount, None)
    assert returned.returned_on is not None
    sent = Item.objects.get(receipt=returned.record, returned_on=returned.returned_on).record
    assert "<MndtId>" in sent.as_remittance.file
    (call,) = made_of(returned.record, "activity")
    assert (call.as_activity.subject, call.as_activity.state) == ("Llamar por el recibo devuelto", "new")
    assert call.as_activity.assignee.username == "administracion"


def assert_documents_stand_as_in_a_company(company: Company) -> None:
    wanted = {
        "quote": {"draft", "sent", "accepted", "rejected"},
        "sales_order": {"done", "cancelled"},
        "delivery_note": {"invoiced"},
        "invoice": {"draft", "issued", "paid", "overdue"},
        "credit_note": {"issued"},
        "purchase_order": {"draft", "done", "cancelled"},
        "goods_receipt": {"invoiced"},
        "supplier_invoice": {"posted"},
        "receipt": {"collected", "returned", "overdue"},
        "remittance": {"collected"},
        "incident": {"open", "closed", "in_progress"},
    }
    for name, states in wanted.items():
        kind = kinds[name]
        records = Record.objects.filter(company=company, kind=name)
        stand = {state.code for record in records if (state := kind.state(getattr(record, kind.accessor)))}
        assert states <= stand, name
    assert Note.objects.filter(company=company).count() >= 10
    assert BankAccount.objects.filter(company=company).count() == 1


def assert_receipts_come_to_what_is_owed(company: Company) -> None:
    invoices = Invoice.objects.filter(company=company, state="issued")
    asked = dict(Receipt.objects.filter(cancelled=False).order_by().values_list("invoice").annotate(Sum("amount")))
    credited = dict(CreditNote.objects.filter(state="issued").values_list("rectifies").annotate(Sum("total")))
    assert len(invoices) >= 30
    assert {one.pk: asked.get(one.pk) for one in invoices} == {
        one.pk: one.total + credited.get(one.pk, 0) for one in invoices
    }
    numbered = Record.objects.filter(company=company, kind="invoice", as_invoice__state="issued")
    for year in {number.split("-")[1] for number in numbered.values_list("number", flat=True)}:
        numbers = sorted(numbered.filter(number__startswith=f"FAC-{year}-").values_list("number", flat=True))
        assert numbers == [f"FAC-{year}-{n:06}" for n in range(1, len(numbers) + 1)]


def assert_everything_is_well_formed_and_nobodys(company: Company) -> None:
    for party in [*Customer.objects.filter(company=company), *Supplier.objects.filter(company=company)]:
        assert nif.is_valid(party.tax_id), party
        assert party.email.endswith(".example")
    debited = Customer.objects.filter(company=company, payment_method="direct_debit")
    assert debited.count() >= 8
    assert all(iban.is_valid(one.iban) and one.iban[4:8] == "0000" and one.mandate_signed_on for one in debited)


def assert_the_other_company_sees_only_its_own(company: Company) -> None:
    other = User.objects.get(username="otra")
    assert other.company != company
    assert sorted(Record.objects.visible_to(other).values_list("kind", flat=True)) == ["activity", "customer"]
    assert [row["subject"] for row in selection.page(other, Filters()).items] == ["Preparar el pedido de cuadernos"]
    assert counts.summary(other, Filters(), group_by=["state"]) == [{"state": "new", "count": 1}]
    assert not Notice.objects.visible_to(other).exclude(company=other.company).exists()


@pytest.mark.parametrize("day", range(8))
def test_the_stories_are_the_same_for_the_same_instant_and_keep_to_the_past(day: int) -> None:
    now = at("2028-02-25T07:30:00Z") + dt.timedelta(days=day, hours=day)
    steps = Stories(now, MADRID).tell()

    assert [(step.at, step.who) for step in steps] == [(step.at, step.who) for step in Stories(now, MADRID).tell()]
    assert len({step.at for step in steps}) == len(steps) > (1200 if WHOLE else 600)
    assert all(before.at < after.at for before, after in pairwise(steps))
    assert now - dt.timedelta(days=100) < steps[0].at
    assert steps[-1].at < now
    assert {step.at.astimezone(MADRID).weekday() for step in steps} == set(range(5))


def test_where_a_company_is_already_nothing_is_seeded(world: World) -> None:
    assert seed() is None
    assert not Record.objects.exists()
