"""Looking around: platforms, categories, services, and a service's card, which already asks for the link."""

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from handlers.order_card import held
from handlers.screen import SCREEN, Screen, Tap, show, show_below
from handlers.states import Ordering
from keyboards import catalogue as keys
from keyboards import ordering as ordering_keys
from keyboards.callbacks import Open, OpenCatalogue, OpenCategory, OpenPlatform, OpenService, To
from shop.catalogue import Catalogue, CatalogueMemory, Listing
from shop.errors import ServiceGone
from texts import Speech

PLATFORMS_ON_A_PAGE = 16  # two in a row
LONGEST_NAME = 300
LONGEST_CATEGORY = 100
LONGEST_DESCRIPTION = 800


def platforms(say: Speech, catalogue: Catalogue, page: int = 0) -> Screen:
    """Return the first screen of the catalogue."""
    found = catalogue.platforms()
    if not found:
        return Screen(say("catalogue-empty"), keys.home(say))
    pages = -(-len(found) // PLATFORMS_ON_A_PAGE)
    page = min(max(page, 0), pages - 1)
    part = found[page * PLATFORMS_ON_A_PAGE : (page + 1) * PLATFORMS_ON_A_PAGE]
    text = say("catalogue-platforms", count=len(catalogue.services)) + _page_of(say, page, pages)
    return Screen(text, keys.platforms(say, part, page, pages))


def categories(say: Speech, catalogue: Catalogue, slug: str, page: int) -> Screen:
    """Return the categories of a platform; where there is nothing left, the platforms."""
    shelves, number, pages = catalogue.categories(slug, page)
    if not shelves:
        return platforms(say, catalogue)
    platform = shelves[0][0].platform
    found = [known.slug for known, _ in catalogue.platforms()]
    catalogue_page = found.index(slug) // PLATFORMS_ON_A_PAGE
    text = say(
        "catalogue-categories",
        platform=keys.platform_name(say, platform),
        count=len(catalogue.shelves[slug]),
    )
    return Screen(
        text + _page_of(say, number, pages),
        keys.categories(say, shelves, slug, number, pages, catalogue_page),
    )


def services(say: Speech, catalogue: Catalogue, slug: str, category_id: int, page: int) -> Screen:
    """Return the services of a category; where there is nothing left, what stands above it."""
    shelf = catalogue.shelf(slug, category_id)
    if shelf is None:
        return categories(say, catalogue, slug, 0)
    part = catalogue.page(shelf, page)
    text = say(
        "catalogue-services",
        platform=keys.platform_name(say, shelf.platform),
        category=held(shelf.category, LONGEST_CATEGORY),
        count=part.count,
    )
    return Screen(
        text + _page_of(say, part.number, part.pages),
        keys.services(say, shelf, part, catalogue.page_of_shelf(shelf)),
    )


def _page_of(say: Speech, page: int, pages: int) -> str:
    return " · " + say("page-of", page=page + 1, pages=pages) if pages > 1 else ""


def card_text(say: Speech, listing: Listing) -> str:
    """Return all a customer should know of a service before ordering, without asking for anything."""
    lines = [f"<b>{say('verbatim', text=held(listing.name, LONGEST_NAME))}</b>"]
    platform = keys.platform_name(say, listing.platform)
    lines.append(
        say("service-number", id=listing.id, platform=platform, category=held(listing.category, LONGEST_CATEGORY))
    )
    lines.append("")
    if listing.kind.is_flat:
        lines.append(say("service-price-package", price=say.money(listing.list_price)))
    else:
        lines.append(say("service-price", price=say.money(listing.list_price), lowest=say.money(listing.lowest_price)))
        key = "service-limits-comments" if listing.kind.takes_comments else "service-limits"
        lines.append(say(key, min=say.number(listing.minimum), max=say.number(listing.maximum)))
    lines.extend(_promises(say, listing))
    if listing.description:
        description = held(listing.description, LONGEST_DESCRIPTION, units_of_a_sign=1)
        lines.append(f"<blockquote expandable>{say('verbatim', text=description)}</blockquote>")
    return "\n".join(lines)


def _promises(say: Speech, listing: Listing) -> list[str]:
    words = []
    refill = listing.refill
    if refill.lifetime:
        words.append(say("service-refill-lifetime"))
    elif refill.days:
        words.append(say("service-refill-days", days=refill.days))
    elif refill.offered is not None:
        words.append(say("service-refill" if refill.offered else "service-no-refill"))
    if listing.cancel is not None:
        words.append(say("service-cancel" if listing.cancel else "service-no-cancel"))
    if listing.dripfeed:
        words.append(say("service-drip"))
    return [" · ".join(words)] if words else []


def ask_link(say: Speech, listing: Listing) -> str:
    """Return the words that ask for the link, with an example of the platform."""
    key = "ask-link-or-handle" if listing.platform.handle_url else "ask-link"
    return say(key, example=listing.platform.example, handle=listing.platform.handle_example)


def service_card(say: Speech, catalogue: Catalogue, listing: Listing) -> Screen:
    """Return a service's card."""
    text = f"{card_text(say, listing)}\n\n{ask_link(say, listing)}"
    return Screen(text, ordering_keys.service_card(say, listing, catalogue.page_of(listing)))


async def open_service_by_id(
    message: Message, service_id: str, state: FSMContext, say: Speech, catalogue: CatalogueMemory
) -> None:
    """Open a service's card from a command or a shared link."""
    try:
        listing = catalogue.current.service(service_id)
    except ServiceGone:
        screen = platforms(say, catalogue.current)
        gone = say("service-not-here", id=service_id[:40])
        await show_below(message, Screen(f"{gone}\n\n{screen.text}", screen.keyboard), state)
        return
    await state.set_state(Ordering.answering)
    await state.update_data(service=listing.id, draft=None)
    await show_below(message, service_card(say, catalogue.current, listing), state)


async def catalog_command(message: Message, state: FSMContext, say: Speech, catalogue: CatalogueMemory) -> None:
    """Answer /catalog."""
    await show_below(message, platforms(say, catalogue.current), state)


async def order_command(
    message: Message, command: CommandObject, state: FSMContext, say: Speech, catalogue: CatalogueMemory
) -> None:
    """Answer /order <service id>: straight to the card."""
    service_id = (command.args or "").strip().lstrip("#№").strip()
    if not service_id:
        screen = platforms(say, catalogue.current)
        await show_below(message, Screen(f"{say('order-command')}\n\n{screen.text}", screen.keyboard), state)
        return
    await open_service_by_id(message, service_id, state, say, catalogue)


async def open_catalogue(
    callback: CallbackQuery,
    callback_data: Open | OpenCatalogue,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    catalogue: CatalogueMemory,
) -> None:
    """Show the platforms."""
    page = callback_data.page if isinstance(callback_data, OpenCatalogue) else 0
    await show(callback, platforms(say, catalogue.current, page), state, tap)


async def open_platform(
    callback: CallbackQuery,
    callback_data: OpenPlatform,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    catalogue: CatalogueMemory,
) -> None:
    """Show a platform's categories."""
    await show(callback, categories(say, catalogue.current, callback_data.slug, callback_data.page), state, tap)


async def open_category(
    callback: CallbackQuery,
    callback_data: OpenCategory,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    catalogue: CatalogueMemory,
) -> None:
    """Show a category's services."""
    screen = services(say, catalogue.current, callback_data.slug, callback_data.id, callback_data.page)
    await show(callback, screen, state, tap)


async def open_service(
    callback: CallbackQuery,
    callback_data: OpenService,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    catalogue: CatalogueMemory,
) -> None:
    """Show a service's card; the next message is taken as the link. Raises ServiceGone."""
    listing = catalogue.current.service(callback_data.id)
    await state.set_state(Ordering.answering)
    message_id = await show(callback, service_card(say, catalogue.current, listing), state, tap)
    await state.update_data({"service": listing.id, "draft": None, SCREEN: message_id})


def build() -> Router:
    """Return the routes of this journey."""
    router = Router(name="catalogue")
    router.message.register(catalog_command, Command("catalog", "catalogue"))
    router.message.register(order_command, Command("order"))
    router.callback_query.register(open_category, OpenCategory.filter())
    router.callback_query.register(open_service, OpenService.filter())
    router.callback_query.register(open_platform, OpenPlatform.filter())
    router.callback_query.register(open_catalogue, OpenCatalogue.filter())
    router.callback_query.register(open_catalogue, Open.filter(F.to == To.CATALOGUE))
    return router
