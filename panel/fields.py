"""Single values of a reply: panels mix strings, numbers, flags and nulls, and no number may pass through a float."""

import html
import re
from contextlib import suppress
from decimal import Decimal
from typing import Any

Json = Any  # what json.loads gives, with Decimal for fractions

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_THOUSANDS_WITH_FRACTION = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+\.\d+", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+", re.ASCII)
# Half of a surrogate pair cannot be encoded, and PostgreSQL stores no NUL.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_ID = re.compile(r"[^\s,]{1,128}")  # a comma would fall apart in `orders`
_NO_IDS = {"null", "none", "false", "true", "n/a", "undefined"}

LONGEST_NUMBER = 64
LARGEST_MAGNITUDE = 30
LARGEST_COUNT = 2**63 - 1  # what a database can hold


def read_text(value: Json) -> str:
    """Return a text with HTML entities resolved and without what no database stores; "" for what is no text."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return ""
    text = str(value)
    with suppress(ValueError):  # an entity of thousands of digits; the text then stays as it is
        text = html.unescape(text)
    return _UNSTORABLE.sub("", text)


def read_line(value: Json) -> str:
    """Return a text in one line, each run of white space made a single space."""
    return " ".join(read_text(value).split())


def read_amount(value: Json) -> Decimal | None:
    """Return an amount exactly as written; None for what is none, is absurdly large, or can be read in two ways.

    "1,234.50" is an amount; "1,234" is not, since it may be meant as 1.234.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    text = str(value).strip()
    if _THOUSANDS_WITH_FRACTION.fullmatch(text):
        text = text.replace(",", "")
    if len(text) > LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        return None
    number = Decimal(text)
    return number if abs(number.adjusted()) <= LARGEST_MAGNITUDE else None


def read_count(value: Json) -> int | None:
    """Return a whole number, a fraction cut off; None for what is none or fits no database. "1,234" is a count."""
    if isinstance(value, str) and _THOUSANDS.fullmatch(value.strip()):
        value = value.replace(",", "")
    number = read_amount(value)
    if number is None or abs(number) > LARGEST_COUNT:
        return None
    return int(number)


def read_flag(value: Json) -> bool | None:
    """Return a flag from a bool, 0 or 1, or a word; None when it says nothing."""
    text = read_text(value).strip().lower() if not isinstance(value, bool) else str(value).lower()
    if text in {"1", "true", "yes"}:
        return True
    return False if text in {"0", "false", "no"} else None


def read_id(value: Json) -> str | None:
    """Return an id as text: a whole number above zero or an opaque word; None for what can be neither."""
    if isinstance(value, Decimal):
        whole = read_amount(value)
        value = int(whole) if whole is not None and whole == whole.to_integral_value() else None
    text = read_text(value).strip()
    if not _ID.fullmatch(text) or text.startswith("-") or not text.strip("0.") or text.lower() in _NO_IDS:
        return None
    return text
