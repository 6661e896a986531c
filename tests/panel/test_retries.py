"""Reads are repeated while the panel is unavailable, as patiently as it asks; refusals are final."""

import asyncio
from decimal import Decimal
from typing import Any

import httpx
import pytest
import stamina
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from panel import Balance, PanelClient, PanelRefused, PanelUnavailable

from .conftest import KEY, URL, Answering

GOOD = {"balance": "5", "currency": "USD"}


@pytest.mark.parametrize(
    "bad",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("silent"),
        httpx.RemoteProtocolError("reset"),
        OSError("of the system's"),
        b"<html>Just a moment...</html>",
        b"",
        {"error": "Rate limit exceeded"},
        {"error": "This panel is temporarily unavailable"},
        httpx.Response(302, headers={"Location": "https://elsewhere.test"}),
        httpx.Response(429, json={"error": "Slow down"}),
        httpx.Response(429, text="Slow down"),
        httpx.Response(500, json={"error": "Incorrect order ID"}),
        httpx.Response(502, text="<html>"),
        httpx.Response(503, json={}),
    ],
    ids=repr,
)
async def test_a_read_is_repeated_until_it_succeeds(answering: Answering, bad: Any) -> None:
    panel = answering(bad, bad, GOOD)
    assert await panel.client.balance() == Balance(Decimal(5), "USD")
    assert len(panel.calls) == 3


async def test_a_read_gives_up_in_the_end(answering: Answering) -> None:
    panel = answering(httpx.ConnectError("refused"), read_attempts=3)
    with pytest.raises(PanelUnavailable, match="refused"):
        await panel.client.balance()
    assert len(panel.calls) == 3


async def test_a_refusal_is_not_repeated(answering: Answering) -> None:
    panel = answering({"error": "Invalid API key"}, GOOD)
    with pytest.raises(PanelRefused):
        await panel.client.balance()
    assert len(panel.calls) == 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        (" 0 ", 0),
        ("86400", 30),
        ("9" * 400, None),
        ("-5", None),
        ("nan", None),
        ("soon", None),
        ("", None),
        ("Thu, 01 Jan 2015 00:00:00 GMT", 0),
        ("Sat, 01 Jan 2150 00:00:00 GMT", 30),
        ("Sat, 01 Jan 2150 00:00:00 -0000", 30),
    ],
)
@pytest.mark.parametrize("status", [200, 429, 503])
async def test_retry_after_is_read_and_capped(
    answering: Answering, header: str, seconds: float | None, status: int
) -> None:
    reply = httpx.Response(status, json={"error": "Rate limit exceeded"}, headers={"Retry-After": header})
    panel = answering(reply, read_attempts=1)
    with pytest.raises(PanelUnavailable) as caught:
        await panel.client.balance()
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize(("headers", "shortest", "longest"), [({"Retry-After": "17"}, 17, 17), ({}, 5, 6)])
async def test_the_panel_says_how_long_to_wait(headers: dict[str, str], shortest: float, longest: float) -> None:
    waits: asyncio.Queue[float] = asyncio.Queue()

    def note(details: RetryDetails) -> None:
        waits.put_nowait(details.wait_for)

    transport = httpx.MockTransport(lambda _: httpx.Response(429, headers=headers))
    set_on_retry_hooks([note])
    try:
        with stamina.set_testing(False):
            async with PanelClient(URL, KEY, retry_wait=5, transport=transport) as panel:
                reading = asyncio.ensure_future(panel.balance())
                assert shortest <= await waits.get() <= longest
                reading.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await reading
    finally:
        set_on_retry_hooks(None)


async def test_a_closed_client_is_unavailable(answering: Answering) -> None:
    panel = answering(GOOD)
    await panel.client.aclose()
    with pytest.raises(PanelUnavailable, match="closed"):
        await panel.client.balance()


async def test_one_part_failing_fails_the_whole(answering: Answering) -> None:
    def second_part_fails(form: dict[str, str]) -> Any:
        return b"<html>" if "150" in form["orders"].split(",") else {}

    panel = answering(second_part_fails, read_attempts=2)
    with pytest.raises(PanelUnavailable):
        await panel.client.statuses([str(number) for number in range(300)])
    assert len(panel.calls) == 4
