"""An order reaches the panel at most once, whatever it answers and wherever the store dies."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlmodel import col, select

from db.tables import Attempt, NoticeKind, Order, OrderState, Search, Verdict
from panel import Accepted, Unknown
from shop import deciding, ordering, pauses, submission
from shop.catalogue import read_listing
from shop.errors import ServiceGone
from shop.pauses import Waiting
from shop.submission import LEASE, park_abandoned, submit_next
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
    await pauses.look(shop.db, panel.client, POLICY, at(10))  # the panel answers a read: one order may try
    await submit_next(shop.db, panel.client, POLICY, at(10))
    numbers = iter((1, 2))
    panel.replies["add"] = lambda _: {"order": next(numbers)}
    await pauses.look(shop.db, panel.client, POLICY, at(60))
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
    for minute in range(0, 40, 10):
        await pauses.look(shop.db, panel.client, POLICY, at(minute * 60))
        await submit_next(shop.db, panel.client, POLICY, at(minute * 60))
    assert len(panel.sent()) == 4
    order = await shop.get(order)
    assert (order.state, order.waiting_for, order.refunded) == (OrderState.QUEUED, why, 0)
    assert await alerts(shop) == [f"paused-{why}"]  # told once, not at every attempt
    panel.replies["add"] = {"order": 5}
    await pauses.look(shop.db, panel.client, POLICY, at(3600))
    await submit_next(shop.db, panel.client, POLICY, at(3600))
    assert (await shop.get(order)).state is OrderState.PLACED
    assert await alerts(shop) == [f"paused-{why}", "resumed"]


async def test_while_the_line_is_held_nothing_is_sent(shop: Shop, panel: ScriptedPanel) -> None:
    await shop.order()
    panel.replies["add"] = {"error": "Not enough funds on balance"}
    await submit_next(shop.db, panel.client, POLICY, at(0))
    panel.replies["balance"] = {"balance": "1.23", "currency": "USD"}  # the order costs 1.2345
    for minute in range(1, 60):
        await pauses.look(shop.db, panel.client, POLICY, at(minute * 60))
        assert await submit_next(shop.db, panel.client, POLICY, at(minute * 60)) is None
    assert len(panel.sent()) == 1
    assert 10 <= len(panel.sent("balance")) <= 20  # ever more seldom, at least every five minutes
    panel.replies["balance"] = {"balance": "1.2345", "currency": "USD"}
    panel.replies["add"] = {"order": 5}
    await pauses.look(shop.db, panel.client, POLICY, at(4000))
    placed = await submit_next(shop.db, panel.client, POLICY, at(4000))
    assert placed is not None
    assert placed.state is OrderState.PLACED


async def test_after_a_pause_one_order_tries_before_the_others(shop: Shop, panel: ScriptedPanel) -> None:
    for _ in range(3):
        await shop.order()
    panel.replies["add"] = {"error": "Your account is not active"}
    await submit_next(shop.db, panel.client, POLICY, at(0))
    await pauses.look(shop.db, panel.client, POLICY, at(10))
    first = await submission.claim(shop.db, POLICY, NOW + timedelta(seconds=10))
    assert first is not None
    assert await submission.claim(shop.db, POLICY, NOW + timedelta(seconds=10)) is None
    async with shop.db.begin() as session:
        await submission.record(
            session, first.order.id, first.attempt_id, Accepted("5"), POLICY, NOW + timedelta(seconds=11)
        )
    assert await submission.claim(shop.db, POLICY, NOW + timedelta(seconds=11)) is not None
    assert await submission.claim(shop.db, POLICY, NOW + timedelta(seconds=11)) is not None


async def test_a_pause_that_is_over_while_nobody_waits_is_told(shop: Shop, panel: ScriptedPanel) -> None:
    order = await shop.order()
    panel.replies["add"] = {"error": "Invalid API key"}
    await submit_next(shop.db, panel.client, POLICY, at(0))
    async with shop.db.begin() as session:
        await ordering.withdraw(session, order.id, ANNA, NOW)
    panel.replies["balance"] = {"error": "Invalid API key"}
    await pauses.look(shop.db, panel.client, POLICY, at(10))
    assert await alerts(shop) == ["paused-key"]
    panel.replies["balance"] = {"balance": "5", "currency": "USD"}
    await pauses.look(shop.db, panel.client, POLICY, at(600))
    assert await alerts(shop) == ["paused-key", "resumed"]


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (httpx.Response(502, text="<html>bad gateway</html>"), "panel"),
        ({"error": "Invalid API key"}, "key"),
        (httpx.ConnectError("refused"), "panel"),
    ],
)
async def test_a_panel_that_answers_no_read_is_not_asked_to_take_an_order(
    shop: Shop, panel: ScriptedPanel, reply: Any, why: str
) -> None:
    def answer(_: dict[str, str]) -> Any:
        if isinstance(reply, Exception):
            raise reply
        return reply

    order = await shop.order()
    panel.replies["balance"] = answer
    panel.replies["add"] = {"order": 5}
    await submit_next(shop.db, panel.client, POLICY, at(0))
    assert panel.sent() == []
    order = await shop.get(order)
    assert (order.state, order.waiting_for, order.attempts) == (OrderState.QUEUED, why, 0)
    assert await alerts(shop) == [f"paused-{why}"]


async def test_no_more_are_under_way_at_once_or_in_a_second_than_the_shop_allows(shop: Shop) -> None:
    for _ in range(5):
        await shop.order(100)
    policy = replace(POLICY, adds_at_once=2, adds_per_second=4)
    moments = [NOW + timedelta(milliseconds=100 * step) for step in range(10)]
    claimed = [await submission.claim(shop.db, policy, moment) for moment in moments]
    assert [moments.index(m) for m, c in zip(moments, claimed, strict=True) if c] == [0, 3]  # a quarter of a second
    # One ends, and the next may go; the lease of the other runs out, and does not count for ever.
    first = claimed[0]
    assert first is not None
    async with shop.db.begin() as session:
        await submission.record(session, first.order.id, first.attempt_id, Accepted("5"), POLICY, NOW)
    assert await submission.claim(shop.db, policy, NOW + timedelta(seconds=1)) is not None
    assert await submission.claim(shop.db, policy, NOW + timedelta(seconds=2)) is None
    assert await submission.claim(shop.db, policy, NOW + LEASE + timedelta(seconds=1)) is not None


async def test_an_attempt_keeps_what_was_known_before_it(shop: Shop, panel: ScriptedPanel) -> None:
    numbers = iter(({"order": 70}, {"order": "ord_01HG"}, {"order": 75}, {"error": "Bad link"}))
    panel.replies["add"] = lambda _: next(numbers)
    for second in range(4):
        await shop.order(100 + second)
        await submit_next(shop.db, panel.client, POLICY, at(second))
    async with shop.db.read() as session:
        attempts = (await session.exec(select(Attempt).order_by(col(Attempt.id)))).all()
    assert [attempt.known_before for attempt in attempts] == [None, 70, 70, 75]
    assert {attempt.balance for attempt in attempts} == {Decimal(10000)}
    assert attempts[3].balance_at == NOW  # one read serves them all
    assert attempts[3].sent == {
        "service": "31",
        "link": "https://instagram.com/nasa",
        "quantity": 103,
        "comments": [],
        "runs": None,
        "interval": None,
    }


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
    claimed = await submission.claim(shop.db, POLICY, NOW)
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
    async with shop.db.read() as session:
        assert (await session.get_one(Search, claimed.attempt_id)).verdict is Verdict.DECIDED


async def test_an_answer_that_comes_after_the_decision_is_told_to_the_owners(shop: Shop) -> None:
    order = await shop.order()
    claimed = await submission.claim(shop.db, POLICY, NOW)
    assert claimed is not None
    await park_abandoned(shop.db, POLICY, NOW + LEASE + timedelta(seconds=1))
    async with shop.db.begin() as session:
        await deciding.refund(session, order.id, OWNER, NOW)
    async with shop.db.begin() as session:
        await submission.record(session, order.id, claimed.attempt_id, Accepted("77"), POLICY, NOW)
    order = await shop.get(order)
    assert (order.state, order.panel_order_id, order.refunded) == (OrderState.REJECTED, None, order.price)
    assert await alerts(shop) == ["unconfirmed", "late"]
    await shop.books_hold()


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
