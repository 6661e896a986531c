"""The panel's replies as typed values: every dialect seen is forgiven, and no number passes through a float."""

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from panel.errors import Meaning, PanelRefused, PanelUnavailable, meaning_of

Json = Any
LONGEST_TEXT = 500
LARGEST_EXPONENT = 30


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A row of `services`. None stands for what the panel did not send or nobody can read.

    `rate` is in the panel's currency, of 1000 or of the whole (packages). HTML entities in names are resolved.
    """

    service: str
    name: str
    type: str
    category: str
    rate: Decimal | None
    min: int | None
    max: int | None
    dripfeed: bool | None = None
    refill: bool | None = None
    cancel: bool | None = None
    description: str = ""


class Progress(StrEnum):
    """What a status word means (panel-api, "Order statuses"); OTHER is kept as written and ends nothing."""

    PENDING = "pending"
    PROCESSING = "processing"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    PARTIAL = "partial"
    CANCELED = "canceled"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class OrderStatus:
    """What the panel says of an order; `status` is its own word, `charge` in its currency."""

    status: str
    progress: Progress
    charge: Decimal | None
    start_count: int | None
    remains: int | None
    currency: str | None
    runs: int | None = None
    orders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Balance:
    """The owner's money at the panel."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Requested:
    """A refill or a cancel was asked for; `id` is the refill's number where the panel gives one."""

    text: str
    id: str | None = None


_WORDS = {
    "pending": Progress.PENDING,
    "processing": Progress.PROCESSING,
    "inprogress": Progress.IN_PROGRESS,
    "inprogess": Progress.IN_PROGRESS,
    "active": Progress.IN_PROGRESS,
    "completed": Progress.COMPLETED,
    "complete": Progress.COMPLETED,
    "partial": Progress.PARTIAL,
    "partiallycompleted": Progress.PARTIAL,
    "canceled": Progress.CANCELED,
    "cancelled": Progress.CANCELED,
    "refunded": Progress.CANCELED,
    "refund": Progress.CANCELED,
    "refunds": Progress.CANCELED,
    "fail": Progress.CANCELED,
    "failed": Progress.CANCELED,
    "error": Progress.CANCELED,
}


def read_json(body: bytes) -> Json:
    """Return the JSON of a body, whatever its content type says, numbers exact. Raises PanelUnavailable."""
    try:
        return json.loads(
            body.decode("utf-8-sig", errors="replace").strip(),
            parse_float=Decimal,
            parse_constant=lambda _: None,
        )
    except (ValueError, RecursionError) as error:
        raise PanelUnavailable("the answer is not JSON") from error


def lowered(reply: Json) -> dict[str, Json]:
    """Return an object with its keys in lower case; {} for anything that is no object."""
    return {str(key).strip().lower(): value for key, value in reply.items()} if isinstance(reply, Mapping) else {}


def error_text(reply: Json) -> str | None:
    """Return the error a reply speaks of, in any of the shapes that were seen, or None when it speaks of none."""
    if isinstance(reply, str):
        return _text(reply) or "empty answer"
    fields = lowered(reply)
    for key in ("error", "errors"):
        found = fields.get(key)
        if found not in (None, "", [], {}, False):
            return _flat(found)
    if str(fields.get("status", "")).lower() in {"error", "fail", "failed"} and not fields.keys() & {
        "charge",
        "remains",
        "start_count",
    }:
        for key in ("msg", "message", "error_message"):
            if fields.get(key):
                return _flat(fields[key])
        return "error"
    return None


def _flat(found: Json) -> str:
    if isinstance(found, Mapping):
        found = list(found.values())
    if isinstance(found, list):
        return _text("; ".join(_flat(part) for part in found))
    return _text(found)


def _text(value: Json) -> str:
    return re.sub(r"\s+", " ", html.unescape(str(value))).strip()[:LONGEST_TEXT]


def refuse_errors(reply: Json) -> None:
    """Raise what a reply's error means: PanelUnavailable for a throttle or an outage, else PanelRefused."""
    text = error_text(reply)
    if text is None:
        return
    meaning = meaning_of(text)
    if meaning in {Meaning.THROTTLE, Meaning.OUTAGE}:
        raise PanelUnavailable(text)
    raise PanelRefused(meaning, text)


def read_amount(value: Json) -> Decimal | None:
    """Return a number from its text, exact; None for what is none (null, "", "N/A", absurdly large)."""
    if value is None or isinstance(value, bool):
        return None
    text = str(value).strip().replace(" ", "").replace("\u00a0", "")
    if "," in text:
        text = text.replace(",", "" if "." in text or re.fullmatch(r"-?\d{1,3}(,\d{3})+", text) else ".")
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number.adjusted()) > LARGEST_EXPONENT:
        return None
    return number


def read_count(value: Json) -> int | None:
    """Return a whole number; a fraction is cut off."""
    number = read_amount(value)
    return None if number is None else int(number)


def read_flag(value: Json) -> bool | None:
    """Return a flag from a bool, 0/1, or words; None when it says nothing."""
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in {"1", "true", "yes", "on"}:
        return True
    return False if text in {"0", "false", "no", "off"} else None


def read_id(value: Json) -> str | None:
    """Return an id as text; None for what cannot be one."""
    if value is None or isinstance(value, bool | list | dict):
        return None
    if isinstance(value, Decimal):
        value = format(value.normalize(), "f") if abs(value.adjusted()) < LARGEST_EXPONENT else ""
    text = str(value).strip()
    return text if text and text != "0" and len(text) <= LONGEST_TEXT else None


