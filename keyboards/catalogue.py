"""Keyboards of the way to a service: home, platforms, categories, services."""

from collections.abc import Sequence

from aiogram.types import InlineKeyboardMarkup

from keyboards.base import back, button, close, keyboard, pairs, turner
from keyboards.callbacks import Open, OpenCatalogue, OpenCategory, OpenPlatform, OpenService, To
from shop.catalogue import Page, Shelf
from shop.platforms import Platform
from texts import Speech


def home(say: Speech) -> InlineKeyboardMarkup:
    """Return the main menu."""
    return keyboard(
        [button(say.label("button-catalogue"), Open(to=To.CATALOGUE))],
        [
            button(say.label("button-orders"), Open(to=To.ORDERS)),
            button(say.label("button-wallet"), Open(to=To.WALLET)),
        ],
        [
            button(say.label("button-help"), Open(to=To.HELP)),
            button(say.label("button-settings"), Open(to=To.SETTINGS)),
        ],
    )


def platforms(say: Speech, found: Sequence[tuple[Platform, int]], page: int, pages: int) -> InlineKeyboardMarkup:
    """Return the platforms of a page, two in a row, with the number of services of each."""
    buttons = [
        button(f"{platform_name(say, platform)} · {say.number(count)}", OpenPlatform(slug=platform.slug))
        for platform, count in found
    ]
    return keyboard(
        *pairs(buttons),
        turner(say, page, pages, OpenCatalogue(page=page - 1), OpenCatalogue(page=page + 1)),
        [back(say, Open(to=To.HOME))],
    )


def platform_name(say: Speech, platform: Platform) -> str:
    """Return the platform's emoji and name; the one for everything else is named in the customer's language."""
    name = say.label("platform-other") if platform.slug == "other" else platform.name
    return f"{platform.emoji} {name}".strip()


def categories(
    say: Speech, shelves: Sequence[tuple[Shelf, str]], slug: str, page: int, pages: int, catalogue_page: int
) -> InlineKeyboardMarkup:
    """Return the categories of a page of a platform."""
    rows = [
        [button(label or say.label("platform-other"), OpenCategory(id=shelf.category_id, slug=slug))]
        for shelf, label in shelves
    ]
    earlier, later = OpenPlatform(slug=slug, page=page - 1), OpenPlatform(slug=slug, page=page + 1)
    return keyboard(*rows, turner(say, page, pages, earlier, later), [back(say, OpenCatalogue(page=catalogue_page))])


def services(say: Speech, shelf: Shelf, page: Page, platform_page: int) -> InlineKeyboardMarkup:
    """Return the services of a page of a category, each with its price of 1000 (or of the package)."""
    slug = shelf.platform.slug
    rows = [
        [button(f"{label} — {say.money(listing.list_price)}", OpenService(id=listing.id))]
        for listing, label in page.items
    ]
    return keyboard(
        *rows,
        turner(
            say,
            page.number,
            page.pages,
            OpenCategory(id=shelf.category_id, slug=slug, page=page.number - 1),
            OpenCategory(id=shelf.category_id, slug=slug, page=page.number + 1),
        ),
        [back(say, OpenPlatform(slug=slug, page=platform_page)), close(say)],
    )
