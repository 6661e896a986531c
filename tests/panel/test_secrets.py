"""The key leaves in the request and nowhere else: no error, outcome, log line or repr shows it."""

import logging
import traceback
from functools import partial
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import structlog

from panel import AddRequest, Meaning, NotSent, PanelError, PanelRefused, Refused, Unknown

from .conftest import KEY, Answering

REQUEST = AddRequest("1", "@nasa", 1)
AWKWARD_KEY = "k&y/with spaces+é"


def all_of(error: BaseException) -> str:
    """Everything an error tracker would keep of an error: its words, its parts, and those it came from."""
    parts = ["".join(traceback.format_exception(error))]
    current: BaseException | None = error
    while current is not None:
        parts += [repr(current), repr(vars(current))]
        request = getattr(current, "_request", None)
        parts.append(repr(request.content) if request is not None else "")
        parts.append(repr(getattr(current, "doc", "")))
        current = current.__cause__ or current.__context__
    return "\n".join(parts)


@pytest.mark.parametrize("key", [KEY, AWKWARD_KEY])
@pytest.mark.parametrize(
    "reply",
    [
        lambda key: {"error": f"Invalid API key {key}"},
        lambda key: {"error": f"Invalid API key {quote(key)}"},
        lambda key: {"error": "x" * 490 + " " + key},
        lambda key: {"error": f"Rate limit exceeded for {key}"},
        lambda key: f"<html>{key}".encode(),
        lambda key: httpx.Response(500, json={"error": f"SQL near '{key}'"}),
        lambda key: httpx.ReadError(f"while sending {key}"),
        lambda key: httpx.ConnectError(f"to {key}@panel"),
        lambda key: {"1": key},
    ],
)
async def test_no_error_shows_the_key(answering: Answering, key: str, reply: Any) -> None:
    client = answering(reply(key), key=key, read_attempts=2).client
    for call in (client.services, partial(client.status, "1"), partial(client.statuses, ["2", "3"])):
        with pytest.raises(PanelError) as caught:
            await call()
        shown = all_of(caught.value)
        assert key not in shown
        assert key[:16] not in shown  # nor the half of it that a cut would leave
        assert quote(key) not in shown


@pytest.mark.parametrize("key", [KEY, AWKWARD_KEY])
async def test_no_outcome_of_add_shows_the_key(answering: Answering, key: str) -> None:
    cases: list[tuple[Any, type]] = [
        ({"error": f"Invalid API key {key}"}, Refused),
        ({"order": 5, "error": f"debug {key}"}, Unknown),
        (httpx.ReadError(f"while sending {key}"), Unknown),
        (httpx.ConnectError(f"to {key}@panel"), NotSent),
    ]
    for reply, kind in cases:
        outcome = await answering(reply, key=key).client.add(REQUEST)
        assert isinstance(outcome, kind)
        assert key not in repr(outcome)
        assert "***" in repr(outcome)


async def test_the_panels_other_words_show_it_neither(answering: Answering) -> None:
    asked = await answering({"status": "Success", "message": f"Thanks, {KEY}!"}).client.cancel("1")
    assert asked.text == "Thanks, ***!"
    found = await answering({"1": f"{KEY}: Incorrect order ID"}).client.statuses(["1"])
    assert isinstance(found["1"], PanelRefused)
    assert (found["1"].meaning, found["1"].text) == (Meaning.ORDER_ID, "***: Incorrect order ID")


async def test_long_words_are_cut(answering: Answering) -> None:
    outcome = await answering({"error": "word " * 10_000}).client.add(REQUEST)
    assert isinstance(outcome, Refused)
    assert len(outcome.text) == 500


async def test_no_log_shows_the_key(answering: Answering, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as events:
        client = answering({"error": f"Incorrect action, key {KEY}"}).client
        outcome = await client.add(REQUEST)
        with pytest.raises(PanelRefused):
            await client.balance()
    assert outcome == Refused(Meaning.REQUEST, "Incorrect action, key ***")
    faults = [event for event in events if event["event"] == "panel.request_refused"]
    assert [fault["action"] for fault in faults] == ["add", "balance"]  # a fault of ours is logged whole
    assert faults[0]["fields"] == {"service": "1", "url": "@nasa", "quantity": "1"}
    assert KEY not in repr(events)
    assert KEY not in caplog.text


async def test_a_repr_names_the_panel_only(answering: Answering) -> None:
    client = answering({}, url="https://owner:password@panel.test/api/v2?token=1").client
    assert "panel.test" in repr(client)
    for secret in (KEY, "password", "token"):
        assert secret not in repr(client)
