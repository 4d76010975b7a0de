"""What is printed of the purchase documents: the order, which the supplier gets."""

from __future__ import annotations

from django.utils.translation import gettext as _

from hilvan.printing.sheet import Sheet
from hilvan.trade import printing

from .models import PurchaseOrder


def sheet_of_order(order: PurchaseOrder) -> Sheet:
    return printing.sheet(order, facts=((_("Expected on"), printing.day(order.expected_on)),))
