"""`services`, `balance`, `status`: every dialect becomes the same typed values, every amount stays exact."""

import asyncio
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from panel import (
    Accepted,
    AddRequest,
    Balance,
    Meaning,
    OrderStatus,
    PanelClient,
    PanelError,
    PanelRefused,
    PanelUnavailable,
    Progress,
    ServiceRow,
)

from .conftest import KEY, URL, Answering

ROW = {
    "service": 1,
    "name": "Followers",
    "type": "Default",
    "category": "First Category",
    "rate": "0.90",
    "min": "50",
    "max": "10000",
}
PARTIAL = {"charge": "0.27819", "start_count": "3572", "status": "Partial", "remains": "157", "currency": "USD"}
READ_PARTIAL = OrderStatus("Partial", Progress.PARTIAL, Decimal("0.27819"), 3572, 157, "USD")


# --- services ---------------------------------------------------------------------------------------


async def test_the_documented_catalogue(answering: Answering) -> None:
    second = ROW | {"service": 2, "type": "Custom Comments", "rate": "8", "min": "10", "max": "1500"}
    panel = answering([ROW, second])
    assert await panel.client.services() == [
        ServiceRow("1", "Followers", "Default", "First Category", Decimal("0.90"), 50, 10000),
        ServiceRow("2", "Followers", "Custom Comments", "First Category", Decimal(8), 10, 1500),
    ]
    assert panel.calls == [{"key": KEY, "action": "services"}]


async def test_a_row_in_the_dialects_of_others(answering: Answering) -> None:
    row = {
        "Service": "ord_01HG",
        "Name": "A &amp; B\n\u200b<b>\u0000\ud83d",
        "TYPE": "",
        "Category": None,
        "Rate": 116011238807365,
        "min": "1,000",
        "max": 2147483647.0,
        "dripfeed": "true",
        "refill": 0,
        "cancel": True,
        "description": "&lt;i&gt;",
    }
    assert await answering([row]).client.services() == [
        ServiceRow(
            "ord_01HG", "A & B\n\u200b<b>", "", "", Decimal(116011238807365), 1000, 2147483647, True, False, True, "<i>"
        )
    ]


@pytest.mark.parametrize(
    ("written", "rate"),
    [
        (b'"0.0002"', Decimal("0.0002")),
        (b"0.1", Decimal("0.1")),
        (b"1604.295", Decimal("1604.295")),
        (b"9e-05", Decimal("0.00009")),
        (b'" 1 "', Decimal(1)),
        (b'"1,234.50"', Decimal("1234.50")),
        (b'"1,234"', None),
        (b'"0,90"', None),
        (b'"1_000"', None),
        (b'"$1"', None),
        (b"null", None),
        (b"true", None),
        (b"[1]", None),
        (b"NaN", None),
        (b"-Infinity", None),
        (b'"NaN"', None),
        (b'"Infinity"', None),
        (b"1e400", None),
        (b"1e99999999999999999999", None),
        (b'"1e99999999999999999999"', None),
        (b"9" * 5000, None),
        (b'"' + b"9" * 5000 + b'"', None),
    ],
)
async def test_an_amount_is_exact_or_none(answering: Answering, written: bytes, rate: Decimal | None) -> None:
    (row,) = await answering(b'[{"service": 1, "rate": ' + written + b"}]").client.services()
    assert row.rate == rate


@pytest.mark.parametrize(
    ("written", "count"),
    [
        ("50", 50),
        (50, 50),
        ("50.0", 50),
        ("1,000,000", 1_000_000),
        ("", None),
        (None, None),
        ("a lot", None),
        (10**19, None),
        (-3, -3),
    ],
)
async def test_a_count_is_whole_or_none(answering: Answering, written: Any, count: int | None) -> None:
    (row,) = await answering([ROW | {"max": written}]).client.services()
    assert row.max == count


@pytest.mark.parametrize(
    ("written", "flag"),
    [
        (True, True),
        (1, True),
        ("1", True),
        ("true", True),
        ("Yes", True),
        (False, False),
        (0, False),
        ("false", False),
        (None, None),
        ("", None),
        ("perhaps", None),
        ([], None),
    ],
)
async def test_a_flag_is_yes_no_or_unsaid(answering: Answering, written: Any, flag: bool | None) -> None:
    (row,) = await answering([ROW | {"refill": written}]).client.services()
    assert row.refill is flag
    assert row.dripfeed is None


