"""Looking for unconfirmed orders at the panel, by `status` calls only (design, "An order's life", 3).

Panel numbers grow, and the panel answers `status` for our account's orders alone. What was given out between a number
of ours from before the attempt and one from after it, answers, belongs to no order of the shop, and charged what the
order costs is the order, if nothing else can be. In every other case an owner decides.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from sqlmodel import col, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from db.engine import Database
from db.tables import Attempt, NoticeKind, Order, OrderState, OwnerAct, Search, Verdict, utc_now
from panel import OrderStatus, PanelClient, PanelError, PanelRefused, Progress
from shop import facts, notices, pauses
from shop.kinds import ServiceKind
from shop.policy import Policy
from shop.steps import step

log = structlog.get_logger(__name__)

# A request the panel was still busy with has its number by then.
SETTLE = timedelta(seconds=60)
AGAIN = timedelta(seconds=30)
RELOOK = timedelta(minutes=2)
LEASE = timedelta(seconds=120)
# What cannot be told by then is for the owners to decide; it is looked for all the same, for a while.
PATIENCE = timedelta(minutes=15)
GIVE_UP = timedelta(days=7)
WIDEST = 20_000
IDS_A_PROBE = 100
PROBES_A_MINUTE = 12


@dataclass(frozen=True, slots=True)
class Stranger:
    """An order of our account at the panel that is none of the shop's: what the panel said of it."""

    number: int
    status: str
    charge: Decimal | None
    remains: int | None
    is_adjusted: bool

    def as_json(self) -> dict[str, Any]:
        """Return it as it is kept."""
        charge = None if self.charge is None else str(self.charge)
        return {
            "number": self.number,
            "status": self.status,
            "charge": charge,
            "remains": self.remains,
            "adjusted": self.is_adjusted,
        }

    @classmethod
    def of_json(cls, kept: dict[str, Any]) -> "Stranger":
        """Return what was kept."""
        charge = None if kept["charge"] is None else Decimal(kept["charge"])
        return cls(kept["number"], kept["status"], charge, kept["remains"], kept["adjusted"])

    @classmethod
    def of_status(cls, number: int, status: OrderStatus) -> "Stranger":
        """Return what the panel says of the order with this number."""
        adjusted = status.progress in {Progress.PARTIAL, Progress.CANCELED}
        return cls(number, status.status, status.charge, status.remains, adjusted)

    def costs_like(self, order: Order) -> bool:
        """Whether it charged what our order costs, to the last digit the panel shows."""
        if self.charge is None:
            return False
        shown = Decimal(1).scaleb(max(int(self.charge.as_tuple().exponent), -12))
        return abs(self.charge - order.cost) < min(shown, Decimal("0.01"))

    def is_like(self, order: Order) -> bool:
        """Whether it charged what our order costs, and has no more left to do.

        What the panel counts in a package is its own affair: a package of twenty comments is one order of one here.
        """
        fits = ServiceKind(order.kind).is_flat or self.remains is None or self.remains <= order.total
        return fits and self.costs_like(order)

    @property
    def is_unsaid(self) -> bool:
        """Whether the panel does not say (yet) what it charged; some say 0 while an order is pending."""
        return self.charge is None or (self.charge == 0 and not self.is_adjusted)

    def may_be(self, order: Order) -> bool:
        """Whether it might be our order: its charge says so, or is unsaid, or was lowered since."""
        if self.costs_like(order) or self.is_unsaid or self.charge is None:
            return True
        return self.is_adjusted and self.charge < order.cost


def place(order: Order, panel_order_id: str, now: datetime, policy: Policy) -> None:
    """Make a (locked) order one that the panel has, under this number, and that is followed from now on."""
    order.state = OrderState.PLACED
    order.waiting_for = None
    order.panel_order_id = panel_order_id
    order.panel_number = int(panel_order_id) if is_number(panel_order_id) else None
    order.placed_at = order.changed_at = now
    order.next_look_at = now + timedelta(seconds=policy.poll_seconds)


def is_number(panel_order_id: str) -> bool:
    """Whether a panel's order id is a number that can be counted with; some panels' ids are opaque."""
    return panel_order_id.isascii() and panel_order_id.isdecimal() and len(panel_order_id) <= 18


async def known_so_far(session: AsyncSession) -> int | None:
    """Return the highest panel number of ours, None where nothing tells.

    One from before a backup that was brought back tells nothing: of the orders since then, which the database lost,
    any could be taken for the one that is looked for.
    """
    highest = (await session.exec(select(func.max(Order.panel_number)))).one()
    lost_after = await facts.read(session, facts.KNOWN_AT_BACKUP)
    return None if highest is None or (lost_after is not None and highest <= lost_after) else highest


