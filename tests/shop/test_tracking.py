"""What the panel says of an order becomes its state, the right refund, and one notice, however often it is said."""

import itertools
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, text

from db.tables import Draft, NoticeKind, Order, OrderState
from panel import OrderStatus, PanelUnavailable, Progress
from shop import tracking
from shop.errors import NotPossible, OrderGone, TooSoon
from shop.kinds import ServiceKind
from shop.pricing import price_of, refund_due, undelivered_share
from shop.submission import submit_next
from shop.tracking import look_round, next_look, refresh, take_statuses
from tests.shop.conftest import ANNA, NOW, OWNER, POLICY, ScriptedPanel, Shop

LATER = NOW + timedelta(seconds=31)


async def placed(shop: Shop, panel: ScriptedPanel, *arguments: Any, number: int = 501, **named: Any) -> Order:
    order = await shop.order(*arguments, **named)
    panel.replies["add"] = {"order": number}
    await submit_next(shop.db, panel.client, POLICY, lambda: NOW)
    return order


def status(
    word: str, remains: int | None = None, charge: str | None = None, start: int | None = None
) -> dict[str, Any]:
    return {"status": word, "remains": remains, "charge": charge, "start_count": start, "currency": "USD"}


async def look(shop: Shop, panel: ScriptedPanel, reply: dict[str, Any], *, seconds: float = 31) -> None:
    panel.replies["status"] = reply
    await look_round(shop.db, panel.client, POLICY, lambda: NOW + timedelta(seconds=seconds), lambda: 1.0)


async def ended(shop: Shop) -> list[dict[str, Any]]:
    return [notice.content for notice in await shop.notices(ANNA) if notice.kind is NoticeKind.ENDED]


async def test_an_order_moves_and_completes(shop: Shop, panel: ScriptedPanel) -> None:
    order = await placed(shop, panel)
    await look(shop, panel, {"501": status("In progress", 400, "1.2345", 3572)})
    moving = await shop.get(order)
    assert (moving.state, moving.panel_status, moving.remains, moving.start_count) == (
        OrderState.PLACED,
        "In progress",
        400,
        3572,
    )
    assert moving.delivered == 600
    await look(shop, panel, {"501": status("Completed", 0, "1.2345", 3572)}, seconds=100)
    done = await shop.get(order)
    assert (done.state, done.refunded, done.delivered) == (OrderState.COMPLETED, 0, 1000)
    assert await ended(shop) == [{"state": "completed", "delivered": 1000, "refund": "0"}]


async def test_partial_pays_back_the_undelivered_share_once(shop: Shop, panel: ScriptedPanel) -> None:
    order = await placed(shop, panel)
    for second in (31, 9999, 999_999):
        await look(shop, panel, {"501": status("Partial", 157, "1.04")}, seconds=second)
    assert (await shop.get(order)).refunded == Decimal("0.25")  # 1.61 x 157 / 1000, and no cent more
    assert await shop.balance() == Decimal(100) - Decimal("1.61") + Decimal("0.25")
    assert [Decimal(told["refund"]) for told in await ended(shop)] == [Decimal("0.25")]
    assert (await ended(shop))[0]["delivered"] == 843
    await shop.books_hold()


@pytest.mark.parametrize(
    ("reply", "refund"),
    [
        (status("Canceled", 1000, "0"), "1.61"),
        (status("Cancelled", 1000, "1.2345"), "1.61"),
        (status("Canceled", None, None), "1.61"),
        (status("Canceled", 400, "0.7407"), "0.64"),
        (status("Refunded", 0, "0.00"), "1.61"),
        (status("Fail", None, "0"), "1.61"),
        (status("Canceled", 99_999, "1.2345"), "1.61"),
        (status("Partial", -5, "1.2345"), "0"),
        (status("Partial", None, "0.61725"), "0.80"),
        (status("Partial", 5000, None), "1.61"),
    ],
)
async def test_an_early_end_pays_back_what_was_not_delivered(
    shop: Shop, panel: ScriptedPanel, reply: dict[str, Any], refund: str
) -> None:
    order = await placed(shop, panel)
    await look(shop, panel, {"501": reply})
    assert (await shop.get(order)).refunded == Decimal(refund)
    assert await shop.balance() == Decimal(100) - Decimal("1.61") + Decimal(refund)
    assert [Decimal(told["refund"]) for told in await ended(shop)] == [Decimal(refund)]
    await shop.books_hold()


async def test_a_panel_that_changes_its_mind_never_pays_twice(shop: Shop, panel: ScriptedPanel) -> None:
    order = await placed(shop, panel)
    words = ["Completed", "Partial", "Partial", "In progress", "Canceled", "Completed", "Canceled"]
    remains = [0, 157, 100, 300, 1000, 0, 1000]
    refunds = []
    for step, (word, left) in enumerate(zip(words, remains, strict=True)):
        async with shop.db.begin() as session:
            locked = await session.get_one(Order, order.id, with_for_update=True)
            told = OrderStatus(word, _progress(word), Decimal("1"), 1, left, "USD")
            await tracking.apply(session, locked, told, POLICY, NOW + timedelta(days=step))
        refunds.append((await shop.get(order)).refunded)
        await shop.books_hold()
    assert refunds == [Decimal(text) for text in ("0", "0.25", "0.25", "0.25", "1.61", "1.61", "1.61")]


