"""What the services of every document of buying and selling share: lines, what is left of them, totals, series."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypedDict, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from hilvan.people.models import Company, Team, User
from hilvan.records.history import Actor, Channel, acting
from hilvan.records.kinds import Kind, kinds
from hilvan.records.models import Record
from hilvan.records.services import (
    bear,
    check_all,
    check_company,
    check_contact,
    check_head,
    clean,
    put,
    refuse,
    save,
)

from . import taxes
from .models import LINE_FIELDS, CommercialDocument, Line, PaymentTerms, Priced, Series, TradingParty

Document = TypeVar("Document", bound=CommercialDocument)
TOTALS = ("net", "vat", "surcharge", "withholding", "total")
OWN = (
    "reference", "billing_name", "billing_tax_id", "billing_address", "delivery_address", "payment_method", "regime",
    "withholding_rate", "notes",
)  # fmt: skip
MOST_LINES = 1000
USUAL = {field.name: field.get_default() for field in Line._meta.concrete_fields if field.name in LINE_FIELDS}
"""What stands in a line's column where nothing is said."""


class LineFields(TypedDict, total=False):
    """What a person can set on a line; what is left out is the product's, or as usual.

    ``id`` is that of a line that exists, ``source`` that of the line from whose quantity it takes.
    """

    id: int | None
    source: int | None
    product: Record | None
    description: str
    quantity: Decimal | None
    unit: str
    price: Decimal | None
    discount: Decimal | None
    vat_rate: Decimal | None
    treatment: str


class DocumentFields(TypedDict, total=False):
    """What a person can set on every document. What is left out at birth is the party's.

    ``title`` is what it is about, ``dated`` its day, ``reference`` what the party calls it.
    """

    title: str
    party: Record | None
    contact: Record | None
    owner: User | None
    team: Team | None
    dated: dt.date | None
    reference: str
    billing_name: str
    billing_tax_id: str
    billing_address: str
    delivery_address: str
    terms: PaymentTerms | None
    payment_method: str
    regime: str
    withholding_rate: Decimal
    notes: str


USUAL_TERMS = (
    ([0], gettext_noop("Immediate payment")),
    ([30], gettext_noop("30 days")),
    ([60], gettext_noop("60 days")),
    ([30, 60], gettext_noop("30 and 60 days")),
)


def set_up_terms(company: Company) -> None:
    """The payment terms that a company begins with, named in its language."""
    with translation.override(company.language):
        PaymentTerms.objects.bulk_create(
            PaymentTerms(company=company, name=_(name), days=days) for days, name in USUAL_TERMS
        )


def of_party(party: Record | None) -> dict[str, Any]:
    """What a document takes over from its party. One query."""
    if party is None:
        return {}
    kind = party.declaration
    model = getattr(party, kind.accessor)
    card = kind.contact_card(party)
    values: dict[str, Any] = {
        "billing_name": party.title,
        "billing_tax_id": getattr(model, "tax_id", ""),
        "billing_address": card.address if card else "",
    }
    if isinstance(model, TradingParty):
        for name in ("terms", "payment_method", "regime", "withholding_rate"):
            values[name] = getattr(model, name)
    return values


def bear_document(
    kind: Kind,
    document: CommercialDocument,
    actor: Actor,
    *,
    parties: Collection[str],
    origin: Record | None,
    ref: str,
    fields: Mapping[str, Any],
    lines: Sequence[LineFields],
) -> Record:
    """Save a new document with its lines and totals, as ``draft_document`` makes it. Raises what that does."""
    rows = draft_document(kind, document, actor, parties=parties, fields=fields, lines=lines)
    record = bear(kind, document, actor, origin=origin, ref=ref)
    for row in rows:
        row.record = record
    with _said_beside_lines():
        Line.objects.bulk_create(rows)
    return record


def draft_document(
    kind: Kind,
    document: CommercialDocument,
    actor: Actor,
    *,
    parties: Collection[str],
    fields: Mapping[str, Any],
    lines: Sequence[LineFields] = (),
) -> list[Line]:
    """Fill in a new document with its totals and answer its lines; what was not given is its party's, its day is today.

    Raises ``ValidationError`` (by field; a line's as "lines.0.price") and ``PermissionDenied``.
    """
    document.record.company = document.company
    party = fields.get("party")
    usual = {"dated": actor.now.astimezone(actor.company.zone).date(), "title": title_for(kind, party)}
    put(document, usual | of_party(party) | _given(fields))
    rows = _rows(document, lines, {})
    check_all(
        lambda: check_document(document, actor, {"title", "party", "contact", "owner", "team"}, parties=parties),
        lambda: check_lines(rows, document, actor),
    )
    total_up(document, rows)
    return rows


