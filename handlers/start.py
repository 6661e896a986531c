"""The front door: /start (also from a shared link), the main menu, the way out, and words nobody expects."""

from aiogram import F, Router
from aiogram.filters import Command, CommandObject, CommandStart
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from db.engine import Database
from db.tables import Customer
from handlers import bonus_code
from handlers.catalogue import open_service_by_id
from handlers.screen import Screen, Tap, show, show_below
from keyboards import catalogue as keys
from keyboards.callbacks import Open, To
from shop.catalogue import CatalogueMemory
from texts import Speech


def home(say: Speech, customer: Customer, shop_name: str, *, first_time: bool = False) -> Screen:
    """Return the main menu; `first_time` welcomes."""
    key = "home-welcome" if first_time else "home"
    text = say(key, shop=shop_name, name=customer.name, balance=say.money(customer.balance))
    return Screen(text, keys.home(say))


async def start(
    message: Message,
    command: CommandObject,
    state: FSMContext,
    say: Speech,
    customer: Customer,
    catalogue: CatalogueMemory,
    shop_name: str,
    db: Database,
) -> None:
    """Welcome, open the service of a shared link (`/start s31`), or take a bonus code (`/start c<code>`).

    Whose link somebody new came by (`/start r<id>`) was written down when they became a customer.
    """
    payload = command.args or ""
    if payload.startswith("c") and len(payload) > 1:
        await bonus_code.give(message, payload[1:], state, say, customer, db)
        return
    if payload.startswith("s") and len(payload) > 1:
        await open_service_by_id(message, payload[1:], state, say, catalogue)
        return
    await show_below(message, home(say, customer, shop_name, first_time=True), state)


async def menu(message: Message, state: FSMContext, say: Speech, customer: Customer, shop_name: str) -> None:
    """Show the main menu; /cancel has left whatever was being typed."""
    await show_below(message, home(say, customer, shop_name), state)


async def open_home(
    callback: CallbackQuery, state: FSMContext, say: Speech, customer: Customer, shop_name: str, tap: Tap
) -> None:
    """Show the main menu in place of the screen that was tapped; also the way out of a journey."""
    await show(callback, home(say, customer, shop_name), state, tap)


async def not_understood(message: Message, state: FSMContext, say: Speech, customer: Customer, shop_name: str) -> None:
    """Answer what nothing else took: say so, and offer the main menu."""
    screen = home(say, customer, shop_name)
    await show_below(message, Screen(say("not-understood") + "\n\n" + screen.text, screen.keyboard), state)


async def stale(callback: CallbackQuery, say: Speech, tap: Tap) -> None:
    """Answer a button that means nothing (any more)."""
    await tap.answer(say.label("stale-button"), alert=True)


def build() -> Router:
    """Return the routes that come first."""
    router = Router(name="start")
    router.message.register(start, CommandStart())
    router.message.register(menu, Command("menu", "cancel"))
    router.callback_query.register(open_home, Open.filter(F.to.in_({To.HOME, To.CLOSE})))
    return router


def build_last() -> Router:
    """Return the routes that take what is left over."""
    router = Router(name="last")
    router.message.register(not_understood)
    router.callback_query.register(stale)
    return router
