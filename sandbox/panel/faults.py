"""The ways in which a panel goes wrong, each at a test's word."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


class PanelFault(Enum):
    """A way to go wrong; the value says what happens to the call.

    Used as it is, or with its parameter: `SLOW(seconds)`, `THROTTLE(seconds)`, `SERVER_ERROR_AFTER(status)`,
    `ERROR(text)`, `BODY(text)`; by name too, as `ERROR("Invalid API key", status=401)`.
    """

    SLOW = "carried out at once, answered after `seconds`"
    SILENT_BEFORE = "not carried out, never answered: the connection is held until the client gives up"
    SILENT_AFTER = "carried out, never answered: the connection is held until the client gives up"
    RESET_BEFORE = "not carried out, the connection is reset"
    RESET_AFTER = "carried out, the connection is reset"
    SERVER_ERROR_BEFORE = "not carried out, a page with HTTP `status`, 502 unless told"
    SERVER_ERROR_AFTER = "carried out, a page with HTTP `status`, 502 unless told"
    HTML_BEFORE = "not carried out, a proxy's challenge page with HTTP 200"
    HTML_AFTER = "carried out, a proxy's challenge page with HTTP 200"
    THROTTLE = "not carried out, HTTP 429 with Retry-After of `seconds`"
    THROTTLE_200 = "not carried out, 'Rate limit exceeded' with HTTP 200"
    ERROR = "not carried out, {'error': `text`} with HTTP `status`, 200 unless told"
    EMPTY_CATALOGUE = "`services` answers []"
    BODY = "not carried out, `text` as the whole body with HTTP `status`, 200 unless told"
    BODY_AFTER = "carried out, `text` as the whole body with HTTP `status`, 200 unless told"
    ODD_JSON = "carried out, the JSON begins with a byte order mark and is said to be text/html"
    TRUNCATED = "carried out, the connection closes in the middle of the JSON"

    @property
    def carried_out(self) -> bool:
        """Whether the panel does what it was asked before it goes wrong."""
        return self.value.startswith("carried out")

    def __call__(
        self,
        value: float | str | None = None,
        /,
        *,
        seconds: float | None = None,
        status: int | None = None,
        text: str | None = None,
    ) -> "Fault":
        """Return this fault with its parameters: `seconds` to wait, an HTTP `status`, a `text`."""
        given: dict[str, Any] = {"seconds": seconds, "status": status, "text": text}
        if value is not None:
            given[self._own_parameter] = value
        return Fault(self, **{name: each for name, each in given.items() if each is not None})

    @property
    def _own_parameter(self) -> str:
        if self in {PanelFault.SERVER_ERROR_BEFORE, PanelFault.SERVER_ERROR_AFTER}:
            return "status"
        return "seconds" if self in {PanelFault.SLOW, PanelFault.THROTTLE} else "text"


@dataclass(frozen=True)
class Fault:
    """A fault with its parameters; those its kind does not name are not looked at."""

    kind: PanelFault
    seconds: float = 1.0
    status: int | None = None
    text: str = ""


@dataclass
class _Queued:
    fault: Fault
    action: str | None
    times: int | None


class FaultQueue:
    """The faults still to come, first asked for, first met."""

    def __init__(self) -> None:
        self._queue: list[_Queued] = []
        self._chances: list[tuple[Fault, float]] = []
        self._seed = 0
        self._met: Counter[str] = Counter()

    def misbehave(self, chances: Mapping[PanelFault | Fault, float], seed: int) -> None:
        """Let every call meet each fault with its probability, until cleared.

        The seed decides what the first, the second, … call of an action meets, whatever is called in between.
        """
        self._chances = [
            (fault() if isinstance(fault, PanelFault) else fault, chance) for fault, chance in chances.items()
        ]
        self._seed = seed

    def put(self, fault: Fault, action: str | None, times: int | None) -> None:
        """Let the next `times` calls of `action` (None: of any) meet the fault; times None: until cleared."""
        if fault.kind is PanelFault.EMPTY_CATALOGUE:
            action = "services"
        self._queue.append(_Queued(fault, action, times))

    def clear(self) -> None:
        """Call off what has not happened yet."""
        self._queue.clear()
        self._chances = []

    def take(self, action: str) -> Fault | None:
        """Return the fault this call meets, used up by it, or None."""
        for queued in self._queue:
            if queued.action in {None, action}:
                if queued.times is not None:
                    queued.times -= 1
                    if queued.times <= 0:
                        self._queue.remove(queued)
                return queued.fault
        return self._by_chance(action) if self._chances else None

    def _by_chance(self, action: str) -> Fault | None:
        self._met[action] += 1
        drawn = random.Random(f"{self._seed} {action} {self._met[action]}").random()
        for fault, chance in self._chances:
            drawn -= chance
            if drawn < 0:
                return fault if fault.kind is not PanelFault.EMPTY_CATALOGUE or action == "services" else None
        return None

    def listed(self) -> list[dict[str, object]]:
        """Return what is still to come, for people to read."""
        return [
            {"fault": each.fault.kind.name, "action": each.action, "times": each.times, "text": each.fault.text}
            for each in self._queue
        ]
