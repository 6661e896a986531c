"""Paying in cryptocurrency: the store between a sandbox Telegram and a sandbox Crypto Pay, all over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlmodel import col, select, update

from db.engine import Database
from db.tables import Invoice, InvoiceState, LedgerEntry, Payment
from sandbox.crypto_pay import CryptoPayFault, SandboxCryptoPay
from sandbox.telegram import Person, SandboxTelegram, View
from tests.e2e.conftest import ANNA, OWNER, StoreProcess

CRYPTO_TOKEN = "77:AAcryptopaytoken"


@pytest.fixture
async def crypto_pay() -> AsyncIterator[SandboxCryptoPay]:
    async with SandboxCryptoPay(token=CRYPTO_TOKEN) as sandbox:
        yield sandbox
        assert sandbox.violations == []


@pytest.fixture
def environment(environment: dict[str, str], crypto_pay: SandboxCryptoPay) -> dict[str, str]:
    crypto_pay.webhook = f"http://127.0.0.1:{environment['PORT']}/pay/crypto"
    return environment | {"CRYPTO_PAY_TOKEN": CRYPTO_TOKEN, "CRYPTO_PAY_URL": crypto_pay.url}


@pytest.fixture
async def anna(store: StoreProcess, telegram: SandboxTelegram) -> AsyncIterator[Person]:
    telegram.person(OWNER, first_name="Olga", language_code="en")
    yield telegram.person(ANNA, first_name="Anna", language_code="en")
    assert CRYPTO_TOKEN not in store.log.read_text()


@pytest.fixture
async def books(database_url: str) -> AsyncIterator[Database]:
    """The store's database, seen from outside."""
    db = Database(database_url)
    yield db
    await db.close()


async def begin(anna: Person, amount: str) -> View:
    """Ask for a top-up and come to the ways to pay."""
    await anna.send("/wallet")
    await anna.see("Balance")
    await anna.tap("Top up")
    await anna.see("How much")
    await anna.send(amount)
    return await anna.see("How do you want to pay?")


async def ask(anna: Person, amount: str, asset: str = "USDT") -> str:
    """Come to an invoice in an asset and return where it is paid."""
    await begin(anna, amount)
    await anna.tap(f"{asset} ·")
    await anna.see("You pay in Crypto Bot")
    tapped = await anna.tap("Pay ")
    assert tapped.url is not None
    return tapped.url


async def credited(books: Database) -> list[Decimal]:
    """Every entry of the ledger, oldest first."""
    async with books.read() as session:
        return list(await session.exec(select(LedgerEntry.amount).order_by(col(LedgerEntry.id))))


async def test_an_order_waits_for_the_coins_and_comes_back(
    anna: Person, crypto_pay: SandboxCryptoPay, books: Database
) -> None:
    await anna.send("/start")
    await anna.see("Welcome")
    await anna.send("/order 31")
    await anna.see("Short Views")
    await anna.send("https://youtube.com/shorts/abcdefghijk")
    await anna.see("How many")
    await anna.send("3000")
    await anna.see("missing")
    await anna.tap("Top up")
    await anna.see("How much")
    await anna.send("10")
    ways = await anna.see("How do you want to pay?")
    # Not LTC, of which the provider has no rate.
    assert [label.split(" ·")[0][-4:].strip() for label in ways.labels[1:4]] == ["USDT", "TON", "BTC"]
    await anna.tap("USDT")
    bill = await anna.see("To pay: 9.9951 USDT")  # 10 / 1.0005, up to the fourth digit
    assert "Your order waits" in bill.text
    url = (await anna.tap("Pay 9.9951 USDT")).url
    assert url is not None
    (asked,) = crypto_pay.called("createInvoice")
    assert (asked["asset"], asked["amount"]) == ("USDT", "9.9951")
    assert 3590 < asked["expires_in"] <= 3600
    assert asked["paid_btn_url"] == "https://t.me/sandbox_bot"
    invoice = crypto_pay.settle(url)

    # Somebody else's word, and nonsense, credit nothing.
    assert await crypto_pay.announce(invoice, token="78:another-app") == 401
    assert await crypto_pay.deliver(b"{}", signature="") == 401
    assert await crypto_pay.deliver(b"{}", signature="ж" * 64) in {400, 401}
    assert await crypto_pay.deliver(b"{") == 400
    assert await crypto_pay.deliver(b'{"update_type":"invoice_paid","payload":{"invoice_id":"x"}}') == 400
    assert await crypto_pay.announce(invoice, paid_amount="-5") == 400
    assert await crypto_pay.announce(invoice, payload="not-a-token-of-ours", invoice_id=9999) == 200
    assert await crypto_pay.announce(invoice, payload=None, invoice_id=9998) == 200
    assert await crypto_pay.announce(invoice, kind="something_new") == 200
    assert await credited(books) == []

    assert [await crypto_pay.announce(invoice) for _ in range(3)] == [200, 200, 200]
    receipt = await anna.see("$10.00 is in your wallet")
    assert "Paid: 9.9951 USDT" in receipt.text
    assert str(invoice.invoice_id) in receipt.text
    await anna.see("Your money is here")
    await anna.tap("Order for")
    await anna.see("Order 1 ")
    assert (await credited(books))[0] == 10
    assert len(await credited(books)) == 2


