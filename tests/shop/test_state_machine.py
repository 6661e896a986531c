"""Any life of orders, in any order of events: the books hold after every single step (design, "Invariants").

Hypothesis draws top-ups, drafts, taps, answers of the panel, deaths of the process, statuses and decisions of the owner
in sequences nobody thinks of, and shortens one that breaks a rule to its essence.
"""

import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from db.tables import EntryKind, NoticeKind, Order, OrderState, Payment, RefundState
from shop import deciding, ordering, orders, pauses, searching, wallet
from shop.errors import (
    AlreadyRefunded,
    AlreadySpent,
    DraftGone,
    NotEnoughMoney,
    NotPossible,
    TakenByAnother,
    TooManyInvoices,
)
from shop.steps import at_each_step
from tests.books import wrong_payments, wrong_wallets
from tests.shop.conftest import OWNER
from tests.shop.paying import ask, give_back, note_return, pay, send_back
from tests.shop.trade import CUSTOMERS, POLICY, SERVICES, Died, Said, Trade, furnished

ANSWERS = [
    "accepted",
    "not sent",
    "lost before",
    "lost after",
    "error:Bad link",
    "error:Martians have landed",
    "error:Not enough funds on balance",
    "error:Invalid API key",
    "error:Rate limit exceeded",
    "error:An identical order was just placed",
    "error:You have active order with this link. Please wait until order being completed.",
]
DEATHS = ["submit.claiming", "submit.claimed", "submit.answered", "submit.recording", "submit.recorded"]
STATUSES = ["Pending", "In progress", "Completed", "Partial", "Canceled", "Martian"]
REMAINS = st.one_of(st.none(), st.integers(-5, 60), st.just(10**6))
CHARGES = st.sampled_from([None, "0", "0.01", "0.05", "1", "2.5", "99", "-1"])
ENDS = {OrderState.COMPLETED, OrderState.PARTIAL, OrderState.CANCELED, OrderState.REJECTED}
AT_PANEL = {OrderState.PLACED, OrderState.COMPLETED, OrderState.PARTIAL}


