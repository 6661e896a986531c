"""Money that comes in: invoices are asked for, a payment is credited once per charge, and goes back where it came from.

Whatever way it was paid, money reaches a wallet through `receive` only. A return takes the money out of the wallet in
the transaction that asks for it; sending it back is a job that survives a crash and may be tried again.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

import structlog
from sqlmodel import and_, col, func, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from db.engine import Database
from db.tables import (
    Customer,
    EntryKind,
    Invoice,
    InvoiceState,
    LedgerEntry,
    NoticeKind,
    OwnerAct,
    Payment,
    RefundState,
    utc_now,
)
from db.types import MICROS_IN_ONE
from shop import bonuses, drafts, notices, referrals, wallet
from shop.errors import (
    AlreadyRefunded,
    AlreadySpent,
    InvoiceGone,
    OnHold,
    PaymentGone,
    TooManyClaimed,
    TooManyInvoices,
    TopUpOutOfRange,
)
from shop.money import ZERO
from shop.policy import Policy
from shop.steps import step
from shop.till import Till

log = structlog.get_logger(__name__)

INVOICES_AN_HOUR = 20
MOST_CLAIMED = 3  # of one customer, waiting for an owner
REFUND_LEASE = timedelta(seconds=60)
LONGEST_REFUND_WAIT_SECONDS = 3600.0

# Out of the wallet, and back where it came from or on its way there.
GONE = {RefundState.ASKED, RefundState.DONE}

SendBack = Callable[[Payment], Awaitable[None]]


class RefundRefused(Exception):
    """The provider will never send this payment back; its words are the argument."""


class RefundLater(Exception):
    """The provider asks for patience: so many seconds are the argument."""


# --- invoices -------------------------------------------------------------------------------------


async def require_not_held(session: AsyncSession, customer_id: int) -> None:
    """Raise OnHold for a customer an owner has put on hold."""
    held = select(Customer.held_at).where(col(Customer.id) == customer_id)
    if (await session.exec(held)).first() is not None:
        raise OnHold


async def require_few_claimed(session: AsyncSession, customer_id: int, way: str) -> None:
    """Raise TooManyClaimed for a customer whose payments in this way wait for an owner, as many as may."""
    waiting = select(func.count()).where(
        col(Invoice.customer_id) == customer_id, col(Invoice.way) == way, col(Invoice.state) == InvoiceState.CLAIMED
    )
    count = (await session.exec(waiting)).one()
    if count >= MOST_CLAIMED:
        raise TooManyClaimed(count)


async def open_invoice(
    session: AsyncSession,
    customer_id: int,
    way: str,
    amount: Decimal,
    *,
    units: Decimal,
    unit: str,
    lifetime: timedelta,
    till: Till,
    choice: str = "",
    draft_id: int | None = None,
    now: datetime | None = None,
) -> Invoice:
    """Ask for `amount` (currency) by paying `units` of `unit`; the customer's open invoice of this way is canceled.

    Raises OnHold, TopUpOutOfRange, TooManyInvoices and TooManyClaimed.
    """
    now = now or utc_now()
    await _lock_customer(session, customer_id)
    await require_not_held(session, customer_id)
    await require_few_claimed(session, customer_id, way)
    if not till.minimum <= amount <= till.maximum:
        raise TopUpOutOfRange(till.minimum, till.maximum)
    mine = (col(Invoice.customer_id) == customer_id, col(Invoice.created_at) > now - timedelta(hours=1))
    recent = select(func.count(), func.min(Invoice.created_at)).where(*mine)
    count, first = (await session.exec(recent)).one()
    if count >= INVOICES_AN_HOUR:
        raise TooManyInvoices(minutes=int((first + timedelta(hours=1) - now).total_seconds() // 60) + 1)
    await session.exec(
        update(Invoice)
        .where(
            col(Invoice.customer_id) == customer_id, col(Invoice.way) == way, col(Invoice.state) == InvoiceState.OPEN
        )
        .values(state=InvoiceState.CANCELED, settled_at=now)
    )
    invoice = Invoice(
        customer_id=customer_id,
        way=way,
        choice=choice,
        amount=amount,
        units=units,
        unit=unit,
        token=secrets.token_urlsafe(12),
        draft_id=draft_id,
        expires_at=now + lifetime,
        created_at=now,
    )
    session.add(invoice)
    await session.flush()
    return invoice


async def keep_bill(
    session: AsyncSession,
    invoice_id: int,
    url: str | None,
    reference: str | None,
    check_at: datetime | None = None,
) -> None:
    """Remember where an invoice is paid, what the provider calls it, and when to ask whether it was paid."""
    kept = update(Invoice).where(col(Invoice.id) == invoice_id)
    await session.exec(kept.values(url=url, reference=reference, next_check_at=check_at))


async def find_invoice(
    session: AsyncSession, invoice_id: int, customer_id: int | None, *, lock: bool = False
) -> Invoice:
    """Return an invoice of this customer's, of anybody's for None. Raises InvoiceGone."""
    query = select(Invoice).where(col(Invoice.id) == invoice_id)
    invoice = (await session.exec(query.with_for_update(key_share=True) if lock else query)).first()
    if invoice is None or customer_id not in {None, invoice.customer_id}:
        raise InvoiceGone
    return invoice


async def by_token(session: AsyncSession, token: str) -> Invoice | None:
    """Return the invoice a payment names."""
    return (await session.exec(select(Invoice).where(col(Invoice.token) == token))).first()


async def may_pay(
    session: AsyncSession,
    token: str,
    customer_id: int,
    *,
    way: str,
    units: Decimal | int,
    unit: str,
    now: datetime | None = None,
) -> Invoice:
    """Return the open invoice this customer is about to pay. Raises InvoiceGone, OnHold."""
    invoice = await by_token(session, token)
    asked = invoice is not None and (invoice.customer_id, invoice.way, invoice.units, invoice.unit)
    if invoice is None or asked != (customer_id, way, units, unit):
        raise InvoiceGone
    # One paid before may be paid again: that is a second credit. One canceled, or out of time, may not.
    if invoice.state in {InvoiceState.CANCELED, InvoiceState.EXPIRED, InvoiceState.REFUSED}:
        raise InvoiceGone
    if invoice.expires_at <= (now or utc_now()):
        raise InvoiceGone
    await require_not_held(session, customer_id)
    return invoice


async def cancel_invoice(
    session: AsyncSession, invoice_id: int, customer_id: int, now: datetime | None = None
) -> InvoiceState:
    """Leave an invoice unpaid and return where it stands; one that is not open any more stays as it is.

    Raises InvoiceGone.
    """
    now = now or utc_now()
    invoice = await find_invoice(session, invoice_id, customer_id, lock=True)
    if invoice.state is InvoiceState.OPEN:
        invoice.state = InvoiceState.CANCELED if now < invoice.expires_at else InvoiceState.EXPIRED
        invoice.settled_at = now
        session.add(invoice)
    return invoice.state


async def expire_invoices(session: AsyncSession, way: str, now: datetime) -> int:
    """Close the way's open invoices whose time is over; return how many."""
    overdue = (
        col(Invoice.way) == way,
        col(Invoice.state) == InvoiceState.OPEN,
        col(Invoice.expires_at) <= now,
    )
    closed = await session.exec(update(Invoice).where(*overdue).values(state=InvoiceState.EXPIRED, settled_at=now))
    return int(closed.rowcount)


