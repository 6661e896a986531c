"""What a customer reads when something was refused or failed; an expected refusal is no error in the log."""

from typing import Any

import structlog
from aiogram import Router
from aiogram.exceptions import ClientDecodeError, TelegramAPIError, TelegramRetryAfter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, ErrorEvent, Message, User

from db.engine import UNAVAILABLE
from handlers.ordering import service_gone
from handlers.screen import Tap
from panel import PanelError
from shop.catalogue import CatalogueMemory
from shop.errors import (
    AmountTooLarge,
    CommentsOutOfRange,
    DraftGone,
    NotPossible,
    OrderGone,
    PlanOutOfRange,
    QuantityOutOfRange,
    ServiceGone,
    ShopError,
    TooSoon,
)
from texts import Speech, speak

log = structlog.get_logger(__name__)

# Telegram said no, nothing, or sent a page of HTML: what was asked for may be done, only its answer was not shown.
UNSHOWN = (TelegramAPIError, ClientDecodeError)


def words(say: Speech, error: Exception) -> str:
    """Return what to tell the customer about an error, in plain words."""
    match error:
        case DraftGone():
            return say.label("error-draft-gone")
        case OrderGone():
            return say.label("error-order-gone")
        case NotPossible():
            return say.label("error-not-possible")
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
    say: Speech | None = None,
    tap: Tap | None = None,
    state: FSMContext | None = None,
    catalogue: CatalogueMemory | None = None,
    **_: Any,
) -> bool:
    """Tell whoever caused the update what went wrong, and keep the store running."""
    error = event.exception
    origin = event.update.callback_query or event.update.message
    if isinstance(error, ShopError):
        log.info("update.refused", update=event.update.update_id, why=type(error).__name__)
    elif isinstance(error, (PanelError, *UNSHOWN, *UNAVAILABLE)):
        log.warning("update.failed", update=event.update.update_id, error=repr(error))
    else:
        log.error("update.broke", update=event.update.update_id, exc_info=error)
    if say is None:
        say = speak((event_from_user.language_code if event_from_user else None,), "USD")
    try:
        if isinstance(error, TelegramRetryAfter):
            # One more message is what Telegram has just refused; only the tap is answered.
            if isinstance(origin, CallbackQuery):
                await (tap or Tap(origin)).answer(say.label("error-busy"))
            return True
        if isinstance(error, ServiceGone) and origin is not None and state is not None and catalogue is not None:
            await service_gone(origin, error, state, say, tap, catalogue)
        elif isinstance(origin, CallbackQuery):
            await (tap or Tap(origin)).answer(words(say, error), alert=not isinstance(error, TooSoon))
        elif isinstance(origin, Message):
            await origin.answer(words(say, error))
    except (*UNSHOWN, OSError) as failure:
        log.warning("update.unanswered", update=event.update.update_id, error=repr(failure))
    return True


def build() -> Router:
    """Return the route of errors."""
    router = Router(name="errors")
    router.errors.register(answer_error)
    return router