def is_one(*states: OrderState) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Only while there is an order in one of these states."""
    return precondition(lambda self: any(order.state in states for order in self.seen.orders))


customers = st.sampled_from(CUSTOMERS)
which = st.integers(0, 100)


class Life(RuleBasedStateMachine):
    """The shop as a machine with a button for everything that can happen to it."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        path = self.folder / "store.db"
        shutil.copy(self.template, path)
        self.trade = Trade(path)
        self.ended_by_hand: set[int] = set()
        self.top_ups = 0
        self.seen = self.trade.books()

    def teardown(self) -> None:
        self.trade.close()
        shutil.rmtree(self.folder)

    @initialize(counts=st.lists(st.integers(0, 3000), min_size=2, max_size=4))
    def some_orders_in_line(self, counts: list[int]) -> None:
        for number, count in enumerate(counts):
            self.a_draft(CUSTOMERS[number % 2], list(SERVICES)[count % 3], count)
            self.confirmed(number, 1)

    def one_of(self, number: int, states: Collection[OrderState]) -> Order:
        fit = [order for order in self.seen.orders if order.state in states]
        return fit[number % len(fit)]

    # --- money and orders -------------------------------------------------------------------------

    @rule(customer=customers, cents=st.integers(-300, 2000).filter(bool))
    def the_owner_moves_money(self, customer: int, cents: int) -> None:
        self.top_ups += 1

        async def credit() -> None:
            for _ in range(2):  # the update comes twice
                async with self.trade.db.begin() as session:
                    key = f"credit:{self.top_ups}"
                    await wallet.credit(session, customer, Decimal(cents) / 100, key=key, actor_id=OWNER)

        with suppress(NotEnoughMoney):
            self.trade.do(credit())

    # --- payments ---------------------------------------------------------------------------------

    @rule(customer=customers, cents=st.integers(100, 2000), times=st.integers(1, 2))
    def a_customer_tops_up(self, customer: int, cents: int, times: int) -> None:
        """As often as they pay the one invoice; each update comes twice."""
        trade = self.trade
        with suppress(TooManyInvoices):
            invoice = trade.do(ask(trade.db, str(Decimal(cents) / 100), customer=customer, now=trade.now))
            for _ in range(times):
                charge = f"charge {len(trade.provider.paid)}"
                trade.provider.paid[charge] = invoice
                made = [trade.do(pay(trade.db, invoice, charge, now=trade.now)) for _ in range(2)]
                assert [payment is None for payment in made] == [False, True]

    def payment(self, number: int) -> Payment:
        return self.seen.payments[number % len(self.seen.payments)]

    @rule(number=which, from_balance=st.booleans(), by_hand=st.booleans())
    @precondition(lambda self: self.seen.payments)
    def the_owner_gives_one_back(self, number: int, from_balance: bool, by_hand: bool) -> None:
        payment = self.payment(number)
        with suppress(AlreadyRefunded, AlreadySpent, NotEnoughMoney):
            self.trade.do(give_back(self.trade.db, payment, from_balance=from_balance, by_hand=by_hand))
            if by_hand:
                self.trade.provider.back.add(payment.charge_id)

    @rule(
        answer=st.sampled_from(["sent", "refused", "silent", "lost"]),
        step=st.sampled_from([None, None, "payment.refund-claimed", "payment.refund-sent"]),
    )
    @precondition(lambda self: any(each.refund_state is RefundState.ASKED for each in self.seen.payments))
    def it_is_tried_to_send_one_back(self, answer: str, step: str | None) -> None:
        self.trade.provider.answer = answer
        at_each_step(lambda name: self._die_at(name, step))
        try:
            self.trade.do(send_back(self.trade.db, self.trade.provider))
        except Died:
            pass
        finally:
            at_each_step(None)

    @rule(number=which)
    @precondition(lambda self: self.seen.payments)
    def the_provider_gives_one_back_and_says_so_twice(self, number: int) -> None:
        charge = self.payment(number).charge_id
        self.trade.provider.back.add(charge)
        for _ in range(2):
            self.trade.do(note_return(self.trade.db, charge))

    # --- orders -----------------------------------------------------------------------------------

    @rule(customer=customers, service=st.sampled_from(list(SERVICES)), count=st.integers(0, 3000))
    def a_draft(self, customer: int, service: str, count: int) -> None:
        self.trade.tokens.append((customer, self.trade.do(self.trade.draft(customer, service, count))))

    @rule(number=which, taps=st.integers(1, 2))
    @precondition(lambda self: self.trade.tokens)
    def confirmed(self, number: int, taps: int) -> None:
        customer, token = self.trade.tokens[number % len(self.trade.tokens)]
        try:
            made = [self.trade.do(self.trade.confirm(customer, token)) for _ in range(taps)]
        except NotEnoughMoney:
            return
        assert len({order.id for order, _ in made}) == 1
        assert sum(is_new for _, is_new in made) <= 1

    @rule(number=which)
    @precondition(lambda self: self.trade.tokens)
    def confirmed_by_another(self, number: int) -> None:
        owner, token = self.trade.tokens[number % len(self.trade.tokens)]
        with pytest.raises(DraftGone):
            self.trade.do(self.trade.confirm(next(each for each in CUSTOMERS if each != owner), token))

    @rule(number=which)
    @is_one(*OrderState)
    def withdrawn(self, number: int) -> None:
        order = self.one_of(number, OrderState)

        async def withdraw() -> None:
            async with self.trade.db.begin() as session:
                await ordering.withdraw(session, order.id, order.customer_id, self.trade.now)

        if order.state is OrderState.QUEUED:
            self.trade.do(withdraw())
            self.ended_by_hand.add(order.id)
        else:
            with pytest.raises(NotPossible):
                self.trade.do(withdraw())

    @rule(number=which)
    @is_one(*AT_PANEL)
    def a_cancel_is_asked_for(self, number: int) -> None:
        order = self.one_of(number, AT_PANEL)
        with suppress(NotPossible):
            self.trade.do(
                orders.ask_cancel(self.trade.db, self.trade.client, order.id, order.customer_id, self.trade.now)
            )

    # --- the panel and the worker -----------------------------------------------------------------

    @rule(answer=st.sampled_from(ANSWERS))
    @is_one(OrderState.QUEUED)
    def an_order_is_sent(self, answer: str) -> None:
        self.trade.panel.answer = answer
        self.trade.do(self.trade.submit())

    @rule()
    def the_line_moves(self) -> None:
        """As far as it goes, by a panel in good health."""
        self.trade.panel.answer = "accepted"
        while self.trade.do(self.trade.submit()) is not None:
            pass

    @rule(answer=st.sampled_from(["accepted", "lost before", "error:Bad link"]), step=st.sampled_from(DEATHS))
    @is_one(OrderState.QUEUED)
    def the_process_dies_while_sending(self, answer: str, step: str) -> None:
        self.trade.panel.answer = answer
        at_each_step(lambda name: self._die_at(name, step))
        try:
            self.trade.do(self.trade.submit())
        except Died:
            pass
        finally:
            at_each_step(None)

    @rule()
    @is_one(OrderState.QUEUED)
    @precondition(lambda self: len(self.trade.slow) < 2)
    def an_order_is_sent_and_the_answer_stays_out(self) -> None:
        self.trade.panel.answer = "held"
        self.trade.do(self.trade.submit_slowly())

    @precondition(lambda self: self.trade.slow)
    @rule()
    def the_answer_comes_late(self) -> None:
        self.trade.do(self.trade.answer_late())

    @rule(seconds=st.sampled_from([0.1, 3, 70, 130, 3600]))
    def time_passes(self, seconds: float) -> None:
        self.trade.now += timedelta(seconds=seconds)

    @rule()
    def the_abandoned_are_parked(self) -> None:
        self.trade.now += timedelta(seconds=121)
        self.trade.do(self.trade.park())
        assert not any(order.state is OrderState.SUBMITTING for order in self.trade.books().orders)

    @rule()
    def the_held_line_is_looked_at(self) -> None:
        self.trade.do(pauses.look(self.trade.db, self.trade.client, POLICY, self.trade.clock))

    @rule(number=which, status=st.sampled_from(STATUSES), remains=REMAINS, charge=CHARGES, twice=st.booleans())
    @is_one(*AT_PANEL)
    def the_panel_says(self, number: int, status: str, remains: int | None, charge: str | None, twice: bool) -> None:
        order = self.one_of(number, {*AT_PANEL, OrderState.CANCELED})
        if order.panel_order_id is None:
            return
        said = Said(order.link, status, remains, charge)
        self.trade.panel.orders[order.panel_order_id or ""] = said
        for _ in range(1 + twice):
            self.trade.do(self.trade.look(order))
        self.trade.told(order, said)

    # --- unconfirmed orders -----------------------------------------------------------------------

    @rule(steps=st.integers(1, 4))
    @is_one(OrderState.UNCONFIRMED)
    def they_are_looked_for(self, steps: int) -> None:
        self.trade.now += timedelta(seconds=61)
        for _ in range(steps):
            self.trade.do(self.trade.search_now())
            self.trade.do(searching.search_round(self.trade.db, self.trade.client, POLICY, self.trade.clock))

    @rule(customer=customers, answer=st.sampled_from(["lost before", "lost after", "held"]), twins=st.booleans())
    def one_is_lost_between_two_that_are_placed(self, customer: int, answer: str, twins: bool) -> None:
        """What a search needs to come to an end; with twins, two lost ones of the same price."""
        self.the_line_moves()
        for each, count in (("accepted", 1), (answer, 1 + twins), ("accepted", 1)):
            for _ in range(count):
                self.a_draft(customer, "31", 500)
                self.confirmed(len(self.trade.tokens) - 1, 1)
                if each == "held":
                    self.an_order_is_sent_and_the_answer_stays_out()
                else:
                    self.an_order_is_sent(each)
            if each == "held":
                self.the_abandoned_are_parked()
            self.trade.now += timedelta(seconds=61)
        self.they_are_looked_for(3)

    @rule(number=which, act=st.sampled_from(["refund", "again", "exists"]))
    @is_one(OrderState.UNCONFIRMED)
    def the_owner_decides(self, number: int, act: str) -> None:
        order = self.one_of(number, {OrderState.UNCONFIRMED})
        there = [panel_id for panel_id, said in self.trade.panel.orders.items() if said.link == order.link]

        async def decide() -> None:
            async with self.trade.db.begin() as session:
                match act:
                    case "refund":
                        await deciding.refund(session, order.id, OWNER, self.trade.now)
                    case "again":
                        await deciding.send_again(session, order.id, OWNER, self.trade.now)
                        self.trade.sent_again[order.link] += 1
                    case _:
                        await deciding.adopt(session, order.id, there[0], OWNER, POLICY, self.trade.now)

        if there or act != "exists":
            with suppress(TakenByAnother):
                self.trade.do(decide())

    @staticmethod
    def _die_at(name: str, step: str | None) -> None:
        if name == step:
            raise Died

    # --- what holds, always -----------------------------------------------------------------------

    @invariant()
    def the_books_hold(self) -> None:
        self.seen = books = self.trade.books()
        assert list(wrong_wallets(books)) == []
        assert list(wrong_payments(books)) == []
        credited = {payment.charge_id: (payment.customer_id, payment.amount) for payment in books.payments}
        paid = self.trade.provider.paid.items()
        assert credited == {charge: (invoice.customer_id, invoice.amount) for charge, invoice in paid}
        for payment in books.payments:
            self._is_where_it_went(payment)
        for order in books.orders:
            self._is_at_the_panel_once(order)
            self._has_its_money_right(order)
            self._is_told(order)
        spent = -sum(e.amount for e in books.entries if e.kind in {EntryKind.PURCHASE, EntryKind.REFUND})
        assert spent == sum((order.price - self._back(order) for order in books.orders), Decimal(0))

    def _is_where_it_went(self, payment: Payment) -> None:
        is_back = payment.charge_id in self.trade.provider.back
        if payment.refund_state is RefundState.DONE:
            assert is_back
        if is_back:
            assert payment.refund_state in {RefundState.DONE, RefundState.ASKED}  # never in the wallet as well

    def _is_at_the_panel_once(self, order: Order) -> None:
        again = self.trade.sent_again[order.link]
        assert self.trade.panel.taken[order.link] <= 1 + again
        numbers = [panel_id for panel_id, said in self.trade.panel.orders.items() if said.link == order.link]
        if order.panel_order_id is not None:
            assert order.panel_order_id in numbers  # never another order's, however like it
        if order.state in AT_PANEL:
            assert order.panel_order_id is not None
        if order.state is OrderState.QUEUED and not again:
            assert not numbers  # what may be there is never in line

    def _back(self, order: Order) -> Decimal:
        if order.state is OrderState.REJECTED or order.id in self.ended_by_hand:
            return order.price
        owed = self.trade.owed.get(order.id)
        return owed.back if owed else Decimal(0)

    def _has_its_money_right(self, order: Order) -> None:
        assert order.refunded == self._back(order), (order.state, order.panel_status, order.remains, order.charge)

    def _is_told(self, order: Order) -> None:
        notices = [notice for notice in self.seen.notices if notice.order_id == order.id]
        assert any(notice.kind is NoticeKind.CARD and notice.done_at is None for notice in notices)
        if order.state in ENDS and order.id not in self.ended_by_hand:
            ended = [notice.content["state"] for notice in notices if notice.kind is NoticeKind.ENDED]
            assert order.state in ended


@pytest.fixture
def template(sqlite_template: Path, tmp_path: Path) -> Iterator[Path]:
    yield furnished(sqlite_template, tmp_path)
    at_each_step(None)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(4))
def test_whatever_happens_the_books_hold(template: Path, part: int) -> None:
    """Forty lives in four parts, which run side by side."""
    Life.template = template
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=10,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
