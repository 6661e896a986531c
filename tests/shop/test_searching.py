"""An unconfirmed order is found at the panel, or it is shown that it is not there; a wrong one is never adopted.

How it could break: an id of another client's or of the owner's taken for ours; the id of an order with the same price;
an order still under way; an id the panel gave out late; a panel that does not say what it charged.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy import event
from sqlmodel import col, func, select

from db.tables import Attempt, Draft, NoticeKind, Order, OrderState, OwnerAct, Search, Verdict
from panel import PanelUnavailable
from shop import deciding, searching, submission
from shop.errors import AlreadyDecided, TakenByAnother
from shop.searching import GIVE_UP, PATIENCE, SETTLE, Stranger, search_round
from tests.depth import DEPTH
from tests.shop.conftest import ANNA, NOW, OWNER, POLICY, ScriptedPanel, Shop

Clock = Callable[[], datetime]
LATER = NOW + timedelta(hours=1)


def fixed(moment: datetime) -> Clock:
    return lambda: moment


@dataclass
class PanelBooks:
    """The panel's own list of orders of our account; every other number is a stranger's or does not exist."""

    orders: dict[int, dict[str, Any]] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)
    refuses_lists: bool = False

    def __call__(self, fields: dict[str, str]) -> Any:
        numbers = [int(number) for number in fields.get("orders", fields.get("order", "")).split(",")]
        self.asked += numbers
        answers = {str(n): self.orders.get(n, {"error": "Incorrect order ID"}) for n in numbers}
        if self.refuses_lists and len(numbers) > 1 and any("error" in answer for answer in answers.values()):
            return {"error": "Incorrect order ID"}
        return answers if "orders" in fields else answers[str(numbers[0])]

    def put(self, number: int, charge: str | None, status: str = "In progress", remains: str | None = "100") -> None:
        self.orders[number] = {"status": status, "charge": charge, "remains": remains, "start_count": "5"}


class History:
    """Orders of the shop as a history left them, written as rows; the searching itself is the shop's own."""

    def __init__(self, shop: Shop, panel: ScriptedPanel) -> None:
        self.shop = shop
        self.books = PanelBooks()
        self.panel = panel
        panel.replies["status"] = self.books
        self._made = 0

    async def order(
        self,
        at: datetime,
        *,
        cost: str = "1.5",
        number: int | None = None,
        unconfirmed: bool = False,
        took: float = 1,
        total: int = 1000,
        kind: str = "default",
    ) -> Order:
        """An order sent `at` a moment and answered with `number`, or not answered within `took` seconds."""
        self._made += 1
        async with self.shop.db.begin() as session:
            draft = Draft(customer_id=ANNA, service_id="31", confirmed_at=at)
            session.add(draft)
            await session.flush()
            order = Order(
                customer_id=ANNA,
                draft_id=draft.id,
                chat_id=ANNA,
                service_id="31",
                service_name="Followers",
                kind=kind,
                link="https://instagram.com/nasa",
                quantity=total,
                total=total,
                rate=Decimal("1.5"),
                cost=Decimal(cost),
                price=Decimal("2"),
                state=OrderState.SUBMITTING,
                created_at=at,
            )
            session.add(order)
            await session.flush()
            attempt = Attempt(order_id=order.id, started_at=at, known_before=await self._known(session))
            session.add(attempt)
            await session.flush()
            if number is not None:
                searching.place(order, str(number), at, POLICY)
                attempt.outcome, attempt.ended_at = "accepted", at + timedelta(seconds=took)
            elif unconfirmed:
                order.state = OrderState.UNCONFIRMED
                attempt.outcome, attempt.ended_at = "unknown", at + timedelta(seconds=took)
                searching.begin(session, attempt, at + timedelta(seconds=took))
            session.add_all([order, attempt])
            return order

    async def _known(self, session: Any) -> int | None:
        return (await session.exec(select(func.max(Order.panel_number)))).one()

    async def search(self, moment: datetime, minutes: float = 20) -> None:
        """Let the searches go on for some minutes, from one step that is due to the next."""
        end = moment + timedelta(minutes=minutes)
        while True:
            async with self.shop.db.read() as session:
                due = (await session.exec(select(func.min(Search.next_at)))).one()
            if due is None or max(due, moment) > end:
                return
            moment = max(due, moment)
            await search_round(self.shop.db, self.panel.client, POLICY, fixed(moment))

    async def verdict(self, order: Order) -> Verdict:
        async with self.shop.db.read() as session:
            found = select(Search).where(col(Search.order_id) == order.id).order_by(col(Search.attempt_id).desc())
            search = (await session.exec(found)).first()
            assert search is not None
            return search.verdict


