"""The world of the tests: a company with an owner, a team mate and an outsider; and another company."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest

from hilvan.activities.models import Activity, ActivityType
from hilvan.activities.services import create_activity
from hilvan.people.models import Company, Team, User
from hilvan.people.services import create_team, create_user
from hilvan.records.history import Actor, Channel
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from hilvan.records.services import found_company

PASSWORD = "basting-stitch-8"


@dataclass
class World:
    """``ana`` and ``luis`` share the team Ventas and see all; ``eva`` (collaborator) sees only what is hers or her
    team's; ``jefa`` administers. ``zoe`` belongs to the other company."""

    company: Company
    other_company: Company
    jefa: User
    ana: User
    luis: User
    eva: User
    zoe: User
    ventas: Team

    def actor(self, user: User | None = None, channel: Channel = Channel.SCREEN) -> Actor:
        return Actor.of(user or self.ana, channel)

    def type(self, code: str = "task") -> ActivityType:
        return ActivityType.objects.get(company=self.company, code=code)

    def activity(self, subject: str = "Llamar a Marta", *, by: User | None = None, **fields: Any) -> Record:
        """An activity made by ``by`` (ana), a task unless said otherwise."""
        fields["type"] = self.type(fields["type"]) if isinstance(fields.get("type"), str) else self.type()
        return create_activity(actor=self.actor(by), subject=subject, **fields)

    def customer(self, title: str = "Panadería Sol", *, by: User | None = None, **fields: Any) -> Record:
        return self.record("customer", by=by, title=title, **fields)

    def contact(self, title: str = "Marta Ruiz", *, by: User | None = None, **fields: Any) -> Record:
        return self.record("contact", by=by, title=title, **fields)

    def opportunity(self, title: str = "Horno nuevo", *, by: User | None = None, **fields: Any) -> Record:
        """Of a customer of its own unless a ``party`` is given."""
        fields["party"] = fields.get("party") or self.customer(by=by)
        return self.record("opportunity", by=by, title=title, **fields)

    def incident(self, title: str = "El horno no calienta", *, by: User | None = None, **fields: Any) -> Record:
        return self.record("incident", by=by, title=title, **fields)

    def record(self, kind: str, *, by: User | None = None, **fields: Any) -> Record:
        """A record of a kind, by its service."""
        self.needs(kind)
        return kinds[kind].create(actor=self.actor(by), **fields)

    def do(self, record: Record, verb: str, *, by: User | None = None, **fields: Any) -> None:
        """What a button of the record's page does."""
        run = next(one.run for one in record.declaration.verbs if one.name == verb)
        run(record, actor=self.actor(by), **fields)

    def needs(self, *names: str) -> None:
        """What a test tells with kinds whose part has been taken away is no test."""
        if missing := [name for name in names if name not in kinds]:
            pytest.skip(f"There is no kind {missing[0]}.")


def make_world() -> World:
    company = found_company(name="Talleres Ebro S.L.")
    other = found_company(name="Otra Casa S.A.")

    def user(username: str, name: str, role: str = "member", of: Company = company) -> User:
        return create_user(
            company=of, username=username, name=name, email=f"{username}@ebro.example", role=role, password=PASSWORD
        )

    jefa = user("jefa", "Josefa Ruiz", "administrator")
    ana, luis = user("ana", "Ana Gil"), user("luis", "Luis Peña")
    eva = user("eva", "Eva Soto", "collaborator")
    zoe = user("zoe", "Zoe Vidal", of=other)
    return World(
        company=company,
        other_company=other,
        jefa=jefa,
        ana=ana,
        luis=luis,
        eva=eva,
        zoe=zoe,
        ventas=create_team(company=company, name="Ventas", members=[ana, luis]),
    )


def standing(record: Record) -> Activity:
    """The activity as the database has it now."""
    return Activity.objects.select_related("record", "type", "assignee", "result").get(pk=record.pk)


def at(text: str) -> dt.datetime:
    """An instant in RFC 3339."""
    return dt.datetime.fromisoformat(text)
