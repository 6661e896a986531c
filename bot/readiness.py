"""Whether this process can do its work, for `/readyz`: what stops it, and what only has to be known.

The database and Redis stop it: nothing can be answered without them. A panel that is away does not: customers browse,
order and look all the same, the orders wait in line, and a load balancer that heeded it would take every `web` out at
once. It is told all the same.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from redis.asyncio import Redis
from redis.exceptions import RedisError

from db.engine import UNAVAILABLE, Database
from db.tables import utc_now
from db.upgrade import revision_problem
from shop import figures

OK = "ok"
REDIS_SECONDS = 2.0
# Between two readings of the catalogue the panel may not be asked for anything at all.
PANEL_PATIENCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Readiness:
    """`parts` says of each part "ok" or what is wrong; `ready` whether work can be done."""

    ready: bool
    parts: dict[str, str]

    @property
    def problem(self) -> str | None:
        """What is wrong, in one line, or None."""
        wrong = [f"{part}: {state}" for part, state in self.parts.items() if state != OK]
        return "; ".join(wrong) or None


async def look(db: Database, redis: Redis | None, panel_patience: timedelta = PANEL_PATIENCE) -> Readiness:
    """Look at every part; `panel_patience` is how long the panel may be unseen."""
    parts = {"database": await _database(db)}
    if redis is not None:
        parts["redis"] = await _redis(redis)
    ready = all(state == OK for state in parts.values())
    if parts["database"] == OK:
        parts["panel"] = await _panel(db, panel_patience)
    return Readiness(ready, parts)


async def _database(db: Database) -> str:
    try:
        return await revision_problem(db, at_work=True) or OK
    except UNAVAILABLE as error:
        return type(error).__name__


async def _redis(redis: Redis) -> str:
    try:
        async with asyncio.timeout(REDIS_SECONDS):
            await redis.execute_command("PING")  # type: ignore[no-untyped-call]  # redis has no types there
    except (RedisError, OSError) as error:  # TimeoutError is one
        return type(error).__name__
    return OK


async def _panel(db: Database, patience: timedelta) -> str:
    try:
        async with db.read() as session:
            seen_at = await figures.panel_seen_at(session)
    except UNAVAILABLE as error:
        return type(error).__name__
    if seen_at is None:
        return "has not answered yet"
    unseen = utc_now() - seen_at
    return OK if unseen <= patience else f"has not answered for {int(unseen.total_seconds())} seconds"
