"""The sandbox panel answers as the documented API v2 does, and its orders cost, move and end as a panel's."""

import json
from collections.abc import AsyncIterator, Mapping
from decimal import Decimal
from typing import Any

import httpx
import pytest

from sandbox.panel import SandboxPanel
from sandbox.panel.catalogue import own_services

LINK = "https://instagram.com/nasa"
FOLLOWERS = {"service": "1", "url": LINK, "quantity": "1000"}
ROWS: list[dict[str, object]] = [
    {
        "service": 1,
        "name": "Followers",
        "type": "Default",
        "category": "First Category",
        "rate": "0.90",
        "min": "50",
        "max": "10000",
        "dripfeed": True,
        "refill": True,
        "cancel": True,
    },
    {
        "service": 2,
        "name": "Comments",
        "type": "Custom Comments",
        "category": "Second Category",
        "rate": "8",
        "min": "2",
        "max": "4",
        "cancel": False,
    },
    {"service": 3, "name": "Pack", "type": "Package", "category": "C", "rate": "4.75", "min": "1", "max": "1"},
    {
        "service": 4,
        "name": "Comments pack",
        "type": "Custom Comments Package",
        "category": "C",
        "rate": "6.5",
        "min": "1",
        "max": "1",
    },
    {"service": 5, "name": "Votes", "type": "Poll", "category": "C", "rate": "1", "min": "1", "max": "9"},
    {"service": 6, "name": "Views", "type": "Default", "category": "C", "rate": "0.0002", "min": "10", "max": "99"},
    {"service": 7, "name": "Sandbox: ends Partial", "type": "", "category": "C", "rate": "1", "min": "1", "max": "999"},
    {"service": 8, "name": "Sandbox: ends Canceled", "type": "", "category": "C", "rate": "1", "min": "1", "max": "99"},
    {"service": 9, "name": "Sandbox: stays Pending", "type": "", "category": "C", "rate": "1", "min": "1", "max": "99"},
]


class HandClock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds

    def pass_by(self, seconds: float) -> None:
        self.seconds += seconds


class Customer:
    """Somebody with the panel's key."""

    def __init__(self, panel: SandboxPanel, http: httpx.AsyncClient) -> None:
        self._panel = panel
        self._http = http

    async def ask(self, action: str, fields: Mapping[str, str] | None = None) -> Any:
        form = {"key": self._panel.key, "action": action, **(fields or {})}
        response = await self._http.post(self._panel.url, data=form)
        assert response.status_code == 200
        assert response.headers["Content-Type"].startswith("application/json")
        return json.loads(response.content, parse_float=Decimal)

    async def order(self, **fields: str) -> str:
        reply = await self.ask("add", FOLLOWERS | fields)
        assert list(reply) == ["order"], reply
        return str(reply["order"])

    async def refusal(self, fields: Mapping[str, str], action: str = "add") -> str:
        reply = await self.ask(action, fields)
        assert list(reply) == ["error"], reply
        return str(reply["error"])

    async def status(self, order: str) -> dict[str, str]:
        reply: dict[str, str] = await self.ask("status", {"order": order})
        return reply


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def panel(clock: HandClock) -> AsyncIterator[SandboxPanel]:
    async with SandboxPanel(services=ROWS, clock=clock) as running:
        yield running


@pytest.fixture
async def customer(panel: SandboxPanel) -> AsyncIterator[Customer]:
    async with httpx.AsyncClient() as http:
        yield Customer(panel, http)


# --- asking -------------------------------------------------------------------------------------


async def test_services_are_sent_as_the_rows_stand_and_follow_changes(panel: SandboxPanel, customer: Customer) -> None:
    assert await customer.ask("services") == ROWS
    panel.services[0]["rate"] = "1.20"
    del panel.services[1]
    assert [(row["service"], row["rate"]) for row in await customer.ask("services")][:2] == [(1, "1.20"), (3, "4.75")]


async def test_flags_can_be_kept_out_of_the_catalogue(panel: SandboxPanel, customer: Customer) -> None:
    panel.shows_flags = False
    first = (await customer.ask("services"))[0]
    assert list(first) == ["service", "name", "type", "category", "rate", "min", "max"]
    assert await customer.order(runs="2", interval="5")


