"""The Redis several processes share: a client that never hangs, and says plainly when Redis is away and back."""

import asyncio
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, RedisError, ResponseError

from db.engine import reason

log = structlog.get_logger(__name__)

# A customer waits behind each of these, and their tap wants an answer within a few seconds.
CONNECT_SECONDS = 2.0
REPLY_SECONDS = 2.0
# After a failure nobody asks again for so long: whoever comes meanwhile is told at once, not each after a timeout.
PAUSE_SECONDS = 1.0


class RedisAway(ConnectionError):
    """Redis cannot be reached, or cannot do its work just now; it may again later."""


class SharedRedis(Redis):
    """A Redis whose every failure is RedisAway, met within seconds; the log hears of an outage's two ends."""

    _silent_until = 0.0
    _is_away = False

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Run a command. Raises RedisAway, and redis' own NoScriptError, which its scripts wait for."""
        clock = asyncio.get_running_loop().time
        if clock() < self._silent_until:
            raise RedisAway("Redis was away a moment ago")
        try:
            answer = await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]  # redis has no types there
        except NoScriptError:
            raise
        except ResponseError as error:  # full, read-only, loading its data: there, but of no use
            raise RedisAway(reason(error)) from error
        except (RedisError, OSError) as error:
            self._silent_until = clock() + PAUSE_SECONDS
            if not self._is_away:
                self._is_away = True
                log.warning("redis.away", error=reason(error))
            raise RedisAway(reason(error)) from error
        if self._is_away:
            self._is_away = False
            log.info("redis.back")
        return answer


def shared_redis(url: str) -> SharedRedis:
    """Return the client of a REDIS_URL; it connects at the first use, and anew whenever it has to."""
    client = SharedRedis.from_url(
        url,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=REPLY_SECONDS,
        # Once more at once, over a new connection: the one at hand may be older than the server behind it.
        retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
    )
    assert isinstance(client, SharedRedis)  # noqa: S101 - `from_url` makes one of its own class
    return client
