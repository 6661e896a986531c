"""The orders held against what the panel says of them; it only asks, and is bounded whatever the number of orders."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from db.engine import Database
from db.tables import Order, OrderState
from panel import Meaning, OrderStatus, PanelClient, Progress
from shop.audit import ENDED, EXAMPLES, Finding, Rule, Weight
from shop.tracking import BATCH, differs

MOST_RUNNING = 3000
MOST_ENDED = 1000
RECENTLY = timedelta(days=3)

KNOWN = Rule("panel-knows", "the panel knows each order we say it has", "order")
ABREAST = Rule("panel-abreast", "the panel says what our last look saw", "order", Weight.WARNS)
CHARGED = Rule("panel-charges", "the panel charges what the order was to cost", "order", Weight.WARNS)


@dataclass
class _Found:
    """The ids that break each rule."""

    unknown: list[int] = field(default_factory=list)
    behind: list[int] = field(default_factory=list)
    charged: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was found about each rule, over `asked` of the `running` and the lately ended orders."""

    asked: int
    running: int
    findings: tuple[Finding, ...]


async def compare(db: Database, panel: PanelClient, now: datetime) -> Comparison:
    """Ask the panel about the newest running orders and those that ended lately, 100 in a call.

    What the next look will take over by itself only warns; an order the panel does not know breaks the rule. Raises
    PanelError when the panel cannot tell.
    """
    found = _Found()
    async with db.read() as session:
        ids = await _ids(session, now)
        placed = col(Order.state) == OrderState.PLACED
        running = (await session.exec(select(func.count()).select_from(Order).where(placed))).one()
    for start in range(0, len(ids), BATCH):
        async with db.read() as session:
            batch = select(Order).where(col(Order.id).in_(ids[start : start + BATCH])).order_by(col(Order.id))
            orders = (await session.exec(batch)).all()
        statuses = await panel.statuses([order.panel_order_id or "" for order in orders])
        for order in orders:
            status = statuses[order.panel_order_id or ""]
            if isinstance(status, OrderStatus):
                _compare_one(order, status, found)
            elif status.meaning is Meaning.ORDER_ID:
                found.unknown.append(order.id)
    findings = (
        _finding(KNOWN, found.unknown),
        _finding(ABREAST, found.behind),
        _finding(CHARGED, found.charged),
    )
    return Comparison(len(ids), running, findings)


async def _ids(session: AsyncSession, now: datetime) -> list[int]:
    orders = select(col(Order.id)).where(col(Order.panel_order_id).is_not(None)).order_by(col(Order.id).desc())
    placed = orders.where(col(Order.state) == OrderState.PLACED).limit(MOST_RUNNING)
    lately = orders.where(col(Order.state).in_(ENDED), col(Order.ended_at) > now - RECENTLY).limit(MOST_ENDED)
    return sorted([*(await session.exec(placed)).all(), *(await session.exec(lately)).all()])


def _compare_one(order: Order, status: OrderStatus, found: _Found) -> None:
    if differs(order, status):
        found.behind.append(order.id)
    adjusted = status.progress in {Progress.PARTIAL, Progress.CANCELED}
    if status.charge and not adjusted and abs(status.charge - order.cost) * 100 > order.cost:
        found.charged.append(order.id)


def _finding(rule: Rule, ids: Sequence[int]) -> Finding:
    return Finding(rule, len(ids), tuple(str(order_id) for order_id in ids[:EXAMPLES]))
