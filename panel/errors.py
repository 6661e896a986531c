"""What can go wrong at the panel, and what its error texts mean.

PanelError
├── PanelUnavailable   no usable answer: network, 5xx, HTML, throttled; trying later may work
└── PanelRefused       the panel answered no; `meaning` says why
"""

import re
from enum import StrEnum


class Meaning(StrEnum):
    """What a refusal is about (panel-api, "Error texts, by what they mean")."""

    FUNDS = "funds"
    LINK_BUSY = "link_busy"
    DUPLICATE = "duplicate"
    LINK = "link"
    QUANTITY = "quantity"
    SERVICE = "service"
    KEY = "key"
    ORDER_ID = "order_id"
    REQUEST = "request"
    EXTRA = "extra"
    ACTION = "action"
    THROTTLE = "throttle"
    OUTAGE = "outage"
    UNKNOWN = "unknown"


class PanelError(Exception):
    """The panel did not do what it was asked."""


class PanelUnavailable(PanelError):
    """No usable answer; trying later may work."""

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        """`reason` is for logs; `retry_after` (seconds) is what the panel asked for."""
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class PanelRefused(PanelError):
    """The panel answered no."""

    def __init__(self, meaning: Meaning, text: str) -> None:
        """`text` is in the panel's words."""
        super().__init__(f"{meaning}: {text}")
        self.meaning = meaning
        self.text = text


# The first pattern that is found decides, so the narrower ones stand first.
_MEANINGS: tuple[tuple[Meaning, str], ...] = (
    (Meaning.DUPLICATE, r"identical order"),
    (Meaning.LINK_BUSY, r"active order (?:with|on|for) (?:this|the same)|link[ _.]?duplicate|order (?:with|for) this link"),
    (Meaning.FUNDS, r"not[ _]enough[ _](?:funds|balance|money)|insufficient (?:balance|funds|credit)|low balance"),
    (Meaning.THROTTLE, r"too many requests|rate limit|try again later|slow down|requests? limit"),
    (Meaning.OUTAGE, r"temporarily unavailable|maintenance|service unavailable|under construction"),
    (Meaning.KEY, r"api[ _]?key|(?:invalid|incorrect|wrong|missing) key|account (?:is )?(?:not active|suspended|inactive|blocked|banned|disabled)|unauthori[sz]ed|account suspended"),
    (Meaning.ACTION, r"refill|cannot be cancel|can ?not be cancel|can't be cancel|not eligible|cancel(?:l)?ation|does not support cancel|cancel is not|cannot cancel"),
    (Meaning.EXTRA, r"comments?\b|user ?names?|\bruns?\b|interval|drip[ -]?feed|hashtags?|answer number|keywords?|expiry|delay|posts?\b.*incorrect"),
    (Meaning.QUANTITY, r"quantity|min[ _]quantity|minimum|maximum|min(?:imal)? amount"),
    (Meaning.SERVICE, r"service (?:id|type|not found|is (?:not|dis)|does)|disabled service|services? id|incorrect service|invalid service|service.*(?:not exist|inactive|not available|disabled)"),
    (Meaning.ORDER_ID, r"(?:incorrect|invalid|wrong|unknown) order|order (?:id|not found)|order.*not exist"),
    (Meaning.LINK, r"\blink\b|\burl\b|error\.link"),
    (Meaning.REQUEST, r"incorrect (?:request|action)|invalid (?:request|action)|missing|bad request|no action|unknown action"),
)  # fmt: skip
_COMPILED = tuple((meaning, re.compile(pattern)) for meaning, pattern in _MEANINGS)


def meaning_of(text: str) -> Meaning:
    """Return what an error text means; UNKNOWN for one never seen."""
    words = re.sub(r"\s+", " ", text.lower().replace("’", "'")).strip()
    for meaning, pattern in _COMPILED:
        if pattern.search(words):
            return meaning
    return Meaning.UNKNOWN
