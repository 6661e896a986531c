"""Payments by hand: what may be shown, how often, and that each is decided once, whoever decides at the same moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import col, select

from db.engine import Database
from db.tables import Customer, Invoice, InvoiceState, NoticeKind, OwnerAct, Payment, PayWay, Proof
from shop import by_hand, customers, payments
from shop.by_hand import GRACE, HAND, LIFETIME, File
from shop.errors import (
    AlreadyClaimed,
    InvoiceGone,
    OnHold,
    TooManyClaimed,
    TooManyInvoices,
    TopUpOutOfRange,
)
from shop.quantities import AmountUnreadable
from shop.till import Till
from tests.shop.conftest import ANNA, NOW, OWNER, Shop

SECOND = 901
BORIS = 1002
OWNERS = (OWNER, SECOND)
PHOTO = File("photo", "AgAC", "AQAD")


class Desk:
    """The functions as the tests call them, each in a transaction of its own."""

    def __init__(self, db: Database) -> None:
        self.db = db

    @asynccontextmanager
    async def refused(self, error: type[Exception]) -> AsyncIterator[None]:
        """What is done inside is refused, and nothing of it is kept."""
        before = await self.all(Invoice), await self.all(Proof)
        with pytest.raises(error):
            yield
        assert (await self.all(Invoice), await self.all(Proof)) == before

    async def invoice(self, customer: int = ANNA, now: datetime = NOW, **changes: Any) -> Invoice:
        values: dict[str, Any] = {"units": Decimal("9.26"), "unit": "EUR", "amount": Decimal(10), "way": HAND}
        values |= changes
        async with self.db.begin() as session:
            return await payments.open_invoice(
                session, customer, values.pop("way"), values.pop("amount"), lifetime=LIFETIME, till=Till(), now=now,
                choice="1", **values,
            )  # fmt: skip

    async def show(self, invoice: Invoice | int, customer: int = ANNA, now: datetime = NOW, **shown: Any) -> Proof:
        number = invoice if isinstance(invoice, int) else invoice.id
        async with self.db.begin() as session:
            await by_hand.take_proof(session, number, customer, OWNERS, now=now, **(shown or {"words": "TX 4711"}))
        return (await self.all(Proof))[-1]

    async def approve(self, proof: Proof, actor: int = OWNER, now: datetime = NOW, **more: Any) -> bool:
        async with self.db.begin() as session:
            _, is_new = await by_hand.approve(session, proof.id, actor, OWNERS, now=now, **more)
        return is_new

    async def refuse(self, proof: Proof, actor: int = OWNER, now: datetime = NOW, reason: str = "no") -> bool:
        async with self.db.begin() as session:
            _, is_new = await by_hand.refuse(session, proof.id, actor, OWNERS, reason, now=now)
        return is_new

    async def all(self, table: Any) -> list[Any]:
        async with self.db.read() as session:
            return list((await session.exec(select(table).order_by(col(table.id)))).all())

    async def state(self, invoice: Invoice) -> InvoiceState:
        async with self.db.read() as session:
            return (await session.get_one(Invoice, invoice.id)).state

    async def case(self, proof: Proof) -> by_hand.Case:
        async with self.db.read() as session:
            return await by_hand.case(session, proof.id)


@pytest.fixture
async def desk(shop: Shop, database: Database) -> Desk:
    async with database.begin() as session:
        session.add_all([Customer(id=OWNER, name="Olga"), Customer(id=BORIS, name="Boris")])
        session.add(PayWay(name="Card", text="Pay", unit="EUR", rate=Decimal("1.08")))
    return Desk(database)


# --- what may be shown ----------------------------------------------------------------------------


async def test_a_claimed_invoice_waits_for_ever_and_every_owner_is_asked(desk: Desk, shop: Shop) -> None:
    invoice = await desk.invoice()
    proof = await desk.show(invoice, file=PHOTO, words="from Anna")
    assert [(each.chat_id, each.content) for each in await shop.notices() if each.kind is NoticeKind.PROOF] == [
        (OWNER, {"proof": proof.id}),
        (SECOND, {"proof": proof.id}),
    ]
    async with desk.db.begin() as session:
        assert await payments.expire_invoices(session, HAND, NOW + timedelta(days=30)) == 0
    assert await desk.state(invoice) is InvoiceState.CLAIMED
    other = await desk.invoice()
    async with desk.db.begin() as session:
        assert await payments.expire_invoices(session, HAND, NOW + LIFETIME) == 1
    assert await desk.state(other) is InvoiceState.EXPIRED


async def test_who_paid_in_time_may_say_so_a_little_later(desk: Desk) -> None:
    invoice = await desk.invoice()
    late = NOW + LIFETIME + GRACE
    async with desk.db.begin() as session:
        await payments.expire_invoices(session, HAND, NOW + LIFETIME)
    async with desk.refused(InvoiceGone):
        await desk.show(invoice, now=late)
    await desk.show(invoice, now=late - timedelta(seconds=1))
    assert await desk.state(invoice) is InvoiceState.CLAIMED


async def test_what_can_be_shown_is_found_again(desk: Desk) -> None:
    async def found(now: datetime = NOW) -> list[int]:
        async with desk.db.read() as session:
            return [invoice.id for invoice in await by_hand.list_payable(session, ANNA, now)]

    await desk.invoice(BORIS)
    await desk.invoice(way="stars", unit="XTR", units=Decimal(770))
    canceled, first = await desk.invoice(), await desk.invoice()
    assert await found() == [first.id]
    proof = await desk.show(first)
    assert await found() == []
    second = await desk.invoice()
    await desk.refuse(proof)
    assert await found() == [second.id, first.id]
    assert canceled.id not in await found()
    async with desk.db.begin() as session:
        await payments.expire_invoices(session, HAND, NOW + LIFETIME)
    assert await found(NOW + LIFETIME) == [second.id, first.id]
    assert await found(NOW + LIFETIME + GRACE) == []
    for words in ("try 2", "try 3"):
        await desk.refuse(await desk.show(first, words=words))
    assert await found() == [second.id]


async def test_only_an_open_invoice_of_ones_own_and_of_this_way(desk: Desk) -> None:
    stars = await desk.invoice(way="stars", unit="XTR", units=Decimal(770))
    canceled, mine = await desk.invoice(), await desk.invoice()
    for invoice, customer in ((stars, ANNA), (canceled, ANNA), (mine, BORIS), (999, ANNA)):
        async with desk.refused(InvoiceGone):
            await desk.show(invoice, customer)
    await desk.approve(await desk.show(mine))
    async with desk.refused(InvoiceGone):
        await desk.show(mine, words="once more")


async def test_the_same_shown_again_is_one_proof_and_something_else_has_to_wait(desk: Desk, shop: Shop) -> None:
    invoice = await desk.invoice()
    for _ in range(3):
        await desk.show(invoice, file=PHOTO)
    assert len(await desk.all(Proof)) == 1
    assert len(await shop.notices(OWNER)) == 1
    async with desk.refused(AlreadyClaimed):
        await desk.show(invoice, words="something else")


async def test_at_the_same_moment_one_proof_is_kept(desk: Desk) -> None:
    invoice = await desk.invoice()
    shown = [desk.show(invoice, words=f"reference {number}") for number in range(5)]
    results = await asyncio.gather(*shown, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["AlreadyClaimed"] * 4 + ["Proof"]
    assert len(await desk.all(Proof)) == 1


async def test_three_wait_at_most_and_a_fourth_is_not_even_opened(desk: Desk) -> None:
    proofs = [await desk.show(await desk.invoice()) for _ in range(3)]
    async with desk.refused(TooManyClaimed):
        await desk.invoice()
    await desk.invoice(way="stars", unit="XTR", units=Decimal(770))  # other ways are as they were
    await desk.invoice(BORIS)
    await desk.refuse(proofs[0])
    last = await desk.invoice()
    await desk.show(proofs[0].invoice_id, words="better")
    async with desk.refused(TooManyClaimed):
        await desk.show(last)


async def test_a_refused_payment_is_shown_again_for_a_day_and_three_times_in_all(desk: Desk, shop: Shop) -> None:
    invoice = await desk.invoice()
    decided = NOW + timedelta(days=5)
    for number in (1, 2, 3):
        proof = await desk.show(invoice, words=f"try {number}", now=NOW if number == 1 else decided)
        assert await desk.refuse(proof, now=decided)
        assert await desk.state(invoice) is InvoiceState.REFUSED
        assert (await desk.case(proof)).number == number
    async with desk.refused(InvoiceGone):
        await desk.show(invoice, words="try 4", now=decided)
    told = [each.content["again"] for each in await shop.notices(ANNA) if each.kind is NoticeKind.REFUSED]
    assert told == [True, True, False]
    assert await shop.balance() == 100


async def test_on_hold_nothing_is_opened_or_shown_and_what_waits_is_decided(desk: Desk, shop: Shop) -> None:
    proof, invoice = await desk.show(await desk.invoice()), await desk.invoice()
    async with desk.db.begin() as session:
        await customers.hold(session, ANNA, OWNER, held=True, now=NOW)
    async with desk.refused(OnHold):
        await desk.invoice()
    async with desk.refused(OnHold):
        await desk.show(invoice)
    assert await desk.approve(proof)
    assert await shop.balance() == 110


# --- deciding -------------------------------------------------------------------------------------


async def test_however_many_decide_at_once_the_money_moves_once(desk: Desk, shop: Shop) -> None:
    proof = await desk.show(await desk.invoice())
    decisions = [desk.approve(proof, actor) for actor in (OWNER, SECOND)]
    decisions += [desk.approve(proof, OWNER) for _ in range(4)] + [desk.refuse(proof, SECOND) for _ in range(4)]
    results = await asyncio.gather(*decisions)
    assert sum(results) == 1
    [act] = await desk.all(OwnerAct)
    paid = await desk.all(Payment)
    approved = act.act == "proof_approved"
    assert (len(paid), await shop.balance()) == ((1, Decimal(110)) if approved else (0, Decimal(100)))
    await shop.books_hold()
    told = {each.kind for each in await shop.notices(ANNA)} & {NoticeKind.RECEIPT, NoticeKind.REFUSED}
    assert told == {NoticeKind.RECEIPT if approved else NoticeKind.REFUSED}


async def test_an_old_card_decides_nothing_about_a_newer_proof(desk: Desk, shop: Shop) -> None:
    invoice = await desk.invoice()
    first = await desk.show(invoice)
    await desk.refuse(first, reason="not-arrived")
    second = await desk.show(invoice, words="better")
    assert not await desk.approve(first, SECOND)
    assert (await desk.case(first)).owner == "Olga"
    assert await desk.approve(second, SECOND)
    assert not await desk.approve(first)
    assert await shop.balance() == 110
    [*_, act] = await desk.all(OwnerAct)
    assert (act.act, act.actor_id, act.customer_id) == ("proof_approved", SECOND, ANNA)
    assert act.facts == {
        "units": "9.26", "unit": "EUR", "amount": "10", "asked": "10",
        "invoice": str(invoice.id), "proof": str(second.id),
    }  # fmt: skip


async def test_another_amount_is_credited_as_it_was_said(desk: Desk, shop: Shop) -> None:
    invoice = await desk.invoice()
    units, amount = by_hand.read_amount("4", invoice, "USD")
    assert await desk.approve(await desk.show(invoice), units=units, amount=amount)
    [payment] = await desk.all(Payment)
    assert (payment.units, payment.unit, payment.amount, payment.charge_id) == (4, "EUR", Decimal("4.31"), "invoice:1")
    assert await shop.balance() == Decimal("104.31")
    assert await desk.state(invoice) is InvoiceState.PAID


@pytest.mark.parametrize(
    ("typed", "units", "amount"),
    [
        ("9.26", "9.26", "10"), ("9,26 EUR", "9.26", "10"), ("€4", "4", "4.31"), ("18.52", "18.52", "20"),
        ("$10", "9.26", "10"), ("5 usd", "4.63", "5"), ("0.01", "0.01", "0.01"), ("100000", "100000", "107991.36"),
    ],
)  # fmt: skip
def test_an_owner_says_what_arrived_in_either_currency(typed: str, units: str, amount: str) -> None:
    invoice = Invoice(units=Decimal("9.26"), unit="EUR", amount=Decimal(10))
    assert by_hand.read_amount(typed, invoice, "USD") == (Decimal(units), Decimal(amount))


@pytest.mark.parametrize("typed", ["", "0", "-5", "0.001", "1,000", "5 RUB", "5 EUR USD", "nan", "$0", "$-1"])
def test_what_is_no_amount_or_two_is_asked_again(typed: str) -> None:
    with pytest.raises(AmountUnreadable):
        by_hand.read_amount(typed, Invoice(units=Decimal("9.26"), unit="EUR", amount=Decimal(10)), "USD")


def test_in_the_shops_own_currency_a_number_is_what_arrived_before_fees() -> None:
    invoice = Invoice(units=Decimal(10), unit="USD", amount=Decimal("9.5"))
    for typed in ("5", "$5", "5 USD"):
        assert by_hand.read_amount(typed, invoice, "USD") == (5, Decimal("4.75"))


async def test_the_same_picture_or_reference_is_pointed_out(desk: Desk) -> None:
    first = await desk.show(await desk.invoice(), file=PHOTO, words="Ref. No 12-34 567")
    await desk.approve(first)
    picture = await desk.show(await desk.invoice(BORIS), BORIS, file=File("photo", "other id", PHOTO.mark))
    words = await desk.show(await desk.invoice(), words="ref no. 1234567")
    new = await desk.show(await desk.invoice(BORIS), BORIS, file=File("photo", "new", "new"), words="paid")
    newer = await desk.show(await desk.invoice(), words="paid")
    found = {proof.id: [alike.invoice_id for alike in (await desk.case(proof)).alike] for proof in (picture, words)}
    assert found == {picture.id: [first.invoice_id], words.id: [first.invoice_id]}
    [alike] = (await desk.case(picture)).alike
    assert (alike.customer.id, alike.state) == (ANNA, InvoiceState.PAID)
    assert (await desk.case(new)).alike == (await desk.case(newer)).alike == ()
    case = await desk.case(newer)
    assert (case.payments, case.paid, case.way) == (1, 10, "Card")


async def test_a_better_picture_for_the_same_payment_is_no_fraud(desk: Desk) -> None:
    invoice = await desk.invoice()
    await desk.refuse(await desk.show(invoice, file=PHOTO))
    assert (await desk.case(await desk.show(invoice, file=PHOTO))).alike == ()


async def test_the_list_is_oldest_first_and_the_usual_time_is_of_the_last_decisions(desk: Desk) -> None:
    async with desk.db.begin() as session:
        session.add_all([Customer(id=2000 + number) for number in range(10)])
    proofs = [await desk.show(await desk.invoice(2000 + number), 2000 + number) for number in range(10)]
    async with desk.db.read() as session:
        pages = [await by_hand.list_waiting(session, page) for page in (0, 1, 99)]
        assert await by_hand.usual_wait(session) is None
    assert [[proof.id for proof, _, _ in page.proofs] for page in pages] == [
        [proof.id for proof in proofs[:8]],
        [proof.id for proof in proofs[8:]],
        [proof.id for proof in proofs[8:]],
    ]
    for proof, minutes in zip(proofs, (10, 15, 600), strict=False):
        await desk.approve(proof, now=NOW + timedelta(minutes=minutes))
    async with desk.db.read() as session:
        assert await by_hand.usual_wait(session) == timedelta(minutes=15)
        assert await by_hand.count_waiting(session) == 7


# --- limits of every way --------------------------------------------------------------------------


async def test_one_invoice_of_a_way_is_open_and_no_more_than_twenty_in_an_hour(desk: Desk) -> None:
    for _ in range(payments.INVOICES_AN_HOUR):
        await desk.invoice()
    states = [invoice.state for invoice in await desk.all(Invoice)]
    assert states == [InvoiceState.CANCELED] * (payments.INVOICES_AN_HOUR - 1) + [InvoiceState.OPEN]
    with pytest.raises(TooManyInvoices) as refused:
        await desk.invoice(now=NOW + timedelta(minutes=50))
    assert refused.value.minutes == 11
    await desk.invoice(BORIS)
    await desk.invoice(now=NOW + timedelta(hours=1))


async def test_two_invoices_asked_for_at_once_leave_one_open(desk: Desk) -> None:
    await asyncio.gather(*(desk.invoice() for _ in range(5)))
    states = sorted(invoice.state for invoice in await desk.all(Invoice))
    assert states == ["canceled"] * 4 + ["open"]


@pytest.mark.parametrize("amount", ["-5", "0", "0.99", "1000.01", "999999999999"])
async def test_too_little_and_too_much_is_no_top_up(desk: Desk, amount: str) -> None:
    async with desk.refused(TopUpOutOfRange):
        await desk.invoice(amount=Decimal(amount))


async def test_a_hold_is_written_down_once_and_let_go_the_same_way(desk: Desk) -> None:
    for held in (True, True, False, False):
        async with desk.db.begin() as session:
            customer = await customers.hold(session, ANNA, OWNER, held=held, now=NOW)
            assert customer is not None
            assert customer.held_at == (NOW if held else None)
    async with desk.db.begin() as session:
        assert await customers.hold(session, 4242, OWNER, held=True) is None
    acts = [(act.act, act.customer_id, act.facts["held_since"]) for act in await desk.all(OwnerAct)]
    assert acts == [("customer_held", ANNA, None), ("customer_let_go", ANNA, NOW.isoformat())]
