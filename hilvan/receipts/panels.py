"""The panels of receipts: what came in of one, and all that a customer owes, for whoever is about to call."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.urls import reverse
from django.utils import timezone

from hilvan.people.models import User
from hilvan.people.permissions import Action
from hilvan.records.history import children_stood
from hilvan.records.kinds import kinds
from hilvan.records.models import Record

from .kind import days_overdue
from .models import OPEN, Payment, Receipt

SHOWN = 6


def payments_panel(record: Record, user: User, as_of: dt.datetime | None) -> dict[str, Any] | None:
    """What came in of a receipt, and what the bank took back; now or at an instant."""
    if record.kind != "receipt":
        return None
    payments = list(record.payments.all()) if as_of is None else children_stood(record, Payment, as_of)
    return {"payments": sorted(payments, key=lambda payment: payment.pk)} if payments else None


def owed_panel(record: Record, user: User, as_of: dt.datetime | None) -> dict[str, Any] | None:
    """All that a customer owes now, the longest due first: on its page, and about one of its receipts.

    An activity shows it where it stands on a receipt or an invoice: whoever calls sees what the call is about. Two
    queries.
    """
    subject = record.root or record
    about_money = subject.kind in {"receipt", "invoice"} or record.declaration.is_party
    party = record.party
    if as_of is not None or not about_money or party is None or not user.may(Action.VIEW, "receipt"):
        return None
    seen = Record.objects.visible_to(user).filter(party=party, kind="receipt").unarchived()
    receipts = Receipt.objects.filter(OPEN, record__in=seen)
    overdue = Q(due_on__lt=timezone.localdate())
    left = Sum(F("amount") - F("collected"), default=Decimal(0))
    sums = receipts.aggregate(
        count=Count("pk"),
        total=left,
        overdue=Sum(F("amount") - F("collected"), default=Decimal(0), filter=overdue),
    )
    if not sums["count"]:
        return None
    shown = [
        {"receipt": one, "days": days_overdue(one), "current": one.pk == subject.pk}
        for one in receipts.select_related("record", "remittance").order_by("due_on", "pk")[:SHOWN]
    ]
    all_url = reverse("record_list", kwargs={"kind": kinds["receipt"]}, query={"party": party.number})
    return {"sums": sums, "receipts": shown, "all_url": all_url if sums["count"] > SHOWN else ""}
