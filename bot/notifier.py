"""Sending the outbox: within Telegram's limits, in order for each chat, at least once."""

import asyncio
from collections import OrderedDict
from datetime import datetime

import structlog
from aiogram import Bot
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNotFound,
    TelegramRetryAfter,
)
from aiolimiter import AsyncLimiter

from db.engine import UNAVAILABLE, Database
from db.tables import Customer, Notice, NoticeKind, Order
from handlers import notices as texts_of
from handlers.screen import NO_PREVIEW, Screen
from shop import customers, drafts, notices
from shop.catalogue import CatalogueMemory
from shop.steps import step
from texts import speak

log = structlog.get_logger(__name__)

AT_ONCE = 8
# A round's notices are sent well within their lease, even if Telegram lets every call run into its timeout.
MOST_IN_A_ROUND = 24
TIMEOUT_SECONDS = 15
ROUND_SECONDS = 10
# About one message a second in a chat, with a small burst (Bots FAQ, "My bot is hitting limits").
CHAT_BURST = 3
CHATS_REMEMBERED = 1000
GONE = (
    "message to edit not found",
    "message can't be edited",
    "there is no text in the message",
    "MESSAGE_ID_INVALID",
)
UNREACHABLE = ("chat not found", "user is deactivated", "bot can't initiate conversation", "PEER_ID_INVALID")


class Notifier:
    """Sends what is due; any number of them may work on one database."""

    def __init__(self, db: Database, bot: Bot, catalogue: CatalogueMemory, *, per_second: float) -> None:
        """`per_second` bounds all messages sent unasked; `catalogue` tells the currency."""
        self._db = db
        self._bot = bot
        self._catalogue = catalogue
        # A bucket of a tenth of a second's worth: evenly, never 25 in one instant.
        self._pace = AsyncLimiter(max(per_second / 10, 1), max(0.1, 1 / per_second))
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._at_most = max(1, min(MOST_IN_A_ROUND, int(per_second * ROUND_SECONDS)))
        self._chats: OrderedDict[int, AsyncLimiter] = OrderedDict()

    async def round(self, now: datetime) -> int:
        """Send what is due, the first waiting notice of each chat; return how many there were."""
        async with self._db.read() as session:
            if not await notices.is_due(session, now):
                return 0  # the usual case takes no write lock
        async with self._db.begin() as session:
            claimed = await notices.claim(session, now, self._at_most)
            step("notice.claiming")
        step("notice.claimed")
        # Each is finished before a failure of one is raised: a message sent and not written down is sent again.
        results = await asyncio.gather(*(self._deliver(notice) for notice in claimed), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return len(claimed)

    async def _deliver(self, notice: Notice) -> None:
        try:
            await self._pace_of(notice.chat_id).acquire()
            await self._deliver_now(notice)
        except UNAVAILABLE:
            raise  # the lease runs out, and it is sent again
        except Exception as error:
            log.error("notice.broke", notice=notice.id, kind=notice.kind, exc_info=error)
            await self._put_back(notice, type(error).__name__)

    def _pace_of(self, chat_id: int) -> AsyncLimiter:
        pace = self._chats.setdefault(chat_id, AsyncLimiter(CHAT_BURST, CHAT_BURST))
        self._chats.move_to_end(chat_id)
        if len(self._chats) > CHATS_REMEMBERED:
            self._chats.popitem(last=False)
        return pace

    async def _deliver_now(self, notice: Notice) -> None:
        async with self._slots:
            async with self._db.read() as session:
                customer = await session.get(Customer, notice.chat_id)
                order = await session.get(Order, notice.order_id) if notice.order_id else None
                waiting = None
                if notice.kind is NoticeKind.CREDITED:
                    waiting = await drafts.waiting_for_money(session, notice.chat_id)
            wishes = (customer.language, customer.telegram_language) if customer else ()
            say = speak(wishes, self._catalogue.currency)
            screen = texts_of.render(say, notice, order, waiting)
            await self._pace.acquire()
            await self._send(notice, order, screen)

    async def _send(self, notice: Notice, order: Order | None, screen: Screen) -> None:
        """Send and write down what came of it. Not recorded means sent again, and a card is then only edited."""
        try:
            if notice.kind is NoticeKind.CARD and order is not None:
                await self._draw_card(notice, order, screen)
                step("notice.card-drawn")
            else:
                await self._bot.send_message(
                    notice.chat_id,
                    screen.text,
                    reply_markup=screen.keyboard,
                    link_preview_options=NO_PREVIEW,
                    request_timeout=TIMEOUT_SECONDS,
                )
                step("notice.sent")
        except TelegramRetryAfter as error:
            await self._put_back(notice, "429", seconds=error.retry_after)
        except TelegramForbiddenError as error:
            await self._give_up_chat(notice, error.message)
        except (TelegramBadRequest, TelegramNotFound) as error:
            if any(words in error.message for words in UNREACHABLE):
                await self._give_up_chat(notice, error.message)
                return
            log.error("notice.refused", notice=notice.id, kind=notice.kind, error=error.message)
            await self._done(notice, failure=error.message)
        except (TelegramAPIError, ClientDecodeError) as error:
            await self._put_back(notice, type(error).__name__, away=True)
        else:
            await self._done(notice)

    async def _draw_card(self, notice: Notice, order: Order, screen: Screen) -> None:
        """Edit the order's live card; one that is gone is sent anew and remembered at once."""
        if order.card_message_id is not None:
            try:
                await self._bot.edit_message_text(
                    screen.text,
                    chat_id=notice.chat_id,
                    message_id=order.card_message_id,
                    reply_markup=screen.keyboard,
                    link_preview_options=NO_PREVIEW,
                    request_timeout=TIMEOUT_SECONDS,
                )
            except TelegramBadRequest as error:
                if "message is not modified" in error.message:
                    return
                if not any(words in error.message for words in GONE):
                    raise
            else:
                return
        sent = await self._bot.send_message(
            notice.chat_id,
            screen.text,
            reply_markup=screen.keyboard,
            link_preview_options=NO_PREVIEW,
            disable_notification=True,
            request_timeout=TIMEOUT_SECONDS,
        )
        step("notice.card-sent")
        async with self._db.begin() as session:
            await notices.keep_card(session, order.id, sent.message_id)
        step("notice.card-kept")

    async def _done(self, notice: Notice, failure: str | None = None) -> None:
        async with self._db.begin() as session:
            await notices.done(session, notice.id, failure=failure)
            step("notice.closing")
        step("notice.closed")

    async def _put_back(
        self, notice: Notice, failure: str, *, seconds: float | None = None, away: bool = False
    ) -> None:
        log.info("notice.waits", notice=notice.id, why=failure, seconds=seconds)
        async with self._db.begin() as session:
            await notices.put_back(session, notice, seconds=seconds, failure=failure, away=away)

    async def _give_up_chat(self, notice: Notice, failure: str) -> None:
        """The customer blocked the bot: nothing more is sent until they come back; their orders go on."""
        log.info("notice.blocked", chat=notice.chat_id, why=failure)
        async with self._db.begin() as session:
            await notices.close_chat(session, notice.chat_id, failure)
            await customers.mark_blocked(session, notice.chat_id)
