"""A company with N activities and their past, as the triggers would have written it one change at a time.

Rows come by COPY into tables without triggers, indexes and constraints; what the triggers keep (changes, counts,
documents) is made from them set-wise. Then ``hilvan migrate``'s own installation puts the triggers back, and
``invariants`` says whether all is as it should be. Everything is drawn from one seed: the same N, the same company.
"""

from __future__ import annotations

import datetime as dt
import random
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from django.db import connections, transaction
from django.db.models import Model
from django.utils import timezone

from hilvan.activities.models import Activity, Situation, State
from hilvan.activities.services import results_of
from hilvan.incidents.models import Incident
from hilvan.opportunities.models import Opportunity
from hilvan.parties.models import Contact, Customer
from hilvan.people.models import Company, Team, User
from hilvan.people.services import create_team, create_token, create_user
from hilvan.records import install
from hilvan.records.kinds import kinds
from hilvan.records.models import Change, ChangePayload, Document, Record, new_uuid
from hilvan.records.services import found_company

from .deriving import bare, columns_of, derive

PAST = dt.timedelta(days=3 * 365)
LONG = 60
"""So many activities stand on one opportunity, whose timeline has far more than the 200 entries that are measured."""
FILLED: tuple[type[Model], ...] = (
    Record, Customer, Contact, Opportunity, Incident, Activity, Situation, Change, ChangePayload, Document,
)  # fmt: skip

SUBJECTS = ["Llamar por la oferta", "Visita técnica", "Revisar el contrato", "Enviar la documentación",
            "Reclamar el pago", "Reunión de seguimiento", "Preparar la demostración", "Confirmar la entrega",
            "Responder a la queja"]  # fmt: skip
THINGS = ["caldera", "horno", "instalación", "compresor", "cámara frigorífica", "bomba", "cuadro eléctrico", "ascensor"]
TOWNS = ["Zaragoza", "Huesca", "Teruel", "Logroño", "Soria", "Tudela", "Lleida", "Ávila", "Cáceres", "A Coruña"]
NAMES = ["Ana", "Luis", "Marta", "Íñigo", "Lucía", "Pablo", "Carmen", "Jorge", "Nuria", "Álvaro"]
SURNAMES = ["Gil", "Peña", "Núñez", "Ruiz", "Soto", "Zapata", "Ibáñez", "Lacasa", "Ferrer", "Martín"]


@dataclass(frozen=True)
class Filled:
    """What the measures ask about: user names, a token of the user's, numbers of records."""

    user: str
    token: str
    colleague: str
    long: str
    """A record with a timeline of more than 200 entries."""
    activity: str
    customer: str