async def test_balance_is_an_exact_number(panel: SandboxPanel, customer: Customer) -> None:
    assert await customer.ask("balance") == {"balance": 10000, "currency": "USD"}
    panel.balance = Decimal("12345678901.123456789")
    assert (await customer.ask("balance"))["balance"] == Decimal("12345678901.123456789")


async def test_wrong_key_wrong_action_and_no_action(panel: SandboxPanel, customer: Customer) -> None:
    assert await customer.refusal(FOLLOWERS | {"key": "stolen"}) == "Invalid API key"
    assert await customer.refusal({"key": ""}, "balance") == "Invalid API key"
    assert await customer.refusal({}, "orders") == "Incorrect action"
    assert await customer.refusal({}, "") == "Incorrect request"
    assert panel.orders == {}


async def test_calls_are_kept_as_received(panel: SandboxPanel, customer: Customer) -> None:
    comments = "два слова\r\n<b> & ¶\n\n"
    await customer.ask("add", {"service": "2", "url": LINK, "comments": comments, "quantity": ""})
    await customer.refusal({"service": "404"})
    await customer.ask("balance")
    assert panel.adds == [{"service": "2", "url": LINK, "comments": comments, "quantity": ""}, {"service": "404"}]
    assert [call.action for call in panel.calls] == ["add", "add", "balance"]
    assert panel.calls[0].answered == '200 {"order": 23501}'
    assert "Incorrect service ID" in panel.calls[1].answered
    assert panel.orders["23501"].fields == panel.adds[0]


# --- adding -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "total", "charge"),
    [
        (FOLLOWERS, 1000, "0.9"),
        (FOLLOWERS | {"quantity": "57"}, 57, "0.0513"),
        (FOLLOWERS | {"quantity": "100", "runs": "5", "interval": "60"}, 500, "0.45"),
        ({"service": "2", "url": LINK, "comments": "one\r\ntwo\n\n  \nthree"}, 3, "0.024"),
        ({"service": "3", "url": LINK}, 1, "4.75"),
        ({"service": "4", "url": LINK, "comments": "one\ntwo"}, 2, "6.5"),
        ({"service": "6", "url": LINK, "quantity": "11"}, 11, "0.0000022"),
    ],
)
async def test_an_order_is_charged_exactly(
    panel: SandboxPanel, customer: Customer, fields: dict[str, str], total: int, charge: str
) -> None:
    assert await customer.ask("add", fields) == {"order": 23501}
    assert await customer.status("23501") == {
        "charge": charge,
        "start_count": "0",
        "status": "Pending",
        "remains": str(total),
        "currency": "USD",
    }
    assert panel.balance == Decimal(10000) - Decimal(charge)
    assert await customer.ask("add", fields) == {"order": 23502}


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (FOLLOWERS | {"service": "404"}, "Incorrect service ID"),
        ({"url": LINK, "quantity": "100"}, "Incorrect service ID"),
        ({"service": "1", "link": LINK, "quantity": "100"}, "Enter a valid link"),
        (FOLLOWERS | {"url": " "}, "Enter a valid link"),
        (FOLLOWERS | {"quantity": "49"}, "Quantity less than minimal 50"),
        (FOLLOWERS | {"quantity": "10001"}, "Quantity more than maximum 10000"),
        (FOLLOWERS | {"quantity": "1k"}, "Incorrect quantity"),
        ({"service": "1", "url": LINK}, "Incorrect quantity"),
        (FOLLOWERS | {"quantity": "5000", "runs": "3", "interval": "1"}, "Quantity more than maximum 10000"),
        (FOLLOWERS | {"runs": "3"}, "Incorrect interval"),
        (FOLLOWERS | {"interval": "3"}, "Incorrect runs"),
        (FOLLOWERS | {"runs": "0", "interval": "3"}, "Incorrect runs"),
        (
            {"service": "6", "url": LINK, "quantity": "11", "runs": "2", "interval": "5"},
            "This services does not support Dripfeed feature!",
        ),
        ({"service": "2", "url": LINK, "quantity": "3"}, "Incorrect comments"),
        ({"service": "2", "url": LINK, "comments": " \n\n"}, "Incorrect comments"),
        ({"service": "2", "url": LINK, "comments": "one"}, "Quantity less than minimal 2"),
        ({"service": "2", "url": LINK, "comments": "a\nb\nc\nd\ne"}, "Quantity more than maximum 4"),
        ({"service": "4", "url": LINK}, "Incorrect comments"),
        ({"service": "5", "url": LINK, "quantity": "5"}, "incorrect service type"),
    ],
)
async def test_a_wrong_order_is_refused_in_the_panels_words(
    panel: SandboxPanel, customer: Customer, fields: dict[str, str], text: str
) -> None:
    assert await customer.refusal(fields) == text
    assert panel.orders == {}
    assert panel.balance == 10000


