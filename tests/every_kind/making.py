"""One record of any kind, made through its service from what its form asks for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import chain, count, permutations
from typing import Any

import pytest
from django import forms

from hilvan.people.models import User
from hilvan.records.forms import RecordField, TeamField, UserField
from hilvan.records.kinds import Kind, Verb, kinds
from hilvan.records.models import Record
from hilvan.records.services import prefill
from tests.world import World

every_kind = pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.name) for kind in kinds])

HEADING = "Algo nuevo"
FITTING: dict[str, Callable[[World], Any]] = {
    "title": lambda world: HEADING,
    "subject": lambda world: HEADING,
    "type": lambda world: world.type(),
    "lines": lambda world: [{"description": "Mano de obra", "quantity": Decimal(2), "price": Decimal("45.50")}],
}
"""Values by the names of fields, where the type of the form's field does not tell what fits. A plugin may add some."""
COMPLETED: dict[str, Callable[[World, dict[str, Any]], dict[str, Any]]] = {
    "credit_note": lambda world, fields: {"rectifies": issued_invoice(world, fields["party"])},
    "remittance": lambda world, fields: {"account": bank_account(world), "receipts": [receipt_by_debit(world)]},
    "supplier_invoice": lambda world, fields: {"reference": f"F-{next(_numbers)}"},
}
"""What else a record of a kind needs before it can take its verbs, by what it has already. A plugin may add some."""
READY: dict[tuple[str, str], Callable[[World, dict[str, Any]], Record]] = {
    ("credit_note", "delivery_note"): lambda world, fields: invoiced_note(world, **fields),
    ("receipt", "delivery_note"): lambda world, fields: invoiced_note(world, **fields),
    ("remittance", "receipt"): lambda world, fields: receipt_by_debit(world, **fields),
}
"""Where no verbs of its own make a record ready to start another from: (what is made, from what) → such a record."""
ASKED: dict[tuple[str, str], Callable[[World], Any]] = {
    ("collect", "amount"): lambda world: None,
    ("collect", "paid_on"): lambda world: None,
    ("sign", "drawn"): lambda world: None,
}
"""What a verb's form is given where the type of the field does not tell what fits: (verb, field) → a value."""

_numbers: count[int] = count(1)


def least(kind: Kind, world: World) -> dict[str, Any]:
    """What a record of the kind can't do without: what its form asks for, each time another text or number."""
    return {
        name: FITTING[name](world) if name in FITTING else fitting(field, world)
        for name, field in kind.form.base_fields.items()
        if name in FITTING or (field.required and field.initial is None)
    }


def fitting(field: forms.Field, world: World) -> Any:
    """A value that such a field takes, as the service gets it."""
    number = next(_numbers)
    match field:
        case RecordField():
            fitting_kinds = [kind for kind in kinds if (field.fits(kind) if field.fits else kind.name in field.kinds)]
            return born(fitting_kinds[0], world)
        case UserField():
            return world.ana
        case TeamField():
            return world.ventas
        case forms.ChoiceField():
            choices: Any = field.choices
            return field.clean(next(value for value, _label in choices if value not in (None, "")))
        case forms.BooleanField():
            return True
        case forms.DateTimeField():
            return dt.datetime(2030, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=number)
        case forms.DateField():
            return dt.date(2030, 1, 1) + dt.timedelta(days=number)
        case forms.TimeField():
            return dt.time(9)
        case forms.EmailField():
            return f"n{number}@ebro.example"
        case forms.URLField():
            return f"https://ebro.example/{number}"
        case _:
            return field.clean(str(number))


def born(kind: Kind, world: World, *, by: User | None = None, **fields: Any) -> Record:
    known = {**least(kind, world), **fields}
    if kind.name in COMPLETED:
        known = {**COMPLETED[kind.name](world, known), **known}
    return kind.create(actor=world.actor(by), **known)


def issued_invoice(world: World, party: Record, **fields: Any) -> Record:
    invoice = born(kinds["invoice"], world, party=party, **fields)
    world.do(invoice, "issue")
    return invoice


