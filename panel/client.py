"""The client of a panel's API v2: one set of pooled connections, one POST a call, reads retried, `add` never."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote, quote_plus

import httpx
import stamina
import structlog
from aiolimiter import AsyncLimiter

from panel import replies
from panel.adding import (
    MEANING_OF_STATUS,
    Accepted,
    AddOutcome,
    AddRequest,
    CommentsEncoding,
    LinkField,
    NotSent,
    Refused,
    Unknown,
    order_fields,
    read_add,
)
from panel.errors import Meaning, PanelError, PanelRefused, PanelUnavailable
from panel.fields import Json
from panel.values import Balance, OrderStatus, Requested, ServiceRow

log = structlog.get_logger(__name__)

STATUSES_A_CALL = 100  # panel-api §1
LONGEST_WAIT_SECONDS = 30.0
LARGEST_BODY_BYTES = 64 * 2**20  # ten times the largest catalogue seen
LONGEST_WORDS = 500
# A connection that the panel closed while it lay idle fails only after the request was written, which for `add` means
# "may have been received". Idle ones are therefore given up before any usual server does (Apache: 5 seconds).
KEEPALIVE_SECONDS = 2.0
# What httpx raises before it has a connection to write to: no name, no route, refused, TLS, a proxy that says no.
NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)

T = TypeVar("T")
RESULTS = {Accepted: "accepted", Refused: "refused", NotSent: "not_sent", Unknown: "unknown"}
# Told of every call: its action, and what came of it (of `add` one of RESULTS, else answered, refused, unavailable).
Observer = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes
    retry_after: float | None


class PanelClient:
    """An account at a panel. Use it as an async context manager, or call `aclose`."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        link_field: LinkField = "url",
        comments_encoding: CommentsEncoding = "newline",
        timeout: float = 30.0,
        queue_timeout: float = 10.0,
        concurrency: int = 4,
        calls_per_second: float = 10.0,
        pace: Callable[[], Awaitable[None]] | None = None,
        read_attempts: int = 4,
        retry_wait: float = 0.5,
        observe: Observer = lambda _action, _result: None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Prepare the calls; nothing is sent yet. Raises ValueError for an address that is none.

        In seconds: `timeout` for a whole call, once it is its turn; `queue_timeout` for the turn of an `add`;
        `retry_wait` before the first repetition of a read. `concurrency` calls are under way at a time, one of which
        is kept free for `add`. `observe` is told of every call. `pace` is awaited before each call, where the panel's
        limit is shared with others, and must not fail; without it this client alone keeps to `calls_per_second`.
        """
        self._url = httpx.URL(url)
        if self._url.scheme not in {"http", "https"} or not self._url.host:
            raise ValueError("the panel's address has to start with http:// or https:// and name a host")
        self._key = key
        self._key_spellings = {key, quote(key), quote(key, safe=""), quote_plus(key)} if len(key) > 2 else set()
        self._observe = observe
        self._link_field = link_field
        self._comments_encoding = comments_encoding
        self._timeout = timeout
        self._queue_timeout = queue_timeout
        self._slots = asyncio.Semaphore(concurrency)
        self._read_slots = asyncio.Semaphore(max(concurrency - 1, 1))
        self._pace = pace or AsyncLimiter(max(calls_per_second, 1), max(1.0, 1 / calls_per_second)).acquire
        self._with_retries = stamina.AsyncRetryingCaller(
            attempts=read_attempts, timeout=None, wait_initial=retry_wait, wait_max=LONGEST_WAIT_SECONDS
        ).on(_wait_of)
        self._http = httpx.AsyncClient(
            # TCP and TLS have a third each, so that what never connects ends as such, and not by the whole's deadline.
            timeout=httpx.Timeout(timeout, connect=timeout / 3),
            limits=httpx.Limits(max_connections=concurrency, keepalive_expiry=KEEPALIVE_SECONDS),
            headers={"Accept": "application/json"},
            transport=transport,
            follow_redirects=False,
        )

    def __repr__(self) -> str:
        """Name the panel, never the key."""
        return f"PanelClient({self._url.host})"

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
        """Place an order with one request, never repeated, and return what is known of it.

        Raises nothing but asyncio.CancelledError: an `add` that was cancelled is as unknown as one that broke off.
        """
        fields = order_fields(request, self._link_field, self._comments_encoding)
        if self._http.is_closed:
            return NotSent("the client is closed")
        try:
            async with asyncio.timeout(self._queue_timeout):
                await self._pace()
                await self._slots.acquire()
        except TimeoutError:
            return NotSent("too many calls of ours are waiting")
        try:
            outcome = await self._send_add(fields)
        finally:
            self._slots.release()
        self._observe("add", RESULTS[type(outcome)])
        log.debug("panel.added", outcome=type(outcome).__name__)
        return outcome

    async def _send_add(self, fields: Mapping[str, str]) -> AddOutcome:
        try:
            answer = await self._post("add", fields)
            outcome = read_add(answer.status, answer.body)
        except NEVER_LEFT as error:
            return NotSent(self._shown(_named(error)))
        except Exception as error:  # whatever it was, money may have been spent
            return Unknown(self._shown(_named(error)))
        match outcome:
            case Refused(meaning=meaning, text=text):
                self._log_fault_of_ours(meaning, text, "add", fields)
                return Refused(meaning, self._shown(text))
            case Unknown(reason=reason):
                return Unknown(self._shown(reason))
            case _:
                return outcome

    # --- reads, and requests that cost nothing ----------------------------------------------------

    async def services(self) -> list[ServiceRow]:
        """Return the catalogue; [] when the panel shows none, as it also does to a key it does not like.

        Raises PanelRefused, PanelUnavailable.
        """
        return await self._read("services", {}, replies.read_services)

    async def balance(self) -> Balance:
        """Return the owner's money at the panel. Raises PanelRefused, PanelUnavailable."""
        return await self._read("balance", {}, replies.read_balance)

    async def status(self, order_id: str) -> OrderStatus:
        """Return one order's status. Raises PanelRefused (Meaning.ORDER_ID for an unknown one), PanelUnavailable."""
        return await self._read("status", {"order": order_id}, replies.read_status)

    async def statuses(self, order_ids: Sequence[str]) -> dict[str, OrderStatus | PanelRefused]:
        """Return for each order its status, or the refusal of it; 100 orders a call, a few calls at a time.

        Raises PanelRefused when the panel refuses us altogether, PanelUnavailable.
        """
        ids = list(dict.fromkeys(order_ids))
        chunks = [ids[start : start + STATUSES_A_CALL] for start in range(0, len(ids), STATUSES_A_CALL)]
        parts = await asyncio.gather(*map(self._statuses, chunks), return_exceptions=True)
        found: dict[str, OrderStatus | PanelRefused] = {}
        for part in parts:
            if isinstance(part, BaseException):
                raise part
            found |= part
        return found

    async def probe(self, order_ids: Sequence[str]) -> dict[str, OrderStatus | PanelRefused] | None:
        """Return what `statuses` does, for at most 100 orders that may not exist, by one call and never more.

        None when the panel refuses the whole list for the unknown ones in it: then they have to be asked for one by
        one. Raises PanelRefused when the panel refuses us altogether, PanelUnavailable.
        """
        ids = list(dict.fromkeys(order_ids))
        try:
            found = await self._call(
                "status", {"orders": ",".join(ids)}, lambda reply: replies.read_statuses(reply, ids)
            )
        except PanelRefused as refused:
            if refused.meaning is not Meaning.ORDER_ID:
                raise
            return {ids[0]: refused} if len(ids) == 1 else None
        return found

    async def _statuses(self, ids: list[str]) -> dict[str, OrderStatus | PanelRefused]:
        try:
            found = await self._read(
                "status", {"orders": ",".join(ids)}, lambda reply: replies.read_statuses(reply, ids)
            )
        except PanelRefused as refused:
            if refused.meaning is not Meaning.ORDER_ID:
                raise
            if len(ids) == 1:
                return {ids[0]: refused}
        else:
            return {
                order_id: self._refusal(status) if isinstance(status, PanelRefused) else status
                for order_id, status in found.items()
            }
        # Some panels refuse the whole list for one id they do not know: halving it finds the ones they do.
        half = len(ids) // 2
        return await self._statuses(ids[:half]) | await self._statuses(ids[half:])

    async def refill(self, order_id: str) -> Requested:
        """Ask for a refill. Not repeated. Raises PanelRefused with the panel's words, PanelUnavailable."""
        return await self._request("refill", order_id)

    async def refill_status(self, refill_id: str) -> str:
        """Return a refill's status: Pending, In progress, Completed, Rejected, or a word of the panel's own.

        Raises PanelRefused, PanelUnavailable.
        """
        return await self._read("refill_status", {"refill": refill_id}, replies.read_refill_status)

    async def cancel(self, order_id: str) -> Requested:
        """Ask for a cancellation, which is a request and no result. Not repeated. Raises like `refill`."""
        return await self._request("cancel", order_id)

    async def _request(self, action: str, order_id: str) -> Requested:
        asked = await self._call(action, {"order": order_id}, lambda reply: replies.read_requested(reply, action))
        return Requested(self._shown(asked.text), asked.id)

    async def _read(self, action: str, fields: Mapping[str, str], reader: Callable[[Json], T]) -> T:
        """Call, and call again with growing waits while the panel is unavailable."""
        return await self._with_retries(self._call, action, fields, reader)

    async def _call(self, action: str, fields: Mapping[str, str], reader: Callable[[Json], T]) -> T:
        try:
            reply = await self._call_once(action, fields, reader)
        except PanelError as error:
            self._observe(action, "refused" if isinstance(error, PanelRefused) else "unavailable")
            raise
        self._observe(action, "answered")
        return reply

    async def _call_once(self, action: str, fields: Mapping[str, str], reader: Callable[[Json], T]) -> T:
        """Call once and read the answer.

        Its errors are raised outside the `except` blocks, so that no chain leads to the request and the key in it.
        """
        failure: PanelError
        if self._http.is_closed:
            raise PanelUnavailable(f"{action}: the client is closed")
        async with self._read_slots, self._slots:
            await self._pace()
            try:
                answer = await self._post(action, fields)
            except (httpx.HTTPError, TimeoutError, OSError) as error:
                failure = PanelUnavailable(self._shown(f"{action}: {_named(error)}"))
                answer = None
        if answer is not None:
            try:
                return self._understood(answer, reader)
            except PanelUnavailable as error:
                reason = self._shown(f"{action}: HTTP {answer.status}: {error.reason}")
                failure = PanelUnavailable(reason, retry_after=answer.retry_after)
            except PanelRefused as refused:
                meaning = refused.meaning
                if meaning is Meaning.UNKNOWN:
                    meaning = MEANING_OF_STATUS.get(answer.status, meaning)
                self._log_fault_of_ours(meaning, refused.text, action, fields)
                failure = PanelRefused(meaning, self._shown(refused.text))
        raise failure

    def _understood(self, answer: _Answer, reader: Callable[[Json], T]) -> T:
        if 300 <= answer.status < 400:
            raise PanelUnavailable("the panel's address leads elsewhere")
        reply = replies.read_json(answer.body)
        if answer.status >= 500 or answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise PanelUnavailable(replies.error_text(reply, answer.status) or "no answer")
        if answer.status >= 400:
            replies.refuse_errors(reply, answer.status)
        return reader(reply)

    async def _post(self, action: str, fields: Mapping[str, str]) -> _Answer:
        """Send one request. Raises httpx.HTTPError, TimeoutError."""
        body = bytearray()
        async with (
            asyncio.timeout(self._timeout),
            self._http.stream("POST", self._url, data={"key": self._key, "action": action, **fields}) as response,
        ):
            async for part in response.aiter_bytes():
                body += part
                if len(body) > LARGEST_BODY_BYTES:
                    break  # what is cut off cannot be read as JSON
        log.debug("panel.called", action=action, status=response.status_code)
        return _Answer(response.status_code, bytes(body), _retry_after(response.headers.get("Retry-After", "")))

    # --- the key stays here -----------------------------------------------------------------------

    def _shown(self, words: str) -> str:
        """Return words without our key, which some panels echo, and not too many of them."""
        for spelling in self._key_spellings:
            words = words.replace(spelling, "***")
        return words if len(words) <= LONGEST_WORDS else words[: LONGEST_WORDS - 1] + "…"

    def _refusal(self, refused: PanelRefused) -> PanelRefused:
        return PanelRefused(refused.meaning, self._shown(refused.text))

    def _log_fault_of_ours(self, meaning: Meaning, text: str, action: str, fields: Mapping[str, Any]) -> None:
        if meaning is Meaning.REQUEST:
            log.error("panel.request_refused", action=action, fields=dict(fields), text=self._shown(text))


def _wait_of(error: Exception) -> bool | float:
    """Return whether a read is worth repeating, or after how many seconds the panel wants it repeated."""
    if not isinstance(error, PanelUnavailable):
        return False
    return True if error.retry_after is None else error.retry_after


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")


def _retry_after(value: str) -> float | None:
    """Return the seconds of a Retry-After header, which holds seconds or a date (RFC 9110 §10.2.3), held to 30."""
    value = value.strip()
    if re.fullmatch(r"\d{1,9}", value, re.ASCII):
        return min(float(value), LONGEST_WAIT_SECONDS)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - datetime.now(UTC)).total_seconds(), 0.0), LONGEST_WAIT_SECONDS)
