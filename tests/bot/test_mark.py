"""A database that went back in time is told from one that only was stopped, killed or has no past."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.mark import BesideTheFile, InRedis, Mark, mark_of
from db.engine import Database
from db.home import home_of
from db.tables import Category, Customer, Draft, Order, Service
from shop import facts


async def sell(db: Database) -> None:
    """A store with an order in it."""
    async with db.begin() as session:
        session.add_all([Category(id=1, name="Likes"), Customer(id=1)])
        await session.flush()
        session.add(Service(id="1", category_id=1, name="Likes", type="Default"))
        await session.flush()
        session.add(Draft(id=1, customer_id=1, service_id="1"))
        await session.flush()
        session.add(
            Order(customer_id=1, draft_id=1, chat_id=1, service_id="1", service_name="Likes", kind="default",
                  link="x", total=1, rate=1, cost=1, price=1)
        )  # fmt: skip


@pytest.fixture
async def store(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """A SQLite store that has been at work."""
    shutil.copy(sqlite_template, tmp_path / "store.db")
    db = Database(f"sqlite:///{tmp_path / 'store.db'}")
    await sell(db)
    yield db
    await db.close()


def spoil(db: Database) -> None:
    Path(f"{db.url.database}.mark").write_text("")


def backup(db: Database, to: Path) -> None:
    import sqlite3

    with sqlite3.connect(str(db.url.database)) as source, sqlite3.connect(to) as copy:
        source.backup(copy)
    source.close()
    copy.close()


async def test_a_store_that_was_stopped_or_killed_goes_on(store: Database) -> None:
    assert await mark_of(store, None).problem() is None  # of a version that kept no mark
    for _ in range(3):
        mark = mark_of(store, None)
        assert await mark.problem() is None
        await mark.keep()
        await mark.keep()
    beside = BesideTheFile(str(store.url.database))
    await beside.write(5)  # killed between the two writes: what is outside is behind
    assert await mark_of(store, None).problem() is None


async def test_a_new_store_begins(database: Database) -> None:
    assert await mark_of(database, None).problem() is None


async def test_a_file_brought_back_is_told(store: Database, tmp_path: Path) -> None:
    mark = mark_of(store, None)
    await mark.keep()
    backup(store, tmp_path / "copy.db")
    await mark.keep()
    await store.close()
    shutil.copy(tmp_path / "copy.db", tmp_path / "store.db")
    again = mark_of(store, None)
    assert "python -m bot restored" in (await again.problem() or "")
    await again.accept()
    assert await mark_of(store, None).problem() is None


async def test_a_file_brought_to_another_machine_is_told(store: Database, tmp_path: Path) -> None:
    await mark_of(store, None).keep()
    (tmp_path / "elsewhere").mkdir()
    backup(store, tmp_path / "elsewhere" / "store.db")
    moved = Database(f"sqlite:///{tmp_path / 'elsewhere' / 'store.db'}")
    assert await mark_of(moved, None).problem() is not None
    await mark_of(moved, None).accept()
    assert await mark_of(moved, None).problem() is None
    await moved.close()


async def test_a_file_older_than_the_marks_is_told(store: Database, tmp_path: Path) -> None:
    backup(store, tmp_path / "copy.db")
    await mark_of(store, None).keep()
    await store.close()
    shutil.copy(tmp_path / "copy.db", tmp_path / "store.db")
    assert await mark_of(store, None).problem() is not None


async def test_a_mark_that_cannot_be_read_is_none(store: Database) -> None:
    await mark_of(store, None).keep()
    spoil(store)
    assert await mark_of(store, None).problem() is not None


async def test_redis_tells_what_it_remembers(database: Database, redis_url: str) -> None:
    await sell(database)
    redis = Redis.from_url(redis_url)
    mark = Mark(database, InRedis(redis))
    await mark.keep()
    assert await mark.problem() is None
    async with database.begin() as session:  # as a snapshot of an hour ago would be
        known = await facts.read(session, facts.MARK)
        await facts.write(session, facts.MARK, known | {"at": known["at"] - 3_600_000})
    assert await mark.problem() is not None
    await redis.flushdb()
    assert await mark.problem() is None  # nobody remembers
    await redis.aclose()
    away = Mark(database, InRedis(Redis.from_url("redis://127.0.0.1:1")))
    assert await away.problem() is None
    await away.keep()  # a mark that cannot be kept outside stops nothing


async def test_a_dump_loaded_again_is_told_without_redis(database: Database) -> None:
    await sell(database)
    await Mark(database, None).keep()
    assert await Mark(database, None).problem() is None
    async with database.begin() as session:
        home = await home_of(session)
        assert bool(home) == (database.dialect == "postgresql")
        known = await facts.read(session, facts.MARK)
        await facts.write(session, facts.MARK, known | {"home": "1/1"})  # it was made in another database
    assert await Mark(database, None).problem() is not None
    await Mark(database, None).accept()
    assert await Mark(database, None).problem() is None