@pytest.fixture
def history(shop: Shop, panel: ScriptedPanel) -> History:
    return History(shop, panel)


async def told(shop: Shop) -> list[int | None]:
    return [notice.order_id for notice in await shop.notices(OWNER) if notice.kind is NoticeKind.DECIDE]


async def around(history: History, **lost: Any) -> Order:
    """An unconfirmed order between two that were answered: numbers 100 and 120."""
    await history.order(NOW, number=100)
    order = await history.order(NOW + timedelta(seconds=10), unconfirmed=True, **lost)
    await history.order(NOW + timedelta(minutes=5), number=120)
    history.books.put(100, "1.5")
    history.books.put(120, "1.5")
    return order


async def test_the_one_order_that_can_be_it_is_adopted(history: History, shop: Shop) -> None:
    order = await around(history)
    history.books.put(107, "1.5")
    history.books.put(111, "0.9")  # an order the owner gave by hand
    await history.search(LATER)
    found = await shop.get(order)
    assert (found.state, found.panel_order_id, found.panel_number) == (OrderState.PLACED, "107", 107)
    assert found.next_look_at is not None
    assert set(history.books.asked) == set(range(101, 120))  # ours are not asked for, nor what lies outside
    assert [n.content["about"] for n in await shop.notices(OWNER) if n.kind is NoticeKind.ALERT] == ["found"]
    assert [n.kind for n in await shop.notices(ANNA) if n.order_id == order.id] == [NoticeKind.CARD]
    async with shop.db.read() as session:
        act = (await session.exec(select(OwnerAct))).one()
    assert (act.act, act.order_id, act.actor_id) == ("found", order.id, None)
    assert history.panel.sent("add") == []


async def test_none_over_the_whole_window_is_left_to_the_owner(history: History, shop: Shop) -> None:
    order = await around(history)
    await history.search(LATER)
    assert await history.verdict(order) is Verdict.ABSENT
    assert (await shop.get(order)).state is OrderState.UNCONFIRMED
    assert await told(shop) == [order.id]
    await history.search(LATER + timedelta(days=1))
    assert await told(shop) == [order.id]  # once


@pytest.mark.parametrize(
    "strangers",
    [
        [(107, "1.5", "In progress"), (108, "1.50", "Pending")],  # two at the same price
        [(107, "1.5", "In progress"), (108, "0.3", "Partial")],  # the second may have been 1.5 before
        [(107, "0", "Canceled")],  # may have been it
        [(107, None, "Pending")],  # does not say
        [(107, "0", "Pending")],
    ],
)
async def test_what_cannot_be_told_is_left_to_the_owner_with_the_facts(
    history: History, shop: Shop, strangers: list[tuple[int, str | None, str]]
) -> None:
    order = await around(history)
    for number, charge, status in strangers:
        history.books.put(number, charge, status)
    await history.search(LATER)
    assert await history.verdict(order) is Verdict.UNCLEAR
    async with shop.db.read() as session:
        case = await deciding.case(session, order.id)
    assert [stranger.number for stranger in case.possible] == [number for number, _, _ in strangers]
    assert await told(shop) == [order.id]


async def test_a_charge_the_panel_tells_later_is_waited_for(history: History, shop: Shop) -> None:
    order = await around(history)
    history.books.put(107, None, "Pending")
    moment = NOW + timedelta(minutes=6)
    await history.search(moment, 1)
    assert await told(shop) == []
    history.books.put(107, "1.5")
    await history.search(moment + timedelta(minutes=3))
    assert (await shop.get(order)).panel_order_id == "107"


@pytest.mark.parametrize(("charge", "fits"), [("1.5", True), ("1.50", True), ("1.49", False), ("2", False)])
def test_a_charge_counts_to_the_digit_the_panel_shows(charge: str, fits: bool) -> None:
    order = Order(kind="default", cost=Decimal("1.5"), total=100)
    assert Stranger(1, "In progress", Decimal(charge), 100, is_adjusted=False).is_like(order) is fits


def test_more_left_than_was_ordered_is_another_order() -> None:
    order = Order(kind="default", cost=Decimal("0.123456"), total=100)
    assert Stranger(1, "Pending", Decimal("0.12346"), 100, is_adjusted=False).is_like(order)
    assert Stranger(1, "Pending", Decimal("0.12"), 100, is_adjusted=False).is_like(order)
    assert not Stranger(1, "Pending", Decimal("0.12346"), 101, is_adjusted=False).is_like(order)