def read_services(reply: Json) -> list[ServiceRow]:
    """Return the catalogue; [] for an empty one in any shape. Raises PanelRefused, PanelUnavailable."""
    fields = lowered(reply)
    if isinstance(fields.get("data"), str) and "empty" in fields["data"].lower():
        return []
    refuse_errors(reply)
    rows = reply if isinstance(reply, list) else fields.get("services", fields.get("data"))
    if isinstance(rows, Mapping):
        rows = list(rows.values())
    if not isinstance(rows, list):
        raise PanelUnavailable("the catalogue is not a list")
    return [row for row in map(_service, rows) if row is not None]


def _service(reply: Json) -> ServiceRow | None:
    fields = lowered(reply)
    number = read_id(fields.get("service", fields.get("id")))
    if number is None:
        return None
    return ServiceRow(
        service=number,
        name=html.unescape(str(fields.get("name") or "")),
        type=str(fields.get("type") or ""),
        category=html.unescape(str(fields.get("category") or "")),
        rate=read_amount(fields.get("rate", fields.get("price"))),
        min=read_count(fields.get("min")),
        max=read_count(fields.get("max")),
        dripfeed=read_flag(fields.get("dripfeed", fields.get("drip_feed"))),
        refill=read_flag(fields.get("refill")),
        cancel=read_flag(fields.get("cancel")),
        description=html.unescape(str(fields.get("description") or fields.get("desc") or "")),
    )


def read_status(reply: Json) -> OrderStatus:
    """Return one order's status. Raises PanelRefused, PanelUnavailable."""
    refuse_errors(reply)
    fields = lowered(reply)
    word = fields.get("status")
    if not isinstance(word, str) or not word.strip():
        raise PanelUnavailable("the answer holds no status")
    children = fields.get("orders")
    return OrderStatus(
        status=_text(word),
        progress=_WORDS.get(re.sub(r"[\s_-]+", "", word.lower()), Progress.OTHER),
        charge=read_amount(fields.get("charge")),
        start_count=read_count(fields.get("start_count", fields.get("start_counter"))),
        remains=read_count(fields.get("remains")),
        currency=str(fields["currency"]) if fields.get("currency") else None,
        runs=read_count(fields.get("runs", fields.get("posts"))),
        orders=tuple(filter(None, map(read_id, children))) if isinstance(children, list) else (),
    )


def read_statuses(reply: Json, asked: list[str]) -> dict[str, OrderStatus | PanelRefused]:
    """Return a status or a refusal for each order asked about. Raises PanelRefused, PanelUnavailable.

    An unknown id comes as an error object, as a bare string, or not at all; or the whole reply is an error about ids.
    """
    fields = {str(key).strip(): value for key, value in reply.items()} if isinstance(reply, Mapping) else {}
    if not fields.keys() & set(asked):
        try:
            refuse_errors(reply)
        except PanelRefused as refused:
            if refused.meaning is not Meaning.ORDER_ID:
                raise
            return dict.fromkeys(asked, refused)
    if len(asked) == 1 and "status" in lowered(reply):
        return {asked[0]: read_status(reply)}
    if isinstance(reply, list):
        rows = [lowered(row) for row in reply]
        fields = {number: row for row in rows if (number := read_id(row.get("order", row.get("id"))))}
    elif not fields and reply != {}:
        raise PanelUnavailable("the answer holds no statuses")
    return {number: _one_of_many(fields.get(number)) for number in asked}


def _one_of_many(reply: Json) -> OrderStatus | PanelRefused:
    if reply is None:
        return PanelRefused(Meaning.ORDER_ID, "not in the answer")
    try:
        return read_status(reply)
    except PanelRefused as refused:
        return refused
    except PanelUnavailable as unreadable:
        return PanelRefused(Meaning.UNKNOWN, unreadable.reason)


def read_balance(reply: Json) -> Balance:
    """Return the balance. Raises PanelRefused, PanelUnavailable."""
    refuse_errors(reply)
    fields = lowered(reply)
    amount = read_amount(fields.get("balance"))
    if amount is None:
        raise PanelUnavailable("the answer holds no balance")
    return Balance(amount, str(fields.get("currency") or "USD").strip().upper())


def read_requested(reply: Json, action: str) -> Requested:
    """Return that a refill or a cancel (`action`) was asked for. Raises PanelRefused, PanelUnavailable."""
    if isinstance(reply, list) and reply:
        reply = reply[0]
    refuse_errors(reply)
    fields = lowered(reply)
    if action not in fields:
        inner = next((lowered(value) for value in fields.values() if action in lowered(value)), None)
        fields = inner or fields
    found = fields.get(action)
    refuse_errors(found if isinstance(found, Mapping) else {})
    if read_flag(found) is False:
        raise PanelRefused(Meaning.ACTION, _text(fields.get("message") or "0"))
    text = fields.get("message") or fields.get("msg") or (found if isinstance(found, str) else "") or ""
    if found is None and str(fields.get("status", "")).lower() not in {"success", "ok", "true", "1"}:
        raise PanelUnavailable(f"the answer says nothing of the {action}")
    number = read_id(found) if action == "refill" else None
    return Requested(_text(text) if not str(text).isdigit() else "", number)


def read_refill_status(reply: Json) -> str:
    """Return a refill's status in the panel's word. Raises PanelRefused, PanelUnavailable."""
    return read_status(reply).status
