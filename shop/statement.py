"""What moved in a wallet and why: entry by entry, by month, and a period with the balances at both its ends."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ColumnElement, String, and_, case, cast
from sqlalchemy import select as core_select
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from db.engine import Database
from db.tables import EntryKind, LedgerEntry, Payment
from shop import wallet
from shop.money import ZERO
from shop.periods import Span, months_before, start_of_month

MONTHS_A_PAGE = 6
ROWS_AT_ONCE = 500


class Reason(StrEnum):
    """Why money moved, more closely than by its kind."""

    TOP_UP = "top-up"
    SENT_BACK = "sent-back"  # a payment leaves for where it came from
    NOT_SENT_BACK = "not-sent-back"  # it could not be sent back and is here again
    PURCHASE = "purchase"
    REFUND = "refund"
    CODE = "code"  # a bonus code's
    CODE_BACK = "code-back"  # a bonus goes with its payment
    CODE_AGAIN = "code-again"  # and comes again with it
    REFERRAL = "referral"  # a share of what a friend paid
    REFERRAL_BACK = "referral-back"
    REFERRAL_AGAIN = "referral-again"
    ADJUSTMENT = "adjustment"  # by an owner's hand
    BONUS = "bonus"  # of no known cause


# How the business keys of those entries begin whose kind alone does not tell their reason.
_KEYS = {
    "payment-refund": Reason.SENT_BACK,
    "payment-refund-failed": Reason.NOT_SENT_BACK,
    "bonus": Reason.CODE,
    "bonus-back": Reason.CODE_BACK,
    "bonus-again": Reason.CODE_AGAIN,
    "referral": Reason.REFERRAL,
    "referral-back": Reason.REFERRAL_BACK,
    "referral-again": Reason.REFERRAL_AGAIN,
}
_KINDS = {
    EntryKind.TOP_UP: Reason.TOP_UP,
    EntryKind.PURCHASE: Reason.PURCHASE,
    EntryKind.REFUND: Reason.REFUND,
    EntryKind.ADJUSTMENT: Reason.ADJUSTMENT,
    EntryKind.BONUS: Reason.BONUS,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One entry with its reason, and the payment of that same customer it belongs to."""

    entry: LedgerEntry
    reason: Reason
    payment: Payment | None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a statement, newest first; `page` counts from 0."""

    balance: Decimal
    lines: list[Line]
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Month:
    """A month's totals: what came `into` the wallet and went `out` of it (both above 0) by reason."""

    start: datetime
    opening: Decimal
    into: Mapping[Reason, Decimal]
    out: Mapping[Reason, Decimal]
    closing: Decimal


@dataclass(frozen=True, slots=True)
class Months:
    """A page of the months in which anything moved, newest first; `page` counts from 0."""

    months: list[Month]
    page: int
    pages: int


def reason_of(entry: LedgerEntry) -> Reason:
    """Return why an entry moved money."""
    is_told = entry.kind in {EntryKind.ADJUSTMENT, EntryKind.BONUS}
    return _KEYS.get(entry.key.split(":", 1)[0], _KINDS[entry.kind]) if is_told else _KINDS[entry.kind]


def reason_column() -> ColumnElement[str]:
    """Return the same as a column of a query over entries."""
    key, kind = col(LedgerEntry.key), col(LedgerEntry.kind)
    is_told = kind.in_([EntryKind.ADJUSTMENT, EntryKind.BONUS])
    by_key = [(and_(is_told, key.startswith(f"{prefix}:")), reason.value) for prefix, reason in _KEYS.items()]
    by_kind = [(kind == each, reason.value) for each, reason in _KINDS.items()]
    return cast(case(*by_key, *by_kind), String)


async def read_page(session: AsyncSession, customer_id: int, page: int = 0) -> Page:
    """Return a page of a customer's statement; a page past the end is the last one."""
    found = await wallet.statement(session, customer_id, page)
    return Page(found.balance, await _lines(session, found.entries), found.page, found.pages)


async def _lines(session: AsyncSession, entries: Sequence[LedgerEntry]) -> list[Line]:
    ids = {entry.payment_id for entry in entries if entry.payment_id is not None}
    found = (await session.exec(select(Payment).where(col(Payment.id).in_(ids)))).all() if ids else ()
    payments = {(payment.id, payment.customer_id): payment for payment in found}
    return [
        Line(entry, reason_of(entry), payments.get((entry.payment_id or 0, entry.customer_id))) for entry in entries
    ]


async def read_months(session: AsyncSession, customer_id: int, now: datetime, page: int = 0) -> Months:
    """Return the totals of MONTHS_A_PAGE months; those in which nothing moved are left out."""
    mine = col(LedgerEntry.customer_id) == customer_id
    first = (await session.exec(select(func.min(LedgerEntry.created_at)).where(mine))).one()
    this = start_of_month(now)
    if first is None:
        return Months([], 0, 1)
    count = (this.year - first.year) * 12 + this.month - first.month + 1
    pages = max(1, -(-count // MONTHS_A_PAGE))
    page = min(max(page, 0), pages - 1)
    starts = [months_before(this, page * MONTHS_A_PAGE + number) for number in range(MONTHS_A_PAGE)]
    created, amount = col(LedgerEntry.created_at), col(LedgerEntry.amount)
    which = case(*((created >= start, number) for number, start in enumerate(starts)), else_=-1)
    reason, is_in = reason_column(), amount > ZERO
    sums = (
        core_select(which.label("month"), reason.label("reason"), is_in.label("is_in"), func.sum(amount))
        .where(mine, created >= starts[-1], created < months_before(starts[0], -1))
        .group_by("month", "reason", "is_in")
    )
    moved: dict[int, dict[Reason, dict[bool, Decimal]]] = defaultdict(lambda: defaultdict(dict))
    for number, why, into, total in await (await session.connection()).execute(sums):
        moved[number][Reason(why)][bool(into)] = abs(total)
    later = select(func.sum(amount)).where(mine, created >= months_before(starts[0], -1))
    closing = await wallet.balance_of(session, customer_id) - Decimal((await session.exec(later)).one() or 0)
    months = []
    for number, start in enumerate(starts):
        ways = {into: {why: by[into] for why, by in moved[number].items() if into in by} for into in (True, False)}
        opening = closing - sum(ways[True].values(), ZERO) + sum(ways[False].values(), ZERO)
        if moved[number]:
            months.append(Month(start, opening, ways[True], ways[False], closing))
        closing = opening
    return Months(months, page, pages)


async def opening_of(session: AsyncSession, customer_id: int, span: Span) -> Decimal:
    """Return the balance with which a span of time began."""
    if span.start is None:
        return ZERO
    before = select(func.sum(LedgerEntry.amount)).where(
        col(LedgerEntry.customer_id) == customer_id, col(LedgerEntry.created_at) < span.start
    )
    return Decimal((await session.exec(before)).one() or 0)


async def read_lines(db: Database, customer_id: int, span: Span) -> AsyncIterator[Line]:
    """Go through the entries of a span of time, oldest first, ROWS_AT_ONCE in memory at a time."""
    last = 0
    while True:
        async with db.read() as session:
            entries = (
                select(LedgerEntry)
                .where(
                    col(LedgerEntry.customer_id) == customer_id,
                    col(LedgerEntry.id) > last,
                    span.holds(col(LedgerEntry.created_at)),
                )
                .order_by(col(LedgerEntry.id))
                .limit(ROWS_AT_ONCE)
            )
            lines = await _lines(session, (await session.exec(entries)).all())
        for line in lines:
            yield line
        if len(lines) < ROWS_AT_ONCE:
            return
        last = lines[-1].entry.id
