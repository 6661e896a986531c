"""The sandbox panel's orders: taken as panels take them, and moving with time by themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

WAITS = 5.0  # seconds before an order begins, at pace 1
TAKES = 60.0  # seconds it then runs
ENDED = {"Completed", "Partial", "Canceled", "Refunded", "Fail"}
FLAT = {"package", "custom comments package"}


class Refusal(Exception):
    """What the panel answers in place of an order; its text is the panel's."""


@dataclass
class SandboxOrder:
    """An order at the sandbox panel. `fields` is what was sent, without key and action."""

    id: str
    service: str
    url: str
    quantity: int
    fields: dict[str, str]
    cost: Decimal
    created: float
    ending: str = "Completed"
    start_count: int = 0
    status: str = "Pending"
    remains: int = 0
    charge: Decimal = Decimal(0)
    frozen: bool = False
    cancel_at: float | None = None
    refills: list[str] = field(default_factory=list)

    def move(self, now: float, pace: float) -> None:
        """Bring the order to where it is at `now`."""
        if self.frozen or self.status in ENDED:
            return
        if self.cancel_at is not None and now >= self.cancel_at:
            self.end("Canceled")
            return
        age = (now - self.created) * pace
        if age < WAITS or self.ending == "Pending":
            return
        share = min((age - WAITS) / TAKES, 1.0)
        if self.ending == "Canceled" and share >= 0.2:
            self.end("Canceled")
        elif self.ending == "Partial" and share >= 0.6:
            self.end("Partial", remains=self.quantity - self.quantity * 6 // 10)
        elif share >= 1.0:
            self.end("Completed", remains=0)
        else:
            self.status = "In progress"
            self.remains = self.quantity - int(self.quantity * share)

    def end(self, status: str, *, remains: int | None = None, charge: Decimal | None = None) -> None:
        """Bring the order to a status for good; the charge follows as a panel's does."""
        self.status, self.frozen = status, True
        if remains is not None:
            self.remains = remains
        if status == "Canceled" and remains is None:
            self.remains = self.quantity
        if charge is not None:
            self.charge = charge
        elif status == "Canceled":
            self.charge = self.cost * (self.quantity - self.remains) / self.quantity
        elif status == "Partial":
            self.charge = self.cost * (self.quantity - min(self.remains, self.quantity)) / self.quantity

    def shown(self, currency: str) -> dict[str, str]:
        """Return the documented reply of `status`."""
        return {
            "charge": format(self.charge.normalize(), "f"),
            "start_count": str(self.start_count),
            "status": self.status,
            "remains": str(self.remains),
            "currency": currency,
        }


def read_order(
    fields: Mapping[str, str], service: Mapping[str, Any], number: str, link_field: str, now: float
) -> SandboxOrder:
    """Check an `add` as a panel does and return the order. Raises Refusal."""
    url = fields.get(link_field, "")
    if not url:
        raise Refusal("Enter a valid link")
    kind = str(service["type"]).lower()
    lines = [line for line in fields.get("comments", "").replace("\r\n", "\n").split("\n") if line.strip()]
    if "comments" in kind and not lines:
        raise Refusal("Incorrect comments")
    runs = int(fields.get("runs") or 1)
    if ("runs" in fields or "interval" in fields) and not service.get("dripfeed"):
        raise Refusal("This services does not support Dripfeed feature!")
    if ("runs" in fields) != ("interval" in fields) or runs < 1:
        raise Refusal("Incorrect runs")
    rate = Decimal(str(service["rate"]))
    least, most = int(service["min"]), int(service["max"])
    if kind in FLAT:
        quantity, cost = max(least, 1), rate
    else:
        text = str(len(lines)) if "comments" in kind else fields.get("quantity", "")
        if not text.isdecimal():
            raise Refusal("Incorrect quantity")
        quantity = int(text)
        if quantity < least:
            raise Refusal(f"Quantity less than minimal {least}")
        if quantity * runs > most:
            raise Refusal(f"Quantity more than maximum {most}")
        quantity *= runs
        cost = rate * quantity / 1000
    name = str(service["name"])
    ending = next(
        (
            word
            for word in ("Partial", "Canceled", "Pending")
            if f"Sandbox: ends {word}" in name or f"Sandbox: stays {word}" in name
        ),
        "Completed",
    )
    return SandboxOrder(
        id=number,
        service=str(service["service"]),
        url=url,
        quantity=quantity,
        fields=dict(fields),
        cost=cost,
        created=now,
        ending=ending,
        start_count=100 + int(number) * 37 % 9000,
        remains=quantity,
        charge=cost,
    )
