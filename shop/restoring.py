"""After a backup was brought back: nothing that waited in it goes out by itself a second time.

What was queued, or being sent, when the backup was made may have reached the panel since, and the database does not
know. So it is unconfirmed until it is found or an owner decides; what was to be told is dropped; a quote that was open
has to be asked for again, since its button may have been pressed.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from db.tables import Attempt, Draft, Notice, Order, OrderState
from shop import notices
from shop.policy import Policy

REASON = "brought back from a backup: it may have been sent since"
DROPPED = "brought back from a backup"


@dataclass(frozen=True, slots=True)
class Held:
    """What is held back: the orders that are being checked now (their ids), and how many messages were dropped."""

    orders: tuple[int, ...]
    notices: int


async def hold_back(session: AsyncSession, policy: Policy, now: datetime) -> Held:
    """Hold back everything that waited in a database brought back from a backup; the owners are told.

    No process of the store may be at work meanwhile. A second time finds nothing and does no harm.
    """
    dropped = await session.exec(
        update(Notice).where(col(Notice.done_at).is_(None)).values(done_at=now, lease_until=None, failure=DROPPED)
    )
    await session.exec(update(Draft).where(col(Draft.confirmed_at).is_(None)).values(token=None))
    waiting = select(Order).where(col(Order.state).in_([OrderState.QUEUED, OrderState.SUBMITTING]))
    orders = (await session.exec(waiting.order_by(col(Order.id)).with_for_update(key_share=True))).all()
    for order in orders:
        await _hold(session, order, now)
    held = Held(tuple(order.id for order in orders), dropped.rowcount)
    notices.alert(session, policy.owners, "restored", now=now, orders=len(held.orders), notices=held.notices)
    return held


async def _hold(session: AsyncSession, order: Order, now: datetime) -> None:
    under_way = select(Attempt).where(col(Attempt.order_id) == order.id, col(Attempt.ended_at).is_(None))
    attempt = None
    if order.state is OrderState.SUBMITTING:
        attempt = (await session.exec(under_way.order_by(col(Attempt.id).desc()))).first()
    attempt = attempt or Attempt(order_id=order.id, started_at=now)
    attempt.ended_at = now
    attempt.outcome, attempt.answer = "unknown", REASON
    order.state = OrderState.UNCONFIRMED
    order.waiting_for = order.lease_until = None
    order.changed_at = now
    session.add_all([order, attempt])
    await notices.show_card(session, order, now)