@pytest.mark.parametrize(
    "reply", [[], {"status": "success", "data": "Empty Data"}, {"data": []}, {"Services": []}], ids=str
)
async def test_an_empty_catalogue_is_an_empty_list(answering: Answering, reply: Any) -> None:
    assert await answering(reply).client.services() == []


@pytest.mark.parametrize("reply", [{"data": [ROW]}, {"status": "success", "services": [ROW]}])
async def test_a_wrapped_catalogue_is_unwrapped(answering: Answering, reply: Any) -> None:
    assert [row.service for row in await answering(reply).client.services()] == ["1"]


async def test_rows_without_an_id_are_left_out(answering: Answering) -> None:
    reply = ["row", None, {"name": "no id"}, {"service": 0}, {"service": "a,b"}, ROW]
    assert [row.service for row in await answering(reply).client.services()] == ["1"]


@pytest.mark.parametrize("reply", [{}, None, 5, {"data": {"a": 1}}, ["a", "b"], {"status": "success"}, b"<html>"])
async def test_an_unreadable_catalogue_is_no_empty_one(answering: Answering, reply: Any) -> None:
    with pytest.raises(PanelUnavailable):
        await answering(reply).client.services()


async def test_a_refused_key_is_no_empty_catalogue(answering: Answering) -> None:
    with pytest.raises(PanelRefused) as caught:
        await answering({"error": "Invalid API key"}, status=401).client.services()
    assert (caught.value.meaning, caught.value.text) == (Meaning.KEY, "Invalid API key")


async def test_a_real_catalogue_is_read_whole(answering: Answering) -> None:
    path = Path(__file__).parents[2].parent / "shared" / "data" / "catalogue-1620.json"
    if not path.exists():
        pytest.skip("the real catalogue does not lie beside the repository")
    body = path.read_bytes()
    raw = json.loads(body)
    rows = await answering(body).client.services()
    assert len(rows) == 1620
    for row, sent in zip(rows, raw, strict=True):
        assert (row.service, row.type, str(row.rate)) == (sent["service"], sent["type"], sent["rate"])
        assert (str(row.min), str(row.max), row.dripfeed) == (sent["min"], sent["max"], sent["dripfeed"])
        assert row.name
        assert row.category


# --- balance ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "balance"),
    [
        ({"balance": 10000, "currency": "USD"}, Balance(Decimal(10000), "USD")),
        ({"balance": "100.84292", "currency": "eur"}, Balance(Decimal("100.84292"), "EUR")),
        (b'{"Balance": 0.1}', Balance(Decimal("0.1"), "USD")),
        ({"balance": "-1,234.50", "currency": "RUB"}, Balance(Decimal("-1234.50"), "RUB")),
    ],
)
async def test_the_balance_is_exact(answering: Answering, reply: Any, balance: Balance) -> None:
    panel = answering(reply)
    assert await panel.client.balance() == balance
    assert panel.calls == [{"key": KEY, "action": "balance"}]


@pytest.mark.parametrize("reply", [{}, {"balance": None}, {"balance": "a lot"}, [], 5, b"", b"null"])
async def test_no_balance_is_no_zero(answering: Answering, reply: Any) -> None:
    with pytest.raises(PanelUnavailable):
        await answering(reply).client.balance()


# --- one status -------------------------------------------------------------------------------------


async def test_the_documented_status(answering: Answering) -> None:
    panel = answering(PARTIAL)
    assert await panel.client.status("23501") == READ_PARTIAL
    assert panel.calls == [{"key": KEY, "action": "status", "order": "23501"}]


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (
            {"Status": "Pending", "Charge": None, "start_counter": "0", "REMAINS": -5},
            OrderStatus("Pending", Progress.PENDING, None, 0, -5, None),
        ),
        (
            {"status": "Processing", "start_count": None, "start_counter": 7, "remains": 2**40},
            OrderStatus("Processing", Progress.PROCESSING, None, 7, 2**40, None),
        ),
        (
            {"status": "Active", "runs": "5", "orders": [101, "102"], "charge": ""},
            OrderStatus("Active", Progress.IN_PROGRESS, None, None, None, None, 5, ("101", "102")),
        ),
        (
            {"status": "Active", "posts": 3, "orders": "101,102"},
            OrderStatus("Active", Progress.IN_PROGRESS, None, None, None, None, 3, ("101", "102")),
        ),
        (
            b'{"status": "Completed", "charge": 0.30000000000000004, "currency": "RUB"}',
            OrderStatus("Completed", Progress.COMPLETED, Decimal("0.30000000000000004"), None, None, "RUB"),
        ),
        (
            {"status": "Error", "charge": "0", "remains": "100"},
            OrderStatus("Error", Progress.CANCELED, Decimal(0), None, 100, None),
        ),
        (
            {"status": "Canceled", "error": "the link is private"},
            OrderStatus("Canceled", Progress.CANCELED, None, None, None, None),
        ),
    ],
)
async def test_a_status_in_the_dialects_of_others(answering: Answering, reply: Any, status: OrderStatus) -> None:
    assert await answering(reply).client.status("1") == status


