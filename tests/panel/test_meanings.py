"""Error texts become meanings: those of the specification, and the way other panels word the same."""

import pytest

from panel import AddRequest, Meaning, Refused

from .conftest import Answering

TEXTS = {
    Meaning.FUNDS: [
        "Not enough funds on balance",
        "Insufficient balance",
        "neworder.error.not_enough_funds",
        "NOT ENOUGH FUNDS ON BALANCE.",
        "You don't have enough funds: insufficient funds",
        "Balance is too low",
    ],
    Meaning.LINK_BUSY: [
        "You have active order with this link. Please wait until order being completed.",
        "neworder.error.link_duplicate",
        "There is already an order in progress for this link",
        "An order with this link is still in progress",
    ],
    Meaning.DUPLICATE: ["An identical order was just placed", "Duplicate order", "Same order just placed"],
    Meaning.LINK: ["Bad link", "Incorrect link", "Enter a valid link", "neworder.error.link", "Invalid URL"],
    Meaning.QUANTITY: [
        "Quantity less than minimal 200",
        "Quantity more than maximum 1000",
        "Incorrect quantity",
        "neworder.error.min_quantity",
        "neworder.error.max_quantity",
        "Quantity of comments is less than minimal 10",
        "Minimum 50",
    ],
    Meaning.SERVICE: [
        "Incorrect service ID",
        "Disabled service ID",
        "Service ID does not exists",
        "incorrect service type",
        "Service is not available",
        "This service is temporarily unavailable",
        "Service not found",
        "The selected service doesn't exist",
        "Service is under maintenance",
    ],
    Meaning.KEY: [
        "Invalid API key",
        "Incorrect API key",
        "Your account is not active",
        "Account suspended",
        "API key is invalid",
        "Unauthorized",
        "Invalid key",
        "Your account has been suspended",
    ],
    Meaning.ORDER_ID: ["Incorrect order ID", "Invalid Order Id(s)", "Order not found"],
    Meaning.REQUEST: ["Incorrect request", "Incorrect action", "Missing key", "The API key is missing", "Bad request"],
    Meaning.EXTRA: [
        "Incorrect comments",
        "Incorrect username",
        "Incorrect runs",
        "Incorrect interval",
        "This services does not support Dripfeed feature!",
        "Minimum interval is 10 minutes",
    ],
    Meaning.ACTION: [
        "Order not eligible for refill",
        "Service does not support refill",
        "Refill already requested",
        "Order cannot be canceled",
        "Order can't be cancelled",
    ],
    Meaning.THROTTLE: ["Too many requests", "Rate limit exceeded", "Too Many Attempts."],
    Meaning.OUTAGE: [
        "This panel is temporarily unavailable",
        "Service Unavailable",
        "503 Service Temporarily Unavailable",
        "Site under maintenance",
        "Temporarily unavailable",
    ],
    # None of these is about the panel itself: taken for it, they would hold up everybody's orders.
    Meaning.UNKNOWN: [
        "Что-то пошло не так",
        "Something went wrong, try again later",
        "E_17",
        "The profile is private",
        "Video unavailable",
        "The profile is temporarily unavailable",
        "Instagram account is suspended",
        "User is blocked",
    ],
}


@pytest.mark.parametrize(
    ("meaning", "text"), [(meaning, text) for meaning, texts in TEXTS.items() for text in texts], ids=str
)
async def test_a_text_has_its_meaning(answering: Answering, meaning: Meaning, text: str) -> None:
    for words in (text, f"  {text.upper()} "):
        outcome = await answering({"error": words}).client.add(AddRequest("1", "@nasa", 1))
        assert outcome == Refused(meaning, words.strip())


def test_every_meaning_has_a_text() -> None:
    assert TEXTS.keys() == set(Meaning)
