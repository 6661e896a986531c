"""What waits, how long, and whether the wallets are right: the figures an owner watches.

`read` is asked for at every scrape and touches only what waits, through indexes, however many orders there are. What
has to read whole tables is counted every few minutes by one process and kept as a fact for all of them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from db.engine import Database
from db.tables import Notice, Order, OrderState
from shop import audit, facts

COUNT_EVERY = timedelta(minutes=5)
OPEN = (OrderState.QUEUED, OrderState.SUBMITTING, OrderState.UNCONFIRMED, OrderState.PLACED)


class Wait(StrEnum):
    """What can wait too long."""

    QUEUED = "queued"  # an order in line, since it was confirmed
    UNCONFIRMED = "unconfirmed"  # an order that is being checked, since the last that happened to it
    UNLOOKED = "unlooked"  # a look at an order, since it was due
    UNSENT = "unsent"  # a notice, since it was written


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted now and then: ended orders by state, and wallets that are not the sum of their entries."""

    at: datetime
    ended: dict[str, int]
    wrong_wallets: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The store at one moment; `oldest` are seconds, 0 where nothing waits."""

    orders: dict[OrderState, int]
    oldest: dict[Wait, float]
    notices: int
    pause: str | None
    panel_seen_at: datetime | None
    counted: Counted | None


async def read(session: AsyncSession, now: datetime) -> Figures:
    """Return the figures of this moment."""
    notices, unsent = await _unsent(session)
    pause = await facts.read(session, facts.SUBMISSION_PAUSE)
    since = {
        Wait.QUEUED: await _oldest(session, OrderState.QUEUED, Order.created_at),
        Wait.UNCONFIRMED: await _oldest(session, OrderState.UNCONFIRMED, Order.changed_at),
        Wait.UNLOOKED: await _oldest_look(session, now),
        Wait.UNSENT: unsent,
    }
    return Figures(
        orders=await _count_open(session),
        oldest={wait: max((now - moment).total_seconds(), 0.0) if moment else 0.0 for wait, moment in since.items()},
        notices=notices,
        pause=pause["reason"] if pause else None,
        panel_seen_at=await panel_seen_at(session),
        counted=_counted(await facts.read(session, facts.FIGURES)),
    )


async def panel_seen_at(session: AsyncSession) -> datetime | None:
    """Return when the panel last answered any process of the store."""
    seen = await facts.read(session, facts.PANEL_SEEN)
    return datetime.fromisoformat(seen) if seen else None


async def _count_open(session: AsyncSession) -> dict[OrderState, int]:
    """Served by ix_order_queue, from the index alone."""
    counted = await session.exec(
        select(col(Order.state), func.count()).where(col(Order.state).in_(OPEN)).group_by(col(Order.state))
    )
    return dict.fromkeys(OPEN, 0) | dict(counted.all())


async def _oldest(session: AsyncSession, state: OrderState, since: Any) -> datetime | None:
    """Served by ix_order_queue; it reads the rows of the orders in that state, which are those that wait."""
    oldest: datetime | None = (await session.exec(select(func.min(since)).where(col(Order.state) == state))).one()
    return oldest


async def _oldest_look(session: AsyncSession, now: datetime) -> datetime | None:
    """Served by ix_order_look, of which it reads one entry."""
    return (await session.exec(select(func.min(Order.next_look_at)).where(col(Order.next_look_at) <= now))).one()


async def _unsent(session: AsyncSession) -> tuple[int, datetime | None]:
    """Served by ix_notice_due, which holds only what waits."""
    waiting = select(func.count(), func.min(Notice.created_at)).where(
        col(Notice.done_at).is_(None), col(Notice.due_at).is_not(None)
    )
    count, oldest = (await session.exec(waiting)).one()
    return count, oldest


async def count(db: Database, now: datetime) -> bool:
    """Count what needs whole tables, unless a process did so within COUNT_EVERY; return whether it was done now."""
    async with db.read() as session:
        if not _is_due(await facts.read(session, facts.FIGURES), now):
            return False
    async with db.begin() as session:
        known = await facts.read(session, facts.FIGURES)
        if not _is_due(known, now):
            return False
        await facts.write(session, facts.FIGURES, (known or {}) | {"begun": now.isoformat()}, now)
    async with db.read() as session:
        by_state = select(col(Order.state), func.count()).where(col(Order.state).in_(audit.ENDED))
        ended = dict((await session.exec(by_state.group_by(col(Order.state)))).all())
        wrong = await audit.count_wrong_wallets(session)
    figures = {
        "begun": now.isoformat(),
        "at": now.isoformat(),
        "ended": dict.fromkeys(audit.ENDED, 0) | ended,
        "wrong_wallets": wrong,
    }
    async with db.begin() as session:
        await facts.write(session, facts.FIGURES, figures, now)
    return True


def _is_due(known: dict[str, Any] | None, now: datetime) -> bool:
    return known is None or now - datetime.fromisoformat(known["begun"]) >= COUNT_EVERY


def _counted(known: dict[str, Any] | None) -> Counted | None:
    if known is None or "at" not in known:
        return None
    return Counted(datetime.fromisoformat(known["at"]), known["ended"], known["wrong_wallets"])
