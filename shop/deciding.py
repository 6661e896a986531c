"""What an owner decides about an unconfirmed order, with the facts it is decided on; each act is kept for ever."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from db.engine import Database
from db.tables import Attempt, Order, OrderState, OwnerAct, Search, Verdict, utc_now
from panel import OrderStatus, PanelClient
from shop import notices, searching
from shop.errors import AlreadyDecided, OrderGone, TakenByAnother
from shop.policy import Policy
from shop.refunds import refund_up_to
from shop.searching import Stranger
from shop.steps import step

PAGE_SIZE = 8


@dataclass(frozen=True, slots=True)
class Case:
    """An unconfirmed order with what is known of it. `possible` are orders of the panel that may be it.

    `spent_between` is what other orders cost (panel's currency) between the two looks at the panel's balance, None
    where there were not two.
    """

    order: Order
    attempt: Attempt
    search: Search | None
    possible: tuple[Stranger, ...]
    spent_between: Decimal | None

    @property
    def verdict(self) -> Verdict:
        """What the search came to so far."""
        return self.search.verdict if self.search else Verdict.NO_WINDOW


async def case(session: AsyncSession, order_id: int) -> Case:
    """Return the facts of an unconfirmed order. Raises OrderGone, AlreadyDecided."""
    order = await session.get(Order, order_id)
    if order is None:
        raise OrderGone
    if order.state is not OrderState.UNCONFIRMED:
        raise AlreadyDecided
    attempt = await _last_attempt(session, order_id)
    search = await session.get(Search, attempt.id)
    strangers = [Stranger.of_json(kept) for kept in search.strangers] if search else []
    ours = select(Order.panel_number).where(col(Order.panel_number).in_([each.number for each in strangers]))
    known = set((await session.exec(ours)).all())
    possible = tuple(each for each in strangers if each.number not in known)
    return Case(order, attempt, search, possible, await _spent_between(session, attempt, search))


async def _last_attempt(session: AsyncSession, order_id: int) -> Attempt:
    last = select(Attempt).where(col(Attempt.order_id) == order_id).order_by(col(Attempt.id).desc()).limit(1)
    return (await session.exec(last)).one()


async def _spent_between(session: AsyncSession, attempt: Attempt, search: Search | None) -> Decimal | None:
    if search is None or search.balance is None or attempt.balance_at is None:
        return None
    between = (
        select(col(Order.cost))
        .join(Attempt, col(Attempt.order_id) == col(Order.id))
        .where(
            col(Attempt.outcome) == "accepted",
            col(Attempt.started_at) >= attempt.balance_at,
            col(Attempt.started_at) <= search.created_at + searching.SETTLE,
        )
    )
    return sum((await session.exec(between)).all(), Decimal(0))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A page of the orders that wait for a decision or are still looked for, the oldest first."""

    orders: list[Order]
    page: int
    pages: int
    count: int


async def list_waiting(session: AsyncSession, page: int = 0) -> Waiting:
    """Return a page (counted from 0) of the unconfirmed orders; a page past the end is the last one."""
    waits = col(Order.state) == OrderState.UNCONFIRMED
    count = (await session.exec(select(func.count()).select_from(Order).where(waits))).one()
    pages = max(1, -(-count // PAGE_SIZE))
    page = min(max(page, 0), pages - 1)
    found = select(Order).where(waits).order_by(col(Order.id)).offset(page * PAGE_SIZE).limit(PAGE_SIZE)
    return Waiting(list((await session.exec(found)).all()), page, pages, count)


async def look_at(db: Database, panel: PanelClient, order_id: int, panel_order_id: str) -> OrderStatus:
    """Return what the panel says of the order an owner means. Raises AlreadyDecided, TakenByAnother, PanelError."""
    async with db.read() as session:
        await case(session, order_id)
        await _refuse_taken(session, panel_order_id)
    return await panel.status(panel_order_id)


async def _refuse_taken(session: AsyncSession, panel_order_id: str) -> None:
    taken = (await session.exec(select(Order.id).where(col(Order.panel_order_id) == panel_order_id))).first()
    if taken is not None:
        raise TakenByAnother(taken)


async def _open(session: AsyncSession, order_id: int, act: str, actor_id: int, now: datetime, **facts: str) -> Order:
    """Lock the order for one decision, end its search and write the act down with the facts as they stand."""
    found = select(Order).where(col(Order.id) == order_id).with_for_update(key_share=True)
    order = (await session.exec(found)).first()
    if order is None:
        raise OrderGone
    known = await case(session, order_id)
    facts |= {
        "attempt": str(known.attempt.id),
        "verdict": known.verdict,
        "possible": ", ".join(str(stranger.number) for stranger in known.possible),
    }
    session.add(OwnerAct(actor_id=actor_id, act=act, order_id=order_id, facts=facts, created_at=now))
    await searching.close(session, known.attempt.id, Verdict.DECIDED)
    order.lease_until = None
    order.changed_at = now
    session.add(order)
    step("decide.opened")
    return order


async def adopt(
    session: AsyncSession,
    order_id: int,
    panel_order_id: str,
    actor_id: int,
    policy: Policy,
    now: datetime | None = None,
) -> Order:
    """The owner says that the panel has it, under this number (`look_at` has shown it). It is followed from now on.

    Raises OrderGone, AlreadyDecided, TakenByAnother.
    """
    now = now or utc_now()
    order = await _open(session, order_id, "exists", actor_id, now, panel_order_id=panel_order_id)
    await _refuse_taken(session, panel_order_id)
    searching.place(order, panel_order_id, now, policy)
    await notices.show_card(session, order, now)
    return order


async def refund(session: AsyncSession, order_id: int, actor_id: int, now: datetime | None = None) -> Order:
    """The owner says that it was not placed, and gives the money back. Raises OrderGone, AlreadyDecided."""
    now = now or utc_now()
    order = await _open(session, order_id, "refund", actor_id, now)
    order.state = OrderState.REJECTED
    order.problem, order.problem_meaning = None, "not_placed"
    order.ended_at = now
    back = await refund_up_to(session, order, order.price, now)
    await notices.tell_end(session, order, back, now)
    return order


async def send_again(session: AsyncSession, order_id: int, actor_id: int, now: datetime | None = None) -> Order:
    """The owner says that it was not placed, and has it sent once more: the one way to a second `add` of an order.

    Raises OrderGone, AlreadyDecided.
    """
    now = now or utc_now()
    order = await _open(session, order_id, "send_again", actor_id, now)
    order.state = OrderState.QUEUED
    order.next_attempt_at = now
    await notices.show_card(session, order, now)
    return order
