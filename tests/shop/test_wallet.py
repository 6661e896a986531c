"""Money moves once, never below zero, and every entry says what the balance was after it."""

import asyncio
from decimal import Decimal

import pytest

from db.engine import Database
from db.tables import EntryKind
from shop import wallet
from shop.errors import AmountTooLarge, NotEnoughMoney
from tests.shop.conftest import ANNA, NOW, OWNER, Shop


async def test_a_credit_is_posted_once_however_often_it_is_repeated(shop: Shop) -> None:
    for _ in range(3):
        async with shop.db.begin() as session:
            await wallet.credit(session, ANNA, Decimal("5.50"), key="credit:2", actor_id=OWNER, note="hi", now=NOW)
    assert await shop.balance() == Decimal("105.50")
    assert [entry.amount for entry in await shop.entries()] == [Decimal(100), Decimal("5.50")]
    told = [notice.content["amount"] for notice in await shop.notices(ANNA)]
    assert told == ["100", "5.50"]


async def test_a_debit_below_zero_changes_nothing(shop: Shop) -> None:
    with pytest.raises(NotEnoughMoney) as refused:
        async with shop.db.begin() as session:
            await wallet.credit(session, ANNA, Decimal("-100.01"), key="credit:2", actor_id=OWNER)
    assert refused.value.missing == Decimal("0.01")
    assert await shop.balance() == Decimal(100)
    await shop.books_hold()


async def test_no_wallet_holds_an_absurd_sum(shop: Shop) -> None:
    with pytest.raises(AmountTooLarge):
        async with shop.db.begin() as session:
            await wallet.credit(session, ANNA, Decimal(10) ** 13, key="credit:2", actor_id=OWNER)
    assert await shop.balance() == Decimal(100)


async def test_someone_who_never_opened_the_shop_can_be_credited(shop: Shop) -> None:
    async with shop.db.begin() as session:
        await wallet.credit(session, 4711, Decimal(3), key="credit:2", actor_id=OWNER)
    assert await shop.balance(4711) == Decimal(3)
    assert await shop.balance(4712) == Decimal(0)


async def test_twenty_writers_on_one_wallet_leave_the_right_sum(shop: Shop) -> None:
    async def move(number: int) -> None:
        amount = Decimal(number % 5 - 2) or Decimal(1)
        async with shop.db.begin() as session:
            await wallet.post(session, ANNA, EntryKind.ADJUSTMENT, amount, key=f"move:{number % 15}")

    await asyncio.gather(*(move(number) for number in range(20)))
    assert len(await shop.entries()) == 1 + 15  # five of the keys came twice
    await shop.books_hold()


async def test_the_statement_is_paged_newest_first(shop: Shop, database: Database) -> None:
    for number in range(20):
        async with database.begin() as session:
            await wallet.post(session, ANNA, EntryKind.BONUS, Decimal(1), key=f"bonus:{number}")
    async with database.read() as session:
        first = await wallet.statement(session, ANNA)
        last = await wallet.statement(session, ANNA, page=99)
    assert (first.pages, first.page, last.page) == (3, 0, 2)
    assert first.balance == first.entries[0].balance_after == Decimal(120)
    assert last.entries[-1].amount == Decimal(100)
    assert len(first.entries) + len(last.entries) == wallet.PAGE_SIZE + 5


async def test_a_float_never_becomes_money(shop: Shop) -> None:
    with pytest.raises(Exception, match="Decimal"):
        async with shop.db.begin() as session:
            await wallet.post(session, ANNA, EntryKind.BONUS, 0.1, key="float")  # type: ignore[arg-type]  # the fault under test
    assert await shop.balance() == Decimal(100)
