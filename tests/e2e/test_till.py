"""What the owner sets about taking money, in the chat; and a payment that only the owner can send back."""

from decimal import Decimal

import pytest
from sqlmodel import col, select

from db.engine import Database
from db.tables import OwnerAct
from sandbox.telegram import Person, SandboxTelegram
from shop import payments
from tests import books
from tests.e2e.conftest import ANNA, OWNER, StoreProcess
from tests.e2e.paying import ask_for_invoice


@pytest.fixture
async def people(store: StoreProcess, telegram: SandboxTelegram) -> tuple[Person, Person]:
    """A customer and the owner, who have both opened the shop."""
    anna = telegram.person(ANNA, first_name="Anna", language_code="en")
    owner = telegram.person(OWNER, first_name="Olga", language_code="en")
    for person in (anna, owner):
        await person.send("/start")
        await person.see("Welcome")
    return anna, owner


async def open_setting(owner: Person, label: str) -> None:
    await owner.send("/admin")
    await owner.tap("⚙️ Taking money", await owner.see("Owner's desk"))
    await owner.tap(label, await owner.see("Largest top-up:"))


async def acts(db: Database) -> list[tuple[int | None, str, dict[str, object]]]:
    async with db.read() as session:
        found = await session.exec(select(OwnerAct).order_by(col(OwnerAct.id)))
        return [(act.actor_id, act.act, act.facts) for act in found]


async def test_the_owner_sets_the_till_and_customers_meet_it(people: tuple[Person, Person], database: Database) -> None:
    anna, owner = people
    await open_setting(owner, "⭐ Value of a Star")
    await owner.see("Send a sum in USD.")
    for wrong, said in (
        ("much", "not an amount I can read"),
        ("0", "That does not fit"),
        ("0.0000001", "not an amount"),
    ):
        await owner.send(wrong)
        await owner.see(said)
    await owner.send("0.02")
    shown = await owner.see("Before:")
    assert "Before: $0.013\nAfter: $0.02" in shown.text
    await owner.send("0.05")  # changed their mind: the first button is of the first value
    later = await owner.see("After: $0.05")
    stale = await owner.tap_data(f"tl:star_value:0:{_mark(shown.raw.rows)}", later)
    assert stale.text is not None
    assert "out of date" in stale.text
    await owner.tap("✅ Yes, set it")
    assert "⭐ Value of a Star: $0.05" in (await owner.see("✔️ Set.")).text
    await ask_for_invoice(anna)
    await anna.see("To pay: ⭐ 100")

    await open_setting(owner, "Smallest top-up")
    await owner.send("2000")
    await owner.see("That does not fit: $0.01 to $1,000.00.")
    await owner.send("10")
    await owner.tap("✅ Yes, set it")
    await owner.tap("Largest top-up", await owner.see("✔️ Set."))
    await owner.send("6000")
    await owner.tap("✅ Yes, set it")
    await owner.see("Largest top-up: $6,000.00")
    await anna.send("/wallet")
    await anna.tap("Top up", await anna.see("number in this shop"))
    await anna.see("$10.00 to $5,000.00")  # Telegram takes 100,000 Stars at once, and no more
    await anna.send("5500")
    await anna.see("$5,500.00 cannot be topped up.")
    await anna.send("5")
    await anna.see("$5.00 cannot be topped up.")

    await open_setting(owner, "📄 /terms")
    await owner.send("<b>No refunds</b> on Sundays & holidays")
    await owner.tap("✅ Yes, set it")
    await owner.tap("🛟 /paysupport", await owner.see("✔️ Set."))
    await owner.send("x" * 3001)
    await owner.see("at most 3,000 characters")
    await owner.send("Write to @olga")
    await owner.tap("✅ Yes, set it")
    await owner.see("Write to @olga")
    await anna.send("/terms")
    await anna.see("<b>No refunds</b> on Sundays & holidays")
    await anna.send("/paysupport")
    assert str(ANNA) in (await anna.see("Write to @olga")).text
    await open_setting(owner, "📄 /terms")
    await owner.tap("Back to the default")
    await owner.tap("✅ Yes, set it")
    await owner.see("📄 /terms: the shop's own words")
    await anna.send("/terms")
    await anna.see("sells promotion services")

    done = await acts(database)
    assert {(actor, act) for actor, act, _ in done} == {(OWNER, "till")}
    assert done[0][2] == {"star_value": {"before": None, "after": "0.05"}}
    assert done[-1][2]["terms"] == {"before": "<b>No refunds</b> on Sundays & holidays", "after": None}


def _mark(rows: list[list[dict[str, str]]]) -> str:
    return rows[0][0]["callback_data"].split(":")[-1]


async def test_what_the_store_cannot_send_back_the_owner_does_by_hand(
    people: tuple[Person, Person], database: Database
) -> None:
    anna, owner = people
    async with database.begin() as session:
        await payments.receive(
            session, ANNA, "envelope", "note-1", units=Decimal("8.50"), unit="EUR", amount=Decimal(10)
        )
    await anna.see("$10.00 is in your wallet. Paid: 8.5 EUR")
    await owner.send("/pay_1")
    await owner.tap("↩️ I have sent it back by hand", await owner.see("8.5 EUR for $10.00"))
    await owner.see("Have you sent 8.5 EUR back to Anna yourself?")
    asked = owner.screen
    refused = await owner.tap_data("py:1:R", asked)  # no button of this payment's has it sent back by the store
    assert refused.text is None
    await owner.tap("✅ Yes, I have sent it back")
    await owner.see("Sent back")
    assert "note-1" in (await anna.see("8.5 EUR was sent back to you. $10.00 left your wallet")).text
    kept = await books.read_books(database)
    assert [*books.wrong_wallets(kept), *books.wrong_payments(kept)] == []
    assert kept.customers[0].balance == 0
    (act,) = await acts(database)
    assert act[:2] == (OWNER, "returned_by_hand")
    assert act[2].items() >= {"payment": "1", "amount": "10", "unspent": "10", "charge": "note-1"}.items()
