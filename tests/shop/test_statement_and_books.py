"""Statements and books add up to the cent, entry by entry, month by month, and for the store as a whole."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select, update

from db.tables import Customer, EntryKind, LedgerEntry, Order, OrderState, Payment
from shop import bonuses, payments, referrals, returns, statement, wallet
from shop.bonuses import Terms
from shop.books import Books, Taken, read_books
from shop.periods import Period, Span, months_before, span_of, start_of_month
from shop.refunds import refund_up_to
from shop.statement import Reason, read_lines, read_months, read_page, reason_of
from tests.shop.conftest import ANNA, NOW, OWNER, Shop

BORIS = 1002
JANUARY, FEBRUARY = datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 2, 20, tzinfo=UTC)
MARCH = NOW - timedelta(hours=3)
YEARS = (datetime(1990, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001 - hypothesis puts the zone on


async def pay(shop: Shop, customer: int, charge: str, amount: str, when: datetime, way: str = "stars") -> Payment:
    async with shop.db.begin() as session:
        payment = await payments.receive(
            session, customer, way, charge, units=Decimal(amount) * 77, unit="XTR" if way == "stars" else "USDT",
            amount=Decimal(amount), now=when,
        )  # fmt: skip
        assert payment is not None
        return payment


async def end(shop: Shop, order: Order, when: datetime, *, charge: str | None, back: str = "0") -> None:
    """Place an order, and end it with so much paid back."""
    async with shop.db.begin() as session:
        kept = await session.get_one(Order, order.id, with_for_update=True)
        kept.panel_order_id, kept.placed_at, kept.state = f"p{order.id}", when, OrderState.PARTIAL
        kept.charge = None if charge is None else Decimal(charge)
        await refund_up_to(session, kept, Decimal(back), when)


@pytest.fixture
async def history(shop: Shop) -> Shop:
    """Three months of two people: every reason for which money moves."""
    async with shop.db.begin() as session:
        await session.exec(update(LedgerEntry).values(created_at=JANUARY))
        session.add(Customer(id=BORIS, name="Boris", referrer_id=ANNA, created_at=JANUARY))
        await referrals.set_terms(session, Decimal(10), 90, OWNER, JANUARY)
        await bonuses.make(session, Terms("tenth", percent=Decimal(10)), OWNER, JANUARY)
        await bonuses.make(session, Terms("gift", amount=Decimal(3)), OWNER, JANUARY)
    await pay(shop, BORIS, "one", "20", JANUARY)
    await bonuses.redeem(shop.db, BORIS, "gift", FEBRUARY)
    await bonuses.redeem(shop.db, BORIS, "tenth", FEBRUARY)
    sent_back = await pay(shop, BORIS, "two", "30", FEBRUARY)
    await pay(shop, ANNA, "three", "7.50", FEBRUARY, way="crypto")
    first, second, third = [await shop.order(quantity) for quantity in (1000, 2000, 500)]  # 1.61, 3.21 and 0.81
    async with shop.db.begin() as session:
        await session.exec(
            update(LedgerEntry).where(LedgerEntry.kind == EntryKind.PURCHASE).values(created_at=FEBRUARY)
        )
    await end(shop, first, FEBRUARY, charge="1.2345")
    await end(shop, second, MARCH, charge="1.2", back="1.60")
    await end(shop, third, MARCH, charge=None, back="0.27")
    async with shop.db.begin() as session:
        await returns.ask_refund(session, sent_back.id, OWNER, from_balance=True, now=MARCH)
        await wallet.credit(session, ANNA, Decimal("-4.20"), key="debit", actor_id=OWNER, now=MARCH, note="=1+1")
    return shop


async def entries(shop: Shop, span: Span) -> list[LedgerEntry]:
    async with shop.db.read() as session:
        found = (await session.exec(select(LedgerEntry))).all()
    return [each for each in found if (span.start is None or each.created_at >= span.start)
            and each.created_at < span.end]  # fmt: skip


def total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


# --- one wallet -----------------------------------------------------------------------------------


async def test_each_entry_has_its_reason_and_its_own_payment_only(history: Shop) -> None:
    async with history.db.read() as session:
        page = await read_page(session, BORIS)
        mine = await read_page(session, ANNA, 99)
    assert [line.reason for line in page.lines] == [
        Reason.SENT_BACK, Reason.CODE_BACK, Reason.CODE, Reason.TOP_UP, Reason.CODE, Reason.TOP_UP,
    ]  # fmt: skip
    assert [line.payment and line.payment.charge_id for line in page.lines] == ["two"] * 4 + [None, "one"]
    assert mine.page == mine.pages - 1
    reasons = {reason_of(entry) for entry in await history.entries()}
    assert reasons == {Reason.ADJUSTMENT, Reason.REFERRAL, Reason.TOP_UP, Reason.PURCHASE, Reason.REFUND,
                       Reason.REFERRAL_BACK}  # fmt: skip
    rewards = [line for line in mine.lines if line.reason is Reason.REFERRAL]
    assert [line.payment for line in rewards] == [None] * len(rewards)  # a friend's payment is the friend's


async def test_a_period_adds_up_from_its_opening_balance(history: Shop) -> None:
    for period, customer in product(Period, (ANNA, BORIS)):
        span = span_of(period, NOW)
        async with history.db.read() as session:
            opening = await statement.opening_of(session, customer, span)
            after = await statement.opening_of(session, customer, Span(span.end, NOW))
        lines = [line.entry async for line in read_lines(history.db, customer, span)]
        expected = [entry.id for entry in await entries(history, span) if entry.customer_id == customer]
        assert [line.id for line in lines] == sorted(expected)
        assert opening + total(line.amount for line in lines) == after
        if lines:
            assert (opening + lines[0].amount, after) == (lines[0].balance_after, lines[-1].balance_after)


async def test_long_statements_are_read_in_parts(history: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statement, "ROWS_AT_ONCE", 2)
    lines = [line.entry.id async for line in read_lines(history.db, ANNA, span_of(Period.ALL, NOW))]
    assert lines == sorted(entry.id for entry in await history.entries() if entry.created_at < NOW)


async def test_months_follow_from_one_another(history: Shop) -> None:
    async with history.db.read() as session:
        found = await read_months(session, ANNA, NOW)
        empty = await read_months(session, 4711, NOW)
        other = await read_months(session, ANNA, months_before(NOW, -8), 1)
    assert [month.start.month for month in found.months] == [3, 2, 1]
    assert (empty.months, empty.pages) == ([], 1)
    assert ([month.start.month for month in other.months], other.pages) == ([3, 2, 1], 2)
    march, february, january = found.months
    assert january.opening == 0
    assert (january.closing, february.closing) == (february.opening, march.opening)
    assert march.closing == await history.balance()
    for month in found.months:
        assert month.opening + total(month.into.values()) - total(month.out.values()) == month.closing
    assert january.into == {Reason.ADJUSTMENT: Decimal(100), Reason.REFERRAL: Decimal(2)}
    assert february.into == {Reason.TOP_UP: Decimal("7.50"), Reason.REFERRAL: Decimal(3)}
    assert february.out == {Reason.PURCHASE: Decimal("5.63")}
    assert march.into == {Reason.REFUND: Decimal("1.87")}
    assert march.out == {Reason.ADJUSTMENT: Decimal("4.20"), Reason.REFERRAL_BACK: Decimal(3)}


# --- the store ------------------------------------------------------------------------------------


async def test_the_books_of_a_period_add_up(history: Shop) -> None:
    everything = await entries(history, Span(None, datetime(9999, 1, 1, tzinfo=UTC)))
    for span in (span_of(period, NOW) for period in Period):
        books = await read_books(history.db, span)
        assert books.owed_at_start == total(e.amount for e in everything if span.start and e.created_at < span.start)
        assert books.owed_at_end == total(e.amount for e in everything if e.created_at < span.end)
        assert books.owed_at_start + total(books.moved.values()) == books.owed_at_end
        by_reason: dict[Reason, Decimal] = defaultdict(Decimal)
        for entry in await entries(history, span):
            by_reason[reason_of(entry)] += entry.amount
        assert books.moved == by_reason
        assert total(taken.amount for taken in books.taken) == books.moved_by(Reason.TOP_UP)


async def test_the_books_tell_ways_units_and_what_the_orders_cost(history: Shop) -> None:
    books = await read_books(history.db, span_of(Period.ALL, NOW))
    assert books.taken == (
        Taken("crypto", "USDT", 1, Decimal("577.50"), Decimal("7.50")),
        Taken("stars", "XTR", 2, Decimal(3850), Decimal(50)),
    )
    assert books.owed_at_start == 0
    spent = books.spent
    assert (spent.orders, spent.charged_orders, spent.prices, spent.refunded) == (
        3, 2, Decimal("5.63"), Decimal("1.87"),
    )  # fmt: skip
    assert spent.charged == Decimal("2.4345")
    assert spent.estimated == Decimal("0.411500")  # 0.61725, two thirds of which was not paid back
    assert spent.margin == Decimal("5.63") - Decimal("1.87") - Decimal("2.4345") - Decimal("0.4115")
    february = await read_books(history.db, span_of(Period.LAST_MONTH, NOW))
    assert (february.spent.orders, february.spent.charged) == (1, Decimal("1.2345"))


async def test_the_books_of_an_empty_store_are_empty(shop: Shop) -> None:
    long_ago = Span(datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 2, 1, tzinfo=UTC))
    books: Books = await read_books(shop.db, long_ago)
    assert (books.owed_at_start, books.owed_at_end, books.moved, books.taken) == (0, 0, {}, ())
    assert (books.spent.orders, books.spent.margin) == (0, 0)


# --- periods --------------------------------------------------------------------------------------


@given(st.datetimes(YEARS[0], YEARS[1], timezones=st.just(UTC)), st.integers(-30, 30))
def test_months_are_counted_over_the_turn_of_years(moment: datetime, count: int) -> None:
    month = start_of_month(moment)
    other = months_before(month, count)
    assert (month.year - other.year) * 12 + month.month - other.month == count
    assert months_before(other, -count) == month
    last = span_of(Period.LAST_MONTH, moment)
    assert last.start is not None
    assert last.start < last.end == month <= moment
    assert last.start == start_of_month(month - timedelta(days=1))
