"""The forecast: by month of the expected close and responsible what is open, weighted and not; and what was won.

What was won counts in the month in which it was, by the company's clock. What should have been closed before this month
and is still open stands first, what has no date last: the total leaves out nothing that is open.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import forms
from django.db.models import Count, DateField, F, Q, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from hilvan.people.models import Team, User
from hilvan.records.models import visible

from .board import PIPELINE, WEIGHTED
from .models import ENDS, WON, Opportunity

BACK = 3
"""So many months back one sees what was won."""
CENT = Decimal("0.01")


class ForecastFilters(forms.Form):
    team = forms.ChoiceField(label=gettext_lazy("Team"), required=False)
    pipeline = forms.ChoiceField(label=gettext_lazy("Pipeline"), required=False)

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data, auto_id="filter_%s")
        teams = Team.objects.filter(company=user.company_id, is_active=True).order_by("name")
        pipelines = list(PIPELINE.choices(user.company))
        for name, choices in (("team", [(str(one.pk), one.name) for one in teams]), ("pipeline", pipelines)):
            chosen = self.fields[name]
            assert isinstance(chosen, forms.ChoiceField)
            chosen.choices = [("", _("Any")), *choices]
            if not choices:
                del self.fields[name]
        if not self.is_valid():  # an address written by hand: what is no choice counts as not chosen
            self.cleaned_data = {name: value for name, value in self.cleaned_data.items() if name not in self.errors}
        for name in self.chosen:
            self.fields[name].widget.attrs["class"] = "chosen"

    @property
    def chosen(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if value}

    def condition(self) -> Q:
        chosen, condition = self.chosen, Q()
        if team := chosen.get("team"):
            condition &= Q(record__team=int(team))
        if pipeline := chosen.get("pipeline"):
            condition &= PIPELINE.condition(pipeline)
        return condition


@dataclass
class Sums:
    """Amounts in euros; of open ones how many, all of it and as likely as it is; of won ones all of it."""

    count: int = 0
    open: Decimal = Decimal(0)
    weighted: Decimal = Decimal(0)
    won: Decimal = Decimal(0)

    def add(self, other: Sums) -> None:
        self.count += other.count
        self.open += other.open
        self.weighted += other.weighted
        self.won += other.won


@dataclass
class Month:
    """A month, or what lies before this one (``overdue``) or has no date (``first`` is None)."""

    first: dt.date | None
    overdue: bool = False
    people: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))

    @property
    def label(self) -> str:
        if self.overdue:
            return _("Before this month, still open")
        return capfirst(date_format(self.first, "F Y")) if self.first else _("Without date")

    @property
    def rows(self) -> list[tuple[str, Sums]]:
        """By responsible, nobody last."""
        return sorted(self.people.items(), key=lambda pair: (pair[0] == "", pair[0]))

    @property
    def sums(self) -> Sums:
        return summed(self.people.values())


Line = tuple[Month, str, Sums]


def forecast(user: User, condition: Q) -> list[Month]:
    """The months in their order, for what the user may see: two queries."""
    seen = Opportunity.objects.filter(visible(user, "record__"), condition, company=user.company_id)
    seen = seen.filter(record__archived_at=None)
    this_month = timezone.localdate(timezone=user.company.zone).replace(day=1)
    months: dict[Any, Month] = {}
    expected = TruncMonth("expected_close_on", output_field=DateField())
    grouped = seen.exclude(stage__in=ENDS).values(month=expected, name=F("record__owner__name")).order_by()
    for row in grouped.annotate(n=Count("pk"), all=Sum("expected_amount"), weighted=Sum(WEIGHTED)):
        overdue = row["month"] is not None and row["month"] < this_month
        key = "overdue" if overdue else row["month"]
        month = months.setdefault(key, Month(None if overdue else row["month"], overdue))
        weighted = (row["weighted"] or Decimal(0)).quantize(CENT, ROUND_HALF_UP)
        month.people[row["name"] or ""].add(Sums(row["n"], row["all"] or Decimal(0), weighted))
    since = this_month
    for _n in range(BACK):
        since = (since - dt.timedelta(days=1)).replace(day=1)
    since_instant = dt.datetime.combine(since, dt.time(), user.company.zone)
    closed = TruncMonth("closed_at", tzinfo=user.company.zone, output_field=DateField())
    won = seen.filter(stage=WON, closed_at__gte=since_instant).values(month=closed, name=F("record__owner__name"))
    for first, name, amount in won.order_by().annotate(all=Sum("expected_amount")).values_list("month", "name", "all"):
        month = months.setdefault(first, Month(first))
        month.people[name or ""].add(Sums(won=amount or Decimal(0)))
    return sorted(
        months.values(),
        key=lambda one: (one.first is None and not one.overdue, not one.overdue, one.first or this_month),
    )


def total(months: Iterable[Month]) -> Sums:
    return summed(month.sums for month in months)


def summed(several: Iterable[Sums]) -> Sums:
    whole = Sums()
    for one in several:
        whole.add(one)
    return whole


COLUMNS: tuple[tuple[Any, Callable[[Line], Any]], ...] = (
    (gettext_lazy("Month"), lambda line: line[0].first or line[0].label),
    (gettext_lazy("Responsible"), lambda line: line[1]),
    (pgettext_lazy("opportunities", "Open"), lambda line: line[2].count),
    (gettext_lazy("Amount"), lambda line: line[2].open),
    (gettext_lazy("Weighted"), lambda line: line[2].weighted),
    (pgettext_lazy("amount", "Won"), lambda line: line[2].won),
)
"""Of an export: heading, and what it says of a line."""


def lines(months: Iterable[Month]) -> list[Line]:
    return [(month, name, sums) for month in months for name, sums in month.rows]
