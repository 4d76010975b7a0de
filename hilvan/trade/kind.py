"""What the declarations of all documents share: how they are told, and what they take over from where they start."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hilvan.people.models import User
from hilvan.records.kinds import ChildTable, Column, Fact, Kind, Prefilled, kinds
from hilvan.records.models import Record
from hilvan.records.presentation import reference, value
from hilvan.records.services import contact_of

from .chains import lines_from
from .models import LINE_FIELDS, CommercialDocument, Line
from .services import OWN, TOTALS, of_party, title_for, why_blocked

LINES = ChildTable(Line, "record_id")
BOOKKEEPING = frozenset({"breakdown"})
IN_PANELS = frozenset({"lines"})
COLLECTED = ("lines__product",)
RELATED = ("contact", "terms")

DATED = Column(_("Date"), lambda document: date_format(document.dated, "SHORT_DATE_FORMAT"), numeric=True)
TOTAL = Column(_("Total"), lambda document: euros(document.total), numeric=True)


def euros(amount: Decimal | None) -> str:
    """Euros for people: "12.400,00 €"; nothing for None."""
    if amount is None:
        return ""
    return gettext("€%(amount)s") % {"amount": number_format(amount, 2, use_l10n=True, force_grouping=True)}


def number(value: Decimal | str, places: int = 0) -> str:
    """A number for people without needless zeros, but with so many places at least: "21", "2,5", "12,50"."""
    exact = Decimal(value)
    own = max(-int(exact.normalize().as_tuple().exponent), 0)
    return number_format(exact, max(own, places), force_grouping=True)


def describe(document: CommercialDocument) -> dict[str, Any]:
    """What the API answers of any document; amounts as text, in euros."""
    return {
        "contact": reference(document.contact),
        "dated": value(document.dated),
        "terms": document.terms.name if document.terms else None,
        **{name: value(getattr(document, name)) for name in (*OWN, *TOTALS)},
        "breakdown": document.breakdown,
        "lines": [describe_line(line) for line in ordered(document.record)],
    }


def describe_line(line: Line) -> dict[str, Any]:
    told = {name: value(getattr(line, name)) for name in (*LINE_FIELDS[1:], "amount")}
    return {"id": line.pk, "source": line.source_id, "product": reference(line.product), **told}


def ordered(record: Record) -> list[Line]:
    """The lines of a document, in order; no query where they were fetched with it."""
    return sorted(record.lines.all(), key=lambda line: (line.position, line.pk))


def facts(document: CommercialDocument) -> list[Fact]:
    told = [
        Fact(_("Total"), euros(document.total)),
        Fact(_("Date"), document.dated),
        Fact(_("Their reference"), document.reference),
    ]
    return [fact for fact in told if fact.value]


def takes_part(kind: str) -> bool:
    return kinds[kind].is_party or kinds[kind].is_contact


def start(kind: Kind, origin: Record, user: User, *, parties: tuple[str, ...] = ("customer",)) -> dict[str, Prefilled]:
    """What a document takes over: the party with its terms, the contact, what it is about, and the lines."""
    source = kinds[origin.kind].from_label
    values = {"owner": Prefilled(user, _("because you create it"))}
    party = origin.party if origin.party is not None and origin.party.kind in parties else None
    if party is not None:
        of = kinds[party.kind].from_label
        values["party"] = Prefilled(party, source)
        values |= {name: Prefilled(one, of) for name, one in of_party(party).items() if one not in (None, "")}
        if party.owner is not None and party.owner.is_active:
            values["owner"] = Prefilled(party.owner, of)
    contact = contact_of(origin)
    if contact is not None and (party is not None or contact.party_id is None):  # a customer's is no supplier's
        values["contact"] = Prefilled(contact, source)
    title = title_for(kind, party) if takes_part(origin.kind) else origin.title
    values["title"] = Prefilled(title, source)
    model = getattr(origin, origin.declaration.accessor)
    if isinstance(model, CommercialDocument):
        if party is not None:  # a purchase starts with its supplier's terms, whatever the sale's are
            carried = (*OWN, "terms") if set(parties) & {origin.party.kind} else ()  # type: ignore[union-attr]
            for name in carried:
                if (one := getattr(model, name)) not in (None, ""):
                    values[name] = Prefilled(one, source)
        values["lines"] = Prefilled(lines_from(origin, kind), source)
    elif origin.kind == "product":
        values["lines"] = Prefilled([{"product": origin, "quantity": Decimal(1)}], source)
    return values


def why_no_party(origin: Record, user: User) -> str:
    """Why nothing can be sold to or bought from the origin's party now."""
    return why_blocked(origin.party, as_read=True)


def today(record: Record) -> dt.date:
    """The day at the company's place."""
    return dt.datetime.now(record.company.zone).date()
