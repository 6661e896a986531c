"""Conversations on our own tables: kept over a restart, apart from each other, gone when they end."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.base import StorageKey
from sqlalchemy import func
from sqlmodel import select

from bot.storage import TableStorage
from db.engine import Database
from db.tables import Conversation


class Ordering(StatesGroup):
    link = State()
    quantity = State()


KEY = StorageKey(bot_id=42, chat_id=1001, user_id=1001)


@pytest.fixture
async def anna(database: Database) -> AsyncIterator[FSMContext]:
    """Where Anna's conversation stands."""
    storage = TableStorage(database)
    yield FSMContext(storage, KEY)
    await storage.close()


async def rows(db: Database) -> int:
    async with db.read() as session:
        return (await session.exec(select(func.count()).select_from(Conversation))).one()


async def test_a_conversation_nobody_had_is_empty(anna: FSMContext, database: Database) -> None:
    assert await anna.get_state() is None
    assert await anna.get_data() == {}
    assert await anna.get_value("draft") is None
    assert await rows(database) == 0


async def test_a_conversation_outlives_the_process(anna: FSMContext, database_url: str) -> None:
    await anna.set_state(Ordering.quantity)
    await anna.set_data({"draft": 17, "lines": ["Привет 🙂", "<b>"], "nothing": None})
    restarted = Database(database_url)
    again = FSMContext(TableStorage(restarted), KEY)
    assert await again.get_state() == "Ordering:quantity"
    assert await again.get_data() == {"draft": 17, "lines": ["Привет 🙂", "<b>"], "nothing": None}
    await restarted.close()


async def test_data_can_be_changed_in_parts(anna: FSMContext) -> None:
    await anna.set_data({"draft": 17})
    assert await anna.update_data(message=5) == {"draft": 17, "message": 5}
    assert await anna.update_data({"message": 6}) == {"draft": 17, "message": 6}
    assert await anna.get_value("message") == 6
    await anna.set_data({"draft": 18})
    assert await anna.get_data() == {"draft": 18}


async def test_state_and_data_do_not_disturb_each_other(anna: FSMContext) -> None:
    await anna.set_data({"draft": 17})
    await anna.set_state(Ordering.link)
    await anna.set_state("Ordering:quantity")
    assert (await anna.get_state(), await anna.get_data()) == ("Ordering:quantity", {"draft": 17})
    await anna.set_state(None)
    assert (await anna.get_state(), await anna.get_data()) == (None, {"draft": 17})


async def test_an_ended_conversation_leaves_no_row(anna: FSMContext, database: Database) -> None:
    await anna.set_state(Ordering.link)
    await anna.update_data(draft=17)
    assert await rows(database) == 1
    await anna.clear()
    assert (await anna.get_state(), await anna.get_data()) == (None, {})
    assert await rows(database) == 0
    await anna.clear()  # twice is no harm


@pytest.mark.parametrize(
    "other",
    [
        StorageKey(bot_id=43, chat_id=1001, user_id=1001),
        StorageKey(bot_id=42, chat_id=-1001, user_id=1001),
        StorageKey(bot_id=42, chat_id=1001, user_id=1002),
        StorageKey(bot_id=42, chat_id=1001, user_id=1001, thread_id=3),
        StorageKey(bot_id=42, chat_id=1001, user_id=1001, destiny="other"),
    ],
)
async def test_conversations_are_kept_apart(anna: FSMContext, database: Database, other: StorageKey) -> None:
    boris = FSMContext(TableStorage(database), other)
    await anna.update_data(draft=17)
    await boris.update_data(draft=18)
    await boris.set_state(Ordering.link)
    assert (await anna.get_state(), await anna.get_data()) == (None, {"draft": 17})
    assert await boris.get_data() == {"draft": 18}


async def test_changes_at_the_same_time_are_all_kept(anna: FSMContext) -> None:
    await anna.set_data({"draft": 17})
    await asyncio.gather(*(anna.update_data({str(number): number}) for number in range(10)))
    assert await anna.get_data() == {"draft": 17, **{str(number): number for number in range(10)}}
