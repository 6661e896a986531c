"""Paying with Crypto Pay: an invoice in one asset at the rate of its moment, found paid by webhook or by asking.

The provider's invoice id is the charge id, and its payload our token: what it says is credited once, whichever way and
however often it is heard, and also before the store has kept the invoice's number.
"""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from http import HTTPStatus

import structlog
from aiogram import Bot
from pydantic import ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession

from db.engine import Database
from db.tables import Invoice, InvoiceState, Payment, utc_now
from shop import facts, invoice_checks, payments
from shop.errors import ShopError, WayClosed
from shop.policy import Policy
from shop.returns import RefundRefused
from shop.till import Till
from texts import Speech
from ways.crypto_pay import rates
from ways.crypto_pay.client import CryptoPayClient, CryptoPayError, CryptoPayRefused
from ways.crypto_pay.values import CryptoInvoice, Update
from ways.way import Bill, Offer

log = structlog.get_logger(__name__)

CRYPTO_PAY = "crypto_pay"
CHECKED_AT_ONCE = 100
# The word for a spend_id that was accepted before. It is not in the documentation, the rule behind it is (`transfer`).
ALREADY = "SPEND_ID_ALREADY_USED"
# The fifth try comes half a minute after the first (shop.returns): one that got no answer has ended by then.
REFUSAL_BELIEVED_FROM = 5


class CryptoPay:
    """Paying in cryptocurrency through the owner's app at @CryptoBot."""

    name = CRYPTO_PAY
    sends_back = True
    lifetime = timedelta(hours=1)  # as long as the owner bears what the rate does meanwhile

    def __init__(self, api: CryptoPayClient, bot: Bot) -> None:
        """`bot` is where customers return to when they have paid."""
        self._api = api
        self._bot = bot
        self._starting = True

    async def offers(self, session: AsyncSession, till: Till, say: Speech) -> Sequence[Offer]:
        """Return the assets that have a rate."""
        assets = await rates.offered(session, say.currency)
        return [Offer(CRYPTO_PAY, asset, say.label("way-crypto-pay", asset=asset)) for asset in assets]

    async def price(self, db: Database, till: Till, amount: Decimal, choice: str) -> tuple[Decimal, str]:
        """Return what `amount` (currency) costs of the asset at this moment's rate. Raises WayClosed."""
        async with db.read() as session:
            currency = await facts.read(session, facts.CURRENCY, facts.DEFAULT_CURRENCY)
        try:
            rate = rates.rate_of(await self._api.rates(), choice, currency)
        except CryptoPayError as error:
            log.warning("crypto_pay.no_rates", error=str(error))
            raise WayClosed from None
        if rate is None:
            raise WayClosed
        return rates.units_for(amount, choice, rate), choice

    async def bill(self, db: Database, invoice: Invoice, say: Speech) -> Bill:
        """Return where the provider's invoice is paid. Raises WayClosed.

        One that was made although its answer was lost is harmless: nobody has its address, and it runs out.
        """
        how = say("crypto-pay-how")
        if invoice.url is not None:
            return Bill(url=invoice.url, reference=invoice.reference, text=how, check_at=invoice.next_check_at)
        me = await self._bot.me()
        now = utc_now()
        try:
            made = await self._api.create_invoice(
                invoice.unit,
                invoice.units,
                payload=invoice.token,
                description=say.label("crypto-pay-description", amount=say.money(invoice.amount)),
                expires_in=max(int((invoice.expires_at - now).total_seconds()), 1),
                return_to=f"https://t.me/{me.username}",
            )
        except CryptoPayError as error:
            log.warning("crypto_pay.no_invoice", invoice=invoice.id, error=str(error))
            raise WayClosed from None
        check_at = invoice_checks.next_check(invoice, now)
        return Bill(url=made.bot_invoice_url, reference=str(made.invoice_id), text=how, check_at=check_at)

    # --- money arrives ----------------------------------------------------------------------------

    async def take(self, db: Database, body: bytes, signature: str) -> HTTPStatus:
        """Take in what a webhook delivered and return what to answer; anything but 200 has it delivered again.

        https://help.crypt.bot/crypto-pay-api, "Verifying webhook updates".
        """
        if not self._api.is_signed(body, signature):
            log.warning("crypto_pay.unsigned", size=len(body))
            return HTTPStatus.UNAUTHORIZED
        try:
            update = Update.model_validate_json(body)
            if update.update_type != "invoice_paid":
                return HTTPStatus.OK  # newer than this store
            paid = CryptoInvoice.model_validate(update.payload)
        except ValidationError:
            log.error("crypto_pay.unreadable", size=len(body))
            return HTTPStatus.BAD_REQUEST
        await self._credit(db, paid)
        return HTTPStatus.OK

    async def collect(self, db: Database, policy: Policy) -> bool:
        """Ask about the invoices that are due, credit what was paid, and take back what the customer left."""
        await rates.look(db, self._api, policy, at_once=self._starting)
        self._starting = False
        now = utc_now()
        async with db.read() as session:
            if not await invoice_checks.is_anything_due(session, CRYPTO_PAY, now):
                return False
        async with db.begin() as session:
            await payments.expire_invoices(session, CRYPTO_PAY, now)
        async with db.begin() as session:
            due = await invoice_checks.claim(session, CRYPTO_PAY, now, CHECKED_AT_ONCE)
        asked = {invoice.reference: invoice for invoice in due if invoice.reference is not None}
        if not asked:
            return False
        try:
            found = await self._api.invoices([*asked])
        except CryptoPayError as error:
            log.warning("crypto_pay.unanswered", invoices=len(asked), error=str(error))
            return False
        for theirs in found:
            ours = asked.get(str(theirs.invoice_id))
            if theirs.status == "paid":
                await self._credit(db, theirs)
            elif theirs.status == "active" and ours is not None and ours.state is InvoiceState.CANCELED:
                await self._take_back(str(theirs.invoice_id))
        return len(due) == CHECKED_AT_ONCE

    async def _credit(self, db: Database, paid: CryptoInvoice) -> None:
        """Credit a paid invoice once; one that is none of ours is logged."""
        units, unit = paid.paid
        try:
            async with db.begin() as session:
                await payments.receive_for_token(
                    session, None, CRYPTO_PAY, str(paid.invoice_id), paid.payload or "", units=units, unit=unit
                )
        except ShopError as error:  # a sum that no wallet can hold; the others go on
            log.error("crypto_pay.uncredited", charge=paid.invoice_id, error=repr(error))

    async def _take_back(self, reference: str) -> None:
        """Delete an invoice, so that nobody pays it by mistake; who does all the same is credited."""
        try:
            await self._api.delete_invoice(reference)
        except CryptoPayError as error:
            log.info("crypto_pay.not_deleted", charge=reference, error=str(error))

    # --- money goes back --------------------------------------------------------------------------

    async def send_back(self, payment: Payment) -> None:
        """Send the coins to the customer's own account at the bot, once. Raises RefundRefused, CryptoPayError.

        A spend_id is accepted once, and there is one for each payment. A refusal is final unless an earlier try
        got no answer: that one may be on its way still, so the refusal is believed when it must have ended.
        """
        spend_id = f"return-{payment.charge_id}"
        if await self._api.has_transferred(spend_id):
            return
        try:
            await self._api.transfer(payment.customer_id, payment.unit, payment.units, spend_id)
        except CryptoPayRefused as refused:
            if refused.name == ALREADY or await self._api.has_transferred(spend_id):
                return
            if 1 < payment.refund_attempts < REFUSAL_BELIEVED_FROM:
                raise
            raise RefundRefused(f"Crypto Pay: {refused.name}") from refused
