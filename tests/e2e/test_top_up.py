"""Paying in: a customer tops up in Stars, and an order that lacked the money comes back by itself."""

from sandbox.telegram import SandboxTelegram
from tests.e2e.conftest import ANNA, OWNER, StoreProcess


async def test_an_order_waits_for_the_stars_and_comes_back(store: StoreProcess, telegram: SandboxTelegram) -> None:
    anna = telegram.person(ANNA, first_name="Anna", language_code="en")
    await anna.send("/start")
    await anna.see("Welcome")
    await anna.send("/order 31")
    await anna.see("Short Views")
    await anna.send("https://youtube.com/shorts/abcdefghijk")
    await anna.see("How many")
    await anna.send("3000")
    await anna.see("missing")
    await anna.tap("Top up")
    screen = await anna.see("How much")
    await anna.tap(screen.labels[0])
    bill = await anna.see("To pay")
    assert "Your order waits" in bill.text
    pay = await anna.tap("Pay ⭐")
    assert pay.url is not None
    assert (await anna.pay(pay.url)).ok
    await anna.see("is in your wallet")
    await anna.see("Your money is here")
    await anna.tap("Order for")
    await anna.see("Order 1 ")


async def test_a_typed_amount_is_read_or_asked_again(store: StoreProcess, telegram: SandboxTelegram) -> None:
    anna = telegram.person(ANNA, first_name="Anna", language_code="en")
    telegram.person(OWNER, first_name="Olga", language_code="en")
    await anna.send("/wallet")
    await anna.see("Balance")
    await anna.tap("Top up")
    await anna.see("How much")
    await anna.send("a lot")
    await anna.see("not an amount I can read")
    await anna.send("5000")
    await anna.see("cannot be topped up")
    await anna.send("$12,50")
    await anna.see("Top up $12.50")
    await anna.tap("Cancel")
    await anna.see("Nothing has moved yet")