@pytest.mark.parametrize(
    ("word", "progress"),
    [
        ("Pending", Progress.PENDING),
        ("PROCESSING", Progress.PROCESSING),
        ("In progress", Progress.IN_PROGRESS),
        ("in_progress", Progress.IN_PROGRESS),
        ("In progess", Progress.IN_PROGRESS),
        ("Active", Progress.IN_PROGRESS),
        ("completed", Progress.COMPLETED),
        ("Partial", Progress.PARTIAL),
        ("Partially Completed", Progress.PARTIAL),
        ("Canceled", Progress.CANCELED),
        ("Cancelled", Progress.CANCELED),
        ("Refunded", Progress.CANCELED),
        ("refunds", Progress.CANCELED),
        ("Fail", Progress.CANCELED),
        ("Error", Progress.CANCELED),
        ("Awaiting moderation", Progress.OTHER),
        ("Завершён", Progress.OTHER),
    ],
)
async def test_a_status_word_is_kept_and_understood(answering: Answering, word: str, progress: Progress) -> None:
    status = await answering(PARTIAL | {"status": word}).client.status("1")
    assert (status.status, status.progress) == (word, progress)


@pytest.mark.parametrize(
    "reply",
    [
        {"error": "Incorrect order ID"},
        {"error": "Incorrect order ID", "status": None, "charge": None},
        {"error": "Incorrect order ID", "status": "error", "charge": "0"},
        {"status": "error", "message": "Incorrect order ID"},
        {"status": "fail", "msg": "Incorrect order ID", "charge": None},
        "Incorrect order ID",
    ],
)
@pytest.mark.parametrize("status", [200, 400, 404])
async def test_an_unknown_order_is_refused(answering: Answering, reply: Any, status: int) -> None:
    with pytest.raises(PanelRefused) as caught:
        await answering(reply, status=status).client.status("1")
    assert (caught.value.meaning, caught.value.text) == (Meaning.ORDER_ID, "Incorrect order ID")


@pytest.mark.parametrize("word", ["error", "Fail"])
async def test_an_error_that_shows_no_order_cancels_none(answering: Answering, word: str) -> None:
    with pytest.raises(PanelRefused):
        await answering({"status": word, "charge": None, "remains": None}).client.status("1")


@pytest.mark.parametrize("reply", [{}, [], None, 5, "", {"status": ""}, {"status": None}, {"charge": "1"}, b"<p>"])
async def test_no_status_is_no_answer(answering: Answering, reply: Any) -> None:
    with pytest.raises(PanelUnavailable):
        await answering(reply).client.status("1")


# --- many statuses ----------------------------------------------------------------------------------


def told(found: dict[str, OrderStatus | PanelRefused]) -> dict[str, Any]:
    """The answers with refusals as their meanings, to compare."""
    return {key: value.meaning if isinstance(value, PanelRefused) else value for key, value in found.items()}


async def test_the_documented_statuses(answering: Answering) -> None:
    reply = {
        "1": PARTIAL,
        "10": {"error": "Incorrect order ID"},
        "100": PARTIAL | {"status": "In progress"},
    }
    panel = answering(reply)
    found = await panel.client.statuses(["1", "10", "100"])
    assert found["1"] == READ_PARTIAL
    assert told(found)["10"] == Meaning.ORDER_ID
    assert isinstance(found["100"], OrderStatus)
    assert found["100"].progress == Progress.IN_PROGRESS
    assert panel.calls == [{"key": KEY, "action": "status", "orders": "1,10,100"}]


