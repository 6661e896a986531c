"""Any sequence of top-ups, codes, orders, statuses and refunds, one after another and twenty at once: the books hold.

Two judges that know nothing of each other: the store's own audit, every rule of it, and a model of each wallet worked
out here from the rules alone.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import ROUND_DOWN, Decimal
from itertools import count
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, func, select, update

from db.engine import Database
from db.tables import BonusCode, BonusUse, Customer, LedgerEntry, Order, OrderState, Payment, RefundState, utc_now
from panel.replies import read_status
from shop import bonuses, customers, ordering, payments, referrals, returns, stock, tracking, wallet
from shop.audit import CHECKS, prove
from shop.bonuses import Terms
from shop.customers import Person
from shop.errors import NotEnoughMoney, ShopError
from shop.returns import RefundRefused, send_back_next
from tests.depth import DEPTH
from tests.shop.conftest import NOW, OWNER, POLICY, Shop, row
from tests.shop.trade import ENDINGS, Owed, due

T = TypeVar("T")
CENT = Decimal("0.01")
SHARE = Decimal(10)  # percent of a friend's payment
# What each code brings: an amount at once, an amount or a percent with a top-up; uses in all, uses by one.
CODES = {
    "gift": Terms("gift", amount=Decimal("2.50"), most_uses=3),
    "five": Terms("five", amount=Decimal(5), least_top_up=Decimal(10), most_uses_each=2),
    "part": Terms("part", percent=Decimal("12.5"), most_bonus=Decimal(3), most_uses=4, most_uses_each=3),
}
SERVICES = [row("31"), row("32", type="Package", rate=Decimal("5.004"), min=1000, max=1000, dripfeed=False)]
numbers = count(1)  # of customers, charges and panel orders: never the same twice in this process


def down(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_DOWN)


@dataclass
class Wallet:
    """What the rules make of one customer's money."""

    balance: Decimal = Decimal(0)
    waiting: str | None = None
    used: Counter[str] = field(default_factory=Counter)


@dataclass
class Paid:
    """A payment, what it brought to its payer and to whoever invited them, and whether it is gone."""

    payer: int
    amount: Decimal
    bonus: Decimal
    reward: Decimal
    gone: bool = False
    taken: Decimal = Decimal(0)  # of the reward


