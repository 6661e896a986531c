"""Reading counts and sums as people type them, and offering a few useful ones."""

import re
import unicodedata
from decimal import Decimal, InvalidOperation

LARGEST = 10**12
_SUFFIXES = {"": 1, "k": 1000, "к": 1000, "тыс": 1000, "m": 1_000_000, "м": 1_000_000, "млн": 1_000_000}
_NUMBER = re.compile(r"(\d[\d.,]*)(k|к|тыс|m|м|млн)?\.?", re.IGNORECASE)
_GROUPED = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*")
_SUM = re.compile(
    r"(?:(?P<grouped>[1-9]\d{0,2}(?P<mark>[ .,])\d{3}(?:(?P=mark)\d{3})*)|(?P<plain>\d+))"
    r"(?:(?P<point>[.,])(?P<part>\d+))?"
)
# What people write for a currency beside its code; the sign of another one is never taken for it.
_SIGNS = {
    "BRL": ("r$",), "EUR": ("€",), "GBP": ("£",), "INR": ("₹",), "KZT": ("₸",), "NGN": ("₦",),
    "RUB": ("₽", "руб.", "руб", "р.", "р"), "TRY": ("₺",), "UAH": ("₴", "грн.", "грн"), "USD": ("us$", "$"),
}  # fmt: skip
_LONGEST_AMOUNT = 40
_MOST_DIGITS = 13  # before the point
_PLAN = re.compile(r"(\S+?)(?:\s*[x×х*,;/]\s*|\s+)(\S+)", re.IGNORECASE)
_LADDER = tuple(digit * 10**power for power in range(13) for digit in (1, 2, 5))
_FAVOURITES = (100, 1000, 5000, 10_000)


class QuantityUnreadable(ValueError):
    """Not a whole number, however it is read."""


class AmountUnreadable(ValueError):
    """Not one sum of the right currency: nothing at all, or something that could be read in two ways."""


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


def parse_amount(text: str, currency: str = "USD", *, places: int = 2) -> Decimal:
    """Return a sum such as `5`, `5.50`, `5,50`, `-3`, `1 000`, `1,000.50`, `1.000,50`, `$5`, `5 USD`, `٥٫٥`.

    `currency` may stand beside it as a code or a sign; `places` is how many decimal places the sum may have.
    Raises AmountUnreadable, also for what reads in two ways: `1,000` is a thousand in one country and one in another.
    """
    words = _spaced(text)
    sign, words = (words[0], words[1:]) if words[:1] in {"+", "-"} else ("", words)
    found = _SUM.fullmatch(_without_currency(words, currency)) if len(text) <= _LONGEST_AMOUNT else None
    if found is None:
        raise AmountUnreadable
    whole, mark, point, part = found["grouped"] or found["plain"], found["mark"], found["point"], found["part"] or "0"
    is_unclear = mark in {".", ","} and (point == mark or (point is None and whole.count(mark) == 1))
    digits = re.sub(r"\D", "", whole)
    if is_unclear or len(digits) > _MOST_DIGITS or len(part) > places:
        raise AmountUnreadable
    amount = Decimal(f"{digits}.{part}")
    return -amount if sign == "-" else amount


def _spaced(text: str) -> str:
    """Return the text in small letters with the world's digits as 0-9, and one space for whatever groups them."""
    digits = "".join(str(unicodedata.digit(mark)) if unicodedata.category(mark) == "Nd" else mark for mark in text)
    grouping = dict.fromkeys((0x66C, 0x2019, ord("'"), ord("_")), " ")
    marks = "".join(mark for mark in digits if unicodedata.category(mark) != "Cf")  # the direction of writing
    return re.sub(r"\s+", " ", marks.translate(grouping | {0x66B: ".", 0x2212: "-"})).strip().casefold()


def _without_currency(words: str, currency: str) -> str:
    for sign in (currency.casefold(), *_SIGNS.get(currency, ())):
        if words.startswith(sign):
            return words.removeprefix(sign).lstrip()
        if words.endswith(sign):
            return words.removesuffix(sign).rstrip()
    return words


def presets(minimum: int, maximum: int) -> list[int]:
    """Return up to three useful quantities within the limits, smallest first."""
    found = [count for count in _FAVOURITES if minimum <= count <= maximum][:3]
    if len(found) < 3:
        first = [count for count in _LADDER if minimum <= count <= maximum and count not in found]
        found = sorted({*found, *first[: 3 - len(found)]})
    return found or [minimum]
