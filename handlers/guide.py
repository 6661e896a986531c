"""How the shop works, its terms, and whom to ask about a payment."""

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from db.engine import Database
from db.tables import Customer
from handlers.screen import Screen, Tap, show, show_below
from keyboards.base import back, copy, keyboard
from keyboards.callbacks import Open, To
from shop import till
from shop.till import Till
from texts import Speech


def help_screen(
    say: Speech, customer: Customer, shop_name: str, topic: str = "help", rules: Till | None = None
) -> Screen:
    """Return the help, the terms or the words about payments, with the customer's number to name.

    What an owner wrote (`rules`) stands in place of the shop's own words.
    """
    own = {"terms": rules.terms, "paysupport": rules.support}.get(topic) if rules else None
    if own is None:
        text = say(f"{topic}-text", shop=shop_name, id=str(customer.id))
    else:
        text = say("verbatim", text=own) + "\n\n" + say("wallet-top-up", id=str(customer.id))
    number = copy(f"📋 {customer.id}", str(customer.id))
    return Screen(text, keyboard([number], [back(say, Open(to=To.HOME))]))


async def help_command(
    message: Message,
    command: CommandObject,
    state: FSMContext,
    say: Speech,
    customer: Customer,
    shop_name: str,
    db: Database,
) -> None:
    """Answer /help, /terms and /paysupport."""
    async with db.read() as session:
        rules = await till.read(session)
    await show_below(message, help_screen(say, customer, shop_name, command.command, rules), state)


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