async def test_what_was_paid_while_the_store_was_down_is_found(
    anna: Person, store: StoreProcess, crypto_pay: SandboxCryptoPay, books: Database
) -> None:
    less = await ask(anna, "20")
    invoice = crypto_pay.invoice(less)
    await store.kill()
    assert await crypto_pay.pay(less, amount=invoice.amount / 2) is None  # nobody hears it
    await store.start()
    receipt = await anna.see("$10.00 is in your wallet", timeout=30)  # half, at the invoice's own rate
    assert f"Paid: {(invoice.amount / 2).normalize():f} USDT" in receipt.text

    more = await ask(anna, "20")
    assert await crypto_pay.pay(more, amount=crypto_pay.invoice(more).amount * 2) == 200
    await anna.see("$40.00 is in your wallet")
    assert await credited(books) == [10, 40]

    # A way that does not work leaves the others; nothing is asked for twice.
    asked = len(crypto_pay.called("createInvoice"))
    crypto_pay.fault(CryptoPayFault.PAGE, "getExchangeRates")
    await begin(anna, "5")
    assert "does not work right now" in ((await anna.tap("TON")).text or "")
    assert len(crypto_pay.called("createInvoice")) == asked
    crypto_pay.fault(CryptoPayFault.RESET_AFTER, "createInvoice")
    assert "does not work right now" in ((await anna.tap("TON")).text or "")
    await anna.tap("TON")
    await anna.see("To pay: 1.613 TON")
    shown = (await anna.tap("Pay ")).url
    assert shown is not None
    lost, made = list(crypto_pay.invoices.values())[-2:]
    assert (lost.given["payload"] != made.given["payload"], made.url) == (True, shown)
    assert await crypto_pay.pay(shown) == 200
    await anna.see("$5.00 is in your wallet")


async def test_an_invoice_that_was_left_or_ran_out(anna: Person, crypto_pay: SandboxCryptoPay, books: Database) -> None:
    left = await ask(anna, "7")
    number = crypto_pay.invoice(left).invoice_id
    await anna.tap("Cancel")
    await anna.see("Nothing has moved yet")
    for _ in range(200):  # the next check is due within five seconds, and looked for as often
        if number not in crypto_pay.invoices:
            break
        await asyncio.sleep(0.1)
    assert crypto_pay.called("deleteInvoice") == [{"invoice_id": number}]

    late = await ask(anna, "8")
    async with books.begin() as session:
        past = datetime.now(UTC) - timedelta(minutes=1)
        mine = update(Invoice).where(col(Invoice.state) == InvoiceState.OPEN)
        await session.exec(mine.values(expires_at=past))
    tapped = await anna.tap("Cancel")
    assert tapped.show_alert
    assert "ran out of time" in (tapped.text or "")
    crypto_pay.webhook = None  # what was paid in the last moment is found by asking, too
    await crypto_pay.pay(late)
    async with books.begin() as session:
        await session.exec(update(Invoice).values(next_check_at=past))
    await anna.see("$8.00 is in your wallet", timeout=20)
    async with books.read() as session:
        (paid,) = (await session.exec(select(Payment))).all()
        invoice = await session.get_one(Invoice, paid.invoice_id)
        assert (paid.charge_id, invoice.state) == (str(crypto_pay.invoice(late).invoice_id), InvoiceState.PAID)
