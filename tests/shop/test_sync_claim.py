"""The catalogue is read by one worker at a time, once per so many seconds, and at once by a store that has none."""

import asyncio
from datetime import datetime, timedelta

import pytest

from db.engine import Database
from shop import sync_claim
from shop.stock import take_in
from shop.sync_claim import LEASE
from tests.shop.conftest import NOW, row

EVERY = timedelta(minutes=15)
SECOND = timedelta(seconds=1)


class Worker:
    """One of several workers on a database."""

    def __init__(self, db: Database, name: str, source: str = "panel") -> None:
        self.db = db
        self.name = name
        self.source = source

    async def claims(self, now: datetime = NOW, every: timedelta = EVERY, *, starting: bool = False) -> bool:
        async with self.db.begin() as session:
            return await sync_claim.claim(session, self.name, now, every, source=self.source, starting=starting)

    async def renews(self, now: datetime) -> None:
        async with self.db.begin() as session:
            await sync_claim.renew(session, self.name, now)

    async def finishes(self, now: datetime = NOW, *, failed: bool = False) -> None:
        async with self.db.begin() as session:
            await sync_claim.finish(session, self.name, now, failed=failed)


@pytest.fixture
def anna(database: Database) -> Worker:
    return Worker(database, "one")


@pytest.fixture
def boris(database: Database) -> Worker:
    return Worker(database, "two")


async def test_of_many_workers_that_start_at_once_one_reads(database: Database) -> None:
    workers = [Worker(database, str(number)) for number in range(8)]
    assert sorted(await asyncio.gather(*(worker.claims(starting=True) for worker in workers))) == [False] * 7 + [True]


async def test_the_next_sync_is_due_after_its_time_for_whoever_comes_first(anna: Worker, boris: Worker) -> None:
    assert await anna.claims()
    assert not await boris.claims(NOW + SECOND)
    await anna.finishes(NOW + 2 * SECOND)
    assert not await boris.claims(NOW + EVERY - SECOND)
    assert await boris.claims(NOW + EVERY)
    assert not await anna.claims(NOW + EVERY)


async def test_a_shorter_time_between_syncs_counts_at_once(anna: Worker) -> None:
    assert await anna.claims()
    await anna.finishes()
    assert await anna.claims(NOW + 2 * SECOND, timedelta(seconds=2))


async def test_the_claim_of_a_dead_worker_ends_and_one_at_work_keeps_it(anna: Worker, boris: Worker) -> None:
    assert await anna.claims()
    await anna.renews(NOW + LEASE / 2)
    assert not await boris.claims(NOW + LEASE, starting=True)
    assert await boris.claims(NOW + LEASE * 1.5)
    # The one taken for dead comes back: the claim is not its own any more.
    await anna.renews(NOW + LEASE * 2)
    await anna.finishes(NOW + LEASE * 2)
    assert not await anna.claims(NOW + LEASE * 2)
    await boris.finishes(NOW + LEASE * 2)
    assert not await anna.claims(NOW + LEASE * 2)
    assert await anna.claims(NOW + LEASE * 1.5 + EVERY)


async def test_a_sync_that_failed_is_made_again_soon_and_ever_more_seldom(anna: Worker, boris: Worker) -> None:
    now, waits = NOW, []
    for _ in range(8):
        assert await anna.claims(now)
        await anna.finishes(now, failed=True)
        seconds = 1
        while not await boris.claims(now + seconds * SECOND):
            seconds += 1
        waits.append(seconds)
        now += seconds * SECOND
        await boris.finishes(now, failed=True)
        now += timedelta(minutes=2)
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (2, 60)
    assert await anna.claims(now)
    await anna.finishes(now)
    assert not await boris.claims(now + EVERY - SECOND)


async def test_a_store_that_starts_with_nothing_to_sell_reads_at_once(anna: Worker, boris: Worker) -> None:
    assert await anna.claims()
    await anna.finishes()  # and the panel listed nothing
    assert not await anna.claims(NOW + SECOND)
    assert await boris.claims(NOW + SECOND, starting=True)
    await take_in(boris.db, [row()], now=NOW)
    await boris.finishes(NOW + SECOND)
    assert not await anna.claims(NOW + 2 * SECOND, starting=True)


async def test_a_store_that_starts_with_another_panel_reads_at_once(anna: Worker, database: Database) -> None:
    assert await anna.claims()
    await take_in(database, [row()], now=NOW)
    await anna.finishes()
    moved = Worker(database, "three", source="another panel")
    assert not await moved.claims(NOW + SECOND)  # only at its start: two workers at odds do not read in turns
    assert await moved.claims(NOW + SECOND, starting=True)
    await moved.finishes(NOW + SECOND)
    assert not await moved.claims(NOW + 2 * SECOND, starting=True)
