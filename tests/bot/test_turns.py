"""Two updates of one person are handled one after another, in whichever processes they arrive."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiogram.fsm.storage.base import StorageKey

from bot.shared import RedisAway, shared_redis
from bot.turns import Turns
from tests.conftest import RedisServer

ANNA = StorageKey(bot_id=42, chat_id=1001, user_id=1001)
BORIS = StorageKey(bot_id=42, chat_id=1002, user_id=1002)
Pair = tuple[Turns, Turns]


@pytest.fixture
async def processes(redis_url: str) -> AsyncIterator[Pair]:
    """The turns of two processes."""
    one, two = shared_redis(redis_url), shared_redis(redis_url)
    yield Turns(one), Turns(two)
    await one.aclose()
    await two.aclose()


class Diary:
    """What was handled when."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    async def handle(self, turns: Turns, key: StorageKey, name: str, seconds: float = 0.01) -> None:
        async with turns.lock(key):
            self.lines.append(f"{name} begins")
            await asyncio.sleep(seconds)
            self.lines.append(f"{name} ends")


async def test_taps_in_two_processes_wait_for_each_other(processes: Pair) -> None:
    diary = Diary()
    async with asyncio.TaskGroup() as taps:
        for number in range(6):
            taps.create_task(diary.handle(processes[number % 2], ANNA, str(number)))
    began, ended = diary.lines[::2], diary.lines[1::2]
    assert [line.split()[0] for line in began] == [line.split()[0] for line in ended]
    assert len(began) == 6


async def test_in_one_process_they_are_handled_in_the_order_they_came(processes: Pair) -> None:
    diary = Diary()
    async with asyncio.TaskGroup() as taps:
        for number in range(8):
            taps.create_task(diary.handle(processes[0], ANNA, str(number)))
    assert diary.lines[::2] == [f"{number} begins" for number in range(8)]


async def test_nobody_waits_for_another_person(processes: Pair) -> None:
    async with processes[0].lock(ANNA), asyncio.timeout(5), processes[1].lock(BORIS):
        pass


async def test_a_slow_update_keeps_its_turn(processes: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.turns.LEASE_SECONDS", 0.4)
    diary = Diary()
    async with asyncio.TaskGroup() as taps:
        slow = taps.create_task(diary.handle(processes[0], ANNA, "slow", 1.2))
        await asyncio.sleep(0.1)
        taps.create_task(diary.handle(processes[1], ANNA, "quick"))
        while not slow.done():
            await processes[0].renew()
            await asyncio.sleep(0.05)
    assert diary.lines == ["slow begins", "slow ends", "quick begins", "quick ends"]
    assert not await processes[0].renew()


async def test_the_turn_of_a_dead_process_ends(processes: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.turns.LEASE_SECONDS", 0.3)
    async with processes[0].lock(ANNA), asyncio.timeout(5), processes[1].lock(ANNA):  # the first never renews
        pass


async def test_a_turn_that_does_not_come_is_not_waited_for_for_ever(
    processes: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.turns.LONGEST_WAIT_SECONDS", 0.2)
    async with processes[0].lock(ANNA):
        for turns in processes:
            with pytest.raises(TimeoutError):
                async with turns.lock(ANNA):
                    pytest.fail("two at once")
    async with processes[1].lock(ANNA):
        pass


async def test_without_redis_nothing_is_handled_and_nothing_handled_fails(redis_server: RedisServer) -> None:
    redis = shared_redis(redis_server.url)
    turns = Turns(redis)
    async with turns.lock(ANNA):
        await redis_server.kill()
        await turns.renew()
    with pytest.raises(RedisAway):
        async with turns.lock(BORIS):
            pytest.fail("no turn was taken")
    await redis_server.start()
    async with asyncio.timeout(20):
        while True:  # until the client asks again, and Anna's lease, which outlived its Redis, is over
            try:
                async with turns.lock(ANNA):
                    break
            except RedisAway:
                await asyncio.sleep(0.1)
    await redis.aclose()


async def test_a_redis_that_accepts_and_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.shared.REPLY_SECONDS", 0.2)
    accepted: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda _, writer: accepted.append(writer), "127.0.0.1", 0)
    redis = shared_redis(f"redis://127.0.0.1:{silent.sockets[0].getsockname()[1]}")
    turns = Turns(redis)
    with pytest.raises(RedisAway):
        async with asyncio.timeout(5), turns.lock(ANNA):
            pytest.fail("no turn was taken")
    await redis.aclose()
    for writer in accepted:
        writer.close()
        await writer.wait_closed()
    silent.close()
    await silent.wait_closed()
