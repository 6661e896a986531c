"""How fast the store may go: limits that hold in one process, or over all of them through Redis."""

import asyncio
from collections import OrderedDict
from typing import Protocol
from weakref import WeakValueDictionary

from aiolimiter import AsyncLimiter

from bot.shared import RedisAway, SharedRedis

NAMES_REMEMBERED = 1000

# A token bucket, kept as the time at which it will be full again: one number says all. Redis' own clock counts,
# in microseconds, so that no process's clock matters. Returns how long to wait, 0 when the token is taken.
TAKE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local token, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local full_at = tonumber(redis.call('GET', KEYS[1]) or 0)
if full_at < now or full_at > now + token * burst + 1 then
    full_at = now  -- it is full; or the clock was set back, or the rate raised, and nobody waits for days
end
local wait = full_at + token - now - token * burst
if wait > 0 then
    return math.ceil(wait)
end
redis.call('SET', KEYS[1], string.format('%.0f', full_at + token), 'PX', math.ceil(token * burst / 1000) + 1000)
return 0
"""


class Pace(Protocol):
    """So many a second, and a small burst; counted apart for each name."""

    per_second: float

    async def take(self, name: str = "") -> None:
        """Wait until one more may be done."""


class OwnPace:
    """A pace of this process alone."""

    def __init__(self, per_second: float, burst: float) -> None:
        """Let `burst` (1 or more) through at once, and `per_second` over time."""
        self.per_second = per_second
        self._burst = burst
        self._limits: OrderedDict[str, AsyncLimiter] = OrderedDict()

    async def take(self, name: str = "") -> None:
        """Wait until one more may be done."""
        limit = self._limits.setdefault(name, AsyncLimiter(self._burst, self._burst / self.per_second))
        self._limits.move_to_end(name)
        if len(self._limits) > NAMES_REMEMBERED:
            self._limits.popitem(last=False)
        await limit.acquire()


class SharedPace:
    """A pace of all processes together; of each alone while Redis is away, so that nothing stands still."""

    def __init__(self, redis: SharedRedis, of: str, per_second: float, burst: float) -> None:
        """Share with every process that counts the same things, `of`, in `redis`; the rest is as in OwnPace."""
        self.per_second = per_second
        self._of = of
        self._ask = redis.register_script(TAKE)
        self._bucket = [1_000_000 / per_second, burst]
        self._own = OwnPace(per_second, burst)
        self._lines: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def take(self, name: str = "") -> None:
        """Wait until one more may be done."""
        # Only the first in line asks Redis: the others of this process keep their order, and do not ask in vain.
        line = self._lines.setdefault(name, asyncio.Lock())
        async with line:
            try:
                wait = await self._wait(name)
                while wait:
                    await asyncio.sleep(wait)
                    wait = await self._wait(name)
            except RedisAway:
                await self._own.take(name)

    async def _wait(self, name: str) -> float:
        """Take a token and return 0, or return for how many seconds there is none."""
        microseconds: int = await self._ask(keys=[f"pace:{self._of}:{name}"], args=self._bucket)
        return microseconds / 1_000_000


def choose_pace(redis: SharedRedis | None, of: str, per_second: float, burst: float) -> Pace:
    """Return the pace of all processes where they share a Redis, else one of this process."""
    burst = max(burst, 1.0)
    return OwnPace(per_second, burst) if redis is None else SharedPace(redis, of, per_second, burst)
