"""Referrals: who invited whom, and the share of a friend's top-ups that goes to whoever invited them.

A customer has a referrer from their very first message or never. The referrer was there before, so that nobody invites
themselves and no two invite each other in a circle. Only payments earn: bonuses and an owner's credits do not.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from db.tables import Customer, EntryKind, LedgerEntry, NoticeKind, OwnerAct, Payment, utc_now
from shop import notices, till, wallet
from shop.money import ZERO, round_down

MOST_PERCENT = Decimal(50)
MOST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Invited:
    """What came of a customer's invitations: how many `friends`, and what they `earned` (currency) so far."""

    friends: int
    earned: Decimal


@dataclass(frozen=True, slots=True)
class Returned:
    """What a payment's return meant for a `reward` (currency) it brought: so much was `taken` out of the wallet."""

    reward: Decimal
    taken: Decimal


async def are_on(session: AsyncSession) -> bool:
    """Whether inviting friends brings anything."""
    return (await till.read(session)).referral_percent > ZERO


async def may_invite(session: AsyncSession, referrer_id: int, customer_id: int) -> bool:
    """Whether a link of `referrer_id` counts for a customer who is new: its owner is here, another, and not on hold."""
    if referrer_id == customer_id:
        return False
    known = select(Customer.id).where(col(Customer.id) == referrer_id, col(Customer.held_at).is_(None))
    return (await session.exec(known)).first() is not None


async def lock(session: AsyncSession, customer_id: int) -> None:
    """Lock a customer's wallet and their referrer's, in one order everywhere: money of both may move now."""
    referrer = select(Customer.referrer_id).where(col(Customer.id) == customer_id)
    ids = {customer_id, (await session.exec(referrer)).first()} - {None}
    rows = select(Customer.id).where(col(Customer.id).in_(ids)).order_by(col(Customer.id))
    await session.exec(rows.with_for_update(key_share=True))


async def reward(session: AsyncSession, payment: Payment, now: datetime) -> None:
    """Give the referrer their share of a friend's payment that arrived, once; both wallets are locked (`lock`).

    Nothing is due once the friend's days are over, or while either of the two is on hold.
    """
    friend = await session.get_one(Customer, payment.customer_id)
    if friend.referrer_id is None or friend.held_at is not None:
        return
    rules = await till.read(session)
    if now - friend.created_at > timedelta(days=rules.referral_days):
        return
    amount = round_down(payment.amount * rules.referral_percent / 100)
    held = select(Customer.held_at).where(col(Customer.id) == friend.referrer_id)
    if amount <= ZERO or (await session.exec(held)).first() is not None:
        return
    entry = await wallet.post(
        session, friend.referrer_id, EntryKind.BONUS, amount, key=f"referral:{payment.id}", now=now
    )
    if entry is not None:
        _tell(session, entry, "referral", now)


async def take_back(session: AsyncSession, payment: Payment, actor_id: int | None, now: datetime) -> Returned:
    """Take a reward back whose payment is sent back, as far as it is still in the referrer's wallet.

    Both wallets are locked (`lock`).
    """
    referrer = select(Customer.referrer_id).where(col(Customer.id) == payment.customer_id)
    referrer_id = (await session.exec(referrer)).first()
    keys = _keys(payment)
    there = select(func.sum(LedgerEntry.amount)).where(col(LedgerEntry.key).in_(keys))
    earned = Decimal((await session.exec(there)).one() or 0)
    if referrer_id is None or earned <= ZERO:
        return Returned(ZERO, ZERO)
    taken = min(earned, await wallet.balance_of(session, referrer_id))
    if taken > ZERO:
        key = f"referral-back:{payment.id}:{payment.refunds_asked}"
        entry = await wallet.post(
            session, referrer_id, EntryKind.ADJUSTMENT, -taken, key=key, actor_id=actor_id, now=now
        )
        if entry is not None:
            _tell(session, entry, "referral-back", now)
    return Returned(earned, taken)


async def give_again(session: AsyncSession, payment: Payment, now: datetime) -> None:
    """Give what was taken back again, because the payment could not be sent back after all."""
    asked = f"{payment.id}:{payment.refunds_asked}"
    back = (await session.exec(select(LedgerEntry).where(col(LedgerEntry.key) == f"referral-back:{asked}"))).first()
    if back is None:
        return
    entry = await wallet.post(
        session, back.customer_id, EntryKind.ADJUSTMENT, -back.amount, key=f"referral-again:{asked}", now=now
    )
    if entry is not None:
        _tell(session, entry, "referral-again", now)


async def count_invited(session: AsyncSession, customer_id: int) -> Invited:
    """Return what came of a customer's invitations."""
    friends = select(func.count()).select_from(Customer).where(col(Customer.referrer_id) == customer_id)
    earned = select(func.sum(LedgerEntry.amount)).where(
        col(LedgerEntry.customer_id) == customer_id, col(LedgerEntry.key).startswith("referral")
    )
    return Invited((await session.exec(friends)).one(), Decimal((await session.exec(earned)).one() or 0))


async def set_terms(
    session: AsyncSession, percent: Decimal, days: int, actor_id: int, now: datetime | None = None
) -> None:
    """Let referrers have `percent` of what a friend pays within `days` of their first message; 0 ends it.

    Raises ValueError beyond MOST_PERCENT and MOST_DAYS.
    """
    if not (ZERO <= percent <= MOST_PERCENT and 0 < days <= MOST_DAYS):
        raise ValueError("referrals are 0 to 50 percent for 1 to 3650 days")
    before = await till.read(session)
    facts = {
        "percent": str(percent),
        "days": str(days),
        "percent_before": str(before.referral_percent),
        "days_before": str(before.referral_days),
    }
    await till.change(session, referral_percent=percent, referral_days=days)
    session.add(OwnerAct(actor_id=actor_id, act="referrals_set", facts=facts, created_at=now or utc_now()))


def _keys(payment: Payment) -> Iterable[str]:
    """Return the keys under which a payment's reward may have come, gone and come again."""
    asked = range(1, payment.refunds_asked + 1)
    moves = (f"referral-{way}:{payment.id}:{number}" for way in ("back", "again") for number in asked)
    return [f"referral:{payment.id}", *moves]


def _tell(session: AsyncSession, entry: LedgerEntry, about: str, now: datetime) -> None:
    content = {"about": about, "amount": str(abs(entry.amount)), "balance": str(entry.balance_after)}
    notices.enqueue(session, entry.customer_id, NoticeKind.BONUS, content=content, now=now)
