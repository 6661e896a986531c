"""The catalogue as customers see it: platform → category → services, built once a change and served from memory."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from db.engine import Database
from db.tables import Category, Service
from shop import facts
from shop.errors import ServiceGone
from shop.kinds import ServiceKind, read_kind
from shop.names import clean, page_labels
from shop.platforms import PLATFORMS, Platform, recognise
from shop.pricing import cost_of, price_of

PAGE_SIZE = 8
# A button as wide as a phone shows about 36 letters and cuts the rest: the price at a service's end must be among them.
CATEGORY_LABEL_LENGTH = 36
SERVICE_LABEL_LENGTH = 28

_REFILL_DAYS = re.compile(
    r"(\d{1,4})\s*-?\s*(?:d|days?)\b[\s-]*(?:auto[\s-]*)?refill|\brefill\s*:?\s*(\d{1,4})\s*(?:d|days?)\b|\bR(\d{2,3})\b",
    re.IGNORECASE,
)
_REFILL_LIFETIME = re.compile(r"life\s*-?time", re.IGNORECASE)
_NO_REFILL = re.compile(r"no\s*-?\s*refill", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RefillTerms:
    """What a service promises when the count drops: nothing, for some `days`, for ever (days None), or unsaid."""

    offered: bool | None
    days: int | None = None
    lifetime: bool = False


def read_refill(name: str, flag: bool | None) -> RefillTerms:
    """Read the promise off the panel's flag and the service's name; the flag has the last word when it says no."""
    if flag is False or (flag is None and _NO_REFILL.search(name)):
        return RefillTerms(offered=False)
    if found := _REFILL_DAYS.search(name):
        return RefillTerms(offered=True, days=int(next(group for group in found.groups() if group)))
    if _REFILL_LIFETIME.search(name):
        return RefillTerms(offered=True, lifetime=True)
    return RefillTerms(offered=flag)


@dataclass(frozen=True, slots=True)
class Listing:
    """A service on sale. Prices are in the shop's currency; `rate` is the panel's, of 1000 or of the whole."""

    id: str
    name: str
    description: str
    kind: ServiceKind
    category_id: int
    category: str
    platform: Platform
    rate: Decimal
    minimum: int
    maximum: int
    dripfeed: bool
    refill: RefillTerms
    cancel: bool | None
    markup_percent: Decimal

    def total_of(self, quantity: int | None, runs: int | None = None) -> int:
        """Return what is to be delivered in all; a package's size is its fixed quantity where the panel gives one."""
        if self.kind.is_flat:
            return self.minimum if self.minimum == self.maximum else 1
        return (quantity or 0) * (runs or 1)

    def cost(self, total: int) -> Decimal:
        """Return what the panel charges for `total`."""
        return cost_of(self.kind, self.rate, total)

    def price(self, total: int) -> Decimal:
        """Return what the customer pays for `total`."""
        return price_of(self.cost(total), self.markup_percent)

    @property
    def list_price(self) -> Decimal:
        """The price on buttons: of 1000, or of the whole package."""
        return self.price(1000)

    @property
    def lowest_price(self) -> Decimal:
        """The price of the smallest order."""
        return self.price(self.minimum)


def listing_of(service: Service, category: str, markup_percent: Decimal) -> Listing:
    """Return the service as customers see it. Raises ServiceGone if it is not on sale."""
    kind = read_kind(service.type)
    if kind is None or service.skip_reason or service.gone_at or service.withdrawn_at:
        raise ServiceGone(service.id)
    name = clean(service.name)
    category = clean(category)
    return Listing(
        id=service.id,
        name=name,
        description=service.description,
        kind=kind,
        category_id=service.category_id,
        category=category,
        platform=recognise(category, name),
        rate=service.rate,
        minimum=max(1, service.min),
        maximum=max(1, service.min, service.max),
        dripfeed=service.dripfeed and kind is ServiceKind.DEFAULT,
        refill=read_refill(name, service.refill),
        cancel=service.cancel,
        markup_percent=markup_percent,
    )