class Market:
    """A shop on a real database with a chain of three who invited one another, driven from outside its loop."""

    def __init__(self, db: Database, runner: asyncio.Runner) -> None:
        self.shop = Shop(db)
        self.db = db
        self._runner = runner
        self.people: list[int] = []
        self.codes: dict[str, str] = {}  # the code of this round by its plain name
        self.model: dict[int, Wallet] = {}
        self.uses: Counter[str] = Counter()
        self.payments: dict[int, Paid] = {}
        self.orders: dict[int, tuple[Order, Owed]] = {}

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    async def furnish(self) -> None:
        await stock.take_in(self.db, SERVICES, now=NOW)
        async with self.db.begin() as session:
            await referrals.set_terms(session, SHARE, 3650, OWNER)

    async def begin(self) -> None:
        """Three new people and new codes; what was there before stays and has to stay right."""
        self.people = [10_000 + next(numbers) for _ in range(3)]
        self.model = {person: Wallet() for person in self.people}
        self.uses, self.payments, self.orders = Counter(), {}, {}
        async with self.db.begin() as session:
            for person, inviter in zip(self.people, [None, *self.people], strict=False):
                await customers.welcome(session, Person(person, str(person)), inviter_id=inviter)
            for name, terms in CODES.items():
                self.codes[name] = f"{name}{next(numbers)}"
                values = {key: getattr(terms, key) for key in Terms.__dataclass_fields__} | {"code": self.codes[name]}
                await bonuses.make(session, Terms(**values), OWNER)

    # --- what happens, and what the model makes of it ---------------------------------------------

    async def pay(self, who: int, cents: int, repeated: bool) -> None:
        payer, amount, charge = self.people[who], Decimal(cents) * CENT, f"charge {next(numbers)}"
        mine, inviter = self.model[payer], self.people[who - 1] if who else None
        made = [await self.receive(payer, charge, amount) for _ in range(1 + repeated)]
        assert [payment is None for payment in made] == [False, True][: 1 + repeated]
        bonus = self._bonus(mine, amount)
        reward = down(amount * SHARE / 100) if inviter else Decimal(0)
        mine.balance += amount + bonus
        if inviter:
            self.model[inviter].balance += reward
        assert made[0] is not None
        self.payments[made[0].id] = Paid(payer, amount, bonus, reward)

    def _bonus(self, mine: Wallet, amount: Decimal) -> Decimal:
        terms = CODES.get(mine.waiting or "")
        if terms is None or amount < terms.least_top_up:
            return Decimal(0)
        worth = (
            terms.amount if terms.percent is None else min(down(amount * terms.percent / 100), terms.most_bonus or 0)
        )
        if not worth:
            return Decimal(0)
        name, mine.waiting = mine.waiting or "", None
        if terms.most_uses is not None and self.uses[name] >= terms.most_uses:
            return Decimal(0)
        self.uses[name] += 1
        mine.used[name] += 1
        return Decimal(worth)

    async def receive(self, payer: int, charge: str, amount: Decimal) -> Payment | None:
        async with self.db.begin() as session:
            return await payments.receive(
                session, payer, "stars", charge, units=amount * 100, unit="XTR", amount=amount
            )

    async def give_code(self, who: int, name: str) -> None:
        mine, terms = self.model[self.people[who]], CODES[name]
        try:
            _, at_once = await bonuses.redeem(self.db, self.people[who], self.codes[name].upper())
        except ShopError:
            used_up = terms.most_uses is not None and self.uses[name] >= terms.most_uses
            assert used_up or mine.used[name] >= terms.most_uses_each
            return
        assert mine.used[name] < terms.most_uses_each
        assert at_once == (name == "gift")
        if at_once:
            self.uses[name] += 1
            mine.used[name] += 1
            mine.balance += terms.amount or 0
            assert self.uses[name] <= (terms.most_uses or 0)
        else:
            mine.waiting = name

    async def owner_moves(self, who: int, cents: int) -> None:
        amount, mine = Decimal(cents) * CENT, self.model[self.people[who]]
        try:
            async with self.db.begin() as session:
                key = f"credit:{next(numbers)}"
                await wallet.credit(session, self.people[who], amount, key=key, actor_id=OWNER)
        except NotEnoughMoney:
            assert mine.balance + amount < 0
        else:
            mine.balance += amount

    async def buy(self, who: int, quantity: int, taps: int) -> None:
        customer, service = self.people[who], "32" if quantity % 7 == 0 else "31"
        mine = self.model[customer]
        token = await self.shop.draft(None if service == "32" else quantity, service=service, customer=customer)
        try:
            made = [await self.shop.confirm(token, customer) for _ in range(taps)]
        except NotEnoughMoney as refused:
            lacks = mine.balance < refused.needed
            assert lacks
            return
        assert len({order.id for order in made}) == 1
        mine.balance -= made[0].price
        await self.place(made[0])
        self.orders[made[0].id] = (made[0], Owed())

    async def place(self, order: Order) -> None:
        number = 10**6 + next(numbers)
        placed = {"state": OrderState.PLACED, "panel_order_id": str(number), "panel_number": number, "placed_at": NOW,
                  "next_look_at": NOW + timedelta(days=1)}  # fmt: skip
        async with self.db.begin() as session:
            await session.exec(update(Order).where(col(Order.id) == order.id).values(**placed))

    async def withdraw(self, who: int, quantity: int) -> None:
        customer = self.people[who]
        token = await self.shop.draft(quantity, customer=customer)
        with suppress(NotEnoughMoney):
            order = await self.shop.confirm(token, customer)
            async with self.db.begin() as session:
                await ordering.withdraw(session, order.id, customer)

    async def panel_says(self, which: int, word: str, remains: int | None, thousandths: int | None) -> None:
        if not self.orders:
            return
        order, owed = self.orders[sorted(self.orders)[which % len(self.orders)]]
        charge = None if thousandths is None else order.cost * thousandths / 1000
        reply = read_status({"status": word, "remains": remains, "charge": charge and format(charge, "f")})
        for _ in range(2):  # the panel repeats itself
            await tracking.take_statuses(self.db, {order.id: reply}, POLICY, utc_now())
        ending, before = ENDINGS.get(word.lower()), owed.back
        if ending is not owed.ending:
            owed.ending, owed.remains, owed.charge = ending, None, None
        owed.remains = owed.remains if reply.remains is None else reply.remains
        owed.charge = owed.charge if reply.charge is None else reply.charge
        owed.back = max(owed.back, due(order, owed))
        self.model[order.customer_id].balance += owed.back - before

    async def send_back(self, which: int, refused: bool) -> None:
        """The owner has a payment sent back; the provider does so, or refuses for good."""
        if not self.payments:
            return
        number = sorted(self.payments)[which % len(self.payments)]
        paid = self.payments[number]
        mine = self.model[paid.payer]
        try:
            async with self.db.begin() as session:
                await returns.ask_refund(session, number, OWNER, from_balance=True)
        except ShopError:
            assert paid.gone or mine.balance < paid.amount
            return
        assert not paid.gone
        assert mine.balance >= paid.amount
        await self._returned(refused)
        if refused:
            return
        mine.balance -= min(paid.amount + paid.bonus, mine.balance)  # of the bonus, what is there
        paid.gone = True
        if paid.reward:
            inviter = self.model[self.people[self.people.index(paid.payer) - 1]]
            inviter.balance -= min(paid.reward, inviter.balance)

    async def _returned(self, refused: bool) -> None:
        async def provider(_: Payment) -> None:
            if refused:
                raise RefundRefused("no")

        assert await send_back_next(self.db, {"stars": provider}, POLICY)

    # --- what has to hold -------------------------------------------------------------------------

    async def balances(self) -> dict[int, Decimal]:
        async with self.db.read() as session:
            found = select(Customer).where(col(Customer.id).in_(self.people))
            return {customer.id: customer.balance for customer in (await session.exec(found)).all()}

    async def audit(self) -> None:
        """Every rule of the store's own; an order of this test was placed by nobody, and some are in line."""
        not_here = {"answered", "unsent"}
        async with self.db.read() as session:
            found = [await prove(session, check, utc_now()) for check in CHECKS if check.rule.name not in not_here]
        assert [finding for finding in found if finding.count] == []


