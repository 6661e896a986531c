"""The figures an owner watches: what waits and how long, and wallets proved now and then by one process for all."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import event, text, update
from sqlmodel import col

from db.engine import Database
from db.tables import Customer, Order, OrderState
from shop import facts, figures, notices
from shop.figures import Figures, Wait
from shop.submission import submit_next
from tests.shop.conftest import NOW, POLICY, ScriptedPanel, Shop


async def read(db: Database, after: timedelta) -> Figures:
    async with db.read() as session:
        return await figures.read(session, NOW + after)


async def test_a_store_where_nothing_waits(database: Database) -> None:
    found = await read(database, timedelta())
    assert set(found.oldest.values()) == {0.0}
    assert set(found.orders.values()) == {0}
    assert (found.notices, found.pause, found.panel_seen_at, found.counted) == (0, None, None, None)


async def test_what_waits_grows_old(shop: Shop, panel: ScriptedPanel) -> None:
    placed, checked = await shop.order(100), await shop.order(100)
    panel.replies |= {"add": {"order": 501}, "balance": {"balance": "1000", "currency": "USD"}}
    await submit_next(shop.db, panel.client, POLICY, lambda: NOW)
    panel.replies["add"] = "<html>"
    await submit_next(shop.db, panel.client, POLICY, lambda: NOW + timedelta(seconds=10))
    await shop.order(100)
    assert (await shop.get(placed)).state is OrderState.PLACED
    assert (await shop.get(checked)).state is OrderState.UNCONFIRMED
    found = await read(shop.db, timedelta(seconds=100))
    assert found.orders == {
        OrderState.QUEUED: 1,
        OrderState.SUBMITTING: 0,
        OrderState.UNCONFIRMED: 1,
        OrderState.PLACED: 1,
    }
    assert found.oldest == {
        Wait.QUEUED: 100,
        Wait.UNCONFIRMED: 90,
        Wait.UNLOOKED: 70,  # the first look is due after 30 seconds
        Wait.UNSENT: 100,
    }
    assert found.notices == len(await shop.notices())
    async with shop.db.begin() as session:
        for notice in await shop.notices():
            await notices.done(session, notice.id, now=NOW)
    assert (await read(shop.db, timedelta(seconds=5))).oldest[Wait.UNSENT] == 0


async def test_why_the_line_waits_and_when_the_panel_was_seen(database: Database) -> None:
    async with database.begin() as session:
        await facts.write(session, facts.SUBMISSION_PAUSE, {"reason": "funds", "until": NOW.isoformat(), "times": 0})
        await facts.write(session, facts.PANEL_SEEN, NOW.isoformat())
    found = await read(database, timedelta())
    assert (found.pause, found.panel_seen_at) == ("funds", NOW)


async def test_wallets_are_proved_now_and_then_by_one_process(shop: Shop) -> None:
    order = await shop.order(100)
    async with shop.db.begin() as session:
        await session.exec(update(Order).where(col(Order.id) == order.id).values(state=OrderState.COMPLETED))
    assert await figures.count(shop.db, NOW)
    counted = (await read(shop.db, timedelta())).counted
    assert counted is not None
    assert (counted.at, counted.wrong_wallets) == (NOW, 0)
    assert counted.ended == {"completed": 1, "partial": 0, "canceled": 0, "rejected": 0}
    async with shop.db.begin() as session:
        await session.exec(update(Customer).values(balance=Decimal(1)))
    assert not await figures.count(shop.db, NOW + timedelta(minutes=4))  # whichever process asks
    assert await figures.count(shop.db, NOW + timedelta(minutes=6))
    counted = (await read(shop.db, timedelta())).counted
    assert counted is not None
    assert counted.wrong_wallets == 1


async def test_a_scrape_reads_through_indexes_only(database: Database) -> None:
    """A million orders are as many rows as a table scan would read at each scrape."""
    asked: list[tuple[str, Sequence[object]]] = []

    @event.listens_for(database.engine.sync_engine, "before_cursor_execute")
    def note(_c: object, _k: object, statement: str, values: Sequence[object], _x: object, _m: object) -> None:
        asked.append((statement, values))

    await read(database, timedelta())
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    assert len(asked) > 5
    explain = "EXPLAIN QUERY PLAN" if database.dialect == "sqlite" else "EXPLAIN"
    async with database.engine.connect() as connection:
        if database.dialect == "postgresql":
            await connection.execute(text("SET enable_seqscan = off"))  # the tables are small here
        for statement, values in asked:
            rows = (await connection.exec_driver_sql(f"{explain} {statement}", tuple(values))).all()
            plan = "\n".join(str(row[-1]) for row in rows)
            assert "Seq Scan" not in plan, plan
            for line in plan.splitlines():
                assert not line.startswith("SCAN") or "ix_notice_" in line, plan  # an index of what waits
                assert line.strip() != "SEARCH customer_order", plan  # SQLite's word for walking by row id
