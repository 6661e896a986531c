"""What Telegram asks and says while Stars are paid: may this be paid, and: it was."""

import asyncio

import structlog
from aiogram import F, Router
from aiogram.types import Message, PreCheckoutQuery

from db.engine import UNAVAILABLE, Database
from db.tables import Customer
from shop import payments
from shop.errors import ShopError
from shop.steps import step
from texts import Speech
from ways.stars import CURRENCY, STARS

log = structlog.get_logger(__name__)

UNDECIDED: tuple[type[BaseException], ...] = (TimeoutError, *UNAVAILABLE)
DECIDE_SECONDS = 6.0  # Telegram waits 10 (Bot API, answerPreCheckoutQuery)


async def pre_checkout(query: PreCheckoutQuery, say: Speech, db: Database) -> None:
    """Answer whether this invoice may be paid now; when that cannot be told in time, it may not."""
    try:
        async with asyncio.timeout(DECIDE_SECONDS), db.read() as session:
            await payments.may_pay(
                session,
                query.invoice_payload,
                query.from_user.id,
                way=STARS,
                units=query.total_amount,
                unit=query.currency,
            )
    except ShopError as error:
        log.info("payment.refused", why=type(error).__name__)
        await query.answer(ok=False, error_message=say.label("pay-refused"))
    except UNDECIDED as error:
        log.warning("payment.undecided", error=repr(error))
        await query.answer(ok=False, error_message=say.label("error-busy"))
    else:
        await query.answer(ok=True)


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


def build() -> Router:
    """Return the routes of this journey."""
    router = Router(name="stars")
    router.pre_checkout_query.register(pre_checkout)
    router.message.register(paid, F.successful_payment)
    return router
