"""Money that comes in: invoices are asked for, and a payment is credited once per charge.

Whatever way it was paid, money reaches a wallet through `receive` only; how it goes back is `shop.returns`.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal

import structlog
from sqlmodel import col, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from db.tables import (
    Customer,
    EntryKind,
    Invoice,
    InvoiceState,
    NoticeKind,
    Payment,
    RefundState,
    utc_now,
)
from db.types import MICROS_IN_ONE
from shop import bonuses, drafts, notices, referrals, wallet
from shop.errors import (
    InvoiceGone,
    OnHold,
    PaymentGone,
    TooManyClaimed,
    TooManyInvoices,
    TopUpOutOfRange,
)
from shop.money import ZERO
from shop.steps import step
from shop.till import Till

log = structlog.get_logger(__name__)

INVOICES_AN_HOUR = 20
MOST_CLAIMED = 3  # of one customer, waiting for an owner


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


async def _lock_customer(session: AsyncSession, customer_id: int) -> None:
    """Have everything about one customer's money happen one after another; first of all locks, so none deadlock."""
    await session.exec(select(Customer.id).where(col(Customer.id) == customer_id).with_for_update(key_share=True))
