"""What a customer reads when something was refused or failed; an expected refusal is no error in the log."""

import asyncio
from contextlib import suppress
from typing import Any

import structlog
from aiogram import Router
from aiogram.exceptions import ClientDecodeError, TelegramAPIError, TelegramRetryAfter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Chat, ErrorEvent, Message, User

from db.engine import UNAVAILABLE, Database
from handlers.ordering import service_gone
from handlers.screen import Tap
from panel import PanelError
from shop import customers
from shop.catalogue import CatalogueMemory
from shop.errors import (
    AlreadyDecided,
    AmountTooLarge,
    CommentsOutOfRange,
    DraftGone,
    NotPossible,
    OrderGone,
    PlanOutOfRange,
    QuantityOutOfRange,
    ServiceGone,
    ShopError,
    TakenByAnother,
    TooSoon,
)
from texts import Speech, speak

log = structlog.get_logger(__name__)

LONGEST_LOOK_SECONDS = 2.0
# Telegram said no, nothing, or sent a page of HTML: what was asked for may be done, only its answer was not shown.
UNSHOWN = (TelegramAPIError, ClientDecodeError)


def words(say: Speech, error: BaseException) -> str:
    """Return what to tell the customer about an error, in plain words."""
    match error:
        case DraftGone():
            return say.label("error-draft-gone")
        case OrderGone():
            return say.label("error-order-gone")
        case NotPossible():
            return say.label("error-not-possible")
        case AlreadyDecided():
            return say.label("error-decided")
        case TakenByAnother(order_id=order_id):
            return say.label("error-taken", order=str(order_id))
        case TooSoon(seconds=seconds):
            return say.label("error-too-soon", seconds=seconds)
        case QuantityOutOfRange() | CommentsOutOfRange():
            return say.label("error-quantity", min=say.number(error.minimum), max=say.number(error.maximum))
        case PlanOutOfRange(max_runs=runs, max_interval=minutes):
            return say.label("plan-out-of-range", runs=say.number(runs), minutes=say.number(minutes))
        case AmountTooLarge():
            return say.label("error-amount")
        case PanelError():
            return say.label("error-panel")
        case _ if isinstance(error, UNSHOWN):
            return say.label("error-answer-lost")
        case _ if isinstance(error, UNAVAILABLE):
            return say.label("error-busy")
    return say.label("error-unexpected")


async def answer_error(
    event: ErrorEvent,
    event_from_user: User | None = None,
    event_chat: Chat | None = None,
    say: Speech | None = None,
    tap: Tap | None = None,
    state: FSMContext | None = None,
    catalogue: CatalogueMemory | None = None,
    db: Database | None = None,
    **_: Any,
) -> bool:
    """Tell whoever caused the update what went wrong, and keep the store running."""
    error: BaseException = event.exception
    origin = event.update.callback_query or event.update.message
    if isinstance(error, ShopError):
        log.info("update.refused", update_id=event.update.update_id, why=type(error).__name__)
    elif isinstance(error, (PanelError, *UNSHOWN, *UNAVAILABLE)):
        log.warning("update.failed", update_id=event.update.update_id, error=repr(error))
    else:
        log.error("update.broke", update_id=event.update.update_id, exc_info=error)
    if isinstance(origin, Message) and event_chat is not None and event_chat.type != "private":
        return True  # what is said in a group is not said to the shop
    if say is None:
        say = await _speech(event_from_user, db)
    try:
        if isinstance(error, TelegramRetryAfter):
            # One more message is what Telegram has just refused; only the tap is answered.
            if isinstance(origin, CallbackQuery):
                await (tap or Tap(origin)).answer(say.label("error-busy"))
            return True
        if isinstance(error, ServiceGone) and origin is not None and state is not None and catalogue is not None:
            try:
                await service_gone(origin, error, state, say, tap, catalogue)
                return True
            except UNAVAILABLE as failure:  # where the conversation stands cannot be written down just now
                error = failure
        if isinstance(origin, CallbackQuery):
            await (tap or Tap(origin)).answer(words(say, error), alert=not isinstance(error, TooSoon))
        elif isinstance(origin, Message):
            await origin.answer(words(say, error))
    except (*UNSHOWN, OSError) as failure:
        log.warning("update.unanswered", update_id=event.update.update_id, error=repr(failure))
    return True


async def _speech(user: User | None, db: Database | None) -> Speech:
    """Return the language of someone whose update failed before anybody looked who they are (Redis was away)."""
    customer = None
    if user is not None and db is not None:
        with suppress(*UNAVAILABLE):
            async with asyncio.timeout(LONGEST_LOOK_SECONDS), db.read() as session:
                customer = await customers.find(session, user.id)
    if customer is not None:
        return speak((customer.language, customer.telegram_language), "USD")
    return speak((user.language_code if user else None,), "USD")


def build() -> Router:
    """Return the route of errors."""
    router = Router(name="errors")
    router.errors.register(answer_error)
    return router
