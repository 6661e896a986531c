"""Everything a panel was seen to do wrong, to be switched on for the next calls."""

from dataclasses import dataclass
from enum import StrEnum


class PanelFault(StrEnum):
    """What goes wrong. AFTER: the call was carried out first; BEFORE: it was not."""

    SLOW = "slow"  # answers well, but only after `seconds`
    SILENT_AFTER = "silent_after"
    SILENT_BEFORE = "silent_before"
    RESET_AFTER = "reset_after"
    RESET_BEFORE = "reset_before"
    SERVER_ERROR_AFTER = "server_error_after"
    SERVER_ERROR_BEFORE = "server_error_before"
    HTML_AFTER = "html_after"
    HTML_BEFORE = "html_before"
    THROTTLE = "throttle"  # 429 with Retry-After
    THROTTLE_200 = "throttle_200"
    ERROR = "error"  # the given text, not carried out
    EMPTY_CATALOGUE = "empty_catalogue"
    ODD_JSON = "odd_json"  # a BOM and text/html, else well

    @property
    def carries_out(self) -> bool:
        """Whether the call takes effect all the same."""
        return self.value.endswith("_after") or self in {PanelFault.SLOW, PanelFault.ODD_JSON}


@dataclass
class QueuedFault:
    """A fault that waits for its calls; `times` None lasts until cleared."""

    fault: PanelFault
    action: str | None
    times: int | None
    text: str
    seconds: float
