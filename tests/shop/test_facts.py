"""What the store knows about itself, changed by several processes at once."""

import asyncio

from db.engine import Database
from shop import facts


async def test_a_fact_changed_under_its_lock_loses_no_change(database: Database) -> None:
    async def count() -> None:
        async with database.begin() as session:
            so_far = await facts.lock(session, "counted") or 0
            await facts.write(session, "counted", so_far + 1)

    await asyncio.gather(*(count() for _ in range(8)))  # the first ones find no fact yet
    async with database.read() as session:
        assert await facts.read(session, "counted") == 8
        assert await facts.read(session, "never counted", "nothing") == "nothing"


async def test_a_fact_that_was_forgotten_is_not_known(database: Database) -> None:
    async with database.begin() as session:
        await facts.write(session, "currency", "EUR")
        await facts.write(session, "currency", None)
        assert await facts.read(session, "currency", "USD") == "USD"
