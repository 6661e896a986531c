"""How fast the store may go: alone, together with others through Redis, and alone again while Redis is away."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from bot.pace import OwnPace, Pace, choose_pace
from bot.shared import PAUSE_SECONDS, SharedRedis, shared_redis
from tests.conftest import RedisServer

SELDOM = 0.001  # a second: within a test, never again


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[SharedRedis]:
    client = shared_redis(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
async def other(redis_url: str) -> AsyncIterator[SharedRedis]:
    """The client of another process."""
    client = shared_redis(redis_url)
    yield client
    await client.aclose()


async def comes(pace: Pace, name: str = "") -> bool:
    """Whether one more may be done now."""
    try:
        async with asyncio.timeout(0.2):
            await pace.take(name)
    except TimeoutError:
        return False
    return True


async def test_two_processes_share_one_bucket(redis: SharedRedis, other: SharedRedis) -> None:
    one, two = choose_pace(redis, "notices", SELDOM, 4), choose_pace(other, "notices", SELDOM, 4)
    taken = [await comes(pace) for pace in (one, two, one, two, one, two)]
    assert taken == [True, True, True, True, False, False]


async def test_without_redis_each_process_has_a_bucket_of_its_own() -> None:
    one, two = choose_pace(None, "notices", SELDOM, 2), choose_pace(None, "notices", SELDOM, 2)
    assert [await comes(pace) for pace in (one, one, one, two, two, two)] == [True, True, False] * 2


@pytest.mark.parametrize("shared", [True, False])
async def test_chats_are_counted_apart(redis: SharedRedis, shared: bool) -> None:
    pace = choose_pace(redis if shared else None, "chat", SELDOM, 1)
    assert [await comes(pace, name) for name in ("1001", "1001", "1002", "1002")] == [True, False, True, False]


async def test_things_are_counted_apart(redis: SharedRedis) -> None:
    assert await comes(choose_pace(redis, "notices", SELDOM, 1))
    assert await comes(choose_pace(redis, "panel", SELDOM, 1))


async def test_what_was_taken_comes_back_with_time(redis: SharedRedis, other: SharedRedis) -> None:
    paces = [choose_pace(client, "panel", 500, 1) for client in (redis, other)]
    async with asyncio.timeout(10):
        await asyncio.gather(*(pace.take() for pace in paces for _ in range(25)))
    assert await redis.ttl("pace:panel:") <= 2  # nothing is kept of what is full again


async def test_who_gives_up_waiting_takes_nothing(redis: SharedRedis, other: SharedRedis) -> None:
    one, two = choose_pace(redis, "panel", 4, 1), choose_pace(other, "panel", 4, 1)
    await one.take()
    assert not any(await asyncio.gather(*(comes(one) for _ in range(5))))
    async with asyncio.timeout(1):  # were the five in line, it would be the sixth
        await two.take()


async def test_a_clock_set_back_keeps_nobody_waiting(redis: SharedRedis) -> None:
    await redis.set("pace:panel:", 2**52)
    async with asyncio.timeout(5):
        await choose_pace(redis, "panel", 100, 1).take()


async def test_without_a_redis_that_answers_the_process_keeps_its_own_pace(redis_server: RedisServer) -> None:
    redis = shared_redis(redis_server.url)
    notices, chats = choose_pace(redis, "notices", SELDOM, 2), choose_pace(redis, "chat", SELDOM, 1)
    with capture_logs() as logs:
        await notices.take()
        await redis_server.kill()
        # A bucket of its own: what others took is not known, and not waited for.
        assert [await comes(notices) for _ in range(3)] == [True, True, False]
        assert [await comes(chats, "1001") for _ in range(2)] == [True, False]
        await asyncio.sleep(PAUSE_SECONDS)
        assert await comes(chats, "1002")
        await redis_server.start()
        await asyncio.sleep(PAUSE_SECONDS)
        assert [await comes(notices) for _ in range(2)] == [True, False]  # what was taken before is remembered
        assert await comes(chats, "1001")
    assert [entry["event"] for entry in logs] == ["redis.away", "redis.back"]
    await redis.aclose()


async def test_many_names_are_not_remembered_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.pace.NAMES_REMEMBERED", 2)
    pace = OwnPace(SELDOM, 1)
    assert all([await comes(pace, name) for name in ("1", "2", "3", "1")])
    assert not await comes(pace, "3")
