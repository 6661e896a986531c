"""What an `add` asks for: checked as panels check it, counted and priced by the service's type (panel API v2)."""

from collections.abc import Mapping
from decimal import Decimal

from sandbox.panel.services import flag, kind_of


class Refused(Exception):
    """A refusal in the panel's own words."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def priced(row: Mapping[str, object], fields: Mapping[str, str]) -> tuple[int, Decimal]:
    """Return the total quantity and the charge, in the panel's currency, of an `add` for this service.

    Raises Refused with the error text panels use.
    """
    rate = Decimal(str(row["rate"]))
    kind = kind_of(row)
    drips = any(fields.get(name, "").strip() for name in ("runs", "interval"))
    if drips and (kind != "default" or not flag(row, "dripfeed")):
        raise Refused("This services does not support Dripfeed feature!")
    match kind:
        case "package":
            return max(_number(row, "min"), 1), rate
        case "custom comments package":
            return _count_comments(fields), rate
        case "custom comments":
            quantity = _within_limits(row, _count_comments(fields))
        case "default":
            quantity = _within_limits(row, _positive(fields, "quantity"))
            if drips:
                quantity *= _positive(fields, "runs")
                _positive(fields, "interval")
                _within_limits(row, quantity)
        case _:
            raise Refused("incorrect service type")
    return quantity, rate * quantity / 1000


def _within_limits(row: Mapping[str, object], quantity: int) -> int:
    least, most = _number(row, "min"), _number(row, "max")
    if quantity < least:
        raise Refused(f"Quantity less than minimal {least}")
    if quantity > most:
        raise Refused(f"Quantity more than maximum {most}")
    return quantity


def _count_comments(fields: Mapping[str, str]) -> int:
    count = sum(1 for line in fields.get("comments", "").splitlines() if line.strip())
    if not count:
        raise Refused("Incorrect comments")
    return count


def _positive(fields: Mapping[str, str], name: str) -> int:
    text = fields.get(name, "").strip()
    if not (text.isascii() and text.isdigit() and int(text)):
        raise Refused(f"Incorrect {name}")
    return int(text)


def _number(row: Mapping[str, object], name: str) -> int:
    return int(str(row[name]))
