"""Taking the panel's catalogue into the database: what can be sold, what cannot and why, what went and came back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from db.engine import Database
from db.tables import Category, Service, utc_now
from panel import ServiceRow
from shop import facts
from shop.kinds import read_kind
from shop.names import clean, is_separator

LONGEST_ID_BYTES = 40  # a button has 64 bytes for everything it carries
LARGEST_COUNT = 2**63 - 1
PLACEHOLDER_RATE = Decimal(10_000_000)
WITHDRAWN_FOR = timedelta(hours=24)


class SkipReason(StrEnum):
    """Why a row of the panel's catalogue is not sold."""

    SEPARATOR = "separator"
    NO_NAME = "no_name"
    UNSUPPORTED_TYPE = "unsupported_type"
    NO_PRICE = "no_price"
    PLACEHOLDER_PRICE = "placeholder_price"
    NO_LIMITS = "no_limits"
    MIN_ABOVE_MAX = "min_above_max"
    ID_TOO_LONG = "id_too_long"


@dataclass
class SyncReport:
    """What a sync found: service ids by what happened to them."""

    seen: int = 0
    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    skipped: dict[str, SkipReason] = field(default_factory=dict)

    @property
    def moved(self) -> bool:
        """Whether anything a customer could see is different now."""
        return bool(self.new or self.changed or self.gone or self.returned)


def why_not_sold(row: ServiceRow) -> SkipReason | None:
    """Return why the row cannot be sold, or None."""
    kind = read_kind(row.type)
    name = clean(row.name)
    checks = (
        (len(row.service.encode()) > LONGEST_ID_BYTES, SkipReason.ID_TOO_LONG),
        (not name, SkipReason.NO_NAME),
        (is_separator(name), SkipReason.SEPARATOR),
        (kind is None, SkipReason.UNSUPPORTED_TYPE),
        (row.rate is None or row.rate <= 0, SkipReason.NO_PRICE),
        (row.rate is not None and _is_placeholder(row.rate), SkipReason.PLACEHOLDER_PRICE),
    )
    for fails, reason in checks:
        if fails:
            return reason
    if kind is not None and kind.is_flat and row.min is None and row.max is None:
        return None  # a package needs no limits
    if row.min is None or row.max is None or row.max <= 0 or row.max > LARGEST_COUNT or row.min < 0:
        return SkipReason.NO_LIMITS
    return SkipReason.MIN_ABOVE_MAX if row.min > row.max else None


def _is_placeholder(rate: Decimal) -> bool:
    digits = set(str(rate.normalize().to_integral_value()) if rate >= 99999 else "")
    return rate >= PLACEHOLDER_RATE or digits == {"9"}


async def take_in(
    db: Database, rows: Sequence[ServiceRow], *, dripfeed_default: bool = False, now: datetime | None = None
) -> SyncReport:
    """Bring the database's catalogue to what the panel lists now; an empty list changes nothing.

    Only what differs is written, and the catalogue's version moves on only then. A service the panel refused on `add`
    stays off sale until its row changes or a day has gone by.
    """
    now = now or utc_now()
    report = SyncReport(seen=len(rows))
    if not rows:
        return report
    async with db.begin() as session:
        version = await facts.lock(session, facts.CATALOGUE_VERSION) or 0  # one process at a time
        categories = await _categories(session, rows)
        known = {service.id: service for service in (await session.exec(select(Service))).all()}
        listed: set[str] = set()
        for position, row in enumerate(rows):
            if row.service in listed:
                continue
            listed.add(row.service)
            _take_row(session, row, position, categories, known, report, dripfeed_default, now)
        for service in known.values():
            if service.id not in listed and service.gone_at is None:
                service.gone_at = now
                session.add(service)
                report.gone.append(service.id)
        if report.moved:
            await facts.write(session, facts.CATALOGUE_VERSION, version + 1, now)
        await facts.write(session, facts.CATALOGUE_SYNC, {"at": now.isoformat(), "seen": report.seen}, now)
    return report


async def _categories(session: AsyncSession, rows: Sequence[ServiceRow]) -> dict[str, int]:
    """Return the number of each category, new ones included, in the panel's order."""
    known = {category.name: category for category in (await session.exec(select(Category))).all()}
    for position, name in enumerate(dict.fromkeys(row.category for row in rows)):
        category = known.get(name)
        if category is None:
            category = known[name] = Category(name=name, position=position)
        category.position = position
        session.add(category)
    await session.flush()
    return {name: category.id for name, category in known.items()}


def _take_row(
    session: AsyncSession,
    row: ServiceRow,
    position: int,
    categories: dict[str, int],
    known: dict[str, Service],
    report: SyncReport,
    dripfeed_default: bool,
    now: datetime,
) -> None:
    reason = why_not_sold(row)
    if reason is not None:
        report.skipped[row.service] = reason
    values: dict[str, Any] = {
        "category_id": categories[row.category],
        "name": row.name,
        "description": row.description,
        "type": row.type,
        "rate": row.rate if row.rate is not None else Decimal(0),
        "min": _held(row.min),
        "max": _held(row.max),
        "dripfeed": dripfeed_default if row.dripfeed is None else row.dripfeed,
        "refill": row.refill,
        "cancel": row.cancel,
        "position": position,
        "skip_reason": reason,
    }
    service = known.get(row.service)
    if service is None:
        session.add(Service(id=row.service, changed_at=now, **values))
        report.new.append(row.service)
        return
    differs = {name: value for name, value in values.items() if getattr(service, name) != value}
    returns = service.gone_at is not None
    forgiven = service.withdrawn_at is not None and (
        bool(differs.keys() - {"position"}) or returns or now - service.withdrawn_at >= WITHDRAWN_FOR
    )
    if not (differs or returns or forgiven):
        return
    for name, value in differs.items():
        setattr(service, name, value)
    service.gone_at = None
    if forgiven:
        service.withdrawn_at = None
    service.changed_at = now
    session.add(service)
    (report.returned if returns or forgiven else report.changed).append(service.id)


def _held(count: int | None) -> int:
    return min(max(count or 0, 0), LARGEST_COUNT)


async def withdraw(session: AsyncSession, service_id: str, now: datetime | None = None) -> None:
    """Take a service off sale that the panel refused to take orders for."""
    now = now or utc_now()
    version = await facts.lock(session, facts.CATALOGUE_VERSION) or 0  # before the service, as a sync does
    service = await session.get(Service, service_id, with_for_update={"key_share": True})
    if service is None or service.withdrawn_at is not None:
        return
    service.withdrawn_at = now
    service.changed_at = now
    session.add(service)
    await facts.write(session, facts.CATALOGUE_VERSION, version + 1, now)
