"""Handing queued orders to the panel: each is claimed, sent at most once, and what came back is recorded.

The claim is committed before the call and no transaction is open during it. An answer that proves neither "taken" nor
"not taken" leaves the order `unconfirmed`; it is never sent again by itself (design, "An order's life").
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from db.engine import UNAVAILABLE, Database
from db.tables import Attempt, Order, OrderState, utc_now
from panel import Accepted, AddOutcome, AddRequest, Meaning, NotSent, PanelClient, Refused, Unknown
from shop import facts, notices, stock
from shop.policy import Policy
from shop.refunds import refund_up_to
from shop.steps import step

log = structlog.get_logger(__name__)

LONGEST_CALL_SECONDS = 90.0
LEASE = timedelta(seconds=LONGEST_CALL_SECONDS + 30)
FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 300.0
LINK_BUSY_SECONDS = 120.0
RECORD_AGAIN_SECONDS = 1.0


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


@dataclass(frozen=True, slots=True)
class Claimed:
    """An order this process may send, once, under the attempt it has written."""

    order: Order
    attempt_id: int


async def claim(db: Database, now: datetime) -> Claimed | None:
    """Take the next order in line, or None while there is none or submission is paused."""
    async with db.read() as session:
        if await _is_paused(session, now):
            return None
        waits = (await session.exec(_queue(now).with_only_columns(col(Order.id)))).first() is not None
    if not waits:
        return None  # the usual case takes no write lock
    async with db.begin() as session:
        order = (await session.exec(_queue(now).with_for_update(skip_locked=True, key_share=True))).first()
        if order is None:
            return None
        order.state = OrderState.SUBMITTING
        order.lease_until = now + LEASE
        order.attempts += 1
        attempt = Attempt(order_id=order.id, started_at=now)
        session.add_all([order, attempt])
        await session.flush()
        step("submit.claiming")
        return Claimed(order, attempt.id)


def _queue(now: datetime):  # type: ignore[no-untyped-def]  # sqlmodel's select has no public type to name
    return (
        select(Order)
        .where(col(Order.state) == OrderState.QUEUED, col(Order.next_attempt_at) <= now)
        .order_by(col(Order.id))
        .limit(1)
    )


async def _is_paused(session: AsyncSession, now: datetime) -> bool:
    pause = await facts.read(session, facts.SUBMISSION_PAUSE)
    return pause is not None and datetime.fromisoformat(pause["until"]) > now


def request_of(order: Order) -> AddRequest:
    """Return what is sent to the panel for an order: the documented fields, and none that its kind does not take."""
    return AddRequest(
        service=order.service_id,
        link=order.link,
        quantity=order.quantity,
        comments=tuple(order.comments),
        runs=order.runs,
        interval=order.interval,
    )


async def submit_next(
    db: Database, panel: PanelClient, policy: Policy, clock: Callable[[], datetime] = utc_now
) -> Order | None:
    """Claim the next order, send it, record the outcome; return the order as it then stands, or None if none waited."""
    claimed = await claim(db, clock())
    if claimed is None:
        return None
    step("submit.claimed")
    outcome = await _send(panel, request_of(claimed.order))
    step("submit.answered")
    log.info("order.submitted", order=claimed.order.id, outcome=type(outcome).__name__)
    # What the panel said must reach the database even when the process is told to stop meanwhile.
    return await asyncio.shield(_record_surely(db, claimed, outcome, policy, clock))


async def _send(panel: PanelClient, request: AddRequest) -> AddOutcome:
    try:
        async with asyncio.timeout(LONGEST_CALL_SECONDS):
            return await panel.add(request)
    except TimeoutError:
        return Unknown("no answer in time")


async def _record_surely(
    db: Database, claimed: Claimed, outcome: AddOutcome, policy: Policy, clock: Callable[[], datetime]
) -> Order:
    while True:
        try:
            async with db.begin() as session:
                order = await record(session, claimed.order.id, claimed.attempt_id, outcome, policy, clock())
                step("submit.recording")
            step("submit.recorded")
            return order
        except UNAVAILABLE as error:
            # Given up only with the process; the expired lease then makes the order unconfirmed, never queued.
            log.warning("order.outcome_waits", order=claimed.order.id, error=type(error).__name__)
            await asyncio.sleep(RECORD_AGAIN_SECONDS)


async def record(
    session: AsyncSession, order_id: int, attempt_id: int, outcome: AddOutcome, policy: Policy, now: datetime
) -> Order:
    """Write down what came of an attempt, with the refund and the notices that belong to it."""
    order = await session.get_one(Order, order_id, with_for_update={"key_share": True})
    attempt = await session.get_one(Attempt, attempt_id)
    if attempt.ended_at is not None or order.state not in {OrderState.SUBMITTING, OrderState.UNCONFIRMED}:
        return order  # recorded before
    attempt.ended_at = now
    session.add(attempt)
    order.lease_until = None
    order.changed_at = now
    session.add(order)
    match outcome:
        case Accepted(order_id=panel_order_id):
            attempt.outcome, attempt.answer = "accepted", panel_order_id
            await _accept(session, order, panel_order_id, policy, now)
        case NotSent(reason=reason):
            attempt.outcome, attempt.answer = "not_sent", reason
            await _pause(session, order, Waiting.PANEL, reason, policy, now)
        case Unknown(reason=reason):
            attempt.outcome, attempt.answer = "unknown", reason
            await _park(session, order, reason, policy, now)
        case Refused(meaning=meaning, text=text):
            attempt.outcome, attempt.answer = "refused", text
            await _refuse(session, order, meaning, text, policy, now)
    return order


async def _accept(session: AsyncSession, order: Order, panel_order_id: str, policy: Policy, now: datetime) -> None:
    taken = await session.exec(select(Order.id).where(col(Order.panel_order_id) == panel_order_id))
    if taken.first() is not None:
        await _park(
            session,
            order,
            f"the panel answered with order {panel_order_id}, which is another one's",
            policy,
            now,
        )
        return
    order.state = OrderState.PLACED
    order.waiting_for = None
    order.panel_order_id = panel_order_id
    order.placed_at = now
    order.next_look_at = now + timedelta(seconds=policy.poll_seconds)
    await notices.show_card(session, order, now)
    await _resume(session, policy, now)


async def _refuse(
    session: AsyncSession, order: Order, meaning: Meaning, text: str, policy: Policy, now: datetime
) -> None:
    if meaning in PAUSES:
        await _pause(session, order, PAUSES[meaning], text, policy, now)
        return
    if meaning is Meaning.DUPLICATE:
        await _park(session, order, text, policy, now)
        return
    if meaning is Meaning.LINK_BUSY:
        await _wait(session, order, Waiting.LINK_BUSY, now, timedelta(seconds=LINK_BUSY_SECONDS))
        return
    order.state = OrderState.REJECTED
    order.waiting_for = None
    order.problem, order.problem_meaning = text, meaning
    order.ended_at = now
    refund = await refund_up_to(session, order, order.price, now)
    await notices.tell_end(session, order, refund, now)
    if meaning is Meaning.SERVICE:
        await stock.withdraw(session, order.service_id, now)
    if meaning in {Meaning.SERVICE, Meaning.REQUEST, Meaning.UNKNOWN}:
        notices.alert(session, policy.owners, "rejected", now=now, order=order.id, service=order.service_id, text=text)
    log.warning("order.rejected", order=order.id, meaning=meaning, text=text)
    await _resume(session, policy, now)


async def _wait(session: AsyncSession, order: Order, why: Waiting, now: datetime, wait: timedelta) -> None:
    """Put the order back in line; its card is drawn anew only when the reason is a new one."""
    order.state = OrderState.QUEUED
    order.next_attempt_at = now + wait
    if order.waiting_for != why:
        order.waiting_for = why
        await notices.show_card(session, order, now)


async def _pause(session: AsyncSession, order: Order, why: Waiting, text: str, policy: Policy, now: datetime) -> None:
    """Put the order back at its place in line and hold the whole line for a while: the next one would fare the same."""
    await _wait(session, order, why, now, timedelta())
    pause = await facts.read(session, facts.SUBMISSION_PAUSE)
    if pause is not None and pause["reason"] == why and datetime.fromisoformat(pause["until"]) > now:
        return  # another process has just found the same
    is_new = pause is None or pause["reason"] != why
    times = 0 if is_new else pause["times"] + 1
    seconds = min(FIRST_PAUSE_SECONDS * 2 ** min(times, 10), LONGEST_PAUSE_SECONDS)
    await facts.write(
        session,
        facts.SUBMISSION_PAUSE,
        {"reason": why, "until": (now + timedelta(seconds=seconds)).isoformat(), "times": times},
        now,
    )
    if is_new:
        notices.alert(session, policy.owners, f"paused-{why}", now=now, text=text)


async def _resume(session: AsyncSession, policy: Policy, now: datetime) -> None:
    pause = await facts.read(session, facts.SUBMISSION_PAUSE)
    if pause is not None:
        await facts.write(session, facts.SUBMISSION_PAUSE, None, now)
        notices.alert(session, policy.owners, "resumed", now=now)


async def _park(session: AsyncSession, order: Order, reason: str, policy: Policy, now: datetime) -> None:
    """The panel may have taken it: the order is being checked from now on, and nothing sends it again."""
    order.state = OrderState.UNCONFIRMED
    order.waiting_for = None
    await notices.show_card(session, order, now)
    notices.alert(session, policy.owners, "unconfirmed", now=now, order=order.id, text=reason)
    log.warning("order.unconfirmed", order=order.id, reason=reason)


async def park_abandoned(db: Database, policy: Policy, now: datetime) -> int:
    """Park the orders whose process died or stalled while it was sending them; return how many."""
    abandoned = (
        select(Order)
        .where(col(Order.state) == OrderState.SUBMITTING, col(Order.lease_until) < now)
        .order_by(col(Order.id))
        .limit(100)
    )
    async with db.read() as session:
        if (await session.exec(abandoned)).first() is None:
            return 0
    async with db.begin() as session:
        orders = (await session.exec(abandoned.with_for_update(skip_locked=True, key_share=True))).all()
        for order in orders:
            order.lease_until = None
            order.changed_at = now
            session.add(order)
            await _park(session, order, "the store stopped while it was sending the order", policy, now)
        step("park.parking")
    step("park.parked")
    return len(orders)
