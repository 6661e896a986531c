"""Codes, friends, statements and books, as customers and the owner see them on their phones."""

import csv
import io
from decimal import Decimal
from typing import Any

import pytest

from sandbox.panel import SandboxPanel
from sandbox.telegram import Person, SandboxTelegram
from sandbox.telegram.views import View
from tests.e2e.conftest import ANNA, BORIS, OWNER, StoreProcess


@pytest.fixture
async def owner(anna: Any, telegram: SandboxTelegram) -> Person:
    return telegram.person(OWNER, first_name="Olga", language_code="en")


async def top_up(person: Person, amount: str) -> None:
    await person.send("/wallet")
    await person.see("Balance")
    await person.tap("➕ Top up")
    await person.see("How much")
    await person.send(amount)
    await person.see("To pay")
    pay = await person.tap("Pay ⭐")
    assert pay.url is not None
    assert (await person.pay(pay.url)).ok
    await person.see("Paid: ⭐")


async def make_code(owner: Person, *answers: str) -> View:
    """Answer the questions for a new code: with a button of that label (in brackets), or by typing."""
    await owner.send("/admin")
    await owner.tap("🎟 Bonus codes")
    await owner.see("Bonus codes")
    await owner.tap("➕ New code")
    questions = ("What is the code", "What does it bring", "How often in all", "by one customer", "at least", "At most",
                 "how many days")  # fmt: skip
    asked = questions if "%" in answers[1] else (*questions[:5], questions[6])
    for question, answer in zip(asked, answers, strict=True):
        await owner.see(question)
        if answer.startswith("["):
            await owner.tap(answer[1:-1])
        else:
            await owner.send(answer)
    card = await owner.see("on offer?")
    await owner.tap("✅ Yes, put it on offer")
    await owner.see("Brought customers $0.00")
    return card


async def sheet_of(person: Person, name: str) -> list[dict[str, str]]:
    """Read the file that was just sent."""
    await person.see("Times are in UTC.")
    message = next(view for view in reversed(person.messages) if view.document is not None)
    assert message.document_name == name
    assert message.document is not None
    assert message.document.startswith(b"\xef\xbb\xbf")
    person.delete(message)
    return list(csv.DictReader(io.StringIO(message.document.decode("utf-8-sig"))))


async def test_codes_and_friends(anna: Any, owner: Person, telegram: SandboxTelegram) -> None:
    await anna.send("/wallet")
    screen = await anna.see("Balance: $100.00")
    assert not any("Invite" in label for label in screen.labels)  # referrals bring nothing yet

    # The owner makes two codes and has referrals pay.
    await owner.send("/admin")
    await owner.tap("🎟 Bonus codes")
    await owner.tap("➕ New code")
    await owner.send("no, two words")
    await owner.see("That does not fit")
    card = await make_code(owner, "Welcome", "2.50", "[No limit]", "[1]", "[No limit]", "[30]")
    assert "$2.50 as a present" in card.text
    assert "By one customer: 1" in card.text
    code = await owner.tap("📋 Link")
    assert code.copied is not None
    assert code.copied.endswith("?start=cwelcome")
    card = await make_code(owner, "tenth", "10%", "1", "[1]", "[$5.00]", "3", "[No limit]")
    assert "10% of the top-up as a present, at most $3.00, with a top-up of at least $5.00" in card.text
    await make_code(owner, "[🎲 Make one up]", "1", "1", "[1]", "[$10.00]", "[No limit]")
    await owner.send("/admin")
    await owner.tap("🤝 Referrals")
    await owner.see("brings nothing now")
    await owner.send("51 90")
    await owner.see("Send percent (0 to 50)")
    await owner.send("10 30")
    await owner.see("Give 10% of a friend's top-ups, for 30 days")
    await owner.tap("✅ Yes, do so")
    await owner.see("gets 10% of the friend's top-ups, for 30 days")

    # Anna invites Boris.
    await anna.send("/wallet")
    await anna.tap("🤝 Invite friends")
    invite = await anna.see("Nobody has come yet")
    assert "You get 10% of each top-up a friend makes in their first 30 days" in invite.text
    link = (await anna.tap("📋 Link")).copied
    shared = await anna.tap("📤 Share")
    assert shared.url is not None
    assert shared.url.startswith("https://t.me/share/url?url=https%3A%2F%2Ft.me%2F")
    boris = telegram.person(BORIS, first_name="Boris", last_name="Secret", language_code="en")
    await boris.send(f"/start {link.split('=')[1]}")
    await boris.see("Welcome")

    # Boris takes one code by its link, the other by typing.
    await boris.send("/start cwelcome")
    await boris.see("$2.50 is in your wallet from the bonus code WELCOME. Balance: $2.50")
    await boris.tap("🎟 Bonus code")
    await boris.see("Send me the code")
    for words, answer in (("nonsense", "There is no such code"), ("WELCOME", "You have used this code before")):
        await boris.send(words)
        await boris.see(answer)
    await boris.send(" Tenth ")
    await boris.see("TENTH waits for your next top-up")
    await top_up(boris, "4.99")
    await boris.see("This top-up was too small for the bonus code TENTH. It waits for one of at least $5.00.")
    await top_up(boris, "20")
    await boris.see("$2.00 is in your wallet from the bonus code TENTH. Balance: $29.49")
    told = await anna.see("$2.00 is in your wallet: a friend you invited topped up. Balance: $102.49")
    assert not any("Boris" in view.text or "Secret" in view.text for view in anna.messages)
    assert told.raw.text.startswith("🤝")
    await anna.send("/wallet")
    await anna.tap("🤝 Invite friends")
    await anna.see("1 friend came. You have earned $2.49.")

    # It was the only use; what is switched off brings nothing.
    await anna.send("/wallet")
    await anna.tap("🎟 Bonus code")
    await anna.send("tenth")
    await anna.see("This code is used up")
    await owner.send("/admin")
    await owner.tap("🎟 Bonus codes")
    await owner.tap("WELCOME · 1")
    await owner.see("Brought customers $2.50")
    await owner.tap("⛔ Switch off")
    await owner.tap("✅ Yes, switch it off")
    await owner.see("Switched off")
    await anna.send("welcome")
    await anna.see("This code is over")

    # What an owner's buttons do, nobody else's do.
    for data in ("bl|0", "bl:0", "bo:1:F", "bn|make|", "rs:1000:30:1", "bk:today", "bx:all", f"w:0:{BORIS}", "ws",
                 f"wm:0:{BORIS}", f"wx:all:{BORIS}", f"wp:1:0:{BORIS}", f"wo:1:0:{BORIS}"):  # fmt: skip
        answer = await anna.tap_data(data)
        assert answer.text is not None, data
        assert "out of date" in answer.text, data