async def test_no_order_beyond_the_funds(panel: SandboxPanel, customer: Customer) -> None:
    panel.balance = Decimal("0.9")
    await customer.order()
    assert await customer.refusal(FOLLOWERS | {"quantity": "50"}) == "Not enough funds on balance"
    panel.finish("23501", "Canceled")
    assert await customer.order(quantity="50") == "23502"


async def test_active_order_on_the_link_is_refused_once_switched_on(panel: SandboxPanel, customer: Customer) -> None:
    await customer.order()
    await customer.order()
    panel.one_order_a_link = True
    text = "You have active order with this link. Please wait until order being completed."
    assert await customer.refusal(FOLLOWERS) == text
    await customer.order(url="https://instagram.com/esa")
    await customer.ask("add", {"service": "3", "url": LINK})
    panel.finish("23501", "Completed")
    panel.finish("23502", "Partial")
    await customer.order()


async def test_a_panel_that_wants_link(clock: HandClock) -> None:
    async with SandboxPanel(services=ROWS, link_field="link") as panel, httpx.AsyncClient() as http:
        customer = Customer(panel, http)
        assert await customer.refusal(FOLLOWERS) == "Enter a valid link"
        assert await customer.ask("add", {"service": "1", "link": LINK, "quantity": "50"}) == {"order": 23501}
        assert panel.orders["23501"].url == LINK


# --- status -------------------------------------------------------------------------------------


async def test_many_statuses_at_once(panel: SandboxPanel, customer: Customer) -> None:
    first, second = await customer.order(), await customer.order(quantity="50")
    panel.finish(second, "Partial", remains=7)
    reply = await customer.ask("status", {"orders": f"{first},10, {second}"})
    assert reply["10"] == {"error": "Incorrect order ID"}
    assert (reply[first]["status"], reply[second]["status"]) == ("Pending", "Partial")
    assert reply[second]["remains"] == "7"
    assert list(reply) == [first, "10", second]


async def test_statuses_of_100_and_no_more(customer: Customer) -> None:
    numbers = [str(number) for number in range(101)]
    assert len(await customer.ask("status", {"orders": ",".join(numbers[:100])})) == 100
    assert await customer.refusal({"orders": ",".join(numbers)}, "status") == "Incorrect request"
    assert await customer.refusal({"orders": ""}, "status") == "Incorrect request"


@pytest.mark.parametrize("action", ["status", "refill", "cancel"])
async def test_an_unknown_order(customer: Customer, action: str) -> None:
    assert await customer.refusal({"order": "23501"}, action) == "Incorrect order ID"
    assert await customer.refusal({}, action) == "Incorrect order ID"


# --- time ---------------------------------------------------------------------------------------


async def test_an_order_is_pending_then_in_progress_then_completed(
    panel: SandboxPanel, customer: Customer, clock: HandClock
) -> None:
    await customer.order()
    seen = []
    for _ in range(13):
        seen.append(await customer.status("23501"))
        clock.pass_by(10)
    words = [status["status"] for status in seen]
    assert words[0] == "Pending"
    assert words[-1] == "Completed"
    assert list(dict.fromkeys(words)) == ["Pending", "In progress", "Completed"]
    remains = [int(status["remains"]) for status in seen]
    assert remains == sorted(remains, reverse=True)
    assert len(set(remains)) > 4
    assert remains[-1] == 0
    assert int(seen[1]["start_count"]) == int(seen[-1]["start_count"]) > 0
    assert {status["charge"] for status in seen} == {"0.9"}
    assert panel.balance == Decimal("9999.1")


