"""Databases without any table, for what the migrations do."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from db.engine import Database
from tests.conftest import POSTGRES


@pytest.fixture(params=["sqlite", "postgresql"])
def blank_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'blank.db'}"
    request.getfixturevalue("postgres_url")  # skips where there is no server
    name = f"storefront_blank_{request.getfixturevalue('worker_number')}"

    async def make() -> None:
        server = await asyncpg.connect(POSTGRES, timeout=5)
        await server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await server.execute(f"CREATE DATABASE {name}")
        await server.close()

    asyncio.run(make())
    return f"{POSTGRES.rsplit('/', 1)[0]}/{name}"


@pytest.fixture
async def blank(blank_url: str) -> AsyncIterator[Database]:
    """A database with nothing in it."""
    db = Database(blank_url)
    yield db
    await db.close()