@pytest.fixture
def market(database_url: str) -> Iterator[Market]:
    db = Database(database_url)
    with asyncio.Runner() as runner:
        place = Market(db, runner)
        place.do(place.furnish())
        yield place
        place.do(db.close())


# --- one after another ----------------------------------------------------------------------------

who = st.integers(0, 2)
acts = st.one_of(
    st.tuples(st.just("pay"), who, st.integers(1, 4000), st.booleans()),
    st.tuples(st.just("give_code"), who, st.sampled_from(sorted(CODES))),
    st.tuples(st.just("owner_moves"), who, st.integers(-3000, 1000).filter(bool)),
    st.tuples(st.just("buy"), who, st.integers(10, 9000), st.integers(1, 2)),
    st.tuples(st.just("withdraw"), who, st.integers(10, 9000)),
    st.tuples(
        st.just("panel_says"),
        st.integers(0, 9),
        st.sampled_from(["In progress", "Completed", "Partial", "Partial", "Canceled"]),
        st.one_of(st.none(), st.integers(-2, 9000)),
        st.one_of(st.none(), st.integers(0, 1200)),
    ),
    st.tuples(st.just("send_back"), st.integers(0, 9), st.booleans()),
)
OPTIONS: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def lives(market: Market, examples: int, length: int) -> None:
    @settings(max_examples=examples, **OPTIONS)
    @given(st.lists(acts, min_size=length // 2, max_size=length))
    def check(story: list[tuple[Any, ...]]) -> None:
        market.do(market.begin())
        for act, *arguments in [("pay", 2, 2500, False), *story]:
            market.do(getattr(market, act)(*arguments))
            balances = market.do(market.balances())
            assert balances == {person: mine.balance for person, mine in market.model.items()}, act
            assert all(balance >= 0 for balance in balances.values())
        market.do(market.audit())

    check()
    market.do(market.shop.books_hold())


def test_any_life_of_money_keeps_the_books(market: Market) -> None:
    lives(market, examples=5, length=16)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_great_many_lives_of_money(market: Market) -> None:
    lives(market, examples=20 * DEPTH, length=40)


# --- twenty at once -------------------------------------------------------------------------------


class Crowd:
    """Twenty things that happen to one wallet at the same moment, and what has to be so whatever came first."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.customer = 0

    async def begin(self) -> list[Order]:
        await self.market.begin()
        self.customer = self.market.people[1]  # invited by one, and inviting another
        await self.market.receive(self.customer, f"charge {next(numbers)}", Decimal(20))
        orders = [await self.market.shop.order(100 * number, customer=self.customer) for number in (5, 10, 20)]
        for order in orders:
            await self.market.place(order)
        return orders

    async def happen(
        self, what: str, first: int, second: int, orders: list[Order], charges: list[str], tokens: list[str]
    ) -> None:
        """One of the twenty: a refusal is an answer like another."""
        market, db = self.market, self.market.db
        with suppress(ShopError):
            match what:
                case "pay":
                    await market.receive(self.customer, charges[first % len(charges)], Decimal(1 + first % 3 * 7))
                case "friend pays":
                    await market.receive(market.people[2], f"friend's {charges[first % len(charges)]}", Decimal(10))
                case "code":
                    await bonuses.redeem(db, market.people[second % 3], market.codes[sorted(CODES)[first % 3]])
                case "buy":
                    await market.shop.confirm(tokens[first % len(tokens)], self.customer)
                case "status":
                    word = ("Partial", "Canceled", "Completed", "In progress")[first % 4]
                    reply = read_status({"status": word, "remains": str(second), "charge": None})
                    several = {order.id: reply for order in orders[: 1 + second % 3]}
                    await tracking.take_statuses(db, several, POLICY, utc_now())
                case "refund":
                    async with db.begin() as session:
                        mine = select(Payment.id).where(col(Payment.customer_id).in_(market.people)).order_by(
                            col(Payment.id)
                        )  # fmt: skip
                        found = (await session.exec(mine)).all()
                        await returns.ask_refund(session, found[first % len(found)], OWNER, from_balance=True)
                case "owner":
                    async with db.begin() as session:
                        key = f"crowd:{charges[0]}:{first % 5}"
                        await wallet.credit(
                            session, self.customer, Decimal(second - 40) or CENT, key=key, actor_id=OWNER
                        )

    async def holds(self) -> None:
        market = self.market
        await market.audit()
        async with market.db.read() as session:
            mine = col(Payment.customer_id).in_(market.people)
            paid = list((await session.exec(select(Payment).where(mine))).all())
            entries = list(
                (await session.exec(select(LedgerEntry).where(col(LedgerEntry.customer_id).in_(market.people)))).all()
            )
            codes = (await session.exec(select(BonusCode).where(col(BonusCode.code).in_(market.codes.values())))).all()
            used = select(BonusUse.code_id, func.count()).where(col(BonusUse.used_at).is_not(None))
            counted = dict((await session.exec(used.group_by(col(BonusUse.code_id)))).all())
        assert len({payment.charge_id for payment in paid}) == len(paid)
        by_payment: dict[int | None, Decimal] = defaultdict(Decimal)
        for entry in entries:
            by_payment[entry.payment_id] += entry.amount
        for payment in paid:
            kept = by_payment[payment.id]
            if payment.refund_state is RefundState.ASKED:
                assert kept == 0, payment.id
            else:
                assert kept >= payment.amount
        for code in codes:
            assert code.uses == counted.get(code.id, 0) <= (code.most_uses or 99)
        orders = {entry.order_id for entry in entries if entry.order_id is not None}
        for order_id in orders:
            moved = sum((entry.amount for entry in entries if entry.order_id == order_id), Decimal(0))
            async with market.db.read() as session:
                order = await session.get_one(Order, order_id)
            assert -moved == order.price - order.refunded >= 0


KINDS = ["pay", "pay", "friend pays", "code", "code", "buy", "status", "status", "refund", "owner"]
crowds = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 40), st.integers(0, 80)), min_size=20, max_size=20)


def crowded(market: Market, examples: int) -> None:
    @settings(max_examples=examples, **OPTIONS)
    @given(crowds)
    def check(twenty: list[tuple[str, int, int]]) -> None:
        crowd = Crowd(market)

        async def at_once() -> None:
            orders = await crowd.begin()
            charges = [f"charge {next(numbers)}" for _ in range(6)]
            tokens = [await market.shop.draft(200 + number, customer=crowd.customer) for number in range(4)]
            async with asyncio.timeout(60):
                await asyncio.gather(*(crowd.happen(*act, orders, charges, tokens) for act in twenty))
            await crowd.holds()

        market.do(at_once())

    check()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_twenty_at_once_on_one_wallet(market: Market) -> None:
    crowded(market, examples=6)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_twenty_at_once_many_times(market: Market) -> None:
    crowded(market, examples=30 * DEPTH)