async def test_an_id_the_panel_does_not_know_in_all_its_shapes(answering: Answering) -> None:
    reply = {
        "1": PARTIAL,
        "2": "Incorrect order ID",
        "3": {"error": ["Incorrect order ID"]},
        "5": [],
        "6": {"error": "Rate limit exceeded"},
    }
    assert told(await answering(reply).client.statuses(["1", "2", "3", "4", "5", "6"])) == {
        "1": READ_PARTIAL,
        "2": Meaning.ORDER_ID,
        "3": Meaning.ORDER_ID,
        "4": Meaning.ORDER_ID,
        "5": Meaning.UNKNOWN,
        "6": Meaning.THROTTLE,
    }


@pytest.mark.parametrize(
    "reply",
    [
        {" ord_01HG ": PARTIAL},
        [PARTIAL | {"order": "ord_01HG"}],
        PARTIAL,
    ],
    ids=["spaces", "a list", "bare"],
)
async def test_one_of_many_in_other_shapes(answering: Answering, reply: Any) -> None:
    assert await answering(reply).client.statuses(["ord_01HG"]) == {"ord_01HG": READ_PARTIAL}


@pytest.mark.parametrize("reply", [{}, []])
async def test_an_empty_answer_knows_none_of_them(answering: Answering, reply: Any) -> None:
    assert told(await answering(reply).client.statuses(["1", "2"])) == {"1": Meaning.ORDER_ID, "2": Meaning.ORDER_ID}


async def test_orders_are_asked_for_a_hundred_at_a_time(answering: Answering) -> None:
    def statuses(form: dict[str, str]) -> dict[str, Any]:
        return {number: PARTIAL | {"remains": number} for number in form["orders"].split(",")}

    panel = answering(statuses)
    ids = [str(number) for number in range(1, 251)]
    found = await panel.client.statuses([*ids, "1", "2"])
    assert [len(call["orders"].split(",")) for call in panel.calls] == [100, 100, 50]
    assert {key: value.remains for key, value in found.items() if isinstance(value, OrderStatus)} == {
        number: int(number) for number in ids
    }


async def test_no_orders_need_no_call(answering: Answering) -> None:
    panel = answering({})
    assert await panel.client.statuses([]) == {}
    assert panel.calls == []


@pytest.mark.parametrize(
    "error", [{"error": "Incorrect order ID"}, "Invalid Order Id(s)", {"errors": ["Order not found"]}]
)
async def test_one_bad_id_does_not_hide_the_others(answering: Answering, error: Any) -> None:
    """Some panels refuse the whole list for one id they do not know."""

    def statuses(form: dict[str, str]) -> Any:
        asked = form["orders"].split(",")
        return error if "13" in asked else dict.fromkeys(asked, PARTIAL)

    panel = answering(statuses)
    found = told(await panel.client.statuses([str(number) for number in range(1, 101)]))
    assert found.pop("13") == Meaning.ORDER_ID
    assert found == dict.fromkeys(found, READ_PARTIAL)
    assert len(found) == 99
    assert len(panel.calls) < 20


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ({"error": "Invalid API key"}, PanelRefused),
        ({"error": "Incorrect request"}, PanelRefused),
        ("Something else", PanelRefused),
        ([{"error": "Invalid API key"}], PanelRefused),
        ({"error": "Rate limit exceeded"}, PanelUnavailable),
        ({"error": "This panel is temporarily unavailable"}, PanelUnavailable),
        ({"7": PARTIAL}, PanelUnavailable),
        (["a", "b"], PanelUnavailable),
        (None, PanelUnavailable),
        (5, PanelUnavailable),
    ],
)
async def test_what_concerns_no_order_is_raised(answering: Answering, reply: Any, kind: type[PanelError]) -> None:
    with pytest.raises(kind):
        await answering(reply).client.statuses([str(number) for number in range(1, 250)])


async def test_only_so_many_calls_are_under_way_and_one_is_kept_for_add() -> None:
    under_way, most = 0, 0
    busy, gate = asyncio.Event(), asyncio.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal under_way, most
        if b"action=add" in request.content:
            return httpx.Response(200, json={"order": 1})
        under_way += 1
        most = max(most, under_way)
        if under_way == 2:
            busy.set()
        await gate.wait()
        under_way -= 1
        return httpx.Response(200, json={})

    transport = httpx.MockTransport(answer)
    async with PanelClient(URL, KEY, concurrency=3, calls_per_second=1000, transport=transport) as panel:
        reading = asyncio.ensure_future(panel.statuses([str(number) for number in range(1000)]))
        await busy.wait()
        assert await panel.add(AddRequest("1", "@nasa", 1)) == Accepted("1")  # though all readers wait
        gate.set()
        assert len(await reading) == 1000
    assert most == 2
