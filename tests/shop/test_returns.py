"""Payments are credited once and go back once, whoever asks, whatever is lost, and never more than is there."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlmodel import col, select, update

from db.engine import Database
from db.tables import Customer, EntryKind, Invoice, InvoiceState, NoticeKind, OwnerAct, Payment, RefundState, utc_now
from shop import payments, returns, wallet
from shop.errors import AlreadyRefunded, AlreadySpent, InvoiceGone, NotEnoughMoney, OnHold, PaymentGone
from shop.returns import RefundLater, RefundRefused
from tests.books import read_books, wrong_payments, wrong_wallets
from tests.shop.conftest import ANNA, NOW, OWNER, POLICY, Shop
from tests.shop.paying import UNIT, WAY, ask, give_back, note_return, paid, pay, read, send_back, unspent


async def sent(_: Payment) -> None:
    """A provider that sends everything back."""


async def refused(_: Payment) -> None:
    raise RefundRefused("CHARGE_NOT_FOUND")


async def books_hold(db: Database) -> None:
    books = await read_books(db)
    assert [*wrong_wallets(books), *wrong_payments(books)] == []


async def spend(shop: Shop, amount: str) -> None:
    async with shop.db.begin() as session:
        key = f"test:{len(await shop.entries())}"
        await wallet.post(session, ANNA, EntryKind.BONUS, -Decimal(amount), key=key)


async def empty(shop: Shop) -> None:
    """Spend what the shop's customer begins with."""
    await spend(shop, "100")


# --- credited -------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [InvoiceState.CANCELED, InvoiceState.EXPIRED, InvoiceState.REFUSED])
async def test_money_is_credited_whatever_became_of_its_invoice(shop: Shop, state: InvoiceState) -> None:
    invoice = await ask(shop.db)
    async with shop.db.begin() as session:
        await session.exec(update(Invoice).values(state=state))
        await session.exec(update(Customer).values(held_at=NOW))
    with pytest.raises(InvoiceGone):
        async with shop.db.read() as session:
            await payments.may_pay(session, invoice.token, ANNA, way=WAY, units=500, unit=UNIT, now=NOW)
    assert await pay(shop.db, invoice, "one") is not None
    assert await pay(shop.db, invoice, "one") is None
    assert await pay(shop.db, invoice, "two") is not None  # paid again is another payment
    assert await shop.balance() == Decimal(120)
    async with shop.db.read() as session:
        assert (await session.get_one(Invoice, invoice.id)).state is InvoiceState.PAID
    told = [notice.content["balance"] for notice in await shop.notices(ANNA) if notice.kind is NoticeKind.RECEIPT]
    assert told == ["110", "120"]
    await books_hold(shop.db)


async def test_only_who_asked_may_pay_what_was_asked_while_it_is_open(shop: Shop) -> None:
    invoice = await ask(shop.db)
    right = {"token": invoice.token, "customer_id": ANNA, "way": WAY, "units": 500, "unit": UNIT}
    wrong = ({"token": "forged"}, {"customer_id": 7}, {"way": "cash"}, {"units": 499}, {"unit": "USD"})
    async with shop.db.read() as session:
        assert (await payments.may_pay(session, **right, now=NOW)).id == invoice.id  # type: ignore[arg-type]
        for change in (*wrong, {"now": NOW + timedelta(hours=1)}):
            with pytest.raises(InvoiceGone):
                await payments.may_pay(session, **({"now": NOW} | right | change))  # type: ignore[arg-type]
    async with shop.db.begin() as session:
        await session.exec(update(Customer).values(held_at=NOW))
    async with shop.db.read() as session:
        with pytest.raises(OnHold):
            await payments.may_pay(session, **right, now=NOW)  # type: ignore[arg-type]


async def test_invoices_expire_once_their_time_is_over(shop: Shop) -> None:
    invoice = await ask(shop.db)
    closed = []
    for moment in (NOW, NOW + timedelta(hours=1), NOW + timedelta(hours=2)):
        async with shop.db.begin() as session:
            closed.append(await payments.expire_invoices(session, WAY, moment))
    assert closed == [0, 1, 0]
    async with shop.db.read() as session:
        assert (await session.get_one(Invoice, invoice.id)).state is InvoiceState.EXPIRED


# --- how much of it is left -----------------------------------------------------------------------