def invoiced_note(world: World, **fields: Any) -> Record:
    """A delivery note, delivered, of which an invoice has been issued."""
    note = born(kinds["delivery_note"], world, **fields)
    world.do(note, "deliver")
    note = Record.objects.get(pk=note.pk)
    taken = {name: one.value for name, one in prefill(kinds["invoice"], note, world.ana).items()}
    world.do(kinds["invoice"].create(actor=world.actor(), origin=note, **taken), "issue")
    return Record.objects.get(pk=note.pk)


def bank_account(world: World) -> Any:
    """The company's own, to which remittances are collected."""
    accounts: Any = kinds["remittance"].model._meta.get_field("account").related_model
    own = {"name": "Cuenta", "creditor_id": "ES23ZZZ47690558N"}
    return accounts.objects.get_or_create(company=world.company, iban="ES9121000418450200051332", defaults=own)[0]


def receipt_by_debit(world: World, **fields: Any) -> Record:
    """A receipt that a remittance can collect: its customer has an account and a mandate."""
    party = fields.pop("party", None) or world.customer()
    mandate = {"mandate_reference": f"M{party.pk}", "mandate_signed_on": dt.date(2026, 1, 1)}
    kinds["customer"].change(party, actor=world.actor(), iban="ES7921000813610123456789", **mandate)
    receipt = born(kinds["receipt"], world, party=party, method="direct_debit", **fields)
    return Record.objects.get(pk=receipt.pk)


def admits(kind: Kind, party: Record) -> bool:
    """Whether a record of the kind may be of this party."""
    field = kind.form.base_fields.get("party")
    return isinstance(field, RecordField) and field.admits(party)


def with_party(kind: Kind, world: World, **fields: Any) -> dict[str, Any]:
    """A party as such a record can have one, by the name of its field: a customer, a supplier, or nothing at all."""
    field = kind.form.base_fields.get("party")
    if not isinstance(field, RecordField):
        return {}
    parties = [party for party in kinds if party.is_party and (field.fits(party) if field.fits else True)]
    fitting_kinds = [party for party in parties if field.fits or party.name in field.kinds]
    return {"party": born(fitting_kinds[0], world, **fields)}


def heading(kind: Kind) -> str:
    """The field that holds what the record is called."""
    return "subject" if "subject" in kind.form.base_fields else "title"


def prose(kind: Kind) -> str:
    """A field in which one may write at length."""
    fields = kind.form.base_fields.items()
    name = next((name for name, field in fields if isinstance(field.widget, forms.Textarea) and not field.required), "")
    return name or pytest.skip("has no such field")


def model_of(record: Record) -> Any:
    """The kind's row of a record, as it stands now."""
    return record.declaration.model._default_manager.select_related("record").get(pk=record.pk)


def asked_by(verb: Verb, world: World) -> dict[str, Any]:
    """What a verb's form asks for."""
    fields = verb.form.base_fields if verb.form else {}
    return {
        name: ASKED[verb.name, name](world) if (verb.name, name) in ASKED else fitting(field, world)
        for name, field in fields.items()
    }


def by_verbs(kind: Kind, world: World, *, but: Verb | None = None, **fields: Any) -> Iterator[Record]:
    """Records of a kind, each as some of its verbs leave it: by fewer of them first."""
    others = [verb for verb in kind.verbs if verb is not but]
    for way in chain.from_iterable(permutations(others, length) for length in range(len(others) + 1)):
        record = born(kind, world, **fields)
        for step in way:
            if step.offered(model_of(record)):
                step.run(record, actor=world.actor(), **asked_by(step, world))
        yield Record.objects.get(pk=record.pk)


def ready_for(verb: Verb, kind: Kind, world: World) -> Record:
    """A record which stands so that the verb makes sense."""
    for record in by_verbs(kind, world, but=verb):
        if verb.offered(model_of(record)):
            return record
    pytest.fail(f"No other verbs lead to {verb.name}.")


def ready_to_make(made: Kind, kind: Kind, world: World, **fields: Any) -> Record:
    """A record of ``kind`` which stands so that one of ``made`` can be created from it."""
    start = made.start_from(kind.name)
    assert start is not None
    if (made.name, kind.name) in READY:
        return READY[made.name, kind.name](world, fields)
    for record in by_verbs(kind, world, **fields):
        if not start.why_not(record, world.ana):
            return record
    pytest.fail(f"No verbs make it possible to create {made.name} from {kind.name}.")
