"""Telegram Stars: the invoice is a link Telegram's own payment sheet opens; the charge id is Telegram's.

https://core.telegram.org/bots/payments-stars: currency XTR, whole Stars, one price, no provider token.
"""

from collections.abc import Sequence
from datetime import timedelta
from decimal import ROUND_UP, Decimal

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import LabeledPrice
from sqlmodel.ext.asyncio.session import AsyncSession

from db.engine import Database
from db.tables import Invoice, Payment
from shop.errors import WayClosed
from shop.payments import RefundRefused
from shop.policy import Policy
from shop.till import Till
from texts import Speech
from ways.way import Bill, Offer

STARS = "stars"
CURRENCY = "XTR"
MOST_STARS = 100_000  # of one invoice, as the live server refuses more
ALREADY = "CHARGE_ALREADY_REFUNDED"


class Stars:
    """Paying in Telegram Stars."""

    name = STARS
    lifetime = timedelta(hours=24)

    def __init__(self, bot: Bot) -> None:
        """`bot` is the one that is paid."""
        self._bot = bot

    async def offers(self, session: AsyncSession, till: Till, say: Speech) -> Sequence[Offer]:
        """Return the one offer, once a Star has a value."""
        return [Offer(STARS, "", say.label("way-stars"))] if till.star_value else []

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
        """Close what nobody paid in time."""
        return False

    async def send_back(self, payment: Payment) -> None:
        """Return the Stars; sent back before is success (the answer of the first time was lost)."""
        try:
            await self._bot.refund_star_payment(payment.customer_id, payment.charge_id)
        except TelegramBadRequest as error:
            if ALREADY not in error.message:
                raise RefundRefused(error.message) from error
