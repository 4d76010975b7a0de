"""Taxes of a document as Spanish law computes them, in plain Decimal arithmetic.

VAT: Ley 37/1992 (LIVA), rates in arts. 90 and 91, equivalence surcharge in art. 161. It is computed once for each rate,
on the document's whole base, never line by line; euros are rounded to the cent, half a cent up (Ley 46/1998, art. 11).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from django.db import models
from django.utils.translation import gettext_lazy as _

CENT = Decimal("0.01")
ZERO = Decimal("0.00")

SURCHARGES = {
    Decimal(21): Decimal("5.2"),
    Decimal(10): Decimal("1.4"),
    Decimal("7.5"): Decimal(1),
    Decimal(5): Decimal("0.62"),
    Decimal(4): Decimal("0.5"),
    Decimal(2): Decimal("0.26"),
    Decimal(0): Decimal(0),
}
"""VAT rate → equivalence surcharge, in per cent (art. 161 LIVA; 7.5, 5 and 2: RDL 4/2024, until the end of 2024)."""
RATES = (Decimal(21), Decimal(10), Decimal(4), Decimal(0))
"""The rates in force (arts. 90 and 91 LIVA), in per cent: general, reduced, super-reduced, none."""


class Regime(models.TextChoices):
    """How a whole document is taxed."""

    GENERAL = "general", _("General")
    SURCHARGE = "surcharge", _("Equivalence surcharge")
    REVERSE_CHARGE = "reverse_charge", _("Reverse charge")
    INTRA_COMMUNITY = "intra_community", _("Intra-community")
    EXPORT = "export", _("Export")


class Treatment(models.TextChoices):
    """How a line is taxed, with the codes of the tax agency (lists L9 and L10 of Orden HAC/1177/2024)."""

    TAXED = "S1", _("Subject to VAT")
    REVERSE_CHARGE = "S2", _("Reverse charge (art. 84 LIVA)")
    EXEMPT_20 = "E1", _("Exempt (art. 20 LIVA)")
    EXEMPT_21 = "E2", _("Exempt: export (art. 21 LIVA)")
    EXEMPT_22 = "E3", _("Exempt (art. 22 LIVA)")
    EXEMPT_23_24 = "E4", _("Exempt (arts. 23 and 24 LIVA)")
    EXEMPT_25 = "E5", _("Exempt: intra-community (art. 25 LIVA)")
    EXEMPT_OTHER = "E6", _("Exempt for another cause")
    NOT_SUBJECT = "N1", _("Not subject (arts. 7 and 14 LIVA)")
    NOT_SUBJECT_PLACE = "N2", _("Not subject by its place (arts. 68 to 70 LIVA)")


FORCED = {
    Regime.REVERSE_CHARGE: Treatment.REVERSE_CHARGE,
    Regime.INTRA_COMMUNITY: Treatment.EXEMPT_25,
    Regime.EXPORT: Treatment.EXEMPT_21,
}
"""The treatment that a regime gives to the lines of its documents which would be taxed otherwise."""


class Taxed(Protocol):
    """A line, as far as taxes go."""

    @property
    def amount(self) -> Decimal: ...
    @property
    def vat_rate(self) -> Decimal: ...
    @property
    def treatment(self) -> str: ...


@dataclass(frozen=True)
class Group:
    """What is taxed alike: rates in per cent, the rest in euros."""

    treatment: str
    rate: Decimal
    base: Decimal
    vat: Decimal
    surcharge_rate: Decimal
    surcharge: Decimal


@dataclass(frozen=True)
class Totals:
    """Of a document, in euros. ``net`` is the sum of all bases; ``withholding`` is what the customer keeps (IRPF)."""

    groups: tuple[Group, ...]
    net: Decimal
    vat: Decimal
    surcharge: Decimal
    withholding: Decimal

    @property
    def total(self) -> Decimal:
        """What is to be paid."""
        return self.net + self.vat + self.surcharge - self.withholding


def cents(euros: Decimal) -> Decimal:
    """Rounded to the cent, half a cent away from zero."""
    return euros.quantize(CENT, ROUND_HALF_UP)


def plain(number: Decimal) -> Decimal:
    """The number without needless zeros: 21 for 21.00."""
    return number.quantize(Decimal(1)) if number == number.to_integral() else number.normalize()


def treated(treatment: str, regime: str) -> str:
    """How a line is taxed in a document of this regime: one that is exempt for a cause of its own stays so."""
    return FORCED.get(Regime(regime), treatment) if treatment == Treatment.TAXED else treatment


def amount(quantity: Decimal, price: Decimal, discount: Decimal) -> Decimal:
    """What a line comes to, in euros without VAT; ``discount`` is in per cent."""
    return cents(quantity * price * (100 - discount) / 100)


def totals(lines: Iterable[Taxed], *, regime: str = Regime.GENERAL, withholding_rate: Decimal = ZERO) -> Totals:
    """The totals of a document by its lines; ``withholding_rate`` in per cent of the net amount (art. 95 RIRPF)."""
    bases: dict[tuple[str, Decimal], Decimal] = {}
    for line in lines:
        treatment = treated(line.treatment, regime)
        key = (str(treatment), line.vat_rate if treatment == Treatment.TAXED else Decimal(0))
        bases[key] = bases.get(key, ZERO) + line.amount
    groups = []
    for (treatment, rate), base in sorted(bases.items(), key=lambda item: (-item[0][1], item[0][0])):
        surcharged = regime == Regime.SURCHARGE and treatment == Treatment.TAXED
        surcharge_rate = SURCHARGES.get(rate, Decimal(0)) if surcharged else Decimal(0)
        vat, surcharge = cents(base * rate / 100), cents(base * surcharge_rate / 100)
        groups.append(Group(treatment, plain(rate), base, vat, surcharge_rate, surcharge))
    net = sum((group.base for group in groups), ZERO)
    return Totals(
        groups=tuple(groups),
        net=net,
        vat=sum((group.vat for group in groups), ZERO),
        surcharge=sum((group.surcharge for group in groups), ZERO),
        withholding=cents(net * withholding_rate / 100),
    )
