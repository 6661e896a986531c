"""A Telegram that misbehaves on purpose: faults a test orders, and the send limits, off until switched on."""

import math
import random
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from sandbox.telegram.refusals import Refusal


@dataclass(frozen=True)
class TelegramFault:
    """One way in which a call goes wrong; calling a fault gives the same one with another amount.

    `RETRY_AFTER(seconds)` is a 429, `SERVER_ERROR(code)` a 5xx in JSON, `PAGE` a 502 of HTML,
    `RESET` drops the connection before anything is done, `LOST_REPLY` after it is done,
    `DELAY(seconds)` does it late.
    """

    kind: str
    amount: float

    RETRY_AFTER: ClassVar["TelegramFault"]
    SERVER_ERROR: ClassVar["TelegramFault"]
    PAGE: ClassVar["TelegramFault"]
    RESET: ClassVar["TelegramFault"]
    DELAY: ClassVar["TelegramFault"]
    LOST_REPLY: ClassVar["TelegramFault"]

    def __call__(self, amount: float) -> "TelegramFault":
        """The same fault with this many seconds, or this status code."""
        return replace(self, amount=amount)


TelegramFault.RETRY_AFTER = TelegramFault("retry_after", 1)
TelegramFault.SERVER_ERROR = TelegramFault("server_error", 500)
TelegramFault.PAGE = TelegramFault("page", 502)
TelegramFault.RESET = TelegramFault("reset", 0)
TelegramFault.DELAY = TelegramFault("delay", 1)
TelegramFault.LOST_REPLY = TelegramFault("lost_reply", 0)


@dataclass
class _Ordered:
    fault: TelegramFault
    method: str | None
    times: int


class Faults:
    """The faults still to come, in the order they were asked for."""

    def __init__(self) -> None:
        self._ordered: list[_Ordered] = []
        self._chances: dict[TelegramFault, float] = {}
        self._seed = 0
        self._met: Counter[str] = Counter()

    def order(self, fault: TelegramFault, method: str | None, times: int) -> None:
        """Let the next `times` calls (of `method`, or of any but getUpdates) go wrong."""
        self._ordered.append(_Ordered(fault, method, times))

    def clear(self) -> None:
        """Call off what has not happened yet."""
        self._ordered.clear()
        self._chances = {}

    def misbehave(self, chances: Mapping[TelegramFault, float], seed: int) -> None:
        """Let every call but getUpdates meet each fault with its probability, until cleared.

        The seed decides what the first, the second, … call of a method meets, whatever is called in between.
        """
        self._chances, self._seed = dict(chances), seed

    def listed(self) -> list[dict[str, object]]:
        """What is still to come, for people to read."""
        return [
            {
                "kind": ordered.fault.kind,
                "amount": ordered.fault.amount,
                "method": ordered.method,
                "times": ordered.times,
            }
            for ordered in self._ordered
        ]

    def next_for(self, method: str) -> TelegramFault | None:
        """The fault this call meets, if any; it is used up."""
        for ordered in self._ordered:
            if ordered.method == method or (ordered.method is None and method != "getUpdates"):
                ordered.times -= 1
                if ordered.times <= 0:
                    self._ordered.remove(ordered)
                return ordered.fault
        return self._by_chance(method) if self._chances and method != "getUpdates" else None

    def _by_chance(self, method: str) -> TelegramFault | None:
        self._met[method] += 1
        drawn = random.Random(f"{self._seed} {method} {self._met[method]}").random()
        for fault, chance in self._chances.items():
            drawn -= chance
            if drawn < 0:
                return fault
        return None


def too_many(seconds: float) -> Refusal:
    """Telegram's 429."""
    wait = max(math.ceil(seconds), 1)
    return Refusal(f"Too Many Requests: retry after {wait}", 429, retry_after=wait)


class RateLimits:
    """About 30 messages a second over all, one a second in a chat with a small burst, 20 a minute in a group.

    https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
    """

    BURST = 3

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.enabled = False
        self._clock = clock
        self._sent: defaultdict[int | str, deque[float]] = defaultdict(deque)

    def spend(self, chat_id: int) -> None:
        """Count one message to a chat; refuses with 429 when that is too many."""
        if not self.enabled:
            return
        now = self._clock().timestamp()
        windows: list[tuple[int | str, int, float]] = [("all", 30, 1.0)]
        windows.append((chat_id, 20, 60.0) if chat_id < 0 else (chat_id, self.BURST, float(self.BURST)))
        for key, most, seconds in windows:
            sent = self._sent[key]
            while sent and sent[0] <= now - seconds:
                sent.popleft()
            if len(sent) >= most:
                raise too_many(sent[0] + seconds - now)
        for key, _, _ in windows:
            self._sent[key].append(now)
