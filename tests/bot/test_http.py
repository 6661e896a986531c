"""The HTTP side: health, figures, and updates taken by webhook from Telegram and nobody else."""

import asyncio
import io
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from aiogram import Bot, Dispatcher
from aiogram.types import Message
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from redis.asyncio import Redis
from sqlalchemy import text

from bot.http import Hook, ListenError, Look, build_http, serve
from bot.metrics import Metrics
from bot.readiness import look
from db.engine import Database, DatabaseAway
from db.tables import utc_now
from db.upgrade import head
from shop import facts

SECRET = "hush-hush"
TOLD = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
Client = TestClient[web.Request, web.Application]


@asynccontextmanager
async def opened(app: web.Application) -> AsyncIterator[Client]:
    """The app on a port of its own."""
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        yield client


async def nothing_to_refresh() -> None:
    """The gauges stay as they are."""


def looking_at(db: Database, redis: Redis | None = None) -> Look:
    """What /readyz asks."""
    return lambda: look(db, redis)


def update(number: int = 1, text: str = "hello") -> dict[str, Any]:
    """A message of Anna's."""
    anna = {"id": 1001, "is_bot": False, "first_name": "Anna"}
    chat = {"id": 1001, "type": "private", "first_name": "Anna"}
    message = {"message_id": number, "date": 1_770_000_000, "chat": chat, "from": anna, "text": text}
    return {"update_id": number, "message": message}


class Shop:
    """A dispatcher that takes down what reaches it, and breaks when told to."""

    def __init__(self) -> None:
        self.heard: list[str | None] = []
        self.breaks = False
        self.metrics = Metrics()
        self.bot = Bot("42:token")
        self.dispatcher = Dispatcher()
        self.dispatcher.update.outer_middleware(self.metrics)
        self.dispatcher.message.register(self.hear)

    async def hear(self, message: Message) -> None:
        self.heard.append(message.text)
        if self.breaks:
            raise RuntimeError("the handler broke")

    def app(self, db: Database) -> web.Application:
        webhook = (self.bot, self.dispatcher, SECRET)
        return build_http(self.metrics, nothing_to_refresh, looking_at(db), webhook=webhook)


@pytest.fixture
def blank(tmp_path: Path) -> Database:
    """A database without tables; nothing here connects to it unless a test does."""
    return Database(f"sqlite:///{tmp_path / 'blank.db'}")


@pytest.fixture
async def shop(blank: Database) -> AsyncIterator[tuple[Shop, Client]]:
    """The webhook's end."""
    shop = Shop()
    async with opened(shop.app(blank)) as client:
        yield shop, client
    await blank.close()


async def seen(db: Database, ago: timedelta = timedelta()) -> None:
    """The panel answered a while ago."""
    async with db.begin() as session:
        await facts.write(session, facts.PANEL_SEEN, (utc_now() - ago).isoformat())


async def test_a_store_that_can_work_is_ready(database: Database, redis_url: str) -> None:
    await seen(database)
    redis = Redis.from_url(redis_url)
    async with opened(build_http(Metrics(), nothing_to_refresh, looking_at(database, redis))) as client:
        assert (await client.get("/healthz")).status == 200
        ready = await client.get("/readyz")
        parts = {"database": "ok", "redis": "ok", "panel": "ok"}
        assert (ready.status, await ready.json()) == (200, {"ok": True, "problem": None, "parts": parts})
    await redis.aclose()


async def test_a_panel_long_unseen_is_told_but_takes_nobody_out(database: Database) -> None:
    async with opened(build_http(Metrics(), nothing_to_refresh, looking_at(database))) as client:
        new = await client.get("/readyz")
        assert (new.status, (await new.json())["problem"]) == (200, "panel: has not answered yet")
        await seen(database, timedelta(minutes=4))
        assert (await (await client.get("/readyz")).json())["problem"] is None
        await seen(database, timedelta(hours=2))
        ready = await client.get("/readyz")
        told = await ready.json()
        assert (ready.status, told["ok"]) == (200, True)
        assert told["problem"].startswith("panel: has not answered for 72")


