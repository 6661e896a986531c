"""Confirming: once, at the price that was shown, with money that is there, and nothing half done."""

import asyncio
from decimal import Decimal

import pytest

from db.tables import Draft, Order, OrderState
from shop import drafts, ordering, orders, stock
from shop.catalogue import read_listing
from shop.drafts import Step
from shop.errors import (
    CommentsOutOfRange,
    DraftGone,
    NotEnoughMoney,
    NotPossible,
    OrderGone,
    PlanOutOfRange,
    PriceChanged,
    QuantityOutOfRange,
    ServiceGone,
)
from tests.shop.conftest import ANNA, NOW, POLICY, Shop, row


async def test_each_kind_is_priced_and_queued(shop: Shop) -> None:
    default = await shop.order(1000)
    package = await shop.order(None, service="32")
    comments = await shop.order(None, service="33", comments=("one", "two", "three"))
    flat_comments = await shop.order(None, service="34", comments=("one", "two"))
    drip = await shop.order(100, runs=5, interval=60)
    assert [order.price for order in (default, package, comments, flat_comments, drip)] == [
        Decimal("1.61"),  # 1.2345 and 30 %, rounded up
        Decimal("6.50"),
        Decimal("0.04"),
        Decimal("3.90"),
        Decimal("0.81"),
    ]
    assert [order.total for order in (default, package, comments, flat_comments, drip)] == [
        1000,
        1000,
        3,
        1,
        500,
    ]
    assert (drip.quantity, drip.runs, drip.interval) == (100, 5, 60)
    assert (package.quantity, comments.quantity, flat_comments.quantity) == (None, 3, None)
    assert {order.state for order in (default, package, comments)} == {OrderState.QUEUED}
    assert await shop.balance() == Decimal(100) - Decimal("12.86")
    await shop.books_hold()


async def test_two_taps_at_once_buy_once(shop: Shop) -> None:
    token = await shop.draft(1000)
    made = await asyncio.gather(*(shop.confirm(token) for _ in range(8)))
    assert len({order.id for order in made}) == 1
    assert await shop.balance() == Decimal(100) - Decimal("1.61")
    await shop.books_hold()


async def test_two_drafts_cannot_spend_the_same_money(shop: Shop) -> None:
    tokens = [await shop.draft(None, service="32") for _ in range(20)]  # 6.50 each: 15 of them fit
    results = await asyncio.gather(*(shop.confirm(token) for token in tokens), return_exceptions=True)
    assert sum(isinstance(result, Order) for result in results) == 15
    assert sum(isinstance(result, NotEnoughMoney) for result in results) == 5
    assert await shop.balance() == Decimal("2.50")
    await shop.books_hold()


async def test_a_price_that_moved_is_asked_about_not_charged(shop: Shop) -> None:
    token = await shop.draft(1000)
    await stock.take_in(shop.db, [row("31", rate=Decimal(2))], now=NOW)
    with pytest.raises(PriceChanged) as changed:
        await shop.confirm(token)
    assert (changed.value.shown, changed.value.price) == (Decimal("1.61"), Decimal("2.60"))
    assert await shop.balance() == Decimal(100)
    async with shop.db.begin() as session:
        draft = await drafts.by_token(session, token, ANNA)
        _, _, quote = await drafts.quote(session, draft.id, ANNA, POLICY.markup_percent)
    with pytest.raises(DraftGone):
        await shop.confirm(token)  # the card with the old price is void
    assert (await shop.confirm(quote.token)).price == Decimal("2.60")


async def test_a_service_that_went_is_not_sold(shop: Shop) -> None:
    token = await shop.draft(1000)
    await stock.take_in(shop.db, [row("32")], now=NOW)
    with pytest.raises(ServiceGone):
        await shop.confirm(token)
    assert await shop.balance() == Decimal(100)


async def test_limits_that_moved_ask_again(shop: Shop) -> None:
    token = await shop.draft(1000)
    await stock.take_in(shop.db, [row("31", min=2000)], now=NOW)
    with pytest.raises(DraftGone):
        await shop.confirm(token)
    async with shop.db.begin() as session:
        draft = await drafts.by_token(session, token, ANNA)
        listing = await read_listing(session, "31", POLICY.markup_percent)
        assert drafts.next_step(draft, listing) is Step.QUANTITY
        with pytest.raises(DraftGone):
            await drafts.quote(session, draft.id, ANNA, POLICY.markup_percent)


async def test_too_little_money_keeps_the_draft(shop: Shop) -> None:
    token = await shop.draft(None, service="32")
    async with shop.db.begin() as session:
        from shop import wallet

        await wallet.credit(session, ANNA, Decimal(-95), key="credit:2", actor_id=1)
    with pytest.raises(NotEnoughMoney) as refused:
        await shop.confirm(token)
    assert refused.value.missing == Decimal("1.50")
    async with shop.db.begin() as session:
        waiting = await drafts.waiting_for_money(session, ANNA, NOW)
        assert waiting is not None
        await wallet.credit(session, ANNA, Decimal("1.50"), key="credit:3", actor_id=1)
    assert (await shop.confirm(token)).price == Decimal("6.50")
    assert await shop.balance() == 0


