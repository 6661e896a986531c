"""What Telegram asks and says while Stars are paid: may this be paid, it was, and it went back."""

import asyncio

import stamina
import structlog
from aiogram import Bot, F, Router
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramBadRequest,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.types import Message, PreCheckoutQuery

from db.engine import UNAVAILABLE, Database
from db.tables import Customer
from shop import payments, returns
from shop.errors import ShopError
from shop.policy import Policy
from shop.steps import step
from texts import Speech
from ways.stars import CURRENCY, STARS

log = structlog.get_logger(__name__)

# Telegram waits 10 seconds (Bot API, answerPreCheckoutQuery): most of them are for the decision, the rest for an answer
# that has to be given more than once.
DECIDE_SECONDS = 6.0
ANSWER_SECONDS = 3.0
MISSED = (TelegramNetworkError, TelegramServerError, ClientDecodeError)


async def pre_checkout(query: PreCheckoutQuery, bot: Bot, say: Speech, db: Database) -> None:
    """Answer whether this invoice may be paid now; when that cannot be told in time, it may not."""
    decision = asyncio.ensure_future(_decide(query, db))
    try:
        await asyncio.wait({decision}, timeout=DECIDE_SECONDS)
        await _answer(query, bot, _refusal(say, decision))
    finally:
        # Only now: a database that is slow is also slow to let go of a question that nobody waits for any more.
        decision.cancel()
        await asyncio.gather(decision, return_exceptions=True)


async def _decide(query: PreCheckoutQuery, db: Database) -> None:
    """Look whether the invoice may be paid. Raises InvoiceGone, OnHold."""
    async with db.read() as session:
        await payments.may_pay(
            session,
            query.invoice_payload,
            query.from_user.id,
            way=STARS,
            units=query.total_amount,
            unit=query.currency,
        )


def _refusal(say: Speech, decision: asyncio.Future[None]) -> str | None:
    """Return why it may not be paid; None if it may."""
    if not decision.done():
        log.warning("payment.undecided", error="the database is slow")
        return say.label("error-busy")
    error = decision.exception()
    if error is None:
        return None
    if isinstance(error, ShopError):
        log.info("payment.refused", why=type(error).__name__)
        return say.label("pay-refused")
    log.warning("payment.undecided", error=repr(error), exc_info=None if isinstance(error, UNAVAILABLE) else error)
    return say.label("error-busy")


async def _answer(query: PreCheckoutQuery, bot: Bot, refusal: str | None) -> None:
    """Give the answer, again while Telegram does not take it and there is time. Raises what the last try did."""

    def is_missed(error: Exception) -> bool | float:
        return float(error.retry_after) if isinstance(error, TelegramRetryAfter) else isinstance(error, MISSED)

    tries = stamina.retry_context(is_missed, attempts=None, timeout=ANSWER_SECONDS, wait_max=0.5, wait_jitter=0.1)
    try:
        async for attempt in tries:
            with attempt:
                await bot.answer_pre_checkout_query(
                    query.id, ok=refusal is None, error_message=refusal, request_timeout=int(ANSWER_SECONDS)
                )
    except TelegramBadRequest as error:  # too old by now, or a try before this one was taken and its reply lost
        log.warning("payment.unanswered", error=error.message)


async def paid(message: Message, customer: Customer, db: Database) -> None:
    """Credit what was paid, once for each charge; the receipt is a notice."""
    payment = message.successful_payment
    if payment is None or payment.currency != CURRENCY:
        return
    async with db.begin() as session:
        await payments.receive_for_token(
            session,
            customer.id,
            STARS,
            payment.telegram_payment_charge_id,
            payment.invoice_payload,
            units=payment.total_amount,
            unit=payment.currency,
        )
        step("payment.crediting")
    step("payment.kept")


async def went_back(message: Message, db: Database, policy: Policy) -> None:
    """Note that a payment was sent back: by this store, by Telegram, or by an owner elsewhere."""
    payment = message.refunded_payment
    if payment is None:
        return
    async with db.begin() as session:
        await returns.note_return(session, STARS, payment.telegram_payment_charge_id, policy)


def build() -> Router:
    """Return the routes of this journey."""
    router = Router(name="stars")
    router.pre_checkout_query.register(pre_checkout)
    router.message.register(paid, F.successful_payment)
    router.message.register(went_back, F.refunded_payment)
    return router
