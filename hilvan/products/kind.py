"""The declaration of the product, and how it is told."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from hilvan.records.kinds import Column, Fact, Kind
from hilvan.records.presentation import value
from hilvan.trade.kind import euros

from . import services
from .forms import ProductForm
from .importing import PRODUCTS
from .models import Product
from .schemas import ProductFields


def describe(product: Product) -> dict[str, Any]:
    return {name: value(getattr(product, name)) for name in services.OWN}


def facts(product: Product) -> list[Fact]:
    told = [Fact(_("Code"), product.code), Fact(_("Price"), euros(product.price)), Fact(_("Unit"), product.unit)]
    return [fact for fact in told if fact.value]


PRODUCT = Kind(
    name="product",
    model=Product,
    label=_("Product"),
    label_plural=_("Products"),
    new_label=_("New product"),
    from_label=_("from the product"),
    icon="box",
    prefix="ART",
    path="products",
    section=_("Sales"),
    position=160,
    create=services.create_product,
    change=services.change_product,
    form=ProductForm,
    schema=ProductFields,
    describe=describe,
    facts=facts,
    columns=(
        Column(_("Code"), lambda product: product.code),
        Column(_("Goods or service"), lambda product: product.get_nature_display()),
        Column(_("Price"), lambda product: euros(product.price), numeric=True),
        Column(_("Unit"), lambda product: product.unit),
    ),
    known_by=("code",),
    prose=("description",),
    importing=PRODUCTS,
)
