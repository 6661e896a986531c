"""Crypto Pay over HTTP: the API at /api/<method>, answered rightly or with a fault, and the webhook it delivers."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import web

from sandbox.crypto_pay.account import Account, Json, Refused, SandboxInvoice
from sandbox.crypto_pay.faults import CryptoPayFault, Ordered

_PAGE = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


class SandboxCryptoPay(Account):
    """The server of one app, known by its token. `webhook` is where paid invoices are announced, as the owner set it.

    `calls` are the methods called, `violations` what the documentation does not allow.
    """

    def __init__(
        self,
        token: str = "1:SANDBOX",  # noqa: S107 - the toy server's own, no secret
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`clock` gives aware UTC times."""
        super().__init__(clock)
        self.token = token
        self.webhook: str | None = None
        self.url = ""
        self.calls: list[tuple[str, Json]] = []
        self.violations: list[str] = []
        self._faults: list[Ordered] = []
        self._runner: web.AppRunner | None = None
        self._stopping = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Start on a free port of loopback."""
        app = web.Application()
        app.router.add_post("/api/{method}", self._on_call)
        # handler_cancellation: a held call ends as soon as its client gives up.
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop; calls that are held get no answer."""
        self._stopping.set()
        if self._runner is not None:
            await self._runner.cleanup()

    def called(self, method: str) -> list[Json]:
        """The parameters of every call of a method."""
        return [given for name, given in self.calls if name == method]

    def fault(self, fault: CryptoPayFault, method: str | None = None, *, times: int = 1, name: str = "") -> None:
        """Let the next `times` calls of a method (None: of any) go wrong; `name` is a refusal's word."""
        self._faults.append(Ordered(fault, method, times, name))

    def clear_faults(self) -> None:
        """Call off what has not happened yet."""
        self._faults.clear()

    # --- what people and the server do by themselves ----------------------------------------------

    async def pay(self, which: int | str, amount: Decimal | None = None, asset: str | None = None) -> int | None:
        """Pay the invoice of a number or address; return what the shop answered to its announcement, if any."""
        return await self.announce(self.settle(which, amount, asset))

    async def announce(
        self, invoice: SandboxInvoice, *, token: str | None = None, kind: str = "invoice_paid", **changes: Any
    ) -> int | None:
        """Deliver the webhook once and return the status; None when nobody can be reached.

        `token` signs as another app would, `changes` are made to the invoice as it is told of.
        """
        if self.webhook is None:
            return None
        update = {
            "update_id": 1,
            "update_type": kind,
            "request_date": self.clock().isoformat(),
            "payload": invoice.as_json(self.clock()) | changes,
        }
        return await self.deliver(json.dumps(update).encode(), token=token)

    async def deliver(self, body: bytes, *, token: str | None = None, signature: str | None = None) -> int | None:
        """Post a body to the webhook, signed unless told with what; return the status."""
        assert self.webhook is not None, "there is no webhook to deliver to"  # noqa: S101
        key = hashlib.sha256((token or self.token).encode()).digest()
        signed = hmac.new(key, body, hashlib.sha256).hexdigest() if signature is None else signature
        headers = {"crypto-pay-api-signature": signed, "Content-Type": "application/json"}
        try:
            async with aiohttp.ClientSession() as http, http.post(self.webhook, data=body, headers=headers) as answer:
                return answer.status
        except aiohttp.ClientError:
            return None

    # --- calls ------------------------------------------------------------------------------------

    async def _on_call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        if request.headers.get("Crypto-Pay-API-Token") != self.token:
            return _refusal(Refused("UNAUTHORIZED", 401))
        given = await request.json()
        self.calls.append((method, given))
        ordered = self._next_fault(method)
        if ordered is None:
            return self._answer(method, given)
        if ordered.fault.carried_out:
            self._answer(method, given)
        return await self._go_wrong(request, ordered)

    def _answer(self, method: str, given: Json) -> web.Response:
        try:
            return web.json_response({"ok": True, "result": self.perform(method, given)})
        except Refused as refused:
            if refused.breach:
                self.violations.append(f"{method}: {refused.name} {given}")
            return _refusal(refused)

    def _next_fault(self, method: str) -> Ordered | None:
        for ordered in self._faults:
            if ordered.method in {None, method}:
                ordered.times -= 1
                if ordered.times <= 0:
                    self._faults.remove(ordered)
                return ordered
        return None

    async def _go_wrong(self, request: web.Request, ordered: Ordered) -> web.Response:
        match ordered.fault:
            case CryptoPayFault.PAGE:
                return web.Response(status=502, text=_PAGE, content_type="text/html")
            case CryptoPayFault.APP_ERROR:
                return _refusal(Refused("APP_ERROR", 500))
            case CryptoPayFault.THROTTLE:
                return _refusal(Refused("TOO_MANY_REQUESTS", 429))
            case CryptoPayFault.REFUSE:
                return _refusal(Refused(ordered.name or "UNKNOWN"))
            case CryptoPayFault.SILENT | CryptoPayFault.SILENT_AFTER:
                await self._stopping.wait()
        if request.transport:
            request.transport.abort()
        return web.Response()


def _refusal(refused: Refused) -> web.Response:
    error = {"code": refused.code, "name": refused.name}
    return web.json_response({"ok": False, "error": error}, status=refused.code)
