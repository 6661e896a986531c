"""The composition root: every part of the store is made here, handed what it needs, and taken down in order."""

import asyncio
import hashlib
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

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

from bot import readiness
from bot.commands import register_commands
from bot.http import build_http, serve
from bot.log_context import OrderContext, UpdateContext
from bot.mark import MARK_EVERY_SECONDS, Mark, mark_of
from bot.metrics import CallsOfTelegram, Metrics
from bot.middlewares import InTurn, Visit
from bot.notifier import Notifier
from bot.pace import Pace, choose_pace
from bot.settings import Settings
from bot.shared import SharedRedis, shared_redis
from bot.sightings import WRITE_EVERY_SECONDS, PanelSightings
from bot.storage import TableStorage
from bot.turns import RENEW_SECONDS, Turns
from bot.ways import Ways, build_crypto_pay, build_hooks, build_ways, look_after
from bot.worker import Worker, repeat
from db.engine import Database
from db.tables import utc_now
from handlers import build_routers
from panel import Observer, PanelClient
from shop import figures
from shop.catalogue import CatalogueMemory
from shop.policy import Policy

log = structlog.get_logger(__name__)

CATALOGUE_CHECK_SECONDS = 2.0
COUNT_CHECK_SECONDS = 30.0
GRACE_SECONDS = 7.0
TELEGRAM_AGAIN_SECONDS = 2.0
LONGEST_TELEGRAM_WAIT_SECONDS = 60.0
FSM_KEEP_SECONDS = 7 * 24 * 3600
UPDATES_AT_ONCE = 100
# Enough for each of them to answer a tap and edit a screen, with room for the answer to a pre-checkout query.
CALLS_AT_ONCE = 300
WEBHOOK_CONNECTIONS = 100  # the most (Bot API, setWebhook): a slow handler holds one, and a payment waits for none
# About one message a second in a chat, with a small burst (Bots FAQ, "My bot is hitting limits").
CHAT_BURST = 3


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
    sightings: PanelSightings
    redis: SharedRedis | None
    turns: Turns | None
    ways: Ways


