"""What the owner decided about the shop, handed to the functions that need it."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Policy:
    """`owners` are Telegram ids; `poll_seconds` is the shortest time between two looks at an order.

    An order under way is looked at again after `poll_age_percent` of its age, within `poll_seconds` and
    `poll_longest_seconds`; one that ended is followed for `poll_ended_days`, because panels change their minds.

    `adds_at_once` and `adds_per_second` bound the calls of `add` over all processes together.
    `star_value` (currency) is a Star's until an owner sets another in the chat; None: see `shop.till`.
    """

    markup_percent: Decimal = Decimal(30)
    owners: tuple[int, ...] = ()
    poll_seconds: float = 30.0
    poll_longest_seconds: float = 1800.0
    poll_age_percent: float = 5.0
    poll_ended_days: float = 30.0
    adds_at_once: int = 4
    adds_per_second: float = 10.0
    star_value: Decimal | None = None
