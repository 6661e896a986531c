"""The kinds of service the store knows how to sell, read off the panel's `type` (panel-api, "Service types")."""

import re
from enum import StrEnum


class ServiceKind(StrEnum):
    """What a service asks of the customer, and how its rate is meant."""

    DEFAULT = "default"
    PACKAGE = "package"
    CUSTOM_COMMENTS = "custom_comments"
    CUSTOM_COMMENTS_PACKAGE = "custom_comments_package"

    @property
    def is_flat(self) -> bool:
        """Whether the rate is the whole price instead of the price of 1000."""
        return self in {ServiceKind.PACKAGE, ServiceKind.CUSTOM_COMMENTS_PACKAGE}

    @property
    def takes_comments(self) -> bool:
        """Whether the customer writes comments."""
        return self in {ServiceKind.CUSTOM_COMMENTS, ServiceKind.CUSTOM_COMMENTS_PACKAGE}


def read_kind(panel_type: str) -> ServiceKind | None:
    """Return the kind of a panel's `type`, or None for one that is not sold here.

    Panels write the same type as "Custom Comments", "custom_comments" or "Custom Comment", and "" for Default.
    """
    words = re.sub(r"[\s_-]+", " ", panel_type).strip().lower()
    words = re.sub(r"\bcomment\b", "comments", words)
    if not words:
        return ServiceKind.DEFAULT
    try:
        return ServiceKind(words.replace(" ", "_"))
    except ValueError:
        return None
