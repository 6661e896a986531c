"""The HTTP side of the sandbox Telegram: takes calls as the Bot API does, checks and records them."""

import asyncio
from typing import Any

from aiohttp import web

from sandbox.telegram.bodies import read_body
from sandbox.telegram.contract import BY_LOWER_NAME, check_call
from sandbox.telegram.faults import Faults, TelegramFault, too_many
from sandbox.telegram.files import Upload
from sandbox.telegram.methods import HANDLERS
from sandbox.telegram.refusals import Refusal, Violation, bad_request
from sandbox.telegram.state import Call, Json, World

_BODY_LIMIT = 64 * 1024 * 1024
_ANSWERS = {"answerCallbackQuery": "callback_query_id", "answerInlineQuery": "inline_query_id"} | {
    "answerPreCheckoutQuery": "pre_checkout_query_id"
}


class BotApiServer:
    """Serves one bot, known by its token."""

    def __init__(self, token: str, world: World, faults: Faults) -> None:
        self._token = token
        self._world = world
        self._faults = faults

    def app(self) -> web.Application:
        """The aiohttp application; a page may be added to it as further routes."""
        app = web.Application(client_max_size=_BODY_LIMIT)
        app.router.add_route("*", r"/bot{token:[^/]*}/{method}", self._on_call)
        app.router.add_get(r"/file/bot{token:[^/]*}/{path:.+}", self._on_download)
        app.router.add_route("*", r"/{rest:.*}", self._on_anything_else)
        return app

    async def _on_anything_else(self, _: web.Request) -> web.Response:
        return _reply(Refusal("Not Found", 404))

    async def _on_download(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != self._token:
            return _reply(Refusal("Unauthorized", 401))
        stored = self._world.files.by_path(request.match_info["path"])
        if stored is None:
            return _reply(Refusal("Not Found", 404))
        return web.Response(body=stored.data, content_type="application/octet-stream")

    async def _on_call(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != self._token:
            return _reply(Refusal("Unauthorized", 401))
        name = request.match_info["method"]
        try:
            raw, uploads = await read_body(request)
        except ValueError as error:
            self._world.violate(name, str(error))
            return _reply(bad_request("can't parse request body"))
        raw = dict(request.query) | raw
        known = BY_LOWER_NAME.get(name.lower())
        fault = self._faults.next_for(known.name if known else name)
        if fault is None:
            return await self._answer(name, raw, uploads)
        return await self._fail(request, fault, name, raw, uploads)

    async def _answer(self, name: str, raw: Json, uploads: dict[str, Upload]) -> web.Response:
        try:
            return web.json_response({"ok": True, "result": await self.execute(name, raw, uploads)})
        except Refusal as refusal:
            return _reply(refusal)

    async def _fail(
        self, request: web.Request, fault: TelegramFault, name: str, raw: Json, uploads: dict[str, Upload]
    ) -> web.Response:
        if fault.kind == "delay":
            await asyncio.sleep(fault.amount)
            return await self._answer(name, raw, uploads)
        if fault.kind == "lost_reply":
            await self._answer(name, raw, uploads)
            self._expect_again(name, raw)
        else:
            self._world.publish("call", about=self._record(name, raw, error=fault.kind))
        if fault.kind == "retry_after":
            return _reply(too_many(fault.amount))
        if fault.kind == "server_error":
            return _reply(Refusal("Internal Server Error", int(fault.amount)))
        if fault.kind == "page":
            page = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
            return web.Response(status=502, text=page, content_type="text/html")
        if request.transport:
            request.transport.abort()
        return web.Response()

    def _expect_again(self, name: str, raw: Json) -> None:
        """A bot that never read the reply may answer once more without being wrong."""
        query = self._world.queries.get(str(raw.get(_ANSWERS.get(name, ""))))
        if query:
            query.handed += 1

    def _record(self, name: str, params: Json, error: str | None = None) -> Call:
        call = Call(name, params, self._world.clock(), error=error)
        self._world.calls.append(call)
        return call

    async def execute(self, name: str, raw: Json, uploads: dict[str, Upload]) -> Any:
        """Check and carry out one call, wherever it came from, and record it; raises Refusal.

        A `getUpdates` that goes well is not recorded: it would drown the rest.
        """
        method = BY_LOWER_NAME.get(name.lower())
        call = None if method and method.name == "getUpdates" else self._record(name, raw)
        try:
            if self._world.logged_out:
                raise Refusal("Bad Request: Logged out")
            if method is None:
                self._world.violate(name, "no such method here")
                raise Refusal("Not Found", 404)
            args = check_call(method, raw, uploads)
            if call:
                call.method, call.params = method.name, args
            result = await HANDLERS[method.name](self._world, args, uploads)
        except Refusal as refusal:
            call = call or self._record(name, raw)
            call.error = refusal.description
            if isinstance(refusal, Violation):
                self._world.violate(call.method, refusal.description)
            self._world.publish("call", about=call)
            raise
        if call:
            call.result = result
            self._world.publish("call", about=call)
        return result


def _reply(refusal: Refusal) -> web.Response:
    return web.json_response(refusal.envelope(), status=refusal.code)
