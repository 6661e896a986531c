"""Crypto Pay against a sandbox of it and a real database: rates, checks shared by workers, faults, and returns."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select, update

from db.engine import Database
from db.tables import Customer, Invoice, InvoiceState, LedgerEntry, Notice, NoticeKind, Payment, RefundState, utc_now
from sandbox.crypto_pay import CryptoPayFault, SandboxCryptoPay
from shop import facts, invoice_checks, payments, returns
from shop.errors import WayClosed
from shop.policy import Policy
from shop.returns import RefundRefused
from shop.till import Till
from texts import speak
from ways.crypto_pay import CRYPTO_PAY, CryptoPay, CryptoPayAway, CryptoPayClient, CryptoPayRefused
from ways.crypto_pay.rates import ASSETS, units_for

TOKEN = "77:AAcryptopaytoken"
ANNA = 1001
TILL = Till()
SAY = speak(("en",), "USD")
POLICY = Policy(owners=(900, 901))
FAULTS = [
    CryptoPayFault.SILENT,
    CryptoPayFault.RESET,
    CryptoPayFault.PAGE,
    CryptoPayFault.APP_ERROR,
    CryptoPayFault.THROTTLE,
]


class Username:
    """A bot, as far as a way to pay asks it."""

    async def me(self) -> "Username":
        return self

    username = "shop_bot"


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxCryptoPay]:
    async with SandboxCryptoPay(token=TOKEN) as running:
        yield running
        assert running.violations == []


@pytest.fixture
async def client(sandbox: SandboxCryptoPay) -> AsyncIterator[CryptoPayClient]:
    client = CryptoPayClient(sandbox.url, TOKEN, timeout=0.5)
    yield client
    await client.aclose()


class Desk:
    """The way, and what a customer and the passing of time do to it."""

    def __init__(self, db: Database, client: CryptoPayClient, sandbox: SandboxCryptoPay) -> None:
        self.db = db
        self.client = client
        self.sandbox = sandbox
        self.way = self.another_worker()

    def another_worker(self) -> CryptoPay:
        return CryptoPay(self.client, Username())  # type: ignore[arg-type]  # enough of a bot

    async def offered(self) -> list[str]:
        async with self.db.read() as session:
            return [offer.choice for offer in await self.way.offers(session, TILL, SAY)]

    async def ask(self, amount: int = 10, asset: str = "USDT", *, keep: bool = True) -> Invoice:
        """An invoice, as the top-up's handler makes it; with `keep` off the store died before it kept the bill."""
        units, unit = await self.way.price(self.db, TILL, Decimal(amount), asset)
        async with self.db.begin() as session:
            invoice = await payments.open_invoice(
                session,
                ANNA,
                CRYPTO_PAY,
                Decimal(amount),
                units=units,
                unit=unit,
                lifetime=self.way.lifetime,
                till=TILL,
            )
        bill = await self.way.bill(self.db, invoice, SAY)
        if keep:
            async with self.db.begin() as session:
                await payments.keep_bill(session, invoice.id, bill.url, bill.reference, bill.check_at)
        return await self.again(invoice)

    async def again(self, invoice: Invoice) -> Invoice:
        async with self.db.read() as session:
            return await session.get_one(Invoice, invoice.id)

    async def time_comes(self, **changes: Any) -> None:
        """Every invoice is due to be asked about."""
        async with self.db.begin() as session:
            due = update(Invoice).where(col(Invoice.next_check_at).is_not(None))
            await session.exec(due.values(next_check_at=utc_now() - timedelta(seconds=1), **changes))

    async def collect(self) -> None:
        await self.time_comes()
        await self.way.collect(self.db, POLICY)

    async def credited(self) -> list[Decimal]:
        async with self.db.read() as session:
            return list(await session.exec(select(LedgerEntry.amount).order_by(col(LedgerEntry.id))))

    async def alerts(self) -> list[tuple[int, str]]:
        async with self.db.read() as session:
            told = await session.exec(select(Notice).where(Notice.kind == NoticeKind.ALERT).order_by(col(Notice.id)))
            return [(notice.chat_id, notice.content["about"]) for notice in told]

    async def deliver(self, **changes: Any) -> HTTPStatus:
        """The newest invoice is announced as paid."""
        invoice = list(self.sandbox.invoices.values())[-1]
        told = invoice.as_json(utc_now()) | {"status": "paid"} | changes
        body = json.dumps({"update_id": 1, "update_type": "invoice_paid", "payload": told}).encode()
        return await self.way.take(self.db, body, signed(body))


