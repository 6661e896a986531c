"""The ways in which Crypto Pay goes wrong, each at a test's word."""

from dataclasses import dataclass
from enum import Enum


class CryptoPayFault(Enum):
    """A way to go wrong; the value says what happens to the call."""

    SILENT = "not carried out, never answered: the connection is held until the client gives up"
    SILENT_AFTER = "carried out, never answered"
    RESET = "not carried out, the connection is dropped"
    RESET_AFTER = "carried out, the connection is dropped"
    PAGE = "not carried out, HTTP 502 with a page"
    APP_ERROR = "not carried out, the API's own error 500"
    THROTTLE = "not carried out, HTTP 429"
    REFUSE = "not carried out, refused with HTTP 400 and the fault's `name`"

    @property
    def carried_out(self) -> bool:
        """Whether the server does what it was asked before it goes wrong."""
        return self.value.startswith("carried out")


@dataclass
class Ordered:
    """A fault that is still to come."""

    fault: CryptoPayFault
    method: str | None
    times: int
    name: str
