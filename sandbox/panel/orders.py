"""An order at the sandbox panel: where it stands is worked out from the clock whenever somebody looks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

ENDINGS = {"completed", "partial", "canceled", "cancelled", "refunded", "fail", "error"}
SHORTEST_SECONDS = 60
SPREAD_SECONDS = 61
PENDING_SECONDS = 5.0
CANCEL_SECONDS = 8.0
PARTIAL_TENTHS = 6
_SMALLEST_CHARGE = Decimal("1E-10")  # below what any rate of 1000 with seven decimals needs


class PacedClock:
    """Seconds that pass `pace` times as fast as the clock's; with pace 0 they stand still."""

    def __init__(self, clock: Callable[[], float], pace: float) -> None:
        self._clock = clock
        self._pace = pace
        self._seen = clock()
        self._seconds = 0.0

    def go_on_from(self, seconds: float) -> None:
        """Count on from so many paced seconds."""
        self._seen, self._seconds = self._clock(), seconds

    @property
    def pace(self) -> float:
        """How many seconds pass in one."""
        return self._pace

    @pace.setter
    def pace(self, pace: float) -> None:
        self.now()
        self._pace = pace

    def now(self) -> float:
        """Return the paced seconds since the clock was made."""
        seen = self._clock()
        self._seconds += (seen - self._seen) * self._pace
        self._seen = seen
        return self._seconds


@dataclass(frozen=True)
class Standing:
    """What the panel says of an order at one moment; `charge` in its currency, None for null."""

    status: str
    remains: int
    charge: Decimal | None

    @property
    def ended(self) -> bool:
        """Whether nothing more happens by itself."""
        return self.status.lower() in ENDINGS


@dataclass
class SandboxOrder:
    """An order as it was taken. `quantity` is the total over all runs, `fields` what was received,
    `cost` what was charged at once, `created` in paced seconds, `outcome` how it ends by itself.
    """

    id: str
    service: str
    url: str
    quantity: int
    fields: dict[str, str]
    cost: Decimal
    created: float
    now: Callable[[], float] = field(repr=False)
    outcome: str = "Completed"
    refill_requested: bool = False
    _held: Standing | None = None
    _cancel_due: float | None = None

    def __getstate__(self) -> dict[str, Any]:
        """The order without its clock, which stays with the panel."""
        return {name: value for name, value in vars(self).items() if name != "now"}

    @property
    def status(self) -> str:
        """The panel's word for where the order stands."""
        return self.standing().status

    @property
    def remains(self) -> int:
        """How many are still to deliver."""
        return self.standing().remains

    @property
    def charge(self) -> Decimal | None:
        """What the panel took for it in the end, or has taken so far."""
        return self.standing().charge

    @property
    def start_count(self) -> int:
        """What the counter showed when the work began; 0 while pending, as panels say it."""
        return 0 if self.status == "Pending" else int(self.id) * 7919 % 20000

    def standing(self) -> Standing:
        """Return where the order stands now."""
        now = self.now()
        if self._cancel_due is None or now < self._cancel_due:
            return self._held or self._under_way(now)
        before = self._held or self._under_way(self._cancel_due)
        if before.ended:
            return before
        return Standing("Canceled", before.remains, self._share(self.quantity - before.remains))

    def advance(self, delivered: int) -> None:
        """Hold the order in progress with so many delivered, until it is advanced or finished again."""
        self._hold(Standing("In progress", max(self.quantity - delivered, 0), self.cost))

    def finish(self, status: str, remains: int | None = None) -> None:
        """Freeze the order in `status`, charged as panels charge it; see SandboxPanel.finish."""
        self._hold(self._ending(status, remains))

    def state_charge(self, charge: Decimal | None) -> None:
        """Let the frozen order say this charge instead of the right one."""
        standing = self.standing()
        self._hold(Standing(standing.status, standing.remains, charge))

    def request_cancel(self) -> None:
        """Let the order be canceled a little later, unless it ends before."""
        if self._cancel_due is None:
            self._cancel_due = self.now() + CANCEL_SECONDS

    def _hold(self, standing: Standing) -> None:
        self._held, self._cancel_due = standing, None

    def _ending(self, status: str, remains: int | None) -> Standing:
        match status.lower():
            case "completed":
                return Standing(status, remains or 0, self.cost)
            case "partial":
                left = remains if remains is not None else self.quantity - self.quantity // 2
                return Standing(status, left, self._share(self.quantity - left))
            case "canceled" | "cancelled" | "refunded" | "fail" | "error":
                return Standing(status, self.quantity if remains is None else remains, Decimal(0))
        return Standing(status, self.remains if remains is None else remains, self.cost)

    def _under_way(self, at: float) -> Standing:
        """Work out where the order has got to by itself: pending, in progress, then its outcome."""
        lasts = SHORTEST_SECONDS + int(self.id) * 37 % SPREAD_SECONDS
        age = at - self.created
        if age < PENDING_SECONDS or self.outcome == "Pending":
            return Standing("Pending", self.quantity, self.cost)
        to_deliver = {"completed": self.quantity, "partial": self.quantity * PARTIAL_TENTHS // 10}.get(
            self.outcome.lower(), 0
        )
        if age < lasts:
            delivered = int(to_deliver * (age - PENDING_SECONDS) / (lasts - PENDING_SECONDS))
            return Standing("In progress", self.quantity - delivered, self.cost)
        return self._ending(self.outcome, self.quantity - to_deliver)

    def _share(self, delivered: int) -> Decimal:
        share = self.cost * delivered / self.quantity if self.quantity else Decimal(0)
        return share.quantize(_SMALLEST_CHARGE)
