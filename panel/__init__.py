"""A client of an SMM panel's API v2, usable alone (docs/panel-client.md)."""

from panel.adding import (
    Accepted,
    AddOutcome,
    AddRequest,
    CommentsEncoding,
    LinkField,
    NotSent,
    Refused,
    Unknown,
)
from panel.client import Observer, PanelClient
from panel.errors import Meaning, PanelError, PanelRefused, PanelUnavailable
from panel.values import Balance, OrderStatus, Progress, Requested, ServiceRow

__all__ = [
    "Accepted",
    "AddOutcome",
    "AddRequest",
    "Balance",
    "CommentsEncoding",
    "LinkField",
    "Meaning",
    "NotSent",
    "Observer",
    "OrderStatus",
    "PanelClient",
    "PanelError",
    "PanelRefused",
    "PanelUnavailable",
    "Progress",
    "Refused",
    "Requested",
    "ServiceRow",
    "Unknown",
]
