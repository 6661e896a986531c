"""The one place that rounds: everything else in the store is exact."""

from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from math import ceil

SMALLEST_SUM = Decimal("0.01")
ZERO = Decimal(0)


def round_up(amount: Decimal | Fraction) -> Decimal:
    """Return `amount` (currency) raised to the smallest sum the store shows: against the customer, never below cost."""
    return SMALLEST_SUM * ceil(Fraction(amount) / Fraction(SMALLEST_SUM))


def round_down(amount: Decimal) -> Decimal:
    """Return `amount` (currency) lowered to the smallest sum the store shows: of money that came in, none is added."""
    return amount.quantize(SMALLEST_SUM, ROUND_DOWN)
