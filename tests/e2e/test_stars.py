"""Paying in Stars on bad days: slow databases, Redis away, updates lost or repeated, money that goes back elsewhere."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import text

from db.engine import Database
from sandbox.telegram import Person, SandboxTelegram, TelegramFault
from tests.conftest import RedisServer
from tests.e2e.conftest import BORIS, StoreProcess

# So many steps of a query that SQLite is at it for far longer than Telegram waits.
SLOW_VIEW = """
    CREATE VIEW invoice AS SELECT * FROM kept_invoice WHERE 0 < (
        WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 400000000) SELECT count(*) FROM n
    )
"""


async def ask_for_invoice(person: Person, amount: str = "$5.00") -> str:
    """Ask for a top-up; return the link that pays it."""
    await person.send("/wallet")
    await person.tap("Top up", await person.see("number in this shop"))
    await person.tap(amount, await person.see("How much"))
    bill = await person.see(f"Top up {amount}")
    link = (await person.tap("Pay ⭐", bill)).url
    assert link is not None
    return link


@asynccontextmanager
async def slow_invoices(url: str) -> AsyncIterator[None]:
    """The table of invoices cannot be read in time."""
    db = Database(url)
    try:
        if db.dialect == "postgresql":
            async with db.begin() as session:
                await session.connection()
                await session.exec(text("LOCK TABLE invoice IN ACCESS EXCLUSIVE MODE"))  # type: ignore[call-overload]
                yield
            return
        async with db.engine.begin() as connection:
            await connection.execute(text("ALTER TABLE invoice RENAME TO kept_invoice"))
            await connection.execute(text(SLOW_VIEW))
        yield
        async with db.engine.begin() as connection:
            await connection.execute(text("DROP VIEW invoice"))
            await connection.execute(text("ALTER TABLE kept_invoice RENAME TO invoice"))
    finally:
        await db.close()


class TestWhateverIsSlow:
    """On PostgreSQL with a Redis and by webhook; on SQLite polled."""

    @pytest.fixture
    def environment(self, environment: dict[str, str], redis_server: RedisServer) -> dict[str, str]:
        if environment["DATABASE_URL"].startswith("sqlite"):
            return environment
        return environment | {
            "REDIS_URL": redis_server.url,
            "WEBHOOK_URL": f"http://127.0.0.1:{environment['PORT']}",
        }

    async def test_the_question_before_a_payment_is_answered_in_time(
        self, anna: Any, store: StoreProcess, telegram: SandboxTelegram, redis_server: RedisServer
    ) -> None:
        boris = telegram.person(BORIS, first_name="Boris", language_code="en")
        link = await ask_for_invoice(anna)
        # Anna's own turn is taken, and so are more turns than the store handles at once.
        telegram.fault(TelegramFault.DELAY(12), "sendMessage", times=2)
        await anna.send("/help")
        for _ in range(110):
            await boris.send("/help")
        await asyncio.sleep(0.5)

        async with slow_invoices(store.environment["DATABASE_URL"]):
            refused = await anna.pay(link)
        assert not refused.ok
        assert refused.error is not None
        assert "Something is slow here right now." in refused.error
        assert telegram.violations == []

        began = monotonic()
        telegram.fault(TelegramFault.RESET, "answerPreCheckoutQuery")
        telegram.fault(TelegramFault.LOST_REPLY, "answerPreCheckoutQuery")
        assert (await anna.pay(link)).ok
        assert monotonic() - began < 3
        assert "$5.00 is in your wallet" in (await anna.see("Balance: $105.00")).text

        await redis_server.kill()  # where there is one
        paid_again = await anna.pay(link)
        assert paid_again.ok
        receipt = await anna.see("Balance: $110.00")
        assert paid_again.charge_id in receipt.text
        await boris.see("How it works", timeout=20)