def begin(session: AsyncSession, attempt: Attempt, now: datetime) -> None:
    """Have the order of an unanswered attempt looked for, once the panel has settled."""
    search = Search(attempt_id=attempt.id, order_id=attempt.order_id, low=attempt.known_before, created_at=now)
    search.next_at = now + SETTLE
    session.add(search)


async def close(session: AsyncSession, attempt_id: int, verdict: Verdict) -> None:
    """End a search: what became of the attempt is known or decided."""
    await session.exec(update(Search).where(col(Search.attempt_id) == attempt_id).values(verdict=verdict, next_at=None))


async def search_round(
    db: Database, panel: PanelClient, policy: Policy, clock: Callable[[], datetime] = utc_now
) -> bool:
    """Take the next step of one search that is due; return whether there was one.

    Raises PanelError when the panel cannot tell; the search goes on later where it stood.
    """
    now = clock()
    search = await _claim(db, now)
    if search is None:
        return False
    step("search.claimed")
    balance = search.balance
    if balance is None:
        with suppress(PanelError):  # evidence for the owners, never proof
            balance, _ = await pauses.balance_seen(db, panel, 0, clock)
    async with db.begin() as session:
        # The order first, as everywhere: what records a late answer locks it before its search.
        order = await session.get_one(Order, search.order_id, with_for_update={"key_share": True})
        search = await session.get_one(Search, search.attempt_id, with_for_update={"key_share": True})
        search.balance = balance
        session.add(search)
        numbers = await _next_numbers(session, search, order, policy, now)
        step("search.stepping")
    if not numbers:
        return True
    found = await panel.probe([str(number) for number in numbers])
    step("search.answered")
    async with db.begin() as session:
        await _take_answers(session, search.attempt_id, numbers, found, clock())
        step("search.noting")
    return True


async def _claim(db: Database, now: datetime) -> Search | None:
    async with db.read() as session:
        if (await session.exec(_due(now))).first() is None:
            return None
    async with db.begin() as session:
        search: Search | None = (
            await session.exec(_due(now).with_for_update(skip_locked=True, key_share=True))
        ).first()
        if search is not None:
            search.next_at = now + LEASE
            session.add(search)
        return search


def _due(now: datetime):  # type: ignore[no-untyped-def]  # sqlmodel's select has no public type to name
    return select(Search).where(col(Search.next_at) <= now).order_by(col(Search.next_at)).limit(1)


async def _next_numbers(
    session: AsyncSession, search: Search, order: Order, policy: Policy, now: datetime
) -> list[int]:
    """Return the numbers to ask for next; where there are none, the search has been brought a step on without."""
    if order.state is not OrderState.UNCONFIRMED:
        await close(session, search.attempt_id, Verdict.DECIDED)
        return []
    if not await _has_window(session, search, policy, now):
        return []
    if await _others_under_way(session, search):
        search.next_at = now + AGAIN
        return []
    low, high = _window(search)
    ours = select(col(Order.panel_number)).where(col(Order.panel_number) > low, col(Order.panel_number) < high)
    known = {number for number in (await session.exec(ours)).all() if number is not None}
    first = max(low, search.asked_to or low) + 1
    rest = [number for number in range(first, high) if number not in known]
    unsaid = [each.number for each in _strangers(search) if each.is_unsaid and each.number not in known]
    numbers = rest or (unsaid if now - search.created_at < PATIENCE else [])
    if not numbers:
        await _judge(session, search, order, known, policy, now)
        return []
    if not await _may_probe(session, now):
        search.next_at = now + AGAIN
        return []
    return numbers[: 1 if search.one_by_one else IDS_A_PROBE]


def _window(search: Search) -> tuple[int, int]:
    assert search.low is not None  # noqa: S101 - `_has_window` has seen to both
    assert search.high is not None  # noqa: S101
    return search.low, search.high


async def _has_window(session: AsyncSession, search: Search, policy: Policy, now: datetime) -> bool:
    """Find between which numbers the order must lie; where that cannot be told (yet), wait, or tell the owners."""
    if search.high is None and search.low is not None:
        after = (
            select(func.min(Order.panel_number))
            .join(Attempt, col(Attempt.order_id) == col(Order.id))
            .where(
                col(Attempt.outcome) == "accepted",
                col(Attempt.started_at) >= search.created_at + SETTLE,
                col(Order.panel_number) > search.low,
            )
        )
        search.high = (await session.exec(after)).one()
    if search.low is not None and search.high is not None:
        if search.high - search.low - 1 <= WIDEST:
            return True
        await _conclude(session, search, Verdict.NO_WINDOW, policy, now)
        return False
    if search.low is None or now - search.created_at >= PATIENCE:
        await _conclude(session, search, Verdict.NO_WINDOW, policy, now)
    may_come = search.low is not None and now - search.created_at < GIVE_UP
    search.next_at = now + AGAIN if may_come else None
    return False


