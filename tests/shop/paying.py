"""Invoices and payments as a test wants them, each in a transaction of its own."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from decimal import Decimal

from sqlmodel import col, update

from db.engine import Database
from db.tables import Invoice, Payment, utc_now
from shop import payments, returns
from shop.till import Till
from tests.shop.conftest import ANNA, NOW, OWNER, POLICY

WAY = "stars"
UNIT = "XTR"
TILL = Till(star_value=Decimal("0.02"))


async def ask(db: Database, amount: str = "10", *, customer: int = ANNA, now: datetime = NOW) -> Invoice:
    """Open an invoice; a unit is worth two cents."""
    sum_ = Decimal(amount)
    async with db.begin() as session:
        return await payments.open_invoice(
            session, customer, WAY, sum_, units=sum_ * 50, unit=UNIT, lifetime=timedelta(hours=1), till=TILL, now=now
        )


async def pay(db: Database, invoice: Invoice, charge: str, *, now: datetime = NOW) -> Payment | None:
    """Say that an invoice was paid."""
    async with db.begin() as session:
        return await payments.receive_for_token(
            session, invoice.customer_id, WAY, charge, invoice.token, units=invoice.units, unit=UNIT, now=now
        )


async def paid(db: Database, charge: str, amount: str = "10", *, customer: int = ANNA) -> Payment:
    """Ask for an invoice and pay it."""
    payment = await pay(db, await ask(db, amount, customer=customer), charge)
    assert payment is not None
    return payment


async def give_back(db: Database, payment: Payment, *, from_balance: bool = False, by_hand: bool = False) -> None:
    """Ask for a return."""
    async with db.begin() as session:
        await returns.ask_refund(session, payment.id, OWNER, from_balance=from_balance, by_hand=by_hand, now=NOW)


async def note_return(db: Database, charge: str) -> Payment | None:
    """The provider says that a payment went back."""
    async with db.begin() as session:
        return await returns.note_return(session, WAY, charge, POLICY, NOW)


async def send_back(db: Database, send: Callable[[Payment], Awaitable[None]]) -> bool:
    """Let the time of the next try come, and make it."""
    async with db.begin() as session:
        waiting = col(Payment.refund_next_at).is_not(None)
        await session.exec(update(Payment).where(waiting).values(refund_next_at=utc_now() - timedelta(seconds=1)))
    return await returns.send_back_next(db, {WAY: send}, POLICY)


async def read(db: Database, payment: Payment) -> Payment:
    """Return a payment as it is now."""
    async with db.read() as session:
        return await payments.find_payment(session, payment.id)


async def unspent(db: Database, payment: Payment) -> Decimal:
    """Return how much of a payment is still there."""
    async with db.read() as session:
        return await returns.unspent(session, await payments.find_payment(session, payment.id))
