"""Which ways to pay this store has, and the loops that look after them."""

import asyncio
from collections.abc import Mapping
from functools import partial

from aiogram import Bot

from bot.http import Hook
from bot.settings import Settings
from bot.worker import Failed, repeat
from db.engine import Database
from shop import returns
from shop.policy import Policy
from ways import Way
from ways.by_hand import ByHand
from ways.crypto_pay import CRYPTO_PAY, CryptoPay, CryptoPayClient
from ways.stars import Stars

COLLECT_SECONDS = 5.0
SEND_BACK_SECONDS = 1.0
# Where the owner has Crypto Pay deliver to, behind the public address (docs/payments.md).
CRYPTO_PAY_PATH = "/pay/crypto"
CRYPTO_PAY_SIGNATURE = "Crypto-Pay-API-Signature"

Ways = Mapping[str, Way]


def build_crypto_pay(settings: Settings) -> CryptoPayClient | None:
    """Return the client of the owner's app at Crypto Pay, if there is one; to be closed by the caller."""
    if settings.crypto_pay_token is None:
        return None
    return CryptoPayClient(settings.crypto_pay_url, settings.crypto_pay_token.get_secret_value())


def build_ways(bot: Bot, crypto_pay: CryptoPayClient | None) -> Ways:
    """Return the ways by name, in the order customers see them."""
    ways: list[Way] = [Stars(bot)]
    if crypto_pay is not None:
        ways.append(CryptoPay(crypto_pay, bot))
    ways.append(ByHand())
    return {way.name: way for way in ways}


def build_hooks(ways: Ways, db: Database) -> Mapping[str, Hook]:
    """Return where providers announce payments, by path."""
    hooks: dict[str, Hook] = {}
    crypto_pay = ways.get(CRYPTO_PAY)
    if isinstance(crypto_pay, CryptoPay):
        hooks[CRYPTO_PAY_PATH] = Hook(CRYPTO_PAY_SIGNATURE, partial(crypto_pay.take, db))
    return hooks


async def look_after(ways: Ways, db: Database, policy: Policy, stop: asyncio.Event, failed: Failed) -> None:
    """Collect what was paid and send back what is to be returned, until `stop`."""
    again = partial(repeat, stop=stop, failed=failed)
    senders = {name: way.send_back for name, way in ways.items() if way.sends_back}
    async with asyncio.TaskGroup() as loops:
        for way in ways.values():
            loops.create_task(again(f"collect-{way.name}", partial(way.collect, db, policy), COLLECT_SECONDS))
        loops.create_task(again("send-back", partial(returns.send_back_next, db, senders, policy), SEND_BACK_SECONDS))