async def read_listing(session: AsyncSession, service_id: str, markup_percent: Decimal) -> Listing:
    """Return the service as it is in the database this moment. Raises ServiceGone if it is not on sale."""
    found = (
        await session.exec(
            select(Service, Category.name)
            .join(Category, col(Category.id) == col(Service.category_id))
            .where(col(Service.id) == service_id)
        )
    ).first()
    if found is None:
        raise ServiceGone(service_id)
    return listing_of(found[0], found[1], markup_percent)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a menu; `number` counts from 0. Each item is (what it is, how its button reads)."""

    items: tuple[tuple[Listing, str], ...]
    number: int
    pages: int
    count: int


@dataclass(frozen=True, slots=True)
class Shelf:
    """The services of one category on one platform, cheapest first."""

    category_id: int
    category: str
    platform: Platform
    services: tuple[Listing, ...]


@dataclass(frozen=True)
class Catalogue:
    """All that is on sale at one moment; never changed, only replaced."""

    version: int = 0
    services: Mapping[str, Listing] = field(default_factory=dict)
    shelves: Mapping[str, tuple[Shelf, ...]] = field(default_factory=dict)  # by platform slug
    _pages: dict[tuple[str, int, int], Page] = field(default_factory=dict, repr=False)
    _labels: dict[tuple[str, int], tuple[tuple[Shelf, str], ...]] = field(default_factory=dict, repr=False)

    @classmethod
    def build(cls, listings: Iterable[Listing], version: int = 0) -> "Catalogue":
        """Arrange the listings, which come in the panel's order."""
        services: dict[str, Listing] = {}
        by_shelf: dict[tuple[str, int], list[Listing]] = defaultdict(list)
        for listing in listings:
            services[listing.id] = listing
            by_shelf[listing.platform.slug, listing.category_id].append(listing)
        shelves: dict[str, list[Shelf]] = defaultdict(list)
        for (slug, category_id), found in by_shelf.items():
            cheapest_first = tuple(sorted(found, key=lambda listing: (listing.list_price, listing.rate)))
            shelves[slug].append(Shelf(category_id, found[0].category, found[0].platform, cheapest_first))
        ordered = {slug: tuple(shelves[slug]) for slug in PLATFORMS if slug in shelves}
        return cls(version, services, ordered)

    def service(self, service_id: str) -> Listing:
        """Return the service. Raises ServiceGone if it is not on sale."""
        try:
            return self.services[service_id]
        except KeyError:
            raise ServiceGone(service_id) from None

    def platforms(self) -> list[tuple[Platform, int]]:
        """Return the platforms that have something on sale, with the number of their services."""
        return [
            (PLATFORMS[slug], sum(len(shelf.services) for shelf in shelves)) for slug, shelves in self.shelves.items()
        ]

    def categories(self, slug: str, page: int) -> tuple[tuple[tuple[Shelf, str], ...], int, int]:
        """Return (shelves of the page with their labels, page, pages); a page past the end is the last one."""
        shelves = self.shelves.get(slug, ())
        number, pages, part = _cut(shelves, page)
        key = (slug, number)
        if key not in self._labels and part:
            labels = page_labels(
                [shelf.category for shelf in part], category=part[0].platform.name, limit=CATEGORY_LABEL_LENGTH
            )
            self._labels[key] = tuple(zip(part, labels, strict=True))
        return self._labels.get(key, ()), number, pages

    def shelf(self, slug: str, category_id: int) -> Shelf | None:
        """Return a category of a platform, or None when nothing of it is on sale."""
        return next((shelf for shelf in self.shelves.get(slug, ()) if shelf.category_id == category_id), None)

    def page_of_shelf(self, shelf: Shelf) -> int:
        """Return the page of its platform that the category stands on."""
        ids = [known.category_id for known in self.shelves.get(shelf.platform.slug, ())]
        return ids.index(shelf.category_id) // PAGE_SIZE if shelf.category_id in ids else 0

    def page_of(self, listing: Listing) -> int:
        """Return the page of its category that the service stands on."""
        shelf = self.shelf(listing.platform.slug, listing.category_id)
        ids = [service.id for service in shelf.services] if shelf else []
        return ids.index(listing.id) // PAGE_SIZE if listing.id in ids else 0

    def page(self, shelf: Shelf, page: int) -> Page:
        """Return a page of a category; one past the end is the last one."""
        number, pages, part = _cut(shelf.services, page)
        key = (shelf.platform.slug, shelf.category_id, number)
        if key not in self._pages:
            labels = page_labels(
                [listing.name for listing in part], category=shelf.category, limit=SERVICE_LABEL_LENGTH
            )
            items = tuple(zip(part, labels, strict=True))
            self._pages[key] = Page(items, number, pages, len(shelf.services))
        return self._pages[key]


T = TypeVar("T")


def _cut(items: tuple[T, ...], page: int) -> tuple[int, int, tuple[T, ...]]:
    pages = max(1, -(-len(items) // PAGE_SIZE))
    number = min(max(page, 0), pages - 1)
    return number, pages, items[number * PAGE_SIZE : (number + 1) * PAGE_SIZE]


class CatalogueMemory:
    """The catalogue of this process: a copy of the database's, replaced when its version has moved on."""

    def __init__(self, markup_percent: Decimal) -> None:
        """Start empty; prices carry `markup_percent`."""
        self._markup_percent = markup_percent
        self.current = Catalogue(version=-1)
        self.currency = facts.DEFAULT_CURRENCY

    async def refresh(self, db: Database) -> bool:
        """Read the catalogue anew if it has changed; return whether it had."""
        async with db.read() as session:
            version = await facts.read(session, facts.CATALOGUE_VERSION, 0)
            self.currency = await facts.read(session, facts.CURRENCY, facts.DEFAULT_CURRENCY)
            if version == self.current.version:
                return False
            rows = (
                await session.exec(
                    select(Service, Category.name)
                    .join(Category, col(Category.id) == col(Service.category_id))
                    .where(
                        col(Service.skip_reason).is_(None),
                        col(Service.gone_at).is_(None),
                        col(Service.withdrawn_at).is_(None),
                    )
                    .order_by(col(Category.position), col(Category.id), col(Service.position), col(Service.id))
                )
            ).all()
        self.current = Catalogue.build(
            (listing_of(service, name, self._markup_percent) for service, name in rows), version
        )
        return True
