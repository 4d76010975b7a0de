"""Which receipts a remittance can collect, and why not the others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from hilvan.parties.models import Customer, Scheme
from hilvan.people.identifiers import is_in_sepa
from hilvan.people.models import Company, User
from hilvan.receipts.models import OPEN, Receipt
from hilvan.records.models import Record
from hilvan.trade.models import PaymentMethod

from .models import Item, RemittanceState

MOST = 500
"""Receipts that a form offers; the longest due first."""


@dataclass(frozen=True)
class Candidate:
    """A receipt, its customer, and why it can't be collected by a remittance now, in words; "" where it can."""

    receipt: Receipt
    customer: Customer | None
    why_not: str

    @property
    def scheme(self) -> str:
        return self.customer.mandate_scheme if self.customer else ""


def candidates(user: User, own: Collection[int] = ()) -> list[Candidate]:
    """The receipts by direct debit that are due, as far as ``user`` may see them, without those of other remittances.

    ``own`` are the keys of those which the remittance has already. Four queries.
    """
    free = OPEN & Q(method=PaymentMethod.DIRECT_DEBIT, remittance=None)
    seen = Record.objects.visible_to(user).filter(kind="receipt").unarchived()
    receipts = Receipt.objects.select_related("record__party").order_by("due_on", "pk")
    mine = receipts.filter(pk__in=own) if own else ()
    return examined([*mine, *receipts.filter(free, record__in=seen)[:MOST]], user.company, own)


def examined(receipts: Iterable[Receipt], company: Company, own: Collection[int] = ()) -> list[Candidate]:
    """These receipts, each with why it can't be collected. Two queries besides theirs."""
    receipts = list(receipts)
    customers = {
        one.pk: one
        for one in Customer.objects.filter(pk__in={receipt.record.party_id for receipt in receipts}).select_related(
            "record"
        )
    }
    used = used_mandates(company, [one.mandate_reference for one in customers.values()])
    found = []
    for receipt in receipts:
        customer = customers.get(receipt.record.party_id or 0)
        found.append(Candidate(receipt, customer, why_not(receipt, customer, used, is_own=receipt.pk in own)))
    return found


def used_mandates(company: Company, mandates: Sequence[str]) -> set[str]:
    """Those of them under which something was sent that has not come back."""
    sent = (RemittanceState.SENT, RemittanceState.COLLECTED)
    items = Item.objects.filter(
        company=company, mandate__in=mandates, void=False, returned_on=None, record__as_remittance__state__in=sent
    )
    return set(items.values_list("mandate", flat=True).distinct())


def why_not_of_scheme(candidate: Candidate, scheme: str) -> str:
    if candidate.scheme == scheme:
        return ""
    return _("Its mandate is for %(scheme)s.") % {"scheme": Scheme(candidate.scheme).label}


def why_not(receipt: Receipt, customer: Customer | None, used: Collection[str], *, is_own: bool = False) -> str:
    """Why a receipt can't be collected by a remittance now; ``used`` are mandates under which something was sent."""
    if receipt.cancelled:
        return _("It is cancelled.")
    if not receipt.is_open:
        return _("It has been collected already.")
    if receipt.remittance_id is not None and not is_own:
        return _("It is in a remittance already.")
    if receipt.method != PaymentMethod.DIRECT_DEBIT:
        return _("Its payment method is not direct debit.")
    if customer is None or not customer.iban:
        return _("The customer has no IBAN.")
    if not is_in_sepa(customer.iban):
        return _("The customer’s account is not in SEPA.")
    if not customer.mandate_reference:
        return _("The customer has no mandate.")
    if customer.mandate_once and customer.mandate_reference in used:
        return _("The customer’s mandate was good once, and has been used.")
    return ""