@pytest.mark.parametrize("kind", ["package", "custom_comments_package"])
async def test_a_package_is_found_whatever_the_panel_counts_in_it(history: History, shop: Shop, kind: str) -> None:
    order = await around(history, kind=kind, total=1)
    history.books.put(107, "1.5", remains="12")  # the comments, which the order counts as one package
    await history.search(LATER)
    assert (await shop.get(order)).panel_order_id == "107"


async def test_one_of_the_same_price_with_more_left_is_shown_to_the_owner(history: History, shop: Shop) -> None:
    order = await around(history)
    history.books.put(107, "1.5", remains="5000")  # a panel that counts otherwise, or another order
    await history.search(LATER)
    assert await history.verdict(order) is Verdict.UNCLEAR
    assert await told(shop) == [order.id]


async def test_without_a_number_before_it_there_is_no_window(history: History, shop: Shop) -> None:
    order = await history.order(NOW, unconfirmed=True)
    await history.search(NOW + SETTLE + timedelta(seconds=2))
    assert await history.verdict(order) is Verdict.NO_WINDOW
    assert await told(shop) == [order.id]
    assert history.books.asked == []


async def test_without_a_number_after_it_it_waits_and_goes_on_when_there_is_one(history: History, shop: Shop) -> None:
    await history.order(NOW, number=100)
    order = await history.order(NOW + timedelta(seconds=10), unconfirmed=True)
    await history.search(NOW, 10)
    assert await told(shop) == []
    after = NOW + PATIENCE + timedelta(minutes=1)
    await history.search(after)
    assert await history.verdict(order) is Verdict.NO_WINDOW
    assert await told(shop) == [order.id]
    # One that was sent before the panel had settled bounds nothing; a later one does.
    await history.order(NOW + timedelta(seconds=20), number=104)
    history.books.put(106, "1.5")
    await history.search(after + timedelta(minutes=1))
    assert history.books.asked == []
    await history.order(after + timedelta(minutes=2), number=110)
    await history.search(after + timedelta(minutes=3))
    assert (await shop.get(order)).panel_order_id == "106"


async def test_a_window_too_wide_to_ask_through_is_left_to_the_owner(history: History) -> None:
    await history.order(NOW, number=100)
    order = await history.order(NOW + timedelta(seconds=10), unconfirmed=True)
    await history.order(NOW + timedelta(minutes=5), number=100_000)
    await history.search(LATER)
    assert await history.verdict(order) is Verdict.NO_WINDOW
    assert history.books.asked == []


async def test_one_number_for_two_orders_is_given_to_neither(history: History, shop: Shop) -> None:
    await history.order(NOW, number=100)
    first = await history.order(NOW + timedelta(seconds=10), unconfirmed=True)
    second = await history.order(NOW + timedelta(seconds=11), unconfirmed=True)
    await history.order(NOW + timedelta(minutes=5), number=110)
    history.books.put(105, "1.5")
    await history.search(LATER)
    assert [await history.verdict(order) for order in (first, second)] == [Verdict.UNCLEAR] * 2
    # Once an owner has said which it is, the other is known to be absent.
    async with shop.db.begin() as session:
        await deciding.adopt(session, first.id, "105", OWNER, POLICY, LATER)
    await history.search(LATER + timedelta(minutes=10))
    assert await history.verdict(second) is Verdict.ABSENT


async def test_orders_of_different_prices_are_told_apart(history: History, shop: Shop) -> None:
    await history.order(NOW, number=100)
    dear = await history.order(NOW + timedelta(seconds=10), unconfirmed=True, cost="3")
    cheap = await history.order(NOW + timedelta(seconds=10), unconfirmed=True, cost="1.5")
    await history.order(NOW + timedelta(minutes=5), number=110)
    history.books.put(105, "1.5")
    history.books.put(106, "3")
    await history.search(LATER)
    assert [(await shop.get(order)).panel_order_id for order in (dear, cheap)] == ["106", "105"]


async def test_an_order_still_under_way_is_waited_for(history: History, shop: Shop) -> None:
    order = await around(history)
    under_way = await history.order(NOW + timedelta(seconds=12))  # sent at the same time, no answer yet
    history.books.put(107, "1.5")
    await history.search(LATER, 1)
    assert (await shop.get(order)).state is OrderState.UNCONFIRMED
    async with shop.db.begin() as session:
        sent = await session.get_one(Order, under_way.id)
        searching.place(sent, "107", LATER, POLICY)
        session.add(sent)
        attempt = (await session.exec(select(Attempt).where(col(Attempt.order_id) == sent.id))).one()
        attempt.ended_at, attempt.outcome = LATER, "accepted"
        session.add(attempt)
    await history.search(LATER + timedelta(minutes=10))
    assert await history.verdict(order) is Verdict.ABSENT


