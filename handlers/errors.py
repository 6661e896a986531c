"""What a customer reads when something was refused or failed; an expected refusal is no error in the log."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import structlog
from aiogram import Router
from aiogram.exceptions import ClientDecodeError, TelegramAPIError, TelegramRetryAfter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, ErrorEvent, Message, User

from db.engine import UNAVAILABLE, Database
from handlers.ordering import service_gone
from handlers.screen import Tap
from panel import PanelError
from shop import customers
from shop.catalogue import CatalogueMemory
from shop.errors import (
    AlreadyClaimed,
    AlreadyDecided,
    AlreadyRefunded,
    AlreadySpent,
    AmountTooLarge,
    CodeGone,
    CommentsOutOfRange,
    DraftGone,
    InvoiceGone,
    NotPossible,
    OnHold,
    OrderGone,
    PaymentGone,
    PayWayGone,
    PayWayInUse,
    PayWayOn,
    PlanOutOfRange,
    QuantityOutOfRange,
    ServiceGone,
    ShopError,
    StatementTooLong,
    TakenByAnother,
    TooManyClaimed,
    TooManyInvoices,
    TooSoon,
    TopUpOutOfRange,
    ValueOutOfRange,
    WayClosed,
)
from texts import Speech, speak

log = structlog.get_logger(__name__)

LONGEST_LOOK_SECONDS = 2.0
# Telegram said no, nothing, or sent a page of HTML: what was asked for may be done, only its answer was not shown.
UNSHOWN = (TelegramAPIError, ClientDecodeError)


def _between(key: str) -> Callable[[Speech, Any], str]:
    return lambda say, error: say.label(key, min=say.number(error.minimum), max=say.number(error.maximum))


_WORDS: Mapping[type[BaseException], Callable[[Speech, Any], str]] = {
    DraftGone: lambda say, _: say.label("error-draft-gone"),
    OrderGone: lambda say, _: say.label("error-order-gone"),
    NotPossible: lambda say, _: say.label("error-not-possible"),
    AlreadyDecided: lambda say, _: say.label("error-decided"),
    TakenByAnother: lambda say, error: say.label("error-taken", order=str(error.order_id)),
    TooSoon: lambda say, error: say.label("error-too-soon", seconds=error.seconds),
    QuantityOutOfRange: _between("error-quantity"),
    CommentsOutOfRange: _between("error-quantity"),
    PlanOutOfRange: lambda say, error: say.label(
        "plan-out-of-range", runs=say.number(error.max_runs), minutes=say.number(error.max_interval)
    ),
    AmountTooLarge: lambda say, _: say.label("error-amount"),
    CodeGone: lambda say, _: say.label("error-code-gone"),
    StatementTooLong: lambda say, _: say.label("error-statement-too-long"),
    OnHold: lambda say, _: say.label("error-on-hold"),
    WayClosed: lambda say, _: say.label("error-way-closed"),
    InvoiceGone: lambda say, _: say.label("error-invoice-gone"),
    PaymentGone: lambda say, _: say.label("error-payment-gone"),
    AlreadyRefunded: lambda say, _: say.label("error-already-refunded"),
    AlreadySpent: lambda say, error: say.label(
        "error-already-spent", unspent=say.money(error.unspent), amount=say.money(error.amount)
    ),
    TopUpOutOfRange: lambda say, error: say.label(
        "error-top-up", min=say.money(error.minimum), max=say.money(error.maximum)
    ),
    ValueOutOfRange: lambda say, error: say.label(
        "error-value", min=say.exact_money(error.minimum), max=say.exact_money(error.maximum)
    ),
    AlreadyClaimed: lambda say, _: say.label("error-already-claimed"),
    TooManyClaimed: lambda say, error: say.label("error-too-many-claimed", count=error.count),
    PayWayGone: lambda say, _: say.label("error-pay-way-gone"),
    PayWayOn: lambda say, _: say.label("error-pay-way-on"),
    PayWayInUse: lambda say, _: say.label("error-pay-way-in-use"),
    TooManyInvoices: lambda say, error: say.label("error-too-many-invoices", minutes=error.minutes),
}


def words(say: Speech, error: BaseException) -> str:
    """Return what to tell the customer about an error, in plain words."""
    if (found := _WORDS.get(type(error))) is not None:
        return found(say, error)
    if isinstance(error, PanelError):
        return say.label("error-panel")
    if isinstance(error, UNSHOWN):
        return say.label("error-answer-lost")
    return say.label("error-busy" if isinstance(error, UNAVAILABLE) else "error-unexpected")


async def answer_error(
    event: ErrorEvent,
    event_from_user: User | None = None,
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
    if isinstance(origin, Message) and (origin.chat.type != "private" or origin.refunded_payment is not None):
        return True  # what is said in a group is not said to the shop, and nobody says that a payment went back
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
            await origin.answer(say("payment-waits") if origin.successful_payment else words(say, error))
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
