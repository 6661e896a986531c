"""What can go wrong at the panel, as the caller has to tell it apart.

PanelError
├── PanelUnavailable   no usable answer: network, 5xx, HTML, throttled; trying later may work
└── PanelRefused       the panel answered no; `meaning` says why
"""

from enum import StrEnum


class Meaning(StrEnum):
    """What a refusal is about (panel-api §4)."""

    FUNDS = "funds"  # our balance at the panel does not cover it
    LINK_BUSY = "link_busy"  # an order on the same link is still running
    DUPLICATE = "duplicate"  # an identical order was just placed: the earlier attempt may exist
    LINK = "link"
    QUANTITY = "quantity"
    SERVICE = "service"  # gone, disabled, or of another type
    KEY = "key"  # the key or the account behind it
    ORDER_ID = "order_id"
    REQUEST = "request"  # the call itself was wrong: a fault of ours
    EXTRA = "extra"  # comments, username, runs, interval, drip-feed
    ACTION = "action"  # a refill or a cancel was refused
    THROTTLE = "throttle"
    OUTAGE = "outage"
    UNKNOWN = "unknown"


class PanelError(Exception):
    """The panel did not do what it was asked."""


class PanelUnavailable(PanelError):
    """No usable answer; trying later may work."""

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        """Keep the reason, which is for logs, and the wait in seconds that the panel asked for, if it did."""
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class PanelRefused(PanelError):
    """The panel answered no."""

    def __init__(self, meaning: Meaning, text: str) -> None:
        """Keep what the refusal is about and the panel's own words."""
        super().__init__(f"{meaning}: {text}")
        self.meaning = meaning
        self.text = text