async def test_a_panel_that_refuses_lists_is_asked_one_by_one(history: History, shop: Shop) -> None:
    order = await around(history)
    history.books.refuses_lists = True
    history.books.put(107, "1.5")
    await history.search(LATER, 60)
    assert (await shop.get(order)).panel_order_id == "107"


async def test_so_many_probes_a_minute_and_no_more(history: History, shop: Shop) -> None:
    await history.order(NOW, number=100)
    order = await history.order(NOW + timedelta(seconds=10), unconfirmed=True)
    await history.order(NOW + timedelta(minutes=5), number=9000)
    history.books.put(7777, "1.5")
    minute = LATER.replace(second=0)
    for second in range(60):
        await search_round(shop.db, history.panel.client, POLICY, fixed(minute + timedelta(seconds=second)))
    assert len(history.panel.sent("status")) == searching.PROBES_A_MINUTE
    assert all(len(call["orders"].split(",")) <= 100 for call in history.panel.sent("status"))
    await history.search(minute + timedelta(minutes=2), 60)
    assert (await shop.get(order)).panel_order_id == "7777"
    assert len(history.books.asked) == len(set(history.books.asked))  # it went on where it stood


async def test_a_panel_that_cannot_tell_costs_nothing_but_time(history: History, shop: Shop) -> None:
    order = await around(history)
    history.books.put(107, "1.5")
    history.panel.replies["status"] = httpx.Response(502, text="<html></html>")
    with pytest.raises(PanelUnavailable):
        await search_round(shop.db, history.panel.client, POLICY, fixed(LATER))
    assert await history.verdict(order) is Verdict.OPEN
    history.panel.replies["status"] = history.books
    await history.search(LATER + timedelta(minutes=5))
    assert (await shop.get(order)).panel_order_id == "107"


async def test_a_window_that_never_comes_is_given_up(history: History, shop: Shop) -> None:
    await history.order(NOW, number=100)
    await history.order(NOW + timedelta(seconds=10), unconfirmed=True)
    await history.search(NOW + GIVE_UP + timedelta(hours=1))
    assert not await search_round(shop.db, history.panel.client, POLICY, fixed(NOW + GIVE_UP + timedelta(days=9)))


# --- what an owner decides --------------------------------------------------------------------------


async def waiting_for_decision(shop: Shop) -> Order:
    order = await shop.order()
    claimed = await submission.claim(shop.db, POLICY, NOW, (Decimal(50), NOW))
    assert claimed is not None
    await submission.park_abandoned(shop.db, POLICY, NOW + timedelta(minutes=10))
    return order


async def test_an_owner_pays_back_once(shop: Shop) -> None:
    order = await waiting_for_decision(shop)
    async with shop.db.begin() as session:
        await deciding.refund(session, order.id, OWNER, LATER)
    async with shop.db.begin() as session:
        with pytest.raises(AlreadyDecided):
            await deciding.refund(session, order.id, OWNER, LATER)
    order = await shop.get(order)
    assert (order.state, order.refunded) == (OrderState.REJECTED, order.price)
    assert await shop.balance() == Decimal(100)
    assert [n.kind for n in await shop.notices(ANNA)][-2:] == [NoticeKind.CARD, NoticeKind.ENDED]
    await shop.books_hold()


async def test_an_owner_sends_again_and_it_goes_once_more(shop: Shop, panel: ScriptedPanel) -> None:
    order = await waiting_for_decision(shop)
    panel.replies["add"] = {"order": 5}
    assert await submission.submit_next(shop.db, panel.client, POLICY, fixed(LATER)) is None
    async with shop.db.begin() as session:
        await deciding.send_again(session, order.id, OWNER, LATER)
    await submission.submit_next(shop.db, panel.client, POLICY, fixed(LATER))
    await submission.submit_next(shop.db, panel.client, POLICY, fixed(LATER))
    order = await shop.get(order)
    assert (order.state, order.panel_order_id, order.attempts) == (OrderState.PLACED, "5", 2)
    assert len(panel.sent()) == 1
    async with shop.db.read() as session:
        act = (await session.exec(select(OwnerAct))).one()
    assert (act.act, act.actor_id, act.order_id) == ("send_again", OWNER, order.id)


