"""How the shop works, its terms, and whom to ask about a payment."""

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from db.tables import Customer
from handlers.screen import Screen, Tap, show, show_below
from keyboards.base import back, copy, keyboard
from keyboards.callbacks import Open, To
from texts import Speech


def help_screen(say: Speech, customer: Customer, shop_name: str, topic: str = "help") -> Screen:
    """Return the help, the terms or the words about payments, with the customer's number to name."""
    text = say(f"{topic}-text", shop=shop_name, id=str(customer.id))
    number = copy(f"📋 {customer.id}", str(customer.id))
    return Screen(text, keyboard([number], [back(say, Open(to=To.HOME))]))


async def help_command(
    message: Message,
    command: CommandObject,
    state: FSMContext,
    say: Speech,
    customer: Customer,
    shop_name: str,
) -> None:
    """Answer /help, /terms and /paysupport."""
    await show_below(message, help_screen(say, customer, shop_name, command.command), state)


async def open_help(
    callback: CallbackQuery, state: FSMContext, say: Speech, tap: Tap, customer: Customer, shop_name: str
) -> None:
    """Show the help."""
    await show(callback, help_screen(say, customer, shop_name), state, tap)


def build() -> Router:
    """Return the routes of this journey."""
    router = Router(name="help")
    router.message.register(help_command, Command("help", "terms", "paysupport"))
    router.callback_query.register(open_help, Open.filter(F.to == To.HELP))
    return router
