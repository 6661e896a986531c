"""Telegram Stars: the invoice is a link Telegram's own payment sheet opens; the charge id is Telegram's.

https://core.telegram.org/bots/payments-stars: currency XTR, whole Stars, one price, no provider token.
"""

from collections.abc import Sequence
from datetime import timedelta
from decimal import ROUND_DOWN, ROUND_UP, Decimal

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramRetryAfter
from aiogram.types import LabeledPrice
from sqlmodel.ext.asyncio.session import AsyncSession

from db.engine import Database
from db.tables import Invoice, Payment, utc_now
from shop import payments
from shop.errors import WayClosed
from shop.money import SMALLEST_SUM
from shop.policy import Policy
from shop.returns import RefundLater, RefundRefused
from shop.till import Till
from texts import Speech
from ways.star_account import StarAccount
from ways.way import Bill, Offer

STARS = "stars"
CURRENCY = "XTR"
MOST_STARS = 100_000  # of one invoice, as the live server refuses more
ALREADY = "CHARGE_ALREADY_REFUNDED"
REFUND_SECONDS = 20  # well within a refund's lease


class Stars:
    """Paying in Telegram Stars."""

    name = STARS
    lifetime = timedelta(hours=24)
    sends_back = True

    def __init__(self, bot: Bot) -> None:
        """`bot` is the one that is paid."""
        self._bot = bot
        self._account = StarAccount(bot, STARS, CURRENCY)

    async def offers(self, session: AsyncSession, till: Till, say: Speech) -> Sequence[Offer]:
        """Return the one offer, once a Star has a value."""
        if not till.star_value:
            return []
        most = (till.star_value * MOST_STARS).quantize(SMALLEST_SUM, ROUND_DOWN)
        return [Offer(STARS, "", say.label("way-stars"), most=most)]

    async def price(self, db: Database, till: Till, amount: Decimal, choice: str) -> tuple[Decimal, str]:
        """Return whole Stars, rounded up by less than one. Raises WayClosed."""
        if not till.star_value:
            raise WayClosed
        stars = (amount / till.star_value).quantize(Decimal(1), ROUND_UP)
        if stars > MOST_STARS:
            raise WayClosed
        return stars, CURRENCY

    async def bill(self, db: Database, invoice: Invoice, say: Speech) -> Bill:
        """Return the link that opens the payment sheet."""
        if invoice.url is not None:
            return Bill(url=invoice.url)
        amount = say.money(invoice.amount)
        url = await self._bot.create_invoice_link(
            title=say.label("stars-title", amount=amount)[:32],
            description=say.label("stars-description", amount=amount)[:255],
            payload=invoice.token,
            currency=CURRENCY,
            prices=[LabeledPrice(label=amount, amount=int(invoice.units))],
        )
        return Bill(url=url)

    async def collect(self, db: Database, policy: Policy) -> bool:
        """Read on in the bot's account of Stars, and close the invoices nobody paid in time: one worker at a time."""
        now = utc_now()
        position = await self._account.take_turn(db, now)
        if position is None:
            return False
        async with db.begin() as session:
            await payments.expire_invoices(session, STARS, now)
        return await self._account.read_page(db, policy, position)

    async def send_back(self, payment: Payment) -> None:
        """Return the Stars; sent back before is success (the answer of the first time was lost)."""
        try:
            await self._bot.refund_star_payment(payment.customer_id, payment.charge_id, request_timeout=REFUND_SECONDS)
        except TelegramRetryAfter as error:
            raise RefundLater(error.retry_after) from error
        except (TelegramBadRequest, TelegramForbiddenError) as error:
            if ALREADY not in error.message:
                raise RefundRefused(error.message) from error
