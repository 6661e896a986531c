"""The audit: a busy store passes, and each way in which books can be wrong is found and named."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from db.engine import Database
from db.tables import Attempt, Customer, Order, Payment, utc_now
from panel import OrderStatus, Progress
from shop import bonuses, deciding, ordering, payments, referrals, returns, wallet
from shop.audit import CHECKS, Finding, Weight, count_wrong_wallets, prove
from shop.panel_audit import compare
from shop.returns import RefundRefused
from shop.submission import submit_next
from shop.tracking import take_statuses
from tests.shop.conftest import ANNA, NOW, OWNER, POLICY, ScriptedPanel, Shop
from tests.shop.paying import ask, give_back, note_return, paid, send_back

BORIS, VERA = 1002, 1003
SOON = NOW + timedelta(minutes=30)
# The tables as they are, but for what forbids a broken row: so that it can be shown to be found.
BARE = [
    statement
    for table in SQLModel.metadata.tables
    for statement in (
        f"ALTER TABLE {table} RENAME TO kept_{table}",
        f"CREATE TABLE {table} AS SELECT * FROM kept_{table}",
    )
]


class Busy:
    """A store with an order in every state; `ids` names them by how they stand."""

    def __init__(self, shop: Shop, panel: ScriptedPanel) -> None:
        self.shop = shop
        self.panel = panel
        self.ids: dict[str, int] = {}
        self._seconds = itertools.count(1)

    async def fill(self) -> "Busy":
        async with self.shop.db.begin() as session:
            session.add(Customer(id=BORIS, name="Boris", end_messages=False))
            await session.flush()
            await wallet.credit(session, BORIS, Decimal(20), key="credit:2", actor_id=OWNER, now=NOW)
        await self._end("completed", "Completed", Progress.COMPLETED, 0)
        await self._end("partial", "Partial", Progress.PARTIAL, 400)
        await self._end("canceled", "Canceled", Progress.CANCELED, None)
        await self._end("silent", "Completed", Progress.COMPLETED, 0, customer=BORIS)
        await self._send("placed", {"order": 900})
        await self._send("rejected", {"error": "Incorrect quantity"})
        await self._send("unconfirmed", "<html>")
        await self._send("submitting", self._dies)
        await self._new("withdrawn")
        async with self.shop.db.begin() as session:
            await ordering.withdraw(session, self.ids["withdrawn"], ANNA, NOW)
        await self._new("queued")
        await self._payments()
        await self._bonuses()
        return self

    async def _payments(self) -> None:
        """A payment in every state, and one that was sent back when not all of it was there."""
        db = self.shop.db
        made = {name: await paid(db, name) for name in ("kept", "going", "gone", "failed", "elsewhere")}
        made["lacking"] = await paid(db, "lacking", customer=BORIS)
        await give_back(db, made["gone"])
        await send_back(db, self._sent)
        await give_back(db, made["failed"])
        await send_back(db, self._refused)
        await give_back(db, made["going"])
        await note_return(db, "elsewhere")
        async with db.begin() as session:
            balance = await wallet.balance_of(session, BORIS)
            await wallet.credit(session, BORIS, 1 - balance, key="credit:3", actor_id=OWNER, now=NOW)
        await note_return(db, "lacking")
        await ask(db)
        self.ids |= {f"pay_{name}": payment.id for name, payment in made.items()}
        self.ids |= {"invoice_kept": made["kept"].invoice_id or 0, "invoice_gone": made["gone"].invoice_id or 0}

    @staticmethod
    async def _sent(_: Payment) -> None:
        pass

    @staticmethod
    async def _refused(_: Payment) -> None:
        raise RefundRefused("no")

    async def _new(self, name: str, customer: int = ANNA) -> Order:
        order = await self.shop.order(100, customer=customer)
        self.ids[name] = order.id
        return order

    async def _send(self, name: str, reply: Any, customer: int = ANNA) -> Order:
        order = await self._new(name, customer)
        self.panel.replies |= {"add": reply, "balance": {"balance": "1000", "currency": "USD"}}
        now = NOW + timedelta(seconds=next(self._seconds))
        try:
            await submit_next(self.shop.db, self.panel.client, POLICY, lambda: now)
        except asyncio.CancelledError:
            assert name == "submitting"
        return await self.shop.get(order)

    async def _end(self, name: str, word: str, progress: Progress, remains: int | None, customer: int = ANNA) -> None:
        order = await self._send(name, {"order": 501 + len(self.ids)}, customer)
        status = OrderStatus(word, progress, None, None, remains, "USD")
        await take_statuses(self.shop.db, {order.id: status}, POLICY, NOW + timedelta(minutes=1))

    async def _bonuses(self) -> None:
        """A code that paid at once, one that paid with a payment of Vera's, who came by Anna's link; one sent back."""
        async with self.shop.db.begin() as session:
            await referrals.set_terms(session, Decimal(10), 90, OWNER, NOW)
            session.add(Customer(id=VERA, name="Vera", referrer_id=ANNA, created_at=utc_now()))
            once = await bonuses.make(session, bonuses.Terms("gift", amount=Decimal(2), most_uses=1), OWNER, NOW)
            share = await bonuses.make(session, bonuses.Terms("tenth", percent=Decimal(10), most_uses_each=2), OWNER)
        self.ids |= {"gift": once.id, "tenth": share.id}
        await bonuses.redeem(self.shop.db, VERA, "GIFT", NOW)
        for name in ("kept", "returned"):
            await bonuses.redeem(self.shop.db, VERA, "tenth", NOW)
            async with self.shop.db.begin() as session:
                payment = await payments.receive(
                    session, VERA, "stars", f"bonus {name}", units=Decimal(500), unit="XTR", amount=Decimal(5)
                )
                assert payment is not None
                self.ids[name] = payment.id
        async with self.shop.db.begin() as session:
            await returns.ask_refund(session, self.ids["returned"], OWNER)

    @staticmethod
    def _dies(_: dict[str, str]) -> None:
        raise asyncio.CancelledError


@pytest.fixture
async def busy(shop: Shop, panel: ScriptedPanel) -> Busy:
    return await Busy(shop, panel).fill()


@asynccontextmanager
async def bare(db: Database) -> AsyncIterator[AsyncSession]:
    """A transaction in which no constraint holds any longer; in the end it has not been."""
    async with db.engine.execution_options(writes=True).connect() as connection:
        change = await connection.begin()
        for statement in BARE:
            await connection.execute(text(statement))
        async with AsyncSession(bind=connection) as session:
            yield session
        await change.rollback()


async def findings(session: AsyncSession) -> dict[str, Finding]:
    """What every check finds, by the name of its rule, where it finds anything."""
    found = [await prove(session, check, SOON) for check in CHECKS]
    return {finding.rule.name: finding for finding in found if finding.count}


async def test_a_busy_store_passes_every_check(busy: Busy) -> None:
    orders = {name: number for name, number in busy.ids.items() if "_" not in name}
    states = {name: (await busy.shop.get(Order(id=order_id))).state for name, order_id in orders.items()}
    assert len(set(states.values())) == 8, states  # nothing is proved about a state that is not there
    async with busy.shop.db.read() as session:
        assert await findings(session) == {}
        assert await count_wrong_wallets(session) == 0


async def test_an_empty_store_passes_too(database: Database) -> None:
    async with database.read() as session:
        assert await findings(session) == {}


def entry(kind: str, amount: int, key: str, order: str = "NULL", after: int = 1) -> str:
    return (
        "INSERT INTO ledger_entry (id, customer_id, kind, amount, balance_after, key, order_id, created_at) SELECT"
        f" 7777, 1001, '{kind}', {amount}, {after}, '{key}', {order}, created_at FROM ledger_entry WHERE id = 1"
    )


def attempt(order: str, outcome: str, answer: str = "NULL") -> str:
    return (
        "INSERT INTO attempt (id, order_id, started_at, ended_at, outcome, answer) SELECT"
        f" 7777, {order}, started_at, started_at, '{outcome}', {answer} FROM attempt WHERE id = 1"
    )


def payment_set(change: str, which: str) -> str:
    return f"UPDATE payment SET {change} WHERE id = {{pay_{which}}}"


def top_up(which: str, change: str) -> str:
    return f"{change} WHERE kind = 'top_up' AND payment_id = {{pay_{which}}}"


def second_payment(which: str) -> str:
    columns = "customer_id, way, charge_id, units, unit, amount, refunds_asked, refund_attempts, created_at"
    return f"INSERT INTO payment (id, {columns}) SELECT 7777, {columns} FROM payment WHERE id = {{pay_{which}}}"


def order_set(change: str, which: str) -> str:
    return f"UPDATE customer_order SET {change} WHERE id = {{{which}}}"


# The rule that is broken, what breaks it, and what is named. A row may break other rules besides.
BROKEN = [
    ("wallet-sum", "UPDATE customer SET balance = balance + 1 WHERE id = 1001", "1001"),
    ("wallet-sum", "INSERT INTO customer (id, name, balance) VALUES (5, 'new', 1)", "5"),
    ("wallet-sum", "DELETE FROM ledger_entry WHERE key = 'credit:1'", "1001"),
    ("wallet-sign", "UPDATE customer SET balance = -1 WHERE id = 1002", "1002"),
    ("running-sum", "UPDATE ledger_entry SET balance_after = balance_after + 1 WHERE id = 3", "3"),
    ("entry-key", entry("bonus", 5, "credit:1"), "7777"),
    ("entry-key", "UPDATE ledger_entry SET key = '' WHERE id = 2", "2"),
    ("entry-sign", entry("purchase", 5, "p"), "7777"),
    ("entry-sign", entry("refund", -5, "r"), "7777"),
    ("entry-sign", entry("top_up", -5, "t"), "7777"),
    ("entry-sign", entry("bonus", -5, "b"), "7777"),
    ("entry-sign", entry("adjustment", 0, "a"), "7777"),
    ("entry-sign", entry("gift", 5, "g"), "7777"),
    ("entry-order", entry("refund", 5, "r"), "7777"),
    ("entry-order", entry("refund", 5, "r", order="999999"), "7777"),
    ("entry-order", entry("refund", 5, "r", order="{silent}"), "7777"),
    ("payment-credited", top_up("kept", "DELETE FROM ledger_entry"), "{pay_kept}"),
    ("payment-credited", top_up("kept", "UPDATE ledger_entry SET amount = amount + 1"), "{pay_kept}"),
    ("payment-credited", top_up("kept", "UPDATE ledger_entry SET customer_id = 1002"), "{pay_kept}"),
    ("payment-credited", payment_set("amount = amount + 1", "gone"), "{pay_gone}"),
    ("top-up-payment", entry("top_up", 5, "t"), "7777"),
    ("top-up-payment", "DELETE FROM payment WHERE id = {pay_kept}", None),
    ("charge-once", second_payment("kept"), "7777"),
    ("returned", payment_set("refund_state = NULL", "gone"), "{pay_gone}"),
    ("returned", payment_set("refund_state = 'done'", "failed"), "{pay_failed}"),
    ("returned", payment_set("refund_state = 'asked'", "kept"), "{pay_kept}"),
    ("returned", payment_set("refund_actor_id = 900", "lacking"), "{pay_lacking}"),
    ("returned", "UPDATE ledger_entry SET amount = amount - 1 WHERE key = 'payment-refund:{pay_gone}:1'", "{pay_gone}"),
    ("returned", "DELETE FROM ledger_entry WHERE key = 'payment-refund:{pay_going}:1'", "{pay_going}"),
    ("returned", "DELETE FROM ledger_entry WHERE key = 'payment-refund-failed:{pay_failed}:1'", "{pay_failed}"),
    ("return-due", payment_set("refund_next_at = NULL", "going"), "{pay_going}"),
    ("return-due", payment_set("refund_next_at = created_at", "kept"), "{pay_kept}"),
    ("return-due", payment_set("refunded_at = NULL", "gone"), "{pay_gone}"),
    ("invoice-paid", payment_set("invoice_id = NULL", "kept"), "{invoice_kept}"),
    ("invoice-paid", payment_set("way = 'cash'", "kept"), "{invoice_kept}"),
    ("invoice-paid", "UPDATE invoice SET state = 'open' WHERE id = {invoice_gone}", "{invoice_gone}"),
    ("paid-once", "DELETE FROM ledger_entry WHERE key = 'purchase:{placed}'", "{placed}"),
    ("paid-once", entry("purchase", -5, "again", order="{placed}"), "{placed}"),
    ("paid-once", order_set("price = price + 1", "queued"), "{queued}"),
    ("refunds", "DELETE FROM ledger_entry WHERE kind = 'refund' AND order_id = {partial}", "{partial}"),
    ("refunds", entry("refund", 5, "more", order="{canceled}"), "{canceled}"),
    ("refunds", order_set("refunded = refunded + 1", "partial"), "{partial}"),
    ("refunds", order_set("refunded = -1", "placed"), "{placed}"),
    ("never-placed", order_set("refunded = 0", "rejected"), "{rejected}"),
    ("never-placed", order_set("refunded = refunded - 1", "withdrawn"), "{withdrawn}"),
    ("books", "DELETE FROM ledger_entry WHERE key = 'purchase:{completed}'", None),
    ("books", order_set("price = price + 1", "placed"), None),
    ("books", order_set("state = 'rejected'", "placed"), None),
    ("panel-id", order_set("panel_order_id = NULL", "placed"), "{placed}"),
    ("panel-id", order_set("panel_order_id = ''", "completed"), "{completed}"),
    ("panel-id", order_set("panel_order_id = NULL", "partial"), "{partial}"),
    ("panel-id", order_set("panel_order_id = '12'", "queued"), "{queued}"),
    ("panel-id", order_set("panel_order_id = '12'", "submitting"), "{submitting}"),
    ("panel-id", order_set("panel_order_id = '12'", "unconfirmed"), "{unconfirmed}"),
    ("panel-id", order_set("panel_order_id = '12'", "rejected"), "{rejected}"),
    ("panel-id", order_set("state = 'lost'", "placed"), "{placed}"),
    ("panel-id-once", order_set("panel_order_id = '900'", "silent"), "{placed}"),
    ("ended", order_set("ended_at = NULL", "completed"), "{completed}"),
    ("ended", order_set("ended_at = created_at", "placed"), "{placed}"),
    ("followed", order_set("next_look_at = NULL", "placed"), "{placed}"),
    ("followed", order_set("placed_at = NULL", "placed"), "{placed}"),
    ("sending", "DELETE FROM attempt WHERE order_id = {submitting}", "{submitting}"),
    ("sending", "UPDATE attempt SET ended_at = started_at WHERE order_id = {submitting}", "{submitting}"),
    ("sending", order_set("lease_until = NULL", "submitting"), "{submitting}"),
    ("sent-once", attempt("{placed}", "accepted", "'900'"), "{placed}"),
    ("sent-once", attempt("{placed}", "unknown"), "{placed}"),
    ("sent-once", attempt("{queued}", "unknown"), "{queued}"),
    ("sent-once", order_set("state = 'queued'", "unconfirmed"), "{unconfirmed}"),
    ("sent-once", order_set("state = 'queued'", "submitting"), "{submitting}"),
    ("searched", "DELETE FROM attempt_search WHERE order_id = {unconfirmed}", "{unconfirmed}"),
    ("searched", "UPDATE attempt_search SET next_at = NULL WHERE order_id = {unconfirmed}", "{unconfirmed}"),
    ("accepted", "UPDATE attempt SET answer = '77' WHERE order_id = {placed}", None),
    ("accepted", order_set("state = 'unconfirmed', panel_order_id = NULL", "placed"), None),
    ("answered", "UPDATE attempt SET outcome = 'refused' WHERE order_id = {completed}", "{completed}"),
    ("answered", "UPDATE attempt SET order_id = {queued} WHERE order_id = {placed}", "{placed}"),
    ("end-told", "DELETE FROM notice WHERE order_id = {completed}", "{completed}"),
    ("end-told", "DELETE FROM notice WHERE order_id = {silent}", "{silent}"),
    ("refund-told", "DELETE FROM notice WHERE order_id = {partial} AND kind = 'ended'", "{partial}"),
    ("unsent", "UPDATE notice SET created_at = created_at - {hour} WHERE id = 1", "1"),
]

USE = "SELECT id FROM bonus_use WHERE payment_id = {kept}"
BROKEN_BONUSES = [
    ("code-uses", "UPDATE bonus_code SET uses = 2 WHERE id = {gift}", "{gift}"),
    ("code-uses", "UPDATE bonus_code SET most_uses = 1 WHERE id = {tenth}", "{tenth}"),
    ("code-each", "UPDATE bonus_code SET most_uses_each = 1 WHERE id = {tenth}", None),
    ("code-paid", "DELETE FROM ledger_entry WHERE kind = 'bonus' AND payment_id = {kept}", None),
    ("bonus-cause", entry("bonus", 5, "b"), "7777"),
    ("bonus-cause", entry("bonus", 5, "referral:{kept}0"), "7777"),
    ("bonus-cause", "UPDATE payment SET customer_id = 1002 WHERE id = {kept}", None),
    ("bonus-cause", f"UPDATE bonus_use SET customer_id = 1002 WHERE id IN ({USE})", None),
    ("bonus-cause", f"UPDATE bonus_use SET payment_id = NULL WHERE id IN ({USE})", None),
    ("bonus-back", "DELETE FROM ledger_entry WHERE key = 'bonus-back:{returned}:1'", "{returned}"),
    ("bonus-back", "UPDATE payment SET refund_state = 'done' WHERE id = {kept}", "{kept}"),
    ("bonus-back", "UPDATE payment SET refund_state = 'failed' WHERE id = {returned}", "{returned}"),
    ("rewards", "UPDATE ledger_entry SET amount = -9000000 WHERE key = 'referral-back:{returned}:1'", "1001"),
    ("referrer", "UPDATE customer SET referrer_id = id WHERE id = 1002", "1002"),
    ("referrer", "UPDATE customer SET referrer_id = 1003 WHERE id = 1001", "1001"),
]  # fmt: skip


async def test_what_breaks_a_rule_is_found_and_named(busy: Busy) -> None:
    db = busy.shop.db
    checks = {check.rule.name: check for check in CHECKS}
    hour = "interval '2 hours'" if db.dialect == "postgresql" else "7200000000"
    async with bare(db) as session:
        assert await findings(session) == {}
        for rule, change, named in [*BROKEN, *BROKEN_BONUSES]:
            async with session.begin_nested() as undone:
                done = await (await session.connection()).execute(text(change.format(**busy.ids, hour=hour)))
                assert done.rowcount >= 1, change
                found = await prove(session, checks[rule], SOON)
                assert found.count == 1, (rule, change)
                if named is not None:
                    assert found.examples == (named.format(**busy.ids),), (rule, change)
                await undone.rollback()
        assert await findings(session) == {}


def test_each_rule_is_broken_here() -> None:
    assert {rule for rule, _, _ in [*BROKEN, *BROKEN_BONUSES]} == {check.rule.name for check in CHECKS}
    assert [check.rule.name for check in CHECKS if check.rule.weight is Weight.WARNS] == ["unsent"]


async def test_what_owners_decided_explains_a_second_time_but_not_a_third(busy: Busy) -> None:
    order_id = busy.ids["unconfirmed"]
    db = busy.shop.db

    async def broken() -> set[str]:
        async with db.read() as session:
            return set(await findings(session))

    async with db.begin() as session:
        await deciding.send_again(session, order_id, OWNER, SOON)
    assert await broken() == set()  # queued once more, and by an owner's word
    async with db.begin() as session:
        session.add(Attempt(order_id=order_id, started_at=SOON, ended_at=SOON, outcome="unknown"))
    assert await broken() == {"sent-once"}  # queued for a third time, by nobody's


async def test_a_number_an_owner_gave_counts_as_given(busy: Busy) -> None:
    async with busy.shop.db.begin() as session:
        await deciding.adopt(session, busy.ids["unconfirmed"], "777", OWNER, POLICY, SOON)
    async with busy.shop.db.read() as session:
        assert await findings(session) == {}
    async with busy.shop.db.begin() as session:
        await (await session.connection()).execute(text("DELETE FROM owner_act"))
    async with busy.shop.db.read() as session:
        assert set(await findings(session)) == {"answered"}


async def test_many_are_counted_and_the_first_few_named(database: Database) -> None:
    async with database.begin() as session:
        session.add_all([Customer(id=number, balance=Decimal(1)) for number in range(1, 36)])
    async with database.read() as session:
        finding = (await findings(session))["wallet-sum"]
        assert await count_wrong_wallets(session) == 35
    assert (finding.count, finding.examples) == (35, tuple(map(str, range(1, 11))))


async def test_a_card_that_waits_since_before_the_end_tells_of_it_too(busy: Busy) -> None:
    async with busy.shop.db.begin() as session:
        delete = "DELETE FROM notice WHERE kind = 'ended' AND order_id = {completed}"
        await (await session.connection()).execute(text(delete.format(**busy.ids)))
    async with busy.shop.db.read() as session:
        assert await findings(session) == {}


# --- what the panel says --------------------------------------------------------------------------


def status(word: str = "In progress", charge: str | None = None, remains: int | None = None) -> dict[str, Any]:
    return {"status": word, "charge": charge, "remains": remains, "start_count": None, "currency": "USD"}


async def asked(busy: Busy, **changed: Any) -> dict[str, Finding]:
    """Compare with a panel that answers as our last looks saw it, but for what is changed (by the order's name)."""
    replies = {"501": status("Completed", remains=0), "502": status("Partial", remains=400), "503": status("Canceled"),
               "504": status("Completed", remains=0), "900": status()}  # fmt: skip
    names = {"completed": "501", "partial": "502", "canceled": "503", "silent": "504", "placed": "900"}
    async with busy.shop.db.begin() as session:
        (await session.get_one(Order, busy.ids["placed"])).panel_status = "In progress"
    busy.panel.replies["status"] = replies | {names[name]: reply for name, reply in changed.items()}
    comparison = await compare(busy.shop.db, busy.panel.client, SOON)
    assert (comparison.asked, comparison.running) == (5, 1)
    assert {call["action"] for call in busy.panel.calls} <= {"add", "balance", "status"}
    return {finding.rule.name: finding for finding in comparison.findings if finding.count}


async def test_a_panel_that_says_the_same_is_content(busy: Busy) -> None:
    assert await asked(busy) == {}
    assert len(busy.panel.sent("status")) == 1


async def test_an_order_the_panel_does_not_know_is_named(busy: Busy) -> None:
    found = await asked(busy, placed={"error": "Incorrect order ID"})
    assert found.keys() == {"panel-knows"}
    assert found["panel-knows"].examples == (str(busy.ids["placed"]),)
    assert found["panel-knows"].rule.weight is Weight.BREAKS


async def test_what_the_next_look_will_see_only_warns(busy: Busy) -> None:
    found = await asked(busy, placed=status("Completed", remains=0), completed=status("Partial", remains=5))
    assert found.keys() == {"panel-abreast"}
    assert found["panel-abreast"].count == 2
    assert found["panel-abreast"].rule.weight is Weight.WARNS


async def test_a_charge_above_what_was_reckoned_warns(busy: Busy) -> None:
    found = await asked(busy, placed=status(charge="50"))
    assert found["panel-charges"].examples == (str(busy.ids["placed"]),)
