"""Several processes of one store: limits hold over all of them, and nobody's updates get in each other's way."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import select

from db.engine import Database
from db.tables import Customer, EntryKind, Order
from sandbox.panel import SandboxPanel
from sandbox.telegram import SandboxTelegram
from sandbox.telegram.people import Person
from shop import notices, wallet
from tests import books
from tests.e2e.conftest import ANNA, StoreProcess, free_port
from tests.e2e.proxy import Proxy

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

PEOPLE = range(2001, 2041)


@pytest.fixture
def environment(environment: dict[str, str], redis_url: str) -> dict[str, str]:
    return environment | {"REDIS_URL": redis_url}


@pytest.fixture
async def processes(environment: dict[str, str], tmp_path: Path) -> AsyncIterator[tuple[StoreProcess, StoreProcess]]:
    """Two processes of the store, each with a port of its own."""
    pair = tuple(
        StoreProcess({**environment, "PORT": str(free_port())}, tmp_path / f"{name}.log") for name in ("one", "two")
    )
    yield pair  # type: ignore[misc]  # two of them
    for process in pair:
        await process.kill()
        assert "Traceback" not in process.log.read_text(), process.log.read_text()


async def test_two_workers_keep_to_one_pace_and_read_the_catalogue_once(
    processes: tuple[StoreProcess, StoreProcess],
    environment: dict[str, str],
    panel: SandboxPanel,
    telegram: SandboxTelegram,
) -> None:
    people = [telegram.person(number, first_name=f"P{number}") for number in PEOPLE]
    db = Database(environment["DATABASE_URL"])
    async with db.begin() as session:
        session.add_all(Customer(id=person.id, telegram_language="en") for person in people)
        for about in ("paused-funds", "resumed"):
            for person in people:
                notices.alert(session, [person.id], about, text="…")
    await db.close()
    for person in people:
        await person.send("/start")  # heard by nobody; the bot may write to them now
    telegram.rate_limits = True
    for process in processes:
        process.change(NOTICES_PER_SECOND="25")
        await process.start("worker")
    for process in processes:
        await process.ready()
    for person in people:
        await person.see("The panel takes orders again.", timeout=30)
    for person in people:
        told = [view.text for view in person.messages if not view.mine]
        assert ["empty" in text for text in told] == [True, False]
    sent = [call for call in telegram.calls if call.method == "sendMessage"]
    assert len(sent) == 2 * len(people)
    assert [call.error for call in telegram.calls if call.error] == []
    assert [call.action for call in panel.calls].count("services") == 1
    for process in processes:
        assert await process.stop() == 0


async def test_messages_of_one_person_in_two_web_processes_leave_one_screen(
    processes: tuple[StoreProcess, StoreProcess], panel: SandboxPanel, telegram: SandboxTelegram
) -> None:
    for process in processes:
        process.change(WEBHOOK_URL=f"http://127.0.0.1:{free_port()}", WEBHOOK_SECRET="hush")
        await process.start("web")
    anna: Any = telegram.person(ANNA, first_name="Anna")
    telegram.person(ANNA, first_name="Anna").chat.started = True
    ports = [process.environment["PORT"] for process in processes]
    async with httpx.AsyncClient(timeout=30) as telegrams:

        async def deliver(number: int) -> int:
            user = {"id": ANNA, "is_bot": False, "first_name": "Anna", "language_code": "en"}
            message = {"message_id": 10_000 + number, "date": 1_770_000_000, "chat": {"id": ANNA, "type": "private"}}
            command = {"text": "/wallet", "entities": [{"type": "bot_command", "offset": 0, "length": 7}]}
            answer = await telegrams.post(
                f"http://127.0.0.1:{ports[number % 2]}/webhook",
                json={"update_id": number + 1, "message": message | command | {"from": user}},
                headers={"X-Telegram-Bot-Api-Secret-Token": "hush"},
            )
            return answer.status_code

        for port in ports:
            await answers(telegrams, f"http://127.0.0.1:{port}/healthz")
        assert await deliver(0) == 200
        assert await asyncio.gather(*(deliver(number) for number in range(1, 13))) == [200] * 12
    menus = [view for view in anna.messages if view.buttons]
    assert len(menus) == 1, [view.text for view in anna.messages]
    # Each is answered, and the screen before taken away, before the next is looked at.
    drawn = [call.method for call in telegram.calls if call.method in {"sendMessage", "deleteMessage"}]
    assert drawn == ["sendMessage"] + ["sendMessage", "deleteMessage"] * 12


@pytest.mark.timeout(300)
async def test_two_hundred_customers_order_at_once_each_tapping_twice(
    environment: dict[str, str], tmp_path: Path, panel: SandboxPanel, telegram: SandboxTelegram
) -> None:
    webs = [free_port(), free_port()]
    people = [telegram.person(number, first_name=f"P{number}") for number in range(2001, 2201)]
    db = Database(environment["DATABASE_URL"])
    async with db.begin() as session:
        session.add_all(Customer(id=person.id, telegram_language="en") for person in people)
        await session.flush()
        for person in people:
            await wallet.post(session, person.id, EntryKind.ADJUSTMENT, Decimal(2), key=f"gift:{person.id}")
    panel.pace = 0
    async with Proxy(webs) as proxy, AsyncExitStack() as running:
        shared = environment | {"WEBHOOK_URL": f"http://127.0.0.1:{proxy.port}", "WEBHOOK_SECRET": "hush"}
        shared["PANEL_TIMEOUT_SECONDS"] = "60"  # the panel of this test is slow only because the machine is busy
        stores = [StoreProcess(shared | {"PORT": str(port)}, tmp_path / f"web-{port}.log", "web") for port in webs]
        stores += [StoreProcess(shared | {"PORT": ""}, tmp_path / f"worker-{n}.log", "worker") for n in range(2)]
        for store in reversed(stores):
            running.push_async_callback(store.kill)
            await store.start()
        for store in stores[:2]:
            await store.ready()

        async def order(person: Person) -> None:
            # Nobody waits for an answer before the next message: they must be handled in this order.
            for words in ("/order 1", f"@p{person.id}", "1000"):
                await person.send(words)
            await person.see("Please check", timeout=120)
            await asyncio.gather(*(person.tap("✅ Order for $1.62", timeout=120) for _ in range(2)))
            await person.see("Order ", timeout=120)

        await asyncio.gather(*(order(person) for person in people))
        for _ in range(120):
            left = await books.unsettled(db, panel, telegram)
            if not left:
                break
            await asyncio.sleep(1)
        assert left == []
        for store in stores:
            assert await store.stop() == 0
            assert "Traceback" not in store.log.read_text(), store.log.read_text()
    async with db.read() as session:
        orders = (await session.exec(select(Order))).all()
        balances = (await session.exec(select(Customer.balance))).all()
    await db.close()
    assert Counter(order.customer_id for order in orders) == {person.id: 1 for person in people}
    assert Counter(add["url"] for add in panel.adds) == {f"https://instagram.com/p{p.id}": 1 for p in people}
    assert set(balances) == {Decimal("0.38")}
    assert telegram.violations == []


async def answers(client: httpx.AsyncClient, url: str) -> None:
    """Wait until somebody listens there."""
    for _ in range(300):
        try:
            await client.get(url)
            return
        except httpx.HTTPError:
            await asyncio.sleep(0.1)
    raise AssertionError(f"nobody listens at {url}")
