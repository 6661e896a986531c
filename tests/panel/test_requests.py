"""`refill`, `cancel`, `refill_status`: requests and no results, in the shapes of several families of panels."""

from typing import Any

import pytest

from panel import Meaning, PanelRefused, PanelUnavailable, Requested

from .conftest import KEY, Answering

REFILL_WORDS = "Your order successfully added for refill. Thank you for patience."
CANCEL_WORDS = "Your order was successfully marked for cancellation. Thank you for patience."


@pytest.mark.parametrize(
    ("reply", "requested"),
    [
        ({"status": "Success", "message": REFILL_WORDS}, Requested(REFILL_WORDS)),
        ({"refill": "1"}, Requested("", "1")),
        ({"refill": 77}, Requested("", "77")),
        ({"refill": "ref_01HG", "message": "soon"}, Requested("soon", "ref_01HG")),
        ({"refill": True}, Requested("")),
        ({"refill": "requested"}, Requested("requested")),
        ([{"order": 1, "refill": 12}], Requested("", "12")),
        ({"4218": {"refill": 12}}, Requested("", "12")),
        ({"refill": {"id": 12, "message": "soon"}}, Requested("soon", "12")),
        ({"success": True, "msg": "soon"}, Requested("soon")),
    ],
)
async def test_a_refill_was_asked_for(answering: Answering, reply: Any, requested: Requested) -> None:
    panel = answering(reply)
    assert await panel.client.refill("4218") == requested
    assert panel.calls == [{"key": KEY, "action": "refill", "order": "4218"}]


@pytest.mark.parametrize(
    ("reply", "requested"),
    [
        ({"status": "Success", "message": CANCEL_WORDS}, Requested(CANCEL_WORDS)),
        ([{"order": 9, "cancel": 1}], Requested("")),
        ({"4218": {"cancel": "requested"}}, Requested("requested")),
        ({"cancel": "true"}, Requested("")),
        ({"status": "ok"}, Requested("")),
    ],
)
async def test_a_cancel_was_asked_for(answering: Answering, reply: Any, requested: Requested) -> None:
    panel = answering(reply)
    assert await panel.client.cancel("4218") == requested
    assert panel.calls == [{"key": KEY, "action": "cancel", "order": "4218"}]


@pytest.mark.parametrize("action", ["refill", "cancel"])
@pytest.mark.parametrize(
    ("shape", "text", "meaning"),
    [
        (lambda action, text: {"error": text}, "Order not eligible for refill", Meaning.ACTION),
        (lambda action, text: {"status": "fail", "message": text}, "Order cannot be canceled", Meaning.ACTION),
        (lambda action, text: [{"order": 1, action: {"error": text}}], "Refill already requested", Meaning.ACTION),
        (lambda action, text: {"4218": {action: {"error": text}}}, "Incorrect order ID", Meaning.ORDER_ID),
        (lambda action, text: {"4218": {"error": text}}, "Incorrect order ID", Meaning.ORDER_ID),
        (lambda action, text: [{"order": 9, action: 0, "message": text}], "Too late, it runs", Meaning.ACTION),
        (lambda action, text: {action: "false", "msg": text}, "Too late, it runs", Meaning.ACTION),
        (lambda action, text: text, "Service does not support refill", Meaning.ACTION),
    ],
)
async def test_the_panel_says_no_and_why(
    answering: Answering, action: str, shape: Any, text: str, meaning: Meaning
) -> None:
    panel = answering(shape(action, text))
    with pytest.raises(PanelRefused) as caught:
        await getattr(panel.client, action)("4218")
    assert (caught.value.meaning, caught.value.text) == (meaning, text)


@pytest.mark.parametrize("action", ["refill", "cancel"])
@pytest.mark.parametrize(
    "shape",
    [
        lambda action: {},
        lambda action: [],
        lambda action: None,
        lambda action: b"<html>",
        lambda action: {"message": "Hello"},
        lambda action: {action: None},
        lambda action: {action: ""},
        lambda action: {action: []},
        lambda action: {action: {}},
        lambda action: {"error": "Too many requests"},
    ],
)
async def test_an_answer_that_says_nothing_is_no_request(answering: Answering, action: str, shape: Any) -> None:
    panel = answering(shape(action))
    with pytest.raises(PanelUnavailable):
        await getattr(panel.client, action)("4218")
    assert len(panel.calls) == 1  # asked once: a second request may be taken for a second refill


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ({"status": "Pending"}, "Pending"),
        ({"status": "In progress"}, "In progress"),
        ({"status": "In progess"}, "In progress"),
        ({"Status": "COMPLETED"}, "Completed"),
        ([{"refill": 1, "status": "rejected"}], "Rejected"),
        ({"status": "Under review"}, "Under review"),
    ],
)
async def test_how_a_refill_stands(answering: Answering, reply: Any, status: str) -> None:
    panel = answering(reply)
    assert await panel.client.refill_status("12") == status
    assert panel.calls == [{"key": KEY, "action": "refill_status", "refill": "12"}]


@pytest.mark.parametrize(
    "reply", [{"error": "Refill not found"}, [{"refill": 1, "status": {"error": "Refill not found"}}]]
)
async def test_a_refill_nobody_knows(answering: Answering, reply: Any) -> None:
    with pytest.raises(PanelRefused, match="Refill not found"):
        await answering(reply).client.refill_status("12")


async def test_a_refill_without_a_status_is_no_answer(answering: Answering) -> None:
    with pytest.raises(PanelUnavailable):
        await answering({"refill": 12}).client.refill_status("12")