async def test_a_redis_that_is_away_is_not_ready(database: Database) -> None:
    await seen(database)
    redis = Redis.from_url("redis://:hushword@127.0.0.1:1/0")
    async with opened(build_http(Metrics(), nothing_to_refresh, looking_at(database, redis))) as client:
        ready = await client.get("/readyz")
        text = await ready.text()
        assert (ready.status, (await ready.json())["problem"]) == (503, "redis: ConnectionError")
        assert "hushword" not in text
    await redis.aclose()


async def test_an_old_schema_is_not_ready_and_says_why(blank: Database) -> None:
    async with opened(build_http(Metrics(), nothing_to_refresh, looking_at(blank))) as client:
        assert (await client.get("/healthz")).status == 200
        ready = await client.get("/readyz")
        assert ready.status == 503
        assert "python -m bot migrate" in (await ready.json())["problem"]
    await blank.close()


async def test_a_process_goes_on_when_a_newer_version_has_migrated(database: Database) -> None:
    """Or an upgrade would take every process out at once, before its successor is there."""
    await seen(database)

    async def become(revision: str) -> None:
        async with database.begin() as session:
            await (await session.connection()).execute(text(f"UPDATE alembic_version SET version_num = '{revision}'"))

    newest = head()
    assert newest is not None
    await become("9999")
    try:
        async with opened(build_http(Metrics(), nothing_to_refresh, looking_at(database))) as client:
            assert (await client.get("/readyz")).status == 200
    finally:
        await become(newest)


async def test_a_database_that_is_away_is_not_ready_and_gives_nothing_away() -> None:
    db = Database("postgresql://owner:hushword@127.0.0.1:1/store")

    async def count() -> None:
        raise DatabaseAway

    async with opened(build_http(Metrics(), count, looking_at(db))) as client:
        assert (await client.get("/healthz")).status == 200
        ready = await client.get("/readyz")
        text = await ready.text()
        assert ready.status == 503
        assert "database" in text
        assert "hushword" not in text
        assert (await client.get("/metrics")).status == 200  # the figures of this process are still there
    await db.close()


async def test_figures_are_brought_up_to_date_and_counted_apart(blank: Database) -> None:
    metrics, others = Metrics(), Metrics()

    async def count() -> None:
        metrics.services.set(75)
        metrics.orders.labels("queued").inc()

    async with opened(build_http(metrics, count, looking_at(blank))) as client:
        await client.get("/metrics")
        reply = await client.get("/metrics")
        text = await reply.text()
    assert reply.content_type == "text/plain"
    assert "store_services_on_sale 75.0" in text
    assert 'store_orders{state="queued"} 2.0' in text
    assert b"75.0" not in others.text()
    await blank.close()


async def test_without_a_webhook_nothing_is_taken(blank: Database) -> None:
    async with opened(build_http(Metrics(), nothing_to_refresh, looking_at(blank))) as client:
        assert (await client.post("/webhook", json=update(), headers=TOLD)).status == 404
    await blank.close()


async def test_an_update_is_handled_before_it_is_acknowledged(
    shop: tuple[Shop, Client],
) -> None:
    store, client = shop
    assert (await client.post("/webhook", json=update(), headers=TOLD)).status == 200
    assert store.heard == ["hello"]
    figures = await (await client.get("/metrics")).text()
    assert 'store_updates_total{kind="message",result="handled"} 1.0' in figures


@pytest.mark.parametrize("given", [None, "", "guess", SECRET.upper(), SECRET + "x", "тайна", b"\xff\xfe"])
async def test_only_telegram_gets_in(shop: tuple[Shop, Client], given: str | bytes | None) -> None:
    store, client = shop
    assert client.port is not None
    # By hand: a client library would not send some of these.
    value = given.encode() if isinstance(given, str) else given
    header = b"" if value is None else b"X-Telegram-Bot-Api-Secret-Token: " + value + b"\r\n"
    body = b'{"update_id":1}'
    head = b"POST /webhook HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nContent-Length: %d\r\n" % len(body)
    status = await _exchange(client.port, head + header + b"\r\n" + body)
    assert status in {400, 401}
    assert store.heard == []


