"""The composition root: every part of the store is made here, handed what it needs, and taken down in order."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from aiogram import Bot, Dispatcher
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.exceptions import AiogramError
from aiogram.fsm.storage.base import BaseEventIsolation, BaseStorage
from aiogram.fsm.storage.memory import SimpleEventIsolation
from aiogram.fsm.storage.redis import RedisStorage
from redis.asyncio import Redis

from bot.commands import register_commands
from bot.http import build_http, serve
from bot.isolation import SharedIsolation
from bot.metrics import Metrics
from bot.middlewares import Visit
from bot.notifier import Notifier
from bot.settings import Settings
from bot.storage import TableStorage
from bot.worker import Worker, repeat
from db.engine import Database
from handlers import build_routers
from panel import PanelClient
from shop import notices, orders
from shop.catalogue import CatalogueMemory
from shop.policy import Policy

log = structlog.get_logger(__name__)

CATALOGUE_CHECK_SECONDS = 2.0
GRACE_SECONDS = 7.0
TELEGRAM_AGAIN_SECONDS = 2.0
LONGEST_TELEGRAM_WAIT_SECONDS = 60.0
FSM_KEEP_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True)
class Store:
    """The parts of a running store."""

    settings: Settings
    db: Database
    bot: Bot
    panel: PanelClient
    catalogue: CatalogueMemory
    policy: Policy
    dispatcher: Dispatcher
    metrics: Metrics


def build_bot(settings: Settings) -> Bot:
    """Return the bot, speaking HTML to the Bot API server of the settings."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(settings.telegram_api_url))
    return Bot(
        settings.bot_token.get_secret_value(),
        session=session,
        default=DefaultBotProperties(parse_mode=ParseMode.HTML),
    )


def build_panel(settings: Settings, *, read_attempts: int = 4) -> PanelClient:
    """Return the client of the settings' panel."""
    return PanelClient(
        settings.panel_api_url,
        settings.panel_api_key.get_secret_value(),
        link_field=settings.panel_link_field,
        comments_encoding=settings.panel_comments_encoding,
        timeout=settings.panel_timeout_seconds,
        concurrency=settings.panel_concurrency,
        calls_per_second=settings.panel_calls_per_second,
        read_attempts=read_attempts,
    )


def build_dispatcher(
    db: Database,
    catalogue: CatalogueMemory,
    policy: Policy,
    panel: PanelClient,
    metrics: Metrics,
    *,
    storage: BaseStorage,
    isolation: BaseEventIsolation,
) -> Dispatcher:
    """Return the dispatcher with every journey; updates of one chat are handled one after another."""
    dispatcher = Dispatcher(
        storage=storage,
        events_isolation=isolation,
        db=db,
        catalogue=catalogue,
        policy=policy,
        panel=panel,
        shop_name="",
    )
    dispatcher.update.outer_middleware(metrics)
    dispatcher.update.outer_middleware(Visit(db, catalogue))
    dispatcher.include_routers(*build_routers(policy))
    return dispatcher


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[Store]:
    """Make the store's parts and take them down again, the database last."""
    db = Database(settings.database_url.get_secret_value())
    policy = Policy(settings.markup_percent, settings.admin_ids, settings.status_poll_seconds)
    catalogue = CatalogueMemory(policy.markup_percent)
    panel = build_panel(settings)
    bot = build_bot(settings)
    redis = Redis.from_url(settings.redis_url.get_secret_value()) if settings.redis_url else None
    storage: BaseStorage = TableStorage(db)
    isolation: BaseEventIsolation = SimpleEventIsolation()
    if redis is not None:
        storage = RedisStorage(redis, state_ttl=FSM_KEEP_SECONDS, data_ttl=FSM_KEEP_SECONDS)
        isolation = SharedIsolation(redis)
    metrics = Metrics()
    dispatcher = build_dispatcher(db, catalogue, policy, panel, metrics, storage=storage, isolation=isolation)
    try:
        yield Store(settings, db, bot, panel, catalogue, policy, dispatcher, metrics)
    finally:
        await dispatcher.storage.close()
        await isolation.close()
        await bot.session.close()
        await panel.aclose()
        await db.close()


