"""The one place that rounds: everything else in the store is exact."""

from decimal import ROUND_CEILING, Decimal

SMALLEST_SUM = Decimal("0.01")
ZERO = Decimal(0)


def round_up(amount: Decimal) -> Decimal:
    """Return `amount` (currency) raised to the smallest sum the store shows: against the customer, never below cost."""
    return amount.quantize(SMALLEST_SUM, rounding=ROUND_CEILING)
