"""Handing queued orders to the panel: each is claimed, sent at most once, and what came back is recorded.

The claim is committed before the call and no transaction is open during it. An answer that proves neither "taken" nor
"not taken" leaves the order `unconfirmed`; it is never sent again by itself (design, "An order's life").
"""

import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from db.engine import UNAVAILABLE, Database
from db.tables import Attempt, Order, OrderState, Verdict, utc_now
from panel import (
    Accepted,
    AddOutcome,
    AddRequest,
    Meaning,
    NotSent,
    PanelClient,
    PanelRefused,
    PanelUnavailable,
    Refused,
    Unknown,
)
from shop import facts, notices, pauses, searching, stock
from shop.pauses import PAUSES, Line, Waiting
from shop.policy import Policy
from shop.refunds import refund_up_to
from shop.steps import step

log = structlog.get_logger(__name__)

LONGEST_CALL_SECONDS = 90.0
LEASE = timedelta(seconds=LONGEST_CALL_SECONDS + 30)
LINK_BUSY_SECONDS = 120.0
RECORD_AGAIN_SECONDS = 1.0
# The balance before an attempt is evidence later; one read serves the attempts of this long.
BALANCE_FRESH_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Claimed:
    """An order this process may send, once, under the attempt it has written."""

    order: Order
    attempt_id: int


async def claim(
    db: Database, policy: Policy, now: datetime, balance: tuple[Decimal, datetime] | None = None
) -> Claimed | None:
    """Take the next order in line, or None while there is none, submission is paused, or enough are under way.

    `balance` is the panel's (its currency), and when it was seen; it is kept with the attempt. Claims of all
    processes pass one gate, so that the limits of `add` calls hold over all of them.
    """
    async with db.begin() as session:
        gate = await facts.lock(session, facts.SUBMISSION_GATE)
        if gate is not None and datetime.fromisoformat(gate["opens_at"]) > now:
            return None
        line = await pauses.line(session)
        under_way = await _count_under_way(session, now)
        if line is Line.CLOSED or under_way >= (1 if line is Line.TRIAL else policy.adds_at_once):
            return None
        order = (await session.exec(_queue(now).with_for_update(skip_locked=True, key_share=True))).first()
        if order is None:
            return None
        opens_at = now + timedelta(seconds=1 / policy.adds_per_second)
        await facts.write(session, facts.SUBMISSION_GATE, {"opens_at": opens_at.isoformat()}, now)
        order.state = OrderState.SUBMITTING
        order.lease_until = now + LEASE
        order.attempts += 1
        amount, seen_at = balance or (None, None)
        attempt = Attempt(
            order_id=order.id,
            started_at=now,
            sent=asdict(request_of(order)),
            balance=amount,
            balance_at=seen_at,
            known_before=await searching.known_so_far(session),
        )
        session.add_all([order, attempt])
        await session.flush()
        step("submit.claiming")
        return Claimed(order, attempt.id)


async def _count_under_way(session: AsyncSession, now: datetime) -> int:
    query = (
        select(func.count())
        .select_from(Order)
        .where(col(Order.state) == OrderState.SUBMITTING, col(Order.lease_until) > now)
    )
    return (await session.exec(query)).one()


def _queue(now: datetime):  # type: ignore[no-untyped-def]  # sqlmodel's select has no public type to name
    return (
        select(Order)
        .where(col(Order.state) == OrderState.QUEUED, col(Order.next_attempt_at) <= now)
        .order_by(col(Order.id))
        .limit(1)
    )


async def _is_waited_for(db: Database, now: datetime) -> bool:
    """Whether an order could be claimed, as far as a look without a lock tells; the usual answer is no."""
    async with db.read() as session:
        if await pauses.line(session) is Line.CLOSED:
            return False
        return (await session.exec(_queue(now).with_only_columns(col(Order.id)))).first() is not None


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
    """Claim the next order, send it, record the outcome; return the order as it then stands, or None if none waited.

    A panel that does not answer a read is not asked to take an order either: the line is held instead.
    """
    if not await _is_waited_for(db, clock()):
        return None
    balance = None
    try:
        balance = await pauses.balance_seen(db, panel, BALANCE_FRESH_SECONDS, clock)
    except PanelUnavailable as error:
        await _hold(db, Waiting.PANEL, error.reason, policy, clock())
        return None
    except PanelRefused as refused:
        if refused.meaning in PAUSES:
            await _hold(db, PAUSES[refused.meaning], refused.text, policy, clock())
            return None
        log.warning("panel.balance_refused", meaning=refused.meaning, text=refused.text)
    claimed = await claim(db, policy, clock(), balance)
    if claimed is None:
        return None
    step("submit.claimed")
    with structlog.contextvars.bound_contextvars(order=claimed.order.id):
        outcome = await _send(panel, request_of(claimed.order))
        step("submit.answered")
        log.info("order.submitted", outcome=type(outcome).__name__)
        # What the panel said must reach the database even when the process is told to stop meanwhile.
        return await asyncio.shield(_record_surely(db, claimed, outcome, policy, clock))


