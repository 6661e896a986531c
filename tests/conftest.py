"""Databases and Redis for the tests: the same suite runs on SQLite and on PostgreSQL."""

import asyncio
import os
import shutil
import socket
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlmodel import SQLModel

from db.engine import Database
from db.upgrade import migrate

POSTGRES = os.environ.get("TEST_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379")
IN_CI = os.environ.get("CI") == "true"
START_POSTGRES = "docker run -d -p 5432:5432 -e POSTGRES_HOST_AUTH_METHOD=trust postgres:15"
START_REDIS = "docker run -d -p 6379:6379 redis:7"
GET_REDIS_SERVER = "install the package redis-server of this system, so that the command is on the PATH"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs the store as a process; the longest come first, so that nothing is waited for in the end."""
    for item in items:
        if item.path.parent.name in {"e2e", "page"}:
            item.add_marker(pytest.mark.process)
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def missing(what: str, how: str) -> None:
    """Skip for want of a server, saying how to start one; in CI, fail."""
    reason = f"{what} is not there: {how}"
    if IN_CI:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def worker_number(request: pytest.FixtureRequest) -> int:
    """The number of this test process, so that each has databases of its own."""
    name = getattr(request.config, "workerinput", {}).get("workerid", "gw0")
    return int(name.removeprefix("gw"))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, copied for each test."""
    path = tmp_path_factory.mktemp("template") / "store.db"

    async def make() -> None:
        db = Database(f"sqlite:///{path}")
        await migrate(db)
        await db.close()

    asyncio.run(make())
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A migrated PostgreSQL database of this test process, gone when it ends."""
    name = f"storefront_test_{os.getpid()}"
    url = f"{POSTGRES.rsplit('/', 1)[0]}/{name}"

    async def make() -> None:
        server = await asyncpg.connect(POSTGRES, timeout=5)
        await server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await server.execute(f"CREATE DATABASE {name}")
        await server.close()
        db = Database(url)
        await migrate(db)
        await db.close()

    try:
        asyncio.run(make())
    except (OSError, asyncpg.PostgresError) as error:
        missing("PostgreSQL", f"{START_POSTGRES}, or set TEST_DATABASE_URL ({error})")
    yield url

    async def drop() -> None:
        server = await asyncpg.connect(POSTGRES, timeout=5)
        await server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await server.close()

    asyncio.run(drop())


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty, migrated database."""
    if request.param == "sqlite":
        path = tmp_path / "store.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite:///{path}"
    url: str = request.getfixturevalue("postgres_url")

    async def empty() -> None:
        db = Database(url)
        names = ", ".join(f'"{table.name}"' for table in SQLModel.metadata.sorted_tables)
        async with db.engine.begin() as connection:
            await connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
        await db.close()

    asyncio.run(empty())
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An empty, migrated database."""
    db = Database(database_url)
    yield db
    await db.close()


@pytest.fixture
async def redis_url(worker_number: int) -> str:
    """The address of an empty Redis database of this test process."""
    url = f"{REDIS}/{worker_number % 8 + 8}"
    redis = Redis.from_url(url, socket_connect_timeout=5)
    try:
        await redis.flushdb()
    except (RedisError, OSError) as error:
        missing("Redis", f"{START_REDIS}, or set TEST_REDIS_URL ({error})")
    finally:
        await redis.aclose()
    return url


class RedisServer:
    """A Redis of the test's own, on 127.0.0.1, that can be killed and started again with what it held."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = int(found.getsockname()[1])
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self._process: Process | None = None

    async def start(self) -> None:
        """Start it and wait until it answers."""
        options = ["--bind", "127.0.0.1", "--appendonly", "yes", "--appendfsync", "always", "--save", ""]
        self._process = await asyncio.create_subprocess_exec(
            "redis-server", "--port", str(self.port), "--dir", str(self._folder), *options, stdout=DEVNULL
        )
        redis = Redis.from_url(self.url)
        for _ in range(200):
            try:
                await redis.ping()
                break
            except (RedisError, OSError):
                await asyncio.sleep(0.05)
        await redis.aclose()

    async def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            await self._process.wait()
            self._process = None


@pytest.fixture
async def redis_server(tmp_path: Path) -> AsyncIterator[RedisServer]:
    """A running Redis of the test's own."""
    if shutil.which("redis-server") is None:
        missing("redis-server", GET_REDIS_SERVER)
    server = RedisServer(tmp_path)
    await server.start()
    yield server
    await server.kill()
