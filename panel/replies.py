"""The shapes of the panel's replies: every dialect seen is forgiven (panel-api §2), anything else is an error."""

import json
import re
from collections.abc import Collection, Mapping
from decimal import Decimal, InvalidOperation

from panel.errors import Meaning, PanelRefused, PanelUnavailable
from panel.fields import LONGEST_NUMBER, Json, read_amount, read_count, read_flag, read_id, read_line, read_text
from panel.meanings import meaning_of
from panel.values import Balance, OrderStatus, Progress, Requested, ServiceRow

DEEPEST_ERROR = 4
_MESSAGE_KEYS = ("message", "msg", "error_message", "detail", "text")
_ERROR_WORDS = {"error", "fail", "failed"}
_ORDER_KEYS = ("charge", "start_count", "start_counter", "remains", "runs", "posts", "orders")
_PROGRESS = {
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
    "refunds": Progress.CANCELED,
    "refund": Progress.CANCELED,
    "fail": Progress.CANCELED,
    "failed": Progress.CANCELED,
    "error": Progress.CANCELED,
}
_REFILL_WORDS = {
    "pending": "Pending",
    "inprogress": "In progress",
    "inprogess": "In progress",
    "completed": "Completed",
    "rejected": "Rejected",
}


def read_json(body: bytes) -> Json:
    """Return the JSON of a body, whatever its content type says, with exact numbers. Raises PanelUnavailable.

    NaN, Infinity and numbers too long to mean anything become None.
    """
    text = body.decode("utf-8-sig", errors="replace").strip()
    try:
        return json.loads(text, parse_float=_fraction, parse_int=_whole, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        reason = "a page of HTML" if text.startswith("<") else "not JSON" if text else "an empty body"
    # Outside the except: the decoder's error carries the whole body along, and that may hold the key.
    raise PanelUnavailable(reason)


def _fraction(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _whole(text: str) -> int | None:
    return int(text) if len(text) <= LONGEST_NUMBER else None


def lowered(reply: Json) -> dict[str, Json]:
    """Return an object with its keys in lower case, also out of a list of just one; {} for anything else."""
    if isinstance(reply, list) and len(reply) == 1:
        reply = reply[0]
    if not isinstance(reply, Mapping):
        return {}
    return {key.strip().lower(): value for key, value in reply.items()}


def error_text(reply: Json, http_status: int = 200) -> str | None:
    """Return the error a reply speaks of, in any shape that was seen, or None when it speaks of none.

    With an HTTP status of 400 and up a message alone is an error too.
    """
    if isinstance(reply, str):
        return read_line(reply) or None
    fields = lowered(reply)
    for key in ("error", "errors"):
        found = fields.get(key)
        if not found or read_flag(found) is False:
            continue
        text = _words(found) if isinstance(found, str | list | Mapping) else ""
        return text or _message(fields) or read_line(found) or key
    status = read_line(fields.get("status")).lower()
    if status in _ERROR_WORDS:
        return _message(fields) or status
    if read_flag(fields.get("success")) is False:
        return _message(fields) or "no success"
    if http_status >= 400 or read_flag(fields.get("status")) is False:
        return _message(fields) or None
    return None


def _message(fields: Mapping[str, Json]) -> str:
    return next((text for key in _MESSAGE_KEYS if (text := _words(fields.get(key)))), "")


def _words(found: Json, depth: int = 0) -> str:
    """Return what an error says, out of lists and objects, without following them into the deep."""
    if depth >= DEEPEST_ERROR:
        return ""
    if isinstance(found, list):
        return "; ".join(filter(None, (_words(part, depth + 1) for part in found)))
    if isinstance(found, Mapping):
        fields = lowered(found)
        if message := _message(fields) if depth + 1 < DEEPEST_ERROR else "":
            return message
        named = ((key, _words(part, depth + 1)) for key, part in fields.items())
        return "; ".join(text if key.isdigit() else f"{key}: {text}" for key, text in named if text)
    return read_line(found)


def refuse_errors(reply: Json, http_status: int = 200) -> None:
    """Raise what a reply's error means: PanelUnavailable for a throttle or an outage, else PanelRefused."""
    text = error_text(reply, http_status)
    if text is None:
        return
    meaning = meaning_of(text)
    if meaning in {Meaning.THROTTLE, Meaning.OUTAGE}:
        raise PanelUnavailable(text)
    raise PanelRefused(meaning, text)


def read_services(reply: Json) -> list[ServiceRow]:
    """Return the catalogue; [] for an empty one in any shape. Raises PanelRefused, PanelUnavailable."""
    refuse_errors(reply)
    rows = reply
    if isinstance(reply, Mapping):
        fields = lowered(reply)
        rows = fields.get("services", fields.get("data"))
        if isinstance(rows, str) and "empty" in rows.lower():
            return []
    if not isinstance(rows, list):
        raise PanelUnavailable("the catalogue is not a list")
    read = [row for row in map(_service, rows) if row is not None]
    if rows and not read:
        raise PanelUnavailable("no row of the catalogue can be read")
    return read


def _service(row: Json) -> ServiceRow | None:
    fields = lowered(row)
    number = read_id(fields.get("service"))
    if number is None:
        return None
    return ServiceRow(
        service=number,
        name=read_text(fields.get("name")),
        type=read_text(fields.get("type")),
        category=read_text(fields.get("category")),
        rate=read_amount(fields.get("rate")),
        min=read_count(fields.get("min")),
        max=read_count(fields.get("max")),
        dripfeed=read_flag(fields.get("dripfeed")),
        refill=read_flag(fields.get("refill")),
        cancel=read_flag(fields.get("cancel")),
        description=read_text(fields.get("description", fields.get("desc"))),
    )


def read_status(reply: Json) -> OrderStatus:
    """Return one order's status. Raises PanelRefused, PanelUnavailable."""
    fields = lowered(reply)
    status = read_line(fields.get("status"))
    if not _is_order(fields, status):
        refuse_errors(reply)
    if not status:
        raise PanelUnavailable("the answer holds no status")
    children = fields.get("orders")
    if isinstance(children, str):
        children = children.split(",")
    start_count = read_count(fields.get("start_count"))
    return OrderStatus(
        status=status,
        progress=_PROGRESS.get(_squeezed(status), Progress.OTHER),
        charge=read_amount(fields.get("charge")),
        start_count=read_count(fields.get("start_counter")) if start_count is None else start_count,
        remains=read_count(fields.get("remains")),
        currency=read_line(fields.get("currency")) or None,
        runs=read_count(fields.get("runs", fields.get("posts"))),
        orders=tuple(filter(None, map(read_id, children))) if isinstance(children, list) else (),
    )


def _is_order(fields: Mapping[str, Json], status: str) -> bool:
    """Tell an order whose status is "Error" from an error: a refund hangs on it, so the order has to show itself."""
    if status.lower() not in _ERROR_WORDS and _squeezed(status) in _PROGRESS:
        return True
    has_error = fields.get("error") or fields.get("errors")
    return bool(status) and not has_error and any(fields.get(key) is not None for key in _ORDER_KEYS)


def _squeezed(words: str) -> str:
    return re.sub(r"[\W_]+", "", words.lower())


def read_statuses(reply: Json, asked: Collection[str]) -> dict[str, OrderStatus | PanelRefused]:
    """Return a status or a refusal for each order asked about; one left out is refused with Meaning.ORDER_ID.

    Raises PanelRefused when the reply as a whole is a refusal, PanelUnavailable when nothing can be read.
    """
    by_id: dict[str, Json] = {}
    if isinstance(reply, Mapping):
        by_id = {key.strip(): value for key, value in reply.items()}
        if not by_id.keys() & set(asked):
            if len(asked) == 1 and lowered(reply).keys() & {"status"}:
                return dict.fromkeys(asked, read_status(reply))
            refuse_errors(reply)
            if by_id:
                raise PanelUnavailable("the answer is about other orders")
    elif isinstance(reply, list) and all(isinstance(row, Mapping) for row in reply):
        rows = [lowered(row) for row in reply]
        by_id = {number: row for row in rows if (number := read_id(row.get("order")))}
        if rows and not by_id:
            refuse_errors(reply)
    else:
        refuse_errors(reply)
        raise PanelUnavailable("the answer holds no statuses")
    return {order_id: _one_of_many(by_id.get(order_id)) for order_id in asked}


def _one_of_many(reply: Json) -> OrderStatus | PanelRefused:
    if reply is None:
        return PanelRefused(Meaning.ORDER_ID, "not in the answer")
    try:
        return read_status(reply)
    except PanelRefused as refused:
        return refused
    except PanelUnavailable as unreadable:
        return PanelRefused(meaning_of(unreadable.reason), unreadable.reason)


def read_balance(reply: Json) -> Balance:
    """Return the balance; a panel that names no currency counts in USD, like the documented one.

    Raises PanelRefused, PanelUnavailable.
    """
    refuse_errors(reply)
    fields = lowered(reply)
    amount = read_amount(fields.get("balance"))
    if amount is None:
        raise PanelUnavailable("the answer holds no balance")
    return Balance(amount, read_line(fields.get("currency")).upper() or "USD")


def read_requested(reply: Json, action: str) -> Requested:
    """Return that a refill or a cancel (`action` names which) was asked for. Raises PanelRefused, PanelUnavailable."""
    refuse_errors(reply)
    fields = lowered(reply)
    if action not in fields:
        # {"4218": {"cancel": "requested"}}: the answer hangs under the order's id.
        parts = map(lowered, fields.values())
        fields = next((part for part in parts if part.keys() & {action, "error"}), fields)
        refuse_errors(fields)
    found = fields.get(action)
    message = _message(fields)
    if read_flag(found) is False:
        raise PanelRefused(Meaning.ACTION, message or f"{action}: no")
    if found in (None, "", [], {}) and not _is_success(fields):
        raise PanelUnavailable(f"the answer says nothing of the {action}")
    if isinstance(found, Mapping):
        refuse_errors(found)
        message = message or _message(lowered(found))
        found = lowered(found).get("id")
    number = read_id(found) if action == "refill" else None
    if number is not None and any(sign.isdigit() for sign in number):
        return Requested(message, number)
    return Requested(message or ("" if read_flag(found) else read_line(found)))


def _is_success(fields: Mapping[str, Json]) -> bool:
    return read_line(fields.get("status")).lower() in {"success", "ok"} or bool(read_flag(fields.get("success")))


def read_refill_status(reply: Json) -> str:
    """Return a refill's status: Pending, In progress, Completed, Rejected, or a word of the panel's own.

    Raises PanelRefused, PanelUnavailable.
    """
    refuse_errors(reply)
    status = lowered(reply).get("status")
    if isinstance(status, Mapping):
        refuse_errors(status)
    word = read_line(status)
    if not word:
        raise PanelUnavailable("the answer holds no status")
    return _REFILL_WORDS.get(_squeezed(word), word)
