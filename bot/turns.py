"""One update of a person after another, over all processes: whoever handles one holds that person's lock in Redis."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from aiogram.fsm.storage.base import BaseEventIsolation, DefaultKeyBuilder, StorageKey
from aiogram.fsm.storage.memory import SimpleEventIsolation
from redis.asyncio.lock import Lock
from redis.exceptions import LockError

from bot.shared import RedisAway, SharedRedis

log = structlog.get_logger(__name__)

# What a killed process leaves locked is free again after this long. A turn in hand is renewed well before.
LEASE_SECONDS = 10.0
RENEW_SECONDS = 3.0
ASK_AGAIN_SECONDS = 0.05
# Longer than a lease, so that a customer waits a dead process out; shorter than a tap can wait for its answer.
LONGEST_WAIT_SECONDS = 20.0


class Turns(BaseEventIsolation):
    """What aiogram's RedisEventIsolation does, made for handlers that take long and for a Redis that goes away.

    Its lock ends after a fixed time, however long the handler takes, and a person whose process was killed waits that
    time out; here a short lease is renewed while the handler runs. Its waiters all ask Redis, and whoever asks at the
    right moment is next; here the updates of one process wait in line, and only the first of them asks.
    """

    def __init__(self, redis: SharedRedis) -> None:
        """Keep the locks in `redis`. `renew` has to be called every RENEW_SECONDS."""
        self._redis = redis
        self._keys = DefaultKeyBuilder()
        self._line = SimpleEventIsolation()
        self._held: set[Lock] = set()

    @asynccontextmanager
    async def lock(self, key: StorageKey) -> AsyncGenerator[None, None]:
        """Hold the person's turn. Raises RedisAway, or TimeoutError when it does not come within LONGEST_WAIT."""
        turn = Lock(
            self._redis,
            self._keys.build(key, "lock"),
            timeout=LEASE_SECONDS,
            sleep=ASK_AGAIN_SECONDS,
            thread_local=False,
        )
        async with AsyncExitStack() as line:
            async with asyncio.timeout(LONGEST_WAIT_SECONDS):
                await line.enter_async_context(self._line.lock(key))
                await turn.acquire()
            self._held.add(turn)
            try:
                yield
            finally:
                self._held.discard(turn)
                await self._give_back(turn)

    async def renew(self) -> bool:
        """Prolong the turns in hand; return False: there is always time until the next."""
        for turn in tuple(self._held):
            try:
                await turn.reacquire()
            except (LockError, RedisAway):
                # Given back meanwhile, or lost with Redis. Then two updates of a person may be handled at once,
                # which may mix up their screens, and no more: what counts is locked in the database.
                continue
        return False

    async def close(self) -> None:
        """Nothing to close: the Redis is the store's."""

    async def _give_back(self, turn: Lock) -> None:
        try:
            await turn.release()
        except (LockError, RedisAway) as error:
            # The update is handled, and its customer answered: no reason to tell them of a failure. The lease ends.
            log.info("turn.lost", why=str(error))
