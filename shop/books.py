"""The store's books for a period: what came in, what went out, what customers are owed, what their orders cost.

They add up: what was owed at the start, and what went into wallets, less what left them, is what is owed at the end.
All of it is read at one moment, by a few queries that sum in the database and go by indexes on time; the panel's
charges, which no database sums exactly, are summed here, alike ones together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from db.engine import Database
from db.tables import Customer, EntryKind, LedgerEntry, Order, Payment
from db.types import MICROS_IN_ONE
from shop.money import ZERO
from shop.periods import Span
from shop.statement import Reason, reason_column

ROWS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Taken:
    """What came in by one way in one unit: `count` payments of `units` together, for `amount` (currency)."""

    way: str
    unit: str
    count: int
    units: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Spent:
    """Orders placed at the panel in the period, whenever they ended: what they brought and cost (currency).

    `charged` is what the panel says it took, for `charged_orders` of them; of the rest it says nothing, and they are
    `estimated` at their expected cost, less what was not delivered.
    """

    orders: int
    prices: Decimal
    refunded: Decimal
    charged_orders: int
    charged: Decimal
    estimated: Decimal

    @property
    def margin(self) -> Decimal:
        """What is left of what customers paid for them."""
        return self.prices - self.refunded - self.charged - self.estimated


@dataclass(frozen=True, slots=True)
class Books:
    """A period's books (currency). `moved` is what each reason put into wallets, below 0 what it took out."""

    span: Span
    owed_at_start: Decimal
    owed_at_end: Decimal
    moved: Mapping[Reason, Decimal]
    taken: tuple[Taken, ...]
    spent: Spent

    def moved_by(self, *reasons: Reason) -> Decimal:
        """Return what these reasons put into wallets together."""
        return sum((self.moved.get(reason, ZERO) for reason in reasons), ZERO)


async def read_books(db: Database, span: Span) -> Books:
    """Return the books of a span of time, as of one moment."""
    async with db.snapshot() as session:
        connection = await session.connection()
        reason = reason_column()
        sums = (
            select(reason.label("reason"), func.sum(col(LedgerEntry.amount)))
            .where(span.holds(col(LedgerEntry.created_at)))
            .group_by("reason")
        )
        moved = {Reason(why): Decimal(total) for why, total in await connection.execute(sums)}
        owed = await _owed_at(connection, span)
        return Books(
            span,
            owed - sum(moved.values(), ZERO),
            owed,
            moved,
            await _taken(connection, span),
            await _spent(connection, span),
        )


async def _owed_at(connection: AsyncConnection, span: Span) -> Decimal:
    """Return what all wallets held at the end of the span: what they hold now, less what moved since."""
    held = Decimal((await connection.execute(select(func.sum(col(Customer.balance))))).scalar_one() or 0)
    since = select(func.sum(col(LedgerEntry.amount))).where(col(LedgerEntry.created_at) >= span.end)
    return held - Decimal((await connection.execute(since)).scalar_one() or 0)


async def _taken(connection: AsyncConnection, span: Span) -> tuple[Taken, ...]:
    alike = (
        select(col(Payment.way), col(Payment.unit), col(Payment.units), func.count(), func.sum(col(LedgerEntry.amount)))
        .join(LedgerEntry, col(LedgerEntry.payment_id) == col(Payment.id))
        .where(col(LedgerEntry.kind) == EntryKind.TOP_UP, span.holds(col(LedgerEntry.created_at)))
        .group_by(col(Payment.way), col(Payment.unit), col(Payment.units))
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    found: dict[tuple[str, str], Taken] = {}
    async for way, unit, each, count, amount in await connection.stream(alike):
        before = found.get((way, unit), Taken(way, unit, 0, ZERO, ZERO))
        found[way, unit] = Taken(way, unit, before.count + count, before.units + each * count, before.amount + amount)
    return tuple(found[name] for name in sorted(found))


async def _spent(connection: AsyncConnection, span: Span) -> Spent:
    placed = (col(Order.panel_order_id).is_not(None), span.holds(col(Order.placed_at)))
    charge, cost, price, refunded = col(Order.charge), col(Order.cost), col(Order.price), col(Order.refunded)
    known = (
        select(charge, func.count(), func.sum(price), func.sum(refunded))
        .where(*placed, charge.is_not(None))
        .group_by(charge)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    unknown = (
        select(cost, price, refunded, func.count())
        .where(*placed, charge.is_(None))
        .group_by(cost, price, refunded)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    orders = charged_orders = 0
    prices = back = charged = estimated = ZERO
    async for each, count, brought, returned in await connection.stream(known):
        charged_orders += count
        charged += max(each or ZERO, ZERO) * count
        prices += Decimal(brought)
        back += Decimal(returned)
    async for each, brought, returned, count in await connection.stream(unknown):
        orders += count
        estimated += _estimate(each, brought, returned) * count
        prices += brought * count
        back += returned * count
    return Spent(orders + charged_orders, prices, back, charged_orders, charged, estimated)


def _estimate(cost: Decimal, price: Decimal, refunded: Decimal) -> Decimal:
    """Return what an order of unknown charge should have cost: that share of its cost which was not paid back."""
    micros = Fraction(cost) * Fraction(price - refunded) / Fraction(price) * MICROS_IN_ONE
    return Decimal(round(micros)) / MICROS_IN_ONE