async def test_older_money_is_spent_first_and_returns_count_where_their_payment_stands(shop: Shop) -> None:
    await empty(shop)
    first, second = await paid(shop.db, "first"), await paid(shop.db, "second", "20")
    assert (await unspent(shop.db, first), await unspent(shop.db, second)) == (10, 20)
    await spend(shop, "4")
    assert (await unspent(shop.db, first), await unspent(shop.db, second)) == (6, 20)
    await give_back(shop.db, second)
    assert (await unspent(shop.db, first), await unspent(shop.db, second)) == (6, 0)
    await send_back(shop.db, refused)
    assert (await unspent(shop.db, first), await unspent(shop.db, second)) == (6, 20)
    await spend(shop, "25")
    assert (await unspent(shop.db, first), await unspent(shop.db, second)) == (0, 1)
    await books_hold(shop.db)


# --- sent back ------------------------------------------------------------------------------------


async def test_a_payment_goes_back_once_and_only_with_the_owners_word_when_it_is_spent(shop: Shop) -> None:
    payment = await paid(shop.db, "one", "20")
    await spend(shop, "105")
    with pytest.raises(AlreadySpent) as spent:
        await give_back(shop.db, payment)
    assert (spent.value.unspent, spent.value.amount) == (15, 20)
    with pytest.raises(NotEnoughMoney):
        await give_back(shop.db, payment, from_balance=True)
    await paid(shop.db, "two")
    with pytest.raises(AlreadySpent):
        await give_back(shop.db, payment)
    await give_back(shop.db, payment, from_balance=True)
    assert await shop.balance() == 5
    with pytest.raises(AlreadyRefunded):
        await give_back(shop.db, payment, from_balance=True)
    assert await send_back(shop.db, sent)
    assert not await send_back(shop.db, sent)
    back = await read(shop.db, payment)
    assert (back.refund_state, back.refund_next_at) == (RefundState.DONE, None)
    with pytest.raises(AlreadyRefunded):
        await give_back(shop.db, payment, by_hand=True)
    with pytest.raises(PaymentGone):
        await give_back(shop.db, Payment(id=99))
    async with shop.db.read() as session:
        (act,) = (await session.exec(select(OwnerAct))).all()
    assert (act.actor_id, act.act, act.customer_id) == (OWNER, "return", ANNA)
    assert act.facts.items() >= {"charge": "one", "amount": "20", "unspent": "15", "balance": "25"}.items()
    await books_hold(shop.db)


async def test_a_return_refused_for_good_gives_the_wallet_its_money_and_may_be_asked_again(shop: Shop) -> None:
    payment = await paid(shop.db, "one")
    for asked in (1, 2):
        await give_back(shop.db, payment)
        assert await shop.balance() == 100
        await send_back(shop.db, refused)
        assert await shop.balance() == 110
        failed = await read(shop.db, payment)
        assert (failed.refund_state, failed.refund_failure) == (RefundState.FAILED, "CHARGE_NOT_FOUND")
        assert (failed.refunds_asked, failed.refund_next_at) == (asked, None)
    alerts = [notice.content for notice in await shop.notices(OWNER)]
    assert [alert["about"] for alert in alerts] == ["refund-failed"] * 2
    assert alerts[0]["facts"]["text"] == "CHARGE_NOT_FOUND"
    assert alerts[0]["facts"]["amount"] == "10"
    await give_back(shop.db, payment, by_hand=True)
    assert await shop.balance() == 100
    assert not await send_back(shop.db, sent)
    await books_hold(shop.db)


async def test_a_provider_that_does_not_answer_or_asks_for_patience_is_tried_again(shop: Shop) -> None:
    payment = await paid(shop.db, "one")
    await give_back(shop.db, payment)

    async def busy(_: Payment) -> None:
        raise RefundLater(300)

    async def silent(_: Payment) -> None:
        raise TimeoutError

    for send, least, most in ((silent, 1, 3), (busy, 299, 301), (silent, 7, 9)):
        assert await send_back(shop.db, send)
        waiting = await read(shop.db, payment)
        assert waiting.refund_state is RefundState.ASKED
        assert waiting.refund_next_at is not None
        assert least < (waiting.refund_next_at - utc_now()).total_seconds() < most
    assert waiting.refund_attempts == 3
    assert waiting.refund_failure == "TimeoutError"
    assert await shop.balance() == 100
    await send_back(shop.db, sent)
    assert (await read(shop.db, payment)).refund_failure is None
    told = [notice for notice in await shop.notices(ANNA) if notice.content.get("refund")]
    assert len(told) == 1
    await books_hold(shop.db)