@pytest.mark.parametrize(
    ("service", "status", "remains", "charge"), [("7", "Partial", "40", "0.06"), ("8", "Canceled", "99", "0")]
)
async def test_a_service_whose_name_says_how_it_ends(
    panel: SandboxPanel, customer: Customer, clock: HandClock, service: str, status: str, remains: str, charge: str
) -> None:
    number = await customer.order(service=service, quantity="99" if service == "8" else "100")
    clock.pass_by(120)
    told = await customer.status(number)
    assert (told["status"], told["remains"], told["charge"]) == (status, remains, charge)
    assert await customer.ask("balance") == {"balance": 10000 - Decimal(charge), "currency": "USD"}


async def test_an_order_that_never_starts(customer: Customer, clock: HandClock) -> None:
    number = await customer.order(service="9", quantity="99")
    clock.pass_by(100_000)
    assert (await customer.status(number))["status"] == "Pending"


async def test_pace_speeds_up_and_stops_without_a_jump(
    panel: SandboxPanel, customer: Customer, clock: HandClock
) -> None:
    number = await customer.order()
    panel.pace = 0
    clock.pass_by(100_000)
    assert (await customer.status(number))["status"] == "Pending"
    panel.pace = 100
    clock.pass_by(0.3)
    assert (await customer.status(number))["status"] == "In progress"
    clock.pass_by(1)
    assert (await customer.status(number))["status"] == "Completed"


# --- a tester's hand ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "told", "remains", "charge", "balance"),
    [
        ("Completed", {}, "0", "0.9", "9999.1"),
        ("Partial", {}, "500", "0.45", "9999.55"),
        ("Partial", {"remains": 157}, "157", "0.7587", "9999.2413"),
        ("Canceled", {}, "1000", "0", "10000"),
        ("Canceled", {"remains": 400}, "400", "0", "10000"),
        ("Partial", {"remains": 157, "charge": "0.27819"}, "157", "0.27819", "9999.72181"),
        ("Canceled", {"charge": Decimal("0.3")}, "1000", "0.3", "9999.7"),
        ("Awaiting moderation", {"remains": 12}, "12", "0.9", "9999.1"),
    ],
)
async def test_finish_freezes_and_adjusts_the_charge(
    panel: SandboxPanel,
    customer: Customer,
    clock: HandClock,
    status: str,
    told: dict[str, Any],
    remains: str,
    charge: str,
    balance: str,
) -> None:
    number = await customer.order()
    panel.finish(number, status, **told)
    clock.pass_by(100_000)
    said = await customer.status(number)
    assert (said["status"], said["remains"], said["charge"]) == (status, remains, charge)
    assert panel.balance == Decimal(balance)


async def test_a_charge_of_null(panel: SandboxPanel, customer: Customer) -> None:
    number = await customer.order()
    panel.finish(number, "Completed", charge=None)
    assert (await customer.status(number))["charge"] is None
    assert panel.balance == Decimal("9999.1")


async def test_a_panel_may_change_its_mind(panel: SandboxPanel, customer: Customer) -> None:
    number = await customer.order()
    panel.finish(number, "Completed")
    panel.finish(number, "Partial", remains=100)
    assert (await customer.status(number))["charge"] == "0.81"
    assert panel.balance == Decimal("9999.19")
    panel.finish(number, "In progress", remains=50)
    assert panel.balance == Decimal("9999.1")
    assert (await customer.status(number))["status"] == "In progress"


async def test_advance_holds_an_order_where_it_is_put(
    panel: SandboxPanel, customer: Customer, clock: HandClock
) -> None:
    number = await customer.order()
    panel.advance(number, 600)
    clock.pass_by(1000)
    told = await customer.status(number)
    assert (told["status"], told["remains"]) == ("In progress", "400")
    assert panel.orders[number].status == "In progress"


# --- refill and cancel --------------------------------------------------------------------------


