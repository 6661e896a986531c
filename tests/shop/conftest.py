"""A small shop on a real database, and a panel scripted call by call behind the real client."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from sqlmodel import col, select

from db.engine import Database
from db.tables import Customer, LedgerEntry, Notice, Order
from panel import PanelClient, ServiceRow
from shop import drafts, ordering, stock, wallet
from shop.catalogue import read_listing
from shop.policy import Policy

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
OWNER = 900
ANNA = 1001
POLICY = Policy(markup_percent=Decimal(30), owners=(OWNER,), poll_seconds=30.0, adds_per_second=1e9)


def row(service: str = "31", **changes: Any) -> ServiceRow:
    """A row of the panel's catalogue."""
    values: dict[str, Any] = {
        "service": service,
        "name": f"Instagram Followers {service}",
        "type": "Default",
        "category": "Instagram Followers",
        "rate": Decimal("1.2345"),
        "min": 10,
        "max": 10_000,
        "dripfeed": True,
        "refill": True,
        "cancel": True,
    }
    return ServiceRow(**(values | changes))


class ScriptedPanel:
    """Answers each action with what the test put there: a reply, or a function of the fields that may raise."""

    def __init__(self) -> None:
        self.calls: list[dict[str, str]] = []
        self.replies: dict[str, Any] = {"balance": {"balance": "10000", "currency": "USD"}}
        self.client = PanelClient(
            "http://panel.test/api/v2",
            "secret-key",
            read_attempts=1,
            transport=httpx.MockTransport(self._answer),
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        fields = dict(parse_qsl(request.content.decode(), keep_blank_values=True))
        self.calls.append(fields)
        reply = self.replies[fields["action"]]
        if callable(reply):
            reply = reply(fields)
        return reply if isinstance(reply, httpx.Response) else httpx.Response(200, json=reply)

    def sent(self, action: str = "add") -> list[dict[str, str]]:
        return [call for call in self.calls if call["action"] == action]


@pytest.fixture
async def panel() -> AsyncIterator[ScriptedPanel]:
    scripted = ScriptedPanel()
    yield scripted
    await scripted.client.aclose()


class Shop:
    """The shop's functions as a test wants to call them, each in a transaction of its own."""

    def __init__(self, db: Database) -> None:
        self.db = db

    async def order(self, quantity: int = 1000, *, service: str = "31", customer: int = ANNA, **more: Any) -> Order:
        token = await self.draft(quantity, service=service, customer=customer, **more)
        return await self.confirm(token, customer)

    async def draft(
        self,
        quantity: int | None = 1000,
        *,
        service: str = "31",
        customer: int = ANNA,
        comments: tuple[str, ...] = (),
        runs: int | None = None,
        interval: int | None = None,
    ) -> str:
        async with self.db.begin() as session:
            listing = await read_listing(session, service, POLICY.markup_percent)
            draft = await drafts.start(session, customer, listing, NOW)
            await drafts.give_link(session, draft.id, customer, "instagram.com/nasa", listing)
            if listing.kind.takes_comments:
                await drafts.add_comments(session, draft.id, customer, comments, listing)
                await drafts.finish_comments(session, draft.id, customer, listing)
            elif not listing.kind.is_flat and quantity is not None:
                if runs is not None:
                    await drafts.switch_drip(session, draft.id, customer, listing)
                await drafts.give_quantity(session, draft.id, customer, quantity, listing)
                if runs is not None:
                    await drafts.give_plan(session, draft.id, customer, runs, interval, listing)
            _, _, quote = await drafts.quote(session, draft.id, customer, POLICY.markup_percent)
            return quote.token

    async def confirm(self, token: str, customer: int = ANNA) -> Order:
        async with self.db.begin() as session:
            order, _ = await ordering.confirm(
                session, customer, token, POLICY, chat_id=customer, card_message_id=7, now=NOW
            )
            return order

    async def get(self, order: Order) -> Order:
        async with self.db.read() as session:
            return await session.get_one(Order, order.id)

    async def balance(self, customer: int = ANNA) -> Decimal:
        async with self.db.read() as session:
            return await wallet.balance_of(session, customer)

    async def entries(self, customer: int = ANNA) -> list[LedgerEntry]:
        async with self.db.read() as session:
            found = select(LedgerEntry).where(col(LedgerEntry.customer_id) == customer).order_by(col(LedgerEntry.id))
            return list((await session.exec(found)).all())

    async def notices(self, chat: int | None = None) -> list[Notice]:
        async with self.db.read() as session:
            found = select(Notice).order_by(col(Notice.id))
            if chat is not None:
                found = found.where(col(Notice.chat_id) == chat)
            return list((await session.exec(found)).all())

    async def books_hold(self) -> None:
        """The invariants of the wallet, over everybody and every order."""
        async with self.db.read() as session:
            for customer in (await session.exec(select(Customer))).all():
                entries = await self.entries(customer.id)
                assert customer.balance == sum((entry.amount for entry in entries), Decimal(0)) >= 0
                running = Decimal(0)
                for entry in entries:
                    running += entry.amount
                    assert entry.balance_after == running
            for order in (await session.exec(select(Order))).all():
                assert 0 <= order.refunded <= order.price
                entries = [e for e in await self.entries(order.customer_id) if e.order_id == order.id]
                assert sum((e.amount for e in entries), Decimal(0)) == order.refunded - order.price


@pytest.fixture
async def shop(database: Database) -> Shop:
    """A shop with a few services and a customer who has 100.00."""
    rows = [
        row("31"),
        row("32", type="Package", rate=Decimal("5"), min=1000, max=1000, dripfeed=False),
        row("33", type="Custom Comments", rate=Decimal("8"), min=2, max=50, dripfeed=False),
        row("34", type="Custom Comments Package", rate=Decimal("3"), min=1, max=1, dripfeed=False),
    ]
    await stock.take_in(database, rows, now=NOW)
    async with database.begin() as session:
        session.add(Customer(id=ANNA, name="Anna"))
        await session.flush()
        await wallet.credit(session, ANNA, Decimal(100), key="credit:1", actor_id=OWNER, now=NOW)
    return Shop(database)


@pytest.fixture
def clock() -> Callable[[], datetime]:
    return lambda: NOW