async def test_a_statement_and_the_books(
    anna: Any, owner: Person, telegram: SandboxTelegram, panel: SandboxPanel, store: StoreProcess
) -> None:
    await owner.send(f"/credit {ANNA} -1.50 =HYPERLINK(evil)")
    await anna.see("$1.50 was taken")
    await top_up(anna, "7.70")
    await anna.send("/order 1")
    await anna.send("@nasa")
    await anna.send("1000")
    await anna.see("Please check")
    await anna.tap("✅ Order for $1.62")
    await anna.see("Order 1 · in progress")
    panel.finish("23501", "Partial", remains=500)
    await anna.see("Order 1 ended early: 500 of 1,000 delivered.")

    # The customer's statement: reasons, what can be opened, months, a file.
    await anna.send("/wallet")
    await anna.tap("📄 Statement")
    statement = await anna.see("Statement · balance $105.39")
    assert [line for line in statement.text.splitlines() if " · " in line and "UTC" not in line][1:] == [
        "+$0.81 · back from order 1",
        "-$1.62 · order 1",
        "+$7.70 · top-up, ⭐ Telegram Stars, payment 1",
        "-$1.50 · by the shop · =HYPERLINK(evil)",
        "+$100.00 · by the shop · welcome",
    ]
    assert statement.labels[:2] == ["📦 1", "💳 1"]
    await anna.tap("💳 1")
    await anna.see("⭐ 593 for $7.70")
    await anna.tap("‹ Back")
    await anna.see("Statement · balance")
    await anna.tap("📅 Months")
    month = await anna.see("began with $0.00")
    assert "ended with $105.39" in month.text
    assert "−$1.62 · orders" in month.text
    await anna.tap("‹ Back")
    await anna.tap("⬇️ File")
    await anna.see("Which period?")
    await anna.tap("This month")
    rows = await sheet_of(anna, f"statement-{ANNA}-month.csv")
    assert [row["kind"] for row in rows] == [
        "opening", "adjustment", "adjustment", "top-up", "purchase", "refund", "closing",
    ]  # fmt: skip
    assert Decimal(rows[-1]["balance"]) == Decimal("105.39") == sum(Decimal(row["amount"] or 0) for row in rows)
    assert rows[2]["note"] == "'=HYPERLINK(evil)"
    assert (rows[3]["way"], rows[3]["unit"], rows[3]["payment"], rows[4]["order"]) == ("stars", "XTR", "1", "1")
    await anna.tap("‹ Back")
    await anna.tap("📦 1")
    await anna.see("Order 1 · ended early")

    # The owner sees the same of anybody.
    await owner.send("/statement 4711")
    await owner.see("Nobody of that number")
    await owner.send(str(ANNA))
    seen = await owner.see("Statement · balance $105.39")
    assert f"Anna ({ANNA})" in seen.text
    await owner.tap("📦 1")
    await owner.see("Order 1 · ended early")
    await owner.tap("‹ Back")
    await owner.tap("💳 1")
    await owner.see("⭐ 593 for $7.70")
    await owner.tap("‹ Back")
    await owner.tap("⬇️ File")
    await owner.tap("All")
    assert len(await sheet_of(owner, f"statement-{ANNA}-all.csv")) == 7

    # And the books of the store.
    await owner.send("/admin")
    await owner.tap("📒 Books")
    books = await owner.see("Books of the store")
    for words in ("at the start: $0.00", "+$7.70 · top-ups", "⭐ Telegram Stars: ⭐", "+$98.50 · by the shop",
                  "-$1.62 · orders", "+$0.81 · back from orders", "at the end: $105.39", "placed at the panel: 1",
                  "Customers paid $1.62, $0.81 of it went back", "took $0.62 for 1 order"):  # fmt: skip
        assert words in books.text, words
    await owner.tap("⬇️ File")
    rows = await sheet_of(owner, "books-today.csv")
    lines = {row["line"]: row for row in rows}
    moved = [Decimal(lines[name]["amount"]) for name in ("top-up", "purchase", "refund", "adjustment")]
    assert Decimal(lines["owed-at-start"]["amount"]) + sum(moved) == Decimal(lines["owed-at-end"]["amount"])
    assert (lines["taken"]["way"], lines["taken"]["unit"], lines["taken"]["amount"]) == ("stars", "XTR", "7.7")
    await owner.tap("All")
    await owner.see("Books of the store")
    assert telegram.violations == []
    assert store.alive