async def test_an_owner_names_the_panels_order_but_not_another_ones(shop: Shop, panel: ScriptedPanel) -> None:
    taken = await shop.order()
    panel.replies["add"] = {"order": 5}
    await submission.submit_next(shop.db, panel.client, POLICY, fixed(NOW))
    order = await waiting_for_decision(shop)
    panel.replies["status"] = {"status": "Pending", "charge": "1.2345", "remains": "1000"}
    with pytest.raises(TakenByAnother) as problem:
        await deciding.look_at(shop.db, panel.client, order.id, "5")
    assert problem.value.order_id == taken.id
    assert (await deciding.look_at(shop.db, panel.client, order.id, "6")).status == "Pending"
    async with shop.db.begin() as session:
        with pytest.raises(TakenByAnother):
            await deciding.adopt(session, order.id, "5", OWNER, POLICY, LATER)
        await session.rollback()
    async with shop.db.begin() as session:
        await deciding.adopt(session, order.id, "6", OWNER, POLICY, LATER)
    assert (await shop.get(order)).panel_order_id == "6"


# --- hundreds of histories --------------------------------------------------------------------------

COSTS = ("0.6", "1.5", "1.5", "3", "4.5")
STATUSES = ("Pending", "In progress", "In progress", "Completed", "Canceled", "Partial")


class Made:
    """A stretch of a busy shop, drawn from a seed: other clients' numbers in between, some answers lost.

    `truth` is what became of each order whose answer was lost: the panel's number, or None for one it never took.
    """

    def __init__(self, history: History, seed: int) -> None:
        self.history = history
        self.chance = random.Random(seed)
        self.number = (seed + 1) * 10**6
        self.moment = NOW + timedelta(days=seed)
        self.truth: dict[int, int | None] = {}

    def given_out(self) -> int:
        self.number += self.chance.choice((1, 1, 2, 5, 40, 160))
        return self.number

    async def go(self) -> None:
        await self.history.order(self.moment, number=self.given_out())
        for _ in range(self.chance.randint(2, 7)):
            self.moment += timedelta(seconds=self.chance.choice((1, 5, 90)))
            fate = self.chance.random()
            if fate < 0.45:
                await self.answered(self.chance.choice(COSTS))
            elif fate < 0.9:
                await self.lost(self.chance.choice(COSTS), taken=fate < 0.75)
            else:
                self.history.books.put(self.given_out(), "7.7")  # by hand, on the panel's own pages
        if self.chance.random() < 0.9:
            await self.history.order(self.moment + timedelta(minutes=5), number=self.given_out())

    async def answered(self, cost: str) -> None:
        number = self.given_out()
        self.history.books.put(number, cost)
        await self.history.order(self.moment, cost=cost, number=number)

    async def lost(self, cost: str, *, taken: bool) -> None:
        number = self.given_out() if taken else None
        order = await self.history.order(self.moment, cost=cost, unconfirmed=True, took=30)
        self.truth[order.id] = number
        if number is not None:
            status = self.chance.choice(STATUSES)
            charge = {"Canceled": "0", "Partial": str(Decimal(cost) / 3)}.get(status, cost)
            self.history.books.put(number, self.chance.choice((charge, charge, charge, None)), status)


async def without_waiting_for_the_disk(shop: Shop) -> None:
    """Half of the time of many small transactions on SQLite is its waiting for the disk, which proves nothing here."""

    @event.listens_for(shop.db.engine.sync_engine, "connect")
    def on_connect(connection: Any, _: Any) -> None:
        connection.cursor().execute("PRAGMA synchronous=OFF")

    await shop.db.engine.dispose()


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(2 * DEPTH))
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_hundreds_of_histories_and_never_a_wrong_order(shop: Shop, panel: ScriptedPanel, part: int) -> None:
    await without_waiting_for_the_disk(shop)
    counted: Counter[Verdict] = Counter()
    for seed in range(part * 100, part * 100 + 100):
        history = History(shop, panel)
        made = Made(history, seed)
        await made.go()
        await history.search(made.moment + timedelta(minutes=30), 4)
        for order_id, number in made.truth.items():
            async with shop.db.read() as session:
                order = await session.get_one(Order, order_id)
            verdict = await history.verdict(order)
            counted[verdict] += 1
            if verdict is Verdict.FOUND:
                assert order.panel_order_id == str(number), seed
                continue
            assert order.panel_order_id is None
            assert verdict in {Verdict.ABSENT, Verdict.UNCLEAR, Verdict.NO_WINDOW}, (seed, verdict)
            assert verdict is not Verdict.ABSENT or number is None, seed
            async with shop.db.begin() as session:  # off the desk, before the next history
                await deciding.send_again(session, order_id, OWNER, made.moment)
                (await session.get_one(Order, order_id)).state = OrderState.CANCELED
    # The search is of use: much of what can be told is told.
    assert counted[Verdict.FOUND] > 20
    assert counted[Verdict.ABSENT] > 10
