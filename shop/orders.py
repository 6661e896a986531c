"""A customer's orders: the list, one of them, and what can be asked of the panel about it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from db.engine import Database
from db.tables import Order, OrderState, Service, utc_now
from panel import PanelClient
from shop.catalogue import read_refill
from shop.errors import NotPossible, OrderGone
from shop.names import clean
from shop.steps import step

PAGE_SIZE = 8


class Filter(StrEnum):
    """Which orders the list shows."""

    ALL = "all"
    RUNNING = "running"
    ENDED = "ended"
    CHECKED = "checked"


STATES = {
    Filter.RUNNING: (OrderState.QUEUED, OrderState.SUBMITTING, OrderState.PLACED),
    Filter.ENDED: (OrderState.COMPLETED, OrderState.PARTIAL, OrderState.CANCELED, OrderState.REJECTED),
    Filter.CHECKED: (OrderState.UNCONFIRMED,),
}


@dataclass(frozen=True, slots=True)
class OrderList:
    """A page of a customer's orders, newest first; `page` counts from 0."""

    orders: list[Order]
    page: int
    pages: int
    count: int


@dataclass(frozen=True, slots=True)
class Can:
    """What can be asked about an order as it stands."""

    refresh: bool
    refill: bool
    cancel: bool
    withdraw: bool


async def find(session: AsyncSession, order_id: int, customer_id: int) -> Order:
    """Return an order of the customer's. Raises OrderGone for one that is not theirs, as for one that is not."""
    query = select(Order).where(col(Order.id) == order_id, col(Order.customer_id) == customer_id)
    order = (await session.exec(query)).first()
    if order is None:
        raise OrderGone
    return order


async def list_orders(session: AsyncSession, customer_id: int, which: Filter = Filter.ALL, page: int = 0) -> OrderList:
    """Return a page of the customer's orders; a page past the end is the last one."""
    wanted = [col(Order.customer_id) == customer_id]
    if which is not Filter.ALL:
        wanted.append(col(Order.state).in_(STATES[which]))
    count = (await session.exec(select(func.count()).select_from(Order).where(*wanted))).one()
    pages = max(1, -(-count // PAGE_SIZE))
    page = min(max(page, 0), pages - 1)
    found = select(Order).where(*wanted).order_by(col(Order.id).desc()).offset(page * PAGE_SIZE).limit(PAGE_SIZE)
    return OrderList(list((await session.exec(found)).all()), page, pages, count)


async def what_can_be_asked(session: AsyncSession, order: Order) -> Can:
    """Say what applies to the order now; where the panel says nothing of refill or cancel, it may be asked."""
    service = await session.get(Service, order.service_id)
    refill = read_refill(clean(order.service_name), service.refill if service else None)
    placed = order.panel_order_id is not None
    return Can(
        refresh=placed,
        refill=placed
        and order.state in {OrderState.COMPLETED, OrderState.PARTIAL}
        and refill.offered is not False
        and order.refill_asked_at is None,
        cancel=placed
        and order.state is OrderState.PLACED
        and (service is None or service.cancel is not False)
        and order.cancel_asked_at is None,
        withdraw=order.state is OrderState.QUEUED,
    )


async def ask_refill(
    db: Database, panel: PanelClient, order_id: int, customer_id: int, now: datetime | None = None
) -> tuple[Order, str]:
    """Ask the panel to refill an order; return the order and the panel's words. "Requested" is not "done".

    Raises OrderGone, NotPossible, PanelRefused with the panel's reason, PanelUnavailable.
    """
    order = await _asked(db, order_id, customer_id, "refill")
    answer = await panel.refill(order.panel_order_id or "")
    step("refill.answered")
    return await _note(db, order_id, "refill_asked_at", now or utc_now()), answer.text


async def ask_cancel(
    db: Database, panel: PanelClient, order_id: int, customer_id: int, now: datetime | None = None
) -> tuple[Order, str]:
    """Ask the panel to cancel an order; return the order and the panel's words. Raises like `ask_refill`."""
    order = await _asked(db, order_id, customer_id, "cancel")
    answer = await panel.cancel(order.panel_order_id or "")
    step("cancel.answered")
    return await _note(db, order_id, "cancel_asked_at", now or utc_now()), answer.text


async def _asked(db: Database, order_id: int, customer_id: int, what: str) -> Order:
    async with db.read() as session:
        order = await find(session, order_id, customer_id)
        if not getattr(await what_can_be_asked(session, order), what):
            raise NotPossible
        return order


async def _note(db: Database, order_id: int, field: str, now: datetime) -> Order:
    """Remember that the panel was asked, and look at the order soon."""
    async with db.begin() as session:
        order = await session.get_one(Order, order_id, with_for_update={"key_share": True})
        setattr(order, field, now)
        order.next_look_at = now
        session.add(order)
        step("ask.noting")
        return order
