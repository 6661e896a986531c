"""Paying by hand: owners set a way up, customers show that they paid, owners decide, each payment once."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import col, select, update

from db.engine import Database
from db.tables import Invoice, LedgerEntry, OwnerAct, Payment, PayWay, Proof, utc_now
from sandbox.telegram import Person, SandboxTelegram, View
from tests.e2e.conftest import ANNA, BORIS, OWNER, StoreProcess

SECOND = 901  # another owner
PICTURE = b"\x89PNG a picture of a payment"


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    return environment | {"ADMIN_IDS": f"{OWNER},{SECOND}"}


@pytest.fixture
async def owner(anna: Person, telegram: SandboxTelegram) -> Person:
    return telegram.person(OWNER, first_name="Olga")


@pytest.fixture
async def second(anna: Person, telegram: SandboxTelegram) -> Person:
    person = telegram.person(SECOND, first_name="Oleg", language_code="en")
    await person.send("/start")
    await person.see("Welcome")
    return person


@pytest.fixture
async def way(anna: Person, database: Database) -> PayWay:
    """A way to pay that is on: euros to a card, 1.08 dollars each."""
    async with database.begin() as session:
        card = PayWay(
            name="Card", text="To Olga", address="5555 4444", unit="EUR", rate=Decimal("1.08"), minimum=Decimal(2)
        )
        session.add(card)
    return card


async def open_bill(person: Person, amount: str = "10") -> View:
    await person.send("/wallet")
    await person.tap("Top up")
    await person.see("How much")
    await person.send(amount)
    await person.see("How do you want to pay?")
    await person.tap("Card · from")
    return await person.see("To pay: ")


async def show_words(person: Person, words: str, amount: str = "10") -> None:
    await open_bill(person, amount)
    await person.tap("I have paid")
    await person.see("Send one picture")
    await person.send(words)
    await person.see("Sent to the shop.")


def newer_than(person: Person, view: View) -> View | None:
    """The newest message with buttons, if it came after this one and is a picture."""
    screen = person.screen
    return screen if screen is not None and screen.message_id > view.message_id and screen.photo else None


async def balance(person: Person) -> str:
    await person.send("/wallet")
    return (await person.see("Your number in this shop")).text.splitlines()[0]


async def type_answers(owner: Person, *answers: tuple[str, str]) -> None:
    for asked, answer in answers:
        await owner.see(asked)
        await owner.send(answer)


async def test_an_owner_sets_a_way_up_and_two_approve_one_picture(
    anna: Person, owner: Person, second: Person, database: Database, store: StoreProcess
) -> None:
    await owner.send("/admin")
    await owner.tap("Ways to pay")
    await owner.see("There is none yet")
    await owner.tap("Add")
    await type_answers(
        owner,
        ("What is it called?", "A name that is much too long for any button"),
        ("I cannot take that", "Bank <card> & co"),
        ("In which currency", "€"),
        ("I cannot take that", "eur"),
        ("What is 1 EUR worth in USD?", "1.083"),
        ("I cannot take that", "1.08"),
        ("smallest amount, in EUR", "5 USD"),
        ("I cannot take that", "5"),
        ("What do customers copy?", "DE02 1203 0000"),
        ("What do customers have to do?", "Pay to <b>Olga</b> & name your number"),
    )
    card = await owner.see("off: customers do not see it")
    assert "1 EUR = 1.08 USD" in card.text
    await anna.send("/wallet")
    await anna.tap("Top up")
    await anna.send("10")
    assert "Pay ⭐" in (await anna.see("To pay: ")).labels[0]  # one way only
    await owner.tap("Switch on")
    await owner.see("paid in Stars")
    await owner.tap("✅ I know; switch it on")
    await owner.see("Bank <card> & co · on")
    await owner.tap("Switch off")
    await owner.see("off: customers")
    await owner.tap("Switch on")  # the rule is named once
    await owner.see("Bank <card> & co · on")

    await anna.send("/wallet")
    await anna.tap("Top up")
    await anna.see("How much")
    await anna.send("10")
    await anna.tap("Bank <card> & co · from 5 EUR")
    bill = await anna.see("To pay: 9.26 EUR")
    assert "Pay to <b>Olga</b> & name your number" in bill.text
    assert (await anna.tap("Where to pay")).copied == "DE02 1203 0000"
    assert (await anna.tap("📋 9.26")).copied == "9.26"
    await anna.tap("I have paid")
    await anna.see("Send one picture")
    await anna.tap("‹ Back")
    await anna.see("To pay: 9.26 EUR")
    await anna.send("/wallet")  # she looks elsewhere, and comes back
    await anna.tap("Top up")
    await anna.tap("Payment 2: 9.26 EUR")
    await anna.see("To pay: 9.26 EUR")
    await anna.tap("I have paid")
    await anna.see("Send one picture")
    await anna.send_sticker()
    await anna.see("I can take a photo, an image, a PDF, or words")
    await anna.upload(b"MZ", "proof.exe", "application/x-msdownload")
    await anna.send_album([PICTURE, PICTURE])
    await anna.see("Those are several pictures")
    await anna.send("paid " * 70)
    await anna.see("That is 349 characters")
    await anna.gone("several pictures")  # one menu at a time
    await anna.send_photo(PICTURE, caption="from <Anna>")
    sent = await anna.see("Sent to the shop.")
    assert "9.26 EUR for $10.00" in sent.text

    cards = [await person.see("Payment 2: 9.26 EUR for $10.00") for person in (owner, second)]
    for shown in cards:
        assert shown.photo == PICTURE
        for words in (f"Anna @anna {ANNA}", "Balance $100.00 · nothing paid in before", "“from <Anna>”"):
            assert words in shown.text
    answers = await asyncio.gather(
        *(person.tap("✅ Arrived: credit $10.00", shown) for person, shown in zip((owner, second), cards, strict=True))
    )
    [late] = [answer.text for answer in answers if answer.text]
    assert "$10.00 credited" in late
    receipt = await anna.see("$10.00 is in your wallet.")
    assert "Balance: $110.00" in receipt.text
    name = late.split()[1].rstrip(",")
    for person, shown in zip((owner, second), cards, strict=True):
        decided = await person.see(f"✔️ {name}, ")
        assert (decided.message_id, decided.buttons) == (shown.message_id, [])
        again = await person.tap_data("hp:1:A::0:", shown)
        assert f"✔️ {name}, " in (again.text or "")
    assert await balance(anna) == "Balance: $110.00"
    assert len([view for view in anna.messages if "$10.00 is in your wallet." in view.text]) == 1
    async with database.read() as session:
        [payment] = (await session.exec(select(Payment))).all()
        assert (payment.charge_id, payment.units, payment.unit) == ("invoice:2", Decimal("9.26"), "EUR")
        acts = [act.act for act in (await session.exec(select(OwnerAct).order_by(col(OwnerAct.id)))).all()]
    assert acts == [
        "pay_way_added", "digital_goods_rule", "pay_way_on", "pay_way_off", "pay_way_on", "proof_approved",
    ]  # fmt: skip


async def test_a_refusal_another_proof_and_another_amount(
    anna: Person, owner: Person, second: Person, way: PayWay, telegram: SandboxTelegram, database: Database
) -> None:
    boris = telegram.person(BORIS, first_name="Boris", language_code="ru")
    await boris.send("/start")
    await show_words(anna, "TX 77-abc")
    card = await owner.see("Payment 1: 9.26 EUR")
    assert card.photo is None
    await owner.tap("Refuse", card)
    await owner.see("Payment 1: why?")
    await owner.send("x" * 151)
    await owner.see("That is 151 characters")
    await owner.send("The bank <has> nothing")
    await owner.see("The customer will read")
    await owner.tap("‹ Back")
    await owner.tap("Not arrived")
    await owner.see("No such payment has arrived")
    await owner.tap("✅ Refuse")
    await second.see("Olga, ")
    refusal = await anna.see("did not find your payment 1 of 9.26 EUR")
    assert "No such payment has arrived." in refusal.text

    await anna.tap("Send another proof", refusal)
    await anna.see("Send one picture")
    assert "did not find your payment 1" in "".join(view.text for view in anna.messages)  # it is kept
    mine = await anna.send_photo(PICTURE)
    await anna.see("Sent to the shop.")
    again = await second.see("Proof no. 2 of this payment")
    await second.tap("Another amount", again)
    await second.see("how much arrived?")
    for wrong in ("a lot", "1,000", "0", "-5", "€ 5 USD"):
        await second.send(wrong)
        await second.see(f"“{wrong}” is no amount")
    await second.send("$4.50")
    await second.see("credit $4.50 for 4.167 EUR")
    await second.send("4")
    asked = await second.see("credit $4.31 for 4 EUR?")
    assert "Asked for were 9.26 EUR" in asked.text
    await second.tap("✅ Arrived: credit $4.31")
    await second.see("✔️ Oleg, ")
    await anna.see("$4.31 is in your wallet.")
    await owner.see("✔️ Oleg, ")
    assert "Olga" in (await second.tap_data("hp:1:A::0:", card)).text  # the first proof stays refused
    assert await balance(anna) == "Balance: $104.31"

    # The same picture, and the same reference in other letters, shown by somebody else.
    await boris.send("/wallet")
    await boris.tap("Пополнить")
    await boris.send("10")
    await boris.tap("Card · от 2 EUR")
    await boris.tap("Я оплатил(а)")
    await boris.see("Пришлите один снимок")
    await anna.forward(mine, boris)
    assert "⚠️" not in again.text
    forward = boris.messages[-1]
    await telegram.deliver({"message": forward.raw.as_json() | {"from": boris.user.as_json()}})
    await boris.see("Отправлено магазину")
    fraud = await owner.see("The same was sent for payment 1 of Anna (paid).")
    assert "Payment 2" in fraud.text
    await owner.send("/admin")
    await owner.tap("Payments to check: 1")
    await owner.tap("2 · 9.26 EUR · Boris")
    opened = await telegram.world.until(lambda: newer_than(owner, fraud), 10)
    assert opened is not None
    assert (opened.photo, "The same was sent for payment 1" in opened.text) == (PICTURE, True)
    for data in ("iv:2:c", "iv:2:o", "iv:9999:c"):
        answer = await anna.tap_data(data)
        assert "cannot be paid any more" in (answer.text or ""), data
    for data in ("hs:0", "hp:2:A::0:", "hp:2:R::0:used", "hp:2:t::0:", "hw", "hy:a:0:", "hy:N:1:", "hc:1002:1"):
        answer = await anna.tap_data(data)
        assert "out of date" in (answer.text or ""), data
    await owner.tap("Refuse", opened)
    await owner.tap("Used before")
    await owner.tap("✅ Refuse")
    await boris.see("Это уже присылали для другого платежа.")
    async with database.read() as session:
        facts = [act.facts for act in (await session.exec(select(OwnerAct).order_by(col(OwnerAct.id)))).all()]
        assert facts[0]["reason"] == "not-arrived"
        assert (facts[1]["amount"], facts[1]["asked"], facts[1]["units"]) == ("4.31", "10", "4.0")
        assert (await session.exec(select(LedgerEntry.amount).where(col(LedgerEntry.customer_id) == BORIS))).all() == []


async def test_limits_of_what_waits_and_of_time(
    anna: Person, owner: Person, way: PayWay, database: Database, telegram: SandboxTelegram
) -> None:
    for number in (1, 2, 3):
        await show_words(anna, f"reference {number}00", amount=f"{number + 2}")
        await owner.see(f"Payment {number}: ")
    await anna.send("/wallet")
    await anna.tap("Top up")
    await anna.send("7")
    answer = await anna.tap("Card · from")
    assert "still checking 3 payments of yours" in (answer.text or "")
    await owner.tap("✅ Arrived: credit $3.00")
    await anna.see("$3.00 is in your wallet.")
    await open_bill(anna, "7")
    await anna.tap("I have paid")
    await anna.see("Send one picture")
    async with database.begin() as session:  # the time runs out while she looks for the picture
        gone = utc_now() - timedelta(minutes=1)
        await session.exec(update(Invoice).where(col(Invoice.id) == 4).values(expires_at=gone))
    await anna.upload(b"%PDF", "receipt.pdf", "application/pdf")
    await anna.see("Payment 4: ")
    card = await owner.see("Payment 4: 6.49 EUR")
    assert card.document == b"%PDF"
    await owner.tap("Another amount", card)
    await owner.see("how much arrived?")
    await owner.send("/cancel")
    await owner.see("What shall it be?")
    await owner.send("5")
    await owner.see("I did not understand that")
    assert await balance(anna) == "Balance: $103.00"


async def test_a_customer_on_hold_neither_pays_nor_orders(
    anna: Person, owner: Person, way: PayWay, panel: Any, telegram: SandboxTelegram, database: Database
) -> None:
    panel.pace = 0
    for number in (1, 2):
        await anna.send("/order 1")
        await anna.send("@nasa")
        await anna.send("1000")
        confirm = await anna.see("Please check")
        if number == 1:
            await anna.tap("✅ Order for $1.62")
            await anna.see("Order 1 · in progress")
    bill = await open_bill(anna)
    await anna.tap("I have paid")
    await anna.see("Send one picture")
    await owner.send("/hold")
    await owner.see("Write: /hold")
    await owner.send("/hold 424242")
    await owner.see("Nobody with the number 424242")
    await owner.send(f"/hold {ANNA}")
    asked = await owner.see("Not on hold.")
    assert f"Anna @anna {ANNA}" in asked.text
    await owner.tap("✅ Put on hold")
    await owner.see("On hold since")

    await anna.send("reference 4711")
    await anna.see("Your account is on hold")
    for data in ("iv:1:c", "tu:0", "tw|hand|1|1000|0"):
        answer = await anna.tap_data(data, bill)
        assert answer.text is not None, data
        assert "on hold" in answer.text, data
    code = next(
        button["callback_data"] for row in confirm.raw.rows for button in row if button["text"].startswith("✅")
    )
    assert "on hold" in ((await anna.tap_data(code, confirm)).text or "")
    panel.finish("23501", "Partial", remains=500)
    await anna.see("$0.81 is back in your wallet.")  # what was under way goes on

    await owner.send(f"/hold {ANNA}")
    await owner.tap("✅ Let go")
    await owner.see("Not on hold.")
    await show_words(anna, "reference 4711")
    async with database.read() as session:
        acts = [act.act for act in (await session.exec(select(OwnerAct).order_by(col(OwnerAct.id)))).all()]
        assert acts == ["customer_held", "customer_let_go"]
        assert [proof.text for proof in (await session.exec(select(Proof))).all()] == ["reference 4711"]
