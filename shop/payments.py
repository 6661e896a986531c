"""Money that comes in: invoices are asked for, a payment is credited once per charge, and goes back where it came from.

Whatever way it was paid, money reaches a wallet through `receive` only. A return takes the money out of the wallet in
the transaction that asks for it; sending it back is a job that survives a crash and may be tried again.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal

import structlog
from sqlmodel import col, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from db.engine import Database
from db.tables import (
    Customer,
    EntryKind,
    Invoice,
    InvoiceState,
    LedgerEntry,
    NoticeKind,
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
    TooManyInvoices,
    TopUpOutOfRange,
)
from shop.money import ZERO
from shop.policy import Policy
from shop.steps import step
from shop.till import Till

log = structlog.get_logger(__name__)

INVOICES_AN_HOUR = 20
REFUND_LEASE = timedelta(seconds=60)
LONGEST_REFUND_WAIT_SECONDS = 3600.0

SendBack = Callable[[Payment], Awaitable[None]]


class RefundRefused(Exception):
    """The provider will never send this payment back; its words are the argument."""


# --- invoices -------------------------------------------------------------------------------------


async def require_not_held(session: AsyncSession, customer_id: int) -> None:
    """Raise OnHold for a customer an owner has put on hold."""
    held = select(Customer.held_at).where(col(Customer.id) == customer_id)
    if (await session.exec(held)).first() is not None:
        raise OnHold


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

    Raises OnHold, TopUpOutOfRange and TooManyInvoices.
    """
    now = now or utc_now()
    await _lock_customer(session, customer_id)
    await require_not_held(session, customer_id)
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


async def keep_bill(session: AsyncSession, invoice_id: int, url: str | None, reference: str | None) -> None:
    """Remember where an invoice is paid and what the provider calls it."""
    await session.exec(update(Invoice).where(col(Invoice.id) == invoice_id).values(url=url, reference=reference))


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


async def cancel_invoice(session: AsyncSession, invoice_id: int, customer_id: int, now: datetime | None = None) -> None:
    """Leave an invoice unpaid; one that is not open any more stays as it is."""
    await session.exec(
        update(Invoice)
        .where(
            col(Invoice.id) == invoice_id,
            col(Invoice.customer_id) == customer_id,
            col(Invoice.state) == InvoiceState.OPEN,
        )
        .values(state=InvoiceState.CANCELED, settled_at=now or utc_now())
    )


async def expire_invoices(session: AsyncSession, way: str, now: datetime) -> int:
    """Close the way's open invoices whose time is over; return how many."""
    overdue = (
        col(Invoice.way) == way,
        col(Invoice.state) == InvoiceState.OPEN,
        col(Invoice.expires_at) <= now,
    )
    closed = await session.exec(
        update(Invoice).where(*overdue).values(state=InvoiceState.EXPIRED, settled_at=now, next_check_at=None)
    )
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
    payer_id: int,
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
    return await receive(
        session,
        invoice.customer_id,
        way,
        charge_id,
        units=units,
        unit=unit,
        amount=worth(invoice, units),
        invoice=invoice,
        now=now,
    )


async def find_payment(session: AsyncSession, payment_id: int, customer_id: int | None = None) -> Payment:
    """Return a payment, of this customer's if one is named. Raises PaymentGone."""
    payment = await session.get(Payment, payment_id)
    if payment is None or customer_id not in {None, payment.customer_id}:
        raise PaymentGone
    return payment


# --- money goes back ------------------------------------------------------------------------------


async def unspent(session: AsyncSession, payment: Payment) -> Decimal:
    """Return how much of a payment is still in the wallet (currency), older money being spent first."""
    entry = select(LedgerEntry.id).where(
        col(LedgerEntry.payment_id) == payment.id, col(LedgerEntry.kind) == EntryKind.TOP_UP
    )
    younger = (
        await session.exec(
            select(func.sum(LedgerEntry.amount)).where(
                col(LedgerEntry.customer_id) == payment.customer_id,
                col(LedgerEntry.amount) > ZERO,
                col(LedgerEntry.id) > entry.scalar_subquery(),
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
    now: datetime | None = None,
) -> Payment:
    """Take a payment out of the wallet and have it sent back; the bonuses it brought go with it.

    Raises PaymentGone, AlreadyRefunded, AlreadySpent unless the owner said `from_balance` (take it although some of
    that payment is spent), and NotEnoughMoney when the wallet does not hold it and its bonus.
    """
    now = now or utc_now()
    payment = await find_payment(session, payment_id)
    await referrals.lock(session, payment.customer_id)
    await session.refresh(payment, with_for_update={"key_share": True})
    if payment.refund_state in {RefundState.ASKED, RefundState.DONE}:
        raise AlreadyRefunded
    left = await unspent(session, payment)
    if left < payment.amount and not from_balance:
        raise AlreadySpent(unspent=left, amount=payment.amount)
    payment.refunds_asked += 1
    await bonuses.take_back(session, payment, actor_id, now)
    await _move(session, payment, -payment.amount, "refund", actor_id, now)
    payment.refund_state = RefundState.ASKED
    payment.refund_actor_id = actor_id
    payment.refund_next_at = now
    payment.refund_attempts = 0
    payment.refund_failure = None
    session.add(payment)
    step("payment.refund-asked")
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
    failure, refused = "", False
    try:
        await ways[payment.way](payment)
        step("payment.refund-sent")
    except RefundRefused as error:
        failure, refused = str(error), True
    except Exception as error:
        failure = type(error).__name__
        log.warning("refund.waits", payment=payment.id, error=repr(error))
    async with db.begin() as session:
        await _close_refund(session, payment.id, failure, refused, policy)
    step("payment.refund-closed")
    return True


async def _close_refund(session: AsyncSession, payment_id: int, failure: str, refused: bool, policy: Policy) -> None:
    now = utc_now()
    payment = await find_payment(session, payment_id)
    await referrals.lock(session, payment.customer_id)
    await session.refresh(payment, with_for_update={"key_share": True})
    if payment.refund_state is not RefundState.ASKED:
        return  # a slower worker had the same job
    session.add(payment)
    payment.refund_failure = failure or None
    if failure and not refused:
        wait = min(2.0 ** min(payment.refund_attempts, 12), LONGEST_REFUND_WAIT_SECONDS)
        payment.refund_next_at = now + timedelta(seconds=wait)
        return
    payment.refund_next_at = None
    facts = {"payment": payment.id, "amount": str(payment.amount), "units": str(payment.units), "unit": payment.unit}
    if refused:
        payment.refund_state = RefundState.FAILED
        await _move(session, payment, payment.amount, "refund-failed", payment.refund_actor_id, now)
        await bonuses.give_again(session, payment, now)
        notices.alert(session, policy.owners, "refund-failed", now=now, text=failure, **facts)
        return
    payment.refund_state = RefundState.DONE
    payment.refunded_at = now
    content = {"payment": payment.id, "refund": True}
    notices.enqueue(session, payment.customer_id, NoticeKind.RECEIPT, content=content, now=now)


async def _move(
    session: AsyncSession, payment: Payment, amount: Decimal, why: str, actor_id: int | None, now: datetime
) -> None:
    """Take the payment out of its wallet for a return, or put it back: once for each asking."""
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


async def _lock_customer(session: AsyncSession, customer_id: int) -> None:
    """Have everything about one customer's money happen one after another; first of all locks, so none deadlock."""
    await session.exec(select(Customer.id).where(col(Customer.id) == customer_id).with_for_update(key_share=True))
