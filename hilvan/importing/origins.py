"""The records on which imported activities stand: each made once, by its kind and foreign reference."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping

from django.db.models import F

from hilvan.people.models import Company
from hilvan.records.history import Actor, Channel, acting
from hilvan.records.kinds import Kind, kinds
from hilvan.records.models import Record
from hilvan.records.services import next_numbers

from .events import Origin


def find(company: Company, kind: str, refs: Collection[str]) -> dict[str, uuid.UUID]:
    """The public ids of the company's records of a kind that have these foreign references."""
    found = Record.objects.filter(company=company, kind=kind, ref__in=refs).exclude(ref="")
    return dict(found.values_list("ref", "uuid"))


def ensure_origins(company: Company, born: Mapping[Origin, dt.datetime]) -> None:
    """Make those that the company does not have yet, each at the instant given and numbered in its year.

    Inside ``writing_at(None, …)``. An activity can be an origin too, but is born of its own events alone.
    """
    by_kind: dict[str, dict[str, Origin]] = defaultdict(dict)
    for origin in born:
        if origin.kind != "activity":
            by_kind[origin.kind].setdefault(origin.ref, origin)
    for name, by_ref in by_kind.items():
        if missing := by_ref.keys() - find(company, name, by_ref).keys():
            _make(company, kinds[name], [(by_ref[ref], born[by_ref[ref]]) for ref in missing])


def _make(company: Company, kind: Kind, missing: list[tuple[Origin, dt.datetime]]) -> None:
    missing.sort(key=lambda pair: (pair[1], pair[0].ref))
    years = [born.astimezone(company.zone).year for _origin, born in missing]
    numbers = {year: iter(next_numbers(company, kind.prefix, year, years.count(year))) for year in set(years)}
    acting(Actor(company, Channel.IMPORT), f"{kind.name}.create")
    records = Record.objects.bulk_create(
        Record(
            company=company,
            kind=kind.name,
            number=next(numbers[year]),
            title=origin.title,
            created_at=born,
            ref=origin.ref,
        )
        for year, (origin, born) in zip(years, missing, strict=True)
    )
    kind.model._default_manager.bulk_create(kind.model(company=company, record=record) for record in records)
    if kind.is_party:
        Record.objects.filter(pk__in=[record.pk for record in records]).update(party=F("pk"))
