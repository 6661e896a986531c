"""An order reaches the panel at most once, whatever it answers and wherever the store dies."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import httpx
import pytest
from sqlmodel import select

from db.tables import Attempt, NoticeKind, Order, OrderState
from panel import Accepted, Unknown
from shop import submission
from shop.catalogue import read_listing
from shop.errors import ServiceGone
from shop.submission import LEASE, Waiting, park_abandoned, submit_next
from tests.shop.conftest import ANNA, NOW, OWNER, POLICY, ScriptedPanel, Shop

Clock = Callable[[], datetime]


def at(seconds: float) -> Clock:
    return lambda: NOW + timedelta(seconds=seconds)


async def alerts(shop: Shop) -> list[str]:
    return [n.content["about"] for n in await shop.notices(OWNER) if n.kind is NoticeKind.ALERT]


async def test_what_is_sent_is_what_the_kind_takes(shop: Shop, panel: ScriptedPanel, clock: Clock) -> None:
    numbers = iter(range(23501, 23600))
    panel.replies["add"] = lambda _: {"order": next(numbers)}
    for order in (
        await shop.order(1000),
        await shop.order(None, service="32"),
        await shop.order(None, service="33", comments=("one", "two")),
        await shop.order(None, service="34", comments=("uno",)),
        await shop.order(100, runs=5, interval=60),
    ):
        await submit_next(shop.db, panel.client, POLICY, clock)
        assert (await shop.get(order)).state is OrderState.PLACED
    assert await submit_next(shop.db, panel.client, POLICY, clock) is None
    base = {"key": "secret-key", "action": "add", "url": "https://instagram.com/nasa"}
    assert panel.sent() == [
        base | {"service": "31", "quantity": "1000"},
        base | {"service": "32"},
        base | {"service": "33", "quantity": "2", "comments": "one\ntwo"},
        base | {"service": "34", "comments": "uno"},
        base | {"service": "31", "quantity": "100", "runs": "5", "interval": "60"},
    ]


async def test_an_accepted_order_is_placed_and_followed(shop: Shop, panel: ScriptedPanel, clock: Clock) -> None:
    order = await shop.order()
    panel.replies["add"] = {"order": 23501}
    await submit_next(shop.db, panel.client, POLICY, clock)
    order = await shop.get(order)
    assert (order.state, order.panel_order_id, order.attempts) == (OrderState.PLACED, "23501", 1)
    assert order.next_look_at == NOW + timedelta(seconds=30)
    assert [n.kind for n in await shop.notices(ANNA)][1:] == [NoticeKind.CARD]  # one card for all changes so far


@pytest.mark.parametrize(
    "reply",
    [
        httpx.Response(500, text="oops"),
        httpx.Response(502, html="<html>bad gateway</html>"),
        httpx.Response(200, html="<html>checking your browser</html>"),
        httpx.Response(200, json={"status": "success"}),
        httpx.Response(200, json={"error": "An identical order was just placed"}),
        httpx.ReadTimeout("silent"),
        httpx.RemoteProtocolError("reset"),
        httpx.WriteError("reset"),
    ],
    ids=lambda reply: repr(reply)[:40],
)
async def test_an_unclear_answer_is_never_sent_again(
    shop: Shop, panel: ScriptedPanel, reply: httpx.Response | Exception
) -> None:
    def answer(_: dict[str, str]) -> httpx.Response:
        if isinstance(reply, Exception):
            raise reply
        return reply

    order = await shop.order()
    panel.replies["add"] = answer
    for hour in range(5):
        await submit_next(shop.db, panel.client, POLICY, at(hour * 3600))
        await park_abandoned(shop.db, POLICY, NOW + timedelta(hours=hour))
    order = await shop.get(order)
    assert order.state is OrderState.UNCONFIRMED
    assert len(panel.sent()) == 1
    assert order.refunded == 0
    assert await alerts(shop) == ["unconfirmed"]
    await shop.books_hold()


async def test_a_request_that_never_left_waits_and_goes(shop: Shop, panel: ScriptedPanel) -> None:
    def refuse(_: dict[str, str]) -> httpx.Response:
        raise httpx.ConnectError("refused")

    first, second = await shop.order(), await shop.order()
    panel.replies["add"] = refuse
    await submit_next(shop.db, panel.client, POLICY, at(0))
    assert await submit_next(shop.db, panel.client, POLICY, at(1)) is None  # the whole line is held
    assert [(await shop.get(order)).state for order in (first, second)] == [OrderState.QUEUED] * 2
    assert (await shop.get(first)).waiting_for == Waiting.PANEL
    await submit_next(shop.db, panel.client, POLICY, at(10))
    numbers = iter((1, 2))
    panel.replies["add"] = lambda _: {"order": next(numbers)}
    await submit_next(shop.db, panel.client, POLICY, at(60))
    await submit_next(shop.db, panel.client, POLICY, at(60))
    placed = [await shop.get(order) for order in (first, second)]
    assert [order.panel_order_id for order in placed] == ["1", "2"]  # in the order of the line
    assert placed[0].waiting_for is None
    assert await alerts(shop) == ["paused-panel", "resumed"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Not enough funds on balance", Waiting.FUNDS),
        ("Invalid API key", Waiting.KEY),
        ("Rate limit exceeded", Waiting.PANEL),
        ("This panel is temporarily unavailable", Waiting.PANEL),
    ],
)
async def test_what_is_not_the_customers_fault_keeps_the_order_in_line(
    shop: Shop, panel: ScriptedPanel, text: str, why: Waiting
) -> None:
    order = await shop.order()
    panel.replies["add"] = {"error": text}
    for minute in range(4):
        await submit_next(shop.db, panel.client, POLICY, at(minute * 60))
    order = await shop.get(order)
    assert (order.state, order.waiting_for, order.refunded) == (OrderState.QUEUED, why, 0)
    assert await alerts(shop) == [f"paused-{why}"]  # told once, not at every attempt
    panel.replies["add"] = {"order": 5}
    await submit_next(shop.db, panel.client, POLICY, at(3600))
    assert (await shop.get(order)).state is OrderState.PLACED


async def test_another_order_on_the_link_makes_this_one_wait_alone(shop: Shop, panel: ScriptedPanel) -> None:
    busy, free = await shop.order(), await shop.order()
    replies = iter(
        (
            {"error": "You have active order with this link. Please wait until order being completed."},
            {"order": 9},
        )
    )
    panel.replies["add"] = lambda _: next(replies)
    await submit_next(shop.db, panel.client, POLICY, at(0))
    await submit_next(shop.db, panel.client, POLICY, at(0))
    assert (await shop.get(busy)).waiting_for == Waiting.LINK_BUSY
    assert (await shop.get(free)).state is OrderState.PLACED


@pytest.mark.parametrize(
    ("text", "meaning"),
    [("Bad link", "link"), ("Quantity less than minimal 200", "quantity"), ("Something new", "unknown")],
)
async def test_a_refusal_pays_back_and_says_why(
    shop: Shop, panel: ScriptedPanel, clock: Clock, text: str, meaning: str
) -> None:
    order = await shop.order()
    panel.replies["add"] = {"error": text}
    await submit_next(shop.db, panel.client, POLICY, clock)
    await submit_next(shop.db, panel.client, POLICY, clock)
    order = await shop.get(order)
    assert (order.state, order.problem, order.problem_meaning) == (OrderState.REJECTED, text, meaning)
    assert await shop.balance() == Decimal(100)
    ended = [n for n in await shop.notices(ANNA) if n.kind is NoticeKind.ENDED]
    assert [Decimal(notice.content["refund"]) for notice in ended] == [Decimal("1.61")]
    assert len(panel.sent()) == 1
    await shop.books_hold()


async def test_a_service_the_panel_dropped_goes_off_sale(shop: Shop, panel: ScriptedPanel, clock: Clock) -> None:
    await shop.order()
    panel.replies["add"] = {"error": "Incorrect service ID"}
    await submit_next(shop.db, panel.client, POLICY, clock)
    assert await alerts(shop) == ["rejected"]
    async with shop.db.read() as session:
        with pytest.raises(ServiceGone):
            await read_listing(session, "31", POLICY.markup_percent)


async def test_a_process_that_died_while_sending_leaves_it_unconfirmed(shop: Shop, panel: ScriptedPanel) -> None:
    order = await shop.order()
    claimed = await submission.claim(shop.db, NOW)
    assert claimed is not None
    assert claimed.order.id == order.id
    assert await park_abandoned(shop.db, POLICY, NOW + LEASE - timedelta(seconds=1)) == 0
    assert await park_abandoned(shop.db, POLICY, NOW + LEASE + timedelta(seconds=1)) == 1
    assert await submit_next(shop.db, panel.client, POLICY, at(9999)) is None
    assert (await shop.get(order)).state is OrderState.UNCONFIRMED
    assert panel.sent() == []
    # The process was only slow: its answer still counts.
    async with shop.db.begin() as session:
        await submission.record(session, order.id, claimed.attempt_id, Accepted("77"), POLICY, NOW)
    async with shop.db.begin() as session:
        await submission.record(session, order.id, claimed.attempt_id, Unknown("again"), POLICY, NOW)
    assert (await shop.get(order)).panel_order_id == "77"
    assert (await shop.get(order)).state is OrderState.PLACED


async def test_a_number_that_is_another_orders_is_not_believed(shop: Shop, panel: ScriptedPanel, clock: Clock) -> None:
    await shop.order()
    twin = await shop.order()
    panel.replies["add"] = {"order": 5}
    await submit_next(shop.db, panel.client, POLICY, clock)
    await submit_next(shop.db, panel.client, POLICY, clock)
    assert (await shop.get(twin)).state is OrderState.UNCONFIRMED
    assert (await shop.get(twin)).panel_order_id is None


async def test_many_workers_send_each_order_once(shop: Shop, panel: ScriptedPanel, clock: Clock) -> None:
    placed = [await shop.order(100) for _ in range(12)]
    numbers = iter(range(1, 100))
    panel.replies["add"] = lambda _: {"order": next(numbers)}

    async def work() -> None:
        while await submit_next(shop.db, panel.client, POLICY, clock) is not None:
            pass

    await asyncio.gather(*(work() for _ in range(4)))
    await work()
    assert len(panel.sent()) == 12
    assert len({(await shop.get(order)).panel_order_id for order in placed}) == 12
    async with shop.db.read() as session:
        attempts = (await session.exec(select(Attempt))).all()
    assert sorted(attempt.order_id for attempt in attempts) == sorted(order.id for order in placed)
    assert {attempt.outcome for attempt in attempts} == {"accepted"}


async def test_the_outcome_outlives_a_database_that_is_away_for_a_moment(
    shop: Shop, panel: ScriptedPanel, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: Order = await shop.order()
    panel.replies["add"] = {"order": 8}
    record, failures = submission.record, iter((ConnectionError("away"), ConnectionError("away")))

    async def shaky(*arguments: object, **named: object) -> Order:
        if (failure := next(failures, None)) is not None:
            raise failure
        return await record(*arguments, **named)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(submission, "record", shaky)
    monkeypatch.setattr(submission, "RECORD_AGAIN_SECONDS", 0.01)
    await submit_next(shop.db, panel.client, POLICY, clock)
    assert (await shop.get(order)).panel_order_id == "8"
    assert len(panel.sent()) == 1
