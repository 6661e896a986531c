"""`add`: what is sent for an order, and what each answer proves. A wrong verdict here buys twice, or never."""

from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from panel import Accepted, AddRequest, Meaning, NotSent, PanelClient, Refused, Unknown

from .conftest import KEY, Answering

REQUEST = AddRequest(service="31", link="https://instagram.com/nasa", quantity=1000)


@pytest.mark.parametrize(
    ("request_", "fields"),
    [
        (REQUEST, {"service": "31", "url": "https://instagram.com/nasa", "quantity": "1000"}),
        (AddRequest("32", "@nasa"), {"service": "32", "url": "@nasa"}),
        (
            AddRequest("31", "@nasa", 100, runs=5, interval=60),
            {"service": "31", "url": "@nasa", "quantity": "100", "runs": "5", "interval": "60"},
        ),
        (
            AddRequest("33", "@nasa", comments=("Nice & <b>warm</b>", "", "  ", "два 🚀")),
            {"service": "33", "url": "@nasa", "comments": "Nice & <b>warm</b>\nдва 🚀"},
        ),
        (
            AddRequest("33", "@nasa", comments=("one\r\nstill one", "two\r")),
            {"service": "33", "url": "@nasa", "comments": "one still one\ntwo"},
        ),
        (AddRequest("33", "@nasa", comments=("", " ")), {"service": "33", "url": "@nasa"}),
        (AddRequest("31", "half \ud83d a rocket", 1), {"service": "31", "url": "half ? a rocket", "quantity": "1"}),
    ],
    ids=["default", "package", "drip-feed", "comments", "a break inside", "no comments", "no such text"],
)
async def test_exactly_the_documented_fields_are_sent(
    answering: Answering, request_: AddRequest, fields: dict[str, str]
) -> None:
    panel = answering({"order": 1})
    assert await panel.client.add(request_) == Accepted("1")
    assert panel.calls == [{"key": KEY, "action": "add", **fields}]


@pytest.mark.parametrize(("link_field", "names"), [("url", {"url"}), ("link", {"link"}), ("both", {"url", "link"})])
async def test_the_link_goes_under_the_name_the_panel_knows(
    answering: Answering, link_field: str, names: set[str]
) -> None:
    panel = answering({"order": 1}, link_field=link_field)
    await panel.client.add(REQUEST)
    assert {name for name, value in panel.calls[0].items() if value == REQUEST.link} == names


@pytest.mark.parametrize(
    ("encoding", "sent"),
    [
        ("newline", "a b&c\nд/е"),
        ("crlf", "a b&c\r\nд/е"),
        ("urlencoded", "a%20b%26c%0A%D0%B4%2F%D0%B5"),
        ("json", '["a b&c", "д/е"]'),
    ],
)
async def test_comments_are_written_as_the_panel_reads_them(answering: Answering, encoding: str, sent: str) -> None:
    panel = answering({"order": 1}, comments_encoding=encoding)
    await panel.client.add(AddRequest("33", "@nasa", comments=("a b&c", "", "д/е")))
    assert panel.calls[0]["comments"] == sent
    if encoding == "urlencoded":
        assert unquote(sent) == "a b&c\nд/е"


@pytest.mark.parametrize(
    ("reply", "order_id"),
    [
        ({"order": 23501}, "23501"),
        ({"order": "23501"}, "23501"),
        ({"Order": "ord_01HG5X"}, "ord_01HG5X"),
        ({"order": 9223372036854775808}, "9223372036854775808"),
        (b'{"order": 23501.0}', "23501"),
        (b'\xef\xbb\xbf \r\n{"order": 7}\n', "7"),
        ([{"order": 7}], "7"),
        ({"order": 7, "error": None, "errors": []}, "7"),
        ({"order": 7, "error": False, "status": "success"}, "7"),
        ({"status": "success", "order": 7, "charge": "0.1", "message": "Order placed"}, "7"),
    ],
)
async def test_an_order_number_is_an_accepted_order(answering: Answering, reply: Any, order_id: str) -> None:
    assert await answering(reply).client.add(REQUEST) == Accepted(order_id)


@pytest.mark.parametrize("status", [200, 400, 401, 402, 403, 404, 405, 419, 422, 429])
async def test_a_readable_refusal_is_a_refusal_whatever_the_http_status(answering: Answering, status: int) -> None:
    outcome = await answering({"error": "Incorrect service ID"}, status=status).client.add(REQUEST)
    assert outcome == Refused(Meaning.SERVICE, "Incorrect service ID")


@pytest.mark.parametrize(
    "reply",
    [
        {"error": ["Bad link"]},
        {"errors": ["Bad link"]},
        {"Error": "Bad  \n link "},
        {"errors": [{"message": "Bad link"}]},
        {"error": {"code": 12, "message": "Bad link"}},
        {"error": True, "message": "Bad link"},
        {"error": 1, "msg": "Bad link"},
        {"status": "error", "message": "Bad link"},
        {"status": "fail", "msg": "Bad link"},
        {"status": False, "message": "Bad link"},
        {"success": False, "message": "Bad link"},
        {"status": "error", "message": {"text": "Bad link"}},
        "Bad link",
        {"order": None, "error": "Bad link"},
    ],
)
async def test_every_shape_of_an_error_is_read(answering: Answering, reply: Any) -> None:
    assert await answering(reply).client.add(REQUEST) == Refused(Meaning.LINK, "Bad link")