# --- money arrives --------------------------------------------------------------------------------


def worth(invoice: Invoice, units: Decimal) -> Decimal:
    """Return what `units` paid for an invoice are worth (currency) at the invoice's own rate.

    Exactly paid is exactly the amount; more or less is rounded down to a millionth.
    """
    if units == invoice.units:
        return invoice.amount
    return (invoice.amount * units / invoice.units).quantize(Decimal(1) / MICROS_IN_ONE, ROUND_DOWN)


async def receive(
    session: AsyncSession,
    customer_id: int,
    way: str,
    charge_id: str,
    *,
    units: Decimal,
    unit: str,
    amount: Decimal,
    invoice: Invoice | None = None,
    now: datetime | None = None,
) -> Payment | None:
    """Credit a payment that arrived: `amount` (currency) for `units`; None if this charge was credited before.

    Money that is there is credited whatever became of its invoice, and to a customer on hold too. The customer gets a
    receipt, and the confirm card of the order that waited for the money. With it comes the bonus that waited for it,
    and the reward of whoever invited the customer. Raises AmountTooLarge.
    """
    now = now or utc_now()
    await referrals.lock(session, customer_id)
    seen = select(Payment.id).where(col(Payment.way) == way, col(Payment.charge_id) == charge_id)
    if (await session.exec(seen)).first() is not None:
        return None
    payment = Payment(
        customer_id=customer_id,
        way=way,
        charge_id=charge_id,
        invoice_id=invoice.id if invoice else None,
        units=units,
        unit=unit,
        amount=amount,
        created_at=now,
    )
    session.add(payment)
    await session.flush()
    step("payment.written")
    entry = await wallet.post(
        session,
        customer_id,
        EntryKind.TOP_UP,
        amount,
        key=f"payment:{payment.id}",
        payment_id=payment.id,
        now=now,
    )
    assert entry is not None  # noqa: S101 - the payment is new, so nothing can have been posted for it
    step("payment.credited")
    if invoice is not None and invoice.state is not InvoiceState.PAID:
        invoice.state = InvoiceState.PAID
        invoice.settled_at = now
        invoice.next_check_at = None
        session.add(invoice)
    content = {"payment": payment.id, "balance": str(entry.balance_after)}
    notices.enqueue(session, customer_id, NoticeKind.RECEIPT, content=content, now=now)
    await bonuses.pay_out(session, payment, now)
    await referrals.reward(session, payment, now)
    draft_id = invoice.draft_id if invoice else None
    if draft_id is not None and await drafts.is_waiting(session, draft_id, customer_id):
        notices.enqueue(session, customer_id, NoticeKind.CONFIRM, content={"draft": draft_id}, now=now)
    return payment


