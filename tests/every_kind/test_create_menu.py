"""What can be created from what: the Create menu of each kind, by the services."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from hilvan.records.kinds import Kind, kinds
from hilvan.records.models import Record
from hilvan.records.services import archive, creatable, prefill
from tests.world import World

from .making import admits, born, every_kind, least, ready_to_make, with_party

# On each of Hilván's own kinds: what its menu offers, in this order.
# fmt: off
MENUS = {
    "activity": ["activity", "opportunity", "incident", "quote", "work_order"],
    "customer": [
        "activity", "opportunity", "incident", "contact", "quote", "sales_order", "delivery_note", "invoice", "receipt",
        "work_order",
    ],
    "contact": [
        "activity", "opportunity", "incident", "quote", "sales_order", "delivery_note", "invoice", "receipt",
        "work_order",
    ],
    "supplier": ["activity", "incident", "contact", "purchase_order", "goods_receipt", "supplier_invoice"],
    "opportunity": ["activity", "incident", "quote", "sales_order", "work_order"],
    "incident": ["activity", "opportunity", "quote", "purchase_order", "work_order"],
    "quote": ["activity", "quote", "sales_order", "invoice", "purchase_order", "work_order"],
    "sales_order": ["activity", "incident", "delivery_note", "invoice", "purchase_order", "work_order"],
    "delivery_note": ["activity", "incident", "invoice", "credit_note", "receipt"],
    "invoice": ["activity", "incident", "invoice", "credit_note", "receipt"],
    "credit_note": ["activity", "incident"],
    "purchase_order": ["activity", "incident", "goods_receipt", "supplier_invoice"],
    "goods_receipt": ["activity", "incident", "supplier_invoice"],
    "supplier_invoice": ["activity", "incident"],
    "receipt": ["activity", "incident", "remittance"],
    "remittance": ["activity", "incident"],
    "work_order": ["activity", "incident", "quote", "invoice", "purchase_order"],
    "product": ["activity", "opportunity", "incident", "quote"],
    "external": ["activity", "opportunity", "incident", "quote"],
}
# fmt: on
NAMES = [kind.name for kind in kinds]
PAIRS = [(origin, made) for origin in NAMES for made in NAMES if kinds[made].start_from(origin)]


@pytest.mark.parametrize("origin", sorted(MENUS.keys() & set(NAMES)))
def test_the_menu_of_a_record(world: World, origin: str) -> None:
    entries = creatable(born(kinds[origin], world), world.ana)
    assert [entry.kind.name for entry in entries if entry.kind.name in MENUS] == [
        name for name in MENUS[origin] if name in kinds
    ]


@every_kind
def test_an_activity_comes_first_on_every_kind(world: World, kind: Kind) -> None:
    assert creatable(born(kind, world), world.ana)[0].kind.name == "activity"


@pytest.mark.parametrize(("origin", "made"), PAIRS)
def test_what_is_prefilled_makes_a_record_linked_to_its_origin(world: World, origin: str, made: str) -> None:
    kind = kinds[made]
    fields = with_party(kinds[origin], world, owner=world.luis)
    start = ready_to_make(kind, kinds[origin], world, **fields)

    values = prefill(kind, start, world.ana)
    assert ("party" not in values) or values["party"].value == start.party
    assert all(str(one.source) for one in values.values())
    assert values.keys() <= kind.form.base_fields.keys()
    form = kind.form(user=world.ana, prefilled=values)
    assert form.sources.keys() == values.keys()

    taken = {name: one.value for name, one in values.items()}
    record = kind.create(actor=world.actor(), origin=start, **{**least(kind, world), **taken})
    fresh = Record.objects.get(pk=record.pk)
    assert fresh.origin == start
    if start.party is not None and admits(kind, start.party):
        assert fresh.party == start.party
    assert start.born_here.get(kind=made) == record


@pytest.mark.parametrize(("origin", "made"), [(o, m) for o in NAMES for m in NAMES if (o, m) not in PAIRS])
def test_what_the_menu_does_not_offer_cannot_be_created_from_there(world: World, origin: str, made: str) -> None:
    with pytest.raises(ValidationError) as refused:
        prefill(kinds[made], born(kinds[origin], world), world.ana)
    assert refused.value.code == "kind"


@pytest.mark.parametrize(("origin", "made"), PAIRS)
def test_an_entry_that_cannot_be_used_says_why(world: World, origin: str, made: str) -> None:
    record = ready_to_make(kinds[made], kinds[origin], world)
    world.luis.role = world.company.roles.get(code="reader")

    def entry(user: object) -> tuple[bool, bool]:
        one = next(one for one in creatable(record, user) if one.kind.name == made)  # type: ignore[arg-type]
        return one.allowed, bool(one.why_not)

    assert entry(world.ana) == (True, False)
    assert entry(world.luis) == (False, True)
    archived = kinds[origin].archive or archive
    archived(record, actor=world.actor())
    record.refresh_from_db()
    assert entry(world.ana) == (False, True)
    with pytest.raises(ValidationError) as refused:
        prefill(kinds[made], record, world.ana)
    assert refused.value.code == "not_now"
