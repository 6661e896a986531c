"""Money and moments come back from both databases exactly as they went in, or are refused."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import StatementError
from sqlmodel import col, select

from db.engine import Database
from db.tables import Category, Customer, Service
from db.types import Micros

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


async def keep(db: Database, **values: Any) -> None:
    async with db.begin() as session:
        session.add(Customer(**({"id": 1, "name": "Anna"} | values)))


async def kept(db: Database) -> Customer:
    async with db.read() as session:
        return (await session.exec(select(Customer))).one()


@pytest.mark.parametrize("amount", ["0", "0.000001", "1.62", "123456.789", "999999999999.999999"])
async def test_an_amount_comes_back_exactly(database: Database, amount: str) -> None:
    await keep(database, balance=Decimal(amount))
    assert (await kept(database)).balance == Decimal(amount)
    async with database.read() as session:
        stored = (await session.exec(text("SELECT balance FROM customer"))).scalar_one()  # type: ignore[call-overload]
    assert stored == int(Decimal(amount) * 1_000_000)
    assert isinstance(stored, int)


@given(st.integers(-(10**18) + 1, 10**18 - 1))
def test_any_whole_number_of_micros_is_an_amount(micros: int) -> None:
    column = Micros()
    amount = column.process_result_value(micros, None)  # type: ignore[arg-type]
    assert column.process_bind_param(amount, None) == micros  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "amount",
    [
        1.5,
        True,
        "1.5",
        Decimal("0.0000001"),
        Decimal("0.10000000000000000000000000000000001"),  # longer than Decimal's arithmetic keeps
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("Infinity"),
        Decimal("1000000000000"),
        Decimal("1E+999999"),
    ],
)
async def test_what_is_not_an_exact_amount_is_refused(database: Database, amount: Any) -> None:
    with pytest.raises(StatementError, match="an amount"):
        await keep(database, balance=amount)


async def test_amounts_add_up_in_sql(database: Database) -> None:
    await keep(database, balance=Decimal("0.1"))
    async with database.begin() as session:
        customer = await session.get(Customer, 1)
        assert customer is not None
        for _ in range(9):
            customer.balance += Decimal("0.1")
    async with database.read() as session:
        rich = (await session.exec(select(Customer).where(col(Customer.balance) >= Decimal(1)))).all()
    assert len(rich) == 1


@pytest.mark.parametrize("rate", ["0.0002", "116011238807365", "0.90", "1E-9", "0.1234567890123456789012345678901"])
async def test_a_panels_number_keeps_every_digit(database: Database, rate: str) -> None:
    async with database.begin() as session:
        session.add(Category(id=1, name="c"))
        await session.flush()
        session.add(Service(id="1", category_id=1, name="s", type="Default", rate=Decimal(rate)))
    async with database.read() as session:
        service = await session.get(Service, "1")
    assert service is not None
    assert service.rate == Decimal(rate)
    assert len(service.rate.as_tuple().digits) >= len(Decimal(rate).as_tuple().digits)


@pytest.mark.parametrize("rate", [0.9, True, "0.9", Decimal("NaN"), Decimal("-Infinity")])
async def test_what_is_no_number_is_refused_as_a_rate(database: Database, rate: Any) -> None:
    async with database.begin() as session:
        session.add(Category(id=1, name="c"))
        await session.flush()
        session.add(Service(id="1", category_id=1, name="s", type="Default", rate=rate))
        with pytest.raises(StatementError, match="a panel's number"):
            await session.flush()
        session.expunge_all()


@pytest.mark.parametrize(
    "moment",
    [NOON, NOON + timedelta(microseconds=1), datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)],
)
async def test_a_moment_comes_back_to_the_microsecond_in_utc(database: Database, moment: datetime) -> None:
    await keep(database, seen_at=moment.astimezone(timezone(timedelta(hours=5, minutes=30))))
    seen = (await kept(database)).seen_at
    assert seen == moment
    assert seen.utcoffset() == timedelta(0)


async def test_moments_compare_in_sql(database: Database) -> None:
    await keep(database, seen_at=NOON)
    abroad = timezone(timedelta(hours=-8))
    async with database.read() as session:
        later = select(Customer).where(col(Customer.seen_at) < (NOON + timedelta(microseconds=1)).astimezone(abroad))
        assert len((await session.exec(later)).all()) == 1
        earlier = select(Customer).where(col(Customer.seen_at) < NOON.astimezone(abroad))
        assert (await session.exec(earlier)).all() == []


async def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="time zone"):
        await keep(database, seen_at=NOON.replace(tzinfo=None))
