"""The process dies at the worst moment; afterwards the journey goes on and the order was placed once."""

import asyncio
from typing import Any

from sandbox.panel import PanelFault, SandboxPanel
from tests.e2e.conftest import StoreProcess


async def test_killed_in_the_middle_of_a_journey_it_goes_on(
    anna: Any, store: StoreProcess, panel: SandboxPanel
) -> None:
    await anna.send("/order 8")
    await anna.send("@nasa")
    await anna.see("each on its own line")
    await anna.send("one\ntwo\nthree")
    await anna.see("3 comments")
    await store.kill()
    await anna.send("four\nfive")
    await store.start()
    counted = await anna.see("5 comments")
    assert "1. one" in counted.text
    await anna.tap("Next ›")
    await anna.tap("✅ Order for")
    await anna.see("Order 1 · in progress")
    assert [fields["comments"] for fields in panel.adds] == ["one\ntwo\nthree\nfour\nfive"]


async def test_killed_between_confirm_and_submission_it_is_placed_once(
    anna: Any, process: StoreProcess, panel: SandboxPanel
) -> None:
    # The web process takes the confirmation and dies; nothing has been sent when the store starts again.
    await process.stop()
    await process.start("web")
    await process.ready()
    await anna.send("/order 1")
    await anna.send("@nasa")
    await anna.send("1000")
    await anna.see("Please check")
    await anna.tap("✅ Order for $1.62")
    await anna.see("Order 1 · in line")
    await process.kill()
    assert panel.adds == []
    await process.start("run")
    await anna.see("Order 1 · in progress")
    await process.kill()
    await process.start()
    await process.ready()
    await asyncio.sleep(1.5)
    assert len(panel.adds) == 1
    await anna.send("/wallet")
    wallet = await anna.see("Your number in this shop")
    assert "Balance: $98.38" in wallet.text


async def test_killed_while_sending_it_is_checked_and_never_sent_again(
    anna: Any, process: StoreProcess, panel: SandboxPanel, telegram: Any
) -> None:
    panel.fault(PanelFault.SILENT_AFTER)
    await anna.send("/order 1")
    await anna.send("@nasa")
    await anna.send("1000")
    await anna.see("Please check")
    await anna.tap("✅ Order for $1.62")
    for _ in range(500):
        if panel.adds:
            break
        await asyncio.sleep(0.02)
    await process.kill()
    await process.start()
    await process.ready()
    await asyncio.sleep(2)
    assert len(panel.adds) == 1
    card = await anna.see("Order 1 ·")
    assert "in progress" not in card.text
    await anna.send("/wallet")
    wallet = await anna.see("Your number in this shop")
    assert "Balance: $98.38" in wallet.text  # charged once, and not paid back while nobody knows


async def test_an_unanswered_order_is_being_checked(anna: Any, panel: SandboxPanel, telegram: Any) -> None:
    owner = telegram.person(900, first_name="Olga")
    panel.fault(PanelFault.SILENT_AFTER)
    await anna.send("/order 1")
    await anna.send("@nasa")
    await anna.send("1000")
    await anna.see("Please check")
    await anna.tap("✅ Order for $1.62")
    card = await anna.see("Order 1 · being checked", timeout=20)
    assert "you will not be charged twice" in card.text
    alert = await owner.see("Order 1 is being checked")
    assert "will not be sent again by itself" in alert.text
    await anna.send("/orders")
    await anna.tap("Being checked")
    await anna.see("1 order")
    await asyncio.sleep(2)
    assert len(panel.adds) == 1
