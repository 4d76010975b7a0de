"""The forecast: by month and responsible what is open, weighted and not, and what was won; equal to the plain sums."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from random import Random

from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hilvan.opportunities.forecast import forecast, lines, total
from hilvan.opportunities.models import Opportunity
from hilvan.opportunities.services import lose_opportunity, win_opportunity
from hilvan.people.models import User
from tests.pages import Page, signed_in
from tests.world import World


def month_in(n: int) -> dt.date:
    """A day of the month that comes n months after this one."""
    today = timezone.localdate()
    months = today.year * 12 + today.month - 1 + n
    return dt.date(months // 12, months % 12 + 1, 15)


def told(user: User) -> list[tuple[str, str, int, Decimal, Decimal, Decimal]]:

    return [
        (
            "late" if month.overdue else f"{month.first:%Y-%m}" if month.first else "",
            name,
            s.count,
            s.open,
            s.weighted,
            s.won,
        )
        for month, name, s in lines(forecast(user, Q()))
    ]


def test_open_ones_stand_in_their_month_and_won_ones_in_that_in_which_they_were(world: World) -> None:
    def sells(amount: int, close: dt.date | None, *, stage: str = "proposal", owner: User | None = world.ana) -> object:
        return world.opportunity(stage=stage, owner=owner, expected_amount=Decimal(amount), expected_close_on=close)

    sells(1000, month_in(1))
    sells(500, month_in(1), stage="negotiation")
    sells(200, month_in(1), owner=None)
    sells(70, month_in(-1), owner=world.luis)
    sells(30, None)
    world.opportunity(owner=world.luis)
    win_opportunity(world.opportunity(owner=world.luis, expected_amount=Decimal(9)), actor=world.actor())
    lose_opportunity(world.opportunity(expected_amount=Decimal(5000)), actor=world.actor(), reason="Cara")
    zero = Decimal(0)
    assert told(world.ana) == [
        ("late", "Luis Peña", 1, Decimal(70), Decimal(28), zero),
        (f"{timezone.localdate():%Y-%m}", "Luis Peña", 0, zero, zero, Decimal(9)),
        (f"{month_in(1):%Y-%m}", "Ana Gil", 2, Decimal(1500), Decimal(750), zero),
        (f"{month_in(1):%Y-%m}", "", 1, Decimal(200), Decimal(80), zero),
        ("", "Ana Gil", 1, Decimal(30), Decimal(12), zero),
        ("", "Luis Peña", 1, zero, zero, zero),
    ]


def test_its_total_is_that_of_all_open_ones_and_costs_the_same_for_one_and_for_fifty(world: World) -> None:

    chance = Random(7)

    def some(n: int) -> None:
        customer = world.customer()
        for _n in range(n):
            world.opportunity(
                party=customer,
                owner=chance.choice([world.ana, world.luis, None]),
                probability=chance.randint(0, 100),
                expected_amount=Decimal(chance.randint(0, 10**7)) / 100,
                expected_close_on=chance.choice([None, month_in(chance.randint(-3, 15))]),
            )

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            forecast(world.ana, Q())
        return len(captured)

    some(1)
    one = queries()
    some(49)
    assert queries() == one
    whole = total(forecast(world.ana, Q()))
    every = list(Opportunity.objects.all())
    assert (whole.count, whole.open) == (50, sum(one.expected_amount or 0 for one in every))
    weighted = sum(((one.expected_amount or Decimal(0)) * one.probability / 100 for one in every), Decimal(0))
    assert abs(whole.weighted - weighted) <= Decimal("0.01") * len(lines(forecast(world.ana, Q())))


def test_one_sees_in_it_what_one_sees_of_opportunities(world: World) -> None:
    world.opportunity(expected_amount=Decimal(1000), expected_close_on=month_in(1))
    mine = world.opportunity(owner=world.eva, expected_amount=Decimal(1), expected_close_on=month_in(1))
    assert [row[3] for row in told(world.eva)] == [Decimal(1)]
    assert told(world.zoe) == []
    page = Page.of(signed_in(world.eva).get("/opportunities/forecast"))
    assert "1.00" in page.text
    assert "1,000.00" not in page.text
    assert mine.number


def test_its_page_filters_and_is_a_file(world: World) -> None:
    assert "Nothing to foresee yet" in Page.of(signed_in(world.ana).get("/opportunities/forecast")).text
    world.opportunity(team=world.ventas, owner=world.ana, expected_amount=Decimal(1000), expected_close_on=month_in(1))
    world.opportunity(owner=world.luis, expected_amount=Decimal(7), expected_close_on=month_in(1))
    client = signed_in(world.ana)
    assert "1,007.00" in Page.of(client.get("/opportunities/forecast")).text
    assert "1,007.00" not in Page.of(client.get(f"/opportunities/forecast?team={world.ventas.pk}")).text
    assert client.get("/opportunities/forecast?team=999999&pipeline=magic").status_code == 200
    answer = client.get(f"/opportunities/forecast/export?format=csv&team={world.ventas.pk}")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = [line.replace('"', "").split(",") for line in text.strip().splitlines()]
    assert rows[0] == ["Month", "Responsible", "Open", "Amount", "Weighted", "Won"]
    assert [row[1:] for row in rows[1:]] == [["Ana Gil", "1", "1000.00", "100.00", "0"]]
