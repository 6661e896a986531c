"""Things the store knows about itself, shared by all its processes."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from db.tables import Fact, utc_now

CURRENCY = "currency"
CATALOGUE_VERSION = "catalogue_version"
CATALOGUE_SYNC = "catalogue_sync"
SYNC_CLAIM = "sync_claim"
SUBMISSION_PAUSE = "submission_pause"
SUBMISSION_GATE = "submission_gate"
PANEL_BALANCE = "panel_balance"
PROBES = "probes"
PANEL_SEEN = "panel_seen"
FIGURES = "figures"
MARK = "mark"
KNOWN_AT_BACKUP = "known_at_backup"
TILL = "till"
STARS_READ = "stars_read"
CRYPTO_PAY = "crypto_pay"
DEFAULT_CURRENCY = "USD"


async def read(session: AsyncSession, key: str, default: Any = None) -> Any:
    """Return the fact, or `default` while it is not known."""
    fact = await session.get(Fact, key)
    return default if fact is None or fact.value is None else fact.value


async def write(session: AsyncSession, key: str, value: Any, now: datetime | None = None) -> None:
    """Set the fact; None forgets it. Two processes writing a new fact at once leave one of the two values."""
    now = now or utc_now()
    change = update(Fact).where(col(Fact.key) == key).values(value=value, updated_at=now)
    if (await session.exec(change)).rowcount:
        return
    try:
        async with session.begin_nested():
            session.add(Fact(key=key, value=value, updated_at=now))
    except IntegrityError:
        await session.exec(change)


async def lock(session: AsyncSession, key: str) -> Any:
    """Return the fact for a change of it, None while it is not known: until the transaction ends, nobody else may.

    On SQLite a transaction that writes holds everything anyway.
    """
    query = select(Fact).where(col(Fact.key) == key).with_for_update(key_share=True)
    query = query.execution_options(populate_existing=True)
    fact = (await session.exec(query)).first()
    if fact is None:
        # Not by `write`, whose value wins: another process may have made it just now, and given it one.
        with suppress(IntegrityError):
            async with session.begin_nested():
                session.add(Fact(key=key))
        fact = (await session.exec(query)).one()
    return fact.value
