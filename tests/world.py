"""The world of the tests: a company with an owner, a team mate and an outsider; and another company."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from hilvan.activities.models import Activity, ActivityType
from hilvan.activities.services import create_activity
from hilvan.incidents.services import create_incident
from hilvan.opportunities.services import create_opportunity
from hilvan.parties.services import create_customer
from hilvan.people.models import Company, Team, User
from hilvan.people.services import create_team, create_user
from hilvan.records.history import Actor, Channel
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
        return create_customer(actor=self.actor(by), title=title, **fields)

    def opportunity(self, title: str = "Horno nuevo", *, by: User | None = None, **fields: Any) -> Record:
        """Of a customer of its own unless a ``party`` is given."""
        fields["party"] = fields.get("party") or self.customer(by=by)
        return create_opportunity(actor=self.actor(by), title=title, **fields)

    def incident(self, title: str = "El horno no calienta", *, by: User | None = None, **fields: Any) -> Record:
        return create_incident(actor=self.actor(by), title=title, **fields)


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
