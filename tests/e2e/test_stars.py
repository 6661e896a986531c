"""Paying in Stars on bad days: slow databases, Redis away, updates lost or repeated, money that goes back elsewhere."""

import asyncio
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import text

from db.engine import Database
from sandbox.panel import SandboxPanel
from sandbox.telegram import Person, SandboxTelegram, TelegramFault
from sandbox.telegram.methods.payments import record_transaction
from shop import wallet
from tests import books
from tests.conftest import RedisServer
from tests.e2e.conftest import ANNA, BORIS, OWNER, ROOT, StoreProcess
from tests.e2e.paying import ask_for_invoice, no_news, send_back_elsewhere

# So many steps of a query that SQLite is at it for far longer than Telegram waits.
SLOW_VIEW = """
    CREATE VIEW invoice AS SELECT * FROM kept_invoice WHERE 0 < (
        WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 400000000) SELECT count(*) FROM n
    )
"""


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


# --- the way of the money -------------------------------------------------------------------------


@dataclass
class Till:
    """The books of a store, looked at after each step of a journey."""

    db: Database
    panel: SandboxPanel
    telegram: SandboxTelegram

    async def hold(self, balance: str) -> None:
        """Nothing is under way, the books agree with the panel, Telegram and the screens, and Anna has this much."""
        for _ in range(200):
            left = [*self.telegram.world.updates.pending]
            left += await books.unsettled(self.db, self.panel, self.telegram)
            if not left:
                break
            await asyncio.sleep(0.05)
        assert left == []
        assert await books.compare(self.db, self.panel, self.telegram, owners=[OWNER]) == []
        async with self.db.read() as session:
            assert await wallet.balance_of(session, ANNA) == Decimal(balance)


@pytest.fixture
async def till(database: Database, panel: SandboxPanel, telegram: SandboxTelegram) -> Till:
    return Till(database, panel, telegram)


@pytest.fixture
def people(telegram: SandboxTelegram) -> tuple[Person, Person]:
    """A customer and the owner."""
    anna = telegram.person(ANNA, first_name="Anna <&>", username="anna", language_code="en")
    return anna, telegram.person(OWNER, first_name="Olga", language_code="en")


async def audit(process: StoreProcess) -> None:
    """`python -m bot audit` finds nothing."""
    environment = process.environment | {"PORT": ""}
    command = [sys.executable, "-m", "bot", "audit"]
    audit = await asyncio.create_subprocess_exec(*command, env=environment, cwd=ROOT, stdout=PIPE, stderr=STDOUT)
    said, _ = await audit.communicate()
    assert audit.returncode == 0, said.decode()


async def test_from_stars_to_an_order_and_back_to_stars(
    people: tuple[Person, Person], store: StoreProcess, till: Till
) -> None:
    anna, owner = people
    panel, telegram = till.panel, till.telegram
    await owner.send("/start")
    await anna.send("/start")
    link = await ask_for_invoice(anna)
    first = await anna.pay(link)
    paid = max(telegram.world.updates.sent)
    receipt = await anna.see("$5.00 is in your wallet. Paid: ⭐ 385")
    assert first.charge_id in receipt.text
    telegram.redeliver(paid)
    await till.hold("5")

    await anna.send("/order 1")
    await anna.send("@nasa")
    await anna.send("1000")
    await anna.tap("✅ Order for $1.62")
    await anna.see("Order 1 · in progress")
    panel.finish("23501", "Partial", remains=500)
    await anna.see("$0.81 is back in your wallet.")
    await till.hold("4.19")

    await owner.send("/admin")
    await owner.tap("💳 Payments")
    await owner.tap("1 · $5.00 · Anna")
    assert "Still unspent: $3.38 of $5.00" in (await owner.see("Payment 1")).text
    await owner.tap("↩️ Send back")
    lacking = await owner.see("the wallet holds $4.19")
    assert not any("✅" in label for label in lacking.labels)

    second = await anna.pay(link)  # the old invoice once more: another payment
    assert second.charge_id in (await anna.see("Balance: $9.19")).text
    await till.hold("9.19")
    await owner.send("/pay_1")
    await owner.tap("↩️ Send back", await owner.see("Balance: $9.19"))
    asked = await owner.see("Send ⭐ 385 back to Anna <&> (@anna)? $5.00 leaves the wallet.")
    assert "Only $3.38 of $5.00 is unspent. The balance is $9.19" in asked.text
    telegram.fault(TelegramFault.RETRY_AFTER(1), "refundStarPayment")
    telegram.fault(TelegramFault.LOST_REPLY, "refundStarPayment")
    await owner.tap("✅ Take it from the balance")
    back = await anna.see("⭐ 385 was sent back to you. $5.00 left your wallet for it.")
    assert first.charge_id in back.text
    await till.hold("4.19")
    again = await owner.tap_data("py:1:B", asked)
    assert again.text is not None
    assert "sent back before" in again.text

    third = await anna.pay(link)
    await anna.see("Balance: $9.19")
    await owner.send("/admin")
    await owner.tap("💳 Payments")
    await owner.tap("🔎 Find by its number")
    await owner.send("not-a-charge")
    await owner.see("There is no such payment.")
    assert third.charge_id is not None
    await owner.send(third.charge_id)
    assert "Still unspent: $5.00 of $5.00" in (await owner.see("Payment 3")).text
    await owner.tap("↩️ Send back")
    await owner.tap("✅ Yes, send it back")
    await till.hold("4.19")
    assert [entry["amount"] * (1 if "source" in entry else -1) for entry in telegram.world.star_transactions] == [
        385, 385, -385, 385, -385
    ]  # fmt: skip
    await audit(store)


