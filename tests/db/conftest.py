"""Databases without any table, for what the migrations do."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from db.engine import Database
from tests.conftest import POSTGRES


@pytest.fixture(params=["sqlite", "postgresql"])
def blank_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with nothing in it, gone after the test."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'blank.db'}"
        return
    request.getfixturevalue("postgres_url")  # skips where there is no server
    name = f"storefront_blank_{os.getpid()}"
    asyncio.run(_tell_postgres(f"CREATE DATABASE {name}"))
    yield f"{POSTGRES.rsplit('/', 1)[0]}/{name}"
    asyncio.run(_tell_postgres(f"DROP DATABASE {name} WITH (FORCE)"))


async def _tell_postgres(statement: str) -> None:
    server = await asyncpg.connect(POSTGRES, timeout=5)
    await server.execute(statement)
    await server.close()


@pytest.fixture
async def blank(blank_url: str) -> AsyncIterator[Database]:
    """A database with nothing in it."""
    db = Database(blank_url)
    yield db
    await db.close()
