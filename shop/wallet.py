"""The wallet: a balance that is the sum of its ledger entries, and the only code that moves money."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlmodel import col, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from db.tables import Customer, EntryKind, LedgerEntry, NoticeKind, utc_now
from shop import notices
from shop.errors import AmountTooLarge, NotEnoughMoney
from shop.money import ZERO
from shop.steps import step

LARGEST_BALANCE = Decimal(10) ** 12
PAGE_SIZE = 8


@dataclass(frozen=True, slots=True)
class Statement:
    """A page of a wallet's entries, newest first. `page` counts from 0."""

    balance: Decimal
    entries: list[LedgerEntry]
    page: int
    pages: int


async def post(
    session: AsyncSession,
    customer_id: int,
    kind: EntryKind,
    amount: Decimal,
    *,
    key: str,
    order_id: int | None = None,
    payment_id: int | None = None,
    actor_id: int | None = None,
    note: str | None = None,
    now: datetime | None = None,
) -> LedgerEntry | None:
    """Move `amount` (currency, negative takes) and return the entry, or None if `key` has been posted before.

    The customer's row is locked first, so that entries of one wallet follow one another and each holds the balance
    after it. Raises NotEnoughMoney if the balance would fall below 0, AmountTooLarge if no wallet can hold the sum.
    """
    balance = (
        await session.exec(
            select(col(Customer.balance)).where(col(Customer.id) == customer_id).with_for_update(key_share=True)
        )
    ).one()
    if (await session.exec(select(LedgerEntry.id).where(col(LedgerEntry.key) == key))).first() is not None:
        return None
    if balance + amount > LARGEST_BALANCE:
        raise AmountTooLarge
    after = (
        await session.exec(
            update(Customer)
            .where(col(Customer.id) == customer_id, col(Customer.balance) + amount >= ZERO)
            .values(balance=col(Customer.balance) + amount)
            .returning(col(Customer.balance))
        )
    ).first()
    if after is None:
        raise NotEnoughMoney(balance=balance, needed=-amount)
    step("wallet.balance-changed")
    entry = LedgerEntry(
        customer_id=customer_id,
        kind=kind,
        amount=amount,
        balance_after=after[0],
        key=key,
        order_id=order_id,
        payment_id=payment_id,
        actor_id=actor_id,
        note=note,
        created_at=now or utc_now(),
    )
    session.add(entry)
    await session.flush()
    return entry


async def credit(
    session: AsyncSession,
    customer_id: int,
    amount: Decimal,
    *,
    key: str,
    actor_id: int,
    note: str | None = None,
    now: datetime | None = None,
) -> LedgerEntry | None:
    """Put `amount` (currency; negative takes) into a wallet by an owner's hand and tell the customer.

    `key` names the owner's message, so that a repeated update credits once (then None is returned). Someone who has
    not opened the shop yet gets a wallet all the same. Raises like `post`.
    """
    if await session.get(Customer, customer_id) is None:
        session.add(Customer(id=customer_id))
        await session.flush()
    entry = await post(
        session, customer_id, EntryKind.ADJUSTMENT, amount, key=key, actor_id=actor_id, note=note, now=now
    )
    if entry is not None:
        step("top-up.posted")
        notices.enqueue(
            session,
            customer_id,
            NoticeKind.CREDITED,
            content={"amount": str(amount), "balance": str(entry.balance_after), "note": note},
            now=now,
        )
    return entry


async def balance_of(session: AsyncSession, customer_id: int) -> Decimal:
    """Return the balance (currency); 0 for someone unknown."""
    return (await session.exec(select(col(Customer.balance)).where(col(Customer.id) == customer_id))).first() or ZERO


async def statement(session: AsyncSession, customer_id: int, page: int = 0) -> Statement:
    """Return a page of the wallet's entries; a page past the end is the last one."""
    count = (
        await session.exec(
            select(func.count()).select_from(LedgerEntry).where(col(LedgerEntry.customer_id) == customer_id)
        )
    ).one()
    pages = max(1, -(-count // PAGE_SIZE))
    page = min(max(page, 0), pages - 1)
    entries = await session.exec(
        select(LedgerEntry)
        .where(col(LedgerEntry.customer_id) == customer_id)
        .order_by(col(LedgerEntry.id).desc())
        .offset(page * PAGE_SIZE)
        .limit(PAGE_SIZE)
    )
    return Statement(balance=await balance_of(session, customer_id), entries=list(entries), page=page, pages=pages)
