"""The panel without its HTTP: an account with a balance, its orders, and what the API's actions do to them."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from types import EllipsisType
from typing import Any, Literal

from sandbox.panel.catalogue import own_services
from sandbox.panel.faults import Fault, FaultQueue, PanelFault
from sandbox.panel.orders import PacedClock, SandboxOrder
from sandbox.panel.pricing import Refused, priced
from sandbox.panel.services import Row, find_row, flag, outcome_of, shown

FIRST_ORDER = 23501
STATUSES_A_CALL = 100
_KEPT = (
    "services", "orders", "currency", "link_field", "shows_flags", "one_order_a_link", "next_order", "pace", "_balance",
    "_taken", "_unsettled",
)  # fmt: skip
_THANKS = "Thank you for patience."


@dataclass
class Call:
    """A call as received, without its key; `answered` is the HTTP status and the body's beginning, or the silence."""

    action: str
    fields: dict[str, str]
    answered: str = ""
    fault: PanelFault | None = None


class Account:
    """What the key opens. `services` may be changed at any time, and so may `balance`, `pace` and the switches.

    `shows_flags` off leaves the flags out of the catalogue, as the documented panel does.
    `one_order_a_link` on refuses a second active order of a service for the same link.
    """

    def __init__(
        self,
        *,
        key: str = "sandbox-panel-key",
        services: Sequence[Mapping[str, object]] | None = None,
        pace: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        currency: str = "USD",
        balance: Decimal = Decimal(10000),
        link_field: Literal["url", "link"] = "url",
        one_order_a_link: bool = False,
    ) -> None:
        """An order takes 60 to 120 seconds of `clock` at pace 1, half of that at 2; at 0 it stands still until told."""
        self.key = key
        self.services: list[Row] = own_services() if services is None else [dict(row) for row in services]
        self.calls: list[Call] = []
        self.faults = FaultQueue()
        self.orders: dict[str, SandboxOrder] = {}
        self.currency = currency
        self.link_field = link_field
        self.shows_flags = True
        self.one_order_a_link = one_order_a_link
        self.next_order = FIRST_ORDER
        self._clock = PacedClock(clock, pace)
        self._balance = balance
        self._taken: dict[str, Decimal] = {}
        self._unsettled: set[str] = set()

    @property
    def pace(self) -> float:
        """How many times faster than the clock orders move."""
        return self._clock.pace

    @pace.setter
    def pace(self, pace: float) -> None:
        self._clock.pace = pace

    @property
    def balance(self) -> Decimal:
        """The money left, with what ended orders gave back."""
        for number in list(self._unsettled):
            self._settle(self.orders[number])
        return self._balance

    @balance.setter
    def balance(self, balance: Decimal) -> None:
        for number in list(self._unsettled):
            self._settle(self.orders[number])
        self._balance = Decimal(balance)

    def state(self) -> dict[str, Any]:
        """What an account that goes on later needs; not the calls so far nor the faults to come."""
        return {name: getattr(self, name) for name in _KEPT} | {"seconds": self._clock.now()}

    def restore(self, state: Mapping[str, Any], gap: int = 1000) -> None:
        """Go on from a state: each order from where it stood, with the time between left out.

        The next `gap` order numbers are left out: orders may have got them after the state was taken.
        """
        for name in _KEPT:
            setattr(self, name, state[name])
        self._clock.go_on_from(state["seconds"])
        for order in self.orders.values():
            order.now = self._clock.now
        self.next_order += gap

    @property
    def adds(self) -> list[dict[str, str]]:
        """The fields of every `add` received, whether it was taken or not."""
        return [call.fields for call in self.calls if call.action == "add"]

    def fault(
        self,
        fault: PanelFault | Fault,
        *,
        action: str | None = "add",
        times: int | None = 1,
        text: str = "",
        seconds: float | None = None,
    ) -> None:
        """Let the next `times` calls of `action` (None: of any) go wrong; times None: until cleared.

        Faults asked for one after another are met one after another. EMPTY_CATALOGUE is always of `services`.
        `text` and `seconds` are the fault's parameters, as in `PanelFault.SLOW(seconds)`.
        """
        given = fault() if isinstance(fault, PanelFault) else fault
        if text:
            given = replace(given, text=text)
        if seconds is not None:
            given = replace(given, seconds=seconds)
        self.faults.put(given, action, times)

    def misbehave(self, chances: Mapping[PanelFault | Fault, float], seed: int = 0) -> None:
        """Let every call, of any action, meet each fault with its probability (0 to 1 in all), until cleared."""
        self.faults.misbehave(chances, seed)

    def clear_faults(self) -> None:
        """Call off every fault that has not happened yet, and misbehave no more."""
        self.faults.clear()

    def finish(
        self,
        order_id: str | int,
        status: str,
        *,
        remains: int | None = None,
        charge: Decimal | str | EllipsisType | None = ...,
    ) -> None:
        """Freeze an order in `status`, any text, also when it had ended before.

        `remains` is 0 for Completed, half for Partial and the whole for Canceled unless told. `charge` is adjusted as
        a panel does (the delivered share for Partial, 0 for Canceled) unless told; None is sent as null.
        """
        order = self.orders[str(order_id)]
        order.finish(status, remains)
        if not isinstance(charge, EllipsisType):
            order.state_charge(None if charge is None else Decimal(charge))
        self._settle(order)

    def advance(self, order_id: str | int, delivered: int) -> None:
        """Hold an order in progress with so many delivered, until it is advanced or finished again."""
        order = self.orders[str(order_id)]
        order.advance(delivered)
        self._settle(order)

    def perform(self, action: str, fields: dict[str, str]) -> bytes:
        """Do what `action` asks; return the JSON of the reply. Raises Refused with the panel's error text."""
        match action:
            case "services":
                return to_json([shown(row, self.shows_flags) for row in self.services])
            case "add":
                return to_json({"order": self._add(fields)})
            case "status":
                return to_json(self._status(fields))
            case "balance":
                # Written by hand: the amount is a JSON number, and no float could hold it exactly.
                return f'{{"balance": {plain(self.balance)}, "currency": {json.dumps(self.currency)}}}'.encode()
            case "refill":
                return to_json(self._refill(fields))
            case "cancel":
                return to_json(self._cancel(fields))
        raise Refused("Incorrect action" if action else "Incorrect request")

    def _add(self, fields: dict[str, str]) -> int:
        row = find_row(self.services, fields.get("service", "").strip())
        if row is None:
            raise Refused("Incorrect service ID")
        link = fields.get(self.link_field, "").strip()
        if not link:
            raise Refused("Enter a valid link")
        quantity, cost = priced(row, fields)
        service = str(row["service"])
        if self.one_order_a_link and self._has_active(service, link):
            raise Refused("You have active order with this link. Please wait until order being completed.")
        if cost > self._balance and cost > self.balance:
            raise Refused("Not enough funds on balance")
        number, self.next_order = self.next_order, self.next_order + 1
        self.orders[str(number)] = SandboxOrder(
            id=str(number),
            service=service,
            url=link,
            quantity=quantity,
            fields=fields,
            cost=cost,
            created=self._clock.now(),
            now=self._clock.now,
            outcome=outcome_of(row),
        )
        self._balance -= cost
        self._taken[str(number)] = cost
        self._unsettled.add(str(number))
        return number

    def _has_active(self, service: str, link: str) -> bool:
        return any(
            order.service == service and order.url == link and not order.standing().ended
            for order in self.orders.values()
        )

    def _status(self, fields: dict[str, str]) -> object:
        if "orders" not in fields:
            return self._said(self._order(fields))
        numbers = [number.strip() for number in fields["orders"].split(",") if number.strip()]
        if not numbers or len(numbers) > STATUSES_A_CALL:
            raise Refused("Incorrect request")
        return {
            number: self._said(self.orders[number]) if number in self.orders else {"error": "Incorrect order ID"}
            for number in numbers
        }

    def _said(self, order: SandboxOrder) -> dict[str, object]:
        standing = order.standing()
        return {
            "charge": None if standing.charge is None else plain(standing.charge),
            "start_count": str(order.start_count),
            "status": standing.status,
            "remains": str(standing.remains),
            "currency": self.currency,
        }

    def _refill(self, fields: dict[str, str]) -> object:
        order = self._order(fields)
        if not flag(find_row(self.services, order.service) or {}, "refill"):
            raise Refused("Service does not support refill")
        if order.status != "Completed":
            raise Refused("Order not eligible for refill")
        if order.refill_requested:
            raise Refused("Refill already requested")
        order.refill_requested = True
        return {"status": "Success", "message": f"Your order successfully added for refill. {_THANKS}"}

    def _cancel(self, fields: dict[str, str]) -> object:
        order = self._order(fields)
        row = find_row(self.services, order.service) or {}
        if order.standing().ended or not flag(row, "cancel", unsaid=True):
            raise Refused("Order cannot be canceled")
        order.request_cancel()
        return {
            "status": "Success",
            "message": f"Your order was successfully marked for cancellation. {_THANKS}",
        }

    def _order(self, fields: dict[str, str]) -> SandboxOrder:
        order = self.orders.get(fields.get("order", "").strip())
        if order is None:
            raise Refused("Incorrect order ID")
        return order

    def _settle(self, order: SandboxOrder) -> None:
        """Bring the balance in line with what the order charges by now."""
        standing = order.standing()
        if standing.charge is not None:
            self._balance += self._taken[order.id] - standing.charge
            self._taken[order.id] = standing.charge
        if standing.ended:
            self._unsettled.discard(order.id)
        else:
            self._unsettled.add(order.id)


def plain(amount: Decimal) -> str:
    """Return an amount without exponent and without zeros at its end."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def to_json(reply: object) -> bytes:
    """Return the reply's JSON; what JSON does not know, a Decimal a test put into a row, becomes text."""
    return json.dumps(reply, ensure_ascii=False, default=str).encode()
