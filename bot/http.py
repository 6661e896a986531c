"""The HTTP side: health and metrics in every mode, and Telegram's webhook where updates are delivered."""

import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from aiogram import Bot, Dispatcher
from aiogram.types import Update
from aiogram.types.update import UpdateTypeLookupError
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from bot.metrics import Metrics
from bot.readiness import Readiness
from bot.settings import StartError
from db.engine import UNAVAILABLE

log = structlog.get_logger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name (Bot API, setWebhook)
LARGEST_UPDATE_BYTES = 2 * 1024 * 1024

Refresh = Callable[[], Awaitable[None]]
Look = Callable[[], Awaitable[Readiness]]


@dataclass(frozen=True)
class Hook:
    """Where a provider of payments announces them: `take` is given the raw body and its signature, from this header.

    It returns the status to answer.
    """

    header: str
    take: Callable[[bytes, str], Awaitable[HTTPStatus]]


class ListenError(StartError):
    """The port cannot be listened on."""


def build_http(
    metrics: Metrics,
    refresh: Refresh,
    look: Look,
    *,
    webhook: tuple[Bot, Dispatcher, str] | None = None,
    hooks: Mapping[str, Hook] | None = None,
) -> web.Application:
    """Return /healthz, /readyz and /metrics; with `webhook` (bot, dispatcher, secret) also /webhook; and `hooks`.

    `refresh` brings the gauges of `metrics` up to date before they are read; `look` tells what /readyz says.
    """
    app = web.Application(client_max_size=LARGEST_UPDATE_BYTES)

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def readyz(_: web.Request) -> web.Response:
        found = await look()
        said = {"ok": found.ready, "problem": found.problem, "parts": found.parts}
        return web.json_response(said, status=200 if found.ready else 503)

    async def show_metrics(_: web.Request) -> web.Response:
        try:
            await refresh()
        except UNAVAILABLE as error:
            log.warning("metrics.stale", error=type(error).__name__)
        return web.Response(body=metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", show_metrics)
    if webhook is not None:
        _add_webhook(app, *webhook)
    for path, hook in (hooks or {}).items():
        _add_hook(app, path, hook)
    return app


def _add_webhook(app: web.Application, bot: Bot, dispatcher: Dispatcher, secret: str) -> None:
    async def take(request: web.Request) -> web.Response:
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(errors="surrogateescape"), secret.encode()):
            return web.Response(status=401)
        try:
            update = Update.model_validate(await request.json(), context={"bot": bot})
            kind = update.event_type
        except UpdateTypeLookupError:
            return web.Response()  # of a kind newer than this store: nothing to do, and nothing to send again
        except ValueError:
            return web.Response(status=400)
        log.debug("update.delivered", update_id=update.update_id, kind=kind)
        # Handled before the answer: what fails here is answered 500, and Telegram sends the update again.
        await dispatcher.feed_update(bot, update)
        return web.Response()

    app.router.add_post("/webhook", take)


def _add_hook(app: web.Application, path: str, hook: Hook) -> None:
    async def take(request: web.Request) -> web.Response:
        try:
            status = await hook.take(await request.read(), request.headers.get(hook.header, ""))
        except UNAVAILABLE as error:
            log.warning("hook.failed", path=path, error=repr(error))
            status = HTTPStatus.SERVICE_UNAVAILABLE
        return web.Response(status=status)

    app.router.add_post(path, take)


@asynccontextmanager
async def serve(app: web.Application, host: str, port: int | None) -> AsyncIterator[None]:
    """Serve the app while the context lasts; without a port, nothing. Raises ListenError."""
    if port is None:
        yield
        return
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=5)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise ListenError(
                f"HOST {host}, PORT {port} cannot be listened on: {error.strerror}. Choose another one."
            ) from None
        log.info("http.listening", host=host, port=port)
        yield
    finally:
        await runner.cleanup()