def build_bot(settings: Settings) -> Bot:
    """Return the bot, speaking HTML to the Bot API server of the settings."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(settings.telegram_api_url), limit=CALLS_AT_ONCE)
    return Bot(
        settings.bot_token.get_secret_value(),
        session=session,
        default=DefaultBotProperties(parse_mode=ParseMode.HTML),
    )


def build_panel(
    settings: Settings,
    *,
    pace: Pace | None = None,
    read_attempts: int = 4,
    observe: Observer = lambda _action, _result: None,
) -> PanelClient:
    """Return the client of the settings' panel; `observe` is told of its calls.

    It keeps to a pace of its own unless it is given one.
    """
    return PanelClient(
        settings.panel_api_url,
        settings.panel_api_key.get_secret_value(),
        link_field=settings.panel_link_field,
        comments_encoding=settings.panel_comments_encoding,
        timeout=settings.panel_timeout_seconds,
        concurrency=settings.panel_concurrency,
        calls_per_second=settings.panel_calls_per_second,
        pace=pace.take if pace else None,
        read_attempts=read_attempts,
        observe=observe,
    )


def build_dispatcher(
    db: Database,
    catalogue: CatalogueMemory,
    policy: Policy,
    panel: PanelClient,
    metrics: Metrics,
    ways: Ways,
    *,
    storage: BaseStorage,
    isolation: BaseEventIsolation,
) -> Dispatcher:
    """Return the dispatcher with every journey; updates of one chat are handled one after another, but for payments."""
    dispatcher = Dispatcher(
        storage=storage,
        events_isolation=isolation,
        disable_fsm=True,  # as `InTurn` has it
        db=db,
        catalogue=catalogue,
        policy=policy,
        panel=panel,
        ways=ways,
        shop_name="",
    )
    dispatcher.update.outer_middleware(InTurn(dispatcher.fsm, UPDATES_AT_ONCE))
    dispatcher.update.outer_middleware(UpdateContext())
    dispatcher.update.outer_middleware(metrics)
    dispatcher.update.outer_middleware(Visit(db, catalogue))
    dispatcher.callback_query.middleware(OrderContext())
    dispatcher.include_routers(*build_routers(policy))
    return dispatcher


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[Store]:
    """Make the store's parts and take them down again, the database last."""
    db = Database(settings.database_url.get_secret_value())
    policy = Policy(
        settings.markup_percent,
        settings.admin_ids,
        settings.status_poll_seconds,
        poll_longest_seconds=settings.status_poll_longest_seconds,
        poll_age_percent=settings.status_poll_age_percent,
        poll_ended_days=settings.status_poll_ended_days,
        adds_at_once=settings.panel_concurrency,
        adds_per_second=settings.panel_calls_per_second,
        star_value=settings.star_value,
    )
    catalogue = CatalogueMemory(policy.markup_percent)
    metrics = Metrics()
    sightings = PanelSightings(metrics)
    redis = shared_redis(settings.redis_url.get_secret_value()) if settings.redis_url else None
    calls = settings.panel_calls_per_second
    panel = build_panel(settings, pace=choose_pace(redis, "panel", calls, calls), observe=sightings.note)
    bot = build_bot(settings)
    bot.session.middleware(CallsOfTelegram(metrics))
    storage: BaseStorage = TableStorage(db)
    turns = None
    isolation: BaseEventIsolation = SimpleEventIsolation()
    if redis is not None:
        storage = RedisStorage(redis, state_ttl=FSM_KEEP_SECONDS, data_ttl=FSM_KEEP_SECONDS)
        isolation = turns = Turns(redis)
    crypto_pay = build_crypto_pay(settings)
    ways = build_ways(bot, crypto_pay)
    dispatcher = build_dispatcher(db, catalogue, policy, panel, metrics, ways, storage=storage, isolation=isolation)
    try:
        yield Store(settings, db, bot, panel, catalogue, policy, dispatcher, metrics, sightings, redis, turns, ways)
    finally:
        await dispatcher.storage.close()
        await isolation.close()
        await bot.session.close()
        await panel.aclose()
        if crypto_pay is not None:
            await crypto_pay.aclose()
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
    hooks = build_hooks(store.ways, store.db)
    app = build_http(store.metrics, lambda: _gauge(store), lambda: _look(store), webhook=webhook, hooks=hooks)
    port = settings.listen_port if updates else settings.port
    async with serve(app, settings.host, port), asyncio.TaskGroup() as parts:
        again = partial(repeat, stop=stop, failed=store.metrics.count_failure)
        parts.create_task(again("catalogue", lambda: _refresh(store), CATALOGUE_CHECK_SECONDS))
        mark = mark_of(store.db, store.redis)
        parts.create_task(again("mark", lambda: _keep_mark(mark), MARK_EVERY_SECONDS))
        parts.create_task(again("sightings", lambda: _write_sightings(store), WRITE_EVERY_SECONDS))
        if work:
            parts.create_task(again("figures", lambda: figures.count(store.db, utc_now()), COUNT_CHECK_SECONDS))
            notices_a_second = settings.notices_per_second
            notifier = Notifier(
                store.db,
                store.bot,
                store.catalogue,
                store.policy,
                # A bucket of a tenth of a second's worth: evenly, never 25 in one instant.
                overall=choose_pace(store.redis, "notices", notices_a_second, notices_a_second / 10),
                in_chat=choose_pace(store.redis, "chat", 1, CHAT_BURST),
            )
            worker = Worker(
                store.db,
                store.panel,
                notifier,
                store.catalogue,
                store.policy,
                sync_seconds=settings.catalogue_sync_seconds,
                source=_source(settings),
                dripfeed_default=settings.dripfeed_default,
                failed=store.metrics.count_failure,
            )
            parts.create_task(worker.run(stop))
            parts.create_task(look_after(store.ways, store.db, store.policy, stop, store.metrics.count_failure))
        if updates:
            if store.turns is not None:
                parts.create_task(repeat("turns", store.turns.renew, RENEW_SECONDS, stop))
            parts.create_task(_take_updates(store, stop))
        log.info("store.started", updates=updates, work=work, services=len(store.catalogue.current.services))


def _source(settings: Settings) -> str:
    """Return a word for the panel and the account, without the key in it."""
    account = f"{settings.panel_api_url} {settings.panel_api_key.get_secret_value()}"
    return hashlib.sha256(account.encode()).hexdigest()[:16]


async def _gauge(store: Store) -> None:
    """Bring the gauges up to date."""
    store.metrics.services.set(len(store.catalogue.current.services))
    now = utc_now()
    async with store.db.read() as session:
        found = await figures.read(session, now)
    store.metrics.show(found, now)


async def _look(store: Store) -> readiness.Readiness:
    # The one call that is surely made, even while nobody orders, is the sync.
    patience = readiness.PANEL_PATIENCE + timedelta(seconds=store.settings.catalogue_sync_seconds)
    return await readiness.look(store.db, store.redis, patience)


async def _keep_mark(mark: Mark) -> bool:
    await mark.keep()
    return False


async def _write_sightings(store: Store) -> bool:
    await store.sightings.write(store.db)
    return False


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
            # No tasks_concurrency_limit: at its limit no update is fetched, a pre-checkout query neither. What is
            # handled at once is bounded by `InTurn`.
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
        max_connections=WEBHOOK_CONNECTIONS,
    )
