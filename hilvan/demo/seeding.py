"""Playing the stories into the database."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from itertools import groupby

from django.apps import apps
from django.db import transaction
from django.db.models import Max

from hilvan.activities.models import ActivityType
from hilvan.activities.services import create_activity, results_of
from hilvan.parties.services import create_customer
from hilvan.people.models import Company, Team, User
from hilvan.people.services import create_team, create_user
from hilvan.printing.services import put_letterhead
from hilvan.records.history import Actor, Channel, writing_at
from hilvan.records.kinds import kinds
from hilvan.records.models import Change, Record, new_uuid
from hilvan.records.services import found_company
from hilvan.trade.models import PaymentTerms
from hilvan.working_time.services import set_calendar

from .diary import Cast, Step
from .numbers import creditor_id, invented_iban
from .stories import Stories

PIPELINES = apps.is_installed("hilvan.opportunities")
ACCOUNTS = apps.is_installed("hilvan.remittances")
if PIPELINES:
    from hilvan.opportunities.pipelines import put_pipeline, put_stage
if ACCOUNTS:
    from hilvan.remittances.accounts import put_account

TOLD_OF = {
    "opportunity", "incident", "product", "quote", "sales_order", "delivery_note", "invoice", "credit_note",
    "purchase_order", "goods_receipt", "supplier_invoice", "receipt", "remittance",
}  # fmt: skip
WHOLE = all(name in kinds for name in TOLD_OF)
"""Whether every kind of which the stories tell is here."""
ABSENT = () if WHOLE else (KeyError,)
"""What a step about a kind that is not here raises, since it finds neither it nor its records: it is left out."""
COMPANY = "Instalaciones Ebro S.L."
TAX_ID = "B00500017"
OTHER_COMPANY = "Papelería Turia S.L."
HOURS = ((8 * 60 + 30, 14 * 60), (15 * 60 + 30, 18 * 60 + 30))
"""Of the working days, as ``clock`` has them, in minutes since midnight."""
PASSWORD = "hilo-y-aguja"  # noqa: S105 (of a demo, printed at each start)

# User name, name, role.
USERS = [
    ("admin", "Carmen Ruiz", "administrator"),
    ("ventas", "Ana García", "member"),
    ("soporte", "Javier Martín", "member"),
    ("administracion", "Lucía Serrano", "member"),
    ("tecnico", "Diego Navarro", "collaborator"),
]
TEAMS = {"Ventas": ["admin", "ventas"], "Soporte": ["soporte", "tecnico"], "Técnicos": ["soporte", "tecnico"]}


def seed() -> str | None:
    """Fill an empty database with the demo and answer the password of its users; None where another company is there.

    The seeding can be interrupted and goes on where it was: the stories depend on the instant of the company's birth
    alone, and the other company is made last. Once that is there, nothing is done.
    """
    companies = list(Company.objects.order_by("id")[:2])
    if companies and companies[0].name != COMPANY:
        return None
    if len(companies) < 2:
        company = companies[0] if companies else _found_demo()
        _play(company, Stories(company.created_at, company.zone).tell())
        _found_other()
    return PASSWORD


@transaction.atomic
def _found_demo() -> Company:
    company = found_company(name=COMPANY, tax_id=TAX_ID)
    users = {
        username: create_user(
            company=company,
            username=username,
            name=name,
            email=f"{username}@instalaciones-ebro.example",
            role=role,
            password=PASSWORD,
        )
        for username, name, role in USERS
    }
    put_letterhead(
        by=users["admin"],
        address="Polígono Malpica, calle E, nave 14\n50016 Zaragoza",
        phone="976 500 017",
        email="hola@instalaciones-ebro.example",
        iban="ES91 2100 0418 4502 0005 1332",
        registry="Registro Mercantil de Zaragoza, tomo 1234, folio 56, hoja Z-7890",
    )
    set_calendar(by=users["admin"], region="AR", week=[HOURS] * 5 + [(), ()])
    if ACCOUNTS:
        number, creditor = invented_iban(7), creditor_id(TAX_ID)
        put_account(None, by=users["admin"], name="Cuenta de cobros", iban=number, creditor_id=creditor)
    if PIPELINES:
        _set_up_contracts(users["admin"])
    for name, members in TEAMS.items():
        create_team(company=company, name=name, members=[users[username] for username in members])
    return company


def _set_up_contracts(by: User) -> None:
    """A pipeline of its own for contracts of maintenance, with the stages that ``texts`` names by their codes."""
    pipeline = put_pipeline(None, by=by, name="Contratos de mantenimiento", position=2)
    put_stage(pipeline.stages.get(), by=by, name="Toma de datos", position=1)
    put_stage(None, by=by, pipeline=pipeline, name="Oferta enviada", position=2, probability=50, tone="progress")
    put_stage(None, by=by, pipeline=pipeline, name="Pendiente de firma", position=3, probability=80, tone="progress")


def _play(company: Company, steps: list[Step]) -> None:
    """What is not there yet, a day in each transaction."""
    batch = new_uuid()
    done = Change.objects.filter(company=company).aggregate(Max("at"))["at__max"]
    types = {one.code: one for one in ActivityType.objects.filter(company=company)}
    cast = Cast(
        users={user.username: user for user in User.objects.filter(company=company).select_related("company", "role")},
        teams={team.name: team for team in Team.objects.filter(company=company)},
        types=types,
        results={(code, result.code): result for code, one in types.items() for result in results_of(one)},
        terms={tuple(one.days): one for one in PaymentTerms.objects.filter(company=company)},
        records={record.ref: record for record in Record.objects.filter(company=company).exclude(ref="")},
    )
    for _day, group in groupby(steps, key=lambda step: step.at.astimezone(company.zone).date()):
        with transaction.atomic():
            for step in group:
                if done is None or step.at > done:
                    with suppress(*ABSENT), writing_at(step.at, batch):
                        step.do(cast, Actor(company, Channel.IMPORT, cast.users[step.who], at=step.at))


@transaction.atomic
def _found_other() -> None:
    company = found_company(name=OTHER_COMPANY)
    user = create_user(
        company=company,
        username="otra",
        name="Vicente Ferrer",
        email="vicente@papeleria-turia.example",
        role="administrator",
        password=PASSWORD,
    )
    at = company.created_at - dt.timedelta(days=8)
    with writing_at(at, new_uuid()):
        actor = Actor(company, Channel.IMPORT, user, at=at)
        customer = create_customer(actor=actor, title="Colegio San Cristóbal", city="Valencia", owner=user)
        call = ActivityType.objects.get(company=company, code="call")
        create_activity(
            actor=actor, origin=customer, type=call, subject="Preparar el pedido de cuadernos", assignee=user
        )