async def _hold(db: Database, why: Waiting, text: str, policy: Policy, now: datetime) -> None:
    async with db.begin() as session:
        first = (await session.exec(_queue(now).with_for_update(skip_locked=True, key_share=True))).first()
        if first is not None:
            await _pause(session, first, why, text, policy, now)


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
    if attempt.ended_at is not None:
        return order  # recorded before
    attempt.ended_at = now
    session.add(attempt)
    if order.state not in {OrderState.SUBMITTING, OrderState.UNCONFIRMED} or await _is_outdone(session, attempt):
        _answer_late(session, order, attempt, outcome, policy, now)
        return order
    order.lease_until = None
    order.changed_at = now
    session.add(order)
    before = order.state
    match outcome:
        case Accepted(order_id=panel_order_id):
            attempt.outcome, attempt.answer = "accepted", panel_order_id
            await _accept(session, order, attempt, panel_order_id, policy, now)
        case NotSent(reason=reason):
            attempt.outcome, attempt.answer = "not_sent", reason
            await _pause(session, order, Waiting.PANEL, reason, policy, now)
        case Unknown(reason=reason):
            attempt.outcome, attempt.answer = "unknown", reason
            await _park(session, order, attempt, reason, policy, now)
        case Refused(meaning=meaning, text=text):
            attempt.outcome, attempt.answer = "refused", text
            await _refuse(session, order, attempt, meaning, text, policy, now)
    if before is OrderState.UNCONFIRMED and order.state is not OrderState.UNCONFIRMED:
        await searching.close(session, attempt.id, Verdict.DECIDED)
    return order


async def _is_outdone(session: AsyncSession, attempt: Attempt) -> bool:
    """Whether an owner had the order sent again meanwhile: then this attempt's answer is no longer the order's."""
    newer = select(Attempt.id).where(col(Attempt.order_id) == attempt.order_id, col(Attempt.id) > attempt.id)
    return (await session.exec(newer)).first() is not None


def _answer_late(
    session: AsyncSession, order: Order, attempt: Attempt, outcome: AddOutcome, policy: Policy, now: datetime
) -> None:
    """Keep an answer that came after the order had been decided on; one that took the order, the owners must know."""
    attempt.outcome, attempt.answer = "late", str(outcome)
    log.warning("order.late_answer", order=order.id, outcome=str(outcome))
    if isinstance(outcome, Accepted):
        notices.alert(session, policy.owners, "late", now=now, order=order.id, panel=outcome.order_id)


async def _accept(
    session: AsyncSession, order: Order, attempt: Attempt, panel_order_id: str, policy: Policy, now: datetime
) -> None:
    taken = await session.exec(select(Order.id).where(col(Order.panel_order_id) == panel_order_id))
    if taken.first() is not None:
        await _park(
            session,
            order,
            attempt,
            f"the panel answered with order {panel_order_id}, which is another one's",
            policy,
            now,
        )
        return
    searching.place(order, panel_order_id, now, policy)
    await notices.show_card(session, order, now)
    await pauses.end(session, policy, now)


async def _refuse(
    session: AsyncSession,
    order: Order,
    attempt: Attempt,
    meaning: Meaning,
    text: str,
    policy: Policy,
    now: datetime,
) -> None:
    if meaning in PAUSES:
        await _pause(session, order, PAUSES[meaning], text, policy, now)
        return
    if meaning is Meaning.DUPLICATE:
        await _park(session, order, attempt, text, policy, now)
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
    await pauses.end(session, policy, now)


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
    await pauses.begin(session, why, text, policy, now)


async def _park(
    session: AsyncSession, order: Order, attempt: Attempt, reason: str, policy: Policy, now: datetime
) -> None:
    """The panel may have taken it: the order is looked for from now on, and nothing sends it again."""
    if order.state is OrderState.UNCONFIRMED:
        return
    order.state = OrderState.UNCONFIRMED
    order.waiting_for = None
    searching.begin(session, attempt, now)
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
            last = select(Attempt).where(col(Attempt.order_id) == order.id).order_by(col(Attempt.id).desc()).limit(1)
            attempt = (await session.exec(last)).one()
            await _park(session, order, attempt, "the store stopped while it was sending the order", policy, now)
        step("park.parking")
    step("park.parked")
    return len(orders)