def change_document(
    document: CommercialDocument,
    actor: Actor,
    *,
    parties: Collection[str],
    fields: Mapping[str, Any],
    lines: Sequence[LineFields] | None = None,
) -> None:
    """Set some fields and, if they are given, all of the lines. The caller has taken it, and claims who acts.

    Raises as ``bear_document`` does.
    """
    party = fields.get("party")
    of_new_party = of_party(party) if party is not None and party != document.record.party else {}
    changed = put(document, of_new_party | _given(fields))
    current = {line.pk: line for line in document.record.lines.select_related("product")}
    rows = list(current.values()) if lines is None else _rows(document, lines, current)
    check_all(
        lambda: check_document(document, actor, changed, parties=parties),
        lambda: check_lines(rows, document, actor) if lines is not None else None,
    )
    changed |= total_up(document, rows)
    if lines is not None:
        _write_lines(rows, [line for line in current.values() if line not in rows])
    save(document, changed)


def check_document(
    document: CommercialDocument, actor: Actor, changed: Collection[str], *, parties: Collection[str]
) -> None:
    record = document.record
    errors: dict[str, Any] = {}
    if "party" in changed:
        if record.party is None:
            errors["party"] = _("Say for whom it is.")
        elif actor.channel is not Channel.IMPORT and (why := why_blocked(record.party)):
            errors["party"] = why
    named = {"party", "contact"} & set(changed)
    check_all(
        lambda: check_head(record, actor, changed, parties=parties),
        lambda: check_contact(actor, document.contact, record.party) if named else None,
        lambda: check_company(actor, terms=document.terms),
        lambda: refuse(errors),
        lambda: clean(document, *OWN),
    )


def why_blocked(party: Record | None, *, as_read: bool = False) -> str:
    """Why nothing can be sold to or bought from this party now, in words; "" where nothing stands against it.

    One query; ``as_read``, for menus, takes its row as it was read along with the party.
    """
    if party is None:
        return ""
    kind = party.declaration
    model: Any = getattr(party, kind.accessor) if as_read else kind.model._default_manager.get(pk=party.pk)
    if not getattr(model, "blocked", False):
        return ""
    return _("%(party)s is blocked: %(reason)s") % {"party": party.title, "reason": model.blocked_reason}


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Without what can't be nothing: to say None there is to say nothing."""
    return {name: value for name, value in fields.items() if value is not None or name not in ("dated", "regime")}


def title_for(kind: Kind, party: Record | None) -> str:
    """What a document is called that nobody has given a title: "Quote · Talleres Ebro S.L."."""
    return f"{kind.label} · {party.title}"[:255] if party is not None else str(kind.label)


def _rows(document: CommercialDocument, lines: Sequence[LineFields], current: Mapping[int, Line]) -> list[Line]:
    """The lines as given: those that exist by their key, changed, and new ones. A query for each kind of product."""
    products: dict[str, dict[int, Record]] = {}
    for line in lines:
        if product := line.get("product"):
            products.setdefault(product.kind, {})[product.pk] = product
    priced = {
        key: model
        for name, of_kind in products.items()
        if issubclass(kinds[name].model, Priced)
        for key, model in kinds[name].model._default_manager.in_bulk(of_kind).items()
    }
    return [
        _row(current.get(line.get("id") or 0) or Line(company=document.company, record=document.record), line, priced)
        for line in lines
    ]


def _row(row: Line, given: Mapping[str, Any], priced: Mapping[Any, Any]) -> Line:
    """The line with what was given; what a new one was not given is its product's, or as usual."""
    usual: dict[str, Any] = {name: USUAL[name] for name in LINE_FIELDS[1:] if name in given}
    product = given.get("product", row.product)
    if row.pk is None and product is not None and product.pk in priced:
        usual["description"] = product.title
        usual |= {name: getattr(priced[product.pk], name) for name in ("unit", "price", "vat_rate", "treatment")}
    row.product = product
    row.source_id = given.get("source", row.source_id)
    said = {name: given[name] for name in LINE_FIELDS[1:] if given.get(name) not in (None, "")}
    for name, value in (usual | said).items():
        setattr(row, name, value.strip() if isinstance(value, str) else value)
    return row


