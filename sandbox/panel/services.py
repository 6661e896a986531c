"""The rows of the sandbox's catalogue and what they say about themselves."""

import re
from collections.abc import Iterable, Mapping

Row = dict[str, object]

FLAGS = ("dripfeed", "refill", "cancel")


def find_row(rows: Iterable[Row], service: str) -> Row | None:
    """Return the service's row, or None."""
    return next((row for row in rows if str(row["service"]) == service), None)


def kind_of(row: Mapping[str, object]) -> str:
    """Return the service type in one spelling, `custom comments` for `Custom_Comments`; nothing is `default`."""
    return str(row.get("type") or "default").replace("_", " ").strip().lower()


def flag(row: Mapping[str, object], name: str, unsaid: bool = False) -> bool:
    """Return a flag of the row, written as a bool, a number or a text; `unsaid` where the row has none."""
    if name not in row:
        return unsaid
    return str(row[name]).lower() in {"1", "true"}


def outcome_of(row: Mapping[str, object]) -> str:
    """Return the status in which the service's orders end by themselves: what its name says, else Completed.

    A name says it with `Sandbox: ends Partial`, `Sandbox: ends Canceled` or `Sandbox: stays Pending`.
    """
    said = re.search(r"Sandbox: (?:ends|stays) (\w+)", str(row["name"]))
    return said[1] if said else "Completed"


def shown(row: Row, with_flags: bool) -> Row:
    """Return the row as `services` sends it; the documented panel sends no flags."""
    return row if with_flags else {name: value for name, value in row.items() if name not in FLAGS}
