"""What an order costs at the panel, what the customer pays, and how much of that was delivered."""

from decimal import Decimal
from fractions import Fraction

from shop.kinds import ServiceKind
from shop.money import SMALLEST_SUM, round_up


def cost_of(kind: ServiceKind, rate: Decimal, total: int) -> Decimal:
    """Return what the panel charges, exact.

    `rate` is the panel's price (its currency) of 1000, or of the whole for a flat kind; `total` is what is to be
    delivered over all runs.
    """
    return rate if kind.is_flat else rate * total / 1000


def price_of(cost: Decimal, markup_percent: Decimal) -> Decimal:
    """Return what the customer pays for what costs `cost`: marked up, rounded up once, never 0."""
    return max(SMALLEST_SUM, round_up(Fraction(cost) * Fraction(100 + markup_percent) / 100))


def refund_due(price: Decimal, undelivered: Fraction) -> Decimal:
    """Return how much of `price` goes back in all when the share `undelivered` (0 to 1) was not delivered.

    The delivered part is what rounds up, so the refund never exceeds the undelivered share.
    """
    share = min(max(undelivered, Fraction(0)), Fraction(1))
    return price - min(price, round_up(Fraction(price) * (1 - share)))


def undelivered_share(
    kind: ServiceKind, *, total: int, remains: int | None, charge: Decimal | None, cost: Decimal
) -> Fraction | None:
    """Return which share (0 to 1) of an order that ended early was not delivered, or None when nothing tells.

    `remains` counts what is left of `total` and is held to 0…total. A package has no count of its own, so there the
    panel's `charge` against the expected `cost` speaks first, where the panel lowered it.
    """
    by_charge = None
    if charge is not None and cost > 0 and charge >= 0:
        by_charge = 1 - min(Fraction(charge) / Fraction(cost), Fraction(1))
    if kind.is_flat and by_charge:
        return by_charge
    if remains is not None:
        return Fraction(min(max(remains, 0), total), total)
    return by_charge