def check_lines(rows: Sequence[Line], document: CommercialDocument, actor: Actor) -> None:
    """Settle positions and amounts; raise ``ValidationError`` ("lines.0.price") where something is wrong."""
    errors: dict[str, Any] = {}
    if len(rows) > MOST_LINES:
        errors["lines"] = _("At most %(n)d lines.") % {"n": MOST_LINES}
    sources = Line.objects.select_related("record").in_bulk({row.source_id for row in rows if row.source_id})
    for at, row in enumerate(rows):
        row.position = at + 1
        source = sources.get(row.source_id or 0)
        if row.source_id and (source is None or source.record.party_id != getattr(document.record.party, "pk", None)):
            errors[f"lines.{at}.source"] = _("This does not exist.")
        product = row.product
        if product is not None and (
            product.company_id != actor.company.pk or not issubclass(product.declaration.model, Priced)
        ):
            errors[f"lines.{at}.product"] = _("This does not exist.")
        try:
            clean(row, *LINE_FIELDS[1:])
        except ValidationError as error:
            errors |= {f"lines.{at}.{name}": found for name, found in error.error_dict.items()}
        else:
            row.amount = taxes.amount(row.quantity, row.price, row.discount)
    refuse(errors)


def total_up(document: CommercialDocument, rows: Iterable[Line]) -> set[str]:
    """Compute the totals; answers which columns are other than before."""
    sums = taxes.totals(rows, regime=document.regime, withholding_rate=document.withholding_rate)
    values = {name: document.sign * getattr(sums, name) for name in TOTALS}
    values["breakdown"] = breakdown_of(sums, document.sign)
    return put(document, values)


def breakdown_of(sums: taxes.Totals, sign: int) -> list[dict[str, str]]:
    """The totals by rate as a document keeps them: amounts in euros, as text."""
    return [
        {
            "treatment": group.treatment,
            "rate": str(group.rate),
            "base": str(sign * group.base),
            "vat": str(sign * group.vat),
            "surcharge_rate": str(group.surcharge_rate),
            "surcharge": str(sign * group.surcharge),
        }
        for group in sums.groups
    ]


def _write_lines(rows: Sequence[Line], gone: Sequence[Line]) -> None:
    columns = [*LINE_FIELDS, "position", "amount"]
    with _said_beside_lines():
        if gone:
            Line.objects.filter(pk__in=[row.pk for row in gone]).delete()
        Line.objects.bulk_update([row for row in rows if row.pk is not None], columns)
        Line.objects.bulk_create([row for row in rows if row.pk is None])


class _said_beside_lines:
    """The database's refusal to take more than is left, or to take away what another line takes from, in words."""

    def __enter__(self) -> None:
        self.point = transaction.atomic()
        self.point.__enter__()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self.point.__exit__(kind, error, trace)
        if not isinstance(error, IntegrityError):
            return
        constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
        if constraint == "line_takes_no_more_than_is_left":
            raise ValidationError({"lines": _("It is more than what is left.")}, code="left") from error
        if constraint == "same_company_trade_line_source_id":
            raise ValidationError(
                {"lines": _("Another document was made from a line that is taken away.")}, code="taken"
            ) from error


def next_in_series(company: Company, prefix: str, dated: dt.date) -> str:
    """The next number of a series without gaps ("FAC-2026-000042").

    The series' row stays locked until the transaction ends: call it last. Raises ``ValidationError`` (``dated``) for a
    day before the last one of the series (RD 1619/2012, art. 6.1.a: numbers run with the days).
    """
    Series.objects.get_or_create(company=company, prefix=prefix, year=dated.year, defaults={"last_on": dated})
    series = Series.objects.select_for_update().get(company=company, prefix=prefix, year=dated.year)
    if dated < series.last_on:
        message = _("The last one of this series is of %(day)s: it can't be dated before.")
        raise ValidationError({"dated": message % {"day": date_format(series.last_on, "SHORT_DATE_FORMAT")}})
    series.last += 1
    series.last_on = dated
    series.save(update_fields=["last", "last_on"])
    return str(series)


def require_state(document: Any, *states: str) -> None:
    """Raise ``ValidationError`` where the document stands in none of these states."""
    if document.state not in states:
        raise ValidationError(
            _("It is “%(state)s”: this can't be done.") % {"state": document.get_state_display()}, code="not_now"
        )


def require_lines(record: Record) -> None:
    """Raise ``ValidationError`` for a document without lines."""
    if not record.lines.exists():
        raise ValidationError(_("It has no lines."), code="not_now")


def turn(document: Document, actor: Actor, verb: str, *, note: str = "", **columns: Any) -> Document:
    """Claim that ``actor`` does ``verb`` and set these columns. The caller has seen that it may be done."""
    acting(actor, f"{document.record.kind}.{verb}", note=note)
    for name, value in columns.items():
        setattr(document, name, value)
    save(document, columns)
    return document