def _progress(word: str) -> Progress:
    return {
        "Completed": Progress.COMPLETED,
        "Partial": Progress.PARTIAL,
        "Canceled": Progress.CANCELED,
    }.get(word, Progress.IN_PROGRESS)


async def test_a_package_goes_by_its_charge_and_a_drip_feed_by_its_total(shop: Shop, panel: ScriptedPanel) -> None:
    package = await placed(shop, panel, None, service="32", number=1)
    drip = await placed(shop, panel, 100, runs=5, interval=60, number=2)
    await look(shop, panel, {"1": status("Partial", 0, "3.00"), "2": status("Partial", 250, "0.308625")})
    assert (await shop.get(package)).refunded == Decimal("2.60")  # two fifths of 6.50
    assert (await shop.get(drip)).refunded == Decimal("0.40")  # half of 0.81, the odd cent was delivered
    await shop.books_hold()


async def test_nothing_tells_how_much_was_delivered(shop: Shop, panel: ScriptedPanel) -> None:
    order = await placed(shop, panel)
    await look(shop, panel, {"501": status("Partial", None, None)})
    assert (await shop.get(order)).refunded == 0
    assert [n.content["about"] for n in await shop.notices(OWNER)] == ["refund-unclear"]


async def test_an_unknown_word_is_kept_and_ends_nothing(shop: Shop, panel: ScriptedPanel) -> None:
    order = await placed(shop, panel)
    await look(shop, panel, {"501": status("On hold", 1000)})
    assert ((await shop.get(order)).state, (await shop.get(order)).panel_status) == (
        OrderState.PLACED,
        "On hold",
    )
    assert await ended(shop) == []


async def test_an_order_the_panel_does_not_know_is_left_as_it_was(shop: Shop, panel: ScriptedPanel) -> None:
    order = await placed(shop, panel)
    await look(shop, panel, {"501": {"error": "Incorrect order ID"}})
    assert (await shop.get(order)).state is OrderState.PLACED
    assert (await shop.get(order)).panel_status is None


async def test_what_did_not_change_is_not_told(shop: Shop, panel: ScriptedPanel) -> None:
    await placed(shop, panel)
    before = len(await shop.notices())
    for second in (31, 100, 200):
        await look(shop, panel, {"501": status("Pending", 1000, "0", 0)}, seconds=second)
    assert len(await shop.notices()) == before  # the card that waits unsent stands for it
    assert len(panel.sent("status")) == 3


async def test_comments_the_panel_counted_otherwise_are_reported(shop: Shop, panel: ScriptedPanel) -> None:
    await placed(shop, panel, None, service="33", comments=("one", "two", "three"))
    await look(shop, panel, {"501": status("In progress", 1, "0.008")})
    await look(shop, panel, {"501": status("In progress", 0, "0.008")}, seconds=200)
    assert [n.content["about"] for n in await shop.notices(OWNER)] == ["charge-differs"]


async def test_a_hundred_at_a_time_and_each_at_its_time(shop: Shop, panel: ScriptedPanel) -> None:
    numbers = itertools.count(1)
    panel.replies["add"] = lambda _: {"order": next(numbers)}
    for _ in range(3):
        await shop.order(10)
        await submit_next(shop.db, panel.client, POLICY, lambda: NOW)
    panel.replies["status"] = {str(number): status("Pending", 10) for number in range(1, 4)}
    assert await look_round(shop.db, panel.client, POLICY, lambda: NOW) == 0
    assert await look_round(shop.db, panel.client, POLICY, lambda: LATER, lambda: 1.0) == 3
    assert panel.sent("status")[0]["orders"].split(",") == ["1", "2", "3"]
    assert await look_round(shop.db, panel.client, POLICY, lambda: LATER, lambda: 1.0) == 0


async def test_a_panel_that_is_away_loses_nothing(shop: Shop, panel: ScriptedPanel) -> None:
    import httpx

    order = await placed(shop, panel)
    with pytest.raises(PanelUnavailable):
        await look(shop, panel, httpx.Response(503, text="down"))  # type: ignore[arg-type]  # a whole reply
    await look(shop, panel, {"501": status("Completed", 0)}, seconds=100)
    assert (await shop.get(order)).state is OrderState.COMPLETED


