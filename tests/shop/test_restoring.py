"""A database brought back from a backup: what waited in it is held back, and nothing goes out a second time."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from db.tables import Attempt, Order, OrderState, Search, Verdict
from shop import audit, drafts, notices, ordering, searching
from shop.catalogue import read_listing
from shop.errors import DraftGone
from shop.restoring import DROPPED, REASON, hold_back
from shop.submission import park_abandoned, submit_next
from tests.shop.conftest import ANNA, NOW, OWNER, POLICY, ScriptedPanel, Shop

LATER = NOW + timedelta(hours=1)


def _dies(_: dict[str, str]) -> None:
    raise asyncio.CancelledError


async def restored(shop: Shop) -> tuple[tuple[int, ...], int]:
    async with shop.db.begin() as session:
        held = await hold_back(session, POLICY, LATER)
    return held.orders, held.notices


async def test_what_waited_is_checked_and_never_sent(shop: Shop, panel: ScriptedPanel) -> None:
    panel.replies |= {"add": {"order": 501}, "balance": {"balance": "1000", "currency": "USD"}}
    placed = await shop.order(100)
    await submit_next(shop.db, panel.client, POLICY, lambda: NOW)
    cut_short = await shop.order(100)
    panel.replies["add"] = _dies
    with pytest.raises(asyncio.CancelledError):
        await submit_next(shop.db, panel.client, POLICY, lambda: NOW + timedelta(seconds=1))
    queued = await shop.order(100)
    unsent = len(await shop.notices())

    assert await restored(shop) == ((cut_short.id, queued.id), unsent)
    assert (await shop.get(placed)).state is OrderState.PLACED
    assert {(await shop.get(order)).state for order in (cut_short, queued)} == {OrderState.UNCONFIRMED}
    async with shop.db.read() as session:
        attempts = (await session.exec(select(Attempt).order_by(Attempt.id))).all()
    assert [(attempt.order_id, attempt.outcome, attempt.answer) for attempt in attempts[1:]] == [
        (cut_short.id, "unknown", REASON),
        (queued.id, "unknown", REASON),
    ]
    panel.replies["add"] = {"order": 502}
    sent = len(panel.sent())
    assert await submit_next(shop.db, panel.client, POLICY, lambda: LATER) is None
    assert await park_abandoned(shop.db, POLICY, LATER) == 0
    assert len(panel.sent()) == sent
    await shop.books_hold()
    async with shop.db.read() as session:
        for check in audit.CHECKS:
            assert (await audit.prove(session, check, LATER)).count == 0, check.rule


async def test_old_messages_are_dropped_and_the_owners_told(shop: Shop) -> None:
    await shop.order(100)
    old = await shop.notices()
    await restored(shop)
    new = (await shop.notices())[len(old) :]
    assert {notice.failure for notice in (await shop.notices())[: len(old)]} == {DROPPED}
    assert [(notice.chat_id, notice.kind, notice.done_at) for notice in new] == [
        (ANNA, "card", None),
        (OWNER, "alert", None),
    ]
    assert new[1].content == {"about": "restored", "facts": {"orders": 1, "notices": len(old)}}
    async with shop.db.begin() as session:
        assert {notice.chat_id for notice in await notices.claim(session, LATER)} == {ANNA, OWNER}


async def test_a_button_that_may_have_been_pressed_since_buys_nothing(shop: Shop) -> None:
    token = await shop.draft(100)
    await restored(shop)
    with pytest.raises(DraftGone):
        await shop.confirm(token)
    async with shop.db.begin() as session:  # the draft itself is still there, to be priced again
        listing = await read_listing(session, "31", POLICY.markup_percent)
        draft, _, quote = await drafts.quote(session, 1, ANNA, POLICY.markup_percent)
        assert (draft.service_id, quote.token != token) == (listing.id, True)
        order, made = await ordering.confirm(
            session, ANNA, quote.token, POLICY, chat_id=ANNA, card_message_id=None, now=LATER
        )
    assert (order.state, made) == (OrderState.QUEUED, True)


async def test_orders_the_database_lost_are_taken_for_no_other(shop: Shop, panel: ScriptedPanel) -> None:
    """At the panel they look like orders nobody knows, between two numbers of ours."""

    async def send(reply: object, seconds: int) -> Order:
        order = await shop.order(100)
        panel.replies["add"] = reply
        await submit_next(shop.db, panel.client, POLICY, lambda: LATER + timedelta(seconds=seconds))
        return order

    async def known() -> list[int | None]:
        async with shop.db.read() as session:
            return [
                attempt.known_before for attempt in (await session.exec(select(Attempt).order_by(Attempt.id))).all()
            ]

    await send({"order": 501}, 0)
    doubtful = await send("<html>", 1)
    waiting = await shop.order(100)
    assert await known() == [None, 501]
    await restored(shop)
    for _ in range(3):
        await searching.search_round(shop.db, panel.client, POLICY, lambda: LATER + timedelta(minutes=2))
    async with shop.db.read() as session:
        searches = (await session.exec(select(Search).order_by(Search.attempt_id))).all()
    assert [(search.order_id, search.verdict) for search in searches] == [
        (doubtful.id, Verdict.NO_WINDOW),
        (waiting.id, Verdict.NO_WINDOW),
    ]
    assert panel.sent("status") == []
    told = [notice.order_id for notice in await shop.notices(OWNER) if notice.kind == "decide" and not notice.done_at]
    assert told == [doubtful.id, waiting.id]
    await send("<html>", 3)
    await send({"order": 540}, 4)
    await send("<html>", 5)
    assert (await known())[3:] == [None, None, 540]  # from the first new number on, numbers tell again


async def test_a_second_time_finds_nothing(shop: Shop) -> None:
    order = await shop.order(100)
    await restored(shop)
    assert await restored(shop) == ((), 2)
    assert (await shop.get(order)).state is OrderState.UNCONFIRMED
