"""The bot's account of Stars as workers read it together: nothing twice, nothing left out, nothing of others."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramServerError

from db.engine import Database
from db.tables import Invoice, InvoiceState, RefundState, utc_now
from sandbox.telegram import SandboxTelegram, TelegramFault
from shop import facts
from tests.books import Books, read_books, wrong_payments, wrong_wallets
from tests.shop.conftest import ANNA, OWNER, POLICY, Shop
from tests.shop.conftest import shop as shop  # noqa: PLC0414 - the fixture
from tests.shop.paying import ask, pay
from ways.stars import Stars


class Account:
    """The bot's account at Telegram, and the workers that read it."""

    def __init__(self, telegram: SandboxTelegram, bot: Bot, db: Database) -> None:
        self.telegram = telegram
        self.bot = bot
        self.db = db

    def worker(self) -> Stars:
        return Stars(self.bot)

    def enter(self, charge: str, payload: str, stars: int = 500, *, back: bool = False, **more: Any) -> None:
        """Something happened in the account."""
        partner = {
            "type": "user",
            "transaction_type": "invoice_payment",
            "user": {"id": ANNA, "is_bot": False, "first_name": "Anna"},
            "invoice_payload": payload,
        }
        side = "receiver" if back else "source"
        entry = {"id": charge, "amount": stars, "date": int(utc_now().timestamp()), side: partner | more}
        self.telegram.world.star_transactions.append(entry)

    async def read_all(self, worker: Stars) -> None:
        """Let the worker read on until there is nothing more."""
        while await worker.collect(self.db, POLICY):
            pass

    async def let_time_pass(self) -> None:
        """The time of the next reading comes."""
        async with self.db.begin() as session:
            kept = await facts.lock(session, facts.STARS_READ)
            await facts.write(session, facts.STARS_READ, kept | {"next_at": utc_now().isoformat()})

    def offsets(self) -> list[int]:
        """What was asked for so far, page by page."""
        called = [call for call in self.telegram.calls if call.method == "getStarTransactions"]
        return [int(call.params.get("offset", 0)) for call in called]

    async def books(self) -> Books:
        """The books, which hold."""
        books = await read_books(self.db)
        assert [*wrong_wallets(books), *wrong_payments(books)] == []
        return books


@pytest.fixture
async def account(shop: Shop) -> AsyncIterator[Account]:
    async with SandboxTelegram() as telegram:
        session = AiohttpSession(api=TelegramAPIServer.from_base(telegram.url))
        async with Bot(telegram.token, session=session) as bot:
            yield Account(telegram, bot, shop.db)


async def test_a_long_account_is_read_once_and_then_a_little_of_it_again(account: Account) -> None:
    invoice = await ask(account.db)
    first = account.worker()
    await account.read_all(first)
    for number in range(230):
        account.enter(f"c{number}", invoice.token)
    await account.let_time_pass()
    await account.read_all(first)
    assert account.offsets() == [0, 0, 100, 200]
    assert len((await account.books()).payments) == 230
    assert not await first.collect(account.db, POLICY)  # not yet
    account.enter("late", invoice.token)
    second = account.worker()
    await account.read_all(second)  # at once: it has just started
    assert account.offsets()[4:] == [180]
    await account.let_time_pass()
    await account.read_all(first)
    await account.read_all(second)
    assert account.offsets()[5:] == [181]
    assert len((await account.books()).payments) == 231


async def test_what_is_missing_is_credited_and_what_went_back_is_noted(account: Account) -> None:
    invoice = await ask(account.db)
    await pay(account.db, invoice, "known")
    worker = account.worker()
    account.enter("known", invoice.token)
    account.enter("missed", invoice.token)
    account.enter("missed and back", invoice.token)
    account.enter("missed and back", invoice.token, back=True)
    account.enter("known", invoice.token, back=True)
    account.enter("through an affiliate", invoice.token, 450, affiliate={"commission_per_mille": 100, "amount": 50})
    account.enter("withdrawn", "", 900, back=True, type="fragment", user=None, transaction_type=None)
    account.enter("a gift", "", 15, back=True, transaction_type="gift_purchase")
    for _ in range(2):
        await account.read_all(worker)
        await account.let_time_pass()
    states = {payment.charge_id: payment.refund_state for payment in (await account.books()).payments}
    assert states == {
        "known": RefundState.DONE,
        "missed": None,
        "missed and back": RefundState.DONE,
        "through an affiliate": None,
    }
    assert {payment.amount for payment in (await account.books()).payments} == {Decimal(10)}


async def test_payments_of_nothing_are_told_once_and_what_was_before_the_shop_is_none_of_its_affair(
    account: Account,
) -> None:
    account.enter("of another program", "old")
    long_ago = {"date": int((utc_now() - timedelta(days=3)).timestamp())}
    account.telegram.world.star_transactions[0] |= long_ago
    account.enter("strange", "<nothing>", 77)
    for _ in range(3):
        await account.read_all(account.worker())
    alerts = [notice.content for notice in (await account.books()).notices if notice.chat_id == OWNER]
    assert alerts == [
        {"about": "payment-of-nothing", "facts": {"units": 77, "charge": "strange", "payer": ANNA}},
    ]
    assert (await account.books()).payments == []


async def test_a_failure_is_made_good_and_a_slow_worker_takes_nothing_back(account: Account) -> None:
    invoice = await ask(account.db)
    worker = account.worker()
    account.telegram.fault(TelegramFault.SERVER_ERROR(502), "getStarTransactions")
    with pytest.raises(TelegramServerError):
        await worker.collect(account.db, POLICY)
    account.enter("one", invoice.token)
    await account.read_all(worker)  # its start is not over: nothing is waited for
    slow = account.worker()
    position = await slow._account.take_turn(account.db, utc_now())
    assert position is not None
    await account.read_all(account.worker())
    for number in range(2):
        account.enter(f"odd {number}", "nothing")
    await account.read_all(account.worker())
    assert not await slow._account.read_page(account.db, POLICY, position)
    books = await account.books()
    assert len(books.payments) == 1
    assert len([notice for notice in books.notices if notice.chat_id == OWNER]) == 2
    async with account.db.read() as session:
        assert (await facts.read(session, facts.STARS_READ))["read"] == 3


async def test_another_bot_is_another_account(account: Account) -> None:
    invoice = await ask(account.db)
    for number in range(120):
        account.enter(f"c{number}", invoice.token)
    await account.read_all(account.worker())
    async with SandboxTelegram(token="43:OTHER") as telegram:
        session = AiohttpSession(api=TelegramAPIServer.from_base(telegram.url))
        async with Bot(telegram.token, session=session) as bot:
            other = Account(telegram, bot, account.db)
            other.enter("new", invoice.token)
            await other.read_all(other.worker())
            assert other.offsets() == [0]
    assert len((await account.books()).payments) == 121


async def test_the_reading_closes_what_nobody_paid_in_time(account: Account) -> None:
    invoice = await ask(account.db, now=utc_now() - timedelta(hours=2))
    await account.read_all(account.worker())
    async with account.db.read() as session:
        assert (await session.get_one(Invoice, invoice.id)).state is InvoiceState.EXPIRED
