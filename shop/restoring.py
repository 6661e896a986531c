"""After a backup was brought back: nothing that waited in it goes out by itself a second time.

What was queued, or being sent, when the backup was made may have reached the panel since, and the database does not
know. So it is unconfirmed until an owner decides; what was to be told is dropped; a quote that was open has to be asked
for again, since its button may have been pressed. Nor is any unconfirmed order found by itself at the panel: the orders
placed since, which the database lost, would be taken for it.
"""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlmodel import col, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from db.tables import Attempt, Draft, Notice, Order, OrderState, Search, Verdict
from shop import facts, notices, searching
from shop.policy import Policy
from shop.submission import request_of

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
    await _distrust_searches(session, now)
    orders = (await session.exec(waiting.order_by(col(Order.id)).with_for_update(key_share=True))).all()
    for order in orders:
        await _hold(session, order, now)
    held = Held(tuple(order.id for order in orders), dropped.rowcount)
    notices.alert(session, policy.owners, "restored", now=now, orders=len(held.orders), notices=held.notices)
    return held


async def _distrust_searches(session: AsyncSession, now: datetime) -> None:
    """Hand what was being looked for to the owners, and begin the numbers of ours anew."""
    highest = (await session.exec(select(func.max(Order.panel_number)))).one()
    await facts.write(session, facts.KNOWN_AT_BACKUP, highest, now)
    undecided = col(Search.verdict).not_in([Verdict.FOUND, Verdict.DECIDED])
    anew = {"verdict": Verdict.OPEN, "low": None, "high": None, "told_at": None, "next_at": now}
    await session.exec(update(Search).where(undecided).values(**anew))


async def _hold(session: AsyncSession, order: Order, now: datetime) -> None:
    under_way = select(Attempt).where(col(Attempt.order_id) == order.id, col(Attempt.ended_at).is_(None))
    attempt = None
    if order.state is OrderState.SUBMITTING:
        attempt = (await session.exec(under_way.order_by(col(Attempt.id).desc()))).first()
    attempt = attempt or Attempt(order_id=order.id, started_at=now, sent=asdict(request_of(order)))
    attempt.known_before = None
    attempt.ended_at = now
    attempt.outcome, attempt.answer = "unknown", REASON
    order.state = OrderState.UNCONFIRMED
    order.waiting_for = order.lease_until = None
    order.changed_at = now
    session.add_all([order, attempt])
    await session.flush()
    searching.begin(session, attempt, now)
    await notices.show_card(session, order, now)
