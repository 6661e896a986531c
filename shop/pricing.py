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

    `remains` counts what is left of `total`, and decides where it can be right: from 1 to `total`. A `charge` the panel
    lowered below the expected `cost` decides where it cannot, and before it for a package, whose size the panel may
    count in another unit. More than `total` left of what is counted is all of it; nothing left at the full charge says
    that nothing is missing, which an early end contradicts.
    """
    by_charge = lowered_by(charge, cost)
    counted = remains is not None and 0 < remains <= total
    if by_charge is not None and (kind.is_flat or not counted):
        return by_charge
    if remains is None or remains <= 0 or (kind.is_flat and not counted):
        return None
    return Fraction(min(remains, total), total)


def lowered_by(charge: Decimal | None, cost: Decimal) -> Fraction | None:
    """Return by which share (0 to 1) a panel's `charge` is below the expected `cost`; None where it is not lowered.

    Panels round what they charge: less than a hundredth is no lower price.
    """
    if charge is None or charge < 0 or charge * 100 >= cost * 99:
        return None
    return 1 - Fraction(charge) / Fraction(cost)
