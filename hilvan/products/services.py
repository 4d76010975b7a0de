"""Every change of a product. Pages, API, imports and tests call these."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from hilvan.people.models import Team, User
from hilvan.records.history import Actor, acting
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from hilvan.records.services import as_validation_error, bear, check_all, check_head, clean, put, save, take

from .models import Product

OWN = ("code", "nature", "unit", "price", "cost", "vat_rate", "treatment", "description")


class Fields(TypedDict, total=False):
    """What a person can set on a product. ``title`` is its name; price and cost are euros a unit without VAT."""

    title: str
    owner: User | None
    team: Team | None
    code: str
    nature: str
    unit: str
    price: Decimal
    cost: Decimal
    vat_rate: Decimal
    treatment: str
    description: str


def draft_product(*, actor: Actor, **fields: Unpack[Fields]) -> Product:
    """A new product, checked and not saved. Raises ``ValidationError`` (by field)."""
    product = Product(company=actor.company, record=Record())
    _check(product, actor, put(product, fields))
    return product


@transaction.atomic
def create_product(*, actor: Actor, origin: Record | None = None, ref: str = "", **fields: Unpack[Fields]) -> Record:
    """A new product. Raises ``ValidationError`` (by field) and ``PermissionDenied``."""
    product = draft_product(actor=actor, **fields)
    try:
        return bear(kinds["product"], product, actor, origin=origin, ref=ref)
    except IntegrityError as error:
        raise as_validation_error(error, _taken()) from error


@transaction.atomic
def change_product(record: Record, *, actor: Actor, **fields: Unpack[Fields]) -> Product:
    """Set some fields; documents that exist keep what they took over. Raises what ``create_product`` does."""
    product = take(record, Product, actor)
    changed = put(product, fields)
    _check(product, actor, changed)
    acting(actor, "product.change")
    try:
        save(product, changed)
    except IntegrityError as error:
        raise as_validation_error(error, _taken()) from error
    return product


def _check(product: Product, actor: Actor, changed: Collection[str]) -> None:
    check_all(lambda: check_head(product.record, actor, changed), lambda: clean(product, *OWN))


def _taken() -> dict[str, tuple[str, str]]:
    return {"product_code_once_in_company": ("code", _("Another product has this code."))}
