"""Filters for what documents show: euros, numbers, taxation."""

from decimal import Decimal

from django import template

from ..kind import euros as as_euros
from ..kind import number
from ..taxes import Treatment

register = template.Library()
register.filter("number", number)


@register.filter
def euros(amount: Decimal | str | None) -> str:
    """Euros for people; amounts of a breakdown are text."""
    return as_euros(Decimal(amount) if amount is not None else None)


@register.filter
def treatment(code: str) -> str:
    return str(Treatment(code).label)
