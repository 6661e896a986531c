"""One update of a chat after another over all processes, in the order they came; a dead process holds up briefly.

aiogram's own lock in Redis outlives a killed process by a minute, in which the chat gets no answer, and lets those who
wait for it go on in any order.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import structlog
from aiogram.fsm.storage.base import BaseEventIsolation, DefaultKeyBuilder, StorageKey
from aiogram.fsm.storage.memory import SimpleEventIsolation
from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

# How long the lock of a killed process holds up its chat; while its process lives, it is renewed in time.
LEASE_SECONDS = 6.0
RENEW_SECONDS = 2.0
LOOK_SECONDS = 0.05


class SharedIsolation(BaseEventIsolation):
    """A lock of the chat in Redis, behind one in this process that keeps the order."""

    def __init__(self, redis: Redis) -> None:
        """`redis` is shared by all processes that answer updates."""
        self._redis = redis
        self._here = SimpleEventIsolation()
        self._names = DefaultKeyBuilder()

    @asynccontextmanager
    async def lock(self, key: StorageKey) -> AsyncGenerator[None, None]:
        """Hold the chat of `key` while the context lasts."""
        async with self._here.lock(key):
            lock = self._redis.lock(self._names.build(key, "lock"), timeout=LEASE_SECONDS, sleep=LOOK_SECONDS)
            await lock.acquire()
            # No TaskGroup: it would wrap what the handler raises, which the error handler has to see as it is.
            renewing = asyncio.create_task(_renew(lock))
            try:
                yield
            finally:
                renewing.cancel()
                with suppress(asyncio.CancelledError):
                    await renewing
                # One that ran out while Redis was away is nobody's any more; what costs money is keyed (`shop`).
                with suppress(RedisError):
                    await lock.release()

    async def close(self) -> None:
        """Forget the locks of this process."""
        await self._here.close()


async def _renew(lock: Lock) -> None:
    while True:
        await asyncio.sleep(RENEW_SECONDS)
        try:
            await lock.reacquire()
        except RedisError as error:
            log.warning("isolation.not_renewed", error=type(error).__name__)
