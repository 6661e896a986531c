"""A panel and a shop for the state machine: the real functions on a real file, driven from outside a loop."""

import asyncio
import shutil
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import httpx
from sqlmodel import col, select, update

from db.engine import Database
from db.tables import Customer, Invoice, Order, OrderState, Payment, Search
from panel import PanelClient
from shop import drafts, ordering, stock, submission, tracking, wallet
from shop.catalogue import read_listing
from shop.policy import Policy
from shop.returns import RefundRefused
from tests.books import Books, read_books
from tests.shop.conftest import NOW, OWNER, row

T = TypeVar("T")
CUSTOMERS = (1001, 1002)
POLICY = Policy(Decimal(30), (OWNER,), 30.0, adds_at_once=4, adds_per_second=1000)
SERVICES = {
    "31": row("31"),
    "32": row("32", type="Package", rate=Decimal("5.004"), min=1000, max=1000, dripfeed=False),
    "33": row("33", type="Custom Comments", rate=Decimal("8"), min=2, max=50, dripfeed=False),
}
ENDINGS = {"completed": OrderState.COMPLETED, "partial": OrderState.PARTIAL, "canceled": OrderState.CANCELED}


class Died(BaseException):
    """The process is gone."""


@dataclass
class Said:
    """What the panel says of one of its orders."""

    link: str
    status: str = "Pending"
    remains: int | None = None
    charge: str | None = None


@dataclass
class Owed:
    """What the panel said with the end an order stands at, and how much of its price must have gone back."""

    ending: OrderState | None = None
    remains: int | None = None
    charge: Decimal | None = None
    back: Decimal = Decimal(0)


@dataclass
class ToyPanel:
    """Takes orders, answers as it was told to, and counts what may have been taken for each link."""

    answer: str = "accepted"
    orders: dict[str, Said] = field(default_factory=dict)
    taken: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    held: list[asyncio.Event] = field(default_factory=list)
    stirred: asyncio.Event = field(default_factory=asyncio.Event)  # an answer began to be held, or a call ended

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        fields = dict(parse_qsl(request.content.decode(), keep_blank_values=True))
        match fields["action"]:
            case "balance":
                return httpx.Response(200, json={"balance": 10**6, "currency": "USD"})
            case "status":
                return httpx.Response(200, json={number: self._said(number) for number in fields["orders"].split(",")})
            case "cancel":
                return httpx.Response(200, json={"status": "Success", "message": "marked"})
        return await self._add(fields["url"])

    def _said(self, number: str) -> dict[str, Any]:
        said = self.orders.get(number)
        if said is None:
            return {"error": "Incorrect order ID"}
        return {"charge": said.charge, "start_count": "5", "status": said.status, "remains": said.remains}

    async def _add(self, link: str) -> httpx.Response:
        answer = self.answer
        if answer == "not sent":
            raise httpx.ConnectError("refused")
        self.asked[link] += 1
        if answer.startswith("error:"):
            return httpx.Response(200, json={"error": answer.removeprefix("error:")})
        if answer == "lost before":
            raise httpx.ReadError("reset")
        number = self._take(link)
        if answer == "lost after":
            raise httpx.ReadTimeout("silent")
        if answer == "held":
            released = asyncio.Event()
            self.held.append(released)
            self.stirred.set()
            await released.wait()
        return httpx.Response(200, json={"order": int(number)})

    def _take(self, link: str) -> str:
        number = str(23501 + len(self.orders))
        self.orders[number] = Said(link)
        self.taken[link] += 1
        return number


@dataclass
class ToyProvider:
    """Takes payments and sends them back, answers as it was told to, and knows whose money it has."""

    answer: str = "sent"
    paid: dict[str, Invoice] = field(default_factory=dict)
    back: set[str] = field(default_factory=set)

    async def __call__(self, payment: Payment) -> None:
        if self.answer == "refused" and payment.charge_id not in self.back:
            raise RefundRefused("no")
        if self.answer == "silent":
            raise TimeoutError
        self.back.add(payment.charge_id)  # sent back before is sent back
        if self.answer == "lost":
            raise TimeoutError


