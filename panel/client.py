"""The client of a panel's API v2: one pooled connection set, one POST a call, reads retried, `add` never."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Literal, Self, TypeVar
from urllib.parse import quote

import httpx
import stamina
import structlog
from aiolimiter import AsyncLimiter

from panel import replies
from panel.errors import Meaning, PanelRefused, PanelUnavailable, meaning_of
from panel.replies import Balance, OrderStatus, Requested, ServiceRow

log = structlog.get_logger(__name__)

STATUSES_A_CALL = 100  # panel-api §1
LONGEST_RETRY_AFTER_SECONDS = 30.0
ADD_KEEPALIVE_SECONDS = 2.0

LinkField = Literal["url", "link", "both"]
CommentsEncoding = Literal["newline", "crlf", "urlencoded", "json"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AddRequest:
    """What to order: `quantity` of each run; `interval` in minutes. What is None is not sent."""

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
    """The panel said no; the order does not exist (but see Meaning.DUPLICATE)."""

    meaning: Meaning
    text: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """The request provably never left: no connection was made."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The order may exist or not. Never send it again without finding out."""

    reason: str


AddOutcome = Accepted | Refused | NotSent | Unknown


class PanelClient:
    """A panel's account. Use it as an async context manager, or call `aclose`."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        link_field: LinkField = "url",
        comments_encoding: CommentsEncoding = "newline",
        timeout: float = 30.0,
        concurrency: int = 4,
        calls_per_second: float = 10.0,
        read_attempts: int = 4,
        retry_wait: float = 0.5,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`timeout` and `retry_wait` (before the first repetition of a read) are in seconds."""
        self._url = url
        self._key = key
        self._link_field = link_field
        self._comments_encoding = comments_encoding
        self._slots = asyncio.Semaphore(concurrency)
        self._limiter = AsyncLimiter(max(calls_per_second, 1), max(1.0, 1 / calls_per_second))
        self._read_attempts = read_attempts
        self._retry_wait = retry_wait
        # A connection the panel closed while it lay idle fails only after the request was written, which for `add`
        # means "may have been received". So idle ones are given up long before a panel would.
        limits = httpx.Limits(max_connections=concurrency, keepalive_expiry=ADD_KEEPALIVE_SECONDS)
        self._http = httpx.AsyncClient(timeout=timeout, limits=limits, transport=transport, follow_redirects=False)

    def __repr__(self) -> str:
        """Name the panel, never the key."""
        return f"PanelClient({self._url!r})"

    async def __aenter__(self) -> Self:
        """Return the client."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    # --- the one call that spends money -----------------------------------------------------------

    async def add(self, request: AddRequest) -> AddOutcome:
        """Place an order: one request, never repeated. Returns what is known of it, and raises nothing of its own.

        NotSent only where no connection was made. An answer that is no JSON, a 5xx, a redirect, a broken connection
        or silence is Unknown, because the panel may have taken the order before it failed.
        """
        try:
            response = await self._post("add", self._fields_of(request))
        except (
            httpx.ConnectError,
            httpx.ConnectTimeout,
            httpx.PoolTimeout,
            httpx.UnsupportedProtocol,
        ) as error:
            return NotSent(self._blank(type(error).__name__))
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            return Unknown(self._blank(type(error).__name__))
        return self._read_add(response)

    def _read_add(self, response: httpx.Response) -> AddOutcome:
        status = response.status_code
        try:
            reply = replies.read_json(response.content)
        except PanelUnavailable as error:
            if status == httpx.codes.TOO_MANY_REQUESTS:
                return Refused(Meaning.THROTTLE, "429")
            return Unknown(f"HTTP {status}: {error.reason}")
        fields = replies.lowered(reply)
        number = replies.read_id(fields.get("order"))
        text = replies.error_text(reply)
        if number is not None and text is None:
            return Accepted(number)
        if number is not None or status >= httpx.codes.INTERNAL_SERVER_ERROR or httpx.codes.is_redirect(status):
            return Unknown(self._blank(f"HTTP {status}: {text}"))
        if text is None or (isinstance(reply, str) and not text.strip()):
            if status == httpx.codes.TOO_MANY_REQUESTS:
                return Refused(Meaning.THROTTLE, "429")
            return Unknown(f"HTTP {status}: neither an order nor an error")
        meaning = meaning_of(text)
        if meaning is Meaning.UNKNOWN and status == httpx.codes.TOO_MANY_REQUESTS:
            meaning = Meaning.THROTTLE
        return Refused(meaning, self._blank(text))

    def _fields_of(self, request: AddRequest) -> dict[str, str]:
        fields = {"service": request.service}
        if self._link_field in {"url", "both"}:
            fields["url"] = request.link
        if self._link_field in {"link", "both"}:
            fields["link"] = request.link
        if request.quantity is not None:
            fields["quantity"] = str(request.quantity)
        lines = [line for line in request.comments if line.strip()]
        if lines:
            fields["comments"] = self._encode(lines)
        if request.runs is not None:
            fields["runs"] = str(request.runs)
        if request.interval is not None:
            fields["interval"] = str(request.interval)
        return fields

    def _encode(self, lines: list[str]) -> str:
        match self._comments_encoding:
            case "newline":
                return "\n".join(lines)
            case "crlf":
                return "\r\n".join(lines)
            case "urlencoded":
                return quote("\n".join(lines))
            case "json":
                return json.dumps(lines, ensure_ascii=False)

    # --- reads, and requests that cost nothing ----------------------------------------------------

    async def services(self) -> list[ServiceRow]:
        """Return the catalogue; [] when the panel shows none. Raises PanelRefused, PanelUnavailable."""
        return await self._read("services", {}, replies.read_services)

    async def balance(self) -> Balance:
        """Return the owner's money at the panel. Raises PanelRefused, PanelUnavailable."""
        return await self._read("balance", {}, replies.read_balance)

    async def status(self, order_id: str) -> OrderStatus:
        """Return one order's status. Raises PanelRefused (Meaning.ORDER_ID for an unknown one), PanelUnavailable."""
        return await self._read("status", {"order": order_id}, replies.read_status)

    async def statuses(self, order_ids: Sequence[str]) -> dict[str, OrderStatus | PanelRefused]:
        """Return a status, or a refusal as a value, for each order; 100 a call, a few calls at once.

        Raises PanelRefused when the panel refuses us altogether, PanelUnavailable.
        """
        chunks = [
            list(order_ids[start : start + STATUSES_A_CALL]) for start in range(0, len(order_ids), STATUSES_A_CALL)
        ]
        parts = await asyncio.gather(*(self._statuses(chunk) for chunk in chunks))
        return {number: status for part in parts for number, status in part.items()}

    async def _statuses(self, chunk: list[str]) -> dict[str, OrderStatus | PanelRefused]:
        return await self._read(
            "status", {"orders": ",".join(chunk)}, lambda reply: replies.read_statuses(reply, chunk)
        )

    async def refill(self, order_id: str) -> Requested:
        """Ask for a refill. Raises PanelRefused with the panel's reason, PanelUnavailable. Not repeated."""
        return await self._once("refill", {"order": order_id}, lambda r: replies.read_requested(r, "refill"))

    async def refill_status(self, refill_id: str) -> str:
        """Return a refill's status in the panel's word. Raises PanelRefused, PanelUnavailable."""
        return await self._read("refill_status", {"refill": refill_id}, replies.read_refill_status)

    async def cancel(self, order_id: str) -> Requested:
        """Ask for a cancellation, which is a request and no result. Raises like `refill`. Not repeated."""
        return await self._once("cancel", {"order": order_id}, lambda r: replies.read_requested(r, "cancel"))

    async def _read(self, action: str, fields: Mapping[str, str], reader: Callable[[Any], T]) -> T:
        """Call and read, again with growing waits while the panel is unavailable."""

        def worth_it(error: Exception) -> bool | float:
            if not isinstance(error, PanelUnavailable):
                return False
            return True if error.retry_after is None else error.retry_after

        attempts = stamina.retry_context(
            on=worth_it,
            attempts=self._read_attempts,
            timeout=None,
            wait_initial=self._retry_wait,
            wait_max=LONGEST_RETRY_AFTER_SECONDS,
        )
        async for attempt in attempts:
            with attempt:
                return await self._once(action, fields, reader)
        raise AssertionError("a retry ends by returning or raising")  # pragma: no cover

    async def _once(self, action: str, fields: Mapping[str, str], reader: Callable[[Any], T]) -> T:
        try:
            response = await self._post(action, fields)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise PanelUnavailable(self._blank(f"{action}: {type(error).__name__}")) from None
        status = response.status_code
        if status == httpx.codes.TOO_MANY_REQUESTS or status >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise PanelUnavailable(f"{action}: HTTP {status}", retry_after=_retry_after(response))
        try:
            return reader(replies.read_json(response.content))
        except PanelUnavailable as error:
            raise PanelUnavailable(self._blank(f"{action}: HTTP {status}: {error.reason}")) from None
        except PanelRefused as refused:
            raise PanelRefused(refused.meaning, self._blank(refused.text)) from None

    async def _post(self, action: str, fields: Mapping[str, str]) -> httpx.Response:
        async with self._slots, self._limiter:
            response = await self._http.post(
                self._url,
                data={"key": self._key, "action": action, **fields},
                headers={"Accept": "application/json"},
            )
        log.debug("panel.called", action=action, status=response.status_code)
        return response

    def _blank(self, text: str) -> str:
        """Return the panel's words without our key, which some panels echo."""
        return text.replace(self._key, "***") if self._key else text


def _retry_after(response: httpx.Response) -> float | None:
    """Return the seconds of a Retry-After header, which holds seconds or a date (RFC 9110 §10.2.3)."""
    value = response.headers.get("Retry-After", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = (moment - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER_SECONDS)


__all__ = [
    "Accepted",
    "AddOutcome",
    "AddRequest",
    "CommentsEncoding",
    "LinkField",
    "NotSent",
    "PanelClient",
    "Refused",
    "Unknown",
]
