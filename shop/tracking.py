"""Following placed orders: each has a time of its next look; what changed is written with its refund and its notice."""

import math
import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from db.engine import Database
from db.tables import Order, OrderState, utc_now
from panel import OrderStatus, PanelClient, PanelRefused, Progress
from shop import notices
from shop.errors import NotPossible, OrderGone, TooSoon
from shop.kinds import ServiceKind
from shop.money import ZERO
from shop.policy import Policy
from shop.pricing import lowered_by, refund_due, undelivered_share
from shop.refunds import refund_up_to
from shop.steps import step

log = structlog.get_logger(__name__)

BATCH = 100  # ids the panel takes in one `status` call (panel-api §1)
AFTER_END = 120  # the first look after the end, in shortest intervals
REFRESH_SECONDS = 5

ENDS = {
    Progress.COMPLETED: OrderState.COMPLETED,
    Progress.PARTIAL: OrderState.PARTIAL,
    Progress.CANCELED: OrderState.CANCELED,
}
EARLY_ENDS = {OrderState.PARTIAL, OrderState.CANCELED}


def next_look(order: Order, policy: Policy, now: datetime, spread: float = 1.0) -> datetime | None:
    """Return when to look at the order again: young ones often, old ones seldom, ended ones now and then for a while.

    `spread` (about 1) keeps orders of one moment, those that waited out an outage among them, from being looked at in
    one moment for ever.
    """
    if order.ended_at is not None:
        since = (now - order.ended_at).total_seconds()
        if now - order.ended_at > timedelta(days=policy.poll_ended_days):
            return None
        seconds = max(AFTER_END * policy.poll_seconds, since)
    else:
        age = (now - (order.placed_at or order.created_at)).total_seconds()
        seconds = max(policy.poll_seconds, min(age * policy.poll_age_percent / 100, policy.poll_longest_seconds))
    return now + timedelta(seconds=max(seconds * spread, policy.poll_seconds))


def due_orders(now: datetime) -> SelectOfScalar[Order]:
    """Return the query of the orders whose look is due, the longest due first."""
    return select(Order).where(col(Order.next_look_at) <= now).order_by(col(Order.next_look_at)).limit(BATCH)


async def claim(db: Database, policy: Policy, now: datetime, spread: Callable[[], float]) -> dict[str, int]:
    """Take the orders whose look is due, at most BATCH, as {panel's id: ours}; their next look is set at once.

    A look that fails is simply made again at that next time, and an unchanged order costs no second write.
    """
    due = due_orders(now)
    async with db.read() as session:
        if (await session.exec(due.with_only_columns(col(Order.id)).limit(1))).first() is None:  # type: ignore[call-overload]
            return {}
    async with db.begin() as session:
        orders = (await session.exec(due.with_for_update(skip_locked=True, key_share=True))).all()
        for order in orders:
            order.next_look_at = next_look(order, policy, now, spread())
            session.add(order)
        step("track.claiming")
        return {order.panel_order_id: order.id for order in orders if order.panel_order_id is not None}


async def look_round(
    db: Database,
    panel: PanelClient,
    policy: Policy,
    clock: Callable[[], datetime] = utc_now,
    spread: Callable[[], float] = lambda: random.uniform(1.0, 1.2),  # noqa: S311 - spreads load, guards nothing
) -> int:
    """Look at the orders that are due; return how many there were. Raises PanelError when the panel cannot tell."""
    looked = await claim(db, policy, clock(), spread)
    if looked:
        step("track.claimed")
        statuses = await panel.statuses(list(looked))
        step("track.answered")
        found = {looked[panel_id]: status for panel_id, status in statuses.items() if panel_id in looked}
        await take_statuses(db, found, policy, clock())
    return len(looked)


async def take_statuses(
    db: Database, statuses: Mapping[int, OrderStatus | PanelRefused], policy: Policy, now: datetime
) -> None:
    """Apply what the panel said to our orders (by our id), in one transaction, writing only what changed."""
    known = {order_id: status for order_id, status in statuses.items() if isinstance(status, OrderStatus)}
    for order_id in statuses.keys() - known.keys():
        log.warning("order.status_refused", order=order_id, text=str(statuses[order_id]))
    if not known:
        return
    async with db.read() as session:
        orders = (await session.exec(select(Order).where(col(Order.id).in_(known)))).all()
        moved = sorted(order.id for order in orders if differs(order, known[order.id]))
    if not moved:
        return
    async with db.begin() as session:
        locked = select(Order).where(col(Order.id).in_(moved)).order_by(col(Order.id))
        orders = (await session.exec(locked.with_for_update(key_share=True))).all()
        # Refunds lock wallets: in one order everywhere, or two workers could wait for each other.
        for order in sorted(orders, key=lambda order: order.customer_id):
            await apply(session, order, known[order.id], policy, now)
        step("track.changing")
    step("track.changed")


def differs(order: Order, status: OrderStatus) -> bool:
    """Whether the panel's words tell anything new about the order."""
    return (
        order.panel_status != status.status
        or (status.start_count is not None and status.start_count != order.start_count)
        or (status.remains is not None and status.remains != order.remains)
        or (status.charge is not None and status.charge != order.charge)
    )


