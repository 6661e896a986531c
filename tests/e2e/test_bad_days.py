"""The panel, Telegram or the database fail: each customer gets a sentence, nothing is lost, the store stays up."""

import asyncio
from typing import Any

import pytest

from sandbox.panel import PanelFault, SandboxPanel
from sandbox.telegram import SandboxTelegram, TelegramFault
from tests.e2e.conftest import ANNA, OWNER, StoreProcess

FAULTS = (
    PanelFault.HTML_BEFORE,
    PanelFault.SERVER_ERROR_BEFORE,
    PanelFault.RESET_BEFORE,
    PanelFault.THROTTLE_200,
)


async def order(person: Any, service: str = "1", quantity: str = "1000") -> None:
    """Order by the shortest way, up to the pressed button."""
    await person.send(f"/order {service}")
    await person.send("@nasa")
    await person.send(quantity)
    await person.see("Please check")
    await person.tap("✅ Order for")
    await person.gone("Please check")


@pytest.mark.parametrize(
    ("fault", "about"),
    [
        ((PanelFault.ERROR, "Not enough funds on balance"), "The panel's balance is empty."),
        ((PanelFault.ERROR, "Invalid API key"), "The panel refuses the key"),
        ((PanelFault.THROTTLE_200, ""), "The panel does not take orders."),
    ],
)
async def test_a_panel_that_takes_no_orders_keeps_the_line(
    anna: Any, panel: SandboxPanel, telegram: SandboxTelegram, fault: Any, about: str
) -> None:
    owner = telegram.person(OWNER, first_name="Olga")
    panel.fault(fault[0], text=fault[1], times=None)
    await order(anna)
    waiting = await anna.see("your order waits in line and is not lost")
    assert "balance" not in waiting.text.lower()  # the owner's affairs are not the customer's
    await owner.see(about)
    panel.clear_faults()
    await anna.see("Order 1 · in progress", timeout=40)  # a second try may have failed, and the third waits longer
    await owner.see("The panel takes orders again.")
    assert len(panel.orders) == 1


async def test_a_panel_that_is_down_is_waited_for(anna: Any, panel: SandboxPanel, store: StoreProcess) -> None:
    port = int(panel.url.split(":")[2].split("/")[0])
    await panel.stop()
    await order(anna)
    await anna.see("your order waits in line and is not lost")
    await anna.tap("⛔ Cancel the order")
    await anna.see("comes back to your wallet at once")
    await anna.tap("Yes, cancel it")
    await anna.see("Order 1 · canceled")
    await order(anna)
    await panel.start(port)
    await anna.see("Order 2 · in progress", timeout=20)
    assert len(panel.orders) == 1
    await anna.send("/wallet")
    wallet = await anna.see("Your number in this shop")
    assert "Balance: $98.38" in wallet.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Bad link", "cannot use this link"),
        ("Incorrect service ID", "not available any more"),
        ("Quantity less than minimal 200", "The quantity no longer fits"),
        ("Martians have landed <b>", "Martians have landed <b>"),
    ],
)
async def test_a_refusal_says_why_and_pays_back(anna: Any, panel: SandboxPanel, text: str, words: str) -> None:
    panel.fault(PanelFault.ERROR, text=text)
    await order(anna)
    end = await anna.see("Order 1 was not taken")
    assert words in end.text
    assert "$1.62 is back in your wallet." in end.text
    assert panel.orders == {}


async def test_a_service_that_goes_between_card_and_confirm(
    anna: Any, panel: SandboxPanel, environment: dict[str, str], process: StoreProcess
) -> None:
    await anna.send("/order 1")
    await anna.send("@nasa")
    await anna.send("1000")
    await anna.see("Please check")
    await process.stop()
    panel.services = [row for row in panel.services if row["service"] != 1]
    process.change(CATALOGUE_SYNC_SECONDS="0.5")
    await process.start()
    await process.ready()
    await asyncio.sleep(1)
    await anna.tap("✅ Order for")
    await anna.see("Service 1 is not available here. Nothing was charged.")
    await anna.tap("📸 Instagram")
    await anna.see("categories")


async def test_a_price_that_changes_between_card_and_confirm(
    anna: Any, panel: SandboxPanel, process: StoreProcess
) -> None:
    await anna.send("/order 1")
    await anna.send("@nasa")
    await anna.send("1000")
    await anna.see("Please check")
    await process.stop()
    panel.services[0]["rate"] = "2.00"
    process.change(CATALOGUE_SYNC_SECONDS="0.5")
    await process.start()
    await process.ready()
    await asyncio.sleep(1)
    await anna.tap("✅ Order for $1.62")
    changed = await anna.see("The price changed from $1.62 to $2.60.")
    assert panel.adds == []
    assert "✅ Order for $2.60" in changed.labels
    await anna.tap("✅ Order for $2.60")
    await anna.see("Order 1 · in progress")


async def test_status_faults_lose_nothing(anna: Any, panel: SandboxPanel) -> None:
    await order(anna)
    await anna.see("Order 1 · in progress")
    for fault in FAULTS:
        panel.fault(fault, action="status")
    panel.finish("23501", "Partial", remains=500)
    end = await anna.see("Order 1 ended early: 500 of 1,000 delivered.", timeout=40)
    assert "$0.80 is back" in end.text or "$0.81 is back" in end.text


