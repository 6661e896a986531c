"""The one place that rounds: everything else in the store is exact."""

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

SMALLEST_SUM = Decimal("0.01")
ZERO = Decimal(0)


def round_up(amount: Decimal | Fraction) -> Decimal:
    """Return `amount` (currency) raised to the smallest sum the store shows: against the customer, never below cost."""
    return SMALLEST_SUM * ceil(Fraction(amount) / Fraction(SMALLEST_SUM))


def round_down(amount: Decimal | Fraction) -> Decimal:
    """Return `amount` (currency), lowered to the smallest sum the store shows: money that came in, or is given."""
    return SMALLEST_SUM * floor(Fraction(amount) / Fraction(SMALLEST_SUM))
