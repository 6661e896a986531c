"""Which assets can be paid with, and at what rate.

A worker asks the provider once a minute and writes down what can be offered: handlers make their menus within a
transaction, in which nobody is asked. What an invoice costs is asked for when it is opened.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import ROUND_UP, Decimal
from typing import Any

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from db.engine import Database
from db.tables import utc_now
from shop import facts, notices
from shop.policy import Policy
from ways.crypto_pay.client import CryptoPayClient, CryptoPayError, CryptoPayRefused
from ways.crypto_pay.values import Rate

log = structlog.get_logger(__name__)

# In the order customers see them, with the decimals of a price: the last one is worth a fraction of a cent.
ASSETS = {"USDT": 4, "TON": 4, "BTC": 8, "LTC": 6}
ASK_EVERY = timedelta(seconds=60)


def rate_of(rates: Iterable[Rate], asset: str, currency: str) -> Decimal | None:
    """Return what one of the asset is worth (currency); None if the provider does not know just now."""
    found = (rate.rate for rate in rates if (rate.source, rate.target) == (asset, currency) and rate.is_valid)
    rate = next(found, None)
    return rate if rate is not None and rate > 0 else None


def units_for(amount: Decimal, asset: str, rate: Decimal) -> Decimal:
    """Return how much of the asset `amount` (currency) costs at `rate` (currency for one), rounded up."""
    return (amount / rate).quantize(Decimal(1).scaleb(-ASSETS[asset]), ROUND_UP)


async def offered(session: AsyncSession, currency: str) -> list[str]:
    """Return the assets that can be paid with; none while the token is refused."""
    known: dict[str, Any] = await facts.read(session, facts.CRYPTO_PAY, {})
    return known.get("assets", []) if known.get("currency") == currency else []


async def look(db: Database, api: CryptoPayClient, policy: Policy, *, at_once: bool = False) -> None:
    """When it is time, or `at_once`, find out what can be offered. Owners are told once that the token is refused."""
    now = utc_now()
    async with db.read() as session:
        if not at_once and not _is_due(await facts.read(session, facts.CRYPTO_PAY), now):
            return
    async with db.begin() as session:
        known: dict[str, Any] = await facts.lock(session, facts.CRYPTO_PAY) or {}
        if not at_once and not _is_due(known, now):
            return  # another worker asks
        await facts.write(session, facts.CRYPTO_PAY, known | {"asked_at": now.isoformat()}, now)
        currency = await facts.read(session, facts.CURRENCY, facts.DEFAULT_CURRENCY)
    found: dict[str, Any] = {"currency": currency, "assets": [], "refused": None}
    try:
        rates = await api.rates()
        found["assets"] = [asset for asset in ASSETS if rate_of(rates, asset, currency) is not None]
    except CryptoPayError as error:
        log.warning("crypto_pay.no_rates", error=str(error))
        if not isinstance(error, CryptoPayRefused) or not error.is_of_token:
            return  # what was known holds; who wants to pay now is told that it does not work
        found["refused"] = str(error)
    async with db.begin() as session:
        known = await facts.lock(session, facts.CRYPTO_PAY) or {}
        if found["refused"] and not known.get("refused"):
            notices.alert(session, policy.owners, "crypto-pay-refused", text=found["refused"])
        await facts.write(session, facts.CRYPTO_PAY, known | found)


def _is_due(known: dict[str, Any] | None, now: datetime) -> bool:
    return known is None or "asked_at" not in known or datetime.fromisoformat(known["asked_at"]) + ASK_EVERY <= now