async def run(settings: Settings, *, updates: bool, work: bool) -> None:
    """Run the store until SIGTERM or SIGINT: answering `updates`, doing the `work` behind them, or both."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    async with open_store(settings) as store:
        try:
            async with asyncio.timeout(None) as patience:

                def end() -> None:
                    stop.set()
                    patience.reschedule(loop.time() + GRACE_SECONDS)

                for name in (signal.SIGTERM, signal.SIGINT):
                    loop.add_signal_handler(name, end)
                await serve_store(store, stop, updates=updates, work=work)
        except TimeoutError:
            # What was cut short is found again at the next start: nothing depends on a quiet end.
            log.warning("store.cut_short", seconds=GRACE_SECONDS)
    log.info("store.stopped")


async def serve_store(store: Store, stop: asyncio.Event, *, updates: bool, work: bool) -> None:
    """Run a store that has been made, until `stop` is set."""
    settings = store.settings
    await store.catalogue.refresh(store.db)
    webhook = None
    if updates and settings.webhook_url is not None:
        webhook = (store.bot, store.dispatcher, settings.webhook_secret.get_secret_value())
    app = build_http(store.db, store.metrics, lambda: _gauge(store), webhook=webhook)
    port = settings.listen_port if updates else settings.port
    async with serve(app, settings.host, port), asyncio.TaskGroup() as parts:
        parts.create_task(repeat("catalogue", lambda: _refresh(store), CATALOGUE_CHECK_SECONDS, stop))
        if work:
            notifier = Notifier(store.db, store.bot, store.catalogue, per_second=settings.notices_per_second)
            worker = Worker(
                store.db,
                store.panel,
                notifier,
                store.catalogue,
                store.policy,
                sync_seconds=settings.catalogue_sync_seconds,
                dripfeed_default=settings.dripfeed_default,
            )
            parts.create_task(worker.run(stop))
        if updates:
            parts.create_task(_take_updates(store, stop))
        log.info("store.started", updates=updates, work=work, services=len(store.catalogue.current.services))


async def _gauge(store: Store) -> None:
    """Bring the gauges up to date: what waits, and what is on sale."""
    async with store.db.read() as session:
        for state, count in (await orders.count_by_state(session)).items():
            store.metrics.orders.labels(state).set(count)
        store.metrics.notices.set(await notices.count_waiting(session))
    store.metrics.services.set(len(store.catalogue.current.services))


async def _refresh(store: Store) -> bool:
    await store.catalogue.refresh(store.db)
    return False


async def _take_updates(store: Store, stop: asyncio.Event) -> None:
    """Introduce the bot to Telegram, as soon as it can be reached, and take its updates until `stop`."""
    if not await _until_reached(store, stop):
        return
    if store.settings.webhook_url is not None:
        await stop.wait()
        return
    polling = asyncio.create_task(
        store.dispatcher.start_polling(
            store.bot,
            handle_signals=False,
            close_bot_session=False,
            tasks_concurrency_limit=100,
        )
    )
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({polling, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not polling.done():
        await store.dispatcher.stop_polling()
    stopping.cancel()
    await polling


async def _until_reached(store: Store, stop: asyncio.Event) -> bool:
    """Set the bot up at Telegram, trying again while it cannot be reached; return False when told to stop first."""
    wait = TELEGRAM_AGAIN_SECONDS
    while not stop.is_set():
        try:
            me = await store.bot.me()
            store.dispatcher.workflow_data["shop_name"] = me.full_name
            await _choose_delivery(store)
            await register_commands(store.bot, store.policy.owners)
        except AiogramError as error:  # a page of HTML in place of an answer included
            log.warning("telegram.unreachable", error=repr(error))
            try:
                async with asyncio.timeout(wait):
                    await stop.wait()
            except TimeoutError:
                wait = min(wait * 2, LONGEST_TELEGRAM_WAIT_SECONDS)
        else:
            return True
    return False


async def _choose_delivery(store: Store) -> None:
    settings = store.settings
    allowed = store.dispatcher.resolve_used_update_types()
    if settings.webhook_url is None:
        await store.bot.delete_webhook()
        return
    await store.bot.set_webhook(
        f"{settings.webhook_url}/webhook",
        secret_token=settings.webhook_secret.get_secret_value(),
        allowed_updates=allowed,
    )
