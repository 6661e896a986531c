"""The way by hand: what is offered, what it costs in the owner's unit, and how it is paid."""

import warnings
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.engine import Database
from db.tables import Invoice, PayWay, utc_now
from shop.errors import WayClosed
from shop.till import Till
from texts import languages, speak
from ways import Offer
from ways.by_hand import ByHand, smallest_part


@pytest.fixture(scope="module", autouse=True)
def _texts_are_read() -> None:
    """Read every language first: fluent.runtime's loader leaves its files to the collector, which warns."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        for language in languages():
            speak((language,), "USD").knows("in no language")


async def add(db: Database, **changes: Any) -> PayWay:
    values: dict[str, Any] = {"name": "Card", "text": "Pay", "unit": "EUR", "rate": Decimal("1.08")}
    async with db.begin() as session:
        way = PayWay(**(values | changes))
        session.add(way)
    return way


async def test_each_way_that_is_on_is_offered_in_the_owners_order(database: Database) -> None:
    say = speak(("en",), "USD")
    last = await add(database, name="Last", position=9)
    await add(database, name="Off", off_at=utc_now())
    first = await add(database, name="First", minimum=Decimal("5.5"), position=1)
    async with database.read() as session:
        offers = await ByHand().offers(session, Till(), say)
    assert list(offers) == [
        Offer("hand", str(first.id), "First · from 5.5 EUR", Decimal("5.94")),
        Offer("hand", str(last.id), "Last"),
    ]


async def test_the_price_is_at_the_owners_rate_rounded_up(database: Database) -> None:
    hand, till = ByHand(), Till()
    euro = await add(database)
    assert await hand.price(database, till, Decimal(10), str(euro.id)) == (Decimal("9.26"), "EUR")
    dear = await add(database, unit="BTC", rate=Decimal(65_000))
    units, _ = await hand.price(database, till, Decimal(5), str(dear.id))
    assert units == Decimal("0.000077")  # not 0.01 BTC
    off = await add(database, off_at=utc_now())
    for choice in (str(off.id), "999", "", "x", "²"):
        with pytest.raises(WayClosed):
            await hand.price(database, till, Decimal(5), choice)


@given(st.decimals(min_value="0.00001", max_value=10**6, places=5), st.sampled_from(["EUR", "USDT", "BTC", "JPY"]))
def test_rounding_up_a_coin_costs_hardly_anything(rate: Decimal, unit: str) -> None:
    part = smallest_part(unit, rate)
    assert Decimal("0.00000001") <= part <= Decimal("0.01")
    if unit in {"EUR", "JPY"}:
        assert part == Decimal("0.01")
    else:
        assert part * rate <= Decimal("0.1")


async def test_the_bill_says_the_owners_words_and_nothing_of_them_is_markup(database: Database) -> None:
    say = speak(("en",), "USD")
    way = await add(database, text="<b>Pay</b> & wait", address="DE02 <1>")
    invoice = Invoice(id=1, way="hand", choice=str(way.id), amount=Decimal(10), units=Decimal("9.30"), unit="EUR")
    bill = await ByHand().bill(database, invoice, say)
    assert "&lt;b&gt;Pay&lt;/b&gt; &amp; wait" in bill.text
    assert "<code>DE02 &lt;1&gt;</code>" in bill.text
    assert [text for _, text in bill.copies] == ["DE02 <1>", "9.30"]
    assert bill.takes_claim
    with pytest.raises(WayClosed):
        await ByHand().bill(database, Invoice(choice="999", units=Decimal(1)), say)