async def test_telegram_that_asks_for_patience_or_loses_replies(
    anna: Any, panel: SandboxPanel, telegram: SandboxTelegram
) -> None:
    await order(anna)
    await anna.see("Order 1 · in progress")
    telegram.fault(TelegramFault.RETRY_AFTER(1), "editMessageText")
    telegram.fault(TelegramFault.SERVER_ERROR(502), "editMessageText")
    telegram.fault(TelegramFault.RESET, "sendMessage")
    telegram.fault(TelegramFault.LOST_REPLY, "editMessageText")
    panel.advance("23501", 500)
    await anna.see("500 of 1,000", timeout=20)
    panel.finish("23501", "Completed", remains=0)
    await anna.see("Order 1 is complete", timeout=20)
    await anna.see("Order 1 · complete", timeout=20)


@pytest.mark.parametrize("fault", [TelegramFault.PAGE, TelegramFault.SERVER_ERROR(502), TelegramFault.RESET])
async def test_an_answer_telegram_did_not_take_is_no_failure(
    anna: Any, process: StoreProcess, telegram: SandboxTelegram, fault: TelegramFault
) -> None:
    owner = telegram.person(OWNER, first_name="Olga", language_code="en")
    await process.stop()
    await process.start("web")  # nobody but the handler of the update sends anything now
    await process.ready()
    telegram.fault(fault, "sendMessage")
    await owner.send(f"/credit {ANNA} 5")
    await owner.see("What you asked for may be done: please look before you try again.")
    assert not any("Nothing was charged" in message.text for message in owner.messages)
    await anna.send("/wallet")
    assert "Balance: $105.00" in (await anna.see("Your number in this shop")).text


async def test_a_customer_who_blocked_the_bot_stops_nothing(
    anna: Any, panel: SandboxPanel, telegram: SandboxTelegram
) -> None:
    boris = telegram.person(1002, first_name="Boris", language_code="en")
    await boris.send("/start")
    await boris.see("Welcome")
    await order(anna)
    await anna.see("Order 1 · in progress")
    anna.block()
    panel.finish("23501", "Partial", remains=1000)
    owner = telegram.person(OWNER, first_name="Olga")
    await owner.send("/credit 1002 5")
    await boris.see("$5.00 was put into your wallet")
    await order(boris)
    await boris.see("Order 2 · in progress")
    anna.unblock()
    await anna.send("/wallet")
    wallet = await anna.see("Your number in this shop")
    assert "Balance: $100.00" in wallet.text


async def test_a_deleted_card_is_sent_anew(anna: Any, panel: SandboxPanel) -> None:
    await order(anna)
    card = await anna.see("Order 1 · in progress")
    anna.delete(card)
    panel.advance("23501", 300)
    anew = await anna.see("300 of 1,000")
    assert anew.message_id != card.message_id
    assert anew.silent
    panel.advance("23501", 400)
    assert (await anna.see("400 of 1,000")).message_id == anew.message_id


async def test_ten_thousand_lines_and_wrong_files(anna: Any, panel: SandboxPanel) -> None:
    await anna.send("/order 8")
    await anna.send("@nasa")
    await anna.see("each on its own line")
    await anna.upload("\n".join(f"line {n}" for n in range(10_000)).encode(), filename="many.txt", mime="text/plain")
    await anna.see("Together that is 10,000 comments; this service takes at most 1,500.")
    await anna.upload(b"\x00\x01\x02 binary", filename="x.txt", mime="text/plain")
    await anna.see("I can read .txt files only")
    await anna.upload(b"x" * 1_100_000, filename="large.txt", mime="text/plain")
    await anna.see("at most 1 MB")
    await anna.send_photo(b"picture")
    await anna.see("Please send it as text.")
    await anna.upload(b"\xef\xbb\xbf1\r\n2\r\n\r\n3\n4\n5", filename="bom.txt", mime="text/plain")
    counted = await anna.see("5 comments")
    assert "1. 1" in counted.text


async def test_a_database_that_is_locked_for_a_while(
    anna: Any, panel: SandboxPanel, environment: dict[str, str]
) -> None:
    from sqlalchemy import text

    from db.engine import Database

    db = Database(environment["DATABASE_URL"])
    await anna.send("/order 1")
    await anna.send("@nasa")
    await anna.send("1000")
    await anna.see("Please check")
    async with db.begin() as session:
        await session.connection()  # on SQLite this takes the write lock
        if db.dialect == "postgresql":
            await session.exec(text("LOCK TABLE customer, draft IN EXCLUSIVE MODE"))  # type: ignore[call-overload]
        tapped = asyncio.create_task(anna.tap("✅ Order for $1.62", timeout=30))
        await asyncio.sleep(3)
        assert panel.adds == []
    await tapped
    await db.close()
    await anna.see("Order 1 · in progress", timeout=20)
    assert len(panel.adds) == 1


async def test_groups_are_told_to_write_privately(anna: Any, telegram: SandboxTelegram) -> None:
    group = telegram.group(-100500, "A group")
    await anna.at(group).send("/start")
    await anna.send("/help")
    await anna.see("How it works")
    assert [view for view in anna.at(group).messages if not view.mine] == []
