"""The store is killed at each named step of its work and started again: one panel order, exact money, a told customer.

The steps are those of the source (`step("…")`); one that has no scenario here fails. On PostgreSQL updates come by
webhook, so that an update whose handling was cut off is delivered again; on SQLite the store polls, and whoever got no
answer presses again, as people do.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlmodel import col, update

from db.engine import Database
from db.tables import Customer, Notice, Order, OrderState, Payment, PayWay, Search
from sandbox.panel import PanelFault, SandboxPanel
from sandbox.telegram import Person, SandboxTelegram, View
from shop import wallet
from tests import books
from tests.e2e.conftest import ANNA, OWNER, PANEL_KEY, ROOT, TOKEN
from tests.e2e.forked import StoreProcess
from tests.e2e.paying import ask_for_invoice, no_news, send_back_elsewhere

SOURCES = [path for package in ("bot", "handlers", "ways", "shop") for path in sorted((ROOT / package).rglob("*.py"))]
STEPS = sorted({name for path in SOURCES for name in re.findall(r'\bstep\("([^"]+)"\)', path.read_text())})
# Where PostgreSQL or a webhook can make a difference: inside transactions, and in the handling of updates.
ON_POSTGRES = re.compile(
    r"(confirm|withdraw|top-up|wallet|refund|submit|park|decide|proof)\.|track\.(changing|ending)|notice\.closing|payment\.(crediting|kept|refund-asked|return-noted)|search\.(noting|adopting)"
)
FIRST = "23501"
PATIENCE = {
    "bot.app.CHAT_BURST": 30,
    "bot.worker.IDLE_SECONDS": 0.05,
    "bot.worker.ABANDONED_EVERY_SECONDS": 0.5,
    "bot.worker.PAUSE_CHECK_SECONDS": 0.1,
    "bot.worker.SEARCH_IDLE_SECONDS": 0.05,
    "shop.notices.AFTER_CONFIRM": 0.2,
    "shop.pauses.FIRST_PAUSE_SECONDS": 0.3,
    "shop.pauses.LOOK_LEASE_SECONDS": 1,
    "shop.searching.SETTLE": 0.3,
    "shop.searching.AGAIN": 0.2,
    "bot.ways.COLLECT_SECONDS": 0.05,
    "bot.ways.SEND_BACK_SECONDS": 0.05,
    "ways.star_account.EVERY": 0.3,
}


@dataclass
class Stage:
    """A store with one customer who has 100.00, its owner, its panel and its Telegram."""

    store: StoreProcess
    db: Database
    panel: SandboxPanel
    telegram: SandboxTelegram
    anna: Person
    owner: Person
    step: str

    async def reach_confirm(self, service: int = 1) -> None:
        await self.anna.send(f"/order {service}")
        await self.anna.send("@nasa")
        await self.anna.send("1000")
        await self.anna.see("Please check")

    async def confirm(self) -> None:
        await self.anna.tap("✅ Order for", wait=False)

    async def order(self, service: int = 1) -> None:
        """An order that is under way."""
        await self.reach_confirm(service)
        await self.confirm()
        await self.placed()
        await self.quiet()

    async def order_one_more(self) -> None:
        await self.reach_confirm()
        await self.confirm()

    async def placed(self) -> None:
        """Its card says that it is under way."""
        await self.anna.see("· in progress")

    async def number(self) -> int:
        """The number of the one order: not always 1, as one that was undone may have used that up."""
        (order,) = (await books.read_books(self.db)).orders
        return order.id

    async def quiet(self) -> None:
        """Wait until nothing is under way."""
        for _ in range(400):
            left = [*self.telegram.world.updates.pending, *await books.unsettled(self.db, self.panel, self.telegram)]
            if not left:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(left)

    async def dies(self, step: str | None = None) -> None:
        """It has died at the step; the time of leases goes by, and it starts again."""
        await self.store.dies()
        if step is None:
            await self.time_passes()
            await self.store.start()

    async def time_passes(self) -> None:
        """Let every lease that is held run out."""
        past = datetime.now(UTC) - timedelta(seconds=1)
        async with self.db.begin() as session:
            for table in (Order, Notice):
                held = col(table.lease_until).is_not(None)
                await session.exec(update(table).where(held).values(lease_until=past))
            await session.exec(update(Search).where(col(Search.next_at).is_not(None)).values(next_at=past))
            going_back = col(Payment.refund_next_at).is_not(None)
            await session.exec(update(Payment).where(going_back).values(refund_next_at=past))

    async def press_again(self, screen: str, button: str) -> None:
        """As a person does who was not answered: if the screen still stands there, press its button again."""
        await self.store.ready()
        await self.quiet()
        if any(screen in message.text for message in self.anna.messages):
            await self.anna.tap(button)
            await self.anna.gone(screen)

    async def partly_delivered(self) -> None:
        """The panel delivers 500 of 1,000, and the books are right."""
        self.panel.finish(FIRST, "Partial", remains=500)
        end = await self.anna.see(f"Order {await self.number()} ended early: 500 of 1,000 delivered.")
        assert "$0.81 is back in your wallet." in end.text
        await self.end(Decimal("99.19"), at_panel=1)

    async def end(self, balance: Decimal, *, at_panel: int) -> None:
        await self.quiet()
        assert await books.compare(self.db, self.panel, self.telegram, owners=[OWNER]) == []
        async with self.db.read() as session:
            assert await wallet.balance_of(session, ANNA) == balance
        assert len(self.panel.orders) == at_panel


# --- what is under way when it dies ---------------------------------------------------------------


async def while_confirming(stage: Stage) -> None:
    await stage.reach_confirm()
    stage.store.die_at(stage.step)
    await stage.confirm()
    await stage.dies()
    await stage.press_again("Please check", "✅ Order for")
    await stage.anna.send("/wallet")
    await stage.anna.see("Your number in this shop")
    await stage.quiet()
    shown = await books.read_books(stage.db)
    assert list(books.untold(shown, stage.telegram)) == []  # the next menu takes the one before away, never a card
    await placed_or_checked(stage)  # a lane may have been sending it when the process died


async def while_submitting(stage: Stage) -> None:
    stage.store.die_at(stage.step)
    await stage.reach_confirm()
    await stage.confirm()
    await stage.dies()
    await stage.placed()
    await stage.partly_delivered()


async def while_sending(stage: Stage) -> None:
    """Nobody can know whether the panel has it: it is being checked, or found there, and never sent again."""
    stage.store.die_at(stage.step)
    await stage.reach_confirm()
    await stage.confirm()
    await stage.dies()
    await placed_or_checked(stage)


async def while_parking(stage: Stage) -> None:
    stage.store.die_at("submit.answered")
    await stage.reach_confirm()
    await stage.confirm()
    await stage.dies("and once more")
    stage.store.die_at(stage.step)
    await stage.time_passes()
    await stage.store.start()
    await stage.dies()
    await placed_or_checked(stage)


async def placed_or_checked(stage: Stage) -> None:
    await stage.quiet()
    at_panel = len(stage.panel.orders)
    (order,) = (await books.read_books(stage.db)).orders
    if order.state is OrderState.PLACED:
        await stage.partly_delivered()
        return
    card = await stage.anna.see(f"Order {order.id} · being checked")
    assert "you will not be charged twice" in card.text
    await stage.owner.see(f"Order {order.id} is being checked.")
    assert len(stage.panel.adds) == at_panel <= 1
    await stage.end(Decimal("98.38"), at_panel=at_panel)


async def while_looking(stage: Stage) -> None:
    await stage.order()
    stage.store.die_at(stage.step)
    await stage.dies()
    await stage.partly_delivered()


async def while_it_ends(stage: Stage) -> None:
    await stage.order()
    stage.store.die_at(stage.step)
    stage.panel.finish(FIRST, "Partial", remains=500)
    await stage.dies()
    await stage.partly_delivered()
    told = [message for message in stage.anna.messages if "Order 1 ended early" in message.text]
    assert len(told) == 1


async def while_refreshing(stage: Stage) -> None:
    await stage.order()
    async with stage.db.begin() as session:
        await session.exec(update(Order).values(looked_at=datetime.now(UTC) - timedelta(minutes=1)))
    stage.store.die_at(stage.step)
    await stage.anna.tap("🔄 Refresh", wait=False)
    await stage.dies()
    await stage.partly_delivered()


async def while_asking_to_cancel(stage: Stage) -> None:
    await stage.order(service=2)
    stage.panel.advance(FIRST, 250)
    await stage.quiet()
    await stage.anna.send("/order_1")
    await stage.anna.tap("⛔ Ask to cancel")
    await stage.anna.see("Ask the panel to cancel order 1?")
    stage.store.die_at(stage.step)
    await stage.anna.tap("Yes, ask to cancel", wait=False)
    await stage.dies()
    stage.panel.pace = 100  # it does so after a while, if it was asked
    await stage.anna.see("Order 1 was canceled: 250 of 1,000 delivered.")
    await stage.end(Decimal("99.89"), at_panel=1)


async def while_asking_for_a_refill(stage: Stage) -> None:
    await stage.order()
    stage.panel.finish(FIRST, "Completed")
    await stage.anna.see("Order 1 is complete")
    await stage.anna.send("/order_1")
    await stage.quiet()
    stage.store.die_at(stage.step)
    await stage.anna.tap("♻️ Ask for a refill", wait=False)
    await stage.dies()
    assert stage.panel.orders[FIRST].refill_requested
    await stage.end(Decimal("98.38"), at_panel=1)


async def while_withdrawing(stage: Stage) -> None:
    # No read goes through, so no order is tried meanwhile: one that is being sent cannot be withdrawn.
    stage.panel.fault(PanelFault.THROTTLE_200, action="balance", times=None)
    await stage.reach_confirm()
    await stage.confirm()
    await stage.anna.see("your order waits in line and is not lost")
    await stage.anna.tap("⛔ Cancel the order")
    await stage.anna.see("Cancel order 1?")
    stage.store.die_at(stage.step)
    await stage.anna.tap("Yes, cancel it", wait=False)
    await stage.dies()
    await stage.store.ready()
    await stage.anna.tap("Yes, cancel it")
    await stage.anna.see("Order 1 · canceled")
    await stage.end(Decimal(100), at_panel=0)


async def while_drawing_a_card(stage: Stage) -> None:
    await stage.order()
    stage.store.die_at(stage.step)
    stage.panel.advance(FIRST, 300)
    await stage.dies()
    await stage.anna.see("300 of 1,000")
    await stage.partly_delivered()
    assert len([message for message in stage.anna.messages if message.text.startswith("Order 1 ·")]) == 1


async def while_sending_a_card_anew(stage: Stage) -> None:
    await stage.order()
    stage.store.die_at(stage.step)
    stage.anna.delete(await stage.anna.see("Order 1 · in progress"))
    stage.panel.advance(FIRST, 300)
    await stage.dies()
    await stage.partly_delivered()


async def while_telling_the_end(stage: Stage) -> None:
    await stage.order()
    stage.store.die_at(stage.step)
    stage.panel.finish(FIRST, "Partial", remains=500)
    await stage.dies()
    await stage.partly_delivered()


async def while_crediting(stage: Stage) -> None:
    stage.store.die_at(stage.step)
    await stage.owner.send(f"/credit {ANNA} 5")
    await stage.dies()
    await stage.store.ready()
    await stage.quiet()
    if not any("$5.00 was put into your wallet" in message.text for message in stage.anna.messages):
        await stage.owner.send(f"/credit {ANNA} 5")
    await stage.anna.see("$5.00 was put into your wallet. Balance: $105.00")
    await stage.end(Decimal(105), at_panel=0)


async def while_searching(stage: Stage) -> None:
    """It is found between an order before it and one after it, or the owner learns that it is not there."""
    is_there = stage.step != "search.concluding"
    await stage.order()
    stage.panel.fault(PanelFault.RESET_AFTER if is_there else PanelFault.RESET_BEFORE)
    await stage.reach_confirm()
    await stage.confirm()
    await stage.anna.see("Order 2 · being checked")
    await asyncio.sleep(0.5)
    if stage.step in {"search.claimed", "search.stepping"}:  # passed also while there is no order after it
        stage.store.die_at(stage.step)
        await stage.dies()
        await stage.store.ready()
        await stage.order_one_more()
    else:
        stage.store.die_at(stage.step)
        await stage.order_one_more()
        await stage.dies()
    if is_there:
        await stage.owner.see("Order 2 was found at the panel: its number there is 23502.")
        await stage.anna.see("Order 2 · in progress")
    else:
        card = await stage.owner.see("Order 2 is being checked\n")
        assert "none is this order. It was not placed." in card.text
    await stage.end(Decimal("95.14"), at_panel=3 if is_there else 2)
    assert len(stage.panel.adds) == 3


async def while_deciding(stage: Stage) -> None:
    again = stage.step != "decide.opened"
    stage.panel.fault(PanelFault.RESET_BEFORE)
    await stage.reach_confirm()
    await stage.confirm()
    await stage.anna.see("Order 1 · being checked")
    await stage.owner.send("/admin")
    await stage.owner.tap("🔍 Being checked: 1")
    await stage.owner.tap("1 · Instagram")
    await stage.owner.tap("Not placed: send again" if again else "Not placed: pay back")
    asked = await stage.owner.see("If the panel has it after all")
    await stage.quiet()
    stage.store.die_at(stage.step)
    await stage.owner.tap("✅ Yes", asked, wait=False)
    await stage.dies()
    await stage.store.ready()
    await stage.quiet()
    if "If the panel has it after all" in asked.raw.text:
        await stage.owner.tap("✅ Yes", asked)
    if again:
        await stage.placed()
        assert len(stage.panel.adds) == 2  # the first, which did not arrive, and the one asked for
        await stage.partly_delivered()
    else:
        await stage.anna.see("Order 1 was not taken")
        await stage.end(Decimal(100), at_panel=0)
        assert len(stage.panel.adds) == 1


async def while_the_line_is_held(stage: Stage) -> None:
    stage.panel.fault(PanelFault.ERROR, text="Not enough funds on balance")
    stage.store.die_at(stage.step)
    await stage.reach_confirm()
    await stage.confirm()
    await stage.dies()
    await stage.placed()
    await stage.owner.see("The panel takes orders again.")
    await stage.partly_delivered()


async def while_paying(stage: Stage) -> None:
    """Whether the update comes again or the account tells of it: it is credited, once."""
    link = await ask_for_invoice(stage.anna)
    stage.store.die_at(stage.step)
    assert (await stage.anna.pay(link)).ok
    await stage.dies()
    await stage.anna.see("$5.00 is in your wallet")
    await stage.end(Decimal(105), at_panel=0)


async def while_reading_the_account(stage: Stage) -> None:
    link = await ask_for_invoice(stage.anna)
    stage.store.die_at(stage.step)
    with no_news(stage.telegram):
        paid = await stage.anna.pay(link) if stage.step == "stars.crediting" else None
    await stage.dies()
    if paid is None:
        await stage.store.ready()
        with no_news(stage.telegram):
            await stage.anna.pay(link)
    await stage.anna.see("$5.00 is in your wallet")
    await stage.end(Decimal(105), at_panel=0)


async def while_it_goes_back_elsewhere(stage: Stage) -> None:
    paid = await stage.anna.pay(await ask_for_invoice(stage.anna))
    await stage.anna.see("$5.00 is in your wallet")
    stage.store.die_at(stage.step)
    await send_back_elsewhere(stage.telegram, ANNA, paid.charge_id)
    await stage.dies()
    await stage.owner.see("went back outside of this shop")
    await stage.anna.see("was sent back to you")
    await stage.end(Decimal(100), at_panel=0)


async def while_sending_back(stage: Stage) -> None:
    await stage.anna.pay(await ask_for_invoice(stage.anna))
    await stage.anna.see("$5.00 is in your wallet")
    await stage.owner.send("/pay_1")
    await stage.owner.tap("↩️ Send back")
    asked = await stage.owner.see("leaves the wallet")
    await stage.quiet()
    stage.store.die_at(stage.step)
    await stage.owner.tap("✅ Yes, send it back", asked, wait=False)
    await stage.dies()
    await stage.store.ready()
    await stage.quiet()
    if "leaves the wallet" in asked.raw.text:
        await stage.owner.tap("✅ Yes, send it back", asked)
    await stage.anna.see("⭐ 385 was sent back to you")
    await stage.end(Decimal(100), at_panel=0)


async def until_a_proof_is_asked_for(stage: Stage) -> None:
    """Anna wants 10.00 in her wallet and has paid for them by hand."""
    async with stage.db.begin() as session:
        session.add(PayWay(name="Card", text="To Olga", unit="EUR", rate=Decimal(2)))
    await stage.anna.send("/wallet")
    await stage.anna.tap("Top up")
    await stage.anna.send("10")
    await stage.anna.tap("Card")
    await stage.anna.tap("I have paid")
    await stage.anna.see("Send one picture")


async def show_a_proof(stage: Stage) -> View:
    await until_a_proof_is_asked_for(stage)
    await stage.anna.send("TX 4711")
    card = await stage.owner.see("Payment 1: 5 EUR for $10.00")
    await stage.quiet()
    return card


async def while_showing_a_proof(stage: Stage) -> None:
    await until_a_proof_is_asked_for(stage)
    stage.store.die_at(stage.step)
    await stage.anna.send("TX 4711")
    await stage.dies()
    await stage.store.ready()
    await stage.quiet()
    if not any("Sent to the shop." in message.text for message in stage.anna.messages):
        await stage.anna.send("TX 4711")
    await stage.anna.see("Sent to the shop.")
    await stage.owner.see("Payment 1: 5 EUR for $10.00")
    await stage.owner.tap("✅ Arrived: credit $10.00")
    await stage.owner.see("✔️ Olga, ")
    await paid_by_hand(stage)


async def while_approving_a_proof(stage: Stage) -> None:
    card = await show_a_proof(stage)
    stage.store.die_at(stage.step)
    await stage.owner.tap("✅ Arrived", card, wait=False)
    await stage.dies()
    await stage.store.ready()
    await stage.quiet()
    if card.raw.rows:
        await stage.owner.tap("✅ Arrived", card)
    decided = await stage.owner.see("✔️ Olga, ")
    assert decided.message_id == card.message_id
    await paid_by_hand(stage)


async def paid_by_hand(stage: Stage) -> None:
    await stage.anna.see("$10.00 is in your wallet.")
    await stage.end(Decimal(110), at_panel=0)
    assert len([message for message in stage.anna.messages if "$10.00 is in your wallet." in message.text]) == 1


async def while_refusing_a_proof(stage: Stage) -> None:
    card = await show_a_proof(stage)
    await stage.owner.tap("Refuse", card)
    await stage.owner.tap("Not arrived")
    asked = await stage.owner.see("The customer will read")
    stage.store.die_at(stage.step)
    await stage.owner.tap("✅ Refuse", asked, wait=False)
    await stage.dies()
    await stage.store.ready()
    await stage.quiet()
    if asked.raw.rows and "✅ Refuse" in asked.raw.rows[0][0]["text"]:
        await stage.owner.tap("✅ Refuse", asked)
    refusal = await stage.anna.see("did not find your payment 1")
    await stage.anna.tap("Send another proof", refusal)
    await stage.anna.see("Send one picture")
    await stage.end(Decimal(100), at_panel=0)
    assert len([message for message in stage.anna.messages if "did not find" in message.text]) == 1


SCENARIOS: dict[str, Callable[[Stage], Awaitable[None]]] = {
    "ask.noting": while_asking_to_cancel,
    "cancel.answered": while_asking_to_cancel,
    "confirm.confirmed": while_confirming,
    "confirm.confirming": while_confirming,
    "confirm.order-inserted": while_confirming,
    "confirm.paid": while_confirming,
    "confirm.shown": while_confirming,
    "decide.decided": while_deciding,
    "decide.deciding": while_deciding,
    "decide.opened": while_deciding,
    "notice.card-drawn": while_drawing_a_card,
    "notice.card-kept": while_sending_a_card_anew,
    "notice.card-sent": while_sending_a_card_anew,
    "notice.claimed": while_drawing_a_card,
    "notice.claiming": while_drawing_a_card,
    "notice.closed": while_drawing_a_card,
    "notice.closing": while_drawing_a_card,
    "notice.proof-drawn": while_showing_a_proof,
    "notice.proof-sent": while_showing_a_proof,
    "notice.sent": while_telling_the_end,
    "park.parked": while_parking,
    "park.parking": while_parking,
    "pause.answered": while_the_line_is_held,
    "pause.claimed": while_the_line_is_held,
    "pause.ending": while_the_line_is_held,
    "payment.credited": while_paying,
    "payment.crediting": while_paying,
    "payment.given-back": while_sending_back,
    "payment.kept": while_paying,
    "payment.refund-asked": while_sending_back,
    "payment.refund-claimed": while_sending_back,
    "payment.refund-closed": while_sending_back,
    "payment.refund-sent": while_sending_back,
    "payment.return-noted": while_it_goes_back_elsewhere,
    "payment.written": while_paying,
    "proof.decided": while_approving_a_proof,
    "proof.deciding": while_approving_a_proof,
    "proof.keeping": while_showing_a_proof,
    "proof.kept": while_showing_a_proof,
    "proof.refused": while_refusing_a_proof,
    "proof.refusing": while_refusing_a_proof,
    "refill.answered": while_asking_for_a_refill,
    "refresh.answered": while_refreshing,
    "refund.counted": while_it_ends,
    "refund.posted": while_it_ends,
    "search.adopting": while_searching,
    "search.answered": while_searching,
    "search.claimed": while_searching,
    "search.concluding": while_searching,
    "search.noting": while_searching,
    "search.stepping": while_searching,
    "stars.claimed": while_reading_the_account,
    "stars.crediting": while_reading_the_account,
    "stars.taken-in": while_reading_the_account,
    "submit.answered": while_sending,
    "submit.claimed": while_sending,
    "submit.claiming": while_submitting,
    "submit.recorded": while_submitting,
    "submit.recording": while_sending,
    "top-up.credited": while_crediting,
    "top-up.posted": while_crediting,
    "top-up.posting": while_crediting,
    "track.answered": while_looking,
    "track.changed": while_it_ends,
    "track.changing": while_it_ends,
    "track.claimed": while_looking,
    "track.claiming": while_looking,
    "track.ending": while_it_ends,
    "wallet.balance-changed": while_confirming,
    "withdraw.refunded": while_withdrawing,
    "withdraw.withdrawing": while_withdrawing,
    "withdraw.withdrawn": while_withdrawing,
}


# --- the stage ------------------------------------------------------------------------------------


@pytest.fixture
async def stage(
    environment: dict[str, str],
    database: Database,
    panel: SandboxPanel,
    telegram: SandboxTelegram,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> AsyncIterator[Stage]:
    panel.pace = 0
    if database.dialect == "postgresql":
        environment["WEBHOOK_URL"] = f"http://127.0.0.1:{environment['PORT']}"
    store = StoreProcess(environment, tmp_path / "store.log", patience=PATIENCE)
    anna = telegram.person(ANNA, first_name="Anna", username="anna", language_code="en")
    owner = telegram.person(OWNER, first_name="Olga", language_code="en")
    anna.chat.started = owner.chat.started = True
    async with database.begin() as session:
        session.add(Customer(id=ANNA, name="Anna", username="anna", telegram_language="en"))
        await session.flush()
        await wallet.credit(session, ANNA, Decimal(100), key="credit:before", actor_id=OWNER)
    await store.start()
    await store.ready()
    await anna.see("$100.00 was put into your wallet")
    yield Stage(store, database, panel, telegram, anna, owner, request.node.callspec.params["name"])
    await store.kill()
    assert telegram.violations == []
    logged = store.log.read_text()
    assert "Traceback" not in logged, logged
    assert TOKEN not in logged
    assert PANEL_KEY not in logged


def points() -> list[object]:
    on_sqlite = [pytest.param(name, "sqlite", id=f"{name}-sqlite") for name in STEPS]
    on_postgres = [
        pytest.param(name, "postgresql", id=f"{name}-postgresql") for name in STEPS if ON_POSTGRES.match(name)
    ]
    return [*on_sqlite, *on_postgres]


@pytest.mark.parametrize(("name", "database_url"), points(), indirect=["database_url"])
async def test_killed_at(name: str, stage: Stage) -> None:
    scenario = SCENARIOS.get(name)
    assert scenario is not None, f"no scenario passes the step {name}: write one"
    await scenario(stage)


def test_no_scenario_is_of_a_step_that_is_gone() -> None:
    assert STEPS
    assert SCENARIOS.keys() <= set(STEPS)
