"""The steps of the trading stories: what each of them does when its instant has come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import F

from hilvan.activities.services import create_activity
from hilvan.conversation.services import write_note
from hilvan.records.history import Actor
from hilvan.records.kinds import kinds
from hilvan.trade.chains import lines_from
from hilvan.trade.models import PaymentMethod

from . import goods
from .diary import Cast, contact_ref, does

Choose = Callable[[Cast, list[Any]], list[Any]]
"""The lines of a document, of those that it would take over."""


def receipt_ref(invoice: str, n: int) -> str:
    """The reference of an invoice's n-th receipt: F-0001-R1."""
    return f"{invoice}-R{n}"


def offers(code: str, fields: dict[str, Any]) -> Callable[[Cast, Actor], object]:
    def do(cast: Cast, actor: Actor) -> None:
        cast.records[code] = kinds["product"].create(actor=actor, ref=code, **fields)

    return do


def supplies(ref: str, days: int, fields: dict[str, Any]) -> Callable[[Cast, Actor], object]:
    def do(cast: Cast, actor: Actor) -> None:
        cast.records[ref] = kinds["supplier"].create(actor=actor, ref=ref, terms=cast.terms[days,], **fields)

    return do


def makes(
    ref: str, kind: str, origin: str, *, lines: Choose | None = None, party: str = "", **fields: Any
) -> Callable[[Cast, Actor], object]:
    """The step in which a record starts from another one, with what the Create menu would take over."""

    def do(cast: Cast, actor: Actor) -> None:
        source = cast.fresh(origin)
        start = kinds[kind].start_from(source.kind)
        assert start is not None
        assert actor.user is not None
        values = {name: one.value for name, one in start.prefill(source, actor.user).items()}
        if lines is not None:
            values["lines"] = lines(cast, values.get("lines", []))
        if party:
            values["party"] = cast.records[party]
        cast.records[ref] = kinds[kind].create(actor=actor, origin=source, ref=ref, **values | fields)

    return do


def products(lines: Sequence[dict[str, Any]]) -> Choose:
    """Lines of products by their codes; with ``cost`` at what the company itself pays."""

    def choose(cast: Cast, taken: list[Any]) -> list[Any]:
        found = []
        for line in lines:
            given = {name: value for name, value in line.items() if name not in ("code", "cost")}
            if line.get("cost"):
                given["price"] = Decimal(goods.PRODUCTS[line["code"]][4])
            found.append({"product": cast.records[line["code"]], **given})
        return found

    return choose


def so_much(part: float) -> Choose:
    """What is left, or the first lines of it: of the last one of these half the pieces where it has several."""

    def choose(cast: Cast, taken: list[Any]) -> list[Any]:
        if part == 1 or not taken:
            return taken
        *whole, last = taken[: (len(taken) + 1) // 2]
        return [*whole, {**last, "quantity": max(Decimal(1), last["quantity"] // 2)}]

    return choose


def all_of(documents: Sequence[str]) -> Choose:
    """What is left to invoice of these: of an order's delivery notes, or of what has arrived of one."""

    def choose(cast: Cast, taken: list[Any]) -> list[Any]:
        made = {"delivery_note": kinds["invoice"], "goods_receipt": kinds["supplier_invoice"]}
        sources = [cast.fresh(ref) for ref in documents]
        return [line for source in sources for line in lines_from(source, made[source.kind])]

    return choose


def hands_over(note: str, customer: str) -> Callable[[Cast, Actor], object]:
    def do(cast: Cast, actor: Actor) -> object:
        person = cast.records.get(contact_ref(customer))
        return does(note, "deliver", received_by=person.title if person else "")(cast, actor)

    return do


def asks_for(invoice: str, parts: int) -> Callable[[Cast, Actor], object]:
    """A receipt for each part of the invoice's terms, each with a reference of its own."""

    def do(cast: Cast, actor: Actor) -> None:
        of = cast.fresh(invoice)
        for n in range(1, parts + 1):
            ref, part = receipt_ref(invoice, n), f" ({n}/{parts})" if parts > 1 else ""
            title = f"Factura {of.number}{part}"
            cast.records[ref] = kinds["receipt"].create(actor=actor, origin=of, ref=ref, title=title)

    return do


def pays_half(receipt: str) -> Callable[[Cast, Actor], object]:
    def do(cast: Cast, actor: Actor) -> object:
        half = cast.fresh(receipt).as_receipt.amount // 2
        return does(receipt, "collect", amount=half)(cast, actor)

    return do


def gathers(ref: str, collects: dt.date) -> Callable[[Cast, Actor], object]:
    """The step in which a remittance is made of what is due by then, if anything is."""

    def do(cast: Cast, actor: Actor) -> None:
        due: Any = kinds["receipt"].model._default_manager.filter(
            company=actor.company, method=PaymentMethod.DIRECT_DEBIT, due_on__lte=collects, remittance=None,
            returned_on=None, cancelled=False, collected__lt=F("amount"),
        )  # fmt: skip
        if receipts := [one.record for one in due.select_related("record").order_by("due_on", "pk")]:
            title = f"Recibos hasta el {collects.day} de {goods.MONTHS[collects.month - 1]}"
            cast.records[ref] = kinds["remittance"].create(actor=actor, ref=ref, receipts=receipts, title=title)

    return do


def asks_to_call(ref: str, receipt: str, start: dt.datetime, customer: str) -> Callable[[Cast, Actor], object]:
    def do(cast: Cast, actor: Actor) -> None:
        cast.records[ref] = create_activity(
            actor=actor, ref=ref, origin=cast.records[receipt], contact=cast.records.get(contact_ref(customer)),
            type=cast.types["call"], subject="Llamar por el recibo devuelto", assignee=cast.users["administracion"],
            priority=2, start_at=start, end_at=start + dt.timedelta(minutes=15),
        )  # fmt: skip

    return do


def writes(ref: str, text: str) -> Callable[[Cast, Actor], object]:
    return lambda cast, actor: write_note(cast.records[ref], actor=actor, text=text)
