"""What the panel's replies become: the typed values the rest of the store works with."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A row of `services`. None stands for what the panel did not send, or sent so that nobody can read it.

    `rate` is in the panel's currency, of 1000 or of the whole (packages). HTML entities in the texts are resolved;
    newlines and invisible marks stand as the panel sent them.
    """

    service: str
    name: str
    type: str
    category: str
    rate: Decimal | None
    min: int | None
    max: int | None
    dripfeed: bool | None = None
    refill: bool | None = None
    cancel: bool | None = None
    description: str = ""


class Progress(StrEnum):
    """What a status word means (panel-api §3). OTHER is a word never seen, and ends nothing."""

    PENDING = "pending"
    PROCESSING = "processing"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    PARTIAL = "partial"
    CANCELED = "canceled"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class OrderStatus:
    """What the panel says of an order.

    `status` is the panel's own word, `charge` is in `currency`, `remains` may be negative or more than was ordered:
    panels send both. `runs` and `orders` (child ids) come with drip-feeds and subscriptions.
    """

    status: str
    progress: Progress
    charge: Decimal | None
    start_count: int | None
    remains: int | None
    currency: str | None
    runs: int | None = None
    orders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Balance:
    """The owner's money at the panel, in `currency`."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Requested:
    """A refill or a cancel was asked for, which is not yet done. `id` is the refill's, where the panel gives one."""

    text: str
    id: str | None = None
