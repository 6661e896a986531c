"""The panel over HTTP: the API at /api/v2, answered rightly or with the fault that was asked for."""

import asyncio
import socket
import struct
from contextlib import suppress
from types import TracebackType
from typing import Self

from aiohttp import web

from sandbox.panel.account import Account, Call, to_json
from sandbox.panel.control import add_control
from sandbox.panel.faults import Fault, PanelFault
from sandbox.panel.pricing import Refused

_BODY_LIMIT = 64 * 1024 * 1024
_ANSWER_KEPT = 200
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER of no seconds: closing sends RST in place of FIN
_CHALLENGE = (
    "<!DOCTYPE html><html><head><title>Just a moment...</title></head>"
    "<body><h1>Checking your browser before accessing the panel</h1></body></html>"
)
_SERVER_ERROR = "<html><head><title>{0}</title></head><body><h1>{0}</h1><hr>nginx</body></html>"


class SandboxPanel(Account):
    """A panel on loopback. Start it, or use it as an async context manager; Account tells its parameters."""

    url: str = ""
    _runner: web.AppRunner | None = None
    _stopping: asyncio.Event

    async def __aenter__(self) -> Self:
        """Start on a free port."""
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        await self.stop()

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> None:
        """Listen, on a free port unless told; `url` is then where the API answers. May be done again after `stop`."""
        app = web.Application(client_max_size=_BODY_LIMIT)
        app.router.add_route("*", "/api/v2", self._on_call)
        add_control(app, self)
        self._stopping = asyncio.Event()
        # handler_cancellation: a held call ends as soon as its client gives up.
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.url = f"http://{host}:{self._runner.addresses[0][1]}/api/v2"

    async def stop(self) -> None:
        """Close the port and every connection; calls that were held get no answer."""
        if self._runner is not None:
            self._stopping.set()
            await self._runner.cleanup()
            self._runner = None

    async def _on_call(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        key, action = fields.pop("key", ""), fields.pop("action", "")
        fault = self.faults.take(action)
        call = Call(action, fields, fault=fault.kind if fault else None)
        self.calls.append(call)
        body = self._perform(key, action, fields) if fault is None or fault.kind.carried_out else b""
        if fault is None:
            return _answer(call, body)
        return await self._go_wrong(request, call, fault, body)

    def _perform(self, key: str, action: str, fields: dict[str, str]) -> bytes:
        try:
            if key != self.key:
                raise Refused("Invalid API key")
            return self.perform(action, fields)
        except Refused as refusal:
            return _error(refusal.text)

    async def _go_wrong(self, request: web.Request, call: Call, fault: Fault, body: bytes) -> web.StreamResponse:
        match fault.kind:
            case PanelFault.SLOW:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), fault.seconds)
                return _answer(call, body)
            case PanelFault.SILENT_BEFORE | PanelFault.SILENT_AFTER:
                call.answered = "silence"
                await self._stopping.wait()
                return _hang_up(request)
            case PanelFault.RESET_BEFORE | PanelFault.RESET_AFTER:
                call.answered = "reset"
                return _hang_up(request)
            case PanelFault.TRUNCATED:
                call.answered = "half of the reply"
                return await _answer_half(request, body)
        return _answer_wrongly(call, fault, body)


def _answer_wrongly(call: Call, fault: Fault, body: bytes) -> web.Response:
    match fault.kind:
        case PanelFault.SERVER_ERROR_BEFORE | PanelFault.SERVER_ERROR_AFTER:
            status = fault.status or 502
            return _answer(call, _SERVER_ERROR.format(status).encode(), status, "text/html")
        case PanelFault.HTML_BEFORE | PanelFault.HTML_AFTER:
            return _answer(call, _CHALLENGE.encode(), content_type="text/html")
        case PanelFault.THROTTLE:
            answer = _answer(call, _error(fault.text or "Too many requests"), 429)
            answer.headers["Retry-After"] = f"{fault.seconds:g}"
            return answer
        case PanelFault.THROTTLE_200:
            return _answer(call, _error(fault.text or "Rate limit exceeded"))
        case PanelFault.ERROR:
            return _answer(call, _error(fault.text or "Incorrect request"), fault.status or 200)
        case PanelFault.EMPTY_CATALOGUE:
            return _answer(call, b"[]")
        case PanelFault.BODY | PanelFault.BODY_AFTER:
            return _answer(call, fault.text.encode(), fault.status or 200)
        case PanelFault.ODD_JSON:
            return _answer(call, b"\xef\xbb\xbf" + body, content_type="text/html")
        case _:
            raise AssertionError(f"{fault.kind} is no answer")


def _error(text: str) -> bytes:
    return to_json({"error": text})


def _answer(call: Call, body: bytes, status: int = 200, content_type: str = "application/json") -> web.Response:
    call.answered = f"{status} {body.decode()[:_ANSWER_KEPT]}"
    return web.Response(body=body, status=status, content_type=content_type, charset="utf-8")


async def _answer_half(request: web.Request, body: bytes) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Type": "application/json"})
    answer.content_length = len(body)
    with suppress(ConnectionResetError):  # the caller may have gone first
        await answer.prepare(request)
        await answer.write(body[: len(body) // 2])
    if request.transport:
        request.transport.close()
    return answer


def _hang_up(request: web.Request) -> web.Response:
    if request.transport:
        connection = request.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        request.transport.abort()
    return web.Response()