async def test_a_refill_is_taken_once_and_for_completed_orders(panel: SandboxPanel, customer: Customer) -> None:
    number, other = await customer.order(), await customer.order(service="6", quantity="11")
    assert await customer.refusal({"order": number}, "refill") == "Order not eligible for refill"
    panel.finish(number, "Completed")
    panel.finish(other, "Completed")
    assert await customer.ask("refill", {"order": number}) == {
        "status": "Success",
        "message": "Your order successfully added for refill. Thank you for patience.",
    }
    assert await customer.refusal({"order": number}, "refill") == "Refill already requested"
    assert await customer.refusal({"order": other}, "refill") == "Service does not support refill"


async def test_a_cancel_takes_effect_a_little_later(panel: SandboxPanel, customer: Customer, clock: HandClock) -> None:
    number = await customer.order()
    assert await customer.ask("cancel", {"order": number}) == {
        "status": "Success",
        "message": "Your order was successfully marked for cancellation. Thank you for patience.",
    }
    assert (await customer.status(number))["status"] == "Pending"
    clock.pass_by(4)
    panel.advance("23501", 0)
    await customer.ask("cancel", {"order": number})
    assert (await customer.status(number))["status"] == "In progress"
    clock.pass_by(30)
    told = await customer.status(number)
    assert (told["status"], told["remains"], told["charge"]) == ("Canceled", "1000", "0")
    assert panel.balance == 10000
    assert await customer.refusal({"order": number}, "cancel") == "Order cannot be canceled"


async def test_what_was_delivered_before_a_cancel_is_paid(
    panel: SandboxPanel, customer: Customer, clock: HandClock
) -> None:
    number = await customer.order()
    panel.advance(number, 600)
    await customer.ask("cancel", {"order": number})
    clock.pass_by(30)
    told = await customer.status(number)
    assert (told["status"], told["remains"], told["charge"]) == ("Canceled", "400", "0.54")
    assert panel.balance == Decimal("9999.46")


async def test_an_order_that_ends_before_its_cancel_stays_as_it_ended(
    panel: SandboxPanel, customer: Customer, clock: HandClock
) -> None:
    number = await customer.order()
    await customer.ask("cancel", {"order": number})
    panel.finish(number, "Completed")
    clock.pass_by(1000)
    assert (await customer.status(number))["status"] == "Completed"


async def test_a_service_that_says_no_cancel(customer: Customer) -> None:
    reply = await customer.ask("add", {"service": "2", "url": LINK, "comments": "one\ntwo"})
    assert await customer.refusal({"order": str(reply["order"])}, "cancel") == "Order cannot be canceled"


# --- its own catalogue --------------------------------------------------------------------------


async def test_the_own_catalogue_is_a_panels() -> None:
    async with SandboxPanel() as panel, httpx.AsyncClient() as http:
        rows = await Customer(panel, http).ask("services")
    assert [row["service"] for row in rows] == list(range(1, len(rows) + 1))
    assert len(rows) >= 75
    for row in rows:
        assert all(isinstance(row[name], str) for name in ("name", "type", "category", "rate", "min", "max")), row
    text = " ".join(row["name"] for row in rows)
    for platform in ("Instagram", "TikTok", "YouTube", "Telegram", "Facebook", "X - Twitter", "Spotify", "Discord"):
        assert platform in text
    kinds = {row["type"] for row in rows}
    assert kinds == {"Default", "Custom Comments", "Custom Comments Package", "Package", "Poll"}
    assert any(row["name"].startswith("/--") for row in rows)
    assert own_services() == rows


async def test_each_kind_of_the_own_catalogue_can_be_ordered() -> None:
    async with SandboxPanel(pace=0) as panel, httpx.AsyncClient() as http:
        customer = Customer(panel, http)
        taken = set()
        for row in await customer.ask("services"):
            fields = {"service": str(row["service"]), "url": LINK, "quantity": row["min"]}
            if "Comments" in row["type"]:
                fields["comments"] = "\n".join(["well done"] * int(row["min"]))
            if row["dripfeed"] and row["type"] == "Default":
                fields |= {"runs": "2", "interval": "30"}
            reply = await customer.ask("add", fields)
            if "order" in reply:
                taken.add(row["type"])
        assert taken == {"Default", "Custom Comments", "Custom Comments Package", "Package"}