def signed(body: bytes) -> str:
    return hmac.new(hashlib.sha256(TOKEN.encode()).digest(), body, hashlib.sha256).hexdigest()


@pytest.fixture
async def desk(database: Database, client: CryptoPayClient, sandbox: SandboxCryptoPay) -> Desk:
    async with database.begin() as session:
        session.add(Customer(id=ANNA))
    return Desk(database, client, sandbox)


# --- what it costs --------------------------------------------------------------------------------


@given(
    st.integers(min_value=100, max_value=100_000),
    st.sampled_from(sorted(ASSETS)),
    st.decimals(min_value="0.0001", max_value="999999", places=6),
)
def test_a_price_is_never_below_the_rate_and_less_than_a_step_above(cents: int, asset: str, rate: Decimal) -> None:
    amount = Decimal(cents) / 100
    units = units_for(amount, asset, rate)
    step = Decimal(1).scaleb(-ASSETS[asset])
    assert units % step == 0
    assert 0 <= units * rate - amount < step * rate


async def test_only_what_has_a_rate_in_the_shops_currency_is_offered(desk: Desk) -> None:
    assert await desk.offered() == []  # nobody has asked yet
    await desk.way.collect(desk.db, POLICY)
    assert await desk.offered() == ["USDT", "TON", "BTC"]
    await desk.way.collect(desk.db, POLICY)
    assert len(desk.sandbox.called("getExchangeRates")) == 1  # once a minute is enough
    desk.sandbox.stale.add("BTC")
    for asset in ("LTC", "BTC"):
        with pytest.raises(WayClosed):
            await desk.way.price(desk.db, TILL, Decimal(10), asset)
    async with desk.db.begin() as session:
        await facts.write(session, facts.CURRENCY, "EUR")
    assert await desk.way.price(desk.db, TILL, Decimal("9.20"), "USDT") == (Decimal(10), "USDT")
    with pytest.raises(WayClosed):
        await desk.way.price(desk.db, TILL, Decimal(10), "TON")
    await desk.another_worker().collect(desk.db, POLICY)
    async with desk.db.read() as session:
        assert [offer.choice for offer in await desk.way.offers(session, TILL, speak(("en",), "EUR"))] == ["USDT"]
    assert await desk.offered() == []


async def test_owners_are_told_once_that_the_token_is_refused(desk: Desk) -> None:
    await desk.way.collect(desk.db, POLICY)
    desk.sandbox.token = "78:AAanother"
    for _ in range(3):
        await desk.another_worker().collect(desk.db, POLICY)  # asks at its start
    assert await desk.alerts() == [(900, "crypto-pay-refused"), (901, "crypto-pay-refused")]
    assert await desk.offered() == []
    desk.sandbox.token = TOKEN
    await desk.another_worker().collect(desk.db, POLICY)
    assert await desk.offered() == ["USDT", "TON", "BTC"]
    desk.sandbox.fault(CryptoPayFault.PAGE, "getExchangeRates")
    await desk.another_worker().collect(desk.db, POLICY)
    assert await desk.offered() == ["USDT", "TON", "BTC"]  # away for a moment is not off
    assert len(await desk.alerts()) == 2


# --- money arrives --------------------------------------------------------------------------------


async def test_everybody_hears_of_a_payment_at_once_and_it_is_credited_once(desk: Desk) -> None:
    invoice = await desk.ask()
    desk.sandbox.settle(int(invoice.reference or 0))
    await desk.time_comes()
    workers = [desk.another_worker() for _ in range(3)]
    await asyncio.gather(*(worker.collect(desk.db, POLICY) for worker in workers), *(desk.deliver() for _ in range(3)))
    assert await desk.credited() == [10]
    assert (await desk.again(invoice)).state is InvoiceState.PAID


async def test_due_invoices_are_shared_between_workers(desk: Desk) -> None:
    async with desk.db.begin() as session:
        session.add(Customer(id=1002))
        for number in range(230):
            state = InvoiceState.CANCELED
            session.add(
                Invoice(
                    customer_id=1002, way=CRYPTO_PAY, amount=Decimal(1), units=Decimal(1), unit="USDT",
                    token=f"t{number}", reference=str(number), state=state, next_check_at=utc_now(),
                    expires_at=utc_now(), created_at=utc_now(),
                )
            )  # fmt: skip
    await asyncio.gather(*(desk.another_worker().collect(desk.db, POLICY) for _ in range(4)))
    asked = [call["invoice_ids"].split(",") for call in desk.sandbox.called("getInvoices")]
    assert sorted(number for each in asked for number in each) == sorted(str(number) for number in range(230))
    assert max(len(each) for each in asked) == 100


