"""Ways to pay by hand as owners set them up: what can be said of one, its life, and what is written down of it."""

from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import col, select

from db.engine import Database
from db.tables import Customer, Invoice, InvoiceState, OwnerAct, PayWay, utc_now
from shop import pay_ways
from shop.by_hand import HAND
from shop.errors import PayWayGone, PayWayInUse, PayWayOn, RuleUnread
from shop.pay_ways import Field, FieldUnreadable, read_answers, read_field
from tests.shop.conftest import ANNA, NOW, OWNER

CARD: dict[Field, Any] = {
    Field.NAME: "Card", Field.UNIT: "EUR", Field.RATE: Decimal("1.08"), Field.MINIMUM: Decimal(5),
    Field.ADDRESS: None, Field.TEXT: "Pay",
}  # fmt: skip


@pytest.mark.parametrize(
    ("field", "written", "value"),
    [
        (Field.NAME, " Card \n <b> ", "Card <b>"),
        (Field.UNIT, "usdt", "USDT"),
        (Field.RATE, "0.0000154", Decimal("0.0000154")),
        (Field.RATE, "1.0830 USD", Decimal("1.083")),
        (Field.MINIMUM, "0", Decimal(0)),
        (Field.MINIMUM, "0.0005 eur", Decimal("0.0005")),
        (Field.ADDRESS, "-", None),
        (Field.ADDRESS, " TXyz ", "TXyz"),
        (Field.TEXT, " line\nline ", "line\nline"),
    ],
)
def test_what_an_owner_types_is_taken(field: Field, written: str, value: object) -> None:
    assert read_field(field, written, "EUR", "USD") == value


@pytest.mark.parametrize(
    ("field", "written"),
    [
        (Field.NAME, " "), (Field.NAME, "x" * 31), (Field.UNIT, "€"), (Field.UNIT, "E"), (Field.UNIT, "XTR"),
        (Field.UNIT, "TOOLONGACODE"), (Field.UNIT, "a:b"), (Field.RATE, "0"), (Field.RATE, "-1"), (Field.RATE, "1.083"),
        (Field.RATE, "1.08 EUR"), (Field.RATE, "9" * 13), (Field.MINIMUM, "-1"), (Field.MINIMUM, "5 USD"),
        (Field.MINIMUM, "much"), (Field.ADDRESS, ""), (Field.ADDRESS, "x" * 201), (Field.TEXT, " "),
        (Field.TEXT, "x" * 1001),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_asked_again(field: Field, written: str) -> None:
    with pytest.raises(FieldUnreadable):
        read_field(field, written, "EUR", "USD")


def test_the_shops_own_currency_is_worth_one_and_a_new_currency_asks_for_all_that_is_counted_in_it() -> None:
    assert read_answers({"unit": "usd"}, "EUR", "USD") == {Field.UNIT: "USD", Field.RATE: 1}
    assert read_answers({"unit": "usd", "rate": "0.95"}, "EUR", "USD")[Field.RATE] == Decimal("0.95")
    assert read_answers({"unit": "btc", "minimum": "0.001 btc"}, "EUR", "USD")[Field.MINIMUM] == Decimal("0.001")
    assert pay_ways.asked_with(Field.UNIT) == (Field.UNIT, Field.RATE, Field.MINIMUM)
    assert pay_ways.asked_with(Field.TEXT) == (Field.TEXT,)


async def test_a_ways_life_is_written_down(database: Database) -> None:
    async with database.begin() as session:
        way = await pay_ways.add(session, OWNER, CARD, NOW)
        assert way.off_at == NOW
        with pytest.raises(RuleUnread):
            await pay_ways.switch_on(session, way.id, OWNER, now=NOW)
        await pay_ways.switch_on(session, way.id, OWNER, rule_read=True, now=NOW)
        await pay_ways.switch_on(session, way.id, OWNER, now=NOW)  # is on
        with pytest.raises(PayWayOn):
            await pay_ways.delete(session, way.id, OWNER, NOW)
        await pay_ways.change(session, way.id, OWNER, {Field.RATE: Decimal("1.1"), Field.ADDRESS: "DE02"}, NOW)
        await pay_ways.switch_off(session, way.id, OWNER, NOW)
        other = await pay_ways.add(session, OWNER, CARD | {Field.NAME: "Cash"}, NOW)
        await pay_ways.switch_on(session, other.id, OWNER, now=NOW)  # the rule is known
        await pay_ways.delete(session, way.id, OWNER, NOW)
        with pytest.raises(PayWayGone):
            await pay_ways.find(session, way.id)
    async with database.read() as session:
        acts = (await session.exec(select(OwnerAct).order_by(col(OwnerAct.id)))).all()
    assert [act.act for act in acts] == [
        "pay_way_added", "digital_goods_rule", "pay_way_on", "pay_way_changed", "pay_way_off", "pay_way_added",
        "pay_way_on", "pay_way_deleted",
    ]  # fmt: skip
    changed = acts[3].facts
    assert (changed["before"]["rate"], changed["after"]["rate"]) == ("1.08", "1.1")
    assert (changed["before"]["address"], changed["after"]["address"]) == (None, "DE02")
    assert (acts[2].facts["before"]["on"], acts[2].facts["after"]["on"]) == (False, True)
    assert (acts[0].facts["before"], acts[-1].facts["after"]) == ({}, {})


async def test_the_order_is_the_owners(database: Database) -> None:
    async with database.begin() as session:
        first, second, third = [await pay_ways.add(session, OWNER, CARD, NOW) for _ in range(3)]
        await pay_ways.move_up(session, third.id, OWNER, NOW)
        await pay_ways.move_up(session, third.id, OWNER, NOW)
        await pay_ways.move_up(session, third.id, OWNER, NOW)  # there is nothing above it
        assert [way.id for way in await pay_ways.list_all(session)] == [third.id, first.id, second.id]
        fourth = await pay_ways.add(session, OWNER, CARD, NOW)
        assert [way.id for way in await pay_ways.list_all(session)][-1] == fourth.id
        with pytest.raises(PayWayGone):
            await pay_ways.move_up(session, 999, OWNER, NOW)


@pytest.mark.parametrize("state", list(InvoiceState))
async def test_a_way_in_use_is_not_deleted(database: Database, state: InvoiceState) -> None:
    async with database.begin() as session:
        session.add(Customer(id=ANNA))
        way = await pay_ways.add(session, OWNER, CARD, NOW)
        await session.flush()
        session.add(
            Invoice(
                customer_id=ANNA, way=HAND, choice=str(way.id), amount=Decimal(1), units=Decimal(1), unit="EUR",
                token="t", state=state, expires_at=utc_now(),
            )
        )  # fmt: skip
        await session.flush()
        if state in {InvoiceState.OPEN, InvoiceState.CLAIMED}:
            with pytest.raises(PayWayInUse):
                await pay_ways.delete(session, way.id, OWNER, NOW)
            return
        await pay_ways.delete(session, way.id, OWNER, NOW)
        assert await session.get(PayWay, way.id) is None
