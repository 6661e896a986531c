"""Redis dies under a running store: everybody gets an answer, nothing stands still, and then the journey goes on."""

import asyncio
from typing import Any

import pytest

from sandbox.panel import SandboxPanel
from sandbox.telegram import SandboxTelegram
from tests.conftest import RedisServer
from tests.e2e.conftest import ANNA, BORIS, StoreProcess

BUSY = "Something is slow here right now."


@pytest.fixture
def environment(environment: dict[str, str], redis_server: RedisServer) -> dict[str, str]:
    """Updates by webhook on PostgreSQL, polled on SQLite."""
    shared = environment | {"REDIS_URL": redis_server.url}
    if environment["DATABASE_URL"].startswith("sqlite"):
        return shared
    return shared | {"WEBHOOK_URL": f"http://127.0.0.1:{environment['PORT']}"}


async def until_back(person: Any) -> None:
    """Write until the shop answers as ever."""
    for _ in range(100):
        await person.send("/help")
        try:
            await person.see("Как это работает", timeout=0.5)
            return
        except AssertionError:
            continue
    raise AssertionError("the shop does not come back")


async def test_redis_dies_and_comes_back_in_the_middle_of_a_journey(
    anna: Any, store: StoreProcess, panel: SandboxPanel, telegram: SandboxTelegram, redis_server: RedisServer
) -> None:
    boris = telegram.person(BORIS, first_name="Boris", language_code="en")
    await boris.send("/settings")
    await boris.tap("Русский")
    await anna.send("/order 1")
    await anna.send("@nasa")
    await anna.send("1000")
    await anna.see("Please check")
    await anna.tap("✅ Order for $1.62")
    await anna.see("Order 1 · in progress")
    await anna.send("/order 8")
    await anna.send("@esa")
    await anna.see("each on its own line")
    await anna.send("one\ntwo\nthree")
    await anna.see("3 comments")

    await redis_server.kill()
    answer = await anna.tap("🗑 Begin again")
    assert answer.text is not None
    assert BUSY in answer.text
    assert answer.show_alert
    await anna.send("four")
    await anna.see(BUSY)
    await boris.send("привет")
    await boris.see("Сейчас всё работает медленно.")  # in the language he chose, though his Telegram is English
    group = telegram.group(-100500, "A group")
    await anna.at(group).send("/start")
    panel.finish("23501", "Completed", remains=0)
    await anna.see("Order 1 is complete: 1,000 delivered.")  # notices and looks at the panel go on
    assert [view for view in anna.at(group).messages if not view.mine] == []

    await redis_server.start()
    await until_back(boris)
    await anna.send("four\nfive")
    await anna.see("5 comments")
    await anna.tap("Next ›")
    await anna.tap("✅ Order for")
    await anna.see("Order 2 · in progress")
    assert [fields.get("comments") for fields in panel.adds] == [None, "one\ntwo\nthree\nfour\nfive"]
    logged = store.log.read_text()
    assert logged.count("redis.away") == logged.count("redis.back") == 1
    assert "loop.failed" not in logged
    assert store.alive


async def test_a_store_starts_and_stops_without_its_redis(
    process: StoreProcess, telegram: SandboxTelegram, redis_server: RedisServer
) -> None:
    await redis_server.kill()
    await process.start()
    await process.ready()
    anna = telegram.person(ANNA, first_name="Anna", language_code="en")
    await anna.send("/start")
    await anna.see(BUSY)
    await redis_server.start()
    await asyncio.sleep(1)
    await anna.send("/start")
    await anna.see("Welcome")
    await redis_server.kill()  # nor does the end need it
    assert telegram.violations == []
    assert await process.stop() == 0
    assert "Traceback" not in process.log.read_text()
