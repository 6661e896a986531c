"""Whatever a panel answers, the client returns its own types or raises its own errors, and nothing else."""

import json
from typing import Any

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from panel import (
    Accepted,
    AddRequest,
    Balance,
    Meaning,
    NotSent,
    OrderStatus,
    PanelClient,
    PanelError,
    PanelRefused,
    Refused,
    Requested,
    ServiceRow,
    Unknown,
)

from .conftest import KEY, URL

NAMES = (
    "order error errors status message msg success charge start_count remains balance currency refill cancel data "
    "services service name rate min max orders runs 1 2 0 true fail Error Partial 1e999 1,000 &#xD800; ٣ \ud83d"
)
TEXTS = ["Incorrect order ID", "Invalid API key", "Rate limit exceeded", "&#" + "9" * 5000 + ";"]
WORDS = st.sampled_from([*NAMES.split(), *TEXTS])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**50)
    | st.floats()
    | st.text(max_size=20)
    | WORDS
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=6),
    max_leaves=20,
)
BODIES = JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=60)
STATUSES = st.sampled_from([200, 201, 302, 400, 401, 404, 419, 429, 500, 503, 599])
HEADERS = st.sampled_from([{}, {"Retry-After": "x"}, {"Retry-After": "1"}, {"Retry-After": "Mon, 99 Foo 1"}])


def client_of(status: int, body: bytes, headers: dict[str, str]) -> PanelClient:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=body, headers=headers)

    return PanelClient(URL, KEY, calls_per_second=10_000, read_attempts=1, transport=httpx.MockTransport(answer))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STATUSES, BODIES, HEADERS)
async def test_any_reply_is_a_value_or_an_error_of_ours(status: int, body: bytes, headers: dict[str, str]) -> None:
    async with client_of(status, body, headers) as panel:
        outcome = await panel.add(AddRequest("1", "@nasa", 1))
        assert isinstance(outcome, Accepted | Refused | Unknown)
        assert not isinstance(outcome, NotSent)
        if isinstance(outcome, Accepted):
            assert status < 300
            assert outcome.order_id
            assert not set(outcome.order_id) & set(", \n")
        calls: list[tuple[Any, Any]] = [
            (panel.services(), list),
            (panel.balance(), Balance),
            (panel.status("1"), OrderStatus),
            (panel.statuses(["1", "2"]), dict),
            (panel.refill("1"), Requested),
            (panel.cancel("1"), Requested),
            (panel.refill_status("1"), str),
        ]
        for call, kind in calls:
            try:
                value = await call
            except PanelError:
                continue
            assert isinstance(value, kind)
            if isinstance(value, dict):
                assert value.keys() == {"1", "2"}
                assert all(isinstance(one, OrderStatus | PanelRefused) for one in value.values())
            if isinstance(value, list):
                assert all(isinstance(row, ServiceRow) for row in value)
            repr(value).encode()  # storable: no half of a surrogate pair


@given(st.text(max_size=200))
async def test_any_error_text_has_a_meaning(text: str) -> None:
    async with client_of(200, json.dumps({"error": text}).encode(), {}) as panel:
        outcome = await panel.add(AddRequest("1", "@nasa", 1))
        if isinstance(outcome, Refused):
            assert outcome.meaning in Meaning
            outcome.text.encode()
        else:
            assert isinstance(outcome, Unknown)
