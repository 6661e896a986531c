"""From /start to the end of an order, as a customer's phone sees it."""

from typing import Any

from sandbox.panel import SandboxPanel

LINK = "https://instagram.com/nasa"


async def test_a_default_order_in_five_taps_and_two_messages(anna: Any, panel: SandboxPanel) -> None:
    await anna.send("/start")
    await anna.see("Pick a service")
    await anna.tap("🛍 Catalogue")
    await anna.tap("📸 Instagram")
    await anna.tap("Followers | Real")
    screen = await anna.see("cheapest first")
    assert any("$1.62" in label for row in screen.buttons for label in row), screen.buttons
    await anna.tap("$1.62")
    card = await anna.see("Send the link or the @name")
    assert "No. 1 ·" in card.text
    assert "<HQ>" in card.text
    await anna.send("@nasa")
    await anna.see("How many?")
    await anna.send("1k")
    confirm = await anna.see("Please check")
    assert "Balance: $100.00 → $98.38" in confirm.text
    await anna.tap("✅ Order for $1.62")
    await anna.see("Order 1 · in progress")
    assert panel.adds == [{"service": "1", "url": LINK, "quantity": "1000"}]
    panel.advance("23501", 600)
    live = await anna.see("600 of 1,000")
    assert "▰▰▰▰▰▰▱▱▱▱" in live.text
    panel.finish("23501", "Completed", remains=0)
    end = await anna.see("Order 1 is complete: 1,000 delivered.")
    assert not end.silent
    card = await anna.see("Order 1 · complete")
    assert card.message_id == live.message_id  # one live card, edited in place