async def apply(session: AsyncSession, order: Order, status: OrderStatus, policy: Policy, now: datetime) -> None:
    """Take over a status into the (locked) order: its state, the refund that is due, the notices."""
    if order.panel_order_id is None or not differs(order, status):
        return
    before = order.state
    if order.charge is None and status.charge is not None:
        _check_charge(session, order, status, policy, now)
    order.panel_status = status.status
    if status.start_count is not None:
        order.start_count = status.start_count
    order.state = ENDS.get(status.progress, OrderState.PLACED)
    is_new = before is not order.state
    # An early end begins with its own numbers: what was left before it says nothing of what is left for good.
    begins = is_new and order.state in EARLY_ENDS
    if status.remains is not None or begins:
        order.remains = status.remains
    if status.charge is not None or begins:
        order.charge = status.charge
    order.changed_at = order.looked_at = now
    session.add(order)
    if order.state is OrderState.PLACED:
        order.ended_at = None
        if is_new:
            order.next_look_at = next_look(order, policy, now)
        await notices.show_card(session, order, now)
        return
    refund = await _refund(session, order, status, policy, now, is_new=is_new)
    step("track.ending")
    if not is_new and not refund:
        await notices.show_card(session, order, now)
        return
    if is_new:
        order.ended_at = now
        order.next_look_at = next_look(order, policy, now)
    await notices.tell_end(session, order, refund, now)


async def _refund(
    session: AsyncSession, order: Order, status: OrderStatus, policy: Policy, now: datetime, *, is_new: bool
) -> Decimal:
    """Give back what an early end leaves due; nothing for a completed order. docs/operations.md holds the cases.

    The owners are told, once an end (`is_new`), where nothing the panel says can be right, and where its numbers
    disagree.
    """
    if order.state is OrderState.COMPLETED:
        return ZERO
    uncharged = order.charge is not None and order.charge <= ZERO
    silent = order.charge is None and order.remains is None and not status.runs and not status.orders
    if order.state is OrderState.CANCELED and (uncharged or silent):
        return await refund_up_to(session, order, order.price, now)
    share = undelivered_share(
        ServiceKind(order.kind), total=order.total, remains=order.remains, charge=order.charge, cost=order.cost
    )
    if share is None:
        if is_new:
            facts = {"order": order.id, "text": order.panel_status or ""}
            notices.alert(session, policy.owners, "refund-unclear", now=now, **facts)
        return ZERO
    refund = await refund_up_to(session, order, refund_due(order.price, share), now)
    by_charge = lowered_by(order.charge, order.cost)
    if is_new and by_charge is not None and abs(by_charge - share) * 100 > 1:
        facts = {"order": order.id, "charge": _written(order.charge), "cost": _written(order.cost)}
        notices.alert(
            session, policy.owners, "refund-differs", now=now, remains=order.remains, back=str(refund), **facts
        )
    return refund


def _written(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount.normalize():f}"


def _check_charge(session: AsyncSession, order: Order, status: OrderStatus, policy: Policy, now: datetime) -> None:
    """Tell the owner when the panel counted the comments differently: a wrong encoding misprices silently."""
    if not order.comments or not status.charge or order.kind != ServiceKind.CUSTOM_COMMENTS:
        return
    if status.progress not in {Progress.PARTIAL, Progress.CANCELED} and (
        abs(status.charge - order.cost) * 100 > order.cost
        or (status.remains is not None and status.remains > order.total)
    ):
        notices.alert(
            session,
            policy.owners,
            "charge-differs",
            now=now,
            order=order.id,
            charge=_written(status.charge),
            cost=_written(order.cost),
        )


async def refresh(
    db: Database,
    panel: PanelClient,
    policy: Policy,
    order_id: int,
    customer_id: int,
    now: datetime | None = None,
) -> Order:
    """Look at one order because its customer asks; return it as it is then.

    Raises OrderGone, TooSoon within REFRESH_SECONDS of the last such look, NotPossible while the panel has no number
    for it, and PanelError when the panel cannot tell.
    """
    now = now or utc_now()
    async with db.begin() as session:
        query = select(Order).where(col(Order.id) == order_id, col(Order.customer_id) == customer_id)
        order = (await session.exec(query.with_for_update(key_share=True))).first()
        if order is None:
            raise OrderGone
        if order.panel_order_id is None:
            raise NotPossible
        since = (now - order.looked_at).total_seconds() if order.looked_at else REFRESH_SECONDS
        if since < REFRESH_SECONDS:
            raise TooSoon(min(math.ceil(REFRESH_SECONDS - since), REFRESH_SECONDS))
        order.looked_at = now
        session.add(order)
        panel_order_id = order.panel_order_id
    status = await panel.status(panel_order_id)
    step("refresh.answered")
    await take_statuses(db, {order_id: status}, policy, now)
    async with db.read() as session:
        return await session.get_one(Order, order_id)