async def test_what_the_provider_said_meanwhile_counts_more_than_a_late_refusal(shop: Shop) -> None:
    payment = await paid(shop.db, "one")
    await give_back(shop.db, payment)

    async def noted_then_refused(each: Payment) -> None:
        assert await note_return(shop.db, each.charge_id) is not None
        raise RefundRefused("slow")

    await send_back(shop.db, noted_then_refused)
    assert (await read(shop.db, payment)).refund_state is RefundState.DONE
    assert await shop.balance() == 100
    assert await shop.notices(OWNER) == []  # it was asked for here: nothing an owner has to know
    await books_hold(shop.db)


async def test_a_slow_answer_counts_though_it_was_refused_in_between(shop: Shop) -> None:
    payment = await paid(shop.db, "one")
    await give_back(shop.db, payment)

    async def refused_elsewhere_then_sent(_: Payment) -> None:
        await send_back(shop.db, refused)
        assert await shop.balance() == 110

    await send_back(shop.db, refused_elsewhere_then_sent)
    assert (await read(shop.db, payment)).refund_state is RefundState.DONE
    assert await shop.balance() == 100
    await books_hold(shop.db)


@pytest.mark.parametrize(("left", "taken"), [("110", "10"), ("4", "4"), ("0", "0")])
async def test_a_return_made_elsewhere_takes_what_is_there_once(shop: Shop, left: str, taken: str) -> None:
    payment = await paid(shop.db, "one")
    if left != "110":
        await spend(shop, str(110 - int(left)))
    assert await note_return(shop.db, "unknown") is None
    assert await note_return(shop.db, "one") is not None
    assert await note_return(shop.db, "one") is None
    assert await shop.balance() == Decimal(left) - Decimal(taken)
    back = await read(shop.db, payment)
    assert (back.refund_state, back.refund_actor_id) == (RefundState.DONE, None)
    (alert,) = await shop.notices(OWNER)
    assert alert.content["about"] == "returned-elsewhere"
    assert alert.content["facts"].items() >= {"taken": taken, "missing": str(10 - int(taken))}.items()
    told = [notice.content["taken"] for notice in await shop.notices(ANNA) if notice.content.get("refund")]
    assert told == [taken]
    with pytest.raises(AlreadyRefunded):
        await give_back(shop.db, payment, from_balance=True)
    await books_hold(shop.db)


async def test_a_failed_return_that_happened_elsewhere_after_all_is_taken_again(shop: Shop) -> None:
    payment = await paid(shop.db, "one")
    await give_back(shop.db, payment)
    await send_back(shop.db, refused)
    assert await note_return(shop.db, "one") is not None
    assert await shop.balance() == 100
    assert (await read(shop.db, payment)).refunds_asked == 2
    await books_hold(shop.db)


async def test_many_at_once_credit_each_charge_once_and_send_each_back_once(shop: Shop) -> None:
    invoices = [await ask(shop.db) for _ in range(5)]
    calls: list[str] = []

    async def send(payment: Payment) -> None:
        await asyncio.sleep(0.01)
        calls.append(payment.charge_id)

    async def ask_once(number: int) -> bool:
        async with shop.db.read() as session:
            found = (await session.exec(select(Payment).where(col(Payment.charge_id) == f"charge {number}"))).one()
        try:
            await give_back(shop.db, found)
        except AlreadyRefunded:
            return False
        return True

    made = await asyncio.gather(*(pay(shop.db, invoices[number % 5], f"charge {number % 10}") for number in range(20)))
    assert sum(payment is not None for payment in made) == 10
    assert await shop.balance() == 200
    asked = await asyncio.gather(*(ask_once(number % 4) for number in range(12)))
    assert sum(asked) == 4
    noted = [note_return(shop.db, f"charge {number % 2 + 8}") for number in range(4)]
    await asyncio.gather(*(returns.send_back_next(shop.db, {WAY: send}, POLICY) for _ in range(8)), *noted)
    while await returns.send_back_next(shop.db, {WAY: send}, POLICY):
        pass
    assert sorted(calls) == [f"charge {number}" for number in range(4)]
    assert await shop.balance() == 140
    await books_hold(shop.db)
