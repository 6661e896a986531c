"""One update of a chat after another, over several processes, and no longer than needed behind a dead one."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiogram.fsm.storage.base import StorageKey
from redis.asyncio import Redis

from bot import isolation
from bot.isolation import SharedIsolation

ANNA = StorageKey(bot_id=42, chat_id=1001, user_id=1001)
BORIS = StorageKey(bot_id=42, chat_id=1002, user_id=1002)


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    connections = Redis.from_url(redis_url)
    yield connections
    await connections.aclose()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "LEASE_SECONDS", 0.5)
    monkeypatch.setattr(isolation, "RENEW_SECONDS", 0.1)


async def test_updates_of_a_chat_go_one_by_one_in_their_order(redis: Redis) -> None:
    processes = SharedIsolation(redis), SharedIsolation(redis)
    inside: list[int] = []
    done: list[tuple[int, int]] = []

    async def handle(process: int, update: int) -> None:
        async with processes[process].lock(ANNA):
            inside.append(update)
            assert len(inside) == 1
            await asyncio.sleep(0.01)
            inside.remove(update)
            done.append((process, update))

    await asyncio.gather(*(handle(update % 2, update) for update in range(20)))
    for process in (0, 1):
        mine = [update for where, update in done if where == process]
        assert mine == sorted(mine)
        assert len(mine) == 10


async def test_chats_do_not_wait_for_each_other_nor_after_an_error(redis: Redis) -> None:
    shared = SharedIsolation(redis)
    with pytest.raises(ValueError, match="as it was raised"):
        async with shared.lock(ANNA), shared.lock(BORIS):
            raise ValueError("as it was raised")
    async with asyncio.timeout(5), shared.lock(ANNA):
        pass
    await shared.close()


@pytest.mark.usefixtures("quick")
async def test_a_long_handler_keeps_its_chat(redis: Redis) -> None:
    one, other = SharedIsolation(redis), SharedIsolation(redis)
    async with one.lock(ANNA):
        await asyncio.sleep(1)  # twice the lease
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3), other.lock(ANNA):
                pass


@pytest.mark.usefixtures("quick")
async def test_a_killed_process_holds_its_chat_up_for_the_lease_only(redis: Redis) -> None:
    before = asyncio.all_tasks()
    held = SharedIsolation(redis).lock(ANNA)
    await held.__aenter__()
    for renewing in asyncio.all_tasks() - before:
        renewing.cancel()  # what a kill does to it
    async with asyncio.timeout(5), SharedIsolation(redis).lock(ANNA):
        pass
    await held.__aexit__(None, None, None)  # what was cut off comes to its end: nobody is the worse for it
