"""Money that goes back where it came from, because an owner says so or somebody else has done it.

A return takes the money out of the wallet in the transaction that asks for it; sending it back is a job that survives
a crash and may be tried again.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from sqlmodel import and_, col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from db.engine import Database
from db.tables import EntryKind, LedgerEntry, NoticeKind, OwnerAct, Payment, RefundState, utc_now
from shop import bonuses, notices, referrals, wallet
from shop.errors import AlreadyRefunded, AlreadySpent
from shop.money import ZERO
from shop.payments import find_payment
from shop.policy import Policy
from shop.steps import step

log = structlog.get_logger(__name__)

REFUND_LEASE = timedelta(seconds=60)
LONGEST_REFUND_WAIT_SECONDS = 3600.0

# Out of the wallet, and back where it came from or on its way there.
GONE = {RefundState.ASKED, RefundState.DONE}

SendBack = Callable[[Payment], Awaitable[None]]


class RefundRefused(Exception):
    """The provider will never send this payment back; its words are the argument."""


class RefundLater(Exception):
    """The provider asks for patience: so many seconds are the argument."""


async def unspent(session: AsyncSession, payment: Payment) -> Decimal:
    """Return how much of a payment is still in the wallet (currency), older money being spent first.

    What left for a return, or came back from one that failed, counts where the payment it is of stands.
    """
    if payment.refund_state in GONE:
        return ZERO
    mine = select(LedgerEntry.id).where(
        col(LedgerEntry.payment_id) == payment.id, col(LedgerEntry.kind) == EntryKind.TOP_UP
    )
    of_return = and_(col(LedgerEntry.kind) == EntryKind.ADJUSTMENT, col(LedgerEntry.payment_id).is_not(None))
    came_later = and_(~of_return, col(LedgerEntry.amount) > ZERO, col(LedgerEntry.id) > mine.scalar_subquery())
    of_a_later_one = and_(of_return, col(LedgerEntry.payment_id) > payment.id)
    younger = (
        await session.exec(
            select(func.sum(LedgerEntry.amount)).where(
                col(LedgerEntry.customer_id) == payment.customer_id, or_(came_later, of_a_later_one)
            )
        )
    ).one()
    balance = await wallet.balance_of(session, payment.customer_id)
    return min(max(balance - Decimal(younger or 0), ZERO), payment.amount)


async def ask_refund(
    session: AsyncSession,
    payment_id: int,
    actor_id: int,
    *,
    from_balance: bool = False,
    by_hand: bool = False,
    now: datetime | None = None,
) -> Payment:
    """Take a payment out of the wallet and have it sent back; the bonuses it brought go with it.

    With `by_hand` the owner has sent it back already, outside of the store.

    Raises PaymentGone, AlreadyRefunded, AlreadySpent unless the owner said `from_balance` (take it although some of
    that payment is spent), and NotEnoughMoney when the wallet does not hold it, or, without `from_balance`, its bonus.
    """
    now = now or utc_now()
    payment = await _lock_payment(session, await find_payment(session, payment_id))
    if payment.refund_state in GONE:
        raise AlreadyRefunded
    left = await unspent(session, payment)
    balance = await wallet.balance_of(session, payment.customer_id)
    if left < payment.amount and not from_balance:
        raise AlreadySpent(unspent=left, amount=payment.amount)
    payment.refunds_asked += 1
    await bonuses.take_back(session, payment, actor_id, now, is_all_there=not from_balance)
    await _take(session, payment, payment.amount, actor_id, now)
    act = "returned_by_hand" if by_hand else "return"
    _write_down(session, payment, act, actor_id, now, unspent=str(left), balance=str(balance))
    if by_hand:
        _finish(session, payment, payment.amount, now)
        return payment
    payment.refund_state = RefundState.ASKED
    payment.refund_next_at = now
    payment.refund_attempts = 0
    payment.refund_failure = None
    session.add(payment)
    step("payment.refund-asked")
    return payment


async def note_return(
    session: AsyncSession, way: str, charge_id: str, policy: Policy, now: datetime | None = None
) -> Payment | None:
    """Take note that the provider says a payment went back; None if that was known, or it is none of ours.

    It may be a try of ours whose answer was lost. Sent back by others (the provider's support, an owner elsewhere),
    what is still there of it leaves the wallet, which never falls below zero, and the owners are told.
    """
    now = now or utc_now()
    found = select(Payment).where(col(Payment.way) == way, col(Payment.charge_id) == charge_id)
    payment = (await session.exec(found)).first()
    if payment is None or payment.refund_state is RefundState.DONE:
        return None
    payment = await _lock_payment(session, payment)
    if payment.refund_state is RefundState.DONE:
        return None
    if payment.refund_state is RefundState.ASKED:  # it left the wallet when it was asked for
        _finish(session, payment, payment.amount, now)
        return payment
    payment.refunds_asked += 1
    await bonuses.take_back(session, payment, None, now, is_all_there=False)
    taken = min(await wallet.balance_of(session, payment.customer_id), payment.amount)
    await _take(session, payment, taken, None, now)
    missing = payment.amount - taken
    _write_down(session, payment, "returned_elsewhere", None, now, taken=str(taken))
    facts = _facts(payment) | {"taken": str(taken), "missing": str(missing)}
    notices.alert(session, policy.owners, "returned-elsewhere", now=now, **facts)
    _finish(session, payment, taken, now)
    step("payment.return-noted")
    return payment


async def send_back_next(db: Database, ways: Mapping[str, SendBack], policy: Policy) -> bool:
    """Try the next return that is due; return whether there was one.

    A try that ends nowhere (no answer, a crash) is made again: sending the same payment back twice must be one return
    at every way (`ways` by name), and a second "already refunded" is success.
    """
    now = utc_now()
    due = (
        select(Payment)
        .where(col(Payment.refund_next_at) <= now, col(Payment.way).in_(list(ways)))
        .order_by(col(Payment.refund_next_at))
        .limit(1)
    )
    async with db.read() as session:
        if (await session.exec(due)).first() is None:
            return False
    async with db.begin() as session:
        payment = (await session.exec(due.with_for_update(skip_locked=True, key_share=True))).first()
        if payment is None:
            return False
        payment.refund_next_at = now + REFUND_LEASE
        payment.refund_attempts += 1
        session.add(payment)
    step("payment.refund-claimed")
    refusal = failure = None
    patience = 0.0
    try:
        await ways[payment.way](payment)
        step("payment.refund-sent")
    except RefundRefused as error:
        refusal = str(error)
    except RefundLater as error:
        failure, patience = type(error).__name__, float(error.args[0])
    except Exception as error:
        failure = type(error).__name__
        log.warning("refund.waits", payment=payment.id, error=repr(error))
    async with db.begin() as session:
        if failure is not None:
            await _put_off(session, payment, failure, patience)
        else:
            await _close_refund(session, payment, refusal, policy)
    step("payment.refund-closed")
    return True


async def _put_off(session: AsyncSession, payment: Payment, failure: str, patience: float) -> None:
    """Try the return again, after `patience` (seconds) or a wait that doubles with each attempt."""
    payment = await _lock_payment(session, payment)
    if payment.refund_state is RefundState.ASKED:
        wait = min(2.0 ** min(payment.refund_attempts, 12), LONGEST_REFUND_WAIT_SECONDS)
        payment.refund_next_at = utc_now() + timedelta(seconds=max(wait, patience))
        payment.refund_failure = failure
        session.add(payment)


async def _close_refund(session: AsyncSession, payment: Payment, refusal: str | None, policy: Policy) -> None:
    """Write down that the provider sent it back, or (`refusal`) never will: then the wallet has it again."""
    now = utc_now()
    payment = await _lock_payment(session, payment)
    if payment.refund_state is not RefundState.ASKED:  # the provider has told, or a slower worker had the same job
        if refusal is None:
            await note_return(session, payment.way, payment.charge_id, policy, now)  # also if refused in between
        return
    if refusal is None:
        _finish(session, payment, payment.amount, now)
        return
    payment.refund_state = RefundState.FAILED
    payment.refund_failure = refusal
    payment.refund_next_at = None
    session.add(payment)
    await _move(session, payment, payment.amount, "refund-failed", payment.refund_actor_id, now)
    await bonuses.give_again(session, payment, now)
    notices.alert(session, policy.owners, "refund-failed", now=now, text=refusal, **_facts(payment))


def _finish(session: AsyncSession, payment: Payment, taken: Decimal, now: datetime) -> None:
    """Close a return: the money is back where it came from, and `taken` (currency) left the wallet for it."""
    payment.refund_state = RefundState.DONE
    payment.refunded_at = now
    payment.refund_next_at = payment.refund_failure = None
    session.add(payment)
    content = {"payment": payment.id, "refund": True, "taken": str(taken)}
    notices.enqueue(session, payment.customer_id, NoticeKind.RECEIPT, content=content, now=now)


async def _take(session: AsyncSession, payment: Payment, amount: Decimal, actor_id: int | None, now: datetime) -> None:
    """Take `amount` (currency) out of the payment's wallet for a return. Raises NotEnoughMoney."""
    payment.refund_actor_id = actor_id
    session.add(payment)
    if amount:
        await _move(session, payment, -amount, "refund", actor_id, now)


async def _move(
    session: AsyncSession, payment: Payment, amount: Decimal, why: str, actor_id: int | None, now: datetime
) -> None:
    """Move money for a return of the payment, out or back in: once for each asking."""
    await wallet.post(
        session,
        payment.customer_id,
        EntryKind.ADJUSTMENT,
        amount,
        key=f"payment-{why}:{payment.id}:{payment.refunds_asked}",
        payment_id=payment.id,
        actor_id=actor_id,
        now=now,
    )


def _write_down(
    session: AsyncSession, payment: Payment, act: str, actor_id: int | None, now: datetime, **more: str
) -> None:
    """Keep what was decided about a payment, with the facts it was decided on."""
    facts = {name: str(value) for name, value in _facts(payment).items()} | {"charge": payment.charge_id} | more
    session.add(OwnerAct(actor_id=actor_id, act=act, customer_id=payment.customer_id, facts=facts, created_at=now))


def _facts(payment: Payment) -> dict[str, Any]:
    """Return what an owner has to know of a payment, for alerts and acts."""
    facts = {"payment": payment.id, "customer": payment.customer_id, "unit": payment.unit}
    return facts | {"units": f"{payment.units:f}", "amount": str(payment.amount)}


async def _lock_payment(session: AsyncSession, payment: Payment) -> Payment:
    """Have nobody else decide about the payment until the transaction ends, and return it as it is now."""
    await referrals.lock(session, payment.customer_id)
    return await session.get_one(Payment, payment.id, populate_existing=True, with_for_update={"key_share": True})
