"""Reading counts and sums as people type them, and offering a few useful ones."""

import re
import unicodedata
from decimal import Decimal, InvalidOperation

LARGEST = 10**12
_SUFFIXES = {"": 1, "k": 1000, "к": 1000, "тыс": 1000, "m": 1_000_000, "м": 1_000_000, "млн": 1_000_000}
_NUMBER = re.compile(r"(\d[\d.,]*)(k|к|тыс|m|м|млн)?\.?", re.IGNORECASE)
_GROUPED = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*")
_PLAN = re.compile(r"(\S+?)(?:\s*[x×х*,;/]\s*|\s+)(\S+)", re.IGNORECASE)
_LADDER = tuple(digit * 10**power for power in range(13) for digit in (1, 2, 5))
_FAVOURITES = (100, 1000, 5000, 10_000)


class QuantityUnreadable(ValueError):
    """Not a whole number, however it is read."""


class AmountUnreadable(ValueError):
    """Not a sum of money, or one with more decimal places than there may be."""


def _plain(text: str) -> str:
    """Return the text with the world's digits as 0-9 and without the spaces that group them."""
    digits = "".join(str(unicodedata.digit(mark)) if unicodedata.category(mark) == "Nd" else mark for mark in text)
    digits = digits.translate({0x66B: ".", 0x66C: ",", 0x2019: None, ord("'"): None, ord("_"): None})
    return re.sub(r"\s+", "", digits).lower()


def parse_quantity(text: str) -> int:
    """Return the count of `1000`, `1 000`, `1,000`, `1.000`, `1k`, `1,5k`, `2m`, `10к`, `١٠٠`.

    Raises QuantityUnreadable for anything else: fractions, signs, words, absurd lengths. Limits are the caller's.
    """
    found = _NUMBER.fullmatch(_plain(text)) if len(text) <= 40 else None
    if found is None:
        raise QuantityUnreadable
    digits, suffix = found.group(1), (found.group(2) or "").lower()
    if not suffix and _GROUPED.fullmatch(digits):
        digits = re.sub(r"[.,]", "", digits)
    try:
        number = Decimal(digits.replace(",", ".")) * _SUFFIXES[suffix]
    except InvalidOperation:
        raise QuantityUnreadable from None
    if number != number.to_integral_value() or number > LARGEST:
        raise QuantityUnreadable
    return int(number)


def parse_plan(text: str) -> tuple[int, int | None]:
    """Return (runs, minutes) of `5 60`, `5x60`, or (number, None) of one number. Raises QuantityUnreadable."""
    try:
        found = _PLAN.fullmatch(text.strip())
        if found is not None:
            return parse_quantity(found.group(1)), parse_quantity(found.group(2))
    except QuantityUnreadable:
        pass
    return parse_quantity(text), None


def parse_amount(text: str, *, places: int = 2) -> Decimal:
    """Return a sum (currency) such as `5`, `5.50`, `5,50`, `-3`, `1 000`, of at most so many decimal places.

    Raises AmountUnreadable.
    """
    found = re.fullmatch(rf"([+-]?)\$?(\d{{1,13}})(?:[.,](\d{{1,{places}}}))?", _plain(text))
    if found is None:
        raise AmountUnreadable
    sign, whole, cents = found.groups()
    amount = Decimal(f"{whole}.{cents or 0}")
    return -amount if sign == "-" else amount


def presets(minimum: int, maximum: int) -> list[int]:
    """Return up to three useful quantities within the limits, smallest first."""
    found = [count for count in _FAVOURITES if minimum <= count <= maximum][:3]
    if len(found) < 3:
        first = [count for count in _LADDER if minimum <= count <= maximum and count not in found]
        found = sorted({*found, *first[: 3 - len(found)]})
    return found or [minimum]
