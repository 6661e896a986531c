"""Sending the outbox: within Telegram's limits, in order for each chat, at least once."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
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

from bot.pace import Pace
from db.engine import UNAVAILABLE, Database
from db.tables import Customer, Notice, NoticeKind, Order, Payment
from handlers import draft_screens
from handlers import notices as texts_of
from handlers.screen import Screen, edit, send
from shop import by_hand, customers, deciding, drafts, notices
from shop.by_hand import Case as HandCase
from shop.catalogue import CatalogueMemory
from shop.errors import AlreadyDecided, ShopError
from shop.policy import Policy
from shop.steps import step
from texts import Speech, speak

log = structlog.get_logger(__name__)

AT_ONCE = 8
# A round's notices are sent well within their lease, even if Telegram lets every call run into its timeout.
MOST_IN_A_ROUND = 24
TIMEOUT_SECONDS = 15
ROUND_SECONDS = 10
# For one that waits longer for its turn, because many processes share the pace, there may be no lease left to send in.
LONGEST_WAIT_SECONDS = 30
GONE = (
    "message to edit not found",
    "message can't be edited",
    "there is no text in the message",
    "there is no caption in the message",
    "MESSAGE_ID_INVALID",
)
UNREACHABLE = ("chat not found", "user is deactivated", "bot can't initiate conversation", "PEER_ID_INVALID")


class Notifier:
    """Sends what is due; any number of them may work on one database."""

    def __init__(
        self, db: Database, bot: Bot, catalogue: CatalogueMemory, policy: Policy, *, overall: Pace, in_chat: Pace
    ) -> None:
        """`overall` bounds all messages sent unasked, `in_chat` those of one; `catalogue` tells the currency."""
        self._db = db
        self._bot = bot
        self._catalogue = catalogue
        self._policy = policy
        self._overall = overall
        self._in_chat = in_chat
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._at_most = max(1, min(MOST_IN_A_ROUND, int(overall.per_second * ROUND_SECONDS)))

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
        # Each delivery is a task, with log lines of its own.
        structlog.contextvars.bind_contextvars(chat_id=notice.chat_id, order=notice.order_id)
        until = asyncio.get_running_loop().time() + LONGEST_WAIT_SECONDS
        try:
            if await _in_time(self._in_chat.take(str(notice.chat_id)), until):
                await self._deliver_now(notice, until)
            else:
                await self._put_back(notice, "pace", seconds=0)
        except UNAVAILABLE:
            raise  # the lease runs out, and it is sent again
        except Exception as error:
            log.error("notice.broke", notice=notice.id, kind=notice.kind, exc_info=error)
            await self._put_back(notice, type(error).__name__)

    async def _deliver_now(self, notice: Notice, until: float) -> None:
        async with self._slots:
            async with self._db.read() as session:
                customer = await session.get(Customer, notice.chat_id)
                order = await session.get(Order, notice.order_id) if notice.order_id else None
                waiting = case = payment = shown = None
                if notice.kind is NoticeKind.CREDITED:
                    waiting = await drafts.waiting_for_money(session, notice.chat_id)
                if notice.kind is NoticeKind.DECIDE and notice.order_id is not None:
                    with suppress(AlreadyDecided):
                        case = await deciding.case(session, notice.order_id)
                if notice.kind is NoticeKind.RECEIPT:
                    payment = await session.get(Payment, notice.content["payment"])
                if notice.kind is NoticeKind.PROOF:
                    shown = await by_hand.case(session, notice.content["proof"])
            wishes = (customer.language, customer.telegram_language) if customer else ()
            say = speak(wishes, self._catalogue.currency)
            screen: Screen | None = texts_of.render(say, notice, order, waiting, case, payment, shown)
            if notice.kind is NoticeKind.CONFIRM:
                screen = await self._confirm_card(notice, say)
            if screen is None:
                await self._done(notice)
                return
            if await _in_time(self._overall.take(), until):
                await self._send(notice, order, shown, screen)
            else:
                await self._put_back(notice, "pace", seconds=0)

    async def _confirm_card(self, notice: Notice, say: Speech) -> Screen | None:
        """Return the confirm card of an order that waited for money, at today's price; None if it does not wait now."""
        try:
            async with self._db.begin() as session:
                draft, listing, quote = await drafts.quote(
                    session, notice.content["draft"], notice.chat_id, self._policy.markup_percent
                )
        except ShopError:
            return None
        return draft_screens.confirm_screen(say, listing, draft, quote, say("confirm-money-came"))

    async def _send(self, notice: Notice, order: Order | None, shown: HandCase | None, screen: Screen) -> None:
        """Send and write down what came of it. Not recorded means sent again, and a card is then only edited."""
        try:
            if notice.kind is NoticeKind.CARD and order is not None:
                await self._draw_card(notice, order, screen)
                step("notice.card-drawn")
            elif shown is not None:
                await self._draw_proof(notice, shown, screen)
                step("notice.proof-drawn")
            else:
                await send(self._bot, notice.chat_id, screen, timeout=TIMEOUT_SECONDS)
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
        if order.card_message_id is not None and await self._edit(notice.chat_id, order.card_message_id, screen):
            return
        sent = await send(self._bot, notice.chat_id, screen, silent=True, timeout=TIMEOUT_SECONDS)
        step("notice.card-sent")
        async with self._db.begin() as session:
            await notices.keep_card(session, order.id, sent.message_id)
        step("notice.card-kept")

    async def _draw_proof(self, notice: Notice, shown: HandCase, screen: Screen) -> None:
        """Send an owner the card of a payment by hand; where they have it, edit it. Nobody asks for a decided one."""
        card = shown.proof.cards.get(str(notice.chat_id))
        if card is not None and await self._edit(notice.chat_id, card, screen):
            return
        if shown.proof.decided_at is not None:
            return
        sent = await send(self._bot, notice.chat_id, screen, timeout=TIMEOUT_SECONDS)
        step("notice.proof-sent")
        async with self._db.begin() as session:
            await by_hand.keep_card(session, shown.proof.id, notice.chat_id, sent.message_id)

    async def _edit(self, chat_id: int, message_id: int, screen: Screen) -> bool:
        """Edit a message; return whether it is there still."""
        try:
            await edit(self._bot, chat_id, message_id, screen, timeout=TIMEOUT_SECONDS)
        except TelegramBadRequest as error:
            if "message is not modified" in error.message:
                return True
            if not any(words in error.message for words in GONE):
                raise
            return False
        return True

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
        log.info("notice.blocked", why=failure)
        async with self._db.begin() as session:
            await notices.close_chat(session, notice.chat_id, failure)
            await customers.mark_blocked(session, notice.chat_id)


async def _in_time(turn: Awaitable[None], until: float) -> bool:
    """Wait for a turn, but no longer than `until` on the loop's clock; return whether it came."""
    try:
        async with asyncio.timeout_at(until):
            await turn
    except TimeoutError:
        return False
    return True
