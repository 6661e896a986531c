"""A client of an SMM panel's API v2, usable alone (docs/panel-client.md)."""

from panel.client import (
    Accepted,
    AddOutcome,
    AddRequest,
    CommentsEncoding,
    LinkField,
    NotSent,
    PanelClient,
    Refused,
    Unknown,
)
from panel.errors import Meaning, PanelError, PanelRefused, PanelUnavailable
from panel.replies import Balance, OrderStatus, Progress, Requested, ServiceRow

__all__ = [
    "Accepted",
    "AddOutcome",
    "AddRequest",
    "Balance",
    "CommentsEncoding",
    "LinkField",
    "Meaning",
    "NotSent",
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
