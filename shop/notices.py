"""The outbox: every message the store sends unasked is a row here, written with the change it tells of.

A chat's notices go out in order, one at a time. A worker leases a notice while it sends it; a lease that ran out is
sent again (at least once). A card notice holds no text: it is drawn from the order as it is when sent, so one
waiting card stands for every change so far.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import col, exists, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from db.tables import Customer, Notice, NoticeKind, Order, utc_now

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 10
LONGEST_WAIT_SECONDS = 600
LONGEST_AWAY_SECONDS = 60
# The tap that confirmed an order draws its card itself; the outbox does so after it, never before.
AFTER_CONFIRM = timedelta(seconds=1)


def enqueue(
    session: AsyncSession,
    chat_id: int,
    kind: NoticeKind,
    *,
    order_id: int | None = None,
    content: dict[str, Any] | None = None,
    delay: timedelta = timedelta(),
    now: datetime | None = None,
) -> None:
    """Have a message sent to the chat once the session's transaction is committed and `delay` is over."""
    now = now or utc_now()
    session.add(
        Notice(
            chat_id=chat_id,
            kind=kind,
            order_id=order_id,
            content=content or {},
            due_at=now + delay,
            created_at=now,
        )
    )


async def show_card(session: AsyncSession, order: Order, now: datetime | None = None) -> None:
    """Have the order's live card drawn anew; a card that waits unsent already does that.

    A customer who turned the updates off still sees the card change when the order ends.
    """
    customer = await session.get_one(Customer, order.customer_id)
    if not customer.card_updates and order.ended_at is None:
        return
    waiting = (
        select(Notice.id)
        .where(
            col(Notice.order_id) == order.id,
            col(Notice.kind) == NoticeKind.CARD,
            col(Notice.done_at).is_(None),
            col(Notice.lease_until).is_(None),
        )
        .with_for_update(key_share=True)  # a worker that is leasing it meanwhile would draw the order as it was before
    )
    if (await session.exec(waiting)).first() is None:
        enqueue(session, order.chat_id, NoticeKind.CARD, order_id=order.id, now=now)


async def tell_end(session: AsyncSession, order: Order, refund: Decimal, now: datetime | None = None) -> None:
    """Have the customer told how the order ended and that `refund` (currency) came back; its card follows."""
    await show_card(session, order, now)
    customer = await session.get_one(Customer, order.customer_id)
    if customer.end_messages or refund:
        content = {"state": order.state, "delivered": order.delivered, "refund": str(refund)}
        enqueue(session, order.chat_id, NoticeKind.ENDED, order_id=order.id, content=content, now=now)


def alert(
    session: AsyncSession, owners: Sequence[int], about: str, *, now: datetime | None = None, **facts: Any
) -> None:
    """Tell every owner; `about` names the text `alert-<about>`, `facts` are its arguments."""
    for owner in owners:
        enqueue(session, owner, NoticeKind.ALERT, content={"about": about, "facts": facts}, now=now)


async def claim(session: AsyncSession, now: datetime, limit: int = 50) -> list[Notice]:
    """Lease the notices that are due: the first open one of each chat, oldest first."""
    earlier = aliased(Notice)
    is_behind = exists().where(
        col(earlier.chat_id) == col(Notice.chat_id),
        col(earlier.id) < col(Notice.id),
        col(earlier.done_at).is_(None),
    )
    due = (
        select(Notice)
        .where(
            col(Notice.done_at).is_(None),
            col(Notice.due_at) <= now,
            (col(Notice.lease_until).is_(None)) | (col(Notice.lease_until) < now),
            ~is_behind,
        )
        .order_by(col(Notice.due_at), col(Notice.id))
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    claimed = list((await session.exec(due)).all())
    for notice in claimed:
        notice.lease_until = now + LEASE
        notice.attempts += 1
        session.add(notice)
    return claimed


async def is_due(session: AsyncSession, now: datetime) -> bool:
    """Whether any notice waits to be sent now."""
    due = select(Notice.id).where(col(Notice.done_at).is_(None), col(Notice.due_at) <= now).limit(1)
    return (await session.exec(due)).first() is not None


async def close_chat(session: AsyncSession, chat_id: int, failure: str, now: datetime | None = None) -> None:
    """Give up everything that waits for a chat that cannot be written to."""
    await session.exec(
        update(Notice)
        .where(col(Notice.chat_id) == chat_id, col(Notice.done_at).is_(None))
        .values(done_at=now or utc_now(), lease_until=None, failure=failure)
    )


async def done(
    session: AsyncSession, notice_id: int, *, failure: str | None = None, now: datetime | None = None
) -> None:
    """Close a notice: sent, or given up for the reason in `failure`."""
    await session.exec(
        update(Notice)
        .where(col(Notice.id) == notice_id)
        .values(done_at=now or utc_now(), lease_until=None, failure=failure)
    )


async def put_back(
    session: AsyncSession,
    notice: Notice,
    *,
    seconds: float | None = None,
    failure: str,
    away: bool = False,
    now: datetime | None = None,
) -> None:
    """Send it later: after `seconds` (Telegram said how long), or after a wait that doubles with each attempt.

    Given up after MOST_ATTEMPTS failures. A wait that Telegram asked for is none, nor is one because Telegram is
    `away` (cannot be reached): an outage of hours loses nothing.
    """
    now = now or utc_now()
    if seconds is None and not away and notice.attempts >= MOST_ATTEMPTS:
        await done(session, notice.id, failure=failure, now=now)
        return
    longest = LONGEST_AWAY_SECONDS if away else LONGEST_WAIT_SECONDS
    wait = min(2.0 ** min(notice.attempts, MOST_ATTEMPTS), longest) if seconds is None else seconds
    values: dict[str, Any] = {
        "due_at": now + timedelta(seconds=wait),
        "lease_until": None,
        "failure": failure,
    }
    if seconds is not None:
        values["attempts"] = max(notice.attempts - 1, 0)
    await session.exec(update(Notice).where(col(Notice.id) == notice.id).values(**values))


async def keep_card(session: AsyncSession, order_id: int, message_id: int) -> None:
    """Remember which message is the order's live card."""
    await session.exec(update(Order).where(col(Order.id) == order_id).values(card_message_id=message_id))