class Trade:
    """The shop at one moment; `do` runs one of its functions to the end."""

    def __init__(self, path: Path) -> None:
        self.loop = asyncio.new_event_loop()
        self.now = NOW
        self.panel = ToyPanel()
        self.provider = ToyProvider()
        self.tokens: list[tuple[int, str]] = []
        self.sent_again: Counter[str] = Counter()
        self.owed: dict[int, Owed] = {}
        self.slow: list[asyncio.Task[Order | None]] = []
        self._links = 0
        self.db = Database(f"sqlite:///{path}")
        self.client = self.do(self._connect())

    async def _connect(self) -> PanelClient:
        transport = httpx.MockTransport(self.panel)
        return PanelClient(
            "http://panel.test/api/v2", "key", read_attempts=1, calls_per_second=1000, transport=transport
        )

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def close(self) -> None:
        for task in self.slow:
            task.cancel()
        self.do(self._close())
        self.loop.close()

    async def _close(self) -> None:
        await asyncio.gather(*self.slow, return_exceptions=True)
        await self.client.aclose()
        await self.db.close()

    def clock(self) -> datetime:
        return self.now

    def books(self) -> Books:
        return self.do(read_books(self.db))

    # --- what people do ---------------------------------------------------------------------------

    async def draft(self, customer: int, service: str, count: int) -> str:
        """Put an order together, each with a link of its own; return the confirm button's token."""
        self._links += 1
        async with self.db.begin() as session:
            listing = await read_listing(session, service, POLICY.markup_percent)
            draft = await drafts.start(session, customer, listing, self.now)
            await drafts.give_link(session, draft.id, customer, f"instagram.com/link{self._links}", listing)
            if listing.kind.takes_comments:
                lines = tuple(f"line {number}" for number in range(2 + count % 20))
                await drafts.add_comments(session, draft.id, customer, lines, listing)
                await drafts.finish_comments(session, draft.id, customer, listing)
            elif not listing.kind.is_flat:
                await drafts.give_quantity(session, draft.id, customer, 10 + count, listing)
            _, _, quote = await drafts.quote(session, draft.id, customer, POLICY.markup_percent)
            return quote.token

    async def confirm(self, customer: int, token: str) -> tuple[Order, bool]:
        async with self.db.begin() as session:
            return await ordering.confirm(
                session, customer, token, POLICY, chat_id=customer, card_message_id=7, now=self.now
            )

    # --- what the worker does ---------------------------------------------------------------------

    async def submit(self) -> Order | None:
        return await submission.submit_next(self.db, self.client, POLICY, self.clock)

    async def submit_slowly(self) -> bool:
        """Begin to send an order whose answer stays out; return whether there was one."""
        self.panel.stirred.clear()
        task = asyncio.get_running_loop().create_task(self.submit())
        task.add_done_callback(lambda _: self.panel.stirred.set())
        await self.panel.stirred.wait()
        if task.done():
            return False
        self.slow.append(task)
        return True

    async def answer_late(self) -> None:
        self.panel.held.pop(0).set()
        await self.slow.pop(0)

    async def park(self) -> int:
        return await submission.park_abandoned(self.db, POLICY, self.now)

    async def look(self, order: Order) -> None:
        """Have the worker look at this one order."""
        later = self.now + timedelta(days=400)
        async with self.db.begin() as session:
            others = col(Order.id) != order.id
            await session.exec(
                update(Order).where(others, col(Order.next_look_at).is_not(None)).values(next_look_at=later)
            )
            await session.exec(update(Order).where(~others).values(next_look_at=self.now))
        await tracking.look_round(self.db, self.client, POLICY, self.clock, lambda: 1.0)

    async def search_now(self) -> None:
        async with self.db.begin() as session:
            await session.exec(update(Search).where(col(Search.next_at).is_not(None)).values(next_at=self.now))

    # --- what must have gone back -----------------------------------------------------------------

    def told(self, order: Order, said: Said) -> None:
        """Work out, by the rules alone, what the panel's words make due; what was given back is never taken again."""
        owed = self.owed.setdefault(order.id, Owed())
        ending = ENDINGS.get(said.status.lower())
        if ending is not owed.ending:
            owed.ending, owed.remains, owed.charge = ending, None, None
        if said.remains is not None:
            owed.remains = said.remains
        if said.charge is not None:
            owed.charge = Decimal(said.charge)
        owed.back = max(owed.back, due(order, owed))


def due(order: Order, owed: Owed) -> Decimal:
    """Return what goes back of the price: the whole of a canceled one that cost nothing, else the undelivered share."""
    if owed.ending not in {OrderState.PARTIAL, OrderState.CANCELED}:
        return Decimal(0)
    nothing_said = owed.charge is None and owed.remains is None
    if owed.ending is OrderState.CANCELED and (nothing_said or (owed.charge is not None and owed.charge <= 0)):
        return order.price
    flat = "package" in order.kind
    paid = None if owed.charge is None or owed.charge < 0 else Fraction(owed.charge) / Fraction(order.cost)
    by_charge = 1 - paid if paid is not None and paid < Fraction(99, 100) else None
    by_count = Fraction(owed.remains, order.total) if owed.remains and 0 < owed.remains <= order.total else None
    if flat:
        share = by_count if by_charge is None else by_charge
    elif by_count is not None:
        share = by_count
    elif by_charge is not None:
        share = by_charge
    else:
        share = Fraction(1) if owed.remains and owed.remains > 0 else None  # more than all of it is all of it
    if share is None:
        return Decimal(0)  # nothing tells: the owner is asked
    kept = Decimal(ceil(Fraction(order.price) * (1 - share) * 100)) / 100
    return order.price - min(kept, order.price)


async def furnish(path: Path) -> None:
    """Put the services and the customers into a migrated file."""
    db = Database(f"sqlite:///{path}")
    await stock.take_in(db, list(SERVICES.values()), now=NOW)
    async with db.begin() as session:
        session.add_all([Customer(id=number, name=f"Customer {number}") for number in CUSTOMERS])
        await session.flush()
        for number in CUSTOMERS:
            key = f"credit:first:{number}"
            await wallet.credit(session, number, Decimal(15), key=key, actor_id=OWNER, now=NOW)
    await db.close()


def furnished(template: Path, folder: Path) -> Path:
    """Return a copy of the migrated file with the shop's goods in it."""
    path = folder / "furnished.db"
    shutil.copy(template, path)
    asyncio.run(furnish(path))
    return path


async def unconfirmed(db: Database) -> list[Order]:
    async with db.read() as session:
        found = select(Order).where(col(Order.state) == OrderState.UNCONFIRMED).order_by(col(Order.id))
        return list((await session.exec(found)).all())
