"""The sandbox panel: an HTTP server with the whole documented API v2, and a control surface for those who test."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import TracebackType
from typing import Any, Literal, Self

from aiohttp import web

from sandbox.panel.catalogue import own_services
from sandbox.panel.faults import PanelFault, QueuedFault
from sandbox.panel.orders import ENDED, Refusal, SandboxOrder, read_order

FIRST_ORDER = 23501
MOST_STATUSES = 100
CANCEL_TAKES = 3.0
HTML = "<!DOCTYPE html><html><title>Just a moment...</title><body>Checking your browser</body></html>"


@dataclass(frozen=True)
class Call:
    """A call the panel received: the action, the fields as sent (without key and action), the fault it met."""

    action: str
    fields: dict[str, str]
    fault: PanelFault | None


class SandboxPanel:
    """One panel with one account. Its state is open: a test reads it and moves it."""

    def __init__(
        self,
        *,
        key: str = "sandbox-panel-key",
        services: Sequence[Mapping[str, Any]] | None = None,
        pace: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        currency: str = "USD",
        balance: Decimal = Decimal(10_000),
        link_field: Literal["url", "link"] = "url",
        one_order_a_link: bool = False,
    ) -> None:
        """At `pace` 1 an order takes about a minute; 10 is ten times as fast."""
        self.key = key
        self.services: list[dict[str, Any]] = own_services() if services is None else [dict(row) for row in services]
        self.pace = pace
        self.currency = currency
        self.balance = balance
        self.orders: dict[str, SandboxOrder] = {}
        self.calls: list[Call] = []
        self._clock = clock
        self._link_field = link_field
        self._one_order_a_link = one_order_a_link
        self._next = FIRST_ORDER
        self._faults: list[QueuedFault] = []
        self._runner: web.AppRunner | None = None
        self._stopping = asyncio.Event()
        self.url = ""

    @property
    def adds(self) -> list[dict[str, str]]:
        """The fields of every `add` received, whether it was carried out or not."""
        return [call.fields for call in self.calls if call.action == "add"]

    # --- for those who test -----------------------------------------------------------------------

    def fault(
        self,
        fault: PanelFault,
        *,
        action: str | None = "add",
        times: int | None = 1,
        text: str = "",
        seconds: float = 2.0,
    ) -> None:
        """Have the next `times` calls of `action` (None: any) go wrong; `times` None lasts until cleared."""
        self._faults.append(QueuedFault(fault, action, times, text, seconds))

    def clear_faults(self) -> None:
        """Work well again."""
        self._faults.clear()

    def finish(
        self, order_id: str, status: str, *, remains: int | None = None, charge: Decimal | str | None = None
    ) -> None:
        """Bring an order to a status and leave it there."""
        amount = None if charge is None else Decimal(charge)
        self.orders[order_id].end(status, remains=remains, charge=amount)

    def advance(self, order_id: str, delivered: int) -> None:
        """Have so many delivered, in progress, and stay there."""
        order = self.orders[order_id]
        order.status, order.remains, order.frozen = "In progress", order.quantity - delivered, True

    # --- the server -------------------------------------------------------------------------------

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> None:
        """Listen; `url` is then the address of the API."""
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_post("/api/v2", self._answer)
        app.router.add_get("/control/state", self._state)
        app.router.add_post("/control/{verb}", self._control)
        self._stopping.clear()
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.url = f"http://{host}:{self._runner.addresses[0][1]}/api/v2"

    async def stop(self) -> None:
        """Stop listening; those who wait for a silent answer are let go."""
        self._stopping.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        """Start on a free port."""
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        await self.stop()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        fields = {name: str(value) for name, value in form.items()}
        action = fields.pop("action", "")
        key = fields.pop("key", "")
        fault = self._next_fault(action)
        kind = fault.fault if fault else None
        self.calls.append(Call(action, fields, kind))
        reply: Any = None
        if kind is None or kind.carries_out:
            reply = {"error": "Invalid API key"} if key != self.key else self._act(action, fields)
        if fault is None:
            return web.json_response(reply)
        return await self._fail(request, fault, reply)

    def _next_fault(self, action: str) -> QueuedFault | None:
        for fault in self._faults:
            if fault.action in {None, action}:
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                return fault
        return None

    async def _fail(self, request: web.Request, fault: QueuedFault, reply: Any) -> web.StreamResponse:
        match fault.fault:
            case PanelFault.SLOW:
                await asyncio.sleep(fault.seconds)
                return web.json_response(reply)
            case PanelFault.SILENT_AFTER | PanelFault.SILENT_BEFORE:
                await self._stopping.wait()
                return web.json_response(reply)
            case PanelFault.RESET_AFTER | PanelFault.RESET_BEFORE:
                if request.transport is not None:
                    request.transport.abort()
                return web.Response()
            case PanelFault.SERVER_ERROR_AFTER | PanelFault.SERVER_ERROR_BEFORE:
                return web.Response(status=502, text="<h1>502 Bad Gateway</h1>", content_type="text/html")
            case PanelFault.HTML_AFTER | PanelFault.HTML_BEFORE:
                return web.Response(text=HTML, content_type="text/html")
            case PanelFault.THROTTLE:
                return web.json_response({"error": "Too many requests"}, status=429, headers={"Retry-After": "1"})
            case PanelFault.THROTTLE_200:
                return web.json_response({"error": "Rate limit exceeded"})
            case PanelFault.ERROR:
                return web.json_response({"error": fault.text})
            case PanelFault.EMPTY_CATALOGUE:
                return web.json_response([])
            case PanelFault.ODD_JSON:
                return web.Response(text="\ufeff" + json.dumps(reply), content_type="text/html")

    # --- the documented API -----------------------------------------------------------------------

    def _act(self, action: str, fields: Mapping[str, str]) -> Any:
        actions: dict[str, Callable[[Mapping[str, str]], Any]] = {
            "services": lambda _: self.services,
            "add": self._add,
            "status": self._status,
            "balance": lambda _: {"balance": float(self.balance), "currency": self.currency},
            "refill": self._refill,
            "cancel": self._cancel,
        }
        if action not in actions:
            return {"error": "Incorrect action"}
        try:
            return actions[action](fields)
        except Refusal as refusal:
            return {"error": str(refusal)}

    def _add(self, fields: Mapping[str, str]) -> Any:
        service = next((row for row in self.services if str(row["service"]) == fields.get("service")), None)
        if service is None:
            raise Refusal("Incorrect service ID")
        order = read_order(fields, service, str(self._next), self._link_field, self._clock())
        if self._one_order_a_link and any(
            self._moved(known).status not in ENDED and known.url == order.url for known in self.orders.values()
        ):
            raise Refusal("You have active order with this link. Please wait until order being completed.")
        if order.cost > self.balance:
            raise Refusal("Not enough funds on balance")
        self.balance -= order.cost
        self._next += 1
        self.orders[order.id] = order
        return {"order": int(order.id)}

    def _status(self, fields: Mapping[str, str]) -> Any:
        if "orders" in fields:
            numbers = [number.strip() for number in fields["orders"].split(",")]
            if len(numbers) > MOST_STATUSES:
                raise Refusal("Incorrect request")
            return {number: self._one_status(number) for number in numbers}
        return self._one_status(fields.get("order", ""))

    def _one_status(self, number: str) -> dict[str, str]:
        order = self.orders.get(number)
        return self._moved(order).shown(self.currency) if order else {"error": "Incorrect order ID"}

    def _moved(self, order: SandboxOrder) -> SandboxOrder:
        order.move(self._clock(), self.pace)
        return order

    def _refill(self, fields: Mapping[str, str]) -> Any:
        order = self._known(fields)
        service = next((row for row in self.services if str(row["service"]) == order.service), {})
        if not service.get("refill"):
            raise Refusal("Service does not support refill")
        if order.status != "Completed":
            raise Refusal("Order not eligible for refill")
        if order.refills:
            raise Refusal("Refill already requested")
        order.refills.append("requested")
        return {
            "status": "Success",
            "message": "Your order successfully added for refill. Thank you for patience.",
        }

    def _cancel(self, fields: Mapping[str, str]) -> Any:
        order = self._known(fields)
        service = next((row for row in self.services if str(row["service"]) == order.service), {})
        if not service.get("cancel") or order.status in ENDED:
            raise Refusal("Order cannot be canceled")
        order.cancel_at = self._clock() + CANCEL_TAKES / self.pace
        return {
            "status": "Success",
            "message": "Your order was successfully marked for cancellation. Thank you for patience.",
        }

    def _known(self, fields: Mapping[str, str]) -> SandboxOrder:
        order = self.orders.get(fields.get("order", ""))
        if order is None:
            raise Refusal("Incorrect order ID")
        return self._moved(order)

    # --- the control surface ----------------------------------------------------------------------

    async def _state(self, _: web.Request) -> web.Response:
        orders = [
            {"id": order.id, "service": order.service, "url": order.url, "quantity": order.quantity}
            | self._moved(order).shown(self.currency)
            | {"fields": order.fields}
            for order in self.orders.values()
        ]
        calls = [{"action": call.action, "fields": call.fields, "fault": call.fault} for call in self.calls]
        return web.json_response(
            {"balance": str(self.balance), "orders": orders, "calls": calls, "faults": len(self._faults)}
        )

    async def _control(self, request: web.Request) -> web.Response:
        asked = await request.json() if request.can_read_body else {}
        try:
            match request.match_info["verb"]:
                case "fault":
                    self.fault(PanelFault(asked.pop("fault")), **asked)
                case "clear":
                    self.clear_faults()
                case "finish":
                    self.finish(str(asked.pop("order")), asked.pop("status"), **asked)
                case "advance":
                    self.advance(str(asked["order"]), int(asked["delivered"]))
                case "balance":
                    self.balance = Decimal(str(asked["balance"]))
                case "services":
                    self.services = list(asked["services"])
                case _:
                    return web.json_response({"error": "unknown verb"}, status=404)
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            return web.json_response({"error": repr(error)}, status=400)
        return web.json_response({"ok": True})
