"""An order the panel did not clearly answer, on the owner's phone: the facts, and what can be decided."""

from typing import Any

import pytest

from sandbox.panel import PanelFault, SandboxPanel
from tests.e2e.conftest import ANNA


@pytest.fixture
async def owner(anna: Any, telegram: Any) -> Any:
    return telegram.person(900, first_name="Olga")


async def leave_unanswered(anna: Any, panel: SandboxPanel, fault: PanelFault) -> None:
    """Anna orders, and the panel does not answer whether it took the order."""
    panel.fault(fault)
    await anna.send("/order 1")
    await anna.send("@nasa")
    await anna.send("1000")
    await anna.see("Please check")
    await anna.tap("✅ Order for $1.62")
    await anna.see("Order 1 · being checked", timeout=20)


async def open_card(owner: Any) -> Any:
    await owner.send("/admin")
    await owner.tap("🔍 Being checked: 1")
    await owner.tap("1 · Instagram")
    return await owner.see("Order 1 is being checked\n")


async def test_the_owner_names_the_panels_order_and_it_goes_on(anna: Any, owner: Any, panel: SandboxPanel) -> None:
    await leave_unanswered(anna, panel, PanelFault.SILENT_AFTER)
    card = await open_card(owner)
    assert "should cost 1.24 at the panel" in card.text
    assert "still looking for it" in card.text
    await owner.tap("It exists: another number")
    await owner.send("999")
    await owner.see("The panel says: Incorrect order ID")
    await owner.send("two words")
    await owner.see("That is not a number of the panel's")
    await owner.send("23501")
    asked = await owner.see("Is this order 1?")
    assert "charge 1.24 (expected 1.24)" in asked.text
    await owner.tap("✅ Yes, it is this one")
    await owner.see("Order 1 is the panel's order 23501")
    await anna.see("Order 1 · in progress")
    panel.finish("23501", "Completed")
    await anna.see("Order 1 is complete")
    assert len(panel.adds) == 1


async def test_the_owner_pays_back_after_asking_twice(anna: Any, owner: Any, panel: SandboxPanel) -> None:
    await leave_unanswered(anna, panel, PanelFault.RESET_BEFORE)
    await open_card(owner)
    await owner.tap("Not placed: pay back")
    await owner.see("Pay $1.62 back for order 1?")
    await owner.tap("‹ Back")
    await owner.tap("Not placed: pay back")
    await owner.tap("✅ Yes, pay it back")
    await owner.see("Order 1: $1.62 was paid back")
    await owner.tap("‹ Back")
    await owner.see("0 orders, oldest first")
    await owner.tap("Close")
    await owner.see("What shall it be?")
    end = await anna.see("Order 1 was not taken")
    assert "$1.62 is back in your wallet" in end.text
    await anna.send("/wallet")
    await anna.see("Balance: $100.00")
    assert len(panel.adds) == 1


async def test_the_owner_sends_it_again_and_only_then_it_goes_twice(anna: Any, owner: Any, panel: SandboxPanel) -> None:
    await leave_unanswered(anna, panel, PanelFault.RESET_BEFORE)
    await open_card(owner)
    await owner.tap("Not placed: send again")
    await owner.see("If the panel has it after all, it is ordered twice.")
    asked = owner.screen
    await owner.tap("✅ Yes, send it again", asked)
    await anna.see("Order 1 · in progress")
    answer = await owner.tap_data("u|1|A|", asked)
    assert "has been decided" in answer.text
    assert len(panel.adds) == 2
    assert len(panel.orders) == 1


async def test_nobody_else_decides(anna: Any, owner: Any, panel: SandboxPanel) -> None:
    await leave_unanswered(anna, panel, PanelFault.RESET_BEFORE)
    for data in ("us|0", "u|1|o|", "u|1|t|", "u|1|r|", "u|1|R|", "u|1|A|", "u|1|I|23501"):
        answer = await anna.tap_data(data)
        assert answer.text is not None
        assert "out of date" in answer.text, data
    await anna.send("/admin")
    await anna.see("I did not understand that")
    await anna.send("/orders")
    await anna.tap("Being checked")
    await anna.see("1 order")
    await owner.send(f"/credit {ANNA} 0.01 still alive")
    await anna.see("still alive")
    assert len(panel.adds) == 1