async def test_nobody_confirms_or_edits_for_somebody_else(shop: Shop) -> None:
    token = await shop.draft(1000)
    with pytest.raises(DraftGone):
        await shop.confirm(token, customer=2002)
    with pytest.raises(DraftGone):
        await shop.confirm("made-up-token")
    async with shop.db.begin() as session:
        draft = await drafts.by_token(session, token, ANNA)
        with pytest.raises(DraftGone):
            await drafts.by_token(session, token, 2002)
        with pytest.raises(DraftGone):
            await drafts.find(session, draft.id, 2002)
    order = await shop.confirm(token)
    async with shop.db.begin() as session:
        with pytest.raises(OrderGone):
            await orders.find(session, order.id, 2002)
        with pytest.raises(OrderGone):
            await ordering.withdraw(session, order.id, 2002)
        with pytest.raises(DraftGone):
            await drafts.by_token(session, token, ANNA)


async def test_what_does_not_fit_is_refused_with_the_limits(shop: Shop) -> None:
    async with shop.db.begin() as session:
        plain = await read_listing(session, "31", POLICY.markup_percent)
        comments = await read_listing(session, "33", POLICY.markup_percent)
        draft = await drafts.start(session, ANNA, plain)
        with pytest.raises(QuantityOutOfRange) as quantity:
            await drafts.give_quantity(session, draft.id, ANNA, 5, plain)
        assert (quantity.value.minimum, quantity.value.maximum) == (10, 10_000)
        await drafts.switch_drip(session, draft.id, ANNA, plain)
        await drafts.give_link(session, draft.id, ANNA, "@nasa", plain)
        await drafts.give_quantity(session, draft.id, ANNA, 3000, plain)
        with pytest.raises(PlanOutOfRange) as plan:
            await drafts.give_plan(session, draft.id, ANNA, 4, 60, plain)
        assert plan.value.max_runs == 3  # the maximum holds for all runs together
        with pytest.raises(PlanOutOfRange):
            await drafts.give_plan(session, draft.id, ANNA, 2, 0, plain)
        written = await drafts.start(session, ANNA, comments)
        with pytest.raises(CommentsOutOfRange):
            await drafts.add_comments(session, written.id, ANNA, ["x"] * 51, comments)
        await drafts.add_comments(session, written.id, ANNA, ["only one"], comments)
        with pytest.raises(CommentsOutOfRange):
            await drafts.finish_comments(session, written.id, ANNA, comments)


async def test_back_undoes_one_answer_at_a_time(shop: Shop) -> None:
    async with shop.db.begin() as session:
        plain = await read_listing(session, "31", POLICY.markup_percent)
        draft = await drafts.start(session, ANNA, plain)
        await drafts.give_link(session, draft.id, ANNA, "@nasa", plain)
        await drafts.switch_drip(session, draft.id, ANNA, plain)
        await drafts.give_quantity(session, draft.id, ANNA, 100, plain)
        await drafts.give_plan(session, draft.id, ANNA, 5, None, plain)
        steps = [drafts.next_step(draft, plain)]
        await drafts.give_interval(session, draft.id, ANNA, 60, plain)
        for _ in range(4):
            steps.append(drafts.next_step(draft, plain))
            await drafts.step_back(session, draft.id, ANNA, plain)
        steps.append(drafts.next_step(draft, plain))
    assert steps == [Step.PLAN, Step.CONFIRM, Step.PLAN, Step.QUANTITY, Step.LINK, Step.LINK]


async def test_back_from_comments_keeps_them(shop: Shop) -> None:
    token = await shop.draft(None, service="33", comments=("one", "two"))
    async with shop.db.begin() as session:
        listing = await read_listing(session, "33", POLICY.markup_percent)
        draft = await drafts.by_token(session, token, ANNA)
        draft = await drafts.step_back(session, draft.id, ANNA, listing)
        assert drafts.next_step(draft, listing) is Step.COMMENTS
        assert draft.comments == ["one", "two"]
        draft = await drafts.clear_comments(session, draft.id, ANNA)
        assert draft.comments == []


async def test_an_order_in_line_can_be_taken_back_once(shop: Shop) -> None:
    order = await shop.order(1000)
    async with shop.db.begin() as session:
        taken_back = await ordering.withdraw(session, order.id, ANNA, NOW)
    assert (taken_back.state, taken_back.refunded) == (OrderState.CANCELED, Decimal("1.61"))
    with pytest.raises(NotPossible):
        async with shop.db.begin() as session:
            await ordering.withdraw(session, order.id, ANNA, NOW)
    assert await shop.balance() == Decimal(100)
    await shop.books_hold()


async def test_ordering_again_needs_nothing_but_the_confirmation(shop: Shop) -> None:
    for first in (
        await shop.order(100, runs=5, interval=60),
        await shop.order(None, service="33", comments=("one", "two")),
        await shop.order(None, service="32"),
    ):
        async with shop.db.begin() as session:
            draft = await drafts.like_order(session, first)
            _, _, quote = await drafts.quote(session, draft.id, ANNA, POLICY.markup_percent)
        again = await shop.confirm(quote.token)
        assert again.id != first.id
        same = ("link", "quantity", "total", "comments", "runs", "interval", "price")
        assert [getattr(again, name) for name in same] == [getattr(first, name) for name in same]
    await shop.books_hold()


async def test_a_draft_survives_in_the_database(shop: Shop) -> None:
    token = await shop.draft(1000)
    async with shop.db.read() as session:
        draft = await session.get_one(Draft, (await drafts.by_token(session, token, ANNA)).id)
    assert (draft.link, draft.quantity, draft.price) == ("https://instagram.com/nasa", 1000, Decimal("1.61"))