@pytest.mark.parametrize(
    ("reply", "meaning", "text"),
    [
        ({"errors": {"quantity": ["is too low"]}}, Meaning.QUANTITY, "quantity: is too low"),
        ({"error": {"0": "Bad link"}}, Meaning.LINK, "Bad link"),
        ({"status": "error"}, Meaning.UNKNOWN, "error"),
        ({"success": "0"}, Meaning.UNKNOWN, "no success"),
        ({"error": 17}, Meaning.UNKNOWN, "17"),
        ({"error": {"code": None}}, Meaning.UNKNOWN, "error"),
        ({"error": [[[[[["too deep"]]]]]]}, Meaning.UNKNOWN, "error"),
        ({"error": "The moon is in the wrong house"}, Meaning.UNKNOWN, "The moon is in the wrong house"),
        ("The moon is in the wrong house", Meaning.UNKNOWN, "The moon is in the wrong house"),
        ({"error": "An identical order was just placed"}, Meaning.DUPLICATE, "An identical order was just placed"),
    ],
)
async def test_a_refusal_keeps_the_words_of_the_panel(
    answering: Answering, reply: Any, meaning: Meaning, text: str
) -> None:
    assert await answering(reply).client.add(REQUEST) == Refused(meaning, text)


@pytest.mark.parametrize(
    ("status", "meaning"),
    [(400, Meaning.UNKNOWN), (401, Meaning.KEY), (402, Meaning.FUNDS), (419, Meaning.UNKNOWN), (429, Meaning.THROTTLE)],
)
@pytest.mark.parametrize("reply", [{"error": "Nope."}, {"message": "Nope."}, "Nope."])
async def test_the_http_status_explains_words_nobody_knows(
    answering: Answering, status: int, meaning: Meaning, reply: Any
) -> None:
    assert await answering(reply, status=status).client.add(REQUEST) == Refused(meaning, "Nope.")


@pytest.mark.parametrize("reply", [b"<html>Slow down</html>", b"", {}, []])
async def test_a_plain_429_was_turned_away_at_the_door(answering: Answering, reply: Any) -> None:
    assert await answering(reply, status=429).client.add(REQUEST) == Refused(Meaning.THROTTLE, "HTTP 429")


@pytest.mark.parametrize(
    "reply",
    [
        b"<!DOCTYPE html><title>Just a moment...</title>",
        b'<b>Warning</b>: mysqli {"order": 5}',
        b"",
        b"OK",
        b'{"order": 5',
        b"[" * 100_000,
        {},
        [],
        None,
        {"status": "success"},
        {"message": "Thank you"},
        {"order": None},
        {"order": ""},
        {"order": 0},
        {"order": "0"},
        {"order": -1},
        {"order": 1.5},
        {"order": True},
        {"order": "null"},
        {"order": [5]},
        {"order": {"id": 5}},
        {"order": "placed it for you"},
        {"order": 5, "error": "Not enough funds on balance"},
        {"order": 5, "status": "fail"},
        {"error": ""},
        {"error": []},
        "",
        "23501",
        "ok",
        "Order placed, thank you",
        23501,
    ],
)
async def test_what_is_neither_an_order_nor_a_refusal_is_unknown(answering: Answering, reply: Any) -> None:
    panel = answering(reply)
    assert isinstance(await panel.client.add(REQUEST), Unknown)
    assert len(panel.calls) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308, 408, 500, 502, 503, 504, 520, 524])
@pytest.mark.parametrize("reply", [b"<html>", b"", {"error": "Bad link"}, {"order": 5}, {}])
async def test_a_server_in_trouble_proves_nothing(answering: Answering, status: int, reply: Any) -> None:
    panel = answering(reply, status=status)
    outcome = await panel.client.add(REQUEST)
    assert isinstance(outcome, Unknown)
    assert str(status) in outcome.reason
    assert len(panel.calls) == 1


async def test_a_redirect_is_not_followed(answering: Answering) -> None:
    panel = answering(httpx.Response(307, headers={"Location": "https://elsewhere.test/"}))
    assert isinstance(await panel.client.add(REQUEST), Unknown)
    assert len(panel.calls) == 1


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout("silent"),
        httpx.WriteTimeout("stuck"),
        httpx.ReadError("reset"),
        httpx.WriteError("broken pipe"),
        httpx.CloseError("closed"),
        httpx.RemoteProtocolError("garbage"),
        httpx.LocalProtocolError("ours"),
        httpx.DecodingError("not gzip"),
        OSError("of the system's"),
        RuntimeError("of some library's"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_fault_after_the_connection_is_unknown_and_never_repeated(
    answering: Answering, error: Exception
) -> None:
    panel = answering(error)
    outcome = await panel.client.add(REQUEST)
    assert isinstance(outcome, Unknown)
    assert str(error) in outcome.reason
    assert len(panel.calls) == 1


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("no route"),
        httpx.PoolTimeout("full"),
        httpx.ProxyError("407"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_without_a_connection_nothing_was_sent(answering: Answering, error: Exception) -> None:
    panel = answering(error)
    outcome = await panel.client.add(REQUEST)
    assert isinstance(outcome, NotSent)
    assert str(error) in outcome.reason
    assert len(panel.calls) == 1  # the caller decides whether to send it again


async def test_an_add_that_waits_too_long_for_its_turn_was_not_sent(answering: Answering) -> None:
    panel = answering({"order": 1}, calls_per_second=0.001, queue_timeout=0.01)
    assert await panel.client.add(REQUEST) == Accepted("1")
    assert isinstance(await panel.client.add(REQUEST), NotSent)
    assert len(panel.calls) == 1


async def test_a_closed_client_sends_nothing(answering: Answering) -> None:
    panel = answering({"order": 1})
    async with panel.client as client:
        assert await client.add(REQUEST) == Accepted("1")
    assert isinstance(await panel.client.add(REQUEST), NotSent)
    assert len(panel.calls) == 1


@pytest.mark.parametrize("url", ["panel.test/api/v2", "ftp://panel.test", "https://", ""])
def test_an_address_that_is_none_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="http"):
        PanelClient(url, KEY)