async def receive_for_token(
    session: AsyncSession,
    payer_id: int | None,
    way: str,
    charge_id: str,
    token: str,
    *,
    units: Decimal | int,
    unit: str,
    now: datetime | None = None,
) -> Payment | None:
    """Credit a payment that names its invoice by `token`, to whoever asked for the invoice, at the invoice's rate.

    Returns None when it was credited before, or when nothing of ours is named: that is logged, and nobody is credited.
    """
    invoice = await by_token(session, token)
    if invoice is None or invoice.unit != unit or invoice.way != way:
        log.error("payment.of_nothing", way=way, charge=charge_id, payer=payer_id, units=str(units), unit=unit)
        return None
    units = Decimal(units)
    amount = worth(invoice, units)
    if amount <= ZERO:
        log.error("payment.worth_nothing", way=way, charge=charge_id, units=str(units), unit=unit)
        return None
    return await receive(
        session,
        invoice.customer_id,
        way,
        charge_id,
        units=units,
        unit=unit,
        amount=amount,
        invoice=invoice,
        now=now,
    )


async def find_payment(session: AsyncSession, payment_id: int, customer_id: int | None = None) -> Payment:
    """Return a payment, of this customer's if one is named. Raises PaymentGone."""
    payment = await session.get(Payment, payment_id)
    if payment is None or customer_id not in {None, payment.customer_id}:
        raise PaymentGone
    return payment


async def known_charges(session: AsyncSession, way: str, charge_ids: Sequence[str]) -> dict[str, RefundState | None]:
    """Return which of a way's charges were credited before, each with where its return stands."""
    found = select(col(Payment.charge_id), col(Payment.refund_state)).where(
        col(Payment.way) == way, col(Payment.charge_id).in_(charge_ids)
    )
    return dict((await session.exec(found)).all())


# --- money goes back ------------------------------------------------------------------------------


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


async def _lock_customer(session: AsyncSession, customer_id: int) -> None:
    """Have everything about one customer's money happen one after another; first of all locks, so none deadlock."""
    await session.exec(select(Customer.id).where(col(Customer.id) == customer_id).with_for_update(key_share=True))