async def test_nobody_sends_back_or_sees_what_is_not_theirs(
    people: tuple[Person, Person], store: StoreProcess, telegram: SandboxTelegram, till: Till
) -> None:
    anna, _ = people
    boris = telegram.person(BORIS, first_name="Boris", language_code="en")
    link = await ask_for_invoice(anna)
    await boris.send("/start")
    refused = await boris.pay(link)
    assert refused.error is not None
    assert "cannot be paid any more" in refused.error
    await anna.pay(link)
    receipt = await anna.see("is in your wallet")
    await anna.send("/pay_1")
    await anna.see("⭐ 385 for $5.00")
    await boris.send("/pay_1")
    await boris.see("There is no such payment.")
    for data in ("ps:0", "py:1:o", "py:1:r", "py:1:R", "py:1:H", "n:find:0", "n:till:0", "n:desk:0", "tl:terms:0:0"):
        answer = await anna.tap_data(data, receipt)
        assert answer.text is not None
        assert "out of date" in answer.text, data
    await till.hold("5")


async def test_what_no_update_told_of_is_found_in_the_account(
    people: tuple[Person, Person], process: StoreProcess, store: StoreProcess, till: Till
) -> None:
    anna, owner = people
    telegram = till.telegram
    till.panel.pace = 0
    await owner.send("/start")
    link = await ask_for_invoice(anna, "$20.00")
    first = await anna.pay(link)
    await anna.see("Balance: $20.00")
    await anna.send("/order 1")
    await anna.send("@nasa")
    await anna.send("1000")
    await anna.tap("✅ Order for $1.62")
    await anna.see("Order 1 · in progress")
    await send_back_elsewhere(telegram, ANNA, first.charge_id)  # an update tells of it
    told = await owner.see("Payment /pay_1 went back outside of this shop.")
    assert f"Customer {ANNA} has 1539 XTR again; $18.38 of $20.00 was taken" in told.text
    assert "Not there any more: $1.62." in told.text
    await anna.see("⭐ 1,539 was sent back to you. $18.38 left your wallet")
    await till.hold("0")

    with no_news(telegram):
        missed = await anna.pay(link)
        gone = await anna.pay(link)
        await process.stop()
        await send_back_elsewhere(telegram, ANNA, gone.charge_id)
    stranger: Any = {"user": telegram.world.users[ANNA], "paid": {
        "total_amount": 77, "invoice_payload": "of another program", "telegram_payment_charge_id": "stx-strange",
    }}  # fmt: skip
    record_transaction(telegram.world, stranger, "source")
    await process.start()
    await process.ready()
    assert missed.charge_id is not None
    assert "$20.00 is in your wallet" in (await anna.see(missed.charge_id)).text
    await anna.see("$20.00 left your wallet for it.")
    await owner.see("Payment /pay_3 went back outside of this shop.")
    odd = await owner.see("A payment of ⭐ 77 names no invoice of this shop.")
    assert "stx-strange" in odd.text
    await till.hold("20")
    await audit(store)
