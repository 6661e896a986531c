"""Telling a database that was brought back from a backup, so that it does not go to work before `restored` ran.

A mark, the time in milliseconds, is written every few seconds into the database and then outside of it: beside a SQLite
file, or into Redis. Outside it can only be behind. A database that is behind its mark has gone back in time. A dump of
PostgreSQL loaded again is told by what it does not carry (`db.home`), Redis or not. What none of this sees, such as a
snapshot of the whole machine, docs/operations.md names.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.settings import Settings
from db.engine import Database
from db.home import home_of
from db.tables import Order, utc_now
from shop import facts

MARK_EVERY_SECONDS = 10.0
REDIS_KEY = "store:mark"
GONE_BACK = (
    "this database was brought back from a backup, or moved: run `python -m bot restored` first, so that nothing is"
    " sent twice (docs/operations.md, Restore)"
)


class Outside(Protocol):
    """Where the mark is kept besides."""

    lasts: bool  # a mark that is missing there was left behind with another copy

    async def read(self) -> int | None:
        """Return the mark, None where there is none or nobody can tell."""

    async def write(self, mark: int) -> None:
        """Keep the mark."""


class BesideTheFile:
    """A small file next to the SQLite file; `.backup` and a copy of the one do not carry the other."""

    lasts = True

    def __init__(self, database: str) -> None:
        """`database` is the SQLite file."""
        self._path = Path(f"{database}.mark")

    async def read(self) -> int | None:
        """Return the mark, None where there is none."""
        return await asyncio.to_thread(self._read)

    async def write(self, mark: int) -> None:
        """Replace the file in one step, so that a crash leaves the old mark or the new one."""
        await asyncio.to_thread(self._write, mark)

    def _read(self) -> int | None:
        try:
            return int(self._path.read_text())
        except (FileNotFoundError, ValueError):
            return None

    def _write(self, mark: int) -> None:
        new = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        with new.open("w") as file:
            file.write(str(mark))
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)


class InRedis:
    """A key in Redis, which may forget it, or be away: then nothing is known."""

    lasts = False

    def __init__(self, redis: Redis) -> None:
        """Keep it there."""
        self._redis = redis

    async def read(self) -> int | None:
        """Return the mark, None where nobody can tell."""
        with suppress(RedisError, OSError):
            kept = await self._redis.get(REDIS_KEY)
            return None if kept is None else int(kept)
        return None

    async def write(self, mark: int) -> None:
        """Keep the mark; one that is lost is written again soon."""
        with suppress(RedisError, OSError):
            await self._redis.set(REDIS_KEY, mark)


class Mark:
    """The mark of one database, in it and outside of it."""

    def __init__(self, db: Database, outside: Outside | None) -> None:
        """Without an `outside` only a PostgreSQL dump that was loaded again is told."""
        self._db = db
        self._outside = outside
        self._begun = False

    async def problem(self) -> str | None:
        """Return in one line why the store must not go to work on this database, or None."""
        async with self._db.read() as session:
            known = await facts.read(session, facts.MARK)
            if known is None and not await _has_orders(session):
                return None  # a new store
            if known is not None and known["home"] != await home_of(session):
                return GONE_BACK
        if self._outside is None:
            return None
        outside = await self._outside.read()
        if outside is None:
            return GONE_BACK if known is not None and self._outside.lasts else None
        return GONE_BACK if outside > (known["at"] if known is not None else 0) else None

    async def keep(self) -> None:
        """Write the mark of this moment, first inside, then outside."""
        if self._outside is not None and not self._begun and await self._outside.read() is None:
            await self._outside.write(0)  # or a process that starts between the two writes would miss it
        self._begun = True
        await self._write(0)

    async def accept(self) -> None:
        """Take the database as it is for the one to go on with."""
        await self._write((await self._outside.read() if self._outside else None) or 0)

    async def _write(self, above: int) -> None:
        async with self._db.begin() as session:
            known: dict[str, Any] = await facts.read(session, facts.MARK) or {"at": 0}
            mark = max(_milliseconds(utc_now()), known["at"] + 1, above + 1)
            await facts.write(session, facts.MARK, {"at": mark, "home": await home_of(session)})
        if self._outside is not None:
            await self._outside.write(mark)


def mark_of(db: Database, redis: Redis | None) -> Mark:
    """Return the mark of a database; `redis` is the store's, if it has one."""
    if db.dialect == "sqlite":
        return Mark(db, BesideTheFile(str(db.url.database)))
    return Mark(db, InRedis(redis) if redis is not None else None)


@asynccontextmanager
async def open_mark(settings: Settings, db: Database) -> AsyncIterator[Mark]:
    """The mark of the settings' database, for commands that have no Redis open yet."""
    redis = None
    if settings.redis_url is not None:
        redis = Redis.from_url(settings.redis_url.get_secret_value(), socket_timeout=5, socket_connect_timeout=5)
    try:
        yield mark_of(db, redis)
    finally:
        if redis is not None:
            await redis.aclose()


async def _has_orders(session: AsyncSession) -> bool:
    return (await session.exec(select(col(Order.id)).limit(1))).first() is not None


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
