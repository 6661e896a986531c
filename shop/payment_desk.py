"""Payments as an owner looks at them: the newest first, one with its facts, one found by the number on a receipt."""

from dataclasses import dataclass
from decimal import Decimal

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from db.tables import Customer, Payment
from shop import bonuses, payments, returns
from shop.errors import PaymentGone

PAGE_SIZE = 8
LARGEST_ID = 2**63


@dataclass(frozen=True, slots=True)
class PaymentList:
    """A page (from 0) of all payments with who paid them, the newest first, and how many there are in all."""

    paid: list[tuple[Payment, Customer]]
    page: int
    pages: int
    count: int


@dataclass(frozen=True, slots=True)
class PaymentCase:
    """A payment with what decides whether it can go back: how much of it is unspent, and the `bonus` it brought."""

    payment: Payment
    customer: Customer
    unspent: Decimal
    bonus: Decimal

    @property
    def is_unspent(self) -> bool:
        """Whether the whole of it is still there, and its bonus too."""
        return self.unspent == self.payment.amount and self.customer.balance >= self.payment.amount + self.bonus

    @property
    def is_covered(self) -> bool:
        """Whether the wallet holds as much, whatever it came from."""
        return self.customer.balance >= self.payment.amount


async def list_payments(session: AsyncSession, page: int = 0) -> PaymentList:
    """Return a page of the payments; a page past the end is the last one."""
    count = (await session.exec(select(func.count()).select_from(Payment))).one()
    pages = max(1, -(-count // PAGE_SIZE))
    page = min(max(page, 0), pages - 1)
    found = select(Payment, Customer).join(Customer, col(Customer.id) == col(Payment.customer_id))
    found = found.order_by(col(Payment.id).desc()).offset(page * PAGE_SIZE).limit(PAGE_SIZE)
    return PaymentList(list((await session.exec(found)).all()), page, pages, count)


async def case(session: AsyncSession, payment_id: int) -> PaymentCase:
    """Return the facts of a payment. Raises PaymentGone."""
    payment = await payments.find_payment(session, payment_id)
    customer = await session.get_one(Customer, payment.customer_id)
    unspent = await returns.unspent(session, payment)
    return PaymentCase(payment, customer, unspent, await bonuses.brought(session, payment))


async def find(session: AsyncSession, words: str) -> Payment:
    """Return the payment of a charge id, or of the store's own number. Raises PaymentGone."""
    words = words.strip()
    charge = select(Payment).where(col(Payment.charge_id) == words).order_by(col(Payment.id).desc())
    payment = (await session.exec(charge)).first()
    if payment is not None:
        return payment
    number = int(words) if words.isascii() and words.isdecimal() and len(words) < 20 else LARGEST_ID
    if number >= LARGEST_ID:
        raise PaymentGone
    return await payments.find_payment(session, number)
