"""Where conversations stand, kept on our own tables, so that a restart leaves nobody in the middle of nowhere."""

import json
from collections.abc import Mapping
from typing import Any

from aiogram.fsm.state import State
from aiogram.fsm.storage.base import BaseStorage, DefaultKeyBuilder, StateType, StorageKey
from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from db.engine import Database
from db.tables import Conversation, utc_now


class TableStorage(BaseStorage):
    """The conversation state of one store; a conversation with neither state nor data has no row."""

    def __init__(self, db: Database) -> None:
        """Keep it in `db`."""
        self._db = db
        self._keys = DefaultKeyBuilder(prefix="fsm", with_bot_id=True, with_destiny=True)

    async def set_state(self, key: StorageKey, state: StateType = None) -> None:
        """Set the state; None leaves it."""
        name = state.state if isinstance(state, State) else state
        async with self._db.begin() as session:
            row = await self._row(session, key)
            row.state = name
            await self._keep(session, row)

    async def get_state(self, key: StorageKey) -> str | None:
        """Return the state."""
        async with self._db.read() as session:
            row = await session.get(Conversation, self._keys.build(key))
        return row.state if row else None

    async def set_data(self, key: StorageKey, data: Mapping[str, Any]) -> None:
        """Replace the data."""
        async with self._db.begin() as session:
            row = await self._row(session, key)
            row.data = json.dumps(dict(data))
            await self._keep(session, row)

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        """Return the data."""
        async with self._db.read() as session:
            row = await session.get(Conversation, self._keys.build(key))
        return dict(json.loads(row.data)) if row else {}

    async def update_data(self, key: StorageKey, data: Mapping[str, Any]) -> dict[str, Any]:
        """Change some of the data and return all of it; one transaction."""
        async with self._db.begin() as session:
            row = await self._row(session, key)
            merged = {**json.loads(row.data), **data}
            row.data = json.dumps(merged)
            await self._keep(session, row)
            return merged

    async def close(self) -> None:
        """Nothing to close: the database is the store's."""

    async def _row(self, session: AsyncSession, key: StorageKey) -> Conversation:
        name = self._keys.build(key)
        row = await session.get(Conversation, name, with_for_update={"key_share": True})
        return row or Conversation(key=name)

    async def _keep(self, session: AsyncSession, row: Conversation) -> None:
        row.updated_at = utc_now()
        if row.state is None and row.data == "{}":
            await session.exec(delete(Conversation).where(col(Conversation.key) == row.key))
        else:
            await session.merge(row)