async def test_a_customer_may_look_now_but_not_all_the_time(shop: Shop, panel: ScriptedPanel) -> None:
    waiting = await shop.order()
    with pytest.raises(NotPossible):
        await refresh(shop.db, panel.client, POLICY, waiting.id, ANNA, NOW)
    panel.replies["add"] = {"order": 501}
    await submit_next(shop.db, panel.client, POLICY, lambda: NOW)
    panel.replies["status"] = status("In progress", 400)
    seen = await refresh(shop.db, panel.client, POLICY, waiting.id, ANNA, NOW)
    assert seen.remains == 400
    with pytest.raises(TooSoon):
        await refresh(shop.db, panel.client, POLICY, waiting.id, ANNA, NOW + timedelta(seconds=1))
    with pytest.raises(OrderGone):
        await refresh(shop.db, panel.client, POLICY, waiting.id, 2002, NOW)
    assert len(panel.sent("status")) == 1


def test_young_orders_are_looked_at_often_and_old_ones_seldom() -> None:
    def wait(age: timedelta, ended: timedelta | None = None) -> float | None:
        order = Order(
            customer_id=1, draft_id=1, chat_id=1, service_id="1", service_name="x", kind="default", link="x",
            total=1, rate=Decimal(1), cost=Decimal(1), price=Decimal(1), placed_at=NOW - age,
            ended_at=None if ended is None else NOW - ended,
        )  # fmt: skip
        following = next_look(order, POLICY, NOW)
        return None if following is None else (following - NOW).total_seconds()

    assert wait(timedelta(minutes=1)) == 30
    assert wait(timedelta(hours=1)) == 180
    assert wait(timedelta(days=9)) == 1800
    assert wait(timedelta(days=9), timedelta(minutes=1)) == 3600
    assert wait(timedelta(days=9), timedelta(days=2)) == 2 * 86400
    assert wait(timedelta(days=50), timedelta(days=31)) is None


money = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(10**6), places=2)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(price=money, total=st.integers(1, 10**9), remains=st.integers(1, 10**10))
def test_a_refund_never_passes_the_undelivered_share_by_a_cent(price: Decimal, total: int, remains: int) -> None:
    share = undelivered_share(ServiceKind.DEFAULT, total=total, remains=remains, charge=None, cost=Decimal(1))
    assert share is not None
    refund = refund_due(price, share)
    exact = Fraction(price) * share
    assert 0 <= refund <= exact
    assert exact - Fraction(refund) < Fraction(1, 100)


@given(
    cost=st.decimals(min_value=Decimal("0.0000001"), max_value=Decimal(10**9), places=9),
    markup=st.integers(0, 10_000),
)
def test_a_price_is_never_below_cost_and_never_nothing(cost: Decimal, markup: int) -> None:
    price = price_of(cost, Decimal(markup))
    assert price >= cost * (100 + markup) / 100
    assert price >= Decimal("0.01")
    assert price - cost * (100 + markup) / 100 <= Decimal("0.01")


async def test_statuses_of_nobody_change_nothing(shop: Shop) -> None:
    before = len(await shop.notices())
    await take_statuses(shop.db, {}, POLICY, NOW)
    assert len(await shop.notices()) == before


async def test_what_is_due_is_found_by_its_time_however_many_orders_there_are(shop: Shop, panel: ScriptedPanel) -> None:
    first = await placed(shop, panel)
    kept = first.model_dump(exclude={"id", "draft_id", "panel_order_id", "panel_number"})
    drafts = [
        {"id": n, "customer_id": ANNA, "service_id": "31", "comments": [], "created_at": NOW} for n in range(1000, 4000)
    ]
    orders = [
        kept | {"draft_id": n, "panel_order_id": str(n), "panel_number": n, "next_look_at": NOW + timedelta(minutes=n)}
        for n in range(1000, 4000)
    ]
    explain = "EXPLAIN QUERY PLAN" if shop.db.dialect == "sqlite" else "EXPLAIN"
    due = tracking.due_orders(NOW).compile(shop.db.engine.sync_engine, compile_kwargs={"literal_binds": True})
    async with shop.db.begin() as session:
        connection = await session.connection()
        await connection.execute(insert(Draft), drafts)
        await connection.execute(insert(Order), orders)
        await connection.execute(text("ANALYZE"))
        plan = " ".join(str(row) for row in (await connection.execute(text(f"{explain} {due}"))).all())
    assert "ix_order_look" in plan
    assert await look_round(shop.db, panel.client, POLICY, lambda: NOW) == 0


def test_the_owner_sets_how_often_is_looked() -> None:
    order = Order(
        customer_id=1, draft_id=1, chat_id=1, service_id="1", service_name="x", kind="default", link="x",
        total=1, rate=Decimal(1), cost=Decimal(1), price=Decimal(1), placed_at=NOW - timedelta(hours=1),
    )  # fmt: skip
    seldom = replace(POLICY, poll_age_percent=50.0, poll_longest_seconds=600.0, poll_ended_days=2.0)
    assert next_look(order, seldom, NOW) == NOW + timedelta(seconds=600)
    order.ended_at = NOW - timedelta(days=3)
    assert next_look(order, seldom, NOW) is None