async def _others_under_way(session: AsyncSession, search: Search) -> bool:
    """Whether an order is being sent just now that may get, or have got, a number inside the window."""
    query = (
        select(Attempt.id)
        .join(Order, col(Order.id) == col(Attempt.order_id))
        .where(col(Order.state) == OrderState.SUBMITTING, col(Attempt.ended_at).is_(None))
        .where(col(Attempt.started_at) <= search.created_at + SETTLE)
        .limit(1)
    )
    return (await session.exec(query)).first() is not None


async def _may_probe(session: AsyncSession, now: datetime) -> bool:
    """Count one probe, of all processes, against this minute's."""
    minute = now.replace(second=0, microsecond=0).isoformat()
    probes = await facts.lock(session, facts.PROBES)
    used = probes["used"] if probes is not None and probes["minute"] == minute else 0
    if used >= PROBES_A_MINUTE:
        return False
    await facts.write(session, facts.PROBES, {"minute": minute, "used": used + 1}, now)
    return True


async def _take_answers(
    session: AsyncSession,
    attempt_id: int,
    numbers: Sequence[int],
    found: dict[str, OrderStatus | PanelRefused] | None,
    now: datetime,
) -> None:
    """Keep what the panel said about these numbers, and go on at once."""
    search = await session.get_one(Search, attempt_id, with_for_update={"key_share": True})
    if search.verdict in {Verdict.FOUND, Verdict.DECIDED}:
        return
    search.next_at = now
    session.add(search)
    if found is None:
        search.one_by_one = True
        return
    order = await session.get_one(Order, search.order_id)
    answers = {int(number): status for number, status in found.items() if isinstance(status, OrderStatus)}
    seen = [Stranger.of_status(number, status) for number, status in answers.items()]
    kept = [stranger for stranger in _strangers(search) if stranger.number not in answers]
    possible = [stranger for stranger in [*kept, *seen] if stranger.may_be(order)]
    search.strangers = [stranger.as_json() for stranger in sorted(possible, key=lambda each: each.number)]
    if (search.asked_to or 0) < numbers[-1]:
        search.asked_to = numbers[-1]
    else:
        search.next_at = now + AGAIN  # what did not say its charge was asked again, and may say it yet


def _strangers(search: Search) -> list[Stranger]:
    return [Stranger.of_json(kept) for kept in search.strangers]


async def _judge(
    session: AsyncSession, search: Search, order: Order, known: set[int], policy: Policy, now: datetime
) -> None:
    """Every number was asked for: adopt the one order that can be it, or hand the owners what was found."""
    possible = [stranger for stranger in _strangers(search) if stranger.number not in known]
    if not possible:
        await _conclude(session, search, Verdict.ABSENT, policy, now)
        return
    only = possible[0]
    if len(possible) > 1 or not only.is_like(order) or await _is_contested(session, search, only):
        await _conclude(session, search, Verdict.UNCLEAR, policy, now)
        return
    place(order, str(only.number), now, policy)
    session.add(order)
    found = {"panel_order_id": str(only.number)} | only.as_json() | {"low": search.low, "high": search.high}
    session.add(OwnerAct(act="found", order_id=order.id, facts=found, created_at=now))
    await close(session, search.attempt_id, Verdict.FOUND)
    await notices.show_card(session, order, now)
    step("search.adopting")
    notices.alert(session, policy.owners, "found", now=now, order=order.id, panel=str(only.number))
    log.info("order.found", order=order.id, panel_order=only.number)


async def _is_contested(session: AsyncSession, search: Search, stranger: Stranger) -> bool:
    """Whether another order that is being looked for could be the same order of the panel."""
    others = (
        select(Search, Order)
        .join(Order, col(Order.id) == col(Search.order_id))
        .where(col(Order.state) == OrderState.UNCONFIRMED, col(Search.attempt_id) != search.attempt_id)
        .where(col(Search.verdict).not_in([Verdict.FOUND, Verdict.DECIDED]))
    )
    return any(
        (other.low is None or other.low < stranger.number)
        and (other.high is None or stranger.number < other.high)
        and stranger.may_be(order)
        for other, order in (await session.exec(others)).all()
    )


async def _conclude(session: AsyncSession, search: Search, verdict: Verdict, policy: Policy, now: datetime) -> None:
    """Leave it to the owners: each gets the order's card with the facts, once for each verdict."""
    if search.verdict is not verdict or search.told_at is None:
        search.told_at = now
        for owner in policy.owners:
            notices.enqueue(session, owner, NoticeKind.DECIDE, order_id=search.order_id, now=now)
    step("search.concluding")
    search.verdict = verdict
    # What becomes of other orders may make an unclear case clear.
    may_change = verdict is Verdict.UNCLEAR and now - search.created_at < GIVE_UP
    search.next_at = now + RELOOK if may_change else None
    session.add(search)
