"""What a customer can set: the language, and what the store may send unasked."""

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from db.engine import Database
from db.tables import Customer
from handlers.screen import Screen, Tap, show, show_below
from keyboards import settings as keys
from keyboards.callbacks import Open, Set, Setting, To
from shop import customers
from texts import Speech, languages, speak


def settings_screen(say: Speech, customer: Customer) -> Screen:
    """Return the settings."""
    return Screen(say("settings-title"), keys.settings(say, customer))


async def settings_command(message: Message, state: FSMContext, say: Speech, customer: Customer) -> None:
    """Answer /settings."""
    await show_below(message, settings_screen(say, customer), state)


async def open_settings(callback: CallbackQuery, state: FSMContext, say: Speech, tap: Tap, customer: Customer) -> None:
    """Show the settings."""
    await show(callback, settings_screen(say, customer), state, tap)


async def change(
    callback: CallbackQuery,
    callback_data: Set,
    state: FSMContext,
    say: Speech,
    tap: Tap,
    customer: Customer,
    db: Database,
) -> None:
    """Change one setting and show them all again, in the language that was chosen."""
    value = callback_data.value
    async with db.begin() as session:
        match callback_data.what:
            case Setting.LANGUAGE:
                language = value if value in languages() else None
                await customers.choose_language(session, customer.id, language)
                customer.language = language
                say = speak((language, customer.telegram_language), say.currency)
            case Setting.CARDS:
                customer = await customers.switch_notices(session, customer.id, card_updates=value == "1")
            case Setting.ENDS:
                customer = await customers.switch_notices(session, customer.id, end_messages=value == "1")
    await show(callback, settings_screen(say, customer), state, tap)


def build() -> Router:
    """Return the routes of this journey."""
    router = Router(name="settings")
    router.message.register(settings_command, Command("settings"))
    router.callback_query.register(change, Set.filter())
    router.callback_query.register(open_settings, Open.filter(F.to == To.SETTINGS))
    return router