async def test_a_payment_is_heard_of_before_the_invoice_is_kept(desk: Desk) -> None:
    invoice = await desk.ask(keep=False)
    assert invoice.reference is None
    assert await desk.deliver() is HTTPStatus.OK
    assert await desk.credited() == [10]


@pytest.mark.parametrize(
    ("changes", "credited"),
    [
        ({"paid_amount": "4.99755", "paid_asset": "USDT"}, [Decimal(5)]),
        ({"paid_amount": "29.9853", "paid_asset": "USDT"}, [Decimal(30)]),
        ({"paid_amount": "0.000000001", "paid_asset": "USDT"}, []),  # worth less than the smallest sum there is
        ({"paid_amount": "5", "paid_asset": "TON"}, []),  # nobody asked for it, and the invoice has no rate of it
        ({"asset": None}, []),
    ],
)
async def test_more_or_less_counts_at_the_invoices_rate(
    desk: Desk, changes: dict[str, Any], credited: list[Decimal]
) -> None:
    await desk.ask()  # 9.9951 USDT
    assert await desk.deliver(**changes) is HTTPStatus.OK
    assert await desk.credited() == credited


@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_when_the_provider_fails_nothing_is_lost_and_nothing_asked_twice(
    desk: Desk, fault: CryptoPayFault
) -> None:
    desk.sandbox.fault(fault, "getExchangeRates")
    with pytest.raises(WayClosed):
        await desk.ask()
    desk.sandbox.fault(fault, "createInvoice")
    with pytest.raises(WayClosed):
        await desk.ask()
    assert desk.sandbox.invoices == {}
    invoice = await desk.ask()
    desk.sandbox.settle(int(invoice.reference or 0))
    desk.sandbox.fault(fault, "getInvoices")
    await desk.collect()
    assert await desk.credited() == []
    await desk.collect()
    assert await desk.credited() == [10]


async def test_what_the_customer_left_is_taken_back_and_watched_for_a_day(desk: Desk) -> None:
    first = await desk.ask()
    second = await desk.ask(12)  # instead of it
    number = int(first.reference or 0)
    desk.sandbox.fault(CryptoPayFault.APP_ERROR, "deleteInvoice")
    await desk.collect()
    assert number in desk.sandbox.invoices  # best effort: the next check tries again
    await desk.collect()
    assert list(desk.sandbox.invoices) == [int(second.reference or 0)]
    async with desk.db.begin() as session:
        await payments.cancel_invoice(session, second.id, ANNA)
    desk.sandbox.settle(int(second.reference or 0))
    await desk.collect()  # paid in the last moment: nothing is deleted
    assert await desk.credited() == [12]
    await desk.time_comes(expires_at=utc_now() - invoice_checks.AFTERWARDS)
    await desk.way.collect(desk.db, POLICY)
    assert (await desk.again(first)).next_check_at is None


def test_young_invoices_are_asked_about_often_and_closed_ones_seldom() -> None:
    now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    invoice = Invoice(
        customer_id=1, way=CRYPTO_PAY, amount=Decimal(1), units=Decimal(1), unit="USDT", token="t",
        state=InvoiceState.OPEN, created_at=now, expires_at=now + timedelta(hours=1),
    )  # fmt: skip

    def wait(minutes: int) -> timedelta | None:
        moment = now + timedelta(minutes=minutes)
        following = invoice_checks.next_check(invoice, moment)
        return following and following - moment

    assert [wait(0), wait(20)] == [timedelta(seconds=5), timedelta(minutes=1)]
    invoice.state = InvoiceState.EXPIRED
    assert [wait(61), wait(25 * 60)] == [timedelta(minutes=10), None]
    invoice.state = InvoiceState.PAID
    assert wait(1) is None


# --- money goes back ------------------------------------------------------------------------------


