"""Which ways to pay this store has, and the loops that look after them."""

import asyncio
from collections.abc import Mapping
from functools import partial

from aiogram import Bot

from bot.settings import Settings
from bot.worker import Failed, repeat
from db.engine import Database
from shop import payments
from shop.policy import Policy
from ways import Way
from ways.by_hand import ByHand
from ways.stars import Stars

COLLECT_SECONDS = 5.0
SEND_BACK_SECONDS = 1.0

Ways = Mapping[str, Way]


def build_ways(settings: Settings, bot: Bot) -> Ways:
    """Return the ways by name, in the order customers see them."""
    ways: list[Way] = [Stars(bot), ByHand()]
    return {way.name: way for way in ways}


async def look_after(ways: Ways, db: Database, policy: Policy, stop: asyncio.Event, failed: Failed) -> None:
    """Collect what was paid and send back what is to be returned, until `stop`."""
    again = partial(repeat, stop=stop, failed=failed)
    senders = {name: way.send_back for name, way in ways.items()}
    async with asyncio.TaskGroup() as loops:
        for way in ways.values():
            loops.create_task(again(f"collect-{way.name}", partial(way.collect, db, policy), COLLECT_SECONDS))
        loops.create_task(again("send-back", partial(payments.send_back_next, db, senders, policy), SEND_BACK_SECONDS))
