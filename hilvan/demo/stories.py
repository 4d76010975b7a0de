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
from stdnum.es import cif

from hilvan.activities.models import State
from hilvan.activities.services import create_activity, defer, transition
from hilvan.parties.services import block, create_contact, create_customer
from hilvan.records.history import Actor
from hilvan.records.kinds import kinds

from . import texts
from .clock import Clock, rounded
from .diary import Cast, Diary, Step, contact_ref

DAYS = 91
CUSTOMERS_AT_FIRST = 32
OPPORTUNITIES = 60
INCIDENTS = 80
ABOUT_CUSTOMERS = 36
SOURCES = ["website", "referral", "campaign", "event", "prospecting", "existing_customer", "other"]
CHANNELS = ["phone", "email", "web", "in_person", "other"]
PERSONAL = 25


@dataclass
class Stories(Diary):
    """All that happened; ``tell`` tells it."""

    born: list[tuple[str, dt.datetime, str]] = field(default_factory=list)
    """The customers: (reference, since when, what it is)."""

    @property
    def today(self) -> dt.date:
        return self.now.astimezone(self.zone).date()

    @property
    def first(self) -> dt.date:
        return self.clock.day(self.today - dt.timedelta(days=DAYS), 0)

    def tell(self) -> list[Step]:
        """All that happened before ``now``, in its order."""
        for row in texts.CUSTOMERS:
            self.customer(*row)
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
            "tax_id": invented_cif(number) if what != "homes" else "",
            "address": address,
            "postal_code": postal_code,
            "city": city,
            "province": province,
            "country": "ES",
        }
        owner = "admin" if self.chance.random() < 0.2 else "ventas"

        def create(cast: Cast, actor: Actor) -> None:
            people: dict[str, Any] = {"owner": cast.users[owner], "team": cast.teams["Ventas"]}
            cast.records[ref] = create_customer(actor=actor, ref=ref, **fields, **people)

        self.add(at, "administracion", create)
        self.born.append((ref, at, what))
        self.people(ref, at, what, domain)
        if name == "Muebles Pirineos S.A.":
            self.add(
                self.clock.after(at, 45, 45),
                "administracion",
                lambda cast, actor: block(cast.records[ref], actor=actor, reason="Tres facturas vencidas sin pagar"),
            )

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
        title, least, most = self.chance.choice(texts.WANTED)
        title = self.at_a_place(title, what)
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
            return lambda cast, actor: kinds["opportunity"].change(cast.records[ref], actor=actor, stage=stage)

        reaches = self.chance.choices(["call", "proposal", "negotiation", "won", "lost"], weights=[12, 14, 12, 36, 26])[
            0
        ]
        self.add(at, owner, create)
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
        if reaches == "proposal":
            self.activity("email", "Enviar el presupuesto", at=self.later(over), to=owner, minutes=10, origin=ref)
            return
        over = self.clock.after(over, 1, 4)
        self.add(over, owner, to_stage("negotiation"))
        subject = self.chance.choice(["Seguimiento del presupuesto", "Aclarar dudas del presupuesto"])
        over = self.activity("call", subject, at=self.later(over), to=owner, minutes=15, origin=ref)
        over = self.clock.after(over, 1, 6)
        if reaches == "won":
            self.add(over, owner, does(ref, "win"))
            self.activity(
                "task", "Pedir el material", at=self.later(over), by=owner, to="soporte", minutes=30, origin=ref
            )
        elif reaches == "lost":
            reason = self.chance.choice(texts.LOST)
            self.add(over, owner, does(ref, "lose", reason=reason))
        else:
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


def phone(chance: Random) -> str:
    """From 75 to 79: mobile ranges that the Spanish numbering plan keeps back, so that nobody is called."""
    pairs = " ".join(f"{chance.randrange(100):02}" for _n in range(3))
    return f"7{chance.randint(5, 9)}{chance.randrange(10)} {pairs}"


def joins(customer: str, n: int, fields: dict[str, Any]) -> Callable[[Cast, Actor], object]:
    """The step in which the n-th contact of a customer is noted."""

    def do(cast: Cast, actor: Actor) -> None:
        ref, party = contact_ref(customer, n), cast.records[customer]
        cast.records[ref] = create_contact(actor=actor, ref=ref, party=party, owner=party.owner, **fields)

    return do


def does(ref: str, verb: str, *, if_offered: bool = False, **fields: Any) -> Callable[[Cast, Actor], object]:
    """The step in which the record of this reference is closed, won …; ``if_offered``: unless that has been done."""

    def do(cast: Cast, actor: Actor) -> object:
        record = cast.records[ref]
        kind = record.declaration
        one = next(one for one in kind.verbs if one.name == verb)
        if if_offered and not one.offered(kind.model._default_manager.get(pk=record.pk)):
            return None
        return one.run(record, actor=actor, **fields)

    return do


def invented_cif(number: int) -> str:
    """A well-formed tax identifier of a province that does not exist (00)."""
    body = f"B00{number * 137:05d}"
    return body + cif.calc_check_digits(body)[0]
