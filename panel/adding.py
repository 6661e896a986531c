"""The one call that spends money: what is sent for an order, and what its answer proves."""

import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal
from urllib.parse import quote

from panel.errors import Meaning, PanelUnavailable
from panel.fields import read_id
from panel.meanings import meaning_of
from panel.replies import error_text, lowered, read_json

LinkField = Literal["url", "link", "both"]
CommentsEncoding = Literal["newline", "crlf", "urlencoded", "json"]

# What an HTTP status says of a refusal whose text nobody knows (RFC 9110 §15.5).
MEANING_OF_STATUS: dict[int, Meaning] = {
    HTTPStatus.UNAUTHORIZED: Meaning.KEY,
    HTTPStatus.PAYMENT_REQUIRED: Meaning.FUNDS,
    HTTPStatus.TOO_MANY_REQUESTS: Meaning.THROTTLE,
}


@dataclass(frozen=True, slots=True)
class AddRequest:
    """What to order: `quantity` of each run, `interval` in minutes between runs. What is None is not sent.

    Blank comments are left out; a line break inside a comment becomes a space, so that one comment stays one.
    """

    service: str
    link: str
    quantity: int | None = None
    comments: tuple[str, ...] = ()
    runs: int | None = None
    interval: int | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The panel took the order under its number `order_id`."""

    order_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The panel said no in so many words: there is no such order (but see Meaning.DUPLICATE)."""

    meaning: Meaning
    text: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """The request provably never left: it may be sent again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The order may exist or not: never send it again without finding out."""

    reason: str


AddOutcome = Accepted | Refused | NotSent | Unknown


def order_fields(request: AddRequest, link_field: LinkField, comments_encoding: CommentsEncoding) -> dict[str, str]:
    """Return the documented fields of an order, in the panel's dialect (panel-api §1 and §2)."""
    fields: dict[str, str | int | None] = {"service": request.service}
    if link_field != "link":
        fields["url"] = request.link
    if link_field != "url":
        fields["link"] = request.link
    fields["quantity"] = request.quantity
    lines = [line for comment in request.comments if (line := re.sub(r"[\r\n]+", " ", comment).strip())]
    if lines:
        fields["comments"] = _encoded(lines, comments_encoding)
    fields["runs"] = request.runs
    fields["interval"] = request.interval
    # Half of a surrogate pair has no bytes; a "?" in its place is better than a call that fails before it starts.
    return {name: str(value).encode("utf-8", "replace").decode() for name, value in fields.items() if value is not None}


def _encoded(lines: list[str], encoding: CommentsEncoding) -> str:
    match encoding:
        case "newline":
            return "\n".join(lines)
        case "crlf":
            return "\r\n".join(lines)
        case "urlencoded":
            return quote("\n".join(lines), safe="", errors="replace")
        case "json":
            return json.dumps(lines, ensure_ascii=False)


def read_add(http_status: int, body: bytes) -> AddOutcome:
    """Return what an answer to `add` proves; the texts are the panel's own and uncut.

    Only a readable number is an order and only a readable refusal is none. A 5xx, a 408, a redirect, a page of HTML
    or JSON with neither may come from something that failed, or lost patience, after the order was taken.
    """
    try:
        reply = read_json(body)
    except PanelUnavailable as unreadable:
        if http_status == HTTPStatus.TOO_MANY_REQUESTS:  # turned away at the door, whatever the page looks like
            return Refused(Meaning.THROTTLE, "HTTP 429")
        return Unknown(f"HTTP {http_status}: {unreadable.reason}")
    order_id = read_id(lowered(reply).get("order"))
    text = error_text(reply, http_status)
    if order_id is not None and text is None and http_status < 300:
        return Accepted(order_id)
    if http_status >= 500 or 300 <= http_status < 400 or http_status == HTTPStatus.REQUEST_TIMEOUT:
        return Unknown(f"HTTP {http_status}: {text or 'no order'}")
    if order_id is not None:
        return Unknown(f"HTTP {http_status}: order {order_id}, and yet: {text or 'no success'}")
    if text is None:
        if http_status == HTTPStatus.TOO_MANY_REQUESTS:
            return Refused(Meaning.THROTTLE, "HTTP 429")
        return Unknown(f"HTTP {http_status}: neither an order nor an error")
    meaning = meaning_of(text)
    if meaning is Meaning.UNKNOWN:
        if isinstance(reply, str) and http_status < 400 and not _reads_like_an_error(text):
            return Unknown(f"HTTP {http_status}: {text}")
        meaning = MEANING_OF_STATUS.get(http_status, meaning)
    return Refused(meaning, text)


def _reads_like_an_error(text: str) -> bool:
    """Tell a bare string that refuses from a bare order number, an "ok" or an "Order placed"."""
    return " " in text and not re.search(r"\b(?:success\w*|ok|done|placed|accepted|created|added)\b", text.lower())