async def _exchange(port: int, request: bytes) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    status = int((await reader.readline()).split()[1])
    await reader.read()
    writer.close()
    await writer.wait_closed()
    return status


async def test_an_update_that_broke_is_asked_for_again(
    shop: tuple[Shop, Client],
) -> None:
    store, client = shop
    store.breaks = True
    assert (await client.post("/webhook", json=update(), headers=TOLD)).status == 500
    store.breaks = False
    assert (await client.post("/webhook", json=update(), headers=TOLD)).status == 200
    assert store.heard == ["hello", "hello"]
    figures = await (await client.get("/metrics")).text()
    assert 'result="failed"} 1.0' in figures


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"\xff\xff", 400),
        (b"[]", 400),
        (b"null", 400),
        (b'{"update_id":"one"}', 400),
        (b'{"update_id":1}', 200),
        (b'{"update_id":1,"something_new":{"id":5}}', 200),
        (b" " * (3 * 1024 * 1024), 413),
    ],
)
async def test_odd_bodies_break_nothing(shop: tuple[Shop, Client], body: bytes, status: int) -> None:
    """A kind of update that is newer than the store is acknowledged, or Telegram would send it for ever."""
    store, client = shop
    headers = TOLD | {"Content-Type": "application/json"}
    assert (await client.post("/webhook", data=io.BytesIO(body), headers=headers)).status == status
    assert (await client.post("/webhook", json=update(), headers=TOLD)).status == 200
    assert store.heard == ["hello"]


async def test_a_long_message_in_any_letters_arrives_whole(
    shop: tuple[Shop, Client],
) -> None:
    store, client = shop
    text = "ж🙂" * 1365
    assert (await client.post("/webhook", json=update(text=text), headers=TOLD)).status == 200
    assert store.heard == [text]


async def test_a_providers_announcement_is_handed_on_raw_with_its_signature(blank: Database) -> None:
    heard: list[tuple[bytes, str]] = []

    async def take(body: bytes, signature: str) -> HTTPStatus:
        heard.append((body, signature))
        if body == b"away":
            raise DatabaseAway
        return HTTPStatus.UNAUTHORIZED if body == b"forged" else HTTPStatus.OK

    hooks = {"/pay/somehow": Hook("X-Signed", take)}
    async with opened(build_http(Metrics(), nothing_to_refresh, looking_at(blank), hooks=hooks)) as client:
        for body, status in ((b'{ "a":1}\n', 200), (b"forged", 401), (b"away", 503)):
            answer = await client.post("/pay/somehow", data=body, headers={"x-signed": "ab12"})
            assert answer.status == status
            assert heard[-1] == (body, "ab12")
        await client.post("/pay/somehow", data=b"")
        assert heard[-1] == (b"", "")
        assert (await client.get("/pay/somehow")).status == 405
        assert (await client.post("/pay/another", data=b"")).status == 404
    await blank.close()


async def test_a_port_that_is_taken_is_one_line(blank: Database) -> None:
    app = build_http(Metrics(), nothing_to_refresh, looking_at(blank))
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(ListenError) as caught:
            await _serve_once(app, port)
    assert f"PORT {port}" in str(caught.value)
    assert "\n" not in str(caught.value)
    await blank.close()


async def test_the_port_is_free_again_afterwards_and_none_is_taken_without_one(blank: Database) -> None:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    for _ in range(2):
        await _serve_once(build_http(Metrics(), nothing_to_refresh, looking_at(blank)), port)
    await _serve_once(build_http(Metrics(), nothing_to_refresh, looking_at(blank)), None)
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))
    await blank.close()


async def _serve_once(app: web.Application, port: int | None) -> None:
    async with serve(app, "127.0.0.1", port):
        if port is not None:
            with socket.create_connection(("127.0.0.1", port), timeout=5):
                pass