async def paid(desk: Desk) -> Payment:
    invoice = await desk.ask()
    desk.sandbox.settle(int(invoice.reference or 0))
    await desk.collect()
    async with desk.db.read() as session:
        payment = (await session.exec(select(Payment))).one()
    payment.refund_attempts = 1
    return payment


@pytest.mark.parametrize("fault", [None, CryptoPayFault.SILENT_AFTER, CryptoPayFault.RESET_AFTER], ids=str)
async def test_a_payment_is_sent_back_once_however_often_it_is_tried(desk: Desk, fault: CryptoPayFault | None) -> None:
    payment = await paid(desk)
    if fault is not None:
        desk.sandbox.fault(fault, "transfer")
        with pytest.raises(CryptoPayAway):
            await desk.way.send_back(payment)
        payment.refund_attempts = 2
    for _ in range(2):
        await desk.way.send_back(payment)
    (transfer,) = desk.sandbox.transfers
    assert (transfer["user_id"], transfer["asset"], transfer["amount"]) == (ANNA, "USDT", "9.9951")
    desk.sandbox.fault(CryptoPayFault.PAGE, "getTransfers")
    with pytest.raises(CryptoPayAway):
        await desk.way.send_back(payment)  # not knowing is not trying
    assert len(desk.sandbox.called("transfer")) == 1


async def test_a_refusal_is_final_unless_an_earlier_try_may_be_on_its_way(desk: Desk) -> None:
    payment = await paid(desk)
    desk.sandbox.transfers_allowed = False
    with pytest.raises(RefundRefused, match="METHOD_DISABLED"):
        await desk.way.send_back(payment)
    for attempt in (2, 3, 4):
        payment.refund_attempts = attempt
        with pytest.raises(CryptoPayRefused):
            await desk.way.send_back(payment)
    payment.refund_attempts = 5
    with pytest.raises(RefundRefused):
        await desk.way.send_back(payment)
    desk.sandbox.token = "78:AAanother"
    with pytest.raises(CryptoPayRefused):  # a token can be mended
        await desk.way.send_back(payment)
    desk.sandbox.token, desk.sandbox.transfers_allowed = TOKEN, True
    desk.sandbox.fault(CryptoPayFault.REFUSE, "transfer", name="SPEND_ID_ALREADY_USED")
    await desk.way.send_back(payment)
    assert desk.sandbox.transfers == []


async def test_the_job_of_a_return_survives_a_lost_answer(desk: Desk) -> None:
    payment = await paid(desk)
    desk.sandbox.fault(CryptoPayFault.RESET_AFTER, "transfer")
    async with desk.db.begin() as session:
        await returns.ask_refund(session, payment.id, 900)
    for _ in range(2):
        async with desk.db.begin() as session:
            await session.exec(update(Payment).values(refund_next_at=utc_now()))
        assert await returns.send_back_next(desk.db, {CRYPTO_PAY: desk.way.send_back}, POLICY)
    async with desk.db.read() as session:
        assert (await session.get_one(Payment, payment.id)).refund_state is RefundState.DONE
    assert len(desk.sandbox.transfers) == 1
    assert await desk.credited() == [10, -10]


# --- the client -----------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_no_answer_is_told_from_a_no(
    client: CryptoPayClient, sandbox: SandboxCryptoPay, fault: CryptoPayFault
) -> None:
    sandbox.fault(fault)
    with pytest.raises(CryptoPayAway, match="getMe") as caught:
        await client.app()
    assert TOKEN not in str(caught.value)
    assert (await client.app()).name == "Sandbox shop"
    sandbox.fault(CryptoPayFault.REFUSE, name="AMOUNT_TOO_SMALL")
    with pytest.raises(CryptoPayRefused, match="AMOUNT_TOO_SMALL"):
        await client.create_invoice(
            "USDT", Decimal("1E-8"), payload="t", description="d", expires_in=60, return_to="https://t.me/shop_bot"
        )


async def test_nobody_there(sandbox: SandboxCryptoPay) -> None:
    client = CryptoPayClient("http://127.0.0.1:1", TOKEN)
    with pytest.raises(CryptoPayAway):
        await client.app()
    await client.aclose()


async def test_a_signature_is_of_this_body_and_this_token(client: CryptoPayClient) -> None:
    body = b'{"update_id":1}'
    assert client.is_signed(body, signed(body))
    for wrong in ("", signed(body + b" "), signed(body).upper(), "ж" * 32, "\udcff" * 64):
        assert not client.is_signed(body, wrong)
