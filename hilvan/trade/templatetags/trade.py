"""Filters for what documents show: euros, numbers, taxation."""

from decimal import Decimal

from django import template
from django.utils.formats import number_format

from ..kind import euros as as_euros
from ..taxes import Treatment

register = template.Library()


@register.filter
def euros(amount: Decimal | str | None) -> str:
    """Euros for people; amounts of a breakdown are text."""
    return as_euros(Decimal(amount) if amount is not None else None)


@register.filter
def number(value: Decimal | str) -> str:
    """A number without needless zeros: "21", "2,5", "12,50"."""
    exact = Decimal(value)
    places = max(-int(exact.normalize().as_tuple().exponent), 0)
    return number_format(exact, places if places != 1 else 1, force_grouping=True)


@register.filter
def treatment(code: str) -> str:
    return str(Treatment(code).label)
