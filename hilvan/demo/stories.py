"""What happened in the demo company: stories of customers, opportunities and incidents, told as steps in time.

A story runs on as far as it would; what lies after the instant of the seeding has not happened yet and is left out. So
whatever is new, on hold, in progress or overdue then is so as it would be in a real company.

Opportunities and incidents are made and changed through their kinds: a company without one of these parts has no story
of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from django.utils.text import slugify

from hilvan.activities.models import State
from hilvan.activities.services import create_activity, defer, transition
from hilvan.parties.services import block, create_contact, create_customer
from hilvan.records.history import Actor
from hilvan.records.kinds import kinds
from hilvan.trade.models import PaymentMethod

from . import goods, texts
from .clock import Clock, rounded
from .diary import Cast, Step, contact_ref, does
from .numbers import invented_cif, invented_iban, invented_nif, phone
from .steps import products, writes
from .trading import Habit, Trading

CUSTOMERS_AT_FIRST = 32
OPPORTUNITIES = 60
INCIDENTS = 80
ABOUT_CUSTOMERS = 36
SOURCES = ["website", "referral", "campaign", "event", "prospecting", "existing_customer", "other"]
CHANNELS = ["phone", "email", "web", "in_person", "other"]
PERSONAL = 25
WHOLE_CHAIN = "C-0003"
"""The customer whose deal goes all the way to a receipt that the bank returns."""
BAD_PAYER = "Muebles Pirineos S.A."


@dataclass
class Stories(Trading):
    """All that happened; ``tell`` tells it."""

    born: list[tuple[str, dt.datetime, str]] = field(default_factory=list)
    """The customers: (reference, since when, what it is)."""

    def tell(self) -> list[Step]:
        """All that happened before ``now``, in its order."""
        self.catalogue()
        for row in texts.CUSTOMERS:
            self.customer(*row)
        self.whole_chain(WHOLE_CHAIN, "la recepción")
        for _n in range(OPPORTUNITIES if "opportunity" in kinds else 0):
            self.opportunity()
        for _n in range(INCIDENTS if "incident" in kinds else 0):
            self.incident()
        for _n in range(ABOUT_CUSTOMERS):
            customer, since, _what = self.chance.choice(self.born)
            kind, subject, who, minutes = self.chance.choice(texts.ABOUT_CUSTOMERS)
            self.activity(kind, subject, at=self.some_time(since), to=who, minutes=minutes, origin=customer)
        for _n in range(PERSONAL):
            kind, subject, who, minutes = self.chance.choice(texts.PERSONAL)
            self.activity(kind, subject, at=self.some_time(), to=who, minutes=minutes, by=who)
        self.present_day()
        self.on_the_desk([ref for ref, _since, _what in self.born[:CUSTOMERS_AT_FIRST]])
        self.remittances()
        return sorted(self.steps, key=lambda step: step.at)

    # -- Customers, opportunities, incidents --

    def customer(self, name: str, what: str, address: str, postal_code: str, city: str, province: str) -> None:
        ref = self.ref("C")
        number = self.count["C"]
        days = self.chance.randint(0, 1) if number <= CUSTOMERS_AT_FIRST else self.chance.randint(5, 55)
        at = self.clock.on(self.clock.day(self.first, days))
        domain = slugify(name.removesuffix(" S.L.").removesuffix(" S.A."))[:30].strip("-")
        fields: dict[str, Any] = {
            "title": name,
            "phone": phone(self.chance),
            "email": f"{'hola' if what in {'shop', 'hotel'} else 'administracion'}@{domain}.example",
            "website": f"https://www.{domain}.example" if what != "homes" and self.chance.random() < 0.6 else "",
            "tax_id": invented_nif(number) if name.endswith("Lapuente Sanz") else invented_cif(number, name),
            "address": address,
            "postal_code": postal_code,
            "city": city,
            "province": province,
            "country": "ES",
        }
        owner = "admin" if self.chance.random() < 0.2 else "ventas"
        habit = self.habits[ref] = self.habit(ref, name)
        fields |= {"payment_method": habit.method}
        if habit.method == PaymentMethod.DIRECT_DEBIT:
            fields |= {
                "iban": invented_iban(number),
                "mandate_reference": f"MANDATO-{number:04}",
                "mandate_signed_on": at.date() - dt.timedelta(days=7 * number),
            }
        if name.startswith("Ferretería"):
            fields["regime"] = "surcharge"  # a shop that sells on what it buys

        def create(cast: Cast, actor: Actor) -> None:
            people: dict[str, Any] = {"owner": cast.users[owner], "team": cast.teams["Ventas"]}
            people["terms"] = cast.terms[habit.days]
            cast.records[ref] = create_customer(actor=actor, ref=ref, **fields, **people)

        self.add(at, "administracion", create)
        self.born.append((ref, at, what))
        self.people(ref, at, what, domain)
        if habit.method == PaymentMethod.DIRECT_DEBIT:
            self.maintenance(ref, what, at)
        if name == BAD_PAYER:
            for days in (1, 3, 6):
                repair = products(
                    [{"code": "MO-OFI", "quantity": Decimal(days + 4)}, {"code": "TUB-COB", "quantity": Decimal(12)}]
                )
                self.invoice(ref, ref, self.clock.after(at, days, days), lines=repair, title="Reparación de la nave")
            self.add(
                self.clock.after(at, 45, 45),
                "administracion",
                lambda cast, actor: block(cast.records[ref], actor=actor, reason="Tres facturas vencidas sin pagar"),
            )

    def habit(self, customer: str, name: str) -> Habit:
        """How a customer pays. By a chance of its own."""
        if customer == WHOLE_CHAIN:
            return Habit((30, 60), PaymentMethod.DIRECT_DEBIT)
        if name == BAD_PAYER:
            return Habit(never=True)
        chance, _clock = self.by("habit", customer)
        method = chance.choices([PaymentMethod.TRANSFER, PaymentMethod.DIRECT_DEBIT, PaymentMethod.CARD], [5, 3, 1])[0]
        days = (0,) if method == PaymentMethod.CARD else chance.choices([(0,), (30,), (60,), (30, 60)], [2, 5, 1, 2])[0]
        return Habit(days, method)

    def people(self, customer: str, since: dt.datetime, what: str, domain: str) -> None:
        """Nobody, one or two contacts of a customer, noted just after it. By a chance of their own."""
        chance = Random(customer)  # noqa: S311 (stories, no secrets)
        clock = Clock(self.zone, chance)
        at = since
        several = chance.choices([0, 1, 2], [1, 5, 4])[0]
        for n, (position, department, gender) in enumerate(texts.POSITIONS[what][:several]):
            first, *surnames = chance.choice(texts.FIRST_NAMES[gender]), *chance.sample(texts.SURNAMES, 2)
            at = clock.within(at, 0.1, 0.9)
            consent = chance.choices(["unknown", "yes", "no"], [5, 4, 1])[0]
            fields: dict[str, Any] = {
                "title": " ".join((first, *surnames)),
                "position": position,
                "department": department,
                "mobile": phone(chance),
                "email": f"{slugify(first)}.{slugify(surnames[0])}@{domain}.example" if chance.random() < 0.8 else "",
                "language": "es",
                "consent": consent,
                "consent_since": None if consent == "unknown" else at.date(),
            }
            self.add(at, "administracion", joins(customer, n, fields))

    def opportunity(self) -> None:
        customer, since, what = self.chance.choice(self.born)
        wanted, least, most = self.chance.choice(texts.WANTED)
        title = self.at_a_place(wanted, what)
        ref = self.ref("O")
        at = self.some_time(since)
        owner = "admin" if self.chance.random() < 0.15 else "ventas"
        fields: dict[str, Any] = {
            "title": title,
            "expected_amount": Decimal(self.chance.randrange(least, most, 50)),
            "expected_close_on": self.clock.day(at.date(), self.chance.randint(15, 60)),
            "source": self.chance.choice(SOURCES),
            "description": self.chance.choice(texts.WISHES),
        }
        stages = (
            texts.STAGES_OF_CONTRACTS
            if wanted == texts.CONTRACT
            else {name: name for name in texts.STAGES_OF_CONTRACTS}
        )
        fields["stage"] = stages["qualification"]

        def create(cast: Cast, actor: Actor) -> None:
            people: dict[str, Any] = {
                "owner": cast.users[owner],
                "team": cast.teams["Ventas"],
                "party": cast.records[customer],
                "contact": cast.records.get(contact_ref(customer)),
            }
            cast.records[ref] = kinds["opportunity"].create(
                actor=actor, ref=ref, origin=cast.records[customer], **fields, **people
            )

        def to_stage(stage: str) -> Callable[[Cast, Actor], object]:
            stage = stages[stage]
            return lambda cast, actor: kinds["opportunity"].change(cast.records[ref], actor=actor, stage=stage)

        reaches = self.chance.choices(["call", "proposal", "negotiation", "won", "lost"], weights=[12, 14, 12, 36, 26])[
            0
        ]
        self.add(at, owner, create)
        if self.count["O"] % 4 == 0:
            self.add(self.later(at), owner, writes(ref, self.chance.choice(goods.NOTES)))
        over = self.activity(
            "call", "Llamar para conocer sus necesidades", at=self.later(at), to=owner, minutes=20, origin=ref
        )
        if reaches == "call":
            return
        over = self.later(over)
        self.add(over, owner, to_stage("proposal"))
        if self.chance.random() < 0.4:
            who = self.chance.choice(["tecnico", owner])
            over = self.activity(
                "visit", "Visita para tomar medidas", at=self.later(over), by=owner, to=who, minutes=75, origin=ref
            )
        over = self.activity("task", "Preparar el presupuesto", at=self.later(over), to=owner, minutes=90, origin=ref)
        over = self.later(over)
        quote = self.quote(ref, owner, wanted, fields["expected_amount"], over)
        over = self.later(over)
        if reaches == "proposal":
            sent = self.activity("email", "Enviar el presupuesto", at=over, to=owner, minutes=10, origin=ref)
            self.add(self.later(sent), owner, does(quote, "send"))
            return
        self.add(over, owner, does(quote, "send"))
        over = self.clock.after(over, 1, 4)
        self.add(over, owner, to_stage("negotiation"))
        subject = self.chance.choice(["Seguimiento del presupuesto", "Aclarar dudas del presupuesto"])
        over = self.activity("call", subject, at=self.later(over), to=owner, minutes=15, origin=ref)
        over = self.clock.after(over, 1, 6)
        if reaches == "won":
            self.add(over, owner, does(quote, "accept"))
            over = self.clock.within(over, 0.5, 5)
            self.add(over, owner, does(ref, "win"))
            self.sale(quote, customer, owner, over)
            self.activity(
                "task", "Pedir el material", at=self.later(over), by=owner, to="soporte", minutes=30, origin=ref
            )
        elif reaches == "lost":
            self.add(over, owner, does(quote, "reject", reason=self.chance.choice(goods.REJECTED)))
            cause, reason = self.chance.choice(texts.LOST)
            self.add(self.clock.within(over, 0.5, 5), owner, does(ref, "lose", cause=cause, reason=reason))
        else:
            if self.chance.random() < 0.5:
                self.new_version(quote, owner, self.later(over))
            self.activity("meeting", "Reunión para cerrar condiciones", at=over, to=owner, minutes=60, origin=ref)

    def incident(self) -> None:
        customer, since, what = self.chance.choice(self.born)
        title, category, priority, description, resolution = self.chance.choice(texts.TROUBLE)
        title = self.at_a_place(title, what)
        ref = self.ref("I")
        at = self.some_time(since)
        taken_by = "administracion" if category == "billing" or self.chance.random() < 0.2 else "soporte"
        owner = "administracion" if category == "billing" else "soporte"
        fields: dict[str, Any] = {
            "title": title,
            "category": category,
            "priority": priority,
            "description": description,
            "channel": self.chance.choices(CHANNELS, weights=[55, 25, 10, 7, 3])[0],
        }

        def create(cast: Cast, actor: Actor) -> None:
            people: dict[str, Any] = {
                "owner": cast.users[owner],
                "team": cast.teams["Soporte"],
                "party": cast.records[customer],
                "contact": cast.records.get(contact_ref(customer)),
            }
            cast.records[ref] = kinds["incident"].create(
                actor=actor, ref=ref, origin=cast.records[customer], **fields, **people
            )

        self.add(at, taken_by, create)
        soon = (0, 1) if priority > 1 else (0, 4)
        over = at
        if category == "fault":
            if self.chance.random() < 0.25:
                over = self.activity(
                    "call",
                    "Llamar para concretar el fallo",
                    at=self.later(over),
                    to=owner,
                    minutes=10,
                    origin=ref,
                    plan=soon,
                )
            over = self.activity(
                "visit",
                f"Avería: {title[0].lower()}{title[1:]}",
                at=self.later(over),
                by=owner,
                to="tecnico",
                team="Técnicos",
                minutes=90,
                origin=ref,
                plan=soon,
                priority=priority,
            )
        elif category in {"delivery", "complaint"}:
            who = self.chance.choice(["soporte", "tecnico"])
            subject = "Llevar lo que falta" if category == "delivery" else "Pasar a comprobarlo"
            over = self.activity("visit", subject, at=self.later(over), by=owner, to=who, minutes=45, origin=ref)
        else:
            kind = self.chance.choice(["call", "email"])
            over = self.activity(
                kind, "Responder al cliente", at=self.later(over), to=owner, minutes=15, origin=ref, plan=soon
            )
        over = self.clock.after(over, 0, 4)
        self.add(over, owner, does(ref, "close", resolution=resolution))
        self.worked_on(ref, owner, at, over)
        if self.count["I"] % 6 == 0:
            self.add(self.later(at), taken_by, writes(ref, self.chance.choice(goods.NOTES)))

    def worked_on(self, ref: str, who: str, since: dt.datetime, over: dt.datetime) -> None:
        """Most incidents somebody begins with and answers at once, some wait for a while. By a chance of their own."""
        chance = Random(ref)  # noqa: S311 (stories, no secrets)
        clock = Clock(self.zone, chance)
        begun = clock.within(since, 5, 40)
        if begun >= over or chance.random() < 0.25:
            return
        self.add(begun, who, does(ref, "start"))
        answered = clock.within(begun, 1, 15)
        if answered < over and chance.random() < 0.8:
            self.add(answered, who, does(ref, "answer", if_offered=True))
        held = clock.within(begun, 20, 60)
        if held < over and chance.random() < 0.45:
            self.add(held, who, does(ref, "hold", waiting_for=chance.choice(["customer", "part", "supplier"])))
            goes_on = clock.after(held, 1, 3)
            if goes_on < over and chance.random() < 0.6:
                self.add(goes_on, who, does(ref, "resume"))

    def present_day(self) -> None:
        """For each user what is late, for today, for next week, waiting or put off, whatever chance has brought."""
        for days, hour, kind, subject, who, fate in texts.PRESENT_DAY:
            day = self.clock.day(self.today, days) if days else self.today
            self.present(day, hour, kind, subject, who, fate)

    def present(self, day: dt.date, hour: int, kind: str, subject: str, who: str, fate: str) -> None:
        """An activity planned for a day about now; ``fate`` is what became of it until now."""
        ref = self.ref("A")
        customer = self.chance.choice(self.born[:CUSTOMERS_AT_FIRST])[0] if kind != "task" else ""
        start = dt.datetime.combine(day, dt.time(hour), self.zone)
        end = start + dt.timedelta(minutes=45)
        noted, then = (self.clock.on(self.clock.day(self.today, -n)) for n in (self.chance.randint(4, 8), 2))
        planned = rounded(self.clock.after(noted, 1, 1)) if fate == "put off" else start

        def create(cast: Cast, actor: Actor) -> None:
            cast.records[ref] = create_activity(
                actor=actor,
                origin=cast.records.get(customer),
                contact=cast.records.get(contact_ref(customer)),
                ref=ref,
                type=cast.types[kind],
                subject=subject,
                assignee=cast.users[who] if fate != "unclaimed" else None,
                team=cast.teams[who] if fate == "unclaimed" else None,
                deferred=fate == "deferred",
                start_at=planned,
                end_at=planned + dt.timedelta(minutes=45),
            )

        self.add(noted, "admin" if fate == "unclaimed" else who, create)
        if fate == "put off":
            reason = self.chance.choice(texts.DEFERRED)
            self.add(then, who, lambda cast, actor: defer(
                cast.records[ref], actor=actor, start_at=start, end_at=end, reason=reason))  # fmt: skip
        if fate in {"begun", "waiting"}:
            self.add(then, who, lambda cast, actor: transition(cast.records[ref], actor=actor, to=State.IN_PROGRESS))
        if fate == "waiting":
            self.hold(ref, kind, who, self.clock.within(then, 10, 40), until=self.clock.after(self.now, 1, 6))

    def at_a_place(self, text: str, what: str) -> str:
        """The text with one of the places that such a customer has."""
        return text.format(place=self.chance.choice(texts.PLACES[what])).replace(" de el ", " del ")

    def some_time(self, since: dt.datetime | None = None) -> dt.datetime:
        """Some working instant since then (since the beginning), until about now."""
        days = (self.today - self.first).days * 5 // 7
        at = self.clock.on(self.clock.day(self.first, self.chance.randint(1, max(1, days))))
        return at if since is None or at > since else self.clock.after(since, 0, 10)


def joins(customer: str, n: int, fields: dict[str, Any]) -> Callable[[Cast, Actor], object]:
    """The step in which the n-th contact of a customer is noted."""

    def do(cast: Cast, actor: Actor) -> None:
        ref, party = contact_ref(customer, n), cast.records[customer]
        cast.records[ref] = create_contact(actor=actor, ref=ref, party=party, owner=party.owner, **fields)

    return do
