"""Giving money back: an order's refunds grow to what is due and never beyond its price, whatever repeats itself."""

from datetime import datetime
from decimal import Decimal

from sqlmodel.ext.asyncio.session import AsyncSession

from db.tables import EntryKind, Order
from db.types import MICROS_IN_ONE
from shop import wallet
from shop.money import ZERO
from shop.steps import step


async def refund_up_to(session: AsyncSession, order: Order, due: Decimal, now: datetime) -> Decimal:
    """Bring all refunds of the (locked) order to `due` (currency, of its price) and return what was given back now.

    Less than what was already refunded takes nothing back. The entry's key holds the sum that is reached, so the same
    refund cannot be posted twice.
    """
    due = min(due, order.price)
    amount = due - order.refunded
    if amount <= ZERO:
        return ZERO
    order.refunded = due
    session.add(order)
    step("refund.counted")
    await wallet.post(
        session,
        order.customer_id,
        EntryKind.REFUND,
        amount,
        key=f"refund:{order.id}:{int(due * MICROS_IN_ONE)}",
        order_id=order.id,
        now=now,
    )
    step("refund.posted")
    return amount
