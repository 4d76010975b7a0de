"""What taxes compute, against a computation of its own with whole cents."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from hilvan.trade import taxes
from hilvan.trade.models import PaymentTerms, due, parts
from hilvan.trade.taxes import Regime, Treatment


@dataclass(frozen=True)
class Simple:
    quantity: Decimal
    price: Decimal
    discount: Decimal
    vat_rate: Decimal
    treatment: str = Treatment.TAXED

    @property
    def amount(self) -> Decimal:
        return taxes.amount(self.quantity, self.price, self.discount)


def rounded(euros: Fraction) -> int:
    """In cents, half a cent away from zero."""
    cents = abs(euros) * 100
    whole, rest = divmod(cents.numerator, cents.denominator)
    return (whole + (2 * rest >= cents.denominator)) * (1 if euros >= 0 else -1)


lines = st.builds(
    Simple,
    quantity=st.decimals(0, 9_999, places=3),
    price=st.decimals(-9_999, 99_999, places=4),
    discount=st.decimals(0, 100, places=2),
    vat_rate=st.sampled_from([Decimal(21), Decimal("21.00"), Decimal(10), Decimal(4), Decimal(0)]),
    treatment=st.sampled_from(Treatment.values),
)


@given(st.lists(lines, max_size=12), st.sampled_from(Regime.values), st.sampled_from([0, 7, 15, 19]))
def test_totals_equal_those_computed_with_fractions_and_whole_cents(
    document: list[Simple], regime: str, withholding: int
) -> None:
    forced = {"reverse_charge": "S2", "intra_community": "E5", "export": "E2"}
    bases: dict[tuple[str, Fraction], int] = {}
    for line in document:
        exact = Fraction(line.quantity) * Fraction(line.price) * (100 - Fraction(line.discount)) / 100
        treatment = forced.get(regime, line.treatment) if line.treatment == "S1" else line.treatment
        key = (treatment, Fraction(line.vat_rate) if treatment == "S1" else Fraction(0))
        bases[key] = bases.get(key, 0) + rounded(exact)
    net = sum(bases.values())
    vat = sum(rounded(Fraction(base, 100) * rate / 100) for (_treatment, rate), base in bases.items())
    surcharges = {21: Fraction(52, 10), 10: Fraction(14, 10), 4: Fraction(5, 10), 0: Fraction(0)}
    surcharge = sum(
        rounded(Fraction(base, 100) * surcharges[int(rate)] / 100)
        for (treatment, rate), base in bases.items()
        if regime == "surcharge" and treatment == "S1"
    )
    kept = rounded(Fraction(net, 100) * withholding / 100)

    sums = taxes.totals(document, regime=regime, withholding_rate=Decimal(withholding))
    cents = [int(euros * 100) for euros in (sums.net, sums.vat, sums.surcharge, sums.withholding)]
    assert cents == [net, vat, surcharge, kept]
    assert sums.total * 100 == net + vat + surcharge - kept
    assert sum(group.base for group in sums.groups) == sums.net


def test_vat_is_rounded_once_for_each_rate_and_not_line_by_line() -> None:
    three = [Simple(Decimal(1), Decimal("0.33"), Decimal(0), Decimal(21)) for _n in range(3)]
    assert taxes.totals(three).vat == Decimal("0.21")  # 0.99 × 21 %; line by line it were 0.07 × 3 = 0.21
    ten = [Simple(Decimal(1), Decimal("0.12"), Decimal(0), Decimal(21)) for _n in range(10)]
    assert taxes.totals(ten).vat == Decimal("0.25")  # 1.20 × 21 %; line by line it were 0.30


def test_the_equivalence_surcharge_goes_with_each_rate() -> None:
    sums = taxes.totals(
        [Simple(Decimal(1), Decimal(100), Decimal(0), rate) for rate in taxes.RATES], regime=Regime.SURCHARGE
    )
    assert [(int(group.rate), group.vat, group.surcharge) for group in sums.groups] == [
        (21, Decimal("21.00"), Decimal("5.20")),
        (10, Decimal("10.00"), Decimal("1.40")),
        (4, Decimal("4.00"), Decimal("0.50")),
        (0, Decimal("0.00"), Decimal("0.00")),
    ]
    assert sums.total == Decimal("442.10")


@given(
    st.decimals(-100_000, 1_000_000, places=2),
    st.lists(st.integers(0, 180), min_size=1, max_size=6),
    st.none() | st.integers(1, 31),
    st.dates(dt.date(2020, 1, 1), dt.date(2040, 1, 1)),
)
def test_the_parts_of_a_total_are_the_total(
    total: Decimal, days: list[int], payment_day: int | None, dated: dt.date
) -> None:
    terms = PaymentTerms(name="", days=days, payment_day=payment_day)
    found = parts(total, terms, dated)
    assert sum(amount for _day, amount in found) == total
    assert len(found) == len(days)
    for (day, _amount), later in zip(found, days, strict=True):
        assert day >= dated + dt.timedelta(days=later)
        assert (day - dated).days <= later + 31


def test_what_is_due_is_put_off_to_the_day_of_payment() -> None:
    assert due(dt.date(2026, 1, 10), 30, None) == dt.date(2026, 2, 9)
    assert due(dt.date(2026, 1, 10), 30, 20) == dt.date(2026, 2, 20)
    assert due(dt.date(2026, 1, 25), 30, 20) == dt.date(2026, 3, 20)
    assert due(dt.date(2026, 1, 1), 45, 31) == dt.date(2026, 2, 28)
    assert due(dt.date(2026, 12, 25), 0, 5) == dt.date(2027, 1, 5)
