"""The panel's catalogue comes in: what can be sold is, what cannot has a reason, what goes may come back."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select

from db.engine import Database
from db.tables import Service
from panel import ServiceRow
from shop import facts, stock
from shop.catalogue import CatalogueMemory, read_refill
from shop.errors import ServiceGone
from shop.kinds import ServiceKind, read_kind
from shop.stock import SkipReason, take_in, why_not_sold
from tests.shop.conftest import NOW, row


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"type": ""}, None),
        ({"type": "custom_comments"}, None),
        ({"type": "Package", "min": None, "max": None}, None),
        ({"name": "/-----"}, SkipReason.SEPARATOR),
        ({"name": " \u200b"}, SkipReason.NO_NAME),
        ({"type": "Poll"}, SkipReason.UNSUPPORTED_TYPE),
        ({"rate": None}, SkipReason.NO_PRICE),
        ({"rate": Decimal(0)}, SkipReason.NO_PRICE),
        ({"rate": Decimal(99999999)}, SkipReason.PLACEHOLDER_PRICE),
        ({"rate": Decimal(999999)}, SkipReason.PLACEHOLDER_PRICE),
        ({"rate": Decimal("116011238807365")}, SkipReason.PLACEHOLDER_PRICE),
        ({"rate": Decimal("1604.295")}, None),
        ({"min": None}, SkipReason.NO_LIMITS),
        ({"max": 0}, SkipReason.NO_LIMITS),
        ({"max": 10**30}, SkipReason.NO_LIMITS),
        ({"min": 100, "max": 99}, SkipReason.MIN_ABOVE_MAX),
        ({"max": 2147483647}, None),
        ({"service": "x" * 41}, SkipReason.ID_TOO_LONG),
    ],
)
def test_a_row_that_cannot_be_sold_has_a_reason(changes: dict[str, Any], reason: SkipReason | None) -> None:
    assert why_not_sold(row(**{"service": "1", **changes})) is reason


async def on_sale(db: Database) -> dict[str, Decimal]:
    memory = CatalogueMemory(Decimal(0))
    await memory.refresh(db)
    return {listing.id: listing.rate for listing in memory.current.services.values()}


async def test_services_come_go_and_come_back(database: Database) -> None:
    first = await take_in(database, [row("1"), row("2"), row("3", max=0)], now=NOW)
    assert (first.new, first.skipped) == (["1", "2", "3"], {"3": SkipReason.NO_LIMITS})
    assert await on_sale(database) == {"1": Decimal("1.2345"), "2": Decimal("1.2345")}
    second = await take_in(database, [row("1", rate=Decimal(2)), row("4")], now=NOW)
    assert (second.new, second.changed, second.gone) == (["4"], ["1"], ["2", "3"])
    assert await on_sale(database) == {"1": Decimal(2), "4": Decimal("1.2345")}
    third = await take_in(database, [row("1", rate=Decimal(2)), row("2"), row("4")], now=NOW)
    assert third.returned == ["2"]
    assert set(await on_sale(database)) == {"1", "2", "4"}
    async with database.read() as session:
        kept = {service.id: service.skip_reason for service in (await session.exec(select(Service))).all()}
    assert kept["3"] == SkipReason.NO_LIMITS  # an owner can see why


async def test_an_empty_or_equal_catalogue_changes_nothing(database: Database) -> None:
    memory = CatalogueMemory(Decimal(0))
    await take_in(database, [row("1"), row("1", rate=Decimal(9))], now=NOW)  # a number that comes twice counts once
    assert await memory.refresh(database) is True
    for rows in ([], [row("1")]):
        report = await take_in(database, rows, now=NOW)
        assert not report.moved
        assert await memory.refresh(database) is False
    assert await on_sale(database) == {"1": Decimal("1.2345")}


async def test_a_refused_service_stays_away_for_a_day_or_until_it_changes(database: Database) -> None:
    rows = [row("1"), row("2")]
    await take_in(database, rows, now=NOW)
    async with database.begin() as session:
        await stock.withdraw(session, "1", NOW)
        await stock.withdraw(session, "1", NOW)
        await stock.withdraw(session, "2", NOW)
        await stock.withdraw(session, "no such service", NOW)
    await take_in(database, rows, now=NOW + timedelta(hours=1))
    assert await on_sale(database) == {}
    await take_in(database, [row("1"), row("2", rate=Decimal(3))], now=NOW + timedelta(hours=2))
    assert await on_sale(database) == {"2": Decimal(3)}
    await take_in(database, [row("1"), row("2", rate=Decimal(3))], now=NOW + timedelta(hours=25))
    assert set(await on_sale(database)) == {"1", "2"}


async def test_the_catalogue_is_arranged_for_a_phone(database: Database) -> None:
    rows: list[ServiceRow] = [
        row(
            str(number),
            name=f"Instagram Likes {number}",
            category="Instagram Likes",
            rate=Decimal(50 - number),
        )
        for number in range(20)
    ]
    rows += [
        row("t", name="TikTok Views", category="TikTok Views"),
        row("o", name="Something", category="Else"),
    ]
    await take_in(database, rows, now=NOW)
    memory = CatalogueMemory(Decimal(0))
    await memory.refresh(database)
    catalogue = memory.current
    assert {platform.name: count for platform, count in catalogue.platforms()} == {
        "Instagram": 20,
        "TikTok": 1,
        "Other": 1,
    }
    ((shelf, _),) = catalogue.categories("instagram", 0)[0]
    pages = [catalogue.page(shelf, number) for number in (0, 1, 2, 99)]
    assert [len(page.items) for page in pages] == [8, 8, 4, 4]
    prices = [listing.list_price for page in pages[:3] for listing, _ in page.items]
    assert prices == sorted(prices)
    assert all("Instagram Likes" not in label for page in pages for _, label in page.items)
    cheapest = pages[0].items[0][0]
    assert (cheapest.id, catalogue.page_of(cheapest), catalogue.page_of_shelf(shelf)) == ("19", 0, 0)
    assert catalogue.page_of(catalogue.service("0")) == 2
    assert catalogue.shelf("tiktok", shelf.category_id) is None
    assert catalogue.categories("nowhere", 0)[0] == ()
    with pytest.raises(ServiceGone):
        catalogue.service("no such service")


def test_types_are_read_however_they_are_written() -> None:
    assert {read_kind(text) for text in ("Default", "default", "", " DEFAULT ")} == {ServiceKind.DEFAULT}
    written = ("Custom Comments", "custom_comments", "Custom Comment", "custom-comments")
    assert {read_kind(text) for text in written} == {ServiceKind.CUSTOM_COMMENTS}
    assert read_kind("Custom Comments Package") is ServiceKind.CUSTOM_COMMENTS_PACKAGE
    assert read_kind("package") is ServiceKind.PACKAGE
    assert {read_kind(text) for text in ("Poll", "Subscriptions", "Mentions", "??")} == {None}


@pytest.mark.parametrize(
    ("name", "flag", "offered", "days", "lifetime"),
    [
        ("Followers | 30 Days Refill ♻️", None, True, 30, False),
        ("Followers 30D refill", True, True, 30, False),
        ("Likes [Refill: 60 days]", None, True, 60, False),
        ("Followers R30", None, True, 30, False),
        ("Views | Lifetime Refill", None, True, None, True),
        ("Views | No Refill", None, False, None, False),
        ("Views | 30 Days Refill", False, False, None, False),
        ("Views", None, None, None, False),
        ("Views", True, True, None, False),
    ],
)
def test_the_refill_promise_is_read_off_flag_and_name(
    name: str, flag: bool | None, offered: bool | None, days: int | None, lifetime: bool
) -> None:
    terms = read_refill(name, flag)
    assert (terms.offered, terms.days, terms.lifetime) == (offered, days, lifetime)


async def test_workers_that_sync_at_once_agree(database: Database) -> None:
    listed = [row(str(number), category=f"Category {number % 7}") for number in range(60)]
    reports = await asyncio.gather(*(take_in(database, listed, now=NOW) for _ in range(4)))
    assert sorted(len(report.new) for report in reports) == [0, 0, 0, 60]


async def test_each_change_moves_the_catalogue_on(database: Database) -> None:
    listed = [row(str(number)) for number in range(12)]
    await take_in(database, listed, now=NOW)

    async def withdraw(service: str) -> None:
        async with database.begin() as session:
            await stock.withdraw(session, service, NOW)

    changed = [*listed, row("99")]
    await asyncio.gather(take_in(database, changed, now=NOW), *(withdraw(str(number)) for number in range(12)))
    async with database.read() as session:
        assert await facts.read(session, facts.CATALOGUE_VERSION) == 14  # none was lost to another at the same moment
