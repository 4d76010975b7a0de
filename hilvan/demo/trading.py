"""What the demo company sells, delivers, invoices, collects and buys, told as ``stories`` tells the rest.

Each deal goes by a chance of its own, so that what is told of one does not change the others.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from django.apps import apps
from django.utils.text import slugify

from hilvan.trade.models import PaymentMethod

from . import goods
from .clock import Clock
from .diary import Diary, does
from .numbers import invented_cif, phone
from .steps import (
    Choose,
    all_of,
    asks_for,
    asks_to_call,
    gathers,
    hands_over,
    makes,
    offers,
    pays_half,
    products,
    receipt_ref,
    so_much,
    supplies,
)

REMITTANCES = apps.is_installed("hilvan.remittances")
if REMITTANCES:
    from hilvan.remittances.target import days_after

AHEAD = 2
"""Days on which banks work that the bank wants a remittance before its collection."""
BOUGHT_FOR_STOCK = 12


@dataclass(frozen=True)
class Habit:
    """How a customer pays: by which method, so many days after the invoice; ``never`` pays nothing."""

    days: tuple[int, ...] = (30,)
    method: str = PaymentMethod.TRANSFER
    never: bool = False


@dataclass
class Trading(Diary):
    """The deals of the company. Who tells them has told of the customers first."""

    habits: dict[str, Habit] = field(default_factory=dict)
    """By the customer's reference."""
    asked: dict[str, dt.datetime] = field(default_factory=dict)
    """When the receipts of an invoice were made, by its reference."""

    def day_of(self, instant: dt.datetime) -> dt.date:
        return instant.astimezone(self.zone).date()

    def by(self, *what: object) -> tuple[Random, Clock]:
        """A chance of its own for something, and the clock that goes by it."""
        chance = Random(" ".join(map(str, what)))  # noqa: S311 (stories, no secrets)
        return chance, Clock(self.zone, chance)

    # -- What there is from the first day on --

    def catalogue(self) -> None:
        chance, clock = self.by("catalogue")
        at = dt.datetime.combine(self.first, dt.time(8), self.zone)
        for number, (name, address, postal_code, city, province, days) in enumerate(goods.SUPPLIERS):
            domain = slugify(name)[:30].strip("-")
            at = clock.within(at, 0.1, 0.5)
            self.add(at, "administracion", supplies(f"P-{number}", days, {
                "title": name, "phone": phone(chance), "email": f"pedidos@{domain}.example",
                "tax_id": invented_cif(500 + number, name), "address": address, "postal_code": postal_code,
                "city": city, "province": province, "country": "ES", "payment_method": PaymentMethod.TRANSFER,
            }))  # fmt: skip
        for code, (name, nature, unit, price, cost, _supplier) in goods.PRODUCTS.items():
            at = clock.within(at, 0.1, 0.5)
            self.add(at, "admin", offers(code, {
                "title": name, "code": code, "nature": nature, "unit": unit, "price": Decimal(price),
                "cost": Decimal(cost),
            }))  # fmt: skip

    # -- Sales --

    def quote(self, opportunity: str, owner: str, wanted: str, amount: Decimal, at: dt.datetime) -> str:
        """A quote of about so many euros, a draft; answers its reference."""
        ref = self.ref("Q")
        lines = [{"code": code, "quantity": quantity} for code, quantity in goods.recipe(wanted, amount)]
        self.add(at, owner, makes(ref, "quote", opportunity, lines=products(lines)))
        return ref

    def new_version(self, quote: str, owner: str, at: dt.datetime) -> str:
        """The customer has haggled: the same five per cent cheaper, sent at once; answers the new quote."""
        ref = self.ref("Q")
        cheaper: Choose = lambda cast, taken: [{**line, "discount": Decimal(5)} for line in taken]  # noqa: E731
        self.add(at, owner, makes(ref, "quote", quote, lines=cheaper))
        self.add(self.later(at), owner, does(ref, "send"))
        return ref

    def sale(self, quote: str, customer: str, owner: str, at: dt.datetime, *, quick: bool = False) -> str:
        """An accepted quote: its order, what it needs, what is delivered in parts; answers its invoice, or ""."""
        chance, clock = self.by("sale", quote)
        order = self.ref("S")
        at = clock.within(at, 10, 60)
        self.add(at, owner, makes(order, "sales_order", quote, deliver_on=clock.day(at.date(), 4 if quick else 12)))
        at = clock.within(at, 2, 15)
        self.add(at, owner, does(order, "confirm"))
        if self.count["S"] % 8 == 5:
            reason = chance.choice(goods.CANCELLED)
            self.add(clock.after(at, 2, 6), owner, does(order, "cancel", reason=reason))
            return ""
        if not quick and chance.random() < 0.5:
            self.purchase(chance.randrange(4), clock.within(at, 20, 90), origin=order)
        delivered, notes = at, []
        for part in (0.5, 1) if quick or chance.random() < 0.6 else (1,):
            delivered = clock.after(delivered, 1, 1 if quick else 6)
            notes.append(note := self.ref("D"))
            self.add(delivered, "soporte", makes(note, "delivery_note", order, lines=so_much(part)))
            delivered = clock.within(delivered, 60, 200)
            self.add(delivered, "tecnico" if owner == "admin" else "soporte", hands_over(note, customer))
        invoiced, credited = clock.after(delivered, 0, 1), self.count["S"] % 4 == 2
        return self.invoice(order, customer, invoiced, lines=all_of(notes), credited=credited, arranged=quick)

    def invoice(
        self, origin: str, customer: str, at: dt.datetime, *, credited: bool = False, arranged: bool = False,
        lines: Choose | None = None, title: str = "",
    ) -> str:  # fmt: skip
        """An invoice of an order or of the customer's own, issued, with its receipts.

        What comes in of them, too, unless that is ``arranged`` otherwise.
        """
        ref = self.ref("F")
        _chance, clock = self.by("invoice", ref)
        said = {"title": title} if title else {}
        self.add(at, "administracion", makes(ref, "invoice", origin, lines=lines, **said))
        at = clock.within(at, 0.5, 4)
        self.add(at, "administracion", does(ref, "issue"))
        if credited:
            note = self.ref("K")
            at = clock.within(at, 5, 30)
            one: Choose = lambda cast, taken: [{**taken[-1], "quantity": Decimal(1)}]  # noqa: E731
            self.add(at, "administracion", makes(note, "credit_note", ref, lines=one, reason=goods.CREDITED))
            at = clock.within(at, 0.5, 4)
            self.add(at, "administracion", does(note, "issue"))
        at = clock.within(at, 1, 10)
        days = self.habits[customer].days
        self.add(at, "administracion", asks_for(ref, len(days)))
        self.asked[ref] = at
        for n, after in enumerate(() if arranged else days, start=1):
            self.payment(ref, n, customer, at, self.day_of(at) + dt.timedelta(days=after))
        return ref

    def payment(self, invoice: str, n: int, customer: str, since: dt.datetime, due: dt.date) -> None:
        """What becomes of an invoice's n-th receipt; one by direct debit comes in by the week's remittance."""
        habit, receipt = self.habits[customer], receipt_ref(invoice, n)
        chance, clock = self.by("payment", receipt)
        pays = chance.random()
        if habit.method == PaymentMethod.DIRECT_DEBIT:
            if pays < 0.06 and (collected := self.collected_at(since, due)):
                at = self.returned(receipt, clock.after(collected, 1, 2))
                over = self.activity(
                    "call", "Llamar por el recibo devuelto", at=self.later(at), to="administracion", minutes=10,
                    origin=receipt,
                )  # fmt: skip
                paid = does(receipt, "collect", method=PaymentMethod.TRANSFER)
                self.add(clock.after(over, 1, 4), "administracion", paid)
            return
        if habit.never or pays < 0.08:
            return
        paid_at = clock.on(clock.day(due, 0)) if pays < 0.8 else clock.after(clock.on(clock.day(due, 0)), 4, 14)
        paid_at = max(paid_at, clock.within(since, 5, 30))
        if pays < 0.3:
            self.add(paid_at, "administracion", pays_half(receipt))
            paid_at = clock.after(paid_at, 5, 12)
        self.add(paid_at, "administracion", does(receipt, "collect"))

    def returned(self, receipt: str, at: dt.datetime, reason: str = "") -> dt.datetime:
        reason = reason or self.by("returned", receipt)[0].choice(goods.RETURNED)
        self.add(at, "administracion", does(receipt, "return", reason=reason, if_offered=True))
        return at

    # -- Direct debits --

    def remittances(self) -> None:
        """Each week what falls due by then, where anything does; and one that is being prepared now."""
        for at, collects in self.weeks():
            ref = self.ref("R")
            _chance, clock = self.by("remittance", ref)
            self.add(at, "administracion", gathers(ref, collects))
            self.add(clock.within(at, 5, 20), "administracion", does(ref, "send", if_offered=True))
            self.add(clock.on(collects), "administracion", does(ref, "collect", if_offered=True))
        _chance, clock = self.by("remittance of today")
        at = clock.on(clock.day(self.today, -1))
        self.add(at, "administracion", gathers(self.ref("R"), at.date() + dt.timedelta(days=25)))

    def weeks(self) -> list[tuple[dt.datetime, dt.date]]:
        """When remittances are made, and on which days they are collected: a week ago is the last one."""
        found = []
        day = self.clock.day(self.first, 5)
        while day <= self.today - dt.timedelta(days=2):
            _chance, clock = self.by("week", day)
            found.append((clock.on(day), days_after(day, AHEAD) if REMITTANCES else clock.day(day, AHEAD)))
            day = self.clock.day(day, 5)
        return found

    def collected_at(self, since: dt.datetime, due: dt.date) -> dt.datetime | None:
        """When the remittance collects what falls due then; None where that is still to come."""
        days = (collects for at, collects in self.weeks() if at > since and collects >= due)
        day = next(days, None)
        return dt.datetime.combine(day, dt.time(18, 30), self.zone) if day else None

    def maintenance(self, customer: str, what: str, since: dt.datetime) -> None:
        """Each month's fee of a customer who pays by direct debit, invoiced in its first days."""
        price, machines = goods.MAINTAINED[what]
        line = {"code": "MNT-MES", "quantity": Decimal(machines), "price": Decimal(price)}
        for months in range(4):
            year, month = divmod(self.first.year * 12 + self.first.month - 1 + months, 12)
            _chance, clock = self.by("fee", customer, month)
            at = clock.on(clock.day(dt.date(year, month + 1, 1), 0))
            if at > since:
                title = f"Mantenimiento de {goods.MONTHS[month]} de {year}"
                self.invoice(customer, customer, at, title=title, lines=products([line]))

    # -- Purchases --

    def purchase(self, supplier: int, at: dt.datetime, *, origin: str = "") -> None:
        """An order for stock, or of what a sales order needs; what arrives of it, and the supplier's invoice."""
        ref, who = self.ref("B"), "soporte"
        chance, clock = self.by("purchase", ref)
        codes = goods.of_supplier(supplier)
        lines = [
            {"code": code, "quantity": Decimal(chance.choice(goods.by_the(code))), "cost": True}
            for code in chance.sample(codes, min(len(codes), chance.randint(1, 3)))
        ]
        expected = clock.day(at.date(), chance.randint(4, 9))
        party = f"P-{supplier}"
        self.add(at, who, makes(
            ref, "purchase_order", origin or party, lines=products(lines), party=party, expected_on=expected,
        ))  # fmt: skip
        at = clock.within(at, 10, 60)
        self.add(at, who, does(ref, "send"))
        if self.count["B"] % 7 == 3:
            self.add(clock.after(at, 1, 3), who, does(ref, "cancel", reason=goods.NO_STOCK))
            return
        arrivals = []
        for part in (0.5, 1) if chance.random() < 0.3 else (1,):
            at = clock.after(at, 3, 7)
            arrivals.append(arrival := self.ref("G"))
            number = f"ALB {chance.randrange(20_000, 30_000)}"
            self.add(at, who, makes(arrival, "goods_receipt", ref, lines=so_much(part), reference=number))
            at = clock.within(at, 5, 40)
            self.add(at, who, does(arrival, "receive"))
        at, bill = clock.after(at, 1, 4), self.ref("V")
        number = f"{at:%y}/{chance.randrange(1_000, 9_999)}"
        self.add(at, "administracion", makes(bill, "supplier_invoice", ref, lines=all_of(arrivals), reference=number))
        if chance.random() < 0.85:
            self.add(clock.within(at, 5, 30), "administracion", does(bill, "post"))

    # -- The whole of it, and what lies on the desk --

    def whole_chain(self, customer: str, place: str) -> None:
        """From the opportunity to the returned receipt that somebody is to call about, whatever chance brings."""
        opportunity, owner, wanted = self.ref("O"), "ventas", goods.SPLIT
        _chance, clock = self.by("whole chain")
        at = clock.on(clock.day(self.first, 2))
        self.add(at, owner, makes(
            opportunity, "opportunity", customer, title=wanted.format(place=place), expected_amount=Decimal(3600),
            expected_close_on=clock.day(at.date(), 6), source="existing_customer",
        ))  # fmt: skip
        at = clock.after(at, 1, 1)
        quote = self.quote(opportunity, owner, wanted, Decimal(3600), at)
        at = clock.within(at, 10, 30)
        self.add(at, owner, does(quote, "send"))
        at = clock.after(at, 1, 1)
        self.add(at, owner, does(quote, "accept"))
        self.add(clock.within(at, 1, 4), owner, does(opportunity, "win"))
        invoice = self.sale(quote, customer, owner, at, quick=True)
        asked, second = self.asked[invoice], receipt_ref(invoice, 2)
        collected = self.collected_at(asked, self.day_of(asked) + dt.timedelta(days=self.habits[customer].days[1]))
        assert collected is not None
        at = self.returned(second, clock.after(collected, 1, 1), goods.RETURNED[0])
        start = dt.datetime.combine(self.today, dt.time(12), self.zone)
        self.add(clock.within(at, 5, 20), "admin", asks_to_call(self.ref("A"), second, start, customer))

    def on_the_desk(self, customers: Sequence[str]) -> None:
        """Yesterday's drafts: a quote, an invoice, a purchase order; and what is bought for stock."""
        chance, clock = self.by("desk")
        yesterday = clock.day(self.today, -1)
        invoice, order = self.ref("F"), self.ref("B")
        repair = products([{"code": "MO-OFI", "quantity": Decimal(3)}, {"code": "DES-ZAR", "quantity": Decimal(1)}])
        self.add(clock.on(yesterday), "administracion", makes(
            invoice, "invoice", chance.choice(customers), lines=repair, title="Reparación fuera de contrato",
        ))  # fmt: skip
        split = products(
            [{"code": code, "quantity": quantity} for code, quantity in goods.recipe(goods.SPLIT, Decimal(2900))]
        )
        self.add(clock.on(yesterday), "ventas", makes(self.ref("Q"), "quote", chance.choice(customers), lines=split))
        filters = products([{"code": "FIL-G4", "quantity": Decimal(40), "cost": True}])
        self.add(clock.on(yesterday), "soporte", makes(order, "purchase_order", "P-2", lines=filters))
        for n in range(BOUGHT_FOR_STOCK):
            _chance, of_one = self.by("stock", n)
            self.purchase(n % len(goods.SUPPLIERS), of_one.on(of_one.day(self.first, 2 + 5 * n)))