def fill(how_many: int) -> Filled:
    """Found the company and fill it with so many activities."""
    company = found_company(name="Instalaciones Moncayo S.L.")
    users = [
        create_user(
            company=company,
            username=f"u{n}",
            name=f"{NAMES[n % 10]} {SURNAMES[n // 10 % 10]}",
            email=f"u{n}@moncayo.example",
            password=secrets.token_urlsafe() if n == 0 else None,  # one at least, or it is the first use
        )
        for n in range(min(max(how_many // 2000, 2), 500))
    ]
    size = min(len(users), 8)
    teams = [
        create_team(company=company, name=f"Equipo {n}", members=users[n::size]) for n in range(len(users) // size)
    ]
    story = Story(company, users, teams, how_many)
    with transaction.atomic(using=install.OWNER), connections[install.OWNER].cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        with bare(cursor, FILLED):
            for model, lines in story.told():
                columns = ", ".join(f'"{field.column}"' for field in columns_of(model))
                with cursor.copy(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN') as copy:
                    for line in lines:
                        copy.write(line)
            derive(cursor, company, {kind: (kinds[kind].prefix, keys) for kind, keys in story.keys.items()})
    install.migrate()
    with connections[install.OWNER].cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
    numbers = [story.number(key) for key in (story.long, story.keys["activity"][-1], story.keys["customer"][0])]
    return Filled(users[0].username, create_token(users[0]), users[1].username, *numbers)


class Story:
    """Who did what and when. The keys of a kind's records follow each other in the order of their births."""

    def __init__(self, company: Company, users: list[User], teams: list[Team], how_many: int) -> None:
        self.company, self.users, self.teams = company.pk, [user.pk for user in users], [team.pk for team in teams]
        self.busy = list(accumulate(1 if n % 10 else 3 for n in range(len(users))))  # some do more than others
        self.types = [(one.pk, [result.pk for result in results_of(one)]) for one in company.activity_types.all()]
        self.random = random.Random(how_many)
        self.end = timezone.now() - dt.timedelta(hours=1)
        self.keys: dict[str, range] = {}
        first = 1
        for kind, share in (("customer", 20), ("contact", 20), ("opportunity", 10), ("incident", 10), ("activity", 1)):
            self.keys[kind] = range(first, first + max(how_many // share, 1))
            first = self.keys[kind].stop
        self.long = self.keys["opportunity"][0]
        self.parties: list[int] = [0]
        """By key, the customer with whom a record has to do."""

    def told(self) -> Iterator[tuple[type[Model], Iterable[str]]]:
        """The lines of each table that is copied in; of the activities their situations: all else follows."""
        yield Record, self.records()
        yield Customer, self.of_kind(Customer, "customer", lambda n: {
            "phone": f"976{n:06}", "email": f"hola{n}@cliente.example", "address": f"Calle Mayor, {n % 200}",
            "city": TOWNS[n % 10]})  # fmt: skip
        yield Contact, self.of_kind(Contact, "contact", lambda n: {"mobile": f"6{n:08}", "position": "Compras"})
        yield Opportunity, self.of_kind(Opportunity, "opportunity", lambda n: {
            "expected_amount": f"{n % 90_000}.00", "description": "Quieren cambiarla antes del invierno."})  # fmt: skip
        yield Incident, self.of_kind(Incident, "incident", lambda n: {"description": "Se para sola por las noches."})
        yield Situation, self.situations()

    def born(self, kind: str, key: int) -> dt.datetime:
        keys = self.keys[kind]
        return self.end - PAST * ((keys.stop - key) / len(keys))

    def number(self, key: int) -> str:
        kind = next(kind for kind, keys in self.keys.items() if key in keys)
        n = key - self.keys[kind].start + 1
        return f"{kinds[kind].prefix}-{self.born(kind, key).astimezone(dt.UTC).year}-{n:06}"

    def somebody(self) -> int:
        return self.random.choices(self.users, cum_weights=self.busy)[0]

    def any_of(self, kind: str, share: float) -> int:
        """One of the kind's records that are there already when such a share of the time has gone by."""
        keys = self.keys[kind]
        return keys[int(self.random.random() * share * (len(keys) - 1))]

    def records(self) -> Iterator[str]:
        line = _Line(Record, company_id=self.company)
        for kind, keys in self.keys.items():
            if kind == "activity":
                continue
            for n, key in enumerate(keys):
                party = key if kind == "customer" else self.any_of("customer", n / len(keys))
                self.parties.append(party)
                person = f"{NAMES[key % 10]} {SURNAMES[key // 10 % 10]}"
                title = {"customer": f"{SURNAMES[key % 10]} y {SURNAMES[key // 10 % 10]} {key} S.L.", "contact": person}
                yield line(
                    id=key,
                    uuid=new_uuid(),
                    kind=kind,
                    number=self.number(key),
                    title=title.get(kind, f"{THINGS[key % 8].capitalize()} en {TOWNS[key // 8 % 10]}"),
                    party_id=party,
                    owner_id=self.somebody(),
                    created_by_id=self.users[0],
                    created_at=self.born(kind, key),
                )

    def of_kind(self, model: type[Model], kind: str, fields: Callable[[int], dict[str, Any]]) -> Iterator[str]:
        line = _Line(model, company_id=self.company)
        return (line(record_id=key, **fields(key)) for key in self.keys[kind])

    def situations(self) -> Iterator[str]:
        line = _Line(Situation, company_id=self.company)
        keys = self.keys["activity"]
        for n, key in enumerate(keys):
            kind = self.random.choices(["opportunity", "incident", "customer", "contact", ""], [40, 25, 20, 10, 5])[0]
            origin = (
                self.long if n % (len(keys) // LONG + 1) == 0 else self.any_of(kind, n / len(keys)) if kind else None
            )
            at = self.born("activity", key)
            for begins, ends, stands in self.life(at, n):
                interval = f"[{begins},{ends or ''})"
                party = self.parties[origin] if origin else None
                yield line(activity_id=key, valid=interval, origin_id=origin, party_id=party, **stands)

    def life(self, at: dt.datetime, n: int) -> Iterator[tuple[dt.datetime, dt.datetime | None, dict[str, Any]]]:
        """How an activity stands, and from when until when: some five situations, until it is closed or all is told."""
        chance = self.random.random
        start, days = at + dt.timedelta(days=2 * chance()), dt.timedelta(days=1)
        kind, results = self.random.choice(self.types)
        stands: dict[str, Any] = {
            "type_id": kind, "subject": f"{SUBJECTS[n % 9]}: {THINGS[n // 9 % 8]}", "priority": n % 4,
            "state": State.NEW, "assignee_id": None if chance() < 0.05 else self.somebody(),
            "team_id": self.random.choice(self.teams),
            "start_at": start, "end_at": start + days * (1 + 20 * chance()), "promised_start_at": start,
        }  # fmt: skip
        stands["promised_end_at"] = stands["end_at"]
        turns: list[Callable[[dt.datetime], dict[str, Any]]] = [
            lambda at: {"assignee_id": self.somebody()},
            lambda at: {"state": State.IN_PROGRESS, "begun_at": at},
            lambda at: {"state": State.ON_HOLD, "hold_reason": "customer", "hold_returns_to": State.IN_PROGRESS},
            lambda at: {"state": State.IN_PROGRESS, "hold_reason": "", "hold_returns_to": ""},
            lambda at: {"end_at": stands["end_at"] + 7 * days},
            lambda at: {"state": State.CLOSED, "closed_at": at, "result_id": self.random.choice(results)},
        ]
        left = [turns[k] for k in range(6) if chance() < (0.5, 1, 0.6, 0.6, 0.5, 0.97)[k]]
        if turns[2] not in left and turns[3] in left:
            left.remove(turns[3])
        while left and (following := at + days * (0.1 + 5 * chance())) < self.end:
            yield at, following, stands
            at, stands = following, stands | left.pop(0)(following)
        yield at, None, stands


class _Line:
    """A table's rows as COPY takes them: what is not given has the model's default."""

    def __init__(self, model: type[Model], **given: Any) -> None:
        blank = {field.attname: field.get_default() for field in columns_of(model)} | given
        self._blank = {name: _text(value) for name, value in blank.items()}

    def __call__(self, **given: Any) -> str:
        values = self._blank | {name: _text(value) for name, value in given.items()}
        return "\t".join(values.values()) + "\n"


def _text(value: Any) -> str:
    return "\\N" if value is None else str(value)
