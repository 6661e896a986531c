"""When the panel takes no orders at all, the line waits as a whole, and goes on once a read shows that it is over.

The owners are told once when it begins and once when an order is taken again, however often it is tried in between.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from db.engine import Database
from db.tables import Order, OrderState, utc_now
from panel import Meaning, PanelClient, PanelError
from shop import facts, notices
from shop.policy import Policy
from shop.steps import step

FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 300.0
LOOK_LEASE_SECONDS = 90.0


class Waiting(StrEnum):
    """Why a queued order waits."""

    FUNDS = "funds"  # the shop's own balance at the panel is empty
    KEY = "key"  # the panel refuses the shop's key or account
    PANEL = "panel"  # the panel cannot be reached or asks for patience
    LINK_BUSY = "link_busy"  # another order runs on the same link


PAUSES = {
    Meaning.FUNDS: Waiting.FUNDS,
    Meaning.KEY: Waiting.KEY,
    Meaning.THROTTLE: Waiting.PANEL,
    Meaning.OUTAGE: Waiting.PANEL,
}


class Line(StrEnum):
    """How the line of queued orders moves."""

    OPEN = "open"
    TRIAL = "trial"  # a read says the trouble is over: one order at a time shows whether it is
    CLOSED = "closed"


async def line(session: AsyncSession) -> Line:
    """Return how the line moves just now."""
    pause = await facts.read(session, facts.SUBMISSION_PAUSE)
    if pause is None:
        return Line.OPEN
    return Line.TRIAL if pause.get("trial") else Line.CLOSED


async def begin(session: AsyncSession, why: Waiting, text: str, policy: Policy, now: datetime) -> None:
    """Hold the whole line: the next order would fare the same. `text` is what the panel, or the way to it, said."""
    pause = await facts.lock(session, facts.SUBMISSION_PAUSE)
    goes_on = pause is not None and pause["reason"] == why
    if goes_on and not pause.get("trial"):
        return  # another lane has just found the same
    times = pause["times"] + 1 if goes_on else 0
    await _write(session, why, times, now)
    if not goes_on:
        notices.alert(session, policy.owners, f"paused-{why}", now=now, text=text)


async def end(session: AsyncSession, policy: Policy, now: datetime) -> None:
    """Let the line go on: the panel has taken an order, or answered about one."""
    if await facts.read(session, facts.SUBMISSION_PAUSE) is None:
        return
    await facts.write(session, facts.SUBMISSION_PAUSE, None, now)
    notices.alert(session, policy.owners, "resumed", now=now)


async def look(db: Database, panel: PanelClient, policy: Policy, clock: Callable[[], datetime] = utc_now) -> bool:
    """While the line is held and it is time, read the balance, and let an order try when that shows the trouble over.

    Returns whether a read was made. It is over when the panel answers at all and, if its wallet was empty, when it
    holds what the first order in line costs.
    """
    now = clock()
    async with db.read() as session:
        if not _is_due(await facts.read(session, facts.SUBMISSION_PAUSE), now):
            return False
    async with db.begin() as session:
        pause = await facts.lock(session, facts.SUBMISSION_PAUSE)
        if not _is_due(pause, now):
            return False
        mine = pause | {"until": (now + timedelta(seconds=LOOK_LEASE_SECONDS)).isoformat()}
        await facts.write(session, facts.SUBMISSION_PAUSE, mine, now)
        first = await first_in_line(session)
    step("pause.claimed")
    try:
        balance = await panel.balance()
    except PanelError:
        over = False
    else:
        over = mine["reason"] != Waiting.FUNDS or first is None or balance.amount >= first.cost
    now = clock()
    step("pause.answered")
    async with db.begin() as session:
        if await facts.lock(session, facts.SUBMISSION_PAUSE) != mine:
            return True  # it ended, or began anew, meanwhile
        if not over:
            await _write(session, Waiting(mine["reason"]), mine["times"] + 1, now)
        elif first is None:
            await end(session, policy, now)
        else:
            await facts.write(session, facts.SUBMISSION_PAUSE, mine | {"trial": True}, now)
        step("pause.ending")
    return True


async def first_in_line(session: AsyncSession) -> Order | None:
    """Return the queued order that came first, also when it waits for a time of its own."""
    query = select(Order).where(col(Order.state) == OrderState.QUEUED).order_by(col(Order.id)).limit(1)
    return (await session.exec(query)).first()


def _is_due(pause: dict[str, Any] | None, now: datetime) -> bool:
    return pause is not None and not pause.get("trial") and datetime.fromisoformat(pause["until"]) <= now


async def _write(session: AsyncSession, why: Waiting, times: int, now: datetime) -> None:
    seconds = min(FIRST_PAUSE_SECONDS * 2 ** min(times, 10), LONGEST_PAUSE_SECONDS)
    until = (now + timedelta(seconds=seconds)).isoformat()
    await facts.write(session, facts.SUBMISSION_PAUSE, {"reason": why, "until": until, "times": times}, now)


async def balance_seen(
    db: Database, panel: PanelClient, fresh_seconds: float, clock: Callable[[], datetime] = utc_now
) -> tuple[Decimal, datetime]:
    """Return the panel's balance (its currency) and when it was seen, read anew when that is `fresh_seconds` ago.

    Raises PanelError.
    """
    async with db.read() as session:
        seen = await facts.read(session, facts.PANEL_BALANCE)
    now = clock()
    if seen is not None and now - datetime.fromisoformat(seen["at"]) < timedelta(seconds=fresh_seconds):
        return Decimal(seen["amount"]), datetime.fromisoformat(seen["at"])
    balance = await panel.balance()
    now = clock()
    async with db.begin() as session:
        await facts.write(session, facts.PANEL_BALANCE, {"amount": str(balance.amount), "at": now.isoformat()}, now)
    return balance.amount, now
